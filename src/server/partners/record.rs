//! What a partner found becomes findings: matched by hash, kept with its address, and revoked where the team's setting
//! says so, as any other report.

use std::collections::HashSet;
use std::sync::Arc;

use axum::http::HeaderMap;
use serde_json::json;

use super::place::place;
use crate::api::partners::FoundValue;
use crate::domain::finding::Source;
use crate::domain::key_value::KeyKind;
use crate::domain::time::Time;
use crate::domain::values::Format;
use crate::server::app::App;
use crate::server::http::auth::agent;
use crate::server::http::problem::Problem;
use crate::server::source;
use crate::server::store::audit::{Cause, Origin};
use crate::server::store::exposed::{self, Consequence, Grounds};
use crate::server::store::reports::{self, Holder, Report};

/// How many are written in one transaction, so that others get their turn between.
const AT_ONCE: usize = 100;
/// The value itself was sent, and nobody spoke of a lockout.
const GROUNDS: Grounds = Grounds { by_value: true, allow_lockout: false };

/// One secret that a partner found.
#[derive(Clone, Debug)]
pub struct Exposure<'a> {
    pub value: &'a FoundValue,
    /// Where it says that it stands.
    pub told: &'a str,
}

/// A partner who tells of secrets.
#[derive(Clone, Debug)]
pub struct Teller {
    pub source: Source,
    /// What the audit log calls it.
    pub name: &'static str,
    /// The address and the program that its request came from.
    pub origin: Origin,
}

impl Teller {
    /// The partner whose request came from `from`.
    pub fn new(source: Source, name: &'static str, from: source::Source, headers: &HeaderMap) -> Self {
        let origin = Origin { ip: Some(from.to_string()), user_agent: agent(headers), ..Origin::default() };
        Self { source, name, origin }
    }
}

/// Records what is a key's value, and answers the hashes of those that are. A value at a place that is known is not recorded
/// again, so that the same call, sent twice, changes nothing.
pub async fn record(app: &Arc<App>, teller: &Teller, found: &[Exposure<'_>]) -> Result<HashSet<String>, Problem> {
    let ours: Vec<&Exposure<'_>> = found.iter().filter(|exposure| exposure.value.kind.is_some()).collect();
    let actor = json!({ "name": teller.name, "username": teller.source.word() });
    let reporter = Origin { actor, team: app.team.for_audit(), ..teller.origin.clone() };
    let own = Origin { team: app.team.for_audit(), ..Origin::default() };
    let mut matched = HashSet::new();
    for some in ours.chunks(AT_ONCE) {
        let mut write = app.store.write().await?;
        let now = app.now();
        for exposure in some {
            let Some(holder) = Holder::of(write.on(), &exposure.value.hash, now).await? else { continue };
            let report = report(exposure, &teller.source, holder.kind, now);
            let known = reports::is_known(write.on(), &report).await?;
            let cause = Cause::new(&reporter, now);
            if known {
                let follows = Consequence::of(write.on(), Some(&holder), GROUNDS, now).await?;
                follows.carry_out(&mut write, &reporter.actor, &Cause::new(&own, now)).await?;
            } else {
                exposed::take(&mut write, &report, Some(&holder), GROUNDS, &cause, &own).await?;
            }
            matched.insert(report.secret_hash);
        }
        write.commit().await?;
    }
    Ok(matched)
}

fn report(exposure: &Exposure<'_>, source: &Source, kind: KeyKind, now: Time) -> Report {
    let url = place(exposure.told, source);
    let format = match kind {
        KeyKind::ApiKey => Format::ApiKey,
        KeyKind::CollectionAccessKey => Format::CollectionAccessKey,
    };
    Report {
        secret_hash: exposure.value.hash.clone(),
        secret_type: format.name().to_owned(),
        obfuscated: exposure.value.masked.clone(),
        source: source.clone(),
        resource_type: "file".to_owned(),
        resource_id: url.clone(),
        url,
        workspace_id: source.word().to_owned(),
        visibility: "public".to_owned(),
        detected_at: now,
    }
}
