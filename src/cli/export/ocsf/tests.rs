//! Every action as an event, held to OCSF's own schema.

use jsonschema::{Draft, Validator};

use super::*;
use crate::cli::export::tests::entry;
use crate::domain::audit::AuditTarget;
use crate::domain::time::When;

/// OCSF's schema of the class with this number.
fn schema(class: &str) -> Validator {
    let all: Value = serde_json::from_str(include_str!("../../../../tests/schemas/ocsf-1.5.0.json")).unwrap();
    let mut schema = all["classes"][class].clone();
    assert!(schema.is_object(), "{class} is none of the classes");
    schema["$defs"] = all["$defs"].clone();
    // references are within it
    schema.as_object_mut().unwrap().remove("$id");
    jsonschema::options().with_draft(Draft::Draft202012).build(&schema).unwrap()
}

#[track_caller]
fn holds(event: &Value) {
    let schema = schema(&event["class_uid"].to_string());
    let wrong: Vec<String> =
        schema.iter_errors(event).map(|error| format!("{}: {error}", error.instance_path)).collect();
    assert!(wrong.is_empty(), "{}\n{event:#}", wrong.join("\n"));
}

/// An entry of `action` of which as little is known as can be.
fn bare(action: &str) -> AuditEntry {
    AuditEntry {
        at: When::Never,
        actor: None,
        with_key: None,
        user: None,
        from: None,
        user_agent: None,
        target: None,
        key: None,
        hash: None,
        message: Untrusted::default(),
        ..entry(1, action)
    }
}

#[test]
fn every_action_is_an_event_that_the_schema_takes_whatever_is_known_of_it() {
    for action in Action::ALL {
        let whole = entry(7, action.word());
        let told = event(&whole);
        holds(&told);
        assert_eq!(told["metadata"]["sequence"], 7);
        assert_eq!(told["metadata"]["event_code"], action.word());
        assert_eq!(told["type_uid"], json!(Activity::of_action(action).type_uid()));
        holds(&event(&bare(action.word())));
        let mut over_a_socket = entry(8, action.word());
        over_a_socket.from = Some("unix".into());
        over_a_socket.note = Some("why".into());
        over_a_socket.after = vec![("count".into(), Fact::Whole(3)), ("list".into(), Fact::List(Vec::new()))];
        holds(&event(&over_a_socket));
    }
    holds(&event(&bare("of.a.newer.server")));
}

#[test]
fn each_class_is_used_and_the_schema_refuses_what_is_no_event_of_it() {
    let mut classes: Vec<u32> = Action::ALL.map(|action| Activity::of_action(action).class.uid()).to_vec();
    classes.sort_unstable();
    classes.dedup();
    assert_eq!(classes, [2004, 3001, 3002, 3004, 6003]);
    let whole = event(&entry(1, "api_key.create"));
    let entities = schema("3004");
    assert!(entities.is_valid(&whole));
    for (field, value) in [("entity", Value::Null), ("activity_id", json!(77)), ("made_up", json!(1))] {
        let mut broken = whole.clone();
        broken[field] = value;
        assert!(!entities.is_valid(&broken), "{field}");
    }
}

#[test]
fn a_user_who_is_made_inactive_is_disabled() {
    let mut change = entry(3, "user.update");
    let flags = |active| vec![("active".into(), Fact::Flag(active)), ("roles".into(), Fact::List(Vec::new()))];
    (change.before, change.after) = (flags(true), flags(false));
    assert_eq!(event(&change)["type_uid"], 300_105);
    (change.before, change.after) = (flags(false), flags(true));
    assert_eq!(event(&change)["type_uid"], 300_102);
    change.before = flags(true);
    let told = event(&change);
    assert_eq!((&told["type_uid"], &told["activity_name"]), (&json!(300_199), &json!("Update")));
    holds(&told);
}

#[test]
fn a_finding_is_closed_under_the_name_it_was_opened_with() {
    let of = |action: &str| {
        let mut entry = entry(4, action);
        entry.target = Some(AuditTarget { kind: AuditTargetKind::Finding, id: "s-1".into(), name: "".into() });
        event(&entry)
    };
    let (opened, closed) = (of("detected_secret.report"), of("detected_secret.resolve"));
    assert_eq!(opened["finding_info"]["uid"], closed["finding_info"]["uid"]);
    assert_eq!((&opened["severity"], &closed["status"]), (&json!("High"), &json!("Resolved")));
    assert_eq!(opened["resources"][0]["uid"], "01JQ8ZK4");
}
