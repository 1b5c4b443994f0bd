//! The console.

pub mod action;
pub mod app;
pub mod dialogs;
pub mod field;
pub mod key;
pub mod keymap;
pub mod screens;
