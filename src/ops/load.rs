//! Loading whole lists page by page, each handed on as it comes.

use std::collections::HashMap;
use std::ops::ControlFlow;

use futures_util::future::BoxFuture;

use super::{lookup, pace};
use crate::client::capabilities::Capability;
use crate::client::error::ServiceError;
use crate::client::{KeyService, Listing, MAX_LIMIT, Rows, Scope, Trail};
use crate::domain::audit::{AuditEntry, AuditQuery};
use crate::domain::finding::Finding;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::{Key, TriedFrom};
use crate::domain::key_value::hex;
use crate::domain::notice::{Notice, NoticeQuery};

/// Rows in a page: the most the contract allows, since a page costs one call whatever its size.
pub const PAGE: u32 = MAX_LIMIT;

/// Takes one page. `Break` ends the loading early.
pub type EachPage<'a, T> = dyn FnMut(Rows<T>) -> ControlFlow<()> + Send + 'a;

/// Loads all keys of `scope`. Dropping the future stops it.
pub async fn keys(service: &dyn KeyService, scope: Scope, each: &mut EachPage<'_, Key>) -> Result<(), ServiceError> {
    let mut pages = key_pages(service, scope, Rest::default());
    while let Some(page) = pages.next().await? {
        if each(page).is_break() {
            break;
        }
    }
    Ok(())
}

/// The keys of `scope`, a page at a time, for who does not hold them all; of a list that was begun, its rest.
pub fn key_pages(service: &dyn KeyService, scope: Scope, rest: Rest) -> Pages<'_, '_, Key> {
    let fetch = move |cursor: Option<String>| -> BoxFuture<'_, _> {
        Box::pin(async move { service.keys(scope, cursor.as_deref(), PAGE).await })
    };
    Pages::new(service, Listing::Keys(scope), Box::new(fetch), rest)
}

/// Loads a user's API keys, of whatever state. Dropping the future stops it.
pub async fn keys_of(service: &dyn KeyService, owner: UserId) -> Result<Vec<Key>, ServiceError> {
    let fetch = |cursor: Option<String>| -> BoxFuture<'_, _> {
        Box::pin(async move { service.keys_of(owner, cursor.as_deref(), PAGE).await })
    };
    let mut all = Vec::new();
    let mut each = |page: Rows<Key>| {
        all.extend(page.rows.into_iter().filter(|key| key.owner_id == owner));
        ControlFlow::Continue(())
    };
    pages(service, Listing::Keys(Scope::Team), fetch, &mut each).await?;
    Ok(all)
}

/// Loads all findings, open and resolved. Dropping the future stops it.
pub async fn findings(service: &dyn KeyService, each: &mut EachPage<'_, Finding>) -> Result<(), ServiceError> {
    let fetch = |cursor: Option<String>| -> BoxFuture<'_, _> {
        Box::pin(async move {
            let mut page = service.findings(cursor.as_deref(), PAGE).await?;
            name_own_keys(service, &mut page.rows).await;
            Ok(page)
        })
    };
    pages(service, Listing::Findings, fetch, each).await
}

/// Names the keys of findings that name none although their secret is of keydeck's own kinds: the server names API keys
/// alone, so a collection access key is looked up by the secret's digest. Where that does not work they stay as they are.
async fn name_own_keys(service: &dyn KeyService, findings: &mut [Finding]) {
    let nameless = |finding: &Finding| finding.key_id.is_none() && finding.own_kind().is_some();
    let mut digests: Vec<String> = findings
        .iter()
        .filter(|finding| nameless(finding))
        .filter_map(|finding| finding.digest)
        .map(|d| hex(&d))
        .collect();
    digests.sort_unstable();
    digests.dedup();
    if digests.is_empty() || !service.capabilities().has(Capability::Lookup) {
        return;
    }
    let found = match lookup::by_fingerprints(service, &digests).await {
        Ok(found) => found,
        Err(error) => return tracing::warn!(%error, "whose secrets were found could not be looked up"),
    };
    let keys: HashMap<String, Key> = found.into_iter().filter_map(|one| Some((one.fingerprint, one.key?))).collect();
    for finding in findings.iter_mut().filter(|finding| nameless(finding)) {
        if let Some(key) = finding.digest.and_then(|digest| keys.get(&hex(&digest))) {
            finding.belongs_to(key);
        }
    }
}

/// From where an API key is tried that no longer works, the latest first. Dropping the future stops it.
pub async fn refused_uses(service: &dyn KeyService, id: &KeyId) -> Result<Vec<TriedFrom>, ServiceError> {
    let fetch = |cursor: Option<String>| -> BoxFuture<'_, _> {
        Box::pin(async move { service.refused_uses(id, cursor.as_deref(), PAGE).await })
    };
    let mut all = Vec::new();
    let mut each = |page: Rows<TriedFrom>| {
        all.extend(page.rows);
        ControlFlow::Continue(())
    };
    pages(service, Listing::RefusedUses, fetch, &mut each).await?;
    Ok(all)
}

/// Loads what people are told of their keys, as far as `query` asks for it. Dropping the future stops it.
pub async fn notices(
    service: &dyn KeyService,
    query: &NoticeQuery,
    each: &mut EachPage<'_, Notice>,
) -> Result<(), ServiceError> {
    let fetch = |cursor: Option<String>| -> BoxFuture<'_, _> {
        Box::pin(async move { service.notices(query, cursor.as_deref(), PAGE).await })
    };
    pages(service, Listing::Notices, fetch, each).await
}

/// Loads the entries of the audit log that `query` asks for. Dropping the future stops it.
pub async fn audit(
    service: &dyn KeyService,
    query: &AuditQuery,
    each: &mut EachPage<'_, AuditEntry>,
) -> Result<(), ServiceError> {
    let fetch = |cursor: Option<String>| -> BoxFuture<'_, _> {
        Box::pin(async move { service.audit(query, cursor.as_deref(), PAGE).await })
    };
    pages(service, Listing::Audit, fetch, each).await
}

