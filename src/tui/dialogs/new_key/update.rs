//! What changes the form of a new key, and what becomes of what it sends.

use super::{Kind, Name, NewKey};
use crate::domain::key::Key;
use crate::domain::listing::Scope;
use crate::domain::secret::Secret;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::form::{FormEvent, State};
use crate::tui::dialogs::reveal::Reveal;
use crate::tui::dialogs::{Dialog, Requests};
use crate::tui::effect::{Effect, Write};
use crate::tui::event::{Created, Slot};
use crate::tui::facts::Facts;
use crate::tui::request::{Input, Reply, Request, RowChange};
use crate::tui::ticket::Ticket;

impl NewKey {
    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        if let Input::Reply(reply) = input {
            return self.reply(reply, facts);
        }
        let happened = self.form.update(&input);
        self.offer_access();
        match happened {
            FormEvent::Handled => Vec::new(),
            FormEvent::Busy => vec![too_soon()],
            FormEvent::Cancel => close(self.maybe_made, facts),
            FormEvent::Submit => {
                let wrong = self.form.first_wrong(|name| self.check(name, facts.now.utc));
                if self.form.enter(wrong) { self.send(facts) } else { Vec::new() }
            }
        }
    }

    fn send(&mut self, facts: &Facts) -> Requests {
        let request = match self.kind {
            Kind::ApiKey => match self.request(facts.now.utc) {
                Some(new) => {
                    let owner = new.owner.or(facts.me.map(|me| me.id)).unwrap_or_default();
                    Request::write(facts.session, Write::Create(self.ticket, new, owner))
                }
                None => Request::Do(Effect::Mint(self.ticket)),
            },
            Kind::CollectionKey => {
                let name = Some(self.form.text(Name::CollectionName)).filter(|name| !name.is_empty());
                let write = Write::CreateCollectionKey(self.ticket, self.form.text(Name::Collection), name);
                Request::write(facts.session, write)
            }
        };
        if matches!(request, Request::Do(_)) {
            self.form.state = State::Sending;
        }
        vec![request]
    }

    fn reply(&mut self, reply: Reply, facts: &Facts) -> Requests {
        match reply {
            Reply::Minted(Ok(value)) => {
                self.value = Some(value);
                self.send(facts)
            }
            Reply::Minted(Err(why)) => {
                self.form.state = State::Filling;
                vec![not_minted(&why)]
            }
            Reply::Created(made) => self.made(*made, facts),
            _ => Vec::new(),
        }
    }

    /// The server answered; the value is shown once there is one.
    fn made(&mut self, made: Created, facts: &Facts) -> Requests {
        match made {
            Err(error) if error.orphan.is_some() => {
                // nobody has its value: it is listed, to be deleted
                let [delete, why] = [facts.key_for(Action::Revoke), error.hint()];
                let words = format!("{error}; {why}: {delete} on its row deletes it");
                vec![Request::Close, Request::Read(Slot::Keys(Scope::Mine)), Request::bad(words)]
            }
            Err(error) => {
                self.maybe_made |= error.outcome_unknown();
                self.form.state = State::Failed(error);
                Vec::new()
            }
            Ok((key, value)) => {
                let value = value.or(self.value.take());
                let scope = match self.kind {
                    Kind::ApiKey if matches!(self.owner(), Ok(Some(_))) => Scope::Team,
                    Kind::ApiKey => Scope::Mine,
                    Kind::CollectionKey => Scope::Collections,
                };
                let made = Request::Rows(RowChange::Made(scope, Box::new(key.clone())));
                vec![Request::Close, reveal(key, value, self.ticket), made]
            }
        }
    }
}

/// Shows the value of a key that was made or got a new one.
pub fn reveal(key: Key, value: Option<Secret>, ticket: Ticket) -> Request<Dialog> {
    Request::Open(Dialog::Reveal(Box::new(Reveal::new(key, value, ticket))))
}

/// What is said while the answer is awaited.
pub fn too_soon() -> Request<Dialog> {
    Request::info("Waiting for the answer: the key may exist already")
}

/// What is said when there is no value.
pub fn not_minted(why: &str) -> Request<Dialog> {
    Request::bad(format!("No value could be made: {why}"))
}

/// Closes a form of which an answer may have been lost.
pub fn close(maybe_made: bool, facts: &Facts) -> Requests {
    let mut requests = vec![Request::Close];
    if maybe_made {
        let again = facts.keymap.press(Action::Refresh, Context::List);
        let words = format!("The key may exist all the same, without its value: {again}, then delete it");
        requests.push(Request::bad(words));
    }
    requests
}
