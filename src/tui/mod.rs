//! The console.

pub mod action;
pub mod app;
pub mod bindings;
pub mod clipboard;
pub mod dialogs;
pub mod event_loop;
pub mod field;
pub mod hardening;
pub mod input;
pub mod jobs;
pub mod key;
pub mod keymap;
pub mod memory;
pub mod rotating;
pub mod runtime;
pub mod screen;
pub mod screens;
pub mod signals;
pub mod terminal;
pub mod text;
pub mod theme;
pub mod view;

pub use app::Seeding;
pub use bindings::{Bindings, Problem};
pub use dialogs::detail::Detail;
pub use event_loop::{ConsoleError, Ended, Launch, run};
pub use hardening::protect_memory;
pub use keymap::{BoundKeys, Keymap};
pub use signals::EndSignal;
