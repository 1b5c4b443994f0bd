//! What people are told of their keys, and whether it was sent: everybody's for an admin, for others what they are told.

use crate::client::error::ServiceError;
use crate::domain::notice::{Notice, NoticeQuery, NoticeState};
use crate::domain::time::{exact, future};
use crate::tui::effect::Effect;
use crate::tui::facts::Facts;
use crate::tui::ticket::Ticket;

mod update;
pub mod view;

/// Which states are shown, in the order in which one goes through them.
const STATES: [Option<NoticeState>; 5] =
    [None, Some(NoticeState::Dead), Some(NoticeState::Waiting), Some(NoticeState::Sent), Some(NoticeState::Void)];

/// The list.
#[derive(Debug)]
pub struct Notices {
    pub ticket: Ticket,
    pub query: NoticeQuery,
    pub read: Read,
    pub cursor: usize,
}

/// What was read.
#[derive(Debug)]
pub enum Read {
    Reading,
    /// The latest, and how many there are in all.
    Here(Vec<Notice>, Option<u64>),
    Failed(ServiceError),
}

impl Notices {
    /// The list, and what reads it: an admin sees everybody's.
    pub fn new(facts: &Facts) -> (Self, Effect) {
        let query = NoticeQuery { mine: !facts.me.is_some_and(crate::domain::team::Me::is_admin), state: None };
        let list = Self { ticket: facts.ticket, query: query.clone(), read: Read::Reading, cursor: 0 };
        (list, Effect::Notices(facts.ticket, query))
    }

    /// What is there.
    pub fn rows(&self) -> &[Notice] {
        match &self.read {
            Read::Here(rows, _) => rows,
            Read::Reading | Read::Failed(_) => &[],
        }
    }

    /// The notice under the cursor.
    pub fn current(&self) -> Option<&Notice> {
        self.rows().get(self.cursor.min(self.rows().len().saturating_sub(1)))
    }

    /// Which states come next.
    fn next_state(&self) -> Option<NoticeState> {
        let at = STATES.iter().position(|state| *state == self.query.state).unwrap_or(0);
        STATES[(at + 1) % STATES.len()].clone()
    }
}

/// The mark of a state.
pub fn mark(state: &NoticeState) -> char {
    match state {
        NoticeState::Waiting => '…',
        NoticeState::Sent => '✓',
        NoticeState::Dead => '✗',
        NoticeState::Void => '–',
        NoticeState::Other(_) => '?',
    }
}

/// What became of a notice, in words.
pub fn became(notice: &Notice, facts: &Facts) -> String {
    let problem = notice.problem.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let tried = match notice.attempts {
        0 => "not tried yet".to_owned(),
        1 => "tried once".to_owned(),
        times => format!("tried {times} times"),
    };
    match &notice.state {
        NoticeState::Waiting => {
            let next = notice.next_try.time().filter(|_| notice.attempts > 0);
            let next =
                next.map(|at| format!(", again {}", future(&at.into(), facts.now.utc).replace("expired", "now")));
            format!("waiting: {tried}{}{problem}", next.unwrap_or_default())
        }
        NoticeState::Sent => format!("sent {}", notice.sent_at.exact()),
        NoticeState::Dead => format!("given up, {tried}{problem}"),
        NoticeState::Void => format!("not sent{problem}"),
        NoticeState::Other(word) => format!("{word}, {tried}{problem}"),
    }
}

/// Of what, to whom, and since when.
pub fn about(notice: &Notice) -> String {
    let to = if notice.recipient.is_empty() { "nobody".to_owned() } else { notice.recipient.to_string() };
    let due = notice.due.time().map(exact).unwrap_or_default();
    format!("{} · to {to} · {due} · key {}", notice.occasion.in_words(), notice.key_id)
}
