//! The console.

pub mod clipboard;
pub mod hardening;
pub mod input;
pub mod key;
pub mod screen;
pub mod signals;
pub mod terminal;
pub mod theme;
