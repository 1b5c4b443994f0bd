//! Incidents: one that is begun, what is told of it, and those that were cut short, offered once it is known who asks.

use super::App;
use crate::domain::ids::KeyId;
use crate::domain::incident::{Act, Answer, Effect as ContainEffect, Incident};
use crate::domain::key::{Key, Status};
use crate::tui::action::Action;
use crate::tui::dialogs::Dialog;
use crate::tui::dialogs::contain::Contain;
use crate::tui::dialogs::incidents::Incidents;
use crate::tui::effect::Effect;
use crate::tui::event::Slot;
use crate::tui::open_incidents::OpenIncident;
use crate::tui::request::Reply;
use crate::tui::screens::list::ListScreen;
use crate::tui::session::Tone;
use crate::tui::ticket::Ticket;

impl App {
    /// Opens the dialog into which what leaked is pasted. That works whatever the console has loaded: it asks the server
    /// itself.
    pub(super) fn open_contain(&mut self) -> Vec<Effect> {
        let ticket = self.ticket();
        self.open(Dialog::Contain(Box::new(Contain::new(ticket))));
        Vec::new()
    }

    /// Asks the record again, and shows what it says.
    pub(super) fn open_incidents(&mut self) -> Vec<Effect> {
        self.incidents.wanted = true;
        vec![Effect::ListIncidents]
    }

    /// The record's answer.
    pub(super) fn incidents_listed(&mut self, listed: Result<(Vec<OpenIncident>, Vec<String>), String>) -> Vec<Effect> {
        match listed {
            Ok((list, unreadable)) => {
                self.incidents.list = Some(list);
                self.incidents.unreadable = unreadable;
                self.offer_incidents();
            }
            Err(why) => {
                self.incidents.wanted = false;
                self.say(Tone::Bad, why);
            }
        }
        Vec::new()
    }

    /// Offers what was cut short, once at the start and when a person asks. Whose it is decides who we are.
    pub(super) fn offer_incidents(&mut self) {
        let Some(me) = &self.me else {
            if std::mem::take(&mut self.incidents.wanted) {
                let said = self.facts().not_yet();
                self.say(Tone::Info, said);
            }
            return;
        };
        if self.incidents.list.is_none() {
            return;
        }
        let first = !std::mem::replace(&mut self.incidents.offered, true);
        let wanted = std::mem::take(&mut self.incidents.wanted);
        if !first && !wanted {
            return;
        }
        let cut: Vec<Incident> = self.incidents.cut_short(&self.session.address, me.id).cloned().collect();
        if cut.is_empty() && self.incidents.unreadable.is_empty() {
            if wanted {
                let at_it = self.incidents.list.iter().flatten().find_map(|open| open.at_it.clone());
                self.say(
                    Tone::Info,
                    match at_it {
                        Some(who) => format!("Nothing was cut short; an incident is open in another keydeck: {who}"),
                        None => "No incident is open".to_owned(),
                    },
                );
            }
            return;
        }
        // a leak comes before everything else that was cut short
        let behind = matches!(self.dialogs.last(), None | Some(Dialog::Rotations(_) | Dialog::Changes(_)));
        if !wanted && (self.is_editing_filter() || !behind) {
            let key = self.key_for(Action::Incidents);
            self.say(Tone::Info, format!("A leak is not contained yet: {key} goes on with it"));
            return;
        }
        self.say(Tone::Info, "Nothing of it goes on before you say so");
        let unreadable = self.incidents.unreadable.clone();
        self.open(Dialog::Incidents(Incidents::new(cut, unreadable)));
    }

    /// An incident as it is now: its keys show it in the lists.
    pub(super) fn containing(
        &mut self,
        ticket: Ticket,
        incident: Incident,
        doing: Option<ContainEffect>,
    ) -> Vec<Effect> {
        for subject in &incident.subjects {
            let (Some(facts), Act::Answered { answer, .. }) = (subject.facts(), &subject.act) else { continue };
            match answer {
                Answer::Revoked | Answer::AlreadyRevoked | Answer::Deleted | Answer::RevokedByHand => {
                    self.show_stopped(&facts.id, true);
                }
                Answer::Disabled | Answer::AlreadyDisabled => self.show_stopped(&facts.id, false),
                Answer::Dated | Answer::Gone | Answer::Denied(_) | Answer::Failed(_) | Answer::Unknown(_) => {}
            }
        }
        self.answered(ticket, Reply::Incident(Box::new(incident), doing))
    }

    /// A key was stopped: every list that holds it says so, once.
    fn show_stopped(&mut self, id: &KeyId, for_good: bool) {
        let stands = |list: &ListScreen<Key>| {
            let row = list.table.get(id);
            row.is_some_and(|row| row.status == Status::Enabled || (for_good && row.status != Status::Revoked))
        };
        if ![&self.mine, &self.team, &self.collections].into_iter().any(stands) {
            return;
        }
        if for_good {
            self.mark_revoked(std::slice::from_ref(id));
        } else {
            let now = self.utc();
            for list in [&mut self.mine, &mut self.team] {
                list.table.update(id, now, |row| row.status = Status::Disabled);
            }
        }
        self.sum_up();
    }

    /// It cannot be begun, taken up or gone on with.
    pub(super) fn incident_refused(&mut self, ticket: Ticket, why: String) -> Vec<Effect> {
        let told = self.reply(ticket, Reply::IncidentRefused(why.clone()));
        told.unwrap_or_else(|| {
            self.say(Tone::Bad, why);
            Vec::new()
        })
    }

    /// An incident is let go: findings of dead keys are resolved.
    pub(super) fn incident_released(&mut self) -> Vec<Effect> {
        let mut effects = vec![Effect::ListIncidents];
        if !self.exposed.table.is_empty() {
            effects.extend(self.load(Slot::Findings));
        }
        effects
    }
}
