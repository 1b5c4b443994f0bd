//! What changes the reveal.

use super::{Reveal, SHOWN_FOR};
use crate::domain::secret::Secret;
use crate::domain::untrusted::visible;
use crate::tui::action::{Action, Context, DISCARD};
use crate::tui::dialogs::Requests;
use crate::tui::effect::Effect;
use crate::tui::facts::Facts;
use crate::tui::key::KeyCode;
use crate::tui::request::{Input, Reply, Request};

impl Reveal {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match input {
            Input::Action(action) => return self.act(action, facts),
            Input::Text(c) => return self.type_char(c, facts),
            Input::Edit(press) if press.code == KeyCode::Backspace => {
                self.typed.pop();
            }
            Input::Reply(Reply::Copied(result)) => {
                self.safe |= result.is_ok();
                self.news.push(result);
            }
            Input::Reply(Reply::Written(Ok(path))) => {
                self.safe = true;
                self.news.push(Ok(format!("written to {}", visible(&path.to_string_lossy()))));
                self.written = Some(path);
            }
            Input::Reply(Reply::Written(Err(why))) => self.news.push(Err(format!("not written: {why}"))),
            // one wake-up serves several showings: when it came for an earlier one, it is asked for anew
            Input::Wake => {
                self.shown_until = self.shown_until.filter(|until| *until > facts.now.running);
                return self.shown_until.map(|until| Request::Do(Effect::WakeAt(until))).into_iter().collect();
            }
            Input::Conceal => self.shown_until = None,
            Input::Edit(_) | Input::Paste(_) | Input::Scroll(_) | Input::Reply(_) | Input::Quit => {}
        }
        Vec::new()
    }

    fn act(&mut self, action: Action, facts: &Facts) -> Requests {
        self.typed.clear();
        match (action, self.value.as_ref().map(Secret::duplicate)) {
            (Action::CopySecret, Some(value)) => vec![Request::Do(Effect::CopySecret(self.ticket, value))],
            (Action::WriteSecret, Some(value)) if self.written.is_none() => {
                let name = self.key.name.as_received().to_owned();
                vec![Request::Do(Effect::WriteSecret(self.ticket, name, value))]
            }
            (Action::ShowSecret, Some(_)) => {
                let until = facts.now.running + SHOWN_FOR;
                self.shown_until = Some(until);
                vec![Request::Do(Effect::WakeAt(until))]
            }
            (Action::Back, _) if self.safe => vec![Request::Close],
            (Action::Back, _) => {
                let [copy, write] =
                    [Action::CopySecret, Action::WriteSecret].map(|action| facts.keymap.press(action, Context::Reveal));
                vec![Request::bad(format!(
                    "The value is not safe yet: {copy} copies it, {write} writes it, or type {DISCARD}"
                ))]
            }
            _ => Vec::new(),
        }
    }

    /// The word that closes the reveal without having taken the value is typed letter by letter.
    fn type_char(&mut self, c: char, facts: &Facts) -> Requests {
        self.typed.push(c);
        if !DISCARD.starts_with(&self.typed) {
            self.typed.clear();
            if DISCARD.starts_with(c) {
                self.typed.push(c);
            }
        }
        if self.typed != DISCARD {
            return Vec::new();
        }
        let delete = facts.keymap.press(Action::Revoke, Context::List);
        let words = format!("The value is gone; the key still stands in the list: {delete} deletes it");
        vec![Request::Close, Request::info(words)]
    }
}
