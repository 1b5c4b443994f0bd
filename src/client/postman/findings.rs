//! What Postman's scanner found exposed: the kinds of secret, the search for findings, their places, and what is said of one.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lenient;
use super::pages::Page;
use super::values;
use crate::client::Rows;
use crate::domain::finding::{Finding, Resolution, Source};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key_value::{KeyKind, digest_of_fingerprint};
use crate::domain::location::{Location, Locations, Resolved};
use crate::domain::time::When;
use crate::domain::untrusted::Untrusted;

/// Rows of a page: ten are the default and no maximum is documented; a hundred is that of the API's other lists.
pub(super) const PAGE: u32 = 100;

/// A search of the findings. Nothing said finds everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Search {
    /// Ids of kinds of secret, which are told at run time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) secret_types: Vec<String>,
}

/// A kind of secret that is looked for, as `GET /secret-types` tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct SecretType {
    #[serde(deserialize_with = "lenient::id")]
    pub(super) id: KeyId,
    #[serde(deserialize_with = "lenient::text")]
    pub(super) name: Untrusted,
}

/// The ids of the kinds that Postman calls its own keys of this kind. More than one may have that name.
pub(super) fn types_of(types: &[SecretType], kind: KeyKind) -> Vec<String> {
    let named = types.iter().filter(|one| values::kind_of_secret(one.name.as_received()) == Some(kind));
    named.map(|one| one.id.as_str().to_owned()).filter(|id| !id.is_empty()).collect()
}

/// One row of a search: one secret in one workspace.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are the API's")]
pub(super) struct Detected {
    #[serde(deserialize_with = "lenient::id")]
    secret_id: KeyId,
    /// The kind's name, not its id.
    #[serde(deserialize_with = "lenient::text")]
    secret_type: Untrusted,
    /// SHA-256 of the secret.
    #[serde(deserialize_with = "lenient::text")]
    secret_hash: Untrusted,
    #[serde(deserialize_with = "lenient::text")]
    obfuscated_secret: Untrusted,
    #[serde(deserialize_with = "lenient::text")]
    workspace_id: Untrusted,
    #[serde(deserialize_with = "lenient::text")]
    workspace_visibility: Untrusted,
    #[serde(deserialize_with = "lenient::text")]
    resolution: Untrusted,
    #[serde(deserialize_with = "lenient::count")]
    occurrences: Option<u64>,
    #[serde(deserialize_with = "lenient::when")]
    detected_at: When,
}

impl Detected {
    fn finding(self) -> Finding {
        let hash = self.secret_hash.as_received().to_ascii_lowercase();
        Finding {
            id: self.secret_id.clone(),
            digest: digest_of_fingerprint(&hash),
            kind_here: values::kind_of_secret(self.secret_type.as_received()),
            secret_type: self.secret_type,
            obfuscated: self.obfuscated_secret,
            workspace_id: self.workspace_id,
            visibility: self.workspace_visibility,
            source: Some(Source::Workspace),
            resolution: resolution(&self.resolution),
            occurrences: self.occurrences.unwrap_or(1),
            detected: self.detected_at,
            ..Finding::sample(self.secret_id.as_str())
        }
    }
}

/// What became of a finding, by the API's word for it.
fn resolution(word: &Untrusted) -> Resolution {
    serde_json::from_value(Value::String(word.as_received().to_owned()))
        .unwrap_or_else(|_| Resolution::Other(word.clone()))
}

/// The rows of a page.
pub(super) fn page(page: Page) -> Result<Rows<Finding>, &'static str> {
    page.rows(Detected::finding)
}

/// Several workspaces that hold one secret are one finding, where the first of them stood.
pub(super) fn merged(found: Vec<Finding>) -> Vec<Finding> {
    let mut merged: Vec<Finding> = Vec::with_capacity(found.len());
    let mut seen: HashMap<KeyId, usize> = HashMap::new();
    for finding in found {
        match seen.get(&finding.secret_id).copied().and_then(|at| merged.get_mut(at)) {
            // without an id nothing is known to be the same
            Some(known) if !finding.secret_id.as_str().is_empty() => known.also_in(finding),
            _ => {
                seen.insert(finding.secret_id.clone(), merged.len());
                merged.push(finding);
            }
        }
    }
    merged
}

