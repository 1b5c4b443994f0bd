//! Reads: a new one in a slot ends the old one.

use std::ops::ControlFlow;

use chrono::NaiveDate;

use super::guard::survives;
use super::{Reporter, Runtime};
use crate::domain::audit::AuditQuery;
use crate::domain::bulk::Target;
use crate::domain::finding::Address;
use crate::domain::fresh::Fresh;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::notice::NoticeQuery;
use crate::domain::settings::SettingsChange;
use crate::ops;
use crate::tui::effect::WithFindings;
use crate::tui::event::{Answer, Event, Slot};
use crate::tui::ticket::Ticket;

/// The most entries of a key's audit trail that are read, give or take a page.
const LONGEST_TRAIL: usize = 1000;

/// Places in a page: more than a person reads at once.
const PLACES: u32 = 50;

impl Runtime {
    /// Reads what stands in a slot of its own.
    pub(super) fn load(&mut self, slot: Slot, ticket: Ticket) {
        self.read(slot, ticket, load(self.reporter.clone(), slot, ticket));
    }

    /// Finds keys by the hash of their value.
    pub(super) fn look_up(&mut self, ticket: Ticket, fingerprints: Vec<String>) {
        self.read(Slot::Lookup, ticket, look_up(self.reporter.clone(), ticket, fingerprints));
    }

    /// Reads the audit trail of a key.
    pub(super) fn trail(&mut self, ticket: Ticket, key: KeyId) {
        let query = AuditQuery { key: Some(key), ..AuditQuery::default() };
        self.read(Slot::Trail, ticket, trail(self.reporter.clone(), ticket, query));
    }

    /// Reads what a user did since a day.
    pub(super) fn owners_trail(&mut self, ticket: Ticket, owner: UserId, since: Option<NaiveDate>) {
        let query = AuditQuery { actor: Some(owner), since, ..AuditQuery::default() };
        self.read(Slot::Trail, ticket, trail(self.reporter.clone(), ticket, query));
    }

    /// Reads from where a key is tried.
    pub(super) fn tried(&mut self, ticket: Ticket, key: KeyId) {
        self.read(Slot::Tried, ticket, tried(self.reporter.clone(), ticket, key));
    }

    /// Reads one key.
    pub(super) fn ancestor(&mut self, ticket: Ticket, key: KeyId) {
        self.read(Slot::Ancestor, ticket, ancestor(self.reporter.clone(), ticket, key));
    }

    /// Reads all API keys of a user.
    pub(super) fn keys_of(&mut self, ticket: Ticket, user: UserId) {
        let reporter = self.reporter.clone();
        let reading = async move {
            let read = ops::load::keys_of(&*reporter.service, user).await;
            let fresh = |keys| Answer::Fresh(Box::new(Fresh { keys, findings: Vec::new() }));
            reporter.answer(Slot::OfUser, ticket, read.map(fresh));
        };
        self.read(Slot::OfUser, ticket, reading);
    }

    /// Reads the latest of what people are told.
    pub(super) fn notices(&mut self, ticket: Ticket, query: NoticeQuery) {
        let reporter = self.reporter.clone();
        let reading = async move {
            let read = reporter.service.notices(&query, None, ops::load::PAGE).await;
            reporter.answer(Slot::Notices, ticket, read.map(|page| Answer::Notices(page.rows, page.total)));
        };
        self.read(Slot::Notices, ticket, reading);
    }

    /// Asks what a change of the settings would do.
    pub(super) fn preview(&mut self, ticket: Ticket, change: SettingsChange) {
        let reporter = self.reporter.clone();
        let reading = async move {
            let read = reporter.service.preview_settings(&change).await;
            reporter.answer(Slot::Impact, ticket, read.map(|impact| Answer::Impact(Box::new(impact))));
        };
        self.read(Slot::Impact, ticket, reading);
    }

    /// Reads places where a finding's secret stands.
    pub(super) fn locations(&mut self, ticket: Ticket, at: Address, from: Option<String>) {
        self.read(Slot::Locations, ticket, locations(self.reporter.clone(), ticket, at, from));
    }

    /// Reads keys again.
    pub(super) fn read_again(&mut self, ticket: Ticket, targets: Vec<Target>, with: WithFindings) {
        self.read(Slot::Again, ticket, read_again(self.reporter.clone(), ticket, targets, with));
    }

    /// Ends the read in a slot.
    pub(super) fn cancel(&mut self, slot: Slot) {
        if let Some(read) = self.reads.remove(&slot) {
            read.abort();
        }
    }

