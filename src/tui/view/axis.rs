//! How the columns of an axis of time look: their signs tell them, colour helps.

use ratatui::style::Style;
use ratatui::text::Span;

use crate::domain::axis::{Event, Ink, Part};
use crate::tui::theme::Theme;

/// A course as pieces of a line, alike columns together.
pub fn pieces(inks: &[Ink], theme: &Theme) -> Vec<Span<'static>> {
    inks.chunk_by(|a, b| a == b)
        .map(|run| Span::styled(run.iter().map(|ink| ink.sign()).collect::<String>(), style(run[0], theme)))
        .collect()
}

fn style(ink: Ink, theme: &Theme) -> Style {
    match ink {
        Ink::Blank | Ink::Part(Part::Works) | Ink::Event(Event::Made | Event::Used) => theme.text,
        Ink::Part(Part::Both) | Ink::Event(Event::MovedOver) => theme.accent,
        Ink::Part(Part::Disabled) => theme.status_disabled,
        Ink::Ahead => theme.dim,
        Ink::Event(Event::Ended) | Ink::Now => theme.strong,
        Ink::Event(Event::Deadline) => theme.expiring_soon,
        Ink::Event(Event::Refused) => theme.warning,
    }
}