/// One place of a secret.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Place {
    #[serde(deserialize_with = "lenient::flag")]
    is_resource_deleted: bool,
    #[serde(deserialize_with = "lenient::user")]
    leaked_by: UserId,
    #[serde(deserialize_with = "lenient::text")]
    location: Untrusted,
    #[serde(deserialize_with = "lenient::count")]
    occurrences: Option<u64>,
    #[serde(deserialize_with = "lenient::text")]
    resource_type: Untrusted,
    #[serde(deserialize_with = "lenient::when")]
    detected_at: When,
    #[serde(deserialize_with = "lenient::text")]
    url: Untrusted,
}

/// What stands beside the places.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PlacesMeta {
    #[serde(deserialize_with = "lenient::rows")]
    activity_feed: Vec<Activity>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Activity {
    #[serde(deserialize_with = "lenient::when")]
    resolved_at: When,
    #[serde(deserialize_with = "lenient::user")]
    resolved_by: UserId,
    #[serde(deserialize_with = "lenient::text")]
    status: Untrusted,
}

/// A page of places, all of them of `workspace`.
pub(super) fn places(page: Page) -> Result<Locations, &'static str> {
    let somebody = |id: UserId| Some(id).filter(|id| *id != UserId::default());
    let meta: PlacesMeta = page.meta();
    let history = meta.activity_feed.into_iter().map(|one| Resolved {
        at: one.resolved_at,
        by: somebody(one.resolved_by),
        resolution: resolution(&one.status),
    });
    let history = history.collect();
    let rows = page.rows(|place: Place| Location {
        url: place.url,
        within: place.location,
        resource: place.resource_type,
        leaked_by: somebody(place.leaked_by),
        occurrences: place.occurrences,
        detected: place.detected_at,
        gone: place.is_resource_deleted,
    })?;
    Ok(Locations { places: rows.rows, total: rows.total, next: rows.next, history })
}

/// What one finding is to be called. Both are required.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Resolve<'a> {
    pub(super) resolution: &'a Resolution,
    pub(super) workspace_id: &'a str,
}

/// What it is called now.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ResolvedAnswer {
    #[serde(deserialize_with = "lenient::text")]
    workspace_id: Untrusted,
    #[serde(deserialize_with = "lenient::text")]
    resolution: Untrusted,
}

impl ResolvedAnswer {
    /// The resolution, which has to be the one that was asked for, of the workspace that was named; what the answer leaves out
    /// is taken to be so.
    pub(super) fn checked(self, wanted: &Resolution, workspace: &str) -> Result<Resolution, &'static str> {
        if !self.resolution.is_empty() && resolution(&self.resolution) != *wanted {
            return Err("another resolution than was asked for");
        }
        if !self.workspace_id.is_empty() && self.workspace_id.as_received() != workspace {
            return Err("an answer of another workspace");
        }
        Ok(wanted.clone())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::key_value::{digest, fingerprint};

    fn read(wire: Value) -> Rows<Finding> {
        page(serde_json::from_value(wire).unwrap()).unwrap()
    }

    #[test]
    fn a_finding_is_read_and_what_is_missing_claims_nothing() {
        let wire = json!({"secretId": "s==", "secretType": "postman api key", "workspaceId": "w", "resolution": "ACTIVE",
                          "secretHash": fingerprint("x").to_uppercase(), "occurrences": 3.0, "workspaceVisibility": "partner"});
        let found = read(json!({"data": [wire, {}, {"secretType": "AWS Key", "resolution": "SNOOZED"}], "meta": {}}));
        let [ours, bare, foreign] = found.rows.as_slice() else { panic!("three rows") };
        assert_eq!((ours.digest, ours.own_kind(), ours.occurrences), (Some(digest("x")), Some(KeyKind::ApiKey), 3));
        assert!(ours.is_open() && !ours.is_foreign() && ours.key_id.is_none());
        assert!(!bare.is_open(), "what is not said to be open is not");
        assert!(foreign.is_foreign() && matches!(foreign.resolution, Resolution::Other(_)));
    }

