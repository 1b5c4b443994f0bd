//! What changes the wizard, whichever page is in front, and what its executor's news come to.

use std::time::Duration;

use super::run::{Asking, Item, Now, Run};
use super::{Page, Wizard};
use crate::domain::rotation::{Effect as RotationEffect, Next, OldState, Rotation, RotationId};
use crate::tui::action::Action;
use crate::tui::dialogs::{Dialog, Requests};
use crate::tui::effect::{Effect, Write};
use crate::tui::facts::Facts;
use crate::tui::key::KeyCode;
use crate::tui::request::{Input, Reply, Request};

/// How often a countdown is drawn anew.
const MINUTE: Duration = Duration::from_mins(1);

impl Wizard {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Reply(reply) => return self.reply(reply, facts),
            Input::Wake => return self.due(facts),
            Input::Quit => return self.quit(),
            _ => {}
        }
        if let (Page::Draft, Some(_)) = (&self.page, &self.draft) {
            return self.update_draft(&input, facts);
        }
        match input {
            Input::Action(action) => {
                let action = if action == Action::Cancel { Action::Back } else { action };
                return match &self.page {
                    Page::Draft => vec![Request::Close],
                    Page::Agree(_) => self.act_in_plan(action, facts),
                    Page::Run => self.act_in_run(action, facts),
                };
            }
            Input::Text(c) => {
                if let Some(field) = self.field() {
                    field.insert(c);
                } else if let Some(asked) = self.asked_mut() {
                    asked.type_char(c);
                }
            }
            Input::Edit(press) => {
                if let Some(field) = self.field() {
                    field.press(press);
                } else if let Some(asked) = self.asked_mut().filter(|_| press.code == KeyCode::Backspace) {
                    asked.confirm.erase();
                }
            }
            // a paste goes into fields, and never confirms
            Input::Paste(text) => {
                if let Some(field) = self.field() {
                    field.paste(text);
                } else if let Some(asked) = self.asked_mut() {
                    asked.confirm.paste();
                }
            }
            Input::Scroll(_) | Input::Reply(_) | Input::Wake | Input::Conceal | Input::Quit => {}
        }
        Vec::new()
    }

    fn reply(&mut self, reply: Reply, facts: &Facts) -> Requests {
        match reply {
            Reply::Planned(rotations) if !rotations.is_empty() => {
                let items = rotations.into_iter().map(|rotation| Item::listed(rotation, facts)).collect();
                self.run = Some(Run::new(items, false));
                Vec::new()
            }
            Reply::Looked(looks) => match &mut self.page {
                // of plans that were changed meanwhile, nothing is told
                Page::Agree(agree) if looks.len() == agree.plans.len() => {
                    agree.looks = looks;
                    if agree.has_news() { vec![Request::ContentChanged] } else { Vec::new() }
                }
                _ => Vec::new(),
            },
            Reply::Folder(folder, names) => {
                if let Some(draft) = &mut self.draft {
                    draft.listed(&folder, names);
                }
                Vec::new()
            }
            Reply::Rotating(rotation, step) => self.rotating(*rotation, step, facts),
            Reply::Read(_, answer) => self.looked(answer, facts),
            Reply::Refused(id, why) => self.refused(id.as_ref(), why),
            Reply::Summarised(id, summary) => {
                if let Some(item) = self.run.as_mut().and_then(|run| run.item(&id)) {
                    item.summary = Some(summary);
                    let gone = item.rotation.old_state == OldState::Revoked;
                    let words = facts.session.capabilities.late_mail(&item.rotation.old.masked);
                    item.late_mail = words.filter(|_| gone);
                }
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// A rotation as it is now, and the step under way. The page goes to the rotation that something happens to, unless
    /// the one in front is asked about or busy.
    fn rotating(&mut self, rotation: Rotation, step: Option<RotationEffect>, facts: &Facts) -> Requests {
        let now = facts.now.present();
        let Some(run) = &mut self.run else { return Vec::new() };
        let (before, id) = (run.now(now), rotation.id.clone());
        if let Some(item) = run.item(&id) {
            (item.rotation, item.begun, item.doing, item.refused) = (rotation, true, step, None);
        }
        let at = run.items.iter().position(|item| item.rotation.id == id);
        let idle = matches!(run.now(now), Now::Over | Now::Waits(_) | Now::NotBegun);
        if let Some(at) = at.filter(|at| *at != run.cursor && idle && run.asking.is_none())
            && matches!(run.now_of(&run.items[at], now), Now::Working(_) | Now::Asks(_))
        {
            run.cursor = at;
        }
        let mut requests = Vec::new();
        if run.now(now) != before {
            run.turn();
            if !matches!(run.now(now), Now::Working(_)) {
                requests.push(Request::ContentChanged);
            }
            // what is typed for one question does not answer another
            if run.is_over() || matches!(run.asking, Some(Asking::Sure(_))) {
                run.asking = None;
            }
        }
        requests.extend(self.next_wake(facts));
        requests
    }

    /// One rotation, or all of them, cannot be begun or go on.
    fn refused(&mut self, id: Option<&RotationId>, why: String) -> Requests {
        if let Some(item) = id.and_then(|id| self.run.as_mut()?.item(id)) {
            (item.refused, item.doing) = (Some(why), None);
            return vec![Request::ContentChanged];
        }
        if self.draft.is_some() && self.run.is_none() {
            self.page = Page::Draft;
            return vec![Request::bad(why)];
        }
        vec![Request::Close, Request::bad(why)]
    }

    /// What waited for its time goes on.
    fn due(&self, facts: &Facts) -> Requests {
        let is_due = |item: &Item| {
            item.begun && item.doing.is_none() && matches!(item.rotation.next(facts.now.present()), Next::Do(_))
        };
        let run = self.run.as_ref().filter(|run| !run.paused);
        let mut requests: Requests = Vec::new();
        if run.is_some_and(|run| run.items.iter().any(is_due)) {
            requests.push(Request::write(facts.session, Write::GoOnRotating(self.ticket)));
        }
        requests.extend(self.next_wake(facts));
        requests
    }

    /// A countdown is drawn anew each minute.
    fn next_wake(&self, facts: &Facts) -> Option<Request<Dialog>> {
        let until = self.run.as_ref()?.soonest(facts.now.present())?;
        let wait = (until - facts.now.sure).to_std().unwrap_or_default().min(MINUTE);
        Some(Request::Do(Effect::WakeAt(facts.now.running + wait)))
    }

    /// The step under way ends before the console does.
    fn quit(&self) -> Requests {
        if !matches!(self.page, Page::Run) && self.changing.is_none() {
            return Vec::new();
        }
        vec![Request::Close, Request::Do(Effect::ReleaseRotations(self.ticket))]
    }
}
