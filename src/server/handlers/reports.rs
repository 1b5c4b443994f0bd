//! `POST /detected-secrets`: what a scanner saw.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::{Map, Value};

use super::revocations::accepts_lockout;
use crate::api::secrets::{DetectedSecret, SecretReport};
use crate::domain::finding::{Resolution, Source};
use crate::domain::key_value::{self, is_fingerprint};
use crate::domain::secret::Secret;
use crate::domain::time::{Time, When};
use crate::domain::untrusted::{Untrusted, visible};
use crate::server::app::App;
use crate::server::http::auth::Caller;
use crate::server::http::body::{Body, Lockout, Readable, check_text};
use crate::server::http::problem::Problem;
use crate::server::http::query::{self, one_of};
use crate::server::policy::Act;
use crate::server::store::audit::{Cause, Origin};
use crate::server::store::exposed::{self, Grounds, Taken};
use crate::server::store::reports::{Holder, Report};
use crate::server::store::{Write, findings};

/// The longest name, id or obfuscated secret, in characters.
const LONGEST: usize = 255;
/// The longest link, in characters.
pub const LONGEST_URL: usize = 2048;
/// How long a secret is, in bytes: less is no secret, more is a file.
pub const SECRET: std::ops::RangeInclusive<usize> = 8..=16 * 1024;
/// Who can see a workspace. Source: Postman's secret scanner.
pub const VISIBILITIES: [&str; 5] = ["personal", "private", "team", "partner", "public"];
/// How far a scanner's clock may be ahead, in minutes.
const AHEAD: i64 = 5;

impl Readable for SecretReport {
    const STOPS_KEYS: bool = true;
    const REQUIRED: &'static [&'static str] = &["secretType", "source", "url"];
    const HOLDS_SECRET: bool = true;

    /// Puts a value's hash and mask in its place, and wipes it: nothing is left of it but that there was one.
    fn prepare(body: &mut Map<String, Value>) -> Result<(), Problem> {
        let value = match body.remove("value") {
            None | Some(Value::Null) => return Ok(()),
            Some(Value::String(value)) => Secret::new(value),
            Some(_) => return Err(Problem::malformed("value", "expected a string")),
        };
        if body.get("secretHash").is_some_and(|hash| !hash.is_null()) {
            return Err(Problem::malformed("value", "either secretHash or value, not both"));
        }
        if !SECRET.contains(&value.expose().len()) {
            let reason = format!("not {} to {} bytes", SECRET.start(), SECRET.end());
            return Err(Problem::malformed("value", reason));
        }
        if value.expose().contains('\0') {
            return Err(Problem::malformed("value", "holds a NUL"));
        }
        let repeats = |text: &Value| text.as_str().is_some_and(|text| text.contains(value.expose()));
        if let Some((field, _)) = body.iter().find(|(_, text)| repeats(text)) {
            return Err(Problem::malformed(field.as_str(), "repeats the secret"));
        }
        body.insert("value".to_owned(), Value::from(""));
        body.insert("secretHash".to_owned(), Value::from(key_value::fingerprint(value.expose())));
        let obfuscated = body.entry("obfuscatedSecret").or_insert(Value::Null);
        if obfuscated.is_null() {
            // whatever a secret ends in, its report is taken
            *obfuscated = Value::from(visible(&key_value::mask(value.expose())));
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
    let lockout: Lockout = body.lockout()?;
    if lockout.allow_lockout.is_some() {
        caller.may(Act::MentionLockout)?;
    }
    let by_value = body.value.value.is_some();
    let grounds = Grounds { by_value, allow_lockout: accepts_lockout(&caller, lockout) };
    let mut report = check(body.value, app.now())?;
    let mut write = caller.write(&app).await?;
    let now = app.now();
    name_type(&mut write, &mut report).await?;
    let holder = Holder::of(write.on(), &report.secret_hash, now).await?;
    let own = Origin { team: app.team.for_audit(), ..Origin::default() };
    let cause = Cause::new(&caller.origin, now);
    let Taken { reported, auto_revoke, spared } =
        exposed::take(&mut write, &report, holder.as_ref(), grounds, &cause, &own).await?;
    let (secret_id, workspace_id) = (&reported.at.secret_id, &reported.at.workspace_id);
    let found = findings::one(write.on(), secret_id, workspace_id, now).await?.ok_or_else(Problem::server)?;
    let told = if caller.can(Act::SeeReportedKey) {
        DetectedSecret { auto_revoke, auto_revoke_reason: spared, ..found }
    } else {
        to_scanner(found, &report)
    };
    let status = if reported.new { StatusCode::CREATED } else { StatusCode::OK };
    caller.commit(write, status, &told, None, now).await?;
    Ok((status, Json(told)))
}

/// What a scanner is told of a finding: what it reported, how often it was seen and since when. Nothing of the key, of what
/// became of it, or of what others reported.
fn to_scanner(found: DetectedSecret, report: &Report) -> DetectedSecret {
    DetectedSecret {
        secret_type: Untrusted::from(report.secret_type.as_str()),
        obfuscated_secret: Untrusted::from(report.obfuscated.as_str()),
        workspace_visibility: Untrusted::from(report.visibility.as_str()),
        source: Some(report.source.clone()),
        url: Some(Untrusted::from(report.url.as_str())),
        resolution: Resolution::Active,
        api_key_id: None,
        api_key_name: None,
        api_key_status: None,
        owner_id: None,
        last_used_at: When::Never,
        ..found
    }
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
