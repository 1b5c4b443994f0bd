//! What changes the detail of a finding: its places and its key's trail are read as it opens.

use super::FindingDetail;
use super::places::Places;
use crate::client::capabilities::Capability;
use crate::domain::finding::{Finding, Resolution};
use crate::tui::action::Action;
use crate::tui::dialogs::detail::trail::Trail;
use crate::tui::dialogs::{Dialog, Requests, copy, moved, scroll};
use crate::tui::effect::Effect;
use crate::tui::event::{Answer, Slot};
use crate::tui::facts::Facts;
use crate::tui::request::{Input, OnFindings, Reply, Request};
use crate::tui::ticket::Ticket;

impl FindingDetail {
    /// Opens a finding in full.
    pub fn open(finding: &Finding, facts: &Facts) -> Requests {
        let mut detail = Self::new(finding, facts.now.utc);
        let mut requests = detail.read_places(None, facts);
        requests.extend(detail.read_trail(facts));
        requests.insert(0, Request::Open(Dialog::Finding(Box::new(detail))));
        requests
    }

    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Action(action) => return self.act(action, facts),
            Input::Scroll(rows) => self.scroll_by(rows, facts),
            Input::Reply(Reply::Read(slot, answer)) => self.read(slot, answer),
            Input::Text(_)
            | Input::Edit(_)
            | Input::Paste(_)
            | Input::Reply(_)
            | Input::Wake
            | Input::Conceal
            | Input::Quit => {}
        }
        Vec::new()
    }

    /// Whether a read with this ticket is under way for it.
    pub fn waits_for(&self, ticket: Ticket) -> bool {
        ticket != Ticket::default() && [self.reading_trail, self.reading_places].contains(&ticket)
    }

    fn scroll_by(&mut self, rows: isize, facts: &Facts) {
        self.scroll = scroll(self.scroll, rows, self.most(facts.size, facts.users));
    }

    fn act(&mut self, action: Action, facts: &Facts) -> Requests {
        if let Some(rows) = moved(action, usize::from(facts.size.1).saturating_sub(5)) {
            self.scroll_by(rows, facts);
            return Vec::new();
        }
        let what = match action {
            Action::CopyId | Action::CopyMasked => {
                return copy(action, self.finding.key_id.as_ref(), &self.finding.obfuscated);
            }
            Action::MorePlaces => return self.more(facts),
            Action::GoToKey => {
                return match self.finding.key_id.clone() {
                    Some(id) => self.close_for(Request::GoToKey(id, self.finding.key_kind)),
                    None => vec![Request::info("This finding names no key")],
                };
            }
            Action::Revoke => OnFindings::Revoke,
            Action::Disable => OnFindings::Disable,
            Action::FalsePositive => OnFindings::Resolve(Resolution::FalsePositive),
            Action::AcceptRisk => OnFindings::Resolve(Resolution::AcceptedRisk),
            _ => return self.close(),
        };
        self.close_for(Request::OnFindings(what, vec![self.finding.id.clone()]))
    }

    fn close(&self) -> Requests {
        let reading = [(self.reading_trail, Slot::Trail), (self.reading_places, Slot::Locations)];
        let still = reading.into_iter().filter(|(reading, _)| *reading != Ticket::default());
        let cancel = still.map(|(_, slot)| Request::Do(Effect::Cancel(slot)));
        std::iter::once(Request::Close).chain(cancel).collect()
    }

    /// Closes, and then asks for something else.
    fn close_for(&self, then: Request<Dialog>) -> Requests {
        let mut requests = self.close();
        requests.push(then);
        requests
    }

    /// Asks for a page of places, the first one or the one behind a cursor.
    fn read_places(&mut self, from: Option<String>, facts: &Facts) -> Requests {
        if let Some(why) = facts.unsupported([Capability::Locations]) {
            self.places = Places::None(why);
            return Vec::new();
        }
        self.reading_places = facts.ticket;
        vec![Request::Do(Effect::Locations(facts.ticket, self.finding.address(), from))]
    }

    fn more(&mut self, facts: &Facts) -> Requests {
        if self.reading_places != Ticket::default() {
            return vec![Request::info("Places are being read")];
        }
        match self.places.next().cloned() {
            Some(next) => self.read_places(Some(next), facts),
            None => vec![Request::info("There are no more places")],
        }
    }

    fn read_trail(&mut self, facts: &Facts) -> Requests {
        let Some(key) = self.finding.key_id.clone() else { return Vec::new() };
        if let Some(why) = facts.unsupported([Capability::AuditLog, Capability::AuditByKey]) {
            self.set_trail(&Trail::None(format!("not recorded by this backend: {why}")));
            return Vec::new();
        }
        self.reading_trail = facts.ticket;
        self.set_trail(&Trail::Loading);
        vec![Request::Do(Effect::Trail(facts.ticket, key))]
    }

    fn read(&mut self, slot: Slot, answer: Answer) {
        match (slot, answer) {
            (Slot::Locations, Answer::Locations(page)) => {
                self.places.add(*page);
                self.reading_places = Ticket::default();
            }
            (Slot::Locations, Answer::Failed(error)) => {
                self.places.fail(format!("{}; {}", error.reason(), error.hint()));
                self.reading_places = Ticket::default();
            }
            (Slot::Trail, Answer::Trail(entries, more)) => {
                self.take_trail(&Trail::Here { entries, more, of_owner: false });
            }
            (Slot::Trail, Answer::Failed(error)) => self.take_trail(&Trail::Failed(error)),
            _ => {}
        }
    }

    fn take_trail(&mut self, trail: &Trail) {
        self.set_trail(trail);
        self.reading_trail = Ticket::default();
    }
}
