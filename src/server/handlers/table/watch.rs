//! Exposed keys, the audit log, and what people are told.

use serde_json::json;
use utoipa::openapi::HttpMethod::{Get, Post, Put};

use super::one;
use crate::api::audit::AuditAction;
use crate::api::notifications::Notification;
use crate::api::page::DEFAULT_LIMIT;
use crate::api::paths;
use crate::api::secrets::{
    DetectedSecret, DetectedSecretsQuery, Resolve, ResolvedSecret, SecretLocations, SecretReport, SecretTypes,
};
use crate::domain::notice::NoticeState;
use crate::server::handlers::{audit, findings, notifications, reports, resolutions};
use crate::server::openapi::{Doc, Parameter, Routes};
use crate::server::policy::Effect::{Changes, Reads};
use crate::server::store::audit::Action;

/// The columns of both searches that take moments.
fn span() -> [Parameter; 2] {
    [
        Parameter::moment("since", "Only what was seen at this moment or later."),
        Parameter::moment("until", "Only what was seen at this moment or before."),
    ]
}

pub fn routes(routes: Routes) -> Routes {
    log(exposed(routes))
}

fn exposed(routes: Routes) -> Routes {
    routes
        .about("Exposed keys", "Secrets that were found where others can read them.")
        .add(
            Get,
            paths::SECRET_TYPES,
            findings::secret_types,
            Doc::new("getSecretTypes", Reads, "The kinds of secret that are looked for").answer::<SecretTypes>(200),
        )
        .add(
            Post,
            paths::DETECTED_SECRETS_QUERIES,
            findings::query,
            Doc::new("detectedSecretsQueries", Reads, "Search the findings")
                .reads([
                    Parameter::limit(findings::DEFAULT_LIMIT),
                    Parameter::cursor(),
                    Parameter::word("include", &["meta.total"], "What to tell beside the rows."),
                ])
                .reads(span())
                .body::<DetectedSecretsQuery>()
                .or_none()
                .such_as(json!({ "resolved": false, "workspaceVisibilities": ["public"] }))
                .answer::<findings::Answer>(200),
        )
        .add(
            Post,
            paths::DETECTED_SECRETS,
            reports::report,
            Doc::new("reportDetectedSecret", Changes, "Report a detected secret")
                .body::<SecretReport>()
                .or_lockout()
                .such_as(json!({
                    "secretHash": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                    "secretType": "keydeck API Key",
                    "source": "github",
                    "url": "https://github.com/acme/shop/blob/main/deploy.sh#L7",
                }))
                .answer::<DetectedSecret>(201)
                .answer::<DetectedSecret>(200)
                .once(),
        )
        .add(
            Put,
            &one(paths::DETECTED_SECRETS),
            resolutions::resolve,
            Doc::new("updateDetectedSecretResolutions", Changes, "Resolve a finding")
                .body::<Resolve>()
                .such_as(json!({ "resolution": "REVOKED", "workspaceId": "github" }))
                .answer::<ResolvedSecret>(200),
        )
        .add(
            Get,
            &format!("{}/locations", one(paths::DETECTED_SECRETS)),
            resolutions::locations,
            Doc::new("getDetectedSecretsLocations", Reads, "Where a finding's secret stands")
                .reads([
                    Parameter::id("workspaceId", "The finding's workspace.").required(),
                    Parameter::id("resourceType", "Only resources of this type."),
                    Parameter::limit(resolutions::DEFAULT_LIMIT),
                    Parameter::cursor(),
                ])
                .reads(span())
                .answer::<SecretLocations>(200),
        )
}

fn log(routes: Routes) -> Routes {
    let actions = Action::ALL.map(Action::word);
    routes
        .about("Audit log", "Every change, and what people are told of it.")
        .add(
            Get,
            paths::AUDIT_LOGS,
            audit::logs,
            Doc::new("getAuditLogs", Reads, "The audit log")
                .reads([
                    Parameter::integer("userId", "Only what this user did."),
                    Parameter::id("keyId", "Only what was done to this key."),
                    Parameter::word("action", &actions, "Only this."),
                    Parameter::day("since", "Only what was done on this day in UTC or later."),
                    Parameter::day("until", "Only what was done on this day in UTC or before."),
                    Parameter::integer("afterSeq", "Only entries whose `seq` is larger."),
                    Parameter::word("orderBy", &["asc", "desc"], "In which order; `desc` unless said."),
                    Parameter::word(
                        "order_by",
                        &["asc", "desc"],
                        "The same by its old name, where `orderBy` is absent.",
                    ),
                    Parameter::limit(DEFAULT_LIMIT),
                    Parameter::cursor(),
                ])
                .answer::<audit::Answer>(200),
        )
        .add(
            Get,
            paths::AUDIT_ACTIONS,
            audit::actions,
            Doc::new("getAuditLogEventActions", Reads, "What the audit log tells of").answers::<AuditAction>(200),
        )
        .add(
            Get,
            paths::NOTIFICATIONS,
            notifications::list,
            Doc::new("getNotifications", Reads, "What people are told of their keys")
                .reads([
                    Parameter::word("scope", &["team", "mine"], "To whom: `team` is an admin's to ask for.").or("team"),
                    Parameter::word("state", NoticeState::WORDS, "Only those in this state."),
                    Parameter::limit(DEFAULT_LIMIT),
                    Parameter::cursor(),
                ])
                .page::<Notification>(),
        )
}
