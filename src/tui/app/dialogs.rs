//! What a person does in a dialog, and what becomes of a revoke or a new key meanwhile.

use std::path::PathBuf;

use chrono::TimeDelta;

use super::effect::Effect;
use super::event::{Created, Slot, Ticket, What};
use super::lists::{frozen, on_list};
use super::{App, Tab, Tone, thousands};
use crate::domain::bulk::{Plan, Progress};
use crate::domain::ids::KeyId;
use crate::domain::secret::Secret;
use crate::domain::team::Me;
use crate::domain::untrusted::visible;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::choice::Choice;
use crate::tui::dialogs::help::Help;
use crate::tui::dialogs::menu::{SortMenu, StatesMenu, ThemesMenu};
use crate::tui::dialogs::new_key::{DISCARD, Making, NewKeyDialog, Reveal, SHOWN_FOR, Stage};
use crate::tui::dialogs::review::Review;
use crate::tui::dialogs::running::Running;
use crate::tui::dialogs::{Dialog, scroll};
use crate::tui::key::{KeyCode, KeyPress};

/// How old the keys may be before a review says so: what was used since does not stand apart in it.
const STALE: TimeDelta = TimeDelta::minutes(10);

impl App {
    pub(super) fn open_help(&mut self, context: Context) {
        let help = Help::new(context, &self.keymap, |action| self.why_not(action));
        self.dialogs.push(Dialog::Help(help));
    }

    pub(super) fn open_choice(&mut self, shown: Vec<KeyId>, all: Vec<KeyId>) {
        self.dialogs.push(Dialog::Choice(Choice { shown, all, opened: self.running() }));
    }

    /// Freezes the keys and opens the review.
    pub(super) fn open_review(&mut self, ids: &[KeyId]) {
        let own = self.me.as_ref().and_then(|me| me.own_key.clone());
        let now = self.utc();
        let Some(list) = self.keys() else { return };
        let plan = Plan::new(frozen(list, ids), own.as_ref(), now);
        if plan.count() == 0 && plan.own.is_none() {
            let text = match plan.already_revoked {
                0 => "These keys are gone".to_owned(),
                1 => "This key is revoked already".to_owned(),
                many => format!("These {many} keys are revoked already"),
            };
            return self.say(Tone::Info, text);
        }
        let stale_since = list.as_of.filter(|as_of| now - *as_of > STALE);
        let delete = self.tab == Tab::Mine;
        let review = Review::new(plan, delete, self.session.production, self.running());
        let review = Review { stale_since, ..review };
        self.dialogs.push(Dialog::Review(Box::new(review)));
    }

    /// How far a page goes in the dialog in front: what it shows, and a line that was seen before.
    fn page_of_dialog(&self) -> usize {
        let (size, rows) = (self.size, usize::from(self.size.1));
        match self.dialogs.last() {
            Some(Dialog::Review(review)) => usize::from(review.arrange(size).list).saturating_sub(2),
            Some(Dialog::Running(running)) => usize::from(running.arrange(size, self.running()).list).saturating_sub(1),
            Some(Dialog::Detail(_)) => rows.saturating_sub(5),
            _ => rows.saturating_sub(7),
        }
    }

