//! Reading keys again before something is done to them, so that what a person is told of them is true now.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;

use super::{load, pace};
use crate::client::capabilities::Capability;
use crate::client::error::{ErrorKind, ServiceError};
use crate::client::{KeyService, MAX_IDS, Scope};
use crate::domain::bulk::Target;
use crate::domain::finding::Finding;
use crate::domain::fresh::{Fresh, Looking};
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::key_value::KeyKind;

/// Up to so many API keys are asked for one by one where a backend cannot be asked for several.
const ONE_BY_ONE: usize = 20;

/// Told how far it is, now and then.
pub type EachLook<'a> = dyn FnMut(Looking) + Send + 'a;

/// Reads the keys of `targets` as they are now: a thousand with each call, or where the backend has no such call, in its
/// lists, page by page. A key that it does not have, or does not show, is not among them.
pub async fn keys(
    service: &dyn KeyService,
    targets: &[Target],
    each: &mut EachLook<'_>,
) -> Result<Vec<Key>, ServiceError> {
    if service.capabilities().has(Capability::ReadByIds) {
        match by_ids(service, targets, each).await {
            // a server of an earlier version does not know the question
            Err(error) if matches!(error.kind, ErrorKind::Invalid | ErrorKind::Unsupported) => {}
            answer => return answer,
        }
    }
    by_page(service, targets, each).await
}

/// The same, with the open findings that name them, where `with_findings`.
pub async fn read(
    service: &dyn KeyService,
    targets: &[Target],
    with_findings: bool,
    each: &mut EachLook<'_>,
) -> Result<Fresh, ServiceError> {
    let keys = keys(service, targets, each).await?;
    let findings = if with_findings { findings(service, targets).await? } else { Vec::new() };
    Ok(Fresh { keys, findings })
}

/// The open findings that name `targets`.
pub async fn findings(service: &dyn KeyService, targets: &[Target]) -> Result<Vec<Finding>, ServiceError> {
    let asked: HashSet<&KeyId> = targets.iter().map(|target| &target.id).collect();
    let mut found = Vec::new();
    load::findings(service, &mut |page| {
        let named = |finding: &Finding| finding.key_id.as_ref().is_some_and(|id| asked.contains(id));
        found.extend(page.rows.into_iter().filter(|finding| finding.is_open() && named(finding)));
        ControlFlow::Continue(())
    })
    .await?;
    Ok(found)
}

async fn by_ids(
    service: &dyn KeyService,
    targets: &[Target],
    each: &mut EachLook<'_>,
) -> Result<Vec<Key>, ServiceError> {
    let asked: HashSet<(bool, &KeyId)> = targets.iter().map(|target| (is_api(target.kind), &target.id)).collect();
    let mut seen = HashSet::new();
    let ids: Vec<KeyId> = targets.iter().map(|target| &target.id).filter(|id| seen.insert(*id)).cloned().collect();
    let mut keys = Vec::with_capacity(targets.len());
    for (at, chunk) in ids.chunks(MAX_IDS).enumerate() {
        if at > 0 {
            each(Looking { read: at * MAX_IDS, by_page: false });
        }
        let found = any_kind(service, chunk).await?;
        keys.extend(found.into_iter().filter(|key| asked.contains(&(is_api(key.kind), &key.id))));
    }
    Ok(keys)
}

/// The keys of either kind with these ids, a thousand with each call, within the rate limit. An id can be of one of each.
pub async fn any_kind(service: &dyn KeyService, ids: &[KeyId]) -> Result<Vec<Key>, ServiceError> {
    let mut keys = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(MAX_IDS) {
        if let Some(seconds) = pace::before_next(service.rate_limit(), 0) {
            pace::rest(service, seconds, None).await;
        }
        let mut refusals = 0;
        let found = loop {
            match service.keys_by_ids(chunk).await {
                Err(error) if pace::is_bearable(&error) && refusals < MOST_REFUSALS => {
                    refusals += 1;
                    let seconds = pace::after_refusal(&error, service.rate_limit(), refusals);
                    pace::rest(service, seconds, Some(&error)).await;
                }
                answer => break answer?,
            }
        };
        keys.extend(found);
    }
    Ok(keys)
}

