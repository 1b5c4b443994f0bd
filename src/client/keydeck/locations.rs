//! Where a finding's secret stands, as the server answers it.

use serde::Deserialize;

use super::PAGE;
use crate::api::page::{MAX_LIMIT, null_as_default};
use crate::api::paths;
use crate::api::secrets::{ResolutionActivity, SecretLocation, SecretLocationsMeta};
use crate::client::bounded::Bounded;
use crate::client::transport::call::{Call, Verb};
use crate::domain::finding::Address;
use crate::domain::ids::UserId;
use crate::domain::location::{Location, Locations, Resolved};

/// A page of places, which has to be there: an answer of another kind must not pass for a secret that stands nowhere.
#[derive(Deserialize)]
pub(super) struct Page {
    data: Option<Bounded<SecretLocation, PAGE>>,
    #[serde(default, deserialize_with = "null_as_default")]
    meta: SecretLocationsMeta,
}

/// Places in a page.
pub(super) fn limit(asked: u32) -> u32 {
    asked.clamp(1, MAX_LIMIT)
}

/// The call for a page; `limit` is its length.
pub(super) fn call<'a>(at: &'a Address, cursor: Option<&'a str>, limit: &'a str) -> Call<'a> {
    let call = Call::new(Verb::Get, paths::DETECTED_SECRETS).of(at.secret.as_str()).part("/locations");
    call.with("workspaceId", &at.workspace).with("limit", limit).after(cursor)
}

impl Page {
    /// What it tells, of which `asked` places were asked for.
    pub(super) fn read(self, asked: u32) -> Result<Locations, &'static str> {
        let data = self.data.ok_or("an answer without the places it should hold")?.at_most(asked as usize)?;
        Ok(Locations {
            places: data.into_iter().map(place).collect(),
            total: self.meta.total,
            next: self.meta.next_cursor.filter(|cursor| !cursor.is_empty()),
            history: self.meta.activity_feed.into_iter().map(resolved).collect(),
        })
    }
}

/// Somebody, where the number is one of somebody.
fn somebody(id: UserId) -> Option<UserId> {
    Some(id).filter(|id| *id != UserId::default())
}

fn place(place: SecretLocation) -> Location {
    Location {
        url: place.url,
        within: place.location,
        resource: place.resource_type,
        leaked_by: somebody(place.leaked_by),
        occurrences: place.occurrences,
        detected: place.detected_at,
        gone: place.is_resource_deleted,
    }
}

fn resolved(activity: ResolutionActivity) -> Resolved {
    Resolved { at: activity.resolved_at, by: somebody(activity.resolved_by), resolution: activity.status }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::finding::Resolution;

    #[test]
    fn what_is_told_is_read_and_what_is_not_is_survived() {
        let read = |wire| serde_json::from_value::<Page>(wire).unwrap().read(10);
        let full = read(json!({
            "data": [{"isResourceDeleted": true, "leakedBy": 7.0, "occurrences": 3.0, "url": "https://x.example/a"}, {}],
            "meta": {"total": 12.0, "nextCursor": "c=", "activityFeed": [
                {"resolvedAt": "2026-11-20T08:00:00Z", "resolvedBy": 7, "status": "SNOOZED"}, {}]},
        }));
        let full = full.unwrap();
        assert_eq!((full.places.len(), full.total, full.next.as_deref()), (2, Some(12), Some("c=")));
        let first = &full.places[0];
        assert_eq!((first.gone, first.leaked_by, first.occurrences), (true, Some(UserId(7)), Some(3)));
        assert_eq!(full.places[1], Location::default());
        assert!(matches!(full.history[0].resolution, Resolution::Other(_)));
        assert_eq!(full.history[1].by, None);
        let bare = read(json!({"data": [], "meta": null})).unwrap();
        assert_eq!((bare.next, bare.total, bare.history.len()), (None, None, 0));
        assert!(read(json!({"meta": {}})).is_err() && read(json!({"data": null})).is_err());
    }
}
