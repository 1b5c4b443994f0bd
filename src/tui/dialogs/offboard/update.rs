//! What changes an off-boarding, and what it sends: one change of keys after the other, each on disk before it is sent,
//! then the user.

use super::{Offboard, Stage};
use crate::client::capabilities::Capability;
use crate::client::error::ServiceError;
use crate::domain::bulk::{Outcome, Progress};
use crate::domain::ids::UserId;
use crate::domain::listing::Scope;
use crate::domain::offboard::{Fate, Offboarding, why_not};
use crate::domain::team::{User, UserChange};
use crate::domain::untrusted::Untrusted;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::confirm::Asked;
use crate::tui::dialogs::person::{Person, Picked};
use crate::tui::dialogs::{Dialog, Requests, moved, scroll};
use crate::tui::effect::{Effect, Order, Write};
use crate::tui::event::{Answer, Slot};
use crate::tui::facts::Facts;
use crate::tui::key::KeyCode;
use crate::tui::request::{Input, Reply, Request, RowChange};

impl Offboard {
    /// Opens it: who leaves is asked, unless that is said already.
    pub fn open(user: Option<UserId>, facts: &Facts) -> Requests {
        if let Some(why) = Self::why_not(facts) {
            return vec![Request::info(why)];
        }
        let mut dialog = Self::new(facts.ticket);
        let requests = user.map(|user| dialog.begin(user, facts)).unwrap_or_default();
        let opened = std::iter::once(Request::Open(Dialog::Offboard(Box::new(dialog))));
        opened.chain(requests.into_iter().filter(|request| matches!(request, Request::Do(_)))).collect()
    }

