//! Keeping what is in this process's memory, secrets among it, out of core dumps and other processes' reach.

use std::io;

use rustix::process::{Resource, Rlimit, setrlimit};

/// Turns core dumps off and, on Linux, forbids other processes of the same user to read this one's memory. Call it
/// before the first secret is read; children that are started keep the first and lose the second.
pub fn protect_memory() -> io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_core_is_dumped() {
        protect_memory().unwrap();
        assert_eq!(rustix::process::getrlimit(Resource::Core).current, Some(0));
        #[cfg(target_os = "linux")]
        assert_eq!(rustix::process::dumpable_behavior().unwrap(), rustix::process::DumpableBehavior::NotDumpable);
    }
}
