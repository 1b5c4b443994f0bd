//! What changes the form, and what becomes of what it asks for.

use std::time::Duration;

use super::{About, Login, Sent};
use crate::client::error::{ErrorKind, ServiceError};
use crate::domain::one_time::normal;
use crate::domain::secret::Secret;
use crate::tui::action::Action;
use crate::tui::dialogs::form::{Entry, Form, FormEvent, State};
use crate::tui::dialogs::{Dialog, Requests};
use crate::tui::effect::Effect;
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Reply, Request};

impl Login {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        let now = facts.now.running;
        match input {
            Input::Reply(Reply::PasswordSent(result)) => self.password_sent(*result, now),
            Input::Reply(Reply::LoggedIn(result)) => self.logged_in(*result),
            input => {
                let happened = self.typed(&input);
                self.forget_another_address();
                match happened {
                    FormEvent::Handled => Vec::new(),
                    FormEvent::Busy => vec![Request::info("The answer is awaited")],
                    FormEvent::Cancel => vec![Request::Close, Request::Do(Effect::StayLoggedOut), not_logged_in(facts)],
                    FormEvent::Submit => self.submit(now),
                }
            }
        }
    }

    /// A password has large letters and no blanks, however it is typed or pasted.
    fn typed(&mut self, input: &Input) -> FormEvent {
        let on_password = self.form.entries().get(self.form.focus()).is_some_and(|entry| entry.name == About::Password);
        match input {
            Input::Text(c) if on_password => self.form.update(&Input::Text(c.to_ascii_uppercase())),
            Input::Paste(text) if on_password => self.form.update(&Input::Paste(&normal(text))),
            input => self.form.update(input),
        }
    }

    /// One that was sent to another address is not the one to type.
    fn forget_another_address(&mut self) {
        let typed = self.form.text(About::Email);
        if self.sent.as_ref().is_some_and(|sent| sent.email != typed) {
            self.sent = None;
            self.fields(&typed, false);
        }
    }

    /// The form anew, with a field for the password or without.
    fn fields(&mut self, email: &str, password: bool) {
        let mut fields = vec![Entry::text_field(About::Email, "E-mail", email)];
        if password {
            fields.push(Entry::text_field(About::Password, "One-time password", ""));
        }
        self.form = Form::new(fields).stepwise();
        if password {
            self.form.focus_by(1);
        }
    }

    fn submit(&mut self, now: Duration) -> Requests {
        let wrong = self.form.first_wrong(|about| self.check(about, now));
        if !self.form.enter(wrong) {
            return Vec::new();
        }
        let password = normal(&self.form.text(About::Password));
        match &self.sent {
            Some(sent) if !password.is_empty() && sent.wrong < self.terms.tries => {
                self.form.state = State::Sending;
                let email = sent.email.clone();
                vec![Request::Do(Effect::LogIn(self.ticket, email, Secret::new(password)))]
            }
            Some(sent) => match sent.left(now) {
                Some(seconds) => vec![Request::info(format!("Another password can be asked for in {seconds} s"))],
                None => self.ask_for_password(),
            },
            None => self.ask_for_password(),
        }
    }

    fn ask_for_password(&mut self) -> Requests {
        self.form.state = State::Sending;
        vec![Request::Do(Effect::SendPassword(self.ticket, self.form.text(About::Email)))]
    }

    fn password_sent(&mut self, result: Result<(), ServiceError>, now: Duration) -> Requests {
        let (wait, before) = match result {
            Ok(()) => (self.terms.pause_seconds, false),
            Err(error) if error.kind == ErrorKind::RateLimited => {
                (error.retry_after.unwrap_or(self.terms.pause_seconds).min(2 * self.terms.pause_seconds), true)
            }
            Err(error) => {
                self.form.state = State::Failed(error);
                return Vec::new();
            }
        };
        let email = self.form.text(About::Email);
        // of one that goes on being good, what was tried is still counted
        let wrong = self.sent.as_ref().filter(|sent| before && sent.email == email).map_or(0, |sent| sent.wrong);
        self.fields(&email, true);
        self.sent = Some(Sent { email, next: now + Duration::from_secs(wait), wrong, before });
        vec![Request::ContentChanged]
    }

    fn logged_in(&mut self, result: Result<String, ServiceError>) -> Requests {
        match result {
            Ok(words) => vec![Request::Close, Request::good(words)],
            Err(error) if error.kind == ErrorKind::Unauthenticated => {
                let email = self.form.text(About::Email);
                self.fields(&email, true);
                let why = format!("Not accepted: {}", error.hint());
                if let Some(sent) = &mut self.sent {
                    sent.wrong += 1;
                }
                vec![Request::bad(why)]
            }
            Err(error) => {
                self.form.state = State::Failed(error);
                Vec::new()
            }
        }
    }
}

/// What is said where somebody leaves without logging in.
fn not_logged_in(facts: &Facts) -> Request<Dialog> {
    let again = facts.key_for(Action::Refresh);
    Request::info(format!("Nobody is logged in: {again} asks again; what is shown is as it was"))
}