    /// Why nobody can be off-boarded here, by who asks.
    pub fn why_not(facts: &Facts) -> Option<String> {
        if let Some(why) = facts.unsupported([Capability::Users, Capability::ManageUsers]) {
            return Some(why);
        }
        let Some(me) = facts.me else { return Some(facts.not_yet()) };
        (!me.is_superadmin()).then(|| format!("Your role is {}: only a superadmin deactivates somebody", me.role()))
    }

    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        if matches!(self.stage, Stage::Who | Stage::ToWhom) {
            let offered = self.offered(facts);
            return match (self.person.update(&input, &offered), &self.stage) {
                (Picked::Nothing, _) => Vec::new(),
                (Picked::Back, Stage::ToWhom) => self.turn(Stage::Keys),
                (Picked::Back, _) => vec![Request::Close],
                (Picked::User(to), Stage::ToWhom) => {
                    self.leaving.choose(self.cursor, Fate::HandOver(to));
                    self.turn(Stage::Keys)
                }
                (Picked::User(user), _) => self.begin(user, facts),
            };
        }
        match input {
            Input::Action(action) => return self.act(action, facts),
            Input::Reply(reply) => return self.replied(reply, facts),
            Input::Scroll(rows) => self.scroll_by(rows, facts),
            Input::Text(c) => {
                if let Stage::Review(asked) = &mut self.stage {
                    asked.type_char(c);
                }
            }
            Input::Edit(press) => {
                if let Stage::Review(asked) = &mut self.stage
                    && press.code == KeyCode::Backspace
                {
                    asked.confirm.erase();
                }
            }
            Input::Paste(_) => {
                if let Stage::Review(asked) = &mut self.stage {
                    asked.confirm.paste();
                }
            }
            Input::Wake | Input::Conceal | Input::Quit => {}
        }
        Vec::new()
    }

    fn turn(&mut self, stage: Stage) -> Requests {
        (self.stage, self.scroll) = (stage, 0);
        vec![Request::ContentChanged]
    }

    /// Reads the keys of who leaves, as they are now.
    fn begin(&mut self, user: UserId, facts: &Facts) -> Requests {
        let (Some(user), Some(me)) = (facts.users.user(user), facts.me) else {
            return vec![Request::info(facts.not_yet())];
        };
        if let Some(why) = why_not(user, me) {
            return vec![Request::info(format!("{}: {why}", user.name.marked()))];
        }
        self.user = Some(user.clone());
        self.read(facts)
    }

    fn read(&mut self, facts: &Facts) -> Requests {
        self.ticket = facts.ticket;
        let mut requests = self.turn(Stage::Reading);
        requests.push(Request::Do(Effect::KeysOf(self.ticket, self.id())));
        requests
    }

    fn scroll_by(&mut self, rows: isize, facts: &Facts) {
        match self.stage {
            Stage::Keys => self.cursor = scroll(self.cursor, rows, self.leaving.keys.len().saturating_sub(1)),
            _ => self.scroll = scroll(self.scroll, rows, self.most(facts)),
        }
    }

    fn most(&self, facts: &Facts) -> usize {
        let columns = usize::from(facts.size.0);
        self.review(facts.users, facts.now.utc, columns).len().max(self.results(columns).len())
    }

    fn act(&mut self, action: Action, facts: &Facts) -> Requests {
        if let Some(rows) = moved(action, 8) {
            self.scroll_by(rows, facts);
            return Vec::new();
        }
        match &mut self.stage {
            Stage::Who | Stage::ToWhom => Vec::new(),
            Stage::Reading => vec![Request::Close, Request::Do(Effect::Cancel(Slot::OfUser))],
            Stage::NotRead(_) if action == Action::Choose => self.read(facts),
            Stage::Stays(_) if action == Action::Retry => self.again(facts),
            Stage::NotRead(_) | Stage::Gone | Stage::Stays(_) => vec![Request::Close],
            Stage::Keys => self.choose(action, facts),
            Stage::Review(asked) => match action {
                Action::Confirm | Action::Choose if asked.confirms(action) => self.first(facts),
                Action::Back | Action::Quit | Action::Cancel => self.turn(Stage::Keys),
                _ => Vec::new(),
            },
            Stage::Sending(_) | Stage::Deactivating => match action {
                Action::Stop | Action::Cancel if !self.stopping => {
                    self.stopping = true;
                    vec![Request::Do(Effect::StopSending)]
                }
                _ => {
                    let stop = facts.keymap.press(Action::Stop, Context::Running);
                    vec![Request::info(format!("Still at work: {stop} sends no more"))]
                }
            },
        }
    }

    /// What becomes of a key is chosen.
    fn choose(&mut self, action: Action, facts: &Facts) -> Requests {
        let needs = |can| facts.unsupported([can]).map(|why| vec![Request::info(why)]);
        let (fate, refused) = match action {
            Action::FateStop => (Fate::Stop, None),
            Action::FateDisable => (Fate::Disable, needs(Capability::Disable)),
            Action::FateRevoke => (Fate::Revoke, needs(Capability::RevokeTeamKeys)),
            Action::FateHandOver => {
                if let Some(refused) = needs(Capability::HandOver) {
                    return refused;
                }
                if self.leaving.keys.is_empty() {
                    return Vec::new();
                }
                self.person = Person::default();
                return self.turn(Stage::ToWhom);
            }
            Action::AllAlike => {
                if let Some((_, fate)) = self.leaving.keys.get(self.cursor) {
                    self.leaving.choose_all(*fate);
                }
                return Vec::new();
            }
            Action::Choose => return self.turn(Stage::Review(Asked::new(self.wanted()))),
            _ => return vec![Request::Close],
        };
        if let Some(refused) = refused {
            return refused;
        }
        self.leaving.choose(self.cursor, fate);
        // on to the next, so that many are chosen one after the other
        self.cursor = scroll(self.cursor, 1, self.leaving.keys.len().saturating_sub(1));
        Vec::new()
    }

    /// It is confirmed.
    fn first(&mut self, facts: &Facts) -> Requests {
        self.left = self.leaving.steps();
        self.left.reverse();
        self.outcomes.clear();
        self.stopping = false;
        self.go_on(facts)
    }

    /// Sends the next change, or deactivates once every key is as chosen.
    fn go_on(&mut self, facts: &Facts) -> Requests {
        let permission = match facts.session.permission() {
            Ok(permission) => permission,
            Err(why) => return vec![Request::info(why)],
        };
        self.ticket = facts.ticket;
        if !self.stopping
            && let Some((deed, keys)) = self.left.pop()
        {
            self.sent = keys.iter().map(|key| key.id.clone()).collect();
            let order = Order {
                deed,
                keys,
                own: facts.own_key().cloned(),
                user: facts.me.map(|me| me.id).unwrap_or_default(),
                resumes: None,
                findings: Vec::new(),
            };
            let mut requests = self.turn(Stage::Sending(deed));
            requests.push(Request::permitted(permission, Write::Bulk(self.ticket, Box::new(order))));
            return requests;
        }
        let name = self.name();
        match self.undone() {
            _ if self.stopping => self.turn(Stage::Stays(format!("Stopped: {name} is still active"))),
            0 if self.user.as_ref().is_some_and(|user| user.active) => {
                let change = UserChange { active: Some(false), ..UserChange::default() };
                let mut requests = self.turn(Stage::Deactivating);
                requests.push(Request::permitted(permission, Write::User(self.ticket, self.id(), change)));
                requests
            }
            0 => self.gone(),
            count => {
                let keys = if count == 1 { "1 key is".to_owned() } else { format!("{count} keys are") };
                self.turn(Stage::Stays(format!("{keys} not as chosen, so {name} is still active")))
            }
        }
    }

    /// What is left is shown anew, with what was chosen.
    fn again(&mut self, facts: &Facts) -> Requests {
        self.outcomes.clear();
        self.read(facts)
    }

    fn gone(&mut self) -> Requests {
        let mut requests = self.turn(Stage::Gone);
        requests.push(Request::good(format!("{} is not active any more", self.name())));
        requests.extend([Slot::Users, Slot::Keys(Scope::Mine), Slot::Keys(Scope::Team)].map(Request::Read));
        requests
    }

    fn replied(&mut self, reply: Reply, facts: &Facts) -> Requests {
        match reply {
            Reply::Read(Slot::OfUser, Answer::Fresh(fresh)) => {
                let leaving = Offboarding::of(self.id(), fresh.keys, facts.now.utc);
                let before = std::mem::replace(&mut self.leaving, leaving);
                self.leaving.choose_as(&before);
                self.cursor = 0;
                self.turn(Stage::Keys)
            }
            Reply::Read(Slot::OfUser, Answer::Failed(error)) => {
                self.turn(Stage::NotRead(format!("{error}; {}", error.hint())))
            }
            Reply::Bulk(progress) => self.news(progress),
            Reply::BulkEnded => {
                for id in std::mem::take(&mut self.sent) {
                    let told = match self.outcomes.get(&id) {
                        None | Some(Outcome::Queued) => Outcome::NotSent(Untrusted::default()),
                        Some(Outcome::Sent) => Outcome::Unknown(Untrusted::from("no answer")),
                        Some(_) => continue,
                    };
                    self.outcomes.insert(id, told);
                }
                self.go_on(facts)
            }
            Reply::UserChanged(result) => self.deactivated(*result),
            _ => Vec::new(),
        }
    }

    fn news(&mut self, progress: Progress) -> Requests {
        match progress {
            Progress::Sent(ids) | Progress::ReadingBack(ids) => {
                self.outcomes.extend(ids.into_iter().map(|id| (id, Outcome::Sent)));
            }
            Progress::Done(id, outcome) => {
                let revoked = outcome.is_revoked().then(|| Request::Rows(RowChange::Revoked(id.clone())));
                self.outcomes.insert(id, outcome);
                return revoked.into_iter().collect();
            }
            Progress::Changed(key) => return vec![Request::Rows(RowChange::Changed(key))],
            Progress::NotRecorded(why) => {
                return vec![Request::bad(format!("Not on disk, so not taken up if keydeck is killed: {why}"))];
            }
            Progress::Waiting(_) | Progress::Recorded(_) | Progress::Settled(..) => {}
        }
        Vec::new()
    }

    fn deactivated(&mut self, result: Result<User, ServiceError>) -> Requests {
        match result {
            Ok(user) if !user.active => {
                self.user = Some(user);
                self.gone()
            }
            Ok(_) => self.turn(Stage::Stays(format!("The server says that {} is still active", self.name()))),
            Err(error) => {
                let mut requests = self.turn(Stage::Stays(format!("{error}; {}", error.hint())));
                requests.push(Request::Read(Slot::Users));
                requests
            }
        }
    }
}