/// How often in a row the rate limit may refuse one call before the reading is given up.
const MOST_REFUSALS: u32 = 3;

fn is_api(kind: KeyKind) -> bool {
    kind == KeyKind::ApiKey
}

async fn by_page(
    service: &dyn KeyService,
    targets: &[Target],
    each: &mut EachLook<'_>,
) -> Result<Vec<Key>, ServiceError> {
    let of_kind = |api: bool| -> HashSet<&KeyId> {
        targets.iter().filter(|target| is_api(target.kind) == api).map(|target| &target.id).collect()
    };
    let mut found = HashMap::new();
    let (api_keys, collection_keys) = (of_kind(true), of_kind(false));
    if api_keys.len() <= ONE_BY_ONE {
        for id in &api_keys {
            match service.api_key(id).await {
                Ok(key) => drop(found.insert((true, key.id.clone()), key)),
                // no such key, or an id that none can have
                Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Invalid) => {}
                Err(error) => return Err(error),
            }
        }
    } else {
        // an admin sees the team's, anyone their own
        let team = service.capabilities().has(Capability::TeamKeys);
        match pages(service, Scope::Team, &api_keys, &mut found, each).await {
            _ if !team => pages(service, Scope::Mine, &api_keys, &mut found, each).await?,
            Err(error) if error.kind == ErrorKind::Denied => {
                pages(service, Scope::Mine, &api_keys, &mut found, each).await?;
            }
            read => read?,
        }
    }
    if !collection_keys.is_empty() {
        pages(service, Scope::Collections, &collection_keys, &mut found, each).await?;
    }
    Ok(found.into_values().collect())
}

