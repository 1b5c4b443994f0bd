//! What the server answered about a change.

use super::App;
use crate::client::error::ServiceError;
use crate::domain::key::Key;
use crate::tui::action::Action;
use crate::tui::dialogs::edit;
use crate::tui::effect::Effect;
use crate::tui::request::Reply;
use crate::tui::session::Tone;
use crate::tui::ticket::Ticket;

impl App {
    /// The answer to a change: the form that asked for it takes it in. Where none did, since the question is closed by
    /// then, it is said here.
    pub(super) fn changed(&mut self, ticket: Ticket, result: Box<Result<Key, ServiceError>>) -> Vec<Effect> {
        if self.dialogs.waiting_for(ticket).is_some() {
            return self.reply(ticket, Reply::Changed(result)).unwrap_or_default();
        }
        match *result {
            Ok(key) => {
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
