//! Loading whole lists page by page, each handed on as it comes.

use std::ops::ControlFlow;

use futures_util::future::BoxFuture;

use super::pace;
use crate::client::error::ServiceError;
use crate::client::{KeyService, Listing, MAX_LIMIT, Rows, Scope, Trail};
use crate::domain::audit::{AuditEntry, AuditQuery};
use crate::domain::finding::Finding;
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, TriedFrom};

/// Rows in a page: the most the contract allows, since a page costs one call whatever its size.
pub const PAGE: u32 = MAX_LIMIT;

/// Takes one page. `Break` ends the loading early.
pub type EachPage<'a, T> = dyn FnMut(Rows<T>) -> ControlFlow<()> + Send + 'a;

/// Loads all keys of `scope`. Dropping the future stops it.
pub async fn keys(service: &dyn KeyService, scope: Scope, each: &mut EachPage<'_, Key>) -> Result<(), ServiceError> {
    let fetch = |cursor: Option<String>| -> BoxFuture<'_, _> {
        Box::pin(async move { service.keys(scope, cursor.as_deref(), PAGE).await })
    };
    pages(service, Listing::Keys(scope), &fetch, each).await
}

/// Loads all findings, open and resolved. Dropping the future stops it.
pub async fn findings(service: &dyn KeyService, each: &mut EachPage<'_, Finding>) -> Result<(), ServiceError> {
    let fetch = |cursor: Option<String>| -> BoxFuture<'_, _> {
        Box::pin(async move { service.findings(cursor.as_deref(), PAGE).await })
    };
    pages(service, Listing::Findings, &fetch, each).await
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
    pages(service, Listing::RefusedUses, &fetch, &mut each).await?;
    Ok(all)
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
    pages(service, Listing::Audit, &fetch, each).await
}

type Fetch<'f, 's, T> = dyn Fn(Option<String>) -> BoxFuture<'s, Result<Rows<T>, ServiceError>> + Send + Sync + 'f;

async fn pages<'s, T: Send>(
    service: &'s dyn KeyService,
    listing: Listing,
    fetch: &Fetch<'_, 's, T>,
    each: &mut EachPage<'_, T>,
) -> Result<(), ServiceError> {
    let mut trail = Trail::new(listing, service.address());
    let mut cursor = None;
    loop {
        let page = fetch(cursor.take()).await?;
        let (size, next) = ((page.rows.len(), page.bytes), page.next.clone());
        if each(page).is_break() {
            return Ok(());
        }
        cursor = trail.step(size, next)?;
        if cursor.is_none() {
            return Ok(());
        }
        if let Some(seconds) = pace::before_next(service.rate_limit(), 0) {
            pace::rest(service, seconds, None).await;
        }
    }
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