    pub(super) fn act_in_dialog(&mut self, action: Action) -> Vec<Effect> {
        let (size, now) = (self.size, self.running());
        let page = self.page_of_dialog().max(1).cast_signed();
        let moved = match action {
            Action::Down => 1,
            Action::Up => -1,
            Action::PageDown => page,
            Action::PageUp => -page,
            Action::Bottom => isize::MAX,
            Action::Top => isize::MIN,
            _ => 0,
        };
        match self.dialogs.last_mut() {
            Some(Dialog::Help(help)) if moved != 0 => help.move_by(moved),
            Some(Dialog::Sort(menu)) if moved != 0 => menu.cursor = scroll(menu.cursor, moved, menu.columns.len() - 1),
            Some(Dialog::States(menu)) if moved != 0 => {
                menu.cursor = scroll(menu.cursor, moved, StatesMenu::BOXES.len() - 1);
            }
            Some(Dialog::Detail(detail)) if moved != 0 => {
                detail.scroll = scroll(detail.scroll, moved, detail.most(size));
            }
            Some(Dialog::Review(review)) if moved != 0 => {
                review.scroll = scroll(review.scroll, moved, review.most(size));
            }
            Some(Dialog::Running(running)) if moved != 0 => {
                running.scroll = scroll(running.scroll, moved, running.most(size, now));
            }
            Some(Dialog::NewKey(dialog)) if moved != 0 => dialog.focus_by(moved),
            Some(Dialog::Help(_)) => return self.act_in_help(action),
            Some(Dialog::Sort(_) | Dialog::States(_)) => self.act_in_menu(action),
            Some(Dialog::Themes(_)) => return self.act_in_themes(action, moved),
            Some(Dialog::Detail(_)) => return self.act_in_detail(action),
            Some(Dialog::Choice(_)) => self.act_in_choice(action),
            Some(Dialog::Review(_)) => return self.act_in_review(action),
            Some(Dialog::Running(_)) => return self.act_in_running(action),
            Some(Dialog::NewKey(dialog)) => match dialog.context() {
                Context::Reveal => return self.act_in_reveal(action),
                _ => return self.act_in_form(action),
            },
            None => {}
        }
        Vec::new()
    }

    /// Does what the help lists, where it was opened.
    fn act_in_help(&mut self, action: Action) -> Vec<Effect> {
        let Some(Dialog::Help(help)) = self.dialogs.last() else { return Vec::new() };
        let (context, chosen) = (help.context, help.chosen());
        match (action, chosen) {
            (Action::Choose, None) => Vec::new(),
            (Action::Choose, Some(chosen)) => {
                self.dialogs.pop();
                self.act(context, chosen)
            }
            _ => {
                self.dialogs.pop();
                Vec::new()
            }
        }
    }

    pub(super) fn open_themes(&mut self) {
        let (names, before) = self.themes.clone();
        if names.is_empty() {
            return self.say(Tone::Info, "There are no colours here to choose from");
        }
        let cursor = names.iter().position(|name| *name == before).unwrap_or(0);
        self.dialogs.push(Dialog::Themes(ThemesMenu { names, cursor, before }));
    }

    /// Each theme is tried as the cursor comes to it; Esc goes back to the one before.
    fn act_in_themes(&mut self, action: Action, moved: isize) -> Vec<Effect> {
        let Some(Dialog::Themes(menu)) = self.dialogs.last_mut() else { return Vec::new() };
        if moved != 0 {
            menu.cursor = scroll(menu.cursor, moved, menu.names.len() - 1);
            return vec![Effect::UseTheme(menu.names[menu.cursor].clone())];
        }
        let (name, before) = (menu.names[menu.cursor].clone(), menu.before.clone());
        self.dialogs.pop();
        if action != Action::Choose {
            return vec![Effect::UseTheme(before)];
        }
        let name = crate::domain::untrusted::visible(&name).into_owned();
        self.say(Tone::Info, format!("For good: theme = \"{name}\" in config.toml"));
        Vec::new()
    }

    fn act_in_menu(&mut self, action: Action) {
        let now = self.utc();
        match (self.dialogs.last_mut(), action) {
            (Some(Dialog::Sort(SortMenu { columns, cursor, .. })), Action::Choose) => {
                let column = columns[*cursor];
                self.dialogs.pop();
                on_list!(self, list => list.sort_by(column));
            }
            (Some(Dialog::States(menu)), Action::Toggle) => {
                let shown = match menu.cursor {
                    0 => &mut menu.states.enabled,
                    1 => &mut menu.states.disabled,
                    _ => &mut menu.states.revoked,
                };
                *shown = !*shown;
                let states = menu.states;
                on_list!(self, list => list.table.set_states(states, now));
            }
            _ => {
                self.dialogs.pop();
            }
        }
    }

