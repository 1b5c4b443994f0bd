//! Writes. One that was sent is never aborted, and each is answered, also where nothing may be written.

use std::sync::Arc;

use super::guard::survives;
use super::incidents::Command as ContainCommand;
use super::rotations::Command;
use super::{Reporter, Runtime};
use crate::client::error::ServiceError;
use crate::domain::act::{ActProgress, RevokedAll};
use crate::domain::settings::Saved;
use crate::ops;
use crate::tui::effect::Write;
use crate::tui::event::{Created, Event};
use crate::tui::ticket::Ticket;

impl Runtime {
    /// Begins a write, which nothing ends from then on.
    pub(super) fn write(&mut self, write: Write) {
        let Some(permit) = self.permit.clone() else { return self.refuse(&write) };
        let reporter = self.reporter.clone();
        match write {
            Write::Bulk(ticket, order) => self.bulk(ticket, *order, permit),
            Write::Create(ticket, new, owner) => {
                let service = Arc::clone(&reporter.service);
                let made = async move {
                    let made = ops::orphans::create(&*service, &permit, &new, owner).await;
                    made.map_err(|unmade| {
                        let advice = unmade.words().or_else(|| unmade.error.advice.clone());
                        ServiceError { advice, ..unmade.error }
                    })
                };
                self.create(ticket, made);
            }
            Write::Regenerate(ticket, id, new) => {
                let service = Arc::clone(&reporter.service);
                let made = async move { ops::regenerate::regenerate(&*service, &permit, &id, &new).await };
                self.create(ticket, made);
            }
            Write::CreateCollectionKey(ticket, uid, name) => {
                let service = Arc::clone(&reporter.service);
                let made = async move {
                    ops::create::create_for_collection(&*service, &permit, &uid, name.as_deref(), None).await
                };
                self.create(ticket, made);
            }
            Write::Change(ticket, id, change) => {
                self.writes.spawn(async move {
                    let changed = survives(ops::change::change(&*reporter.service, &permit, &id, &change)).await;
                    reporter.say_rate();
                    let changed = changed.unwrap_or_else(|| Err(reporter.mistake()));
                    reporter.say(Event::Changed(ticket, Box::new(changed)));
                });
            }
            Write::Resolve(ticket, findings) => self.resolve(ticket, findings, permit),
            Write::RetryUnresolved => self.retry_unresolved(permit),
            Write::Settings(ticket, before, change) => {
                self.writes.spawn(async move {
                    let saved = survives(ops::settings::save(&*reporter.service, &permit, &before, &change)).await;
                    reporter.say_rate();
                    let saved = saved.unwrap_or_else(|| Err(reporter.mistake()));
                    let act = if let Ok(Saved::UnderWay(act)) = &saved { Some(act.clone()) } else { None };
                    reporter.say(Event::SettingsSaved(ticket, Box::new(saved)));
                    follow(&reporter, ticket, act).await;
                });
            }
            Write::RevokeAll(ticket, which) => {
                self.writes.spawn(async move {
                    let revoked = survives(ops::settings::revoke_all(&*reporter.service, &permit, &which)).await;
                    reporter.say_rate();
                    let revoked = revoked.unwrap_or_else(|| Err(reporter.mistake()));
                    let act = if let Ok(RevokedAll::UnderWay(act)) = &revoked { Some(act.clone()) } else { None };
                    reporter.say(Event::RevokedAll(ticket, Box::new(revoked)));
                    follow(&reporter, ticket, act).await;
                });
            }
            Write::User(ticket, id, change) => {
                self.writes.spawn(async move {
                    let changed = survives(ops::change::user(&*reporter.service, &permit, id, &change)).await;
                    reporter.say_rate();
                    let changed = changed.unwrap_or_else(|| Err(reporter.mistake()));
                    reporter.say(Event::UserChanged(ticket, Box::new(changed)));
                });
            }
            Write::StartRotations(ticket, plans) => self.rotating.start(ticket, plans, &self.writes),
            Write::ResumeRotation(ticket, id) => self.rotating.resume(ticket, id, &self.writes),
            Write::GoOnRotating(ticket) => self.rotating.command(ticket, Command::Continue),
            Write::DecideRotation(ticket, id, decision) => {
                self.rotating.command(ticket, Command::Decide(id, decision));
            }
            Write::GiveToRotation(ticket, id, value) => {
                self.rotating.command(ticket, Command::Give(id, value));
            }
            Write::ContainKeys(ticket, decision) => {
                self.containing.command(ticket, ContainCommand::Decide(decision));
            }
            Write::ReplanRotation(ticket, id, plan) => self.rotating.command(ticket, Command::Replan(id, *plan)),
        }
    }

    /// Waits for the answer about a new key or value.
    pub(super) fn create(&self, ticket: Ticket, making: impl Future<Output = Created> + Send + 'static) {
        let reporter = self.reporter.clone();
        self.writes.spawn(async move {
            let made = survives(making).await;
            reporter.say_rate();
            let made = made.unwrap_or_else(|| Err(reporter.mistake()));
            reporter.say(Event::Created(ticket, Box::new(made)));
        });
    }

    /// Answers a write that may not be sent, so that nobody waits for it for ever.
    fn refuse(&self, write: &Write) {
        let error = ServiceError::read_only;
        self.reporter.say(match write {
            // what was not sent is then called so
            Write::Bulk(ticket, _) => Event::BulkEnded(*ticket),
            Write::Create(ticket, ..) | Write::Regenerate(ticket, ..) | Write::CreateCollectionKey(ticket, ..) => {
                Event::Created(*ticket, Box::new(Err(error())))
            }
            Write::Change(ticket, ..) => Event::Changed(*ticket, Box::new(Err(error()))),
            Write::Resolve(ticket, findings) => {
                for place in 0..findings.len() {
                    self.reporter.say(Event::Resolved(*ticket, place, Err(error())));
                }
                return;
            }
            Write::RetryUnresolved => return,
            Write::ContainKeys(ticket, _) => Event::IncidentRefused(*ticket, error().reason()),
            Write::Settings(ticket, ..) => Event::SettingsSaved(*ticket, Box::new(Err(error()))),
            Write::RevokeAll(ticket, _) => Event::RevokedAll(*ticket, Box::new(Err(error()))),
            Write::User(ticket, ..) => Event::UserChanged(*ticket, Box::new(Err(error()))),
            Write::StartRotations(ticket, _)
            | Write::ResumeRotation(ticket, _)
            | Write::GoOnRotating(ticket)
            | Write::DecideRotation(ticket, ..)
            | Write::GiveToRotation(ticket, ..)
            | Write::ReplanRotation(ticket, ..) => Event::RotationRefused(*ticket, None, error().reason()),
        });
    }
}

/// Tells how far an act of the server's is, until it is over or nobody can see it any more.
async fn follow(reporter: &Reporter, ticket: Ticket, act: Option<ActProgress>) {
    let Some(act) = act else { return };
    let last = act.clone();
    let each = |act: &ActProgress| reporter.say(Event::Act(ticket, act.clone()));
    if ops::settings::follow(&*reporter.service, act, each).await.is_err() {
        // the server goes on; that is all that can be said
        reporter.say(Event::Act(ticket, ActProgress { running: false, ..last }));
    }
}
