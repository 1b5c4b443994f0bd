//! Brings the state of an older form up to the next one.

use serde_json::{Map, Value, json};

/// Form 1 kept the places and the lines of the cutover in the plan, and how far each is in lists beside
/// it; of what the backend can do it knew two things.
///
/// # Errors
/// When the lists do not fit together.
pub(super) fn from_1(mut state: Value) -> Result<Value, String> {
    let fields = state.as_object_mut().ok_or_else(contradicts)?;
    let plan = fields.get_mut("plan").and_then(Value::as_object_mut).ok_or_else(contradicts)?;
    let (sinks, planned) = (take(plan, "sinks")?, take(plan, "cutover")?);
    // what every backend could do then, apart from what the plan says
    let abilities = json!({
        "disable": plan.remove("can_disable"),
        "expiry": plan.remove("can_date"),
        "contacts": true,
        "last_use": true,
        "mints": false,
    });
    plan.insert("abilities".to_owned(), abilities);
    let places = together(take(fields, "places")?, sinks, |place, sink| with(place, "sink", sink))?;
    let lines = planned.into_iter().map(|planned| json!({ "planned": planned })).collect();
    let lines = together(lines, take(fields, "begun")?, |line, begun| with(line, "begun", begun))?;
    let lines = together(lines, take(fields, "cut_over")?, |line, done| with(line, "done", done))?;
    let lines = together(lines, take(fields, "hooks_back")?, |line, again| with(line, "run_again", again))?;
    fields.insert("places".to_owned(), places.into());
    fields.insert("lines".to_owned(), lines.into());
    Ok(state)
}

fn contradicts() -> String {
    "its state contradicts itself".to_owned()
}

fn take(fields: &mut Map<String, Value>, name: &str) -> Result<Vec<Value>, String> {
    match fields.remove(name) {
        Some(Value::Array(list)) => Ok(list),
        _ => Err(contradicts()),
    }
}

fn with(mut line: Value, name: &str, value: Value) -> Option<Value> {
    line.as_object_mut()?.insert(name.to_owned(), value);
    Some(line)
}

/// Two lists of the same length as one.
fn together(
    first: Vec<Value>,
    second: Vec<Value>,
    join: impl Fn(Value, Value) -> Option<Value>,
) -> Result<Vec<Value>, String> {
    if first.len() != second.len() {
        return Err(contradicts());
    }
    first.into_iter().zip(second).map(|(first, second)| join(first, second).ok_or_else(contradicts)).collect()
}