    fn act_in_detail(&mut self, action: Action) -> Vec<Effect> {
        if matches!(action, Action::CopyId | Action::CopyMasked) {
            return self.copy(action);
        }
        self.dialogs.pop();
        Vec::new()
    }

    fn act_in_choice(&mut self, action: Action) {
        let Some(Dialog::Choice(choice)) = self.dialogs.pop() else { return };
        match action {
            Action::OnlyShown if choice.shown.is_empty() => self.say(Tone::Info, "None of the marked keys is shown"),
            Action::OnlyShown => self.open_review(&choice.shown),
            Action::AllMarked => self.open_review(&choice.all),
            _ => {}
        }
    }

    fn act_in_review(&mut self, action: Action) -> Vec<Effect> {
        let Some(Dialog::Review(review)) = self.dialogs.last_mut() else { return Vec::new() };
        let confirmed = match action {
            Action::IncludeOwn => {
                review.toggle_own();
                false
            }
            Action::Confirm => review.yes(),
            Action::Choose => review.enter(),
            _ => {
                self.dialogs.pop();
                self.say(Tone::Info, "Nothing was revoked");
                return Vec::new();
            }
        };
        if confirmed { self.revoke_reviewed() } else { Vec::new() }
    }

    fn revoke_reviewed(&mut self) -> Vec<Effect> {
        let Some(Dialog::Review(review)) = self.dialogs.pop() else { return Vec::new() };
        let ticket = self.ticket();
        let running = Running::new(ticket, &review.plan, review.delete, self.running());
        self.dialogs.push(Dialog::Running(Box::new(running)));
        vec![Effect::Revoke {
            ticket,
            targets: review.plan.targets(),
            own: self.own_key(),
            delete: review.delete && review.plan.count() == 1,
        }]
    }

    fn own_key(&self) -> Option<KeyId> {
        self.me.as_ref().and_then(|me| me.own_key.clone())
    }

    fn act_in_running(&mut self, action: Action) -> Vec<Effect> {
        let (ticket, now, own) = (self.ticket(), self.running(), self.own_key());
        let Some(Dialog::Running(running)) = self.dialogs.last_mut() else { return Vec::new() };
        match action {
            Action::Stop => self.stop_revoking(),
            Action::Retry => {
                let targets = running.retry(ticket, now);
                let delete = running.delete && targets.len() == 1;
                if targets.is_empty() { Vec::new() } else { vec![Effect::Revoke { ticket, targets, own, delete }] }
            }
            _ if running.ended.is_none() => {
                self.say(Tone::Info, "Still at work: c sends no more, then Enter closes");
                Vec::new()
            }
            _ => {
                self.close_running();
                Vec::new()
            }
        }
    }

    /// The failed stay marked, everything that was revoked is not.
    fn close_running(&mut self) {
        let Some(Dialog::Running(running)) = self.dialogs.pop() else { return };
        let done: Vec<KeyId> =
            running.items.iter().filter(|(_, outcome)| outcome.is_revoked()).map(|(key, _)| key.id.clone()).collect();
        let still_marked = self.any_marked(&running);
        if let Some(list) = self.keys_mut() {
            list.table.unmark(&done);
        }
        if self.own_key().is_some_and(|own| done.contains(&own)) {
            return self.say_own_key_is_gone();
        }
        let (revoked, not_done) = (running.tally().revoked, running.items.len() - done.len());
        let revoked =
            if revoked == 1 { "1 key revoked".to_owned() } else { format!("{} keys revoked", thousands(revoked)) };
        match not_done {
            0 => self.say(Tone::Good, revoked),
            _ if still_marked => {
                self.say(Tone::Bad, format!("{revoked}, {} not: S shows only what is marked", thousands(not_done)));
            }
            _ => self.say(Tone::Bad, format!("{revoked}, {} not", thousands(not_done))),
        }
    }

