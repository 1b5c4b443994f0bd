//! Changing many keys: each key's own result as it happens, nothing sent twice, nothing said that was not seen.
//!
//! API keys are revoked up to a thousand in one call, or where a backend has no such call one after the other, collection
//! access keys one call each with a few in flight; keys are disabled, enabled and handed over one after the other. A call that the
//! rate limit refused was not carried out and is sent again. A call whose answer was lost may have been carried out: it
//! is never sent again, its keys are read back. The key that the program itself uses goes last, in a call of its own.
//!
//! What is sent stands in a [`Record`] first, so that a change that is cut short is taken up where it stopped
//! ([`resume`]).

mod collections;
mod read_back;
pub mod record;
pub mod resume;
mod run;

use tokio_util::sync::CancellationToken;

use crate::client::capabilities::Capability;
use crate::client::{KeyService, WritePermit};
use crate::domain::bulk::{Outcome, Progress};
use crate::domain::deed::Deed;
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Revocation};
use crate::domain::key_value::KeyKind;
use crate::domain::time::Time;
pub use record::{Record, RecordError};
use run::{Call, Run};

/// Takes what happens, as it happens.
pub type Report<'a> = dyn FnMut(Progress) + Send + 'a;

/// What is to be done to which keys.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    pub deed: Deed,
    /// The keys, as they were when they were reviewed.
    pub keys: &'a [Key],
    /// The key that the program itself uses: if it is among them, it is sent last.
    pub own: Option<&'a KeyId>,
    /// For the server's audit log, beside each API key that is revoked; collection access keys take none.
    pub note: Option<&'a str>,
    /// What is recorded to have revoked API keys, where several are revoked in one call; none: who asks.
    pub reason: Option<&'a Revocation>,
    /// Of disabling: when keys are enabled again by themselves; none: not by themselves.
    pub until: Option<Time>,
    /// Cancelled where `stop` is no person's wish, but the program ends: what is not sent then is still to be done.
    pub left: Option<&'a CancellationToken>,
}

impl<'a> Order<'a> {
    /// To do this to these keys, with nothing more said.
    pub fn new(deed: Deed, keys: &'a [Key], own: Option<&'a KeyId>) -> Self {
        Self { deed, keys, own, note: None, reason: None, until: None, left: None }
    }
}

/// Carries `order` out; gives each key's outcome in their order. Once `stop` is cancelled nothing more is sent; what is on
/// its way is awaited, what needs it is read back, and the rest is [`Outcome::NotSent`]. Without a `record` it is not
/// found again when it is cut short.
pub async fn carry_out(
    service: &dyn KeyService,
    permit: &WritePermit,
    order: Order<'_>,
    record: Option<&mut Record>,
    stop: &CancellationToken,
    report: &mut Report<'_>,
) -> Vec<(KeyId, Outcome)> {
    let Order { deed, keys, own, .. } = order;
    let mut run = Run::new(service, permit, order, record, stop, report);
    run.settle_nameless().await;
    let is_own = |key: &Key| key.kind == KeyKind::ApiKey && own == Some(&key.id);
    let (own_key, others): (Vec<usize>, Vec<usize>) = run.sendable().into_iter().partition(|at| is_own(&keys[*at]));
    let (api_keys, collection_keys): (Vec<usize>, Vec<usize>) =
        others.into_iter().partition(|at| keys[*at].kind == KeyKind::ApiKey);
    let call = match deed {
        Deed::Delete if keys.len() == 1 => Call::Delete,
        Deed::Revoke | Deed::Delete if service.capabilities().has(Capability::RevokeMany) => Call::RevokeMany,
        Deed::Revoke | Deed::Delete => Call::Delete,
        Deed::Disable => Call::Enable(false),
        Deed::Enable => Call::Enable(true),
        Deed::HandOver(to) => Call::HandOver(to),
    };
    run.api_keys(&api_keys, call).await;
    if deed.is_final() {
        run.collection_keys(&collection_keys).await;
    } else {
        run.cannot(&collection_keys, "a collection access key cannot be changed").await;
    }
    run.api_keys(&own_key, call).await;
    run.finish().await
}

#[cfg(test)]
mod tests;
