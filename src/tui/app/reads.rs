//! Reads: asking, taking pages in, and what follows from an answer. A new read in a slot supersedes the old one; an
//! answer with a stale ticket is dropped.

use std::collections::HashMap;

use super::App;
use crate::client::capabilities::Capability;
use crate::client::error::{ErrorKind, ServiceError};
use crate::domain::finding::exposed_keys;
use crate::domain::fresh::Fresh;
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Revocation, Status};
use crate::domain::listing::Scope;
use crate::domain::names::Names;
use crate::domain::team::Me;
use crate::domain::time::When;
use crate::tui::action::Action;
use crate::tui::effect::Effect;
use crate::tui::event::{Answer, Slot};
use crate::tui::progress::Load;
use crate::tui::request::Reply;
use crate::tui::session::{Connection, Seeding, Tone};
use crate::tui::tab::Tab;
use crate::tui::text::thousands;
use crate::tui::ticket::Ticket;

/// Rows that are looked for one by one rather than among all.
const FEW: usize = 1000;

impl App {
    /// Begins a read in a slot, unless this role or backend cannot have it.
    pub(super) fn load(&mut self, slot: Slot) -> Option<Effect> {
        let tab = Tab::ALL.into_iter().find(|tab| tab.slot() == slot);
        if tab.is_some_and(|tab| self.tab_denied(tab).is_some()) {
            return None;
        }
        if slot == Slot::Users && !self.session.capabilities.has(Capability::Users) {
            return None;
        }
        let ticket = self.ticket();
        match slot {
            Slot::Me => self.reading_me = ticket,
            Slot::Users => self.reading_users = ticket,
            Slot::Keys(scope) => self.list_mut(scope).begin(ticket),
            Slot::Findings => self.exposed.begin(ticket),
            Slot::Settings => {
                self.settings.ticket = ticket;
                self.settings.load = Load::Loading;
            }
            Slot::Lookup => self.lookup = ticket,
            // read with the key they are of
            Slot::Trail
            | Slot::Tried
            | Slot::Ancestor
            | Slot::Locations
            | Slot::Again
            | Slot::Impact
            | Slot::OfUser
            | Slot::Notices
            | Slot::Campaigns
            | Slot::Watch => return None,
        }
        Some(Effect::Load(slot, ticket))
    }

    /// Reads the tab in front again, and what says who we are and what is exposed.
    pub(super) fn refresh(&mut self) -> Vec<Effect> {
        self.refreshed = self.running();
        let mut slots = vec![Slot::Me, self.tab.slot()];
        if self.me.as_ref().is_some_and(Me::is_admin) && self.tab != Tab::Exposed {
            slots.push(Slot::Findings);
        }
        // an admin asks who left, too
        if self.users.is_empty() || self.me.as_ref().is_some_and(Me::is_admin) {
            slots.push(Slot::Users);
        }
        slots.into_iter().filter_map(|slot| self.load(slot)).collect()
    }

    /// More of a demo's team is made. What was loaded meanwhile is a part of it, so once it is whole it is loaded again.
    pub(super) fn seeding(&mut self, seeding: Option<Seeding>) -> Vec<Effect> {
        self.seeding = seeding.filter(|seeding| !seeding.is_done());
        match seeding {
            None => {
                self.say(Tone::Bad, "The team could not be made whole; the log says why. ctrl-r loads what there is");
            }
            Some(seeding) if seeding.is_done() => {
                self.say(Tone::Good, format!("All {} keys are made: loading them", thousands(seeding.of)));
                let lists = [Slot::Keys(Scope::Mine), Slot::Keys(Scope::Team)];
                return lists.into_iter().filter_map(|slot| self.load(slot)).collect();
            }
            Some(_) => {}
        }
        Vec::new()
    }

    /// Stops the reads under way; what came stays.
    pub(super) fn stop_loading(&mut self) -> Vec<Effect> {
        let mut stopped = Vec::new();
        for scope in [Scope::Mine, Scope::Collections, Scope::Team] {
            if self.list_mut(scope).stop() {
                stopped.push(Effect::Cancel(Slot::Keys(scope)));
            }
        }
        if self.exposed.stop() {
            stopped.push(Effect::Cancel(Slot::Findings));
        }
        if !stopped.is_empty() {
            let [again, quit] = [Action::Refresh, Action::Cancel].map(|action| self.key_for(action));
            self.say(Tone::Info, format!("Loading stopped: what came is shown. {again} loads again, {quit} quits"));
        }
        stopped
    }