    /// Whether any key that a run did not revoke is marked.
    pub fn any_marked(&self, running: &Running) -> bool {
        let mut not_done = running.items.iter().filter(|(_, outcome)| !outcome.is_revoked());
        self.keys().is_some_and(|list| not_done.any(|(key, _)| list.table.is_marked(&key.id)))
    }

    fn say_own_key_is_gone(&mut self) {
        self.say(Tone::Bad, "This console's own key is revoked now: nothing more will load with it");
    }

    pub(super) fn stop_revoking(&mut self) -> Vec<Effect> {
        match self.dialogs.last_mut() {
            Some(Dialog::Running(running)) if running.ended.is_none() && !running.stopping => {
                running.stopping = true;
                vec![Effect::StopRevoking]
            }
            _ => Vec::new(),
        }
    }

    fn find_running(&mut self, ticket: Ticket) -> Option<&mut Running> {
        self.dialogs.iter_mut().find_map(|dialog| match dialog {
            Dialog::Running(running) if running.ticket == ticket => Some(running.as_mut()),
            _ => None,
        })
    }

    pub(super) fn revoking(&mut self, ticket: Ticket, progress: Progress) {
        let revoked = self.find_running(ticket).and_then(|running| running.take(progress));
        if let Some(id) = revoked {
            self.mark_revoked(&id);
        }
    }

    pub(super) fn revoke_ended(&mut self, ticket: Ticket) -> Vec<Effect> {
        let now = self.running();
        self.sum_up();
        let own = self.own_key();
        let Some(running) = self.find_running(ticket) else { return Vec::new() };
        running.end(now);
        let own_gone = running.items.iter().any(|(key, outcome)| Some(&key.id) == own.as_ref() && outcome.is_revoked());
        if own_gone {
            self.say_own_key_is_gone();
            return Vec::new();
        }
        // revoking resolves the keys' findings
        if self.me.as_ref().is_some_and(Me::is_admin) {
            return self.load(Slot::Findings).into_iter().collect();
        }
        Vec::new()
    }

    fn new_key(&mut self) -> Option<&mut NewKeyDialog> {
        match self.dialogs.last_mut() {
            Some(Dialog::NewKey(dialog)) => Some(dialog),
            _ => None,
        }
    }

    fn new_key_of(&mut self, ticket: Ticket) -> Option<&mut NewKeyDialog> {
        self.dialogs.iter_mut().find_map(|dialog| match dialog {
            Dialog::NewKey(dialog) if dialog.ticket == ticket => Some(dialog.as_mut()),
            _ => None,
        })
    }

    fn reveal(&mut self) -> Option<&mut Reveal> {
        match &mut self.new_key()?.stage {
            Stage::Reveal(reveal) => Some(reveal),
            _ => None,
        }
    }

    fn act_in_form(&mut self, action: Action) -> Vec<Effect> {
        let now = self.utc();
        let Some(dialog) = self.new_key() else { return Vec::new() };
        let sending = matches!(dialog.stage, Stage::Sending);
        match action {
            _ if sending => {
                self.say(Tone::Info, "Waiting for the answer: the key may exist already");
                return Vec::new();
            }
            Action::Next => dialog.focus_by(1),
            Action::Previous => dialog.focus_by(-1),
            Action::Choose => {
                dialog.pressed = true;
                if let Some(wrong) = dialog.first_wrong(now) {
                    dialog.focus = wrong;
                    return Vec::new();
                }
                let last = dialog.fields.len() - 1;
                if dialog.focus < last && matches!(dialog.stage, Stage::Form(None)) {
                    dialog.focus += 1;
                    dialog.pressed = false;
                    return Vec::new();
                }
                return self.send_new_key();
            }
            _ => {
                let maybe_made = dialog.maybe_made;
                self.dialogs.pop();
                if maybe_made {
                    self.say(Tone::Bad, "The key may exist all the same, without its value: ctrl-r, then delete it");
                }
            }
        }
        Vec::new()
    }

