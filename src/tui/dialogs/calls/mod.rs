//! `@`: the HTTP calls of this session, live: when, what, how it went, and what the server calls it.

use crate::domain::untrusted::Untrusted;
use crate::tui::calls::CallLog;

mod update;
pub mod view;

/// The dialog: where its cursor is. The calls are the session's.
#[derive(Debug, Default)]
pub struct CallsDialog {
    /// The call under the cursor, by its number in the session; none: the newest, whichever that becomes.
    cursor: Option<usize>,
}

impl CallsDialog {
    /// The call under the cursor, by its place among those shown.
    pub fn cursor(&self, calls: &CallLog) -> usize {
        let last = calls.len().saturating_sub(1);
        self.cursor.map_or(last, |number| number.saturating_sub(calls.dropped())).min(last)
    }

    /// Moves the cursor; at the end it stays with the newest.
    pub fn move_by(&mut self, delta: isize, calls: &CallLog) {
        let to = self.cursor(calls).saturating_add_signed(delta);
        self.cursor = (to + 1 < calls.len()).then(|| to + calls.dropped());
    }

    /// What the server calls the request under the cursor.
    pub fn request_id(&self, calls: &CallLog) -> Option<Untrusted> {
        calls.get(self.cursor(calls)).and_then(|(call, _)| call.request_id.clone())
    }
}

/// The calls that are shown on so many lines: as many as fit, the cursor among them.
pub fn room(rows: u16) -> usize {
    // the border, the titles, two lines about the call under the cursor, the hints
    usize::from(rows.saturating_sub(6)).max(1)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::call::Call;
    use crate::domain::time::Time;
    use crate::tui::calls::MOST;

    fn call(number: usize) -> Call {
        Call {
            number: number as u64,
            at: Time::default(),
            method: "GET",
            path: "/me".into(),
            parameters: Vec::new(),
            status: Some(200),
            problem: None,
            request_id: Some(number.to_string().into()),
            took: Duration::ZERO,
        }
    }

    #[test]
    fn the_oldest_give_way_and_are_counted() {
        let mut calls = CallLog::default();
        (0..MOST + 3).for_each(|number| calls.add(call(number)));
        assert_eq!((calls.kept().len(), calls.dropped()), (MOST, 3));
        assert_eq!(calls.kept()[0].request_id, Some("3".into()));
    }

    #[test]
    fn the_cursor_stays_on_its_call_or_with_the_newest() {
        let (mut calls, mut dialog) = (CallLog::default(), CallsDialog::default());
        dialog.move_by(-1, &calls);
        assert_eq!(dialog.request_id(&calls), None);
        (0..MOST).for_each(|number| calls.add(call(number)));
        assert_eq!(dialog.request_id(&calls), Some("999".into()));
        dialog.move_by(-9, &calls);
        (MOST..MOST + 5).for_each(|number| calls.add(call(number)));
        assert_eq!(dialog.request_id(&calls), Some("990".into()));
        dialog.move_by(isize::MAX, &calls);
        calls.add(call(2000));
        assert_eq!(dialog.request_id(&calls), Some("2000".into()));
        dialog.move_by(isize::MIN, &calls);
        assert_eq!(dialog.cursor(&calls), 0);
        calls.add(call(2001));
        assert_eq!(dialog.cursor(&calls), 0, "what it stood on is gone");
    }
}
