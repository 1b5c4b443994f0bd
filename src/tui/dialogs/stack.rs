//! The dialogs that are open, the last in front, and since when each can be seen.

use std::time::Duration;

use super::Dialog;
use crate::tui::ticket::Ticket;

/// How long a dialog that can destroy, or whose content must be read, does not listen after it came to be seen: keys
/// typed for what stood there before must not answer it.
pub const DEAF: Duration = Duration::from_millis(400);

/// The dialogs that are open.
#[derive(Debug, Default)]
pub struct Stack {
    open: Vec<Open>,
}

/// A dialog that is open.
#[derive(Debug)]
pub struct Open {
    dialog: Dialog,
    /// Since when it stands in front as it is, by the time since the program started.
    since: Duration,
    /// Whether a frame showed it since.
    drawn: bool,
}

impl Open {
    pub fn dialog_mut(&mut self) -> &mut Dialog {
        &mut self.dialog
    }
}

impl Stack {
    /// Opens a dialog in front.
    pub fn open(&mut self, dialog: Dialog, now: Duration) {
        self.open.push(Open { dialog, since: now, drawn: false });
    }

    /// Closes a dialog; the one below comes to be seen anew.
    pub fn close(&mut self, at: usize, now: Duration) {
        if at < self.open.len() {
            self.open.remove(at);
            if at == self.open.len() && at > 0 {
                self.content_changed(at - 1, now);
            }
        }
    }

    /// Something else stands in a dialog from now on.
    pub fn content_changed(&mut self, at: usize, now: Duration) {
        if let Some(open) = self.open.get_mut(at) {
            (open.since, open.drawn) = (now, false);
        }
    }

    /// A frame showed the dialog in front. It counts as seen from its first frame on: what was typed while a slow line or
    /// a long task kept it back was not meant for it.
    pub fn drawn(&mut self, now: Duration) {
        if let Some(open) = self.open.last_mut().filter(|open| !open.drawn) {
            (open.since, open.drawn) = (now, true);
        }
    }

    /// Whether the dialog in front does not listen yet, since it came to be seen, or the console came back, just now.
    pub fn is_deaf(&self, now: Duration, returned: Option<Duration>) -> bool {
        let front = self.open.last().filter(|open| open.dialog.is_deaf_at_first());
        front.is_some_and(|open| now < open.since.max(returned.unwrap_or_default()) + DEAF)
    }

    /// Takes a dialog out for as long as it is told something, to be [put back](Self::put_back).
    pub fn take(&mut self, at: usize) -> Option<Open> {
        (at < self.open.len()).then(|| self.open.remove(at))
    }

    /// Puts back what was taken out, where it was.
    pub fn put_back(&mut self, at: usize, open: Open) {
        self.open.insert(at.min(self.open.len()), open);
    }

    /// Where the dialog is that waits for an answer with this ticket.
    pub fn waiting_for(&self, ticket: Ticket) -> Option<usize> {
        self.iter().position(|dialog| dialog.waits_for(ticket))
    }

    /// Since when the dialog in front stands there as it is.
    pub fn since(&self) -> Option<Duration> {
        self.open.last().map(|open| open.since)
    }

    /// The dialog in front.
    pub fn last(&self) -> Option<&Dialog> {
        self.open.last().map(|open| &open.dialog)
    }

    /// Takes the dialog in front away.
    pub fn pop(&mut self) -> Option<Dialog> {
        self.open.pop().map(|open| open.dialog)
    }

    /// All of them, from the bottom.
    pub fn iter(&self) -> impl Iterator<Item = &Dialog> {
        self.open.iter().map(|open| &open.dialog)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.open.is_empty()
    }
}