    pub(super) fn answer(&mut self, slot: Slot, ticket: Ticket, answer: Answer) -> Vec<Effect> {
        if self.ticket_of(slot) != ticket && self.dialogs.waiting_for(ticket).is_none() {
            return Vec::new();
        }
        if slot == Slot::Me {
            self.reading_me = Ticket::default();
        }
        let running = self.running();
        let passing = match &answer {
            Answer::Failed(error) => self.line.failed(slot, error, running),
            _ => false,
        };
        let was_offline = matches!(self.connection, Connection::Offline(_));
        match &answer {
            Answer::Failed(error)
                if matches!(
                    error.kind,
                    ErrorKind::Unreachable
                        | ErrorKind::CertificateTime
                        | ErrorKind::UntrustedCertificate
                        | ErrorKind::UnfitCertificate
                        | ErrorKind::Proxy
                        | ErrorKind::Stranger
                        | ErrorKind::LostAnswer
                ) =>
            {
                self.connection = Connection::Offline(error.clone());
            }
            _ => self.connection = Connection::Online,
        }
        if let Answer::Failed(error) = &answer {
            self.say_stale(slot, error);
        }
        let answers = !passing && self.connection == Connection::Online;
        let mut effects = if answers { self.line_answers(slot, was_offline) } else { Vec::new() };
        effects.extend(self.take_answer(slot, ticket, answer));
        effects
    }

    fn take_answer(&mut self, slot: Slot, ticket: Ticket, answer: Answer) -> Vec<Effect> {
        let now = self.utc();
        match (slot, answer) {
            (Slot::Me, Answer::Me(me)) => return self.take_me(*me),
            (Slot::Users, Answer::Users(users)) => {
                self.users = Names::new(users);
                self.name_owners();
            }
            (Slot::Keys(scope), Answer::Keys(mut keys, total)) => {
                for key in &mut keys {
                    key.join(&self.users, &self.exposed_keys);
                }
                self.list_mut(scope).page(keys, total, now);
            }
            (Slot::Keys(scope), Answer::End) => {
                self.list_mut(scope).end(now);
                return self.lookup_pasted();
            }
            (Slot::Keys(scope), Answer::Failed(error)) => self.list_mut(scope).fail(error),
            (Slot::Findings, Answer::Findings(mut findings, total)) => {
                for finding in &mut findings {
                    self.users.fill_finding(finding);
                }
                self.found_keys.extend(findings.iter().filter_map(|finding| finding.key_id.clone()));
                self.exposed.page(findings, total, now);
            }
            (Slot::Findings, Answer::End) => {
                self.exposed.end(now);
                self.found_keys = self.exposed.table.iter_all().filter_map(|finding| finding.key_id.clone()).collect();
                self.flag_exposed();
                let mut effects = self.tell_new_findings();
                effects.extend(self.retry_unresolved());
                return effects;
            }
            (Slot::Findings, Answer::Failed(error)) => self.exposed.fail(error),
            (Slot::Settings, Answer::Settings(settings)) => {
                self.settings.settings = Some(*settings);
                self.settings.load = Load::Ready;
                self.settings.as_of = Some(now);
            }
            (Slot::Settings, Answer::Failed(error)) => self.settings.load = Load::Failed(error),
            (Slot::Lookup, Answer::Lookup(found)) => self.looked_up(found),
            (Slot::Lookup, Answer::Failed(error)) => {
                self.lookup = Ticket::default();
                let trouble = format!("The pasted value could not be looked up: {error}; {}", error.hint());
                self.say(Tone::Bad, trouble.clone());
                self.lookup_trouble = Some(trouble);
            }
            (Slot::Me, Answer::Failed(error)) => self.no_me(&error),
            (Slot::Ancestor, Answer::Key(mut key)) => {
                key.join(&self.users, &self.exposed_keys);
                return self.reply(ticket, Reply::Read(slot, Answer::Key(key))).unwrap_or_default();
            }
            (Slot::Again, Answer::Fresh(mut fresh)) => {
                self.take_fresh(&mut fresh);
                return self.reply(ticket, Reply::Read(slot, Answer::Fresh(fresh))).unwrap_or_default();
            }
            (Slot::Watch, Answer::Watched(findings)) => return self.watched(findings),
            (Slot::Watch, Answer::Failed(error)) => self.not_watched(&error),
            (
                Slot::Trail
                | Slot::Tried
                | Slot::Ancestor
                | Slot::Locations
                | Slot::Again
                | Slot::Impact
                | Slot::OfUser
                | Slot::Notices
                | Slot::Campaigns,
                answer,
            ) => {
                return self.reply(ticket, Reply::Read(slot, answer)).unwrap_or_default();
            }
            _ => {}
        }
        Vec::new()
    }

    fn ticket_of(&self, slot: Slot) -> Ticket {
        match slot {
            Slot::Me => self.reading_me,
            Slot::Users => self.reading_users,
            Slot::Keys(scope) => self.list(scope).ticket,
            Slot::Findings => self.exposed.ticket,
            Slot::Settings => self.settings.ticket,
            Slot::Lookup => self.lookup,
            Slot::Watch => self.watch_ticket(),
            Slot::Trail
            | Slot::Tried
            | Slot::Ancestor
            | Slot::Locations
            | Slot::Again
            | Slot::Impact
            | Slot::OfUser
            | Slot::Notices
            | Slot::Campaigns => Ticket::default(),
        }
    }

