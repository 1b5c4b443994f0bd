//! Making a key, and what becomes of its value meanwhile.

use std::path::PathBuf;

use super::App;
use crate::domain::secret::Secret;
use crate::domain::untrusted::visible;
use crate::tui::action::{Action, Context, DISCARD};
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::new_key::{Making, NewKeyDialog, Reveal, SHOWN_FOR, Stage};
use crate::tui::effect::Effect;
use crate::tui::event::{Created, What};
use crate::tui::session::Tone;
use crate::tui::ticket::Ticket;

impl App {
    pub(super) fn new_key(&mut self) -> Option<&mut NewKeyDialog> {
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

    pub(super) fn reveal(&mut self) -> Option<&mut Reveal> {
        match &mut self.new_key()?.stage {
            Stage::Reveal(reveal) => Some(reveal),
            _ => None,
        }
    }

    pub(super) fn act_in_form(&mut self, action: Action) -> Vec<Effect> {
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
                    let again = self.key_for(Action::Refresh);
                    self.say(
                        Tone::Bad,
                        format!("The key may exist all the same, without its value: {again}, then delete it"),
                    );
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
            Making::Edit => {
                let id = dialog.of.as_ref().map(|key| key.id.clone());
                let (Some(id), Some(change)) = (id, dialog.change()) else {
                    self.dialogs.pop();
                    self.say(Tone::Info, "Nothing was changed");
                    return Vec::new();
                };
                Effect::Change(dialog.ticket, id, change)
            }
            Making::NewValue => match (dialog.of.as_ref().map(|key| key.id.clone()), dialog.regeneration()) {
                (Some(id), Some(new)) => Effect::Regenerate(dialog.ticket, id, new),
                _ => Effect::Mint(dialog.ticket),
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
                    Making::Edit | Making::NewValue => self.put(&key),
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

    pub(super) fn act_in_reveal(&mut self, action: Action) -> Vec<Effect> {
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
                let [copy, write] =
                    [Action::CopySecret, Action::WriteSecret].map(|action| self.keymap.press(action, Context::Reveal));
                let words =
                    format!("The value is not safe yet: {copy} copies it, {write} writes it, or type {DISCARD}");
                self.say(Tone::Bad, words);
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
}
