//! What changes the review, and what its confirmation comes to.

use super::Review;
use crate::domain::bulk::Plan;
use crate::domain::changes::Change;
use crate::domain::deed::Deed;
use crate::domain::key::Key;
use crate::tui::action::Action;
use crate::tui::dialogs::running::Running;
use crate::tui::dialogs::{Dialog, Requests, moved, scroll};
use crate::tui::effect::Effect;
use crate::tui::event::{Answer, Slot};
use crate::tui::facts::Facts;
use crate::tui::key::KeyCode;
use crate::tui::request::{Input, Reply, Request};

impl Review {
    /// Opens a review of what is left of a change that was cut short, to go on with it.
    pub fn of_rest(change: &Change, left: Vec<Key>, facts: &Facts) -> Requests {
        let Some(who) = facts.who() else { return vec![Request::info(facts.not_yet())] };
        let deed = change.about.deed;
        let plan = Plan::unread(deed, left, &who, facts.now.utc);
        if plan.count() == 0 && plan.own.is_none() && plan.left_out.is_empty() {
            return vec![Request::info("Nothing is left of it")];
        }
        let reading = facts.read_again(plan.frozen(), deed == Deed::Enable);
        let (ticket, production) = (facts.ticket, facts.session.production);
        let review = Self { resumes: Some(change.id.clone()), ticket, production, ..Self::new(plan) };
        vec![Request::Open(Dialog::Review(Box::new(review))), Request::Do(reading)]
    }

    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Action(action) => return self.act(action, facts),
            Input::Scroll(rows) => self.scroll_by(rows, facts),
            Input::Text(c) => self.type_char(c),
            Input::Edit(press) if press.code == KeyCode::Backspace => self.confirm.erase(),
            Input::Paste(_) => self.confirm.paste(),
            Input::Reply(Reply::Read(_, answer)) => return self.answered(answer, facts),
            Input::Edit(_) | Input::Reply(_) | Input::Wake | Input::Conceal | Input::Quit => {}
        }
        Vec::new()
    }

    /// The keys were read again, or could not be.
    fn answered(&mut self, answer: Answer, facts: &Facts) -> Requests {
        match (answer, facts.who()) {
            (Answer::Looking(looking), _) => {
                self.looking = looking;
                return Vec::new();
            }
            (Answer::Fresh(fresh), Some(who)) => self.read_again(*fresh, &who, facts.now.utc),
            (Answer::Failed(error), _) => self.not_read(error.reason()),
            _ => return Vec::new(),
        }
        self.scroll = self.scroll.min(self.most(facts.size, facts.keymap));
        // what was typed while it looked was not meant for what stands there now
        vec![Request::ContentChanged]
    }

    fn scroll_by(&mut self, rows: isize, facts: &Facts) {
        if self.groups.any() {
            self.cursor = scroll(self.cursor, rows, self.lines().saturating_sub(1));
            return self.follow(facts);
        }
        self.scroll = scroll(self.scroll, rows, self.most(facts.size, facts.keymap));
    }

    /// Scrolls so that the line that is pointed at is shown.
    fn follow(&mut self, facts: &Facts) {
        let list = usize::from(self.arrange(facts.size, facts.keymap).list);
        // the last row tells how many more there are
        let room = if self.lines() > list { list.saturating_sub(1) } else { list };
        let least = (self.cursor + 1).saturating_sub(room);
        self.scroll = self.scroll.clamp(least, self.cursor.max(least)).min(self.most(facts.size, facts.keymap));
    }

    fn toggle_group(&mut self, all: bool, facts: &Facts) {
        if all {
            self.groups.toggle_all();
        } else if let Some(line) = self.groups.toggle(&self.plan, self.cursor) {
            self.cursor = line;
        }
        self.cursor = self.cursor.min(self.lines().saturating_sub(1));
        self.follow(facts);
    }

    fn act(&mut self, action: Action, facts: &Facts) -> Requests {
        // a page is what is shown, and a line that was seen before
        let page = usize::from(self.arrange(facts.size, facts.keymap).list).saturating_sub(2);
        if let Some(rows) = moved(action, page) {
            self.scroll_by(rows, facts);
            return Vec::new();
        }
        let confirmed = match action {
            Action::IncludeOwn => {
                self.toggle_own();
                false
            }
            Action::ToggleGroup | Action::ToggleGroups => {
                self.toggle_group(action == Action::ToggleGroups, facts);
                false
            }
            Action::Confirm => self.yes(),
            Action::Choose => self.enter(),
            _ => {
                let (close, stop) = (Request::Close, Request::Do(Effect::Cancel(Slot::Again)));
                return vec![close, stop, Request::info(format!("Nothing was {}", self.plan.deed.done()))];
            }
        };
        if confirmed { self.confirmed(facts) } else { Vec::new() }
    }

    fn confirmed(&self, facts: &Facts) -> Requests {
        let permission = match facts.session.permission() {
            Ok(permission) => permission,
            Err(why) => return vec![Request::info(why)],
        };
        let mut running = Running::new(facts.ticket, &self.plan, facts.now.running);
        running.change.clone_from(&self.resumes);
        running.findings = self.findings.iter().map(|finding| (finding.clone(), None)).collect();
        let write = running.order(self.plan.keys().cloned().collect(), facts);
        vec![Request::Close, Request::Open(Dialog::Running(Box::new(running))), Request::permitted(permission, write)]
    }
}
