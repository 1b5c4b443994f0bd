//! `POST /api-key-revocations`: many keys in one transaction, or all as an act.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::acts::answer;
use crate::api::key::{RevocationCounts, RevocationOutcome, RevocationResult, Revocations, RevocationsDone};
use crate::api::page::MAX_IDS;
use crate::domain::ids::KeyId;
use crate::domain::key::Revocation;
use crate::domain::time::Time;
use crate::server::app::App;
use crate::server::http::auth::Caller;
use crate::server::http::body::{Body, Lockout, check_ids, check_note};
use crate::server::http::problem::Problem;
use crate::server::http::query::one_of;
use crate::server::life;
use crate::server::policy::{Act, owns};
use crate::server::store::Write;
use crate::server::store::acts::{self, Kind};
use crate::server::store::audit::Cause;
use crate::server::store::reserve::Purpose;
use crate::server::store::revoke::{self, Target};
use crate::server::store::sql::IDS_A_LIST;

/// Revokes the keys named, in one transaction, or all but those named, as an act.
pub async fn revoke(State(app): State<Arc<App>>, caller: Caller, body: Body<Revocations>) -> Result<Response, Problem> {
    caller.may(Act::ManageKeys)?;
    let lockout: Lockout = body.lockout()?;
    let asked = Asked::read(&caller, &body.value)?;
    let mut write = caller.write_for(&app, Purpose::Stopping).await?;
    let now = app.now();
    let cause = Cause { origin: &caller.origin, now, note: body.value.note.as_deref() };
    let (done, mut chosen) = match asked.which {
        Which::Named(ids) => named(&mut write, &caller, ids, asked.reason, now).await?,
        Which::AllBut(except) => return all_but(&app, write, &caller, except, asked.reason, lockout, &cause).await,
    };
    if chosen.is_empty() {
        return Ok(Json(done).into_response());
    }
    // Stable: the key that asks goes last, the others stay in order.
    chosen.sort_by_key(|(key, _)| key.id == caller.key_id);
    let guarded = chosen.iter().any(|(key, _)| revoke::guards_the_team(key));
    revoke::revoke(&mut write, &chosen, &cause).await?;
    check_lockout(&mut write, &caller, guarded, lockout, now).await?;
    caller.commit(write, StatusCode::OK, &done, None, now).await?;
    Ok(Json(done).into_response())
}

/// Refuses a write that stopped the last key of any active superadmin, unless the caller accepts that and may.
pub async fn check_lockout(
    write: &mut Write,
    caller: &Caller,
    guarded: bool,
    lockout: Lockout,
    now: Time,
) -> Result<(), Problem> {
    if guarded && !accepts_lockout(caller, lockout) && revoke::locks_out(write.on(), "", now).await? {
        return Err(Problem::conflict(
            "lockout",
            "no active superadmin would have an enabled key: a superadmin says \"allowLockout\":true if that is meant",
        ));
    }
    Ok(())
}

/// Whether the caller accepts that nobody could manage the team afterwards. Nobody's word but a superadmin's counts.
pub fn accepts_lockout(caller: &Caller, lockout: Lockout) -> bool {
    lockout.allow_lockout == Some(true) && caller.can(Act::AllowLockout)
}

struct Asked<'a> {
    which: Which<'a>,
    reason: Option<&'a Revocation>,
}