    /// Begins to read in a slot, in place of what is read there.
    pub(super) fn read(&mut self, slot: Slot, ticket: Ticket, reading: impl Future<Output = ()> + Send + 'static) {
        let reporter = self.reporter.clone();
        let guarded = async move {
            if survives(reading).await.is_none() {
                reporter.say(Event::Answer(slot, ticket, Answer::Failed(reporter.mistake())));
            }
        };
        let read = tokio::spawn(guarded).abort_handle();
        if let Some(before) = self.reads.insert(slot, read) {
            before.abort();
        }
    }
}

async fn load(reporter: Reporter, slot: Slot, ticket: Ticket) {
    let service = &reporter.service;
    let end = match slot {
        Slot::Me => service.me().await.map(|me| Answer::Me(Box::new(me))),
        Slot::Users => service.users().await.map(Answer::Users),
        Slot::Settings => service.settings().await.map(|settings| Answer::Settings(Box::new(settings))),
        Slot::Keys(scope) => {
            let mut each = |page: crate::client::Rows<_>| {
                reporter.answer(slot, ticket, Ok(Answer::Keys(page.rows, page.total)));
                ControlFlow::Continue(())
            };
            ops::load::keys(&**service, scope, &mut each).await.map(|()| Answer::End)
        }
        Slot::Findings => {
            let mut each = |page: crate::client::Rows<_>| {
                reporter.answer(slot, ticket, Ok(Answer::Findings(page.rows, page.total)));
                ControlFlow::Continue(())
            };
            ops::load::findings(&**service, &mut each).await.map(|()| Answer::End)
        }
        Slot::Watch => {
            let mut all = Vec::new();
            let mut each = |page: crate::client::Rows<_>| {
                all.extend(page.rows);
                ControlFlow::Continue(())
            };
            ops::load::findings(&**service, &mut each).await.map(|()| Answer::Watched(all))
        }
        // these carry what they are about and come as effects of their own
        Slot::Lookup
        | Slot::Trail
        | Slot::Tried
        | Slot::Ancestor
        | Slot::Locations
        | Slot::Again
        | Slot::Notices
        | Slot::Campaigns
        | Slot::Impact
        | Slot::OfUser => return,
    };
    reporter.answer(slot, ticket, end);
}

async fn trail(reporter: Reporter, ticket: Ticket, query: AuditQuery) {
    let (mut entries, mut more) = (Vec::new(), false);
    let mut each = |page: crate::client::Rows<_>| {
        entries.extend(page.rows);
        more = page.next.is_some();
        if entries.len() < LONGEST_TRAIL { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let read = ops::load::audit(&*reporter.service, &query, &mut each).await;
    reporter.answer(Slot::Trail, ticket, read.map(|()| Answer::Trail(entries, more)));
}

async fn tried(reporter: Reporter, ticket: Ticket, key: KeyId) {
    let read = ops::load::refused_uses(&*reporter.service, &key).await;
    reporter.answer(Slot::Tried, ticket, read.map(Answer::Tried));
}

async fn ancestor(reporter: Reporter, ticket: Ticket, key: KeyId) {
    let read = reporter.service.api_key(&key).await;
    reporter.answer(Slot::Ancestor, ticket, read.map(|key| Answer::Key(Box::new(key))));
}

async fn locations(reporter: Reporter, ticket: Ticket, at: Address, from: Option<String>) {
    let read = reporter.service.locations(&at, from.as_deref(), PLACES).await;
    reporter.answer(Slot::Locations, ticket, read.map(|page| Answer::Locations(Box::new(page))));
}

async fn read_again(reporter: Reporter, ticket: Ticket, targets: Vec<Target>, with: WithFindings) {
    let mut each = |looking| reporter.answer(Slot::Again, ticket, Ok(Answer::Looking(looking)));
    let read = ops::fresh::read(&*reporter.service, &targets, with == WithFindings::Yes, &mut each).await;
    reporter.answer(Slot::Again, ticket, read.map(|fresh| Answer::Fresh(Box::new(fresh))));
}

async fn look_up(reporter: Reporter, ticket: Ticket, fingerprints: Vec<String>) {
    let found = reporter.service.lookup(&fingerprints).await;
    let found = found.map(|found| {
        Answer::Lookup(found.into_iter().map(|found| (found.fingerprint, found.key.map(Box::new))).collect())
    });
    reporter.answer(Slot::Lookup, ticket, found);
}