    /// Sends the form. The value stays the same through every try, so that a lost answer is a plain retry.
    fn send_new_key(&mut self) -> Vec<Effect> {
        let now = self.utc();
        let owner = self.me.as_ref().map(|me| me.id).unwrap_or_default();
        let Some(dialog) = self.new_key() else { return Vec::new() };
        let effect = match dialog.making {
            Making::ApiKey => match dialog.request(now) {
                Some(new) => Effect::Create(dialog.ticket, new, owner),
                None => Effect::Mint(dialog.ticket),
            },
            Making::CollectionKey => {
                let [uid, name] = [0, 1].map(|field| dialog.fields[field].text().trim().to_owned());
                Effect::CreateCollectionKey(dialog.ticket, uid, Some(name).filter(|name| !name.is_empty()))
            }
        };
        dialog.stage = Stage::Sending;
        vec![effect]
    }

    pub(super) fn minted(&mut self, ticket: Ticket, value: Result<Secret, String>) -> Vec<Effect> {
        let Some(dialog) = self.new_key_of(ticket) else { return Vec::new() };
        match value {
            Ok(value) => {
                dialog.value = Some(value);
                self.send_new_key()
            }
            Err(why) => {
                dialog.stage = Stage::Form(None);
                self.say(Tone::Bad, format!("No value could be made: {why}"));
                Vec::new()
            }
        }
    }

    pub(super) fn created(&mut self, ticket: Ticket, result: Created) -> Vec<Effect> {
        let (now, opened) = (self.utc(), self.running());
        let Some(dialog) = self.new_key_of(ticket) else { return Vec::new() };
        match result {
            Err(error) => {
                dialog.maybe_made |= error.outcome_unknown();
                dialog.stage = Stage::Form(Some(error));
            }
            Ok((key, value)) => {
                dialog.value = value.or(dialog.value.take());
                dialog.stage = Stage::Reveal(Reveal {
                    key: Box::new(key.clone()),
                    opened,
                    shown_until: None,
                    news: Vec::new(),
                    safe: false,
                    written: None,
                    typed: String::new(),
                });
                let made = key.id.clone();
                match dialog.making {
                    Making::ApiKey => {
                        self.mine.table.insert(key.clone(), now);
                        if !self.team.table.is_empty() {
                            self.team.table.insert(key, now);
                        }
                    }
                    Making::CollectionKey => self.collections.table.insert(key, now),
                }
                self.sum_up();
                // the cursor stands on what was made, if that is shown
                if let Some(list) = self.keys_mut()
                    && let Some(position) = list.table.position(&made)
                {
                    list.table.move_to(position);
                }
            }
        }
        Vec::new()
    }

    fn act_in_reveal(&mut self, action: Action) -> Vec<Effect> {
        let running = self.running();
        let Some(dialog) = self.new_key() else { return Vec::new() };
        let (ticket, value) = (dialog.ticket, dialog.value.as_ref().map(Secret::duplicate));
        let Stage::Reveal(reveal) = &mut dialog.stage else { return Vec::new() };
        reveal.typed.clear();
        match (action, value) {
            (Action::CopySecret, Some(value)) => return vec![Effect::CopySecret(ticket, value)],
            (Action::WriteSecret, Some(value)) if reveal.written.is_none() => {
                return vec![Effect::WriteSecret(ticket, reveal.key.name.as_received().to_owned(), value)];
            }
            (Action::ShowSecret, Some(_)) => {
                let until = running + SHOWN_FOR;
                reveal.shown_until = Some(until);
                return vec![Effect::WakeAt(until)];
            }
            (Action::Back, _) if reveal.safe => {
                self.dialogs.pop();
            }
            (Action::Back, _) => {
                self.say(Tone::Bad, "The value is not safe yet: y copies it, w writes it, or type discard");
            }
            _ => {}
        }
        Vec::new()
    }

    /// A value that stands in clear is hidden by the next key.
    pub(super) fn hide_shown_value(&mut self) {
        if let Some(reveal) = self.reveal() {
            reveal.shown_until = None;
        }
    }

