//! An entry to build on.

use super::*;
use crate::domain::audit::{AuditPerson, AuditTarget, AuditTargetKind};
use crate::domain::ids::UserId;
use crate::domain::time::When;

/// An entry with this number that tells of this action.
pub fn entry(number: i64, action: &str) -> AuditEntry {
    let ana = AuditPerson { id: UserId(1), name: "Ana".into(), email: "ana@acme.example".into() };
    AuditEntry {
        number,
        at: When::from_wire("2026-11-21T08:30:00.000Z"),
        action: action.into(),
        message: "it was done".into(),
        actor: Some(ana.clone()),
        with_key: Some("01JQ8ZK3".into()),
        user: Some(ana),
        from: Some("10.0.0.9".into()),
        user_agent: Some("curl/8".into()),
        target: Some(AuditTarget { kind: AuditTargetKind::ApiKey, id: "01JQ8ZK4".into(), name: "ci".into() }),
        key: Some("01JQ8ZK4".into()),
        note: None,
        before: Vec::new(),
        after: Vec::new(),
        hash: Some(format!("hash-{number}").as_str().into()),
    }
}

#[test]
fn a_record_has_its_number_and_shows_nothing_hostile() {
    let mut hostile = entry(7, "api_key.rename");
    hostile.note = Some("a\u{1b}[2J\nb\u{202e}".into());
    let line = safe_json(&Record { seq: hostile.number, entry: Row::from(&hostile) });
    assert!(line.starts_with("{\"seq\":7,\"id\":7,\"timestamp\":\"2026-11-21T08:30:00.000Z\""), "{line}");
    assert!(!line.chars().any(crate::domain::untrusted::is_hostile), "{line}");
    let read: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(read["data"]["variables"]["note"], "a\u{1b}[2J\nb\u{202e}");
}
