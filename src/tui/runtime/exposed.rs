//! Findings: resolving them, and those that stayed open although their key was revoked.

use std::sync::Arc;

use super::guard::survives;
use super::{Reporter, Runtime};
use crate::client::WritePermit;
use crate::client::error::ServiceError;
use crate::domain::exposed::{Retried, Unresolved};
use crate::domain::finding::Resolving;
use crate::local::unresolved::UnresolvedFolder;
use crate::ops;
use crate::tui::event::Event;
use crate::tui::ticket::Ticket;

impl Runtime {
    /// Resolves findings one after the other, and tells of each; where nothing gets through any more the rest is told the
    /// same and not sent.
    pub(super) fn resolve(&self, ticket: Ticket, findings: Vec<Resolving>, permit: Arc<WritePermit>) {
        let reporter = self.reporter.clone();
        self.writes.spawn(async move {
            let mut ended: Option<ServiceError> = None;
            for (place, resolving) in findings.iter().enumerate() {
                let answer = match &ended {
                    Some(error) => Err(error.clone()),
                    None => {
                        let resolved = survives(ops::change::finding(&*reporter.service, &permit, resolving)).await;
                        resolved.unwrap_or_else(|| Err(reporter.mistake()))
                    }
                };
                ended = answer.as_ref().err().filter(|error| error.ends_a_run()).cloned();
                reporter.say_rate();
                reporter.say(Event::Resolved(ticket, place, answer));
            }
        });
    }

    /// Tells which findings stand on disk, open although their key was revoked.
    pub(super) fn list_unresolved(&self) {
        let (folder, reporter) = (self.unresolved(), self.reporter.clone());
        self.writes.spawn(async move {
            let server = reporter.service.address();
            let Ok((found, unreadable)) = tokio::task::spawn_blocking(move || folder.read(&server)).await else {
                return;
            };
            let told: Vec<String> = unreadable.iter().map(|error| format!("{error}; {}", error.hint())).collect();
            if !found.is_empty() || !told.is_empty() {
                reporter.say(Event::UnresolvedListed(found, told));
            }
        });
    }

    /// Tries again to resolve them.
    pub(super) fn retry_unresolved(&self, permit: Arc<WritePermit>) {
        let (folder, reporter) = (self.unresolved(), self.reporter.clone());
        self.writes.spawn(async move {
            let retried = survives(retry(&reporter, &permit, &folder)).await;
            reporter.say_rate();
            if let Some(retried) = retried {
                reporter.say(Event::UnresolvedRetried(retried));
            }
        });
    }

    fn unresolved(&self) -> UnresolvedFolder {
        UnresolvedFolder::of(&self.rotating.settings.state)
    }
}

async fn retry(reporter: &Reporter, permit: &WritePermit, folder: &UnresolvedFolder) -> Vec<(Unresolved, Retried)> {
    let service = &*reporter.service;
    let mut told = Vec::new();
    let mut each = |one: &Unresolved, retried| told.push((one.clone(), retried));
    ops::exposed::retry(service, permit, folder, service.clock().now(), &mut each).await;
    told
}
