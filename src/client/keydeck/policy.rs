//! The team's settings, what a change of them does, and acts, as the server answers them.

use serde_json::Value;

use crate::api::acts::{ActAnswer, ActState};
use crate::api::key::RevocationsDone;
use crate::domain::act::{ActProgress, RevokedAll};
use crate::domain::settings::{Impact, Saved, Settings};

/// The settings.
pub(super) fn settings(answer: Value) -> Result<Settings, &'static str> {
    // a setting that is absent must not be shown as its default
    if answer.get("version").is_none() {
        return Err("an answer that is not the team's settings");
    }
    serde_json::from_value(whole_numbers(answer)).map_err(|_| "settings of another shape")
}

/// What a change would do.
pub(super) fn impact(answer: Value) -> Result<Impact, &'static str> {
    // no number that is absent must be taken for none
    if ["changesExpiry", "expiresNow", "revokes"].iter().any(|count| answer.get(count).is_none()) {
        return Err("an answer that does not say what the change would do");
    }
    serde_json::from_value(whole_numbers(answer)).map_err(|_| "an impact of another shape")
}

/// What came of a change.
pub(super) fn saved(answer: Value) -> Result<Saved, &'static str> {
    if answer.get("act").is_some() { act(answer).map(Saved::UnderWay) } else { settings(answer).map(Saved::Done) }
}

/// What came of revoking all.
pub(super) fn revoked_all(answer: Value) -> Result<RevokedAll, &'static str> {
    if answer.get("act").is_some() {
        return act(answer).map(RevokedAll::UnderWay);
    }
    if answer.pointer("/meta/revoked").is_none() {
        return Err("an answer that does not say how many were revoked");
    }
    let done: RevocationsDone = serde_json::from_value(whole_numbers(answer)).map_err(|_| "counts of another shape")?;
    Ok(RevokedAll::Done { revoked: done.meta.revoked, forbidden: done.meta.forbidden })
}

/// How far an act is. One in a state that nobody knows is not over.
pub(super) fn act(answer: Value) -> Result<ActProgress, &'static str> {
    let answer: ActAnswer = serde_json::from_value(whole_numbers(answer)).map_err(|_| "an act of another shape")?;
    let act = answer.act;
    Ok(ActProgress { id: act.id, running: act.state != ActState::Done, done: act.done, total: act.total })
}

/// `value` with each whole number that was written as a double written as an integer.
fn whole_numbers(value: Value) -> Value {
    match value {
        Value::Number(number) => match number.as_f64() {
            #[expect(clippy::cast_possible_truncation, reason = "checked to be whole; saturates")]
            Some(double) if number.is_f64() && double.fract() == 0.0 => Value::from(double as i64),
            _ => Value::Number(number),
        },
        Value::Array(values) => values.into_iter().map(whole_numbers).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, whole_numbers(value))).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn settings_with_doubles_are_read() {
        let wire = json!({"version": 7.0, "expiryDays": 30.0, "notifyBeforeDays": [30.0, 1]});
        let settings: Settings = serde_json::from_value(whole_numbers(wire)).unwrap();
        assert_eq!((settings.version, settings.expiry_days, settings.notify_before_days), (7, Some(30), vec![30, 1]));
    }

    #[test]
    fn what_is_under_way_and_what_is_done_are_told_apart() {
        let act = json!({ "act": { "id": "a", "state": "running", "done": 500.0, "total": 1203 } });
        let progress = ActProgress { id: "a".into(), running: true, done: 500, total: 1203 };
        assert_eq!(saved(act.clone()), Ok(Saved::UnderWay(progress.clone())));
        assert_eq!(revoked_all(act), Ok(RevokedAll::UnderWay(progress)));
        let done = json!({ "data": [], "meta": { "revoked": 3, "forbidden": 1 } });
        assert_eq!(revoked_all(done), Ok(RevokedAll::Done { revoked: 3, forbidden: 1 }));
        assert!(matches!(saved(json!({ "version": 4 })), Ok(Saved::Done(_))));
        for nothing in [json!({}), json!({ "data": [] }), json!({ "act": 7 })] {
            assert!(
                saved(nothing.clone()).is_err() && revoked_all(nothing.clone()).is_err() && impact(nothing).is_err()
            );
        }
    }
}
