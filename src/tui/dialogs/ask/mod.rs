//! "Disable it?": one key, and what follows. It can be taken back, so a `y` is enough where nothing hangs on the key, which
//! is read again when the question opens.

use crate::domain::bulk::{Confirmation, Plan, Reading};
use crate::domain::deed::{Deed, Who};
use crate::domain::finding::Finding;
use crate::domain::fresh::Fresh;
use crate::domain::key::{Key, Status};
use crate::domain::time::{Time, past};
use crate::tui::dialogs::confirm::Asked;
use crate::tui::text;
use crate::tui::ticket::Ticket;

mod update;
pub mod view;

/// The question.
#[derive(Debug)]
pub struct Ask {
    /// The key, as it was read last.
    pub key: Key,
    /// Whether it is to be enabled; else disabled.
    pub enable: bool,
    /// Whether it is the key that this console uses.
    pub own: bool,
    /// What must be typed.
    pub asked: Asked,
    /// Names the reading of the key.
    pub ticket: Ticket,
    /// What became of the key meanwhile, so that there is nothing to do.
    pub over: Option<String>,
    /// Why the key could not be read again.
    pub not_read: Option<String>,
    plan: Plan,
    production: bool,
}

/// The most findings that are named one by one.
const NAMED: usize = 3;

impl Ask {
    /// The question about a key that is being read again.
    pub fn new(key: Key, who: &Who<'_>, production: bool, now: Time, ticket: Ticket) -> Self {
        let enable = key.status == Status::Disabled;
        let own = who.me.own_key.as_ref() == Some(&key.id);
        let deed = if enable { Deed::Enable } else { Deed::Disable };
        let mut plan = Plan::unread(deed, [key.clone()], who, now);
        plan.include_own = true;
        let asked = Asked::new(Confirmation::NotYet);
        Self { key, enable, own, asked, ticket, over: None, not_read: None, plan, production }
    }

    /// How far the key is read.
    pub fn reading(&self) -> Reading {
        self.plan.reading
    }

    /// What is read again.
    pub fn frozen(&self) -> Vec<crate::domain::bulk::Target> {
        self.plan.frozen()
    }

    /// The open findings that name the key.
    pub fn findings(&self) -> &[Finding] {
        &self.plan.findings
    }

    /// The key as it is now.
    pub fn read_again(&mut self, fresh: Fresh, who: &Who<'_>, now: Time) {
        self.plan.read_again(fresh, who, now);
        let it = |what: &str| Some(format!("It is {what}: there is nothing to {}", self.plan.deed.verb()));
        self.over = match (self.plan.meanwhile.pop(), self.plan.left_out.pop()) {
            (Some((_, meanwhile)), _) => it(meanwhile.words()),
            (None, Some((key, barred))) => {
                let over = it(barred.words());
                self.key = key;
                over
            }
            (None, None) => {
                if let Some(key) = self.plan.keys().next() {
                    self.key = key.clone();
                }
                let wished = if self.enable { Status::Enabled } else { Status::Disabled };
                if self.key.status == wished { it(&format!("{wished} already")) } else { None }
            }
        };
        self.wanted();
    }

    /// The key could not be read again.
    pub fn not_read(&mut self, why: String) {
        self.plan.not_read();
        self.not_read = Some(why);
        self.wanted();
    }

    fn wanted(&mut self) {
        let wanted = match &self.over {
            Some(_) => Confirmation::Nothing,
            None => self.plan.confirmation_of_reversible(self.production),
        };
        self.asked = Asked::new(wanted);
    }

    /// What is said, in lines of at most `columns`, each with whether it warns. `disable` is what a person presses to take
    /// it back.
    pub fn lines(&self, columns: usize, disable: &str, now: Time) -> Vec<(String, bool)> {
        let mut said: Vec<(String, bool)> = Vec::new();
        if let Some(over) = &self.over {
            said.push((format!("{over}."), false));
        } else if self.enable {
            if self.key.exposed {
                said.push(("EXPOSED: whoever found its value can use it again.".to_owned(), true));
                said.extend(
                    self.findings()
                        .iter()
                        .take(NAMED)
                        .map(|finding| (format!("{}, found {}", finding.place(), past(&finding.detected, now)), true)),
                );
                let more = self.findings().len().saturating_sub(NAMED);
                if more > 0 {
                    said.push((format!("and in {more} more places"), true));
                }
            }
            said.push(("What uses it works again at once.".to_owned(), false));
        } else {
            let used = match self.reading() {
                Reading::Looking => "Looking whether it is in use".to_owned(),
                Reading::Failed => "Nobody knows when it was last used".to_owned(),
                Reading::Done => format!("It was last used: {}", past(&self.key.last_used, now)),
            };
            let back = if self.own {
                format!(
                    "It is the key this console uses: nothing more will load here, and {disable} cannot take it back"
                )
            } else {
                format!("What uses it stops working at once, until {disable} enables it again")
            };
            said.push((format!("{used}. {back}."), self.is_danger(now)));
        }
        if let Some(why) = &self.not_read {
            said.push((format!("It could not be read again: {why}"), true));
        }
        let wrap =
            |(words, warns): (String, bool)| text::wrap(&words, columns).into_iter().map(move |line| (line, warns));
        said.into_iter().flat_map(wrap).collect()
    }

    /// Whether it hurts: the key is in use, the console's own, or others have its value and it is to be enabled.
    pub fn is_danger(&self, now: Time) -> bool {
        let in_use = self.own || (self.reading() == Reading::Done && self.key.used_within_a_day(now));
        self.over.is_none() && if self.enable { self.key.exposed } else { in_use }
    }
}
