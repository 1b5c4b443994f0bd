//! "Disable it?": one key, and what follows. It can be taken back, so a `y` is enough.

use crate::domain::key::Key;

mod update;
pub mod view;

/// The question.
#[derive(Debug)]
pub struct Ask {
    /// The key, frozen.
    pub key: Key,
    /// Whether it is to be enabled; else disabled.
    pub enable: bool,
    /// Whether it is the key that this console uses.
    pub own: bool,
}
