//! Writing down keys that no API lists, and asking the backend about their values.

use std::sync::Arc;

use super::guard::survives;
use super::{Reporter, Runtime};
use crate::client::KeyService;
use crate::client::proof::Verdict;
use crate::domain::failure::Failure as _;
use crate::domain::ids::KeyId;
use crate::domain::secret::Secret;
use crate::local::tracked::{TrackedError, TrackedFile};
use crate::ops::tracking::{Asking, Thoroughly, probe};
use crate::tui::effect::TrackOrder;
use crate::tui::event::Event;
use crate::tui::ticket::Ticket;

impl Runtime {
    /// Carries an order out, and says what to tell.
    pub(super) fn track(&self, ticket: Ticket, order: TrackOrder) {
        let reporter = self.reporter.clone();
        let Some(file) = self.tracked.clone() else {
            let why = "Nothing is kept here: no key was written down".to_owned();
            return reporter.say(Event::Tracked(ticket, Err(why)));
        };
        self.writes.spawn(async move {
            let done = survives(carry_out(&reporter, file, order)).await;
            reporter.say_rate();
            let mistake = || Err("keydeck made a mistake here: its log says where".to_owned());
            reporter.say(Event::Tracked(ticket, done.unwrap_or_else(mistake)));
        });
    }
}

fn in_words(error: &TrackedError) -> String {
    format!("Nothing was changed: {error}; {}", error.hint())
}

async fn carry_out(reporter: &Reporter, file: TrackedFile, order: TrackOrder) -> Result<String, String> {
    if let TrackOrder::Probe(id, value) = order {
        return ask(&reporter.service, &file, &id, &value).await;
    }
    let now = reporter.service.clock().now();
    let written = tokio::task::spawn_blocking(move || write(&file, order, now)).await;
    written.unwrap_or_else(|_| Err("it was broken off: try again".to_owned()))
}

fn write(file: &TrackedFile, order: TrackOrder, now: crate::domain::time::Time) -> Result<String, String> {
    let gone = || "It is not written down any more: another keydeck forgot it".to_owned();
    match order {
        TrackOrder::Add(request) => {
            let id = TrackedFile::new_id(now).map_err(|error| in_words(&error))?;
            let noted = request.noted(&id, now);
            let known = file.change(|keys| {
                let same = keys.iter().find(|key| key.fingerprint.is_some() && key.fingerprint == noted.fingerprint);
                let known = same.map(|key| key.name.clone());
                if known.is_none() {
                    keys.push(noted.clone());
                }
                known
            });
            match known.map_err(|error| in_words(&error))? {
                Some(name) => Err(format!("That value is written down already, as {name}")),
                None => Ok(format!("{} is written down", noted.name)),
            }
        }
        TrackOrder::Change(id, change) => {
            let changed = file.change(|keys| {
                let found = keys.iter_mut().find(|key| key.id == id)?;
                *found = change.of(found.clone());
                Some(found.name.clone())
            });
            let name = changed.map_err(|error| in_words(&error))?.ok_or_else(gone)?;
            Ok(format!("{name} is changed, as it is written down"))
        }
        TrackOrder::Remove(id) => {
            let removed = file.change(|keys| {
                let at = keys.iter().position(|key| key.id == id)?;
                Some(keys.remove(at).name)
            });
            let name = removed.map_err(|error| in_words(&error))?.ok_or_else(gone)?;
            Ok(format!("{name} is forgotten; it was not revoked"))
        }
        TrackOrder::Probe(..) => Err("a question is not written down".to_owned()),
    }
}

async fn ask(service: &Arc<dyn KeyService>, file: &TrackedFile, id: &KeyId, value: &Secret) -> Result<String, String> {
    let keys = file.read().map_err(|error| in_words(&error))?;
    let key = keys.into_iter().find(|key| key.id == *id).ok_or("It is not written down any more")?;
    let asked = probe(&**service, file, &key, value, Thoroughly::Once).await.map_err(|error| in_words(&error))?;
    Ok(match asked {
        Asking::AnotherValue => return Err("That is another value than this key's: nothing was sent".to_owned()),
        Asking::Said(Verdict::Accepted(Some(me)), key) => format!("{} is accepted, as {}", key.name, me.name),
        Asking::Said(Verdict::Accepted(None), key) => format!("{} is accepted", key.name),
        Asking::Said(Verdict::Refused, key) => format!("{} is refused", key.name),
        Asking::Said(Verdict::CannotTell(doubt), _) => return Err(format!("Nobody can tell: {doubt}")),
    })
}