enum Which<'a> {
    Named(&'a [String]),
    AllBut(&'a [String]),
}

impl<'a> Asked<'a> {
    fn read(caller: &Caller, body: &'a Revocations) -> Result<Self, Problem> {
        let all = body.all == Some(true);
        let which = match &body.ids {
            Some(_) if all => return Err(Problem::malformed("ids", "either ids or all, not both")),
            None if !all => return Err(Problem::missing("ids")),
            Some(_) if body.except.is_some() => {
                return Err(Problem::malformed("except", "goes with all, not with ids"));
            }
            Some(ids) if ids.is_empty() || ids.len() > MAX_IDS => {
                return Err(Problem::malformed("ids", format!("not 1 to {MAX_IDS} ids")));
            }
            Some(ids) => {
                check_ids("ids", ids)?;
                Which::Named(ids)
            }
            None => {
                caller.may(Act::RevokeAll)?;
                let except = body.except.as_deref().unwrap_or_default();
                check_ids("except", except)?;
                Which::AllBut(except)
            }
        };
        let reason = body.revocation.as_ref();
        match reason {
            Some(Revocation::Inactivity) => {
                return Err(Problem::malformed("revocation", "inactivity revokes keys by itself"));
            }
            Some(Revocation::Other(_)) => {
                return Err(Problem::malformed("revocation", one_of(Revocation::WORDS.iter().copied())));
            }
            Some(Revocation::Owner) if all => {
                return Err(Problem::malformed("revocation", "not every key of the team is the caller's own"));
            }
            _ => caller.may(Act::GiveReason(reason))?,
        }
        check_note(body.note.as_deref())?;
        Ok(Self { which, reason })
    }
}

type Chosen = Vec<(Target, Revocation)>;

/// The reason a key's revocation gets, if `caller` may revoke it for `reason`.
fn allowed(caller: &Caller, key: &Target, reason: Option<&Revocation>) -> Option<Revocation> {
    let usual = if owns(&caller.user, (&*key.owner).into()) { Revocation::Owner } else { Revocation::Admin };
    caller.can(Act::RevokeKey(&key.owner, reason)).then(|| reason.cloned().unwrap_or(usual))
}

async fn named(
    write: &mut Write,
    caller: &Caller,
    ids: &[String],
    reason: Option<&Revocation>,
    now: Time,
) -> Result<(RevocationsDone, Chosen), Problem> {
    let targets = revoke::targets(write.on(), ids.iter().map(String::as_str), now).await?;
    let mut targets: HashMap<String, Target> = targets.into_iter().map(|key| (key.id.clone(), key)).collect();
    let (mut done, mut chosen) = (RevocationsDone::default(), Chosen::new());
    for id in ids {
        let visible = |key: &&mut Target| caller.can(Act::SeeKey(key.owner.id));
        let outcome = match targets.get_mut(id).filter(visible) {
            None => RevocationOutcome::NotFound,
            Some(key) if key.revoked => RevocationOutcome::AlreadyRevoked,
            Some(key) => match allowed(caller, key, reason) {
                None => RevocationOutcome::Forbidden,
                Some(reason) => {
                    chosen.push((key.clone(), reason));
                    // The same id once more in this call finds the key revoked.
                    key.revoked = true;
                    RevocationOutcome::Revoked
                }
            },
        };
        *match outcome {
            RevocationOutcome::Revoked => &mut done.meta.revoked,
            RevocationOutcome::AlreadyRevoked => &mut done.meta.already_revoked,
            RevocationOutcome::Forbidden => &mut done.meta.forbidden,
            RevocationOutcome::NotFound | RevocationOutcome::Other(_) => &mut done.meta.not_found,
        } += 1;
        done.data.push(RevocationResult { id: KeyId::from(id.as_str()), outcome });
    }
    Ok((done, chosen))
}

/// From the commit on no key that it covers is accepted. What a batch cannot hold is carried on beside, and the answer is
/// the act where that takes longer than a request should.
async fn all_but(
    app: &App,
    mut write: Write,
    caller: &Caller,
    except: &[String],
    reason: Option<&Revocation>,
    lockout: Lockout,
    cause: &Cause<'_>,
) -> Result<Response, Problem> {
    let mut spared: HashMap<String, Target> = HashMap::new();
    for chunk in except.chunks(IDS_A_LIST) {
        let found = revoke::targets(write.on(), chunk.iter().map(String::as_str), cause.now).await?;
        spared.extend(found.into_iter().map(|key| (key.id.clone(), key)));
    }
    // A mistyped id would revoke the very key that was to be spared.
    if let Some(at) = except.iter().position(|id| !spared.contains_key(id)) {
        return Err(Problem::not_found_field(&format!("except[{at}]"), "API key"));
    }
    let superadmins = caller.user.is_superadmin();
    let reaches = |key: &Target| superadmins || !key.owner.is_superadmin();
    let left_out = |reached: bool| spared.values().filter(|key| !key.revoked && reaches(key) == reached).count() as u64;
    let there_are = acts::revocable(write.on(), true).await?;
    let covered = acts::revocable(write.on(), superadmins).await?;
    let total = covered.saturating_sub(left_out(true));
    let forbidden = (there_are - covered).saturating_sub(left_out(false));
    let counts = |revoked| RevocationCounts { revoked, forbidden, ..RevocationCounts::default() };
    let done = |revoked| RevocationsDone { data: Vec::new(), meta: counts(revoked) };
    if total == 0 {
        return Ok(Json(done(0)).into_response());
    }
    let kind = Kind::Revoke { superadmins, reason: reason.cloned(), own_key: caller.key_id.clone() };
    let left_out: Vec<String> = spared.into_keys().collect();
    let act = acts::begin(&mut write, kind, total, &left_out, cause).await?;
    check_lockout(&mut write, caller, superadmins, lockout, cause.now).await?;
    if !act.running {
        let done = done(act.done);
        caller.commit(write, StatusCode::OK, &done, None, cause.now).await?;
        return Ok(Json(done).into_response());
    }
    // who asks again is told of the act, whether or not it is over
    caller.commit(write, StatusCode::ACCEPTED, &answer(&act), None, cause.now).await?;
    let act = life::wait_for(app, act, app.patience).await?;
    Ok(if act.running {
        (StatusCode::ACCEPTED, Json(answer(&act))).into_response()
    } else {
        Json(done(act.done)).into_response()
    })
}