/// Reads a list until all of `wanted` were seen.
async fn pages(
    service: &dyn KeyService,
    scope: Scope,
    wanted: &HashSet<&KeyId>,
    found: &mut HashMap<(bool, KeyId), Key>,
    each: &mut EachLook<'_>,
) -> Result<(), ServiceError> {
    let mut left: HashSet<&KeyId> = wanted.clone();
    let mut read = 0;
    load::keys(service, scope, &mut |page| {
        read += 1;
        each(Looking { read, by_page: true });
        for key in page.rows {
            if left.remove(&key.id) {
                found.insert((is_api(key.kind), key.id.clone()), key);
            }
        }
        if left.is_empty() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::capabilities::Capabilities;
    use crate::client::fake::FakeService;
    use crate::domain::finding::Resolution;
    use crate::domain::ids::UserId;

    fn targets(ids: impl IntoIterator<Item = String>) -> Vec<Target> {
        ids.into_iter().map(|id| Target { id: KeyId::from(id.as_str()), kind: KeyKind::ApiKey }).collect()
    }

    fn some(count: usize) -> Vec<Key> {
        (0..count).map(|n| Key { owner_id: UserId(1), ..Key::sample(&format!("k{n}")) }).collect()
    }

    async fn read_ids(service: &FakeService, targets: &[Target]) -> (Vec<String>, Vec<Looking>) {
        let mut looks = Vec::new();
        let keys = keys(service, targets, &mut |look| looks.push(look)).await.unwrap();
        let mut ids: Vec<String> = keys.iter().map(|key| key.id.to_string()).collect();
        ids.sort();
        (ids, looks)
    }

    #[tokio::test]
    async fn a_thousand_keys_take_one_call() {
        let service = FakeService::new(some(2500));
        let all = targets((0..2500).map(|n| format!("k{n}")).chain(["gone".to_owned()]));
        let (ids, looks) = read_ids(&service, &all).await;
        assert_eq!((ids.len(), service.count("keys_by_ids"), service.count("keys")), (2500, 3, 0));
        assert_eq!(
            looks.iter().map(|look| (look.read, look.by_page)).collect::<Vec<_>>(),
            [(1000, false), (2000, false)]
        );
        let (ids, _) = read_ids(&service, &all[..1000]).await;
        assert_eq!((ids.len(), service.count("keys_by_ids")), (1000, 4));
    }

    #[tokio::test]
    async fn where_there_is_no_such_call_lists_are_read_page_by_page_until_all_were_seen() {
        let without = Capabilities::all().without(Capability::ReadByIds, "the API has no such call");
        for missing_team in [false, true] {
            let without = without.clone();
            let capabilities =
                if missing_team { without.without(Capability::TeamKeys, "only your own") } else { without };
            let service = FakeService::new(some(2500)).with_capabilities(capabilities);
            let wanted = targets((900..1100).map(|n| format!("k{n}")));
            let (ids, looks) = read_ids(&service, &wanted).await;
            assert_eq!((ids.len(), service.count("keys"), service.count("keys_by_ids")), (200, 2, 0));
            assert!(looks.iter().all(|look| look.by_page) && looks.len() == 2, "{looks:?}");
        }
        let service = FakeService::new(some(3)).with_capabilities(without);
        let (ids, _) = read_ids(&service, &targets(["k1", "gone"].map(str::to_owned))).await;
        assert_eq!(
            (ids, service.count("api_key"), service.count("keys")),
            (vec!["k1".to_owned()], 2, 0),
            "a few singly"
        );
    }

    #[tokio::test]
    async fn a_server_that_does_not_know_the_question_is_read_page_by_page() {
        let service = FakeService::new(some(30));
        service.fail("keys_by_ids", ErrorKind::Invalid);
        let (ids, looks) = read_ids(&service, &targets((0..30).map(|n| format!("k{n}")))).await;
        assert_eq!((ids.len(), looks.len(), service.count("keys")), (30, 1, 1));
    }

    #[tokio::test]
    async fn keys_of_both_kinds_with_one_id_are_told_apart() {
        for capabilities in [Capabilities::all(), Capabilities::all().without(Capability::ReadByIds, "no")] {
            let collection = Key { kind: KeyKind::CollectionAccessKey, ..Key::sample("k") };
            let service = FakeService::new(vec![Key::sample("k"), collection.clone()]).with_capabilities(capabilities);
            let wanted = [Target { id: "k".into(), kind: KeyKind::CollectionAccessKey }];
            assert_eq!(keys(&service, &wanted, &mut |_| ()).await.unwrap(), [collection]);
        }
    }

    #[tokio::test]
    async fn a_call_over_the_rate_limit_waits_and_goes_again() {
        let service = FakeService::new(some(3));
        service.fail("keys_by_ids", ErrorKind::RateLimited);
        let (ids, _) = read_ids(&service, &targets(["k1".to_owned()])).await;
        assert_eq!((ids.len(), service.count("keys_by_ids")), (1, 2));
    }

    #[tokio::test]
    async fn a_failure_is_no_absence() {
        let service = FakeService::new(some(3));
        service.fail("keys_by_ids", ErrorKind::Unreachable);
        assert!(keys(&service, &targets(["k1".to_owned()]), &mut |_| ()).await.is_err());
    }

    #[tokio::test]
    async fn the_open_findings_of_these_keys_come_along() {
        let finding =
            |id: &str, key: &str, resolution| Finding { key_id: Some(key.into()), resolution, ..Finding::sample(id) };
        let service = FakeService::new(some(3));
        service.state().findings = vec![
            finding("f1", "k1", Resolution::Active),
            finding("f2", "k1", Resolution::FalsePositive),
            finding("f3", "k2", Resolution::Active),
        ];
        let fresh = read(&service, &targets(["k1".to_owned()]), true, &mut |_| ()).await.unwrap();
        assert_eq!(fresh.findings.iter().map(|finding| finding.id.as_str()).collect::<Vec<_>>(), ["f1"]);
        let without = read(&service, &targets(["k1".to_owned()]), false, &mut |_| ()).await.unwrap();
        assert_eq!((without.findings.len(), service.count("findings")), (0, 1));
    }
}
