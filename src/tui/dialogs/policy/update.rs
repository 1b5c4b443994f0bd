//! What changes the review of staged settings, and what its confirmation comes to.

use super::{Hit, Policy, Stage};
use crate::client::error::ServiceError;
use crate::domain::act::ActProgress;
use crate::domain::bulk::Confirmation;
use crate::domain::ids::KeyId;
use crate::domain::listing::Scope;
use crate::domain::settings::{CurrentlyExposed, Saved};
use crate::tui::action::Action;
use crate::tui::dialogs::confirm::Asked;
use crate::tui::dialogs::{Requests, moved, scroll};
use crate::tui::effect::{Effect, Write};
use crate::tui::event::{Answer, Slot};
use crate::tui::facts::Facts;
use crate::tui::key::KeyCode;
use crate::tui::request::{Input, Reply, Request};

/// The days that are stepped through besides the one that is offered.
const SPREADS: [i64; 3] = [7, 14, 30];

impl Policy {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        if self.hit.is_some() {
            return self.update_list(input, facts);
        }
        match input {
            Input::Action(action) => return self.act(action, facts),
            Input::Text(c) if self.stage == Stage::Asking => self.asked.type_char(c),
            Input::Edit(press) if press.code == KeyCode::Backspace => self.asked.confirm.erase(),
            Input::Paste(_) => self.asked.confirm.paste(),
            Input::Scroll(rows) => self.scroll = scroll(self.scroll, rows, self.most(facts)),
            Input::Reply(reply) => return self.answered(reply, facts),
            Input::Text(_) | Input::Edit(_) | Input::Wake | Input::Conceal | Input::Quit => {}
        }
        Vec::new()
    }

    fn most(&self, facts: &Facts) -> usize {
        self.lines(usize::from(facts.size.0.saturating_sub(4)), facts.settings).len()
    }

    fn act(&mut self, action: Action, facts: &Facts) -> Requests {
        if let Some(rows) = moved(action, 10) {
            self.scroll = scroll(self.scroll, rows, self.most(facts));
            return Vec::new();
        }
        match action {
            Action::Choose if self.stage == Stage::Conflict => return self.take_theirs(facts),
            Action::Confirm | Action::Choose if self.stage == Stage::Asking => {
                if self.asked.confirms(action) {
                    self.stage = Stage::Saving;
                    let write = Write::Settings(self.ticket, Box::new(self.before.clone()), Box::new(self.change()));
                    return vec![Request::ContentChanged, Request::write(facts.session, write)];
                }
            }
            Action::ListHit if self.impact.as_ref().is_some_and(|impact| !impact.data.is_empty()) => {
                self.hit = Some(Hit::default());
            }
            Action::Spread if self.may_change() => {
                self.spread = self.next_spread();
                return self.look_again();
            }
            Action::RevokeExposed if self.has_to_choose && self.may_change() => {
                self.choice = Some(CurrentlyExposed::Revoke);
                return self.look_again();
            }
            Action::LeaveExposed if self.has_to_choose && self.may_change() => {
                self.choice = Some(CurrentlyExposed::Ignore);
                return self.look_again();
            }
            Action::Confirm
            | Action::Choose
            | Action::ListHit
            | Action::Spread
            | Action::RevokeExposed
            | Action::LeaveExposed => {}
            _ => return vec![Request::Close, Request::Do(Effect::Cancel(Slot::Impact))],
        }
        Vec::new()
    }

    fn may_change(&self) -> bool {
        matches!(self.stage, Stage::Looking | Stage::Asking | Stage::NotKnown(_) | Stage::Refused(_))
    }

    fn next_spread(&self) -> Option<i64> {
        let offered = self.impact.as_ref().and_then(|impact| impact.offered_spread());
        let mut steps: Vec<i64> = offered.into_iter().chain(SPREADS).chain(self.spread).collect();
        steps.sort_unstable();
        steps.dedup();
        match self.spread {
            None => offered.or(Some(SPREADS[0])),
            Some(days) => steps.into_iter().find(|step| *step > days),
        }
    }

    fn look_again(&mut self) -> Requests {
        (self.stage, self.asked) = (Stage::Looking, Asked::new(Confirmation::NotYet));
        vec![Request::ContentChanged, Request::Do(self.look())]
    }

    /// The staged values on top of what somebody else made of the settings, to be reviewed anew.
    fn take_theirs(&self, facts: &Facts) -> Requests {
        let Some(now) = facts.settings.filter(|now| now.version != self.before.version) else { return Vec::new() };
        vec![
            Request::Close,
            Request::Stage(Some(Box::new(self.on_top_of(now)))),
            Request::info("Your staged values stand on top of the settings as they are now: review them again"),
        ]
    }

    fn answered(&mut self, reply: Reply, facts: &Facts) -> Requests {
        match reply {
            Reply::Read(Slot::Impact, Answer::Impact(impact)) => {
                self.impact = Some(impact);
                self.stage = Stage::Asking;
                self.asked = Asked::new(self.wanted());
            }
            Reply::Read(Slot::Impact, Answer::Failed(error)) => {
                self.stage = Stage::NotKnown(format!("{error}; {}", error.hint()));
            }
            Reply::SettingsSaved(result) => return self.saved(*result, facts),
            Reply::Act(act) => return self.moved_on(act),
            _ => return Vec::new(),
        }
        vec![Request::ContentChanged]
    }

    fn saved(&mut self, result: Result<Saved, ServiceError>, _: &Facts) -> Requests {
        match result {
            Ok(Saved::Done(_)) => {
                let mut requests = vec![Request::Close, Request::good("The settings are changed")];
                requests.extend(read_all());
                requests
            }
            Ok(Saved::UnderWay(act)) => {
                self.stage = Stage::UnderWay(act);
                vec![Request::ContentChanged, Request::Stage(None), Request::Read(Slot::Settings)]
            }
            Err(error) if error.is_conflict("version") => {
                self.stage = Stage::Conflict;
                vec![Request::ContentChanged, Request::Read(Slot::Settings)]
            }
            Err(error) if error.is_conflict("exposedKeys") && self.choice.is_none() => {
                self.has_to_choose = true;
                (self.stage, self.asked) = (Stage::Asking, Asked::new(Confirmation::NotYet));
                vec![Request::ContentChanged]
            }
            Err(error) => {
                self.stage = Stage::Refused(format!("{error}; {}", error.hint()));
                vec![Request::ContentChanged, Request::Read(Slot::Settings)]
            }
        }
    }

    fn moved_on(&mut self, act: ActProgress) -> Requests {
        let over = !act.running;
        self.stage = Stage::UnderWay(act);
        if !over {
            return Vec::new();
        }
        let mut requests = vec![Request::Close, Request::good("The settings are changed, and every key is dated")];
        requests.extend(read_all());
        requests
    }

    /// The open list of keys: what is typed filters it, Tab marks, and Enter takes what is marked to Team Keys, where
    /// everything can be done with it after the ordinary review.
    fn update_list(&mut self, input: Input, facts: &Facts) -> Requests {
        let ids: Vec<KeyId> = self.hits().iter().map(|key| key.id.clone()).collect();
        let last = ids.len().saturating_sub(1);
        let Some(hit) = &mut self.hit else { return Vec::new() };
        match input {
            Input::Action(Action::Down) => hit.cursor = scroll(hit.cursor, 1, last),
            Input::Action(Action::Up) => hit.cursor = scroll(hit.cursor, -1, last),
            Input::Action(Action::Next) => {
                if let Some(id) = ids.get(hit.cursor)
                    && !hit.marked.remove(id)
                {
                    hit.marked.insert(id.clone());
                }
                hit.cursor = scroll(hit.cursor, 1, last);
            }
            Input::Action(Action::Previous) => {
                if ids.iter().all(|id| hit.marked.contains(id)) {
                    hit.marked.retain(|id| !ids.contains(id));
                } else {
                    hit.marked.extend(ids);
                }
            }
            Input::Action(Action::Choose) => {
                let marked = std::mem::take(&mut hit.marked);
                let all = if marked.is_empty() { ids } else { marked.into_iter().collect() };
                return vec![Request::Close, Request::Do(Effect::Cancel(Slot::Impact)), Request::MarkInTeam(all)];
            }
            Input::Action(_) => self.hit = None,
            Input::Scroll(rows) => hit.cursor = scroll(hit.cursor, rows, last),
            Input::Text(c) => {
                hit.filter.insert(c);
                hit.cursor = 0;
            }
            Input::Edit(press) => {
                hit.filter.press(press);
                hit.cursor = 0;
            }
            Input::Paste(text) => {
                hit.filter.paste(text);
                hit.cursor = 0;
            }
            Input::Reply(reply) => return self.answered(reply, facts),
            Input::Wake | Input::Conceal | Input::Quit => {}
        }
        Vec::new()
    }
}

/// What is read anew once settings are changed: they, and the keys that they dated.
fn read_all() -> Requests {
    let slots = [Slot::Settings, Slot::Keys(Scope::Mine), Slot::Keys(Scope::Team)];
    std::iter::once(Request::Stage(None)).chain(slots.map(Request::Read)).collect()
}
