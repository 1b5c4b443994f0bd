//! After the keys behind findings were revoked: their findings are called so, and what could not be is kept on disk and
//! tried again. Where the backend resolves a key's findings with its revocation, nothing is left to do but for those that
//! were open although their key was dead before.

use std::collections::HashMap;

use super::{change, fresh};
use crate::client::capabilities::Capability;
use crate::client::error::{ErrorKind, ServiceError};
use crate::client::{KeyService, WritePermit};
use crate::domain::bulk::{Outcome, Target};
use crate::domain::exposed::{Retried, Settled, Unresolved};
use crate::domain::finding::{Address, Finding, Resolution, Resolving};
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Status};
use crate::domain::time::Time;
use crate::domain::untrusted::Untrusted;
use crate::local::unresolved::UnresolvedFolder;

/// What is said of a finding that was resolved since its key was revoked, for the audit log.
const NOTE: &str = "its key was revoked";

/// Findings whose keys are about to be revoked.
pub struct Aftermath<'a> {
    pub service: &'a dyn KeyService,
    pub permit: &'a WritePermit,
    /// What is to be called revoked once the keys are.
    pub findings: &'a [Finding],
    /// Where what could not be resolved is kept.
    pub folder: &'a UnresolvedFolder,
    pub profile: &'a str,
    pub now: Time,
    /// Why the keys are revoked, for the audit log.
    pub note: Option<&'a str>,
}

impl Aftermath<'_> {
    /// Before the first key is sent: puts the findings on disk that the backend will not resolve by itself, so that none is
    /// forgotten when the program ends in between. Gives what to say where that does not work.
    pub fn begin(&self) -> Option<String> {
        if self.service.capabilities().has(Capability::RevokeResolves) {
            return None;
        }
        let mut kept = self.findings.iter().map(|finding| self.folder.keep(&self.unresolved(finding, None)));
        let error = kept.find_map(Result::err)?;
        Some(format!("findings that stay open are not found again if this is cut short: {error}"))
    }

    /// After the last key: resolves the findings of those that are revoked, and tells of each. Nothing is said of a
    /// finding whose key lives.
    pub async fn end(&self, ended: &[(KeyId, Outcome)], report: &mut (dyn FnMut(&Finding, Settled) + Send)) {
        let outcomes: HashMap<&KeyId, &Outcome> = ended.iter().map(|(id, outcome)| (id, outcome)).collect();
        let by_itself = self.service.capabilities().has(Capability::RevokeResolves);
        for finding in self.findings {
            let outcome = finding.key_id.as_ref().and_then(|id| outcomes.get(id).copied());
            let settled = match outcome {
                Some(Outcome::Revoked) if by_itself => Settled::Resolved,
                // a key that was not sent was dead before
                None | Some(Outcome::Revoked | Outcome::AlreadyRevoked) => self.resolve(finding).await,
                Some(Outcome::Unknown(_)) => self.keep(finding, "nobody knows whether its key is revoked".into()),
                Some(
                    Outcome::Queued
                    | Outcome::Sent
                    | Outcome::Disabled
                    | Outcome::AlreadyDisabled
                    | Outcome::Enabled
                    | Outcome::AlreadyEnabled
                    | Outcome::HandedOver
                    | Outcome::AlreadyTheirs
                    | Outcome::Denied(_)
                    | Outcome::NotFound
                    | Outcome::Failed(_)
                    | Outcome::NotSent(_),
                ) => {
                    self.forget(finding);
                    Settled::KeyLives
                }
            };
            report(finding, settled);
        }
    }

    async fn resolve(&self, finding: &Finding) -> Settled {
        let note = self.note.unwrap_or(NOTE);
        match as_revoked(self.service, self.permit, &finding.address(), note).await {
            Ok(()) => {
                self.forget(finding);
                Settled::Resolved
            }
            Err(error) => self.keep(finding, Untrusted::from(error.reason())),
        }
    }

    fn keep(&self, finding: &Finding, why: Untrusted) -> Settled {
        match self.folder.keep(&self.unresolved(finding, Some(why.clone()))) {
            Ok(()) => Settled::StillOpen(why),
            Err(error) => Settled::Forgotten(Untrusted::from(format!("{why}; it could not be kept either: {error}"))),
        }
    }

    fn forget(&self, finding: &Finding) {
        if let Err(error) = self.folder.forget(&self.unresolved(finding, None)) {
            tracing::warn!(%error, "a finding that is settled is still kept");
        }
    }

    fn unresolved(&self, finding: &Finding, trouble: Option<Untrusted>) -> Unresolved {
        Unresolved {
            profile: self.profile.to_owned(),
            server: self.service.address(),
            at: finding.address(),
            key: Target { id: finding.key_id.clone().unwrap_or_default(), kind: finding.key_kind },
            name: finding.name().clone(),
            url: finding.url.clone(),
            since: self.now,
            trouble,
        }
    }
}

/// So long a finding is kept whose key was never revoked after all.
const PATIENCE: chrono::TimeDelta = chrono::TimeDelta::days(30);

