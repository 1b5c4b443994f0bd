//! The tabs.

pub mod list;
pub mod settings;