type Fetch<'f, 's, T> = dyn Fn(Option<String>) -> BoxFuture<'s, Result<Rows<T>, ServiceError>> + Send + Sync + 'f;

/// The pages of a list, one after the other.
pub struct Pages<'f, 's, T> {
    service: &'s dyn KeyService,
    trail: Trail,
    fetch: Box<Fetch<'f, 's, T>>,
    next: Next,
}

/// What is left of a list that was begun; of none, all of it.
#[derive(Default)]
pub struct Rest(Option<(Trail, Next)>);

/// What comes of asking for another page.
enum Next {
    /// The first one.
    First,
    /// The one at this cursor.
    At(String),
    /// None, since the list leads nowhere.
    Astray(ServiceError),
    /// None, since there is no more.
    End,
}

impl<'f, 's, T> Pages<'f, 's, T> {
    fn new(service: &'s dyn KeyService, listing: Listing, fetch: Box<Fetch<'f, 's, T>>, rest: Rest) -> Self {
        let begin = || (Trail::new(listing, service.address()), Next::First);
        let (trail, next) = rest.0.unwrap_or_else(begin);
        Self { service, trail, fetch, next }
    }

    /// What was not read yet.
    pub fn rest(self) -> Rest {
        Rest(Some((self.trail, self.next)))
    }

    /// The next page; none at the end. It waits where the rate limit asks to. After an error there is none any more.
    pub async fn next(&mut self) -> Result<Option<Rows<T>>, ServiceError> {
        let cursor = match std::mem::replace(&mut self.next, Next::End) {
            Next::First => None,
            Next::At(cursor) => {
                if let Some(seconds) = pace::before_next_page(self.service.rate_limit()) {
                    pace::rest(self.service, seconds, None).await;
                }
                Some(cursor)
            }
            Next::Astray(error) => return Err(error),
            Next::End => return Ok(None),
        };
        let page = (self.fetch)(cursor).await?;
        self.next = match self.trail.step((page.rows.len(), page.bytes), page.next.clone()) {
            Ok(Some(cursor)) => Next::At(cursor),
            Ok(None) => Next::End,
            Err(error) => Next::Astray(error),
        };
        Ok(Some(page))
    }
}

async fn pages<'s, T: Send>(
    service: &'s dyn KeyService,
    listing: Listing,
    fetch: impl Fn(Option<String>) -> BoxFuture<'s, Result<Rows<T>, ServiceError>> + Send + Sync,
    each: &mut EachPage<'_, T>,
) -> Result<(), ServiceError> {
    let mut pages = Pages::new(service, listing, Box::new(fetch), Rest::default());
    while let Some(page) = pages.next().await? {
        if each(page).is_break() {
            break;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::error::ErrorKind;
    use crate::client::fake::FakeService;

    fn team(keys: usize) -> FakeService {
        FakeService::new((0..keys).map(|n| Key::sample(&format!("k{n}"))).collect())
    }

    #[tokio::test]
    async fn every_page_arrives_in_order() {
        let service = team(2500);
        let (mut sizes, mut total, mut last) = (Vec::new(), None, None);
        keys(&service, Scope::Team, &mut |page| {
            sizes.push(page.rows.len());
            total = total.or(page.total);
            last = page.rows.last().map(|key| key.id.to_string());
            ControlFlow::Continue(())
        })
        .await
        .unwrap();
        assert_eq!((sizes, total, last.as_deref()), (vec![1000, 1000, 500], Some(2500), Some("k2499")));
    }

    #[tokio::test]
    async fn a_finding_of_a_collection_access_key_is_named_by_a_look_up() {
        use crate::domain::key_value::{KeyKind, digest};
        let key = Key { kind: KeyKind::CollectionAccessKey, digest: Some(digest("x")), ..Key::sample("c1") };
        let of = |id: &str, kind: &str| Finding {
            secret_type: kind.into(),
            digest: Some(digest("x")),
            ..Finding::sample(id)
        };
        let service = FakeService::new(vec![key]);
        service.state().findings =
            vec![of("f1", "keydeck Collection Access Key"), of("f2", "Postman API Key"), Finding::sample("f3")];
        let read = async || {
            let mut read = Vec::new();
            findings(&service, &mut |page| {
                read.extend(page.rows);
                ControlFlow::Continue(())
            })
            .await
            .unwrap();
            read
        };
        let found = read().await;
        let named: Vec<_> = found.iter().map(|finding| finding.key_id.as_ref().map(KeyId::as_str)).collect();
        assert_eq!(named, [Some("c1"), None, None]);
        assert_eq!(found[0].key_kind, KeyKind::CollectionAccessKey);
        assert!(found[0].is_live());
        service.fail("lookup", ErrorKind::Server);
        assert_eq!(read().await[0].key_id, None, "a look-up that fails costs no list");
    }

    #[tokio::test]
    async fn a_caller_that_has_enough_stops_the_loading() {
        let service = team(2500);
        keys(&service, Scope::Team, &mut |_| ControlFlow::Break(())).await.unwrap();
        assert_eq!(service.count("keys"), 1);
    }

    #[tokio::test]
    async fn an_error_on_a_later_page_leaves_the_earlier_ones() {
        let service = team(2500);
        let mut pages = 0;
        let error = keys(&service, Scope::Team, &mut |_| {
            pages += 1;
            service.fail("keys", ErrorKind::LostAnswer);
            ControlFlow::Continue(())
        })
        .await
        .unwrap_err();
        assert_eq!((pages, error.kind), (1, ErrorKind::LostAnswer));
    }
}
