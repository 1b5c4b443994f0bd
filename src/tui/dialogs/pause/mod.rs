//! A key that was disabled for a while is enabled again: who tried it meanwhile.

use crate::client::error::ServiceError;
use crate::domain::key::TriedFrom;
use crate::domain::paused::Paused;
use crate::domain::time::Time;
use crate::tui::dialogs::detail::tried::line as tried_from;
use crate::tui::text;
use crate::tui::ticket::Ticket;

mod update;
pub mod view;

/// Columns of the dialog, border included.
const WIDTH: u16 = 76;

/// The report.
#[derive(Debug)]
pub struct PauseReport {
    pub paused: Paused,
    /// Who tried it, once that is read.
    pub tried: Option<Result<Vec<TriedFrom>, ServiceError>>,
    pub ticket: Ticket,
    pub scroll: usize,
}

impl PauseReport {
    /// The report of a pause, of which it is read who tried the key.
    pub fn new(paused: Paused, ticket: Ticket) -> Self {
        Self { paused, tried: None, ticket, scroll: 0 }
    }

    /// What is said, on so many columns.
    pub fn lines(&self, columns: usize, now: Time) -> Vec<String> {
        let said: Vec<String> = match &self.tried {
            None => vec!["Reading who tried it …".to_owned()],
            Some(Err(error)) => vec![format!("Who tried it cannot be read: {}; {}", error.reason(), error.hint())],
            Some(Ok(hits)) => {
                let heading = format!("{}. It is enabled again.", self.paused.summary(hits.len(), now));
                std::iter::once(heading).chain(hits.iter().map(|from| format!("  {}", tried_from(from, now)))).collect()
            }
        };
        said.iter().flat_map(|line| text::wrap(line, columns.max(1))).collect()
    }
}

/// Columns inside the dialog in a window of so many.
pub fn inside(columns: u16) -> usize {
    usize::from(columns.min(WIDTH).saturating_sub(4))
}
