//! "Disable it?": one key, and what follows. It can be taken back, so a `y` is enough where nothing hangs on the key.

use crate::domain::key::Key;
use crate::tui::dialogs::confirm::Asked;

mod update;
pub mod view;

/// The question.
#[derive(Debug)]
pub struct Ask {
    pub key: Key,
    /// Whether it is to be enabled; else disabled.
    pub enable: bool,
    /// Whether it is the key that this console uses.
    pub own: bool,
    /// What must be typed.
    pub asked: Asked,
}
