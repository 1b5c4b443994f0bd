//! What is asked of the operating system, once each: a private file or folder, a file that is replaced whole, a program
//! that is run within a time, memory that is not swapped out, a clock that nobody sets, a socket in the file system.

pub mod clock;
pub mod file;
pub mod memory;
pub mod program;
pub mod socket;

/// Who runs this program, for notes that others read later: the login name, where the environment tells it, the user's
/// number and the machine.
pub fn user() -> String {
    let name =
        ["LOGNAME", "USER"].into_iter().find_map(|name| std::env::var(name).ok().filter(|name| !name.is_empty()));
    let (uid, host) = (rustix::process::getuid().as_raw(), rustix::system::uname());
    let host = host.nodename().to_string_lossy();
    match name {
        Some(name) => format!("{name} (uid {uid}) on {host}"),
        None => format!("uid {uid} on {host}"),
    }
}
