//! `POST /detected-secrets`: what a scanner saw.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Map, Value};

use super::revocations::check_lockout;
use crate::api::secrets::{DetectedSecret, SecretReport};
use crate::domain::finding::{Resolution, Source};
use crate::domain::key::Revocation;
use crate::domain::key_value::{self, KeyKind, is_fingerprint};
use crate::domain::secret::Secret;
use crate::domain::time::Time;
use crate::domain::time::When;
use crate::server::app::App;
use crate::server::http::auth::Caller;
use crate::server::http::body::{Body, Lockout, Readable, check_text};
use crate::server::http::problem::Problem;
use crate::server::http::query::{self, one_of};
use crate::server::policy::Act;
use crate::server::store::audit::Cause;
use crate::server::store::audit::Origin;
use crate::server::store::reports::{self, Holder, Report};
use crate::server::store::revoke;
use crate::server::store::{Write, collection_keys, findings, team};

/// The longest name, id or obfuscated secret, in characters.
const LONGEST: usize = 255;
/// The longest link, in characters.
const LONGEST_URL: usize = 2048;
/// How long a secret is, in bytes: less is no secret, more is a file.
const VALUE: std::ops::RangeInclusive<usize> = 8..=16 * 1024;
/// Who can see a workspace. Source: Postman's secret scanner.
const VISIBILITIES: [&str; 5] = ["personal", "private", "team", "partner", "public"];
/// How far a scanner's clock may be ahead, in minutes.
const AHEAD: i64 = 5;

impl Readable for SecretReport {
    const REQUIRED: &'static [&'static str] = &["secretType", "source", "url"];
    const HOLDS_SECRET: bool = true;

    /// Puts a value's hash and mask in its place, and wipes it.
    fn prepare(body: &mut Map<String, Value>) -> Result<(), Problem> {
        let value = match body.remove("value") {
            None | Some(Value::Null) => return Ok(()),
            Some(Value::String(value)) => Secret::new(value),
            Some(_) => return Err(Problem::malformed("value", "expected a string")),
        };
        if body.get("secretHash").is_some_and(|hash| !hash.is_null()) {
            return Err(Problem::malformed("value", "either secretHash or value, not both"));
        }
        if !VALUE.contains(&value.expose().len()) {
            let reason = format!("not {} to {} bytes", VALUE.start(), VALUE.end());
            return Err(Problem::malformed("value", reason));
        }
        let repeats = |text: &Value| text.as_str().is_some_and(|text| text.contains(value.expose()));
        if let Some((field, _)) = body.iter().find(|(_, text)| repeats(text)) {
            return Err(Problem::malformed(field.as_str(), "repeats the secret"));
        }
        body.insert("secretHash".to_owned(), Value::from(key_value::fingerprint(value.expose())));
        let obfuscated = body.entry("obfuscatedSecret").or_insert(Value::Null);
        if obfuscated.is_null() {
            *obfuscated = Value::from(key_value::mask(value.expose()));
        }
        Ok(())
    }
}

/// Takes a report. A secret that is known in its workspace gets one more occurrence, and a place if that is new. The key
/// it belongs to is revoked where the team's settings say so; that of a key revoked before is resolved at once.
pub async fn report(
    State(app): State<Arc<App>>,
    caller: Caller,
    body: Body<SecretReport>,
) -> Result<(StatusCode, Json<DetectedSecret>), Problem> {
    caller.may(Act::ReportSecret)?;
    let lockout: Lockout = body.also()?;
    let mut report = check(body.value, app.now())?;
    let mut write = caller.write(&app).await?;
    let now = app.now();
    name_type(&mut write, &mut report).await?;
    let holder = Holder::of(write.on(), &report.secret_hash, now).await?;
    let reported = reports::write(&mut write, &report, holder.as_ref(), &Cause::new(&caller.origin, now)).await?;
    if let Some(holder) = &holder {
        let origin = Origin { team: app.team.for_audit(), ..Origin::default() };
        follow_up(&mut write, holder, &Cause::new(&origin, now), lockout).await?;
    }
    let (secret_id, workspace_id) = (&reported.at.secret_id, &reported.at.workspace_id);
    let mut found = findings::one(write.on(), secret_id, workspace_id, now).await?.ok_or_else(Problem::server)?;
    if !caller.can(Act::SeeReportedKey) {
        // a scanner reports, and learns nothing of the keys it reports about
        (found.api_key_id, found.api_key_name, found.api_key_status) = (None, None, None);
        (found.owner_id, found.last_used_at) = (None, When::Never);
    }
    let status = if reported.new { StatusCode::CREATED } else { StatusCode::OK };
    caller.commit(write, status, &found, None, now).await?;
    Ok((status, Json(found)))
}