/// Tries again to resolve what stands on disk for this server. Tells of each.
pub async fn retry(
    service: &dyn KeyService,
    permit: &WritePermit,
    folder: &UnresolvedFolder,
    now: Time,
    report: &mut (dyn FnMut(&Unresolved, Retried) + Send),
) {
    let (waiting, _) = folder.read(&service.address());
    for one in &waiting {
        let retried = try_again(service, permit, one).await;
        let kept = match &retried {
            Retried::Resolved | Retried::Over => folder.forget(one),
            Retried::KeyLives if now - one.since > PATIENCE => folder.forget(one),
            Retried::KeyLives => Ok(()),
            Retried::StillOpen(why) => folder.keep(&Unresolved { trouble: Some(why.clone()), ..one.clone() }),
        };
        if let Err(error) = kept {
            tracing::warn!(%error, "what became of a finding could not be noted");
        }
        report(one, retried);
    }
}

async fn try_again(service: &dyn KeyService, permit: &WritePermit, one: &Unresolved) -> Retried {
    let failed = |error: &ServiceError| Retried::StillOpen(Untrusted::from(error.reason()));
    match is_over(service, &one.at).await {
        Ok(true) => return Retried::Over,
        Ok(false) => {}
        Err(error) if error.kind == ErrorKind::NotFound => return Retried::Over,
        Err(error) => return failed(&error),
    }
    // REVOKED is a statement, which must not be made of a key that lives
    match fresh::keys(service, std::slice::from_ref(&one.key), &mut |_| ()).await {
        Ok(keys) if keys.iter().any(|key: &Key| key.status != Status::Revoked) => return Retried::KeyLives,
        Ok(_) => {}
        Err(error) => return failed(&error),
    }
    match as_revoked(service, permit, &one.at, NOTE).await {
        Ok(()) => Retried::Resolved,
        Err(error) if error.kind == ErrorKind::NotFound => Retried::Over,
        Err(error) => failed(&error),
    }
}

/// Whether somebody dealt with a finding, as far as the backend tells; where it does not, it is taken to be open.
async fn is_over(service: &dyn KeyService, at: &Address) -> Result<bool, ServiceError> {
    if !service.capabilities().has(Capability::Locations) {
        return Ok(false);
    }
    let history = service.locations(at, None, 1).await?.history;
    Ok(history.last().is_some_and(|last| last.resolution != Resolution::Active))
}

