//! Revoking many keys: each key's own result as it happens, nothing sent twice, nothing said that was not seen.
//!
//! API keys go up to a thousand in one call, or where a backend has no such call one after the other, collection access keys one call each with a few in flight. A call that the
//! rate limit refused was not carried out and is sent again. A call whose answer was lost may have been carried out: it
//! is never sent again, its keys are read back. The key that the program itself uses goes last, in a call of its own.

mod collections;
mod read_back;
mod run;

use tokio_util::sync::CancellationToken;

use crate::client::capabilities::Capability;
use crate::client::{KeyService, WritePermit};
use crate::domain::bulk::{Outcome, Progress, Target};
use crate::domain::ids::KeyId;
use crate::domain::key_value::KeyKind;
use crate::domain::untrusted::Untrusted;
use run::{RevokeCall, Run};

/// Takes what happens, as it happens.
pub type Report<'a> = dyn FnMut(Progress) + Send + 'a;

/// Revokes `targets`; gives each one's outcome in their order. `own` is the key that the program itself uses: if it is
/// among them, it is sent last. Once `stop` is cancelled nothing more is sent; what is on its way is awaited, what needs
/// it is read back, and the rest is [`Outcome::NotSent`].
pub async fn revoke(
    service: &dyn KeyService,
    permit: &WritePermit,
    targets: &[Target],
    own: Option<&KeyId>,
    stop: &CancellationToken,
    report: &mut Report<'_>,
) -> Vec<(KeyId, Outcome)> {
    revoke_with_note(service, permit, targets, own, None, stop, report).await
}

/// Like [`revoke`], with a note for the server's audit log beside each API key; collection access keys take none.
pub async fn revoke_with_note(
    service: &dyn KeyService,
    permit: &WritePermit,
    targets: &[Target],
    own: Option<&KeyId>,
    note: Option<&str>,
    stop: &CancellationToken,
    report: &mut Report<'_>,
) -> Vec<(KeyId, Outcome)> {
    let mut run = Run::new(service, permit, targets, own, stop, report);
    run.note = note;
    let is_own = |target: &Target| target.kind == KeyKind::ApiKey && own == Some(&target.id);
    let (own_key, others): (Vec<usize>, Vec<usize>) = run.sendable().into_iter().partition(|at| is_own(&targets[*at]));
    let (api_keys, collection_keys): (Vec<usize>, Vec<usize>) =
        others.into_iter().partition(|at| targets[*at].kind == KeyKind::ApiKey);
    let call = if service.capabilities().has(Capability::RevokeMany) { RevokeCall::Many } else { RevokeCall::Delete };
    run.api_keys(&api_keys, call).await;
    run.collection_keys(&collection_keys).await;
    run.api_keys(&own_key, call).await;
    run.finish()
}

/// Deletes one of the user's own API keys, the owner's way to revoke it. Otherwise like [`revoke`].
pub async fn delete(
    service: &dyn KeyService,
    permit: &WritePermit,
    id: &KeyId,
    own: Option<&KeyId>,
    stop: &CancellationToken,
    report: &mut Report<'_>,
) -> Outcome {
    let targets = [Target { id: id.clone(), kind: KeyKind::ApiKey }];
    let mut run = Run::new(service, permit, &targets, own, stop, report);
    let all = run.sendable();
    run.api_keys(&all, RevokeCall::Delete).await;
    run.finish().pop().map_or_else(|| Outcome::NotSent(Untrusted::default()), |(_, outcome)| outcome)
}

#[cfg(test)]
mod tests;