/// What a report does to the key it is about, in the server's own name.
async fn follow_up(write: &mut Write, holder: &Holder, cause: &Cause<'_>, lockout: Lockout) -> Result<(), Problem> {
    let revoked = match holder.kind {
        KeyKind::ApiKey => {
            let found = revoke::targets(write.on(), [holder.key_id.as_str()], cause.now).await?;
            let Some(key) = found.into_iter().next() else { return Ok(()) };
            let automatic = team::settings(write.on()).await?.auto_revoke_exposed;
            // a value that the key no longer has is not accepted, so there is nothing to revoke
            if automatic && key.enabled && holder.current {
                let guarded = revoke::guards_the_team(&key);
                revoke::revoke(write, &[(key, Revocation::Exposed)], cause).await?;
                return check_lockout(write, guarded, lockout, cause.now).await;
            }
            key.revoked
        }
        KeyKind::CollectionAccessKey => {
            let found = collection_keys::by_ids(write.on(), [holder.key_id.as_str()], cause.now).await?;
            found.first().is_some_and(|key| key.deleted_at != When::Never)
        }
    };
    if revoked {
        let open = findings::open_of_keys(write.on(), &[&holder.key_id]).await?;
        findings::resolve(write, &open, &Resolution::Revoked, cause).await?;
    }
    Ok(())
}

/// Spells a known kind as it is known: searches go by the name.
async fn name_type(write: &mut Write, report: &mut Report) -> Result<(), Problem> {
    let known = findings::secret_types(write.on()).await?;
    let folded = report.secret_type.to_lowercase();
    if let Some(kind) = known.iter().find(|kind| kind.name.as_received().to_lowercase() == folded) {
        kind.name.as_received().clone_into(&mut report.secret_type);
    }
    Ok(())
}

fn check(report: SecretReport, now: Time) -> Result<Report, Problem> {
    let secret_hash = report.secret_hash.ok_or_else(|| Problem::missing("secretHash"))?;
    if !is_fingerprint(&secret_hash) {
        return Err(Problem::malformed("secretHash", "not 64 lower-case hexadecimal digits"));
    }
    if matches!(report.source, Source::Other(_)) {
        return Err(Problem::malformed("source", one_of(Source::WORDS.iter().copied())));
    }
    let in_workspace = report.source == Source::Workspace;
    let workspace_id = match report.workspace_id {
        Some(id) => {
            check_text("workspaceId", &id, LONGEST)?;
            if !in_workspace && id != report.source.word() {
                return Err(Problem::malformed("workspaceId", "outside workspaces it is the source's name"));
            }
            id
        }
        None if in_workspace => return Err(Problem::missing("workspaceId")),
        None => report.source.word().to_owned(),
    };
    let usual = match report.source {
        Source::Workspace => "team",
        Source::Local => "personal",
        _ => "public",
    };
    let visibility = report.workspace_visibility.unwrap_or_else(|| usual.to_owned());
    if !VISIBILITIES.contains(&visibility.as_str()) {
        return Err(Problem::malformed("workspaceVisibility", one_of(VISIBILITIES)));
    }
    check_text("secretType", &report.secret_type, LONGEST)?;
    check_text("url", &report.url, LONGEST_URL)?;
    let obfuscated = report.obfuscated_secret.unwrap_or_else(|| "…".to_owned());
    check_text("obfuscatedSecret", &obfuscated, LONGEST)?;
    let usual = if in_workspace { "collection" } else { "file" };
    let resource_type = report.resource_type.unwrap_or_else(|| usual.to_owned());
    check_text("resourceType", &resource_type, LONGEST)?;
    let resource_id = report.resource_id.unwrap_or_else(|| report.url.clone());
    check_text("resourceId", &resource_id, LONGEST_URL)?;
    let seen = report.detected_at.as_deref().map(|text| query::moment("detectedAt", text)).transpose()?;
    if seen.is_some_and(|seen| seen > now + TimeDelta::minutes(AHEAD)) {
        return Err(Problem::malformed("detectedAt", "in the future"));
    }
    Ok(Report {
        secret_hash,
        secret_type: report.secret_type,
        obfuscated,
        source: report.source,
        url: report.url,
        resource_type,
        resource_id,
        workspace_id,
        visibility,
        detected_at: seen.map_or(now, |seen| seen.min(now)),
    })
}
