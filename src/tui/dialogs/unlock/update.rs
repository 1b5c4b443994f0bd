//! What changes the form, and what becomes of what it asks for.

use super::{About, Unlock};
use crate::tui::dialogs::Requests;
use crate::tui::dialogs::form::{FormEvent, State};
use crate::tui::effect::Effect;
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Reply, Request};

impl Unlock {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, _: &Facts) -> Requests {
        if let Input::Reply(Reply::Unlocked(result)) = input {
            return match result {
                Ok(()) => vec![Request::Close],
                Err(why) => {
                    self.form.state = State::Filling;
                    vec![Request::bad(why)]
                }
            };
        }
        match self.form.update(&input) {
            FormEvent::Handled => Vec::new(),
            FormEvent::Busy => vec![Request::info("It is being written down")],
            FormEvent::Cancel => vec![Request::Close],
            FormEvent::Submit => {
                let wrong = self.form.first_wrong(|about| self.check(about));
                if self.form.enter(wrong) { self.ask() } else { Vec::new() }
            }
        }
    }

    fn ask(&mut self) -> Requests {
        let Some(length) = self.length() else { return Vec::new() };
        self.form.state = State::Sending;
        vec![Request::Do(Effect::Unlock(self.ticket, length, self.form.text(About::Reason)))]
    }
}