    /// Keys were read again: their owners are named, what is known to be exposed is said of them, and the lists show them
    /// as they are now.
    fn take_fresh(&mut self, fresh: &mut Fresh) {
        let found = exposed_keys(&fresh.findings);
        for key in &mut fresh.keys {
            key.join(&self.users, &self.exposed_keys);
            key.exposed |= found.contains(&key.id);
        }
        for finding in &mut fresh.findings {
            self.users.fill_finding(finding);
        }
        if fresh.keys.len() > FEW {
            return;
        }
        let now = self.now.utc;
        let by_id: HashMap<&KeyId, &Key> = fresh.keys.iter().map(|key| (&key.id, key)).collect();
        for list in [&mut self.mine, &mut self.collections, &mut self.team] {
            list.table.update_some(by_id.keys().copied(), now, |row| {
                let Some(key) = by_id.get(&row.id).filter(|key| key.kind == row.kind && **key != row) else {
                    return false;
                };
                *row = (*key).clone();
                true
            });
        }
        self.sum_up();
    }

    /// Now that the role is known, an admin's lists are read, unless they were before.
    fn take_me(&mut self, me: Me) -> Vec<Effect> {
        let was_admin = self.me.as_ref().is_some_and(Me::is_admin);
        let (id, now) = (me.id, self.utc());
        for list in [&mut self.mine, &mut self.collections, &mut self.team] {
            list.asked_by(id, now);
        }
        self.exposed.asked_by(id, now);
        self.me = Some(me);
        self.leave_denied_tab();
        let mut effects = self.offer_changes();
        self.offer_incidents();
        if !was_admin {
            let slots = [Slot::Keys(Scope::Team), Slot::Findings];
            effects.extend(slots.into_iter().filter_map(|slot| self.load(slot)));
        }
        effects
    }

    fn no_me(&mut self, error: &ServiceError) {
        if error.kind == ErrorKind::Unauthenticated {
            self.say(Tone::Bad, format!("{} does not accept this key: {}", self.session.address, error.hint()));
        }
    }

    /// A failed refresh of the tab in front leaves its rows there, so the reason is said beside them.
    fn say_stale(&mut self, slot: Slot, error: &ServiceError) {
        let progress = self.progress(self.tab);
        if slot == self.tab.slot() && (progress.loaded > 0 || progress.as_of.is_some()) {
            let again = self.key_for(Action::Refresh);
            self.say(Tone::Bad, format!("{error}; what you see is older: {again} tries again"));
        }
    }

    fn name_owners(&mut self) {
        let (now, users) = (self.now.utc, &self.users);
        for list in [&mut self.mine, &mut self.collections, &mut self.team] {
            list.table.update_all(now, |key| users.fill_key(key));
        }
        self.exposed.table.update_all(now, |finding| users.fill_finding(finding));
    }

    pub(super) fn flag_exposed(&mut self) {
        let exposed = exposed_keys(self.exposed.table.iter_all());
        let before = std::mem::replace(&mut self.exposed_keys, exposed);
        let (now, exposed) = (self.now.utc, &self.exposed_keys);
        let changed: Vec<&KeyId> = before.symmetric_difference(exposed).collect();
        for list in [&mut self.mine, &mut self.collections, &mut self.team] {
            let flag = |key: &mut Key| {
                let before = std::mem::replace(&mut key.exposed, exposed.contains(&key.id));
                before != key.exposed
            };
            // few as a rule: not every row of a long list is looked at for them
            if changed.len() < FEW {
                list.table.update_some(changed.iter().copied(), now, flag);
            } else {
                list.table.update_all(now, flag);
            }
        }
    }

    /// Keys are revoked: every list that holds them says so at once.
    pub(super) fn mark_revoked(&mut self, ids: &[KeyId]) {
        let now = self.utc();
        let me = self.me.as_ref().map(|me| me.id);
        let revoke = |key: &mut Key| {
            if key.status == Status::Revoked {
                return false;
            }
            key.status = Status::Revoked;
            key.disabled_reason = None;
            key.revoked = When::At(now);
            key.revoked_by = me;
            key.revocation = Some(if me == Some(key.owner_id) { Revocation::Owner } else { Revocation::Admin });
            true
        };
        for list in [&mut self.mine, &mut self.collections, &mut self.team] {
            list.table.update_many(ids, now, revoke);
        }
        self.mark_findings_of(ids);
    }

    /// Counts anew what the strips say.
    pub(super) fn sum_up(&mut self) {
        let now = self.utc();
        for list in [&mut self.mine, &mut self.collections, &mut self.team] {
            list.sum_up(now);
        }
    }
}
