//! The team's audit log, of Enterprise teams and for their admins: `GET /audit/logs`.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::lenient;
use super::pages::Meta;
use crate::client::Rows;
use crate::domain::audit::{AuditEntry, AuditPerson, AuditTarget, AuditTargetKind};
use crate::domain::ids::UserId;
use crate::domain::time::When;
use crate::domain::untrusted::Untrusted;

/// The most entries of a page, as is used in practice.
pub(super) const PAGE: u32 = 300;

/// A page. Where the next one is stands beside the entries, or, with some servers, in `meta`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuditPage {
    #[serde(default)]
    trails: Option<Value>,
    #[serde(default, deserialize_with = "lenient::filled")]
    next_cursor: Option<String>,
    #[serde(default, deserialize_with = "lenient::part")]
    meta: Meta,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Event {
    #[serde(deserialize_with = "lenient::user")]
    id: UserId,
    #[serde(deserialize_with = "lenient::text")]
    ip: Untrusted,
    #[serde(deserialize_with = "lenient::text")]
    user_agent: Untrusted,
    #[serde(deserialize_with = "lenient::text")]
    action: Untrusted,
    #[serde(deserialize_with = "lenient::when")]
    timestamp: When,
    #[serde(deserialize_with = "lenient::text")]
    message: Untrusted,
    #[serde(deserialize_with = "lenient::part")]
    data: EventData,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct EventData {
    #[serde(deserialize_with = "lenient::part")]
    actor: Person,
    #[serde(deserialize_with = "lenient::part")]
    user: Person,
    #[serde(deserialize_with = "lenient::object")]
    variables: Map<String, Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Person {
    #[serde(deserialize_with = "lenient::user")]
    id: UserId,
    #[serde(deserialize_with = "lenient::text")]
    name: Untrusted,
    #[serde(deserialize_with = "lenient::text")]
    username: Untrusted,
    #[serde(deserialize_with = "lenient::text")]
    email: Untrusted,
}

impl AuditPage {
    /// The entries.
    pub(super) fn rows(self) -> Result<Rows<AuditEntry>, &'static str> {
        let Some(Value::Array(trails)) = self.trails else {
            return Err("an answer without the audit log it should hold");
        };
        let events = trails.into_iter().filter(Value::is_object).filter_map(|event| serde_json::from_value(event).ok());
        let next = self.next_cursor.or(self.meta.next_cursor);
        Ok(Rows { rows: events.map(entry).collect(), next, total: None, bytes: 0 })
    }
}

fn entry(event: Event) -> AuditEntry {
    let filled = |text: Untrusted| Some(text).filter(|text| !text.is_empty());
    let user = person(event.data.user);
    let target = user.as_ref().map(|user| AuditTarget {
        kind: AuditTargetKind::User,
        id: Untrusted::from(user.id.to_string()),
        name: user.name.clone(),
    });
    let note = event.data.variables.get("note").map(lenient::written).map(Untrusted::from);
    AuditEntry {
        number: event.id.0,
        at: event.timestamp,
        message: if event.message.is_empty() { event.action.clone() } else { event.message },
        action: event.action,
        actor: person(event.data.actor),
        with_key: None,
        user,
        from: filled(event.ip),
        user_agent: filled(event.user_agent),
        target,
        key: None,
        note: note.filter(|note| !note.is_empty()),
        before: Vec::new(),
        after: Vec::new(),
        hash: None,
    }
}

/// Somebody, where anything of them is told.
fn person(person: Person) -> Option<AuditPerson> {
    let name = if person.name.is_empty() { person.username } else { person.name };
    let known = person.id != UserId::default() || !name.is_empty() || !person.email.is_empty();
    known.then_some(AuditPerson { id: person.id, name, email: person.email })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(wire: Value) -> Result<Rows<AuditEntry>, &'static str> {
        serde_json::from_value::<AuditPage>(wire).unwrap().rows()
    }

    #[test]
    fn the_next_page_is_found_wherever_it_stands() {
        let next = |wire: Value| read(wire).unwrap().next;
        assert_eq!(next(json!({"trails": [], "nextCursor": "c=="})).as_deref(), Some("c=="));
        assert_eq!(next(json!({"trails": [], "meta": {"nextCursor": "d"}})).as_deref(), Some("d"));
        for end in [json!({"trails": []}), json!({"trails": [], "nextCursor": "", "meta": null})] {
            assert_eq!(next(end), None);
        }
        assert!(read(json!({"data": []})).is_err() && read(json!({"trails": null})).is_err());
    }

    #[test]
    fn an_event_is_read_with_what_it_has() {
        let full = json!({"id": 9.0, "ip": "192.0.2.7", "action": "user.login", "timestamp": "2026-11-20T08:00:00Z",
            "message": "Ada logged in", "data": {"actor": {"id": 7.0, "name": "", "username": "ada", "active": true},
            "user": null, "team": {"id": 1}, "variables": {"note": "x"}}});
        let rows = read(json!({"trails": [full, {"action": "a"}, null]})).unwrap().rows;
        let [full, bare] = rows.as_slice() else { panic!("two entries") };
        assert_eq!((full.number, full.actor.as_ref().unwrap().name.as_received()), (9, "ada"));
        assert_eq!((full.user.is_none(), full.from.as_ref().unwrap().as_received()), (true, "192.0.2.7"));
        assert_eq!((bare.message.as_received(), &bare.actor, &bare.at), ("a", &None, &When::Never));
    }
}
