//! What an error says of itself where a command ends: what to do about it, and how the command ended.

/// How a command ended that an error ended. The command line has the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Some of it is not done, or not known to be.
    Partly,
    /// The command line or the configuration is wrong.
    Usage,
    /// The server denied it, the profile is read-only, or nobody confirmed.
    Denied,
    /// No usable answer from the server.
    Unreachable,
    /// This backend cannot do it.
    Unsupported,
    /// Not now: the rate limit is used up, or another process holds it. The same call may work later.
    NotNow,
}

/// An error that a command may end with.
pub trait Failure: std::error::Error {
    /// What to do about it, in a few words.
    fn hint(&self) -> String;

    /// How the command ended.
    fn ending(&self) -> Ending;
}
