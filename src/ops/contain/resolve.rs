//! Resolving the findings of keys that are dead for good. The server does it as it revokes; what it left open is resolved
//! here.

use super::{ContainError, Containment};
use crate::client::capabilities::Capability;
use crate::domain::finding::{Resolution, Resolving};
use crate::domain::ids::KeyId;
use crate::domain::incident::{Answer, Event, Resolved};
use crate::domain::key::Status;
use crate::domain::key_value::hex;
use crate::ops::pace;

impl Containment {
    pub(super) async fn resolve(&mut self) -> Result<(), ContainError> {
        let dead: Vec<KeyId> = self
            .incident
            .subjects
            .iter()
            .filter(|subject| {
                let revoked = subject
                    .asserted()
                    .is_some_and(|(_, answer)| !matches!(answer, Answer::Disabled | Answer::AlreadyDisabled));
                !subject.is_told_by_value()
                    && (revoked || subject.facts().is_some_and(|facts| facts.status == Status::Revoked))
            })
            .filter_map(|subject| subject.facts().map(|facts| facts.id.clone()))
            .collect();
        // of what a person revoked, whose key no call names, and of a key that was found by the ends of its value, the hash of
        // the value tells the findings, once that is refused
        let hashes: Vec<String> = self
            .incident
            .subjects
            .iter()
            .filter(|subject| subject.is_told_by_value() && subject.standing(self.now()).is_proven())
            .filter_map(|subject| subject.given.fingerprint.clone())
            .collect();
        let findings = self.findings().await;
        let mut resolved = Vec::new();
        for finding in &findings {
            let by_hash = finding.digest.is_some_and(|digest| hashes.contains(&hex(&digest)));
            if !by_hash && !finding.key_id.as_ref().is_some_and(|id| dead.contains(id)) {
                continue;
            }
            let not = if finding.is_open() {
                let note = Some(format!("incident {}", self.incident.id));
                let resolving = Resolving::of(finding, Resolution::Revoked, note);
                self.resolve_one(&resolving).await
            } else {
                None
            };
            resolved.push(Resolved { finding: finding.id.clone(), place: finding.place().into(), not });
        }
        self.note(vec![Event::Resolved { findings: resolved }]).await
    }

    /// Resolves a finding; why it is still open, where that did not work.
    async fn resolve_one(&self, resolving: &Resolving) -> Option<crate::domain::untrusted::Untrusted> {
        let service = &*self.desk.service;
        if let Some(why) = service.capabilities().why_not(Capability::ResolveFindings) {
            return Some(why.into());
        }
        let Ok(permit) = &self.desk.permit else { return Some("this profile is read-only".into()) };
        let sent = pace::through_limit(service, || service.resolve_finding(permit, resolving)).await;
        sent.err().map(|error| error.reason().into())
    }
}
