//! What the server answered about a change.

use super::App;
use crate::client::error::ServiceError;
use crate::domain::bulk::{Outcome, Progress};
use crate::domain::key::Key;
use crate::domain::settings::Saved;
use crate::domain::team::User;
use crate::tui::action::Action;
use crate::tui::dialogs::edit;
use crate::tui::effect::Effect;
use crate::tui::event::{Event, Moment, Slot};
use crate::tui::request::Reply;
use crate::tui::session::Tone;
use crate::tui::ticket::Ticket;

impl App {
    /// Takes in news of changes of many keys that came together. The lists are gone through once for all of them: rows that are
    /// hidden once they are revoked leave a long list in one pass.
    pub fn take_news(&mut self, now: Moment, news: Vec<(Ticket, Progress)>) -> Vec<Effect> {
        self.gathered = Some(Vec::new());
        let (mut effects, mut quiet) = (Vec::new(), true);
        for (ticket, progress) in news {
            effects.extend(self.handle(now, Event::Bulk(ticket, progress)));
            quiet &= self.quiet;
        }
        let revoked = self.gathered.take().unwrap_or_default();
        self.mark_revoked(&revoked);
        self.quiet = quiet;
        effects
    }

    /// News of a change of many keys, for the dialog that follows it. Where none does, since the question about a single
    /// key is closed by then, what became of that is said here.
    pub(super) fn bulk_news(&mut self, ticket: Ticket, progress: Progress) -> Vec<Effect> {
        if self.dialogs.waiting_for(ticket).is_some() {
            return self.reply(ticket, Reply::Bulk(progress)).unwrap_or_default();
        }
        match progress {
            Progress::Changed(key) => {
                let requests = edit::changed(*key, &self.facts());
                self.apply(requests, None)
            }
            Progress::Done(_, outcome) if !outcome.is_done() => {
                let why = outcome.reason().map(|why| format!(": {why}")).unwrap_or_default();
                let unsure = format!("; {} shows what it is now", self.key_for(Action::Refresh));
                let unsure = if matches!(outcome, Outcome::Unknown(_)) { &unsure } else { "" };
                self.say(Tone::Bad, format!("{}{why}{unsure}", what(&outcome)));
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// The answer to a change of the settings; where nobody waits for it any more, it is said here.
    pub(super) fn settings_saved(&mut self, ticket: Ticket, result: Box<Result<Saved, ServiceError>>) -> Vec<Effect> {
        if self.dialogs.waiting_for(ticket).is_some() {
            return self.reply(ticket, Reply::SettingsSaved(result)).unwrap_or_default();
        }
        match *result {
            Ok(_) => {
                self.settings.stage(None);
                self.say(Tone::Good, "The settings are changed");
            }
            Err(error) => self.say(Tone::Bad, format!("{error}; {}", error.hint())),
        }
        self.load(Slot::Settings).into_iter().collect()
    }

    /// The answer to a change of a user; where nobody waits for it any more, it is said here.
    pub(super) fn user_changed(&mut self, ticket: Ticket, result: Box<Result<User, ServiceError>>) -> Vec<Effect> {
        if self.dialogs.waiting_for(ticket).is_some() {
            return self.reply(ticket, Reply::UserChanged(result)).unwrap_or_default();
        }
        match *result {
            Ok(user) if user.active => self.say(Tone::Good, format!("{} is active", user.name.marked())),
            Ok(user) => self.say(Tone::Good, format!("{} is not active any more", user.name.marked())),
            Err(error) => self.say(Tone::Bad, format!("{error}; {}", error.hint())),
        }
        self.load(Slot::Users).into_iter().collect()
    }

    /// The answer to a change: the form that asked for it takes it in. Where none did, since the question is closed by
    /// then, it is said here.
    pub(super) fn changed(&mut self, ticket: Ticket, result: Box<Result<Key, ServiceError>>) -> Vec<Effect> {
        if self.dialogs.waiting_for(ticket).is_some() {
            return self.reply(ticket, Reply::Changed(result)).unwrap_or_default();
        }
        match *result {
            Ok(key) => {
                self.watch_pause(&key);
                let requests = edit::changed(key, &self.facts());
                self.apply(requests, None)
            }
            Err(error) => {
                let unsure = format!("; {} shows what it is now", self.key_for(Action::Refresh));
                let unsure = if error.outcome_unknown() { &unsure } else { "" };
                self.say(Tone::Bad, format!("{error}; {}{unsure}", error.hint()));
                Vec::new()
            }
        }
    }
}

/// What is said of a single key that is not as was wished.
fn what(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Unknown(_) => "Nobody knows whether it is changed".to_owned(),
        other => format!("It is not changed, {}", other.word()),
    }
}