    /// And when its time is over. There is one alarm: when it rang for an earlier showing, it is set anew.
    pub(super) fn hide_value_when_due(&mut self) -> Vec<Effect> {
        let now = self.running();
        let Some(reveal) = self.reveal() else { return Vec::new() };
        reveal.shown_until = reveal.shown_until.filter(|until| *until > now);
        reveal.shown_until.map(Effect::WakeAt).into_iter().collect()
    }

    pub(super) fn copied(&mut self, what: What, result: Result<String, String>) {
        match what {
            What::Id | What::Masked => {
                let name = if what == What::Id { "Id" } else { "Masked value" };
                match result {
                    Ok(how) => self.say(Tone::Good, format!("{name} {how}")),
                    Err(why) => self.say(Tone::Bad, format!("{name} not copied: {why}")),
                }
            }
            What::Secret(ticket) => {
                if let Some(NewKeyDialog { stage: Stage::Reveal(reveal), .. }) = self.new_key_of(ticket) {
                    reveal.safe |= result.is_ok();
                    reveal.news.push(result);
                }
            }
        }
    }

    pub(super) fn written(&mut self, ticket: Ticket, result: Result<PathBuf, String>) {
        if let Some(NewKeyDialog { stage: Stage::Reveal(reveal), .. }) = self.new_key_of(ticket) {
            match result {
                Ok(path) => {
                    reveal.safe = true;
                    reveal.news.push(Ok(format!("written to {}", visible(&path.to_string_lossy()))));
                    reveal.written = Some(path);
                }
                Err(why) => reveal.news.push(Err(format!("not written: {why}"))),
            }
        }
    }

    pub(super) fn type_in_dialog(&mut self, c: char) -> Vec<Effect> {
        match self.dialogs.last_mut() {
            Some(Dialog::Help(help)) => {
                help.cursor = 0;
                help.search.insert(c);
            }
            Some(Dialog::Review(review)) => review.type_char(c),
            Some(Dialog::NewKey(dialog)) => match &mut dialog.stage {
                Stage::Form(error) => {
                    *error = None;
                    dialog.pressed = false;
                    dialog.fields[dialog.focus].insert(c);
                }
                Stage::Sending => {}
                Stage::Reveal(reveal) => {
                    reveal.typed.push(c);
                    if !DISCARD.starts_with(&reveal.typed) {
                        reveal.typed.clear();
                        if DISCARD.starts_with(c) {
                            reveal.typed.push(c);
                        }
                    }
                    if reveal.typed == DISCARD {
                        self.dialogs.pop();
                        self.say(Tone::Info, "The value is gone; the key still stands in the list: x deletes it");
                    }
                }
            },
            _ => {}
        }
        Vec::new()
    }

    pub(super) fn edit_in_dialog(&mut self, press: KeyPress) {
        match self.dialogs.last_mut() {
            Some(Dialog::Help(help)) => {
                help.cursor = 0;
                help.search.press(press);
            }
            Some(Dialog::Review(review)) if press.code == KeyCode::Backspace => review.erase(),
            Some(Dialog::NewKey(dialog)) => match &mut dialog.stage {
                Stage::Form(error) if dialog.fields[dialog.focus].press(press) => *error = None,
                Stage::Reveal(reveal) if press.code == KeyCode::Backspace => {
                    reveal.typed.pop();
                }
                _ => {}
            },
            _ => {}
        }
    }

    pub(super) fn paste_in_dialog(&mut self, text: &str) {
        match self.dialogs.last_mut() {
            Some(Dialog::Help(help)) => {
                help.cursor = 0;
                help.search.paste(text);
            }
            Some(Dialog::Review(review)) => review.problem = Some("a paste does not confirm: type it"),
            Some(Dialog::NewKey(dialog)) => {
                if let Stage::Form(error) = &mut dialog.stage
                    && dialog.fields[dialog.focus].paste(text)
                {
                    *error = None;
                }
            }
            _ => {}
        }
    }
}
