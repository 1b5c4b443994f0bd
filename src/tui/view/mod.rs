//! The toolkit of drawing: what the screens and the dialogs draw with. What is drawn where is said in
//! [`compose`](crate::tui::compose).

pub mod ascii;
pub mod axis;
pub mod frame;
pub mod links;
pub mod look;
pub mod pointer;
pub mod typed;

pub use super::text;
pub use look::Look;
