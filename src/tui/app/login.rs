//! Logging in: what waits for it goes on by itself, and all else stays as it is.

use std::time::Duration;

use super::App;
use crate::client::error::ServiceError;
use crate::domain::listing::Scope;
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::login::Login;
use crate::tui::effect::Effect;
use crate::tui::event::{LoggedIn, Slot};
use crate::tui::progress::Load;
use crate::tui::request::Reply;
use crate::tui::ticket::Ticket;

impl App {
    /// Opens the form in front of whatever is open, unless it is open already: several calls may wait for it.
    pub(super) fn login_needed(&mut self, account: &str) {
        let Some(terms) = self.session.capabilities.sign_in() else { return };
        if self.login().is_some() {
            return;
        }
        let known = self.me.as_ref().map(|me| me.email.as_received().to_owned());
        let account = known.unwrap_or_else(|| account.to_owned());
        let ticket = self.ticket();
        let login = Login::new(&self.session.address, terms, &account, ticket);
        self.open(Dialog::Login(Box::new(login)));
    }

    /// Somebody is logged in, or not. What failed meanwhile is read again, and all of it where it is somebody else.
    pub(super) fn logged_in(&mut self, ticket: Ticket, result: Result<LoggedIn, ServiceError>) -> Vec<Effect> {
        let account = result.as_ref().ok().map(|logged_in| logged_in.account.clone());
        let mut effects = self.answered(ticket, Reply::LoggedIn(Box::new(result.map(|logged_in| logged_in.words))));
        let Some(account) = account else { return effects };
        let same = |email: &str| email.eq_ignore_ascii_case(&account);
        if self.me.as_ref().is_some_and(|me| !same(me.email.as_received())) {
            effects.extend(self.refresh());
            return effects;
        }
        let failed = matches!(self.mine.load, Load::Failed(_));
        let unknown = self.me.is_none() && self.reading_me == Ticket::default();
        let slots = [(unknown, Slot::Me), (failed, Slot::Keys(Scope::Mine))];
        effects.extend(slots.into_iter().filter_map(|(wanted, slot)| if wanted { self.load(slot) } else { None }));
        effects
    }

    fn login(&self) -> Option<&Login> {
        self.dialogs.iter().find_map(|dialog| if let Dialog::Login(login) = dialog { Some(&**login) } else { None })
    }

    /// When what is said of the wait for another password is something else.
    pub(super) fn next_login_word(&self) -> Option<Duration> {
        self.login()?.next_word(self.running())
    }
}
