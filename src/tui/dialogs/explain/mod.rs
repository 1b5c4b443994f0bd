//! F1 in the settings: what one of them does.

use crate::domain::settings::{Field, Settings};
use crate::tui::text;

mod update;
pub mod view;

/// Columns of the dialog, border included.
const WIDTH: u16 = 76;

/// The explanation of a setting, scrolled.
#[derive(Debug)]
pub struct Explain {
    pub field: Field,
    /// The settings as they are now.
    pub settings: Settings,
    pub scroll: usize,
}

impl Explain {
    pub fn new(field: Field, settings: Settings) -> Self {
        Self { field, settings, scroll: 0 }
    }

    /// The whole page on so many columns.
    pub fn lines(&self, columns: usize) -> Vec<String> {
        let now = format!("Now: {}. It may be {}.", self.field.show(&self.settings), self.field.wanted());
        let parts = self.field.explanation().iter().map(|part| (*part).to_owned());
        let parts: Vec<String> = std::iter::once(format!("{}.", self.field.line())).chain(parts).chain([now]).collect();
        parts.iter().flat_map(|part| text::wrap(part, columns).into_iter().chain([String::new()])).collect()
    }
}

/// Columns inside the dialog in a window of so many.
pub fn inside(columns: u16) -> usize {
    usize::from(columns.min(WIDTH).saturating_sub(4))
}

/// Lines of the page that are seen in a window of so many rows.
pub fn room(rows: u16) -> usize {
    usize::from(rows.saturating_sub(5)).max(1)
}