/// Calls a finding revoked, unless somebody dealt with it meanwhile.
async fn as_revoked(
    service: &dyn KeyService,
    permit: &WritePermit,
    at: &Address,
    note: &str,
) -> Result<(), ServiceError> {
    if is_over(service, at).await.unwrap_or(false) {
        return Ok(());
    }
    let resolving = Resolving {
        secret: at.secret.clone(),
        workspace: at.workspace.clone(),
        also: at.also.clone(),
        resolution: Resolution::Revoked,
        note: Some(note.to_owned()),
    };
    change::finding(service, permit, &resolving).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::capabilities::Capabilities;
    use crate::client::fake::FakeService;
    use crate::domain::time::When;

    fn now() -> Time {
        When::from_wire("2026-11-21T08:30:00Z").time().unwrap()
    }

    fn of_key(id: &str, key: &str) -> Finding {
        Finding { key_id: Some(key.into()), ..Finding::sample(id) }
    }

    /// A backend with two keys and three findings; without the capability, unless `resolves`.
    fn backend(resolves: bool) -> FakeService {
        let all = Capabilities::all();
        let capabilities =
            if resolves { all } else { all.without(Capability::RevokeResolves, "this backend knows no such thing") };
        let service = FakeService::new(vec![Key::sample("a"), Key::sample("b")]).with_capabilities(capabilities);
        service.state().findings = vec![of_key("f1", "a"), of_key("f2", "a"), of_key("f3", "b")];
        service
    }

    async fn revoke(
        service: &FakeService,
        folder: &UnresolvedFolder,
        ended: &[(&str, Outcome)],
    ) -> Vec<(String, Settled)> {
        let permit = WritePermit::unless_read_only(false).unwrap();
        let findings = service.state().findings.clone();
        let aftermath = Aftermath {
            service,
            permit: &permit,
            findings: &findings,
            folder,
            profile: "acme",
            now: now(),
            note: None,
        };
        assert_eq!(aftermath.begin(), None);
        let mut told = Vec::new();
        let ended: Vec<(KeyId, Outcome)> =
            ended.iter().map(|(id, outcome)| (KeyId::from(*id), outcome.clone())).collect();
        for (id, outcome) in &ended {
            if *outcome == Outcome::Revoked {
                service.revoke_api_keys(&permit, std::slice::from_ref(id), None, None).await.unwrap();
            }
        }
        aftermath.end(&ended, &mut |finding, settled| told.push((finding.id.to_string(), settled))).await;
        told
    }

    fn words(told: &[(String, Settled)]) -> Vec<(&str, bool)> {
        told.iter().map(|(id, settled)| (id.as_str(), settled.is_done())).collect()
    }

    async fn again(service: &FakeService, folder: &UnresolvedFolder, now: Time) -> Vec<(String, Retried)> {
        let permit = WritePermit::unless_read_only(false).unwrap();
        let mut told = Vec::new();
        retry(service, &permit, folder, now, &mut |one, retried| told.push((one.at.secret.to_string(), retried))).await;
        told
    }

    #[tokio::test]
    async fn where_the_backend_resolves_by_itself_nothing_is_sent_and_nothing_kept() {
        let (state, service) = (tempfile::tempdir().unwrap(), backend(true));
        let folder = UnresolvedFolder::of(state.path());
        let told = revoke(&service, &folder, &[("a", Outcome::Revoked), ("b", Outcome::Denied("no".into()))]).await;
        assert_eq!(words(&told), [("f1", true), ("f2", true), ("f3", false)]);
        assert_eq!((service.count("resolve_finding"), std::fs::read_dir(state.path()).unwrap().count()), (0, 0));
    }

    #[tokio::test]
    async fn elsewhere_each_finding_of_a_dead_key_is_resolved_and_none_of_one_that_lives() {
        let (state, service) = (tempfile::tempdir().unwrap(), backend(false));
        let folder = UnresolvedFolder::of(state.path());
        let told = revoke(&service, &folder, &[("a", Outcome::Revoked), ("b", Outcome::Failed("503".into()))]).await;
        assert_eq!(words(&told), [("f1", true), ("f2", true), ("f3", false)]);
        assert_eq!(service.count("resolve_finding"), 2);
        assert!(folder.read(&service.address()).0.is_empty());
    }

    #[tokio::test]
    async fn what_could_not_be_resolved_is_kept_and_tried_again_until_it_is() {
        let (state, service) = (tempfile::tempdir().unwrap(), backend(false));
        let folder = UnresolvedFolder::of(state.path());
        service.fail("resolve_finding", ErrorKind::Server);
        let told = revoke(&service, &folder, &[("a", Outcome::Revoked), ("b", Outcome::Revoked)]).await;
        assert_eq!(words(&told), [("f1", false), ("f2", true), ("f3", true)]);
        assert!(told[0].1.words().starts_with("its key is revoked, the finding still open"), "{}", told[0].1.words());
        assert_eq!(folder.read(&service.address()).0.len(), 1);
        service.fail("resolve_finding", ErrorKind::Server);
        assert!(matches!(&again(&service, &folder, now()).await[..], [(_, Retried::StillOpen(_))]));
        assert_eq!(again(&service, &folder, now()).await, [("f1".to_owned(), Retried::Resolved)]);
        assert!(again(&service, &folder, now()).await.is_empty(), "it is kept no more");
        assert!(service.state().findings.iter().all(|finding| finding.resolution == Resolution::Revoked));
    }

    #[tokio::test]
    async fn one_that_was_cut_short_is_resolved_only_once_its_key_is_dead() {
        let (state, service) = (tempfile::tempdir().unwrap(), backend(false));
        let folder = UnresolvedFolder::of(state.path());
        let permit = WritePermit::unless_read_only(false).unwrap();
        let findings = [of_key("f1", "a")];
        let service_ref: &dyn KeyService = &service;
        let aftermath = Aftermath {
            service: service_ref,
            permit: &permit,
            findings: &findings,
            folder: &folder,
            profile: "acme",
            now: now(),
            note: None,
        };
        assert_eq!(aftermath.begin(), None);
        assert_eq!(again(&service, &folder, now()).await, [("f1".to_owned(), Retried::KeyLives)]);
        assert_eq!(folder.read(&service.address()).0.len(), 1, "the change may be taken up again");
        service.state().keys[0].status = Status::Revoked;
        assert_eq!(again(&service, &folder, now()).await, [("f1".to_owned(), Retried::Resolved)]);
        aftermath.begin();
        service.state().findings[0].resolution = Resolution::FalsePositive;
        assert_eq!(again(&service, &folder, now()).await, [("f1".to_owned(), Retried::Over)], "resolved before");
        service.state().findings.remove(0);
        aftermath.begin();
        assert_eq!(again(&service, &folder, now()).await, [("f1".to_owned(), Retried::Over)], "gone");
    }

    #[tokio::test]
    async fn one_whose_key_lives_for_good_is_not_kept_for_ever() {
        let (state, service) = (tempfile::tempdir().unwrap(), backend(false));
        let folder = UnresolvedFolder::of(state.path());
        let told =
            revoke(&service, &folder, &[("a", Outcome::Unknown("no answer".into())), ("b", Outcome::Revoked)]).await;
        assert_eq!(words(&told), [("f1", false), ("f2", false), ("f3", true)]);
        let later = now() + PATIENCE + chrono::TimeDelta::seconds(1);
        assert_eq!(again(&service, &folder, later).await.len(), 2);
        assert!(folder.read(&service.address()).0.is_empty());
    }
}