    #[test]
    fn one_secret_in_several_workspaces_is_one_row_that_is_open_while_any_is() {
        let of = |secret: &str, workspace: &str, resolution: &str, at: &str, times: u64| {
            json!({"secretId": secret, "workspaceId": workspace, "resolution": resolution, "occurrences": times,
                   "detectedAt": at, "workspaceVisibility": "team"})
        };
        let found = read(json!({"data": [
            of("a=", "w1", "REVOKED", "2026-11-20T08:00:00Z", 1), of("b=", "w1", "ACTIVE", "2026-11-20T08:00:00Z", 1),
            of("a=", "w2", "ACTIVE", "2026-11-19T08:00:00Z", 2), of("a=", "w3", "ACTIVE", "2026-11-21T08:00:00Z", 4), {}, {},
        ]}));
        let rows = merged(found.rows);
        assert_eq!(rows.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["a=", "b=", "", ""]);
        let row = &rows[0];
        assert!(row.is_open());
        assert_eq!((row.occurrences, row.detected.exact()), (7, "2026-11-19 08:00:00 UTC".to_owned()));
        let open: Vec<&str> = row.open_workspaces().map(Untrusted::as_received).collect();
        assert_eq!(open, ["w2", "w3"]);
        assert_eq!(
            (row.address().workspace.as_str(), row.address().also),
            ("w2", vec!["w1".to_owned(), "w3".to_owned()])
        );
    }

    #[test]
    fn kinds_are_known_by_their_names_in_any_case_and_several_may_share_one() {
        let types: Vec<SecretType> = serde_json::from_value(json!([
            {"id": "1", "name": "Postman API Key", "type": "DEFAULT"}, {"id": 2, "name": "postman api key", "type": "TEAM_REGEX"},
            {"id": "3", "name": "Postman Collection Access Key"}, {"id": "4", "name": "AWS"}, {"name": "Postman API Key"}, {},
        ]))
        .unwrap();
        assert_eq!(types_of(&types, KeyKind::ApiKey), ["1", "2"]);
        assert_eq!(types_of(&types, KeyKind::CollectionAccessKey), ["3"]);
    }

    #[test]
    fn places_and_what_was_said_of_them_are_read() {
        let wire = json!({
            "data": [{"isResourceDeleted": true, "leakedBy": 7.0, "occurrences": 3.0, "url": "https://x.example/a"}, {}],
            "meta": {"total": 12.0, "nextCursor": "c=", "limit": 10.0, "activityFeed": [
                {"resolvedAt": "2026-11-20T08:00:00Z", "resolvedBy": 7.0, "status": "REVOKED"}, null, {}]},
        });
        let read = places(serde_json::from_value(wire).unwrap()).unwrap();
        assert_eq!((read.places.len(), read.total, read.next.as_deref()), (2, Some(12), Some("c=")));
        assert_eq!((read.places[0].gone, read.places[0].leaked_by), (true, Some(UserId(7))));
        assert_eq!(read.history.len(), 2);
        assert_eq!(read.history[0].resolution, Resolution::Revoked);
    }

    #[test]
    fn another_resolution_than_was_asked_for_is_noticed() {
        let check =
            |wire: Value| serde_json::from_value::<ResolvedAnswer>(wire).unwrap().checked(&Resolution::Revoked, "w");
        assert_eq!(check(json!({"resolution": "REVOKED", "workspaceId": "w"})), Ok(Resolution::Revoked));
        assert_eq!(check(json!({})), Ok(Resolution::Revoked));
        assert!(check(json!({"resolution": "ACCEPTED_RISK"})).is_err());
        assert!(check(json!({"resolution": "REVOKED", "workspaceId": "v"})).is_err());
    }
}
