//! keydeck, a terminal console for the people who look after API keys.

pub mod api;
pub mod cli;
pub mod client;
pub mod config;
pub mod domain;
pub mod ops;
pub mod server;
pub mod tui;
