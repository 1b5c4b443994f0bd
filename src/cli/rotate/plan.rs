//! The plan, from the command line, the configuration and the key, and how it is shown.

use serde::Serialize;

use crate::cli::args::Rotate;
use crate::cli::connect::Connection;
use crate::cli::exit::{Exit, Stop};
use crate::cli::foresee;
use crate::cli::output::Output;
use crate::cli::wire::{Document, DryRun};
use crate::client::capabilities::Capabilities;
use crate::config::Config;
use crate::domain::key::Key;
use crate::domain::key_fields;
use crate::domain::key_value::KeyKind;
use crate::domain::rotation::{
    Check, CheckKind, Cutover, Hook, Plan, Reason, Rotation, Sink, Verdict, new_expiry, new_name,
};
use crate::domain::settings::Settings;
use crate::domain::time::Time;
use crate::domain::values::secret_spans;
use crate::local::journal::JournalError;
use crate::local::program::Tools;
use crate::local::sinks;
use crate::ops::rotate::check::{alone, preflight};

/// `sink` with its path from the root.
fn settled(sink: Sink) -> Result<Sink, Stop> {
    sinks::settled(sink).map_err(|error| Stop::usage(error.to_string(), error.hint()))
}

/// Refuses texts that hold a key's value: they are kept in the journal, and stand in the summary.
pub fn without_values<'a>(texts: impl IntoIterator<Item = &'a String>) -> Result<(), Stop> {
    if texts.into_iter().all(|text| secret_spans(text).is_empty()) {
        return Ok(());
    }
    Err(Stop::usage(
        "that holds a key's value, which others would see, and it now stands in this shell's history",
        "name keys by their id or their masked value",
    ))
}

/// Refuses names of checks that there are not.
pub fn known_checks(names: &[String]) -> Result<(), Stop> {
    let known = |name: &String| {
        let numbered =
            |kind: &str| name.strip_prefix(kind).is_some_and(|at| at.parse::<usize>().is_ok_and(|at| at > 0));
        let plain = [
            CheckKind::Enabled,
            CheckKind::Mine,
            CheckKind::MayCreate,
            CheckKind::OwnKey,
            CheckKind::Alone,
            CheckKind::Holds(0),
        ];
        plain.iter().any(|kind| kind.name() == *name) || numbered("place-") || numbered("command-")
    };
    if names.iter().all(known) {
        return Ok(());
    }
    Err(Stop::usage("--waive names no check", "waive enabled, own-key, other-value, place-NUMBER or command-NUMBER"))
}

/// What is passed as text, understood.
pub struct Passed {
    sinks: Vec<Sink>,
    hooks: Vec<Hook>,
    health: Option<Hook>,
}

/// What the command line alone shows to be wrong; nothing of it is repeated.
pub fn check(args: &Rotate) -> Result<Passed, Stop> {
    let texts = [&args.name, &args.reason, &args.health, &args.expires].into_iter().flatten();
    without_values(texts.chain(&args.sinks).chain(&args.hooks).chain(&args.waived))?;
    known_checks(&args.waived)?;
    if let Some(name) = &args.name {
        key_fields::name(name).map_err(|why| Stop::usage(format!("--name: {why}"), "1–255 characters"))?;
    }
    for contact in &args.contacts {
        key_fields::contact(contact)
            .map_err(|why| Stop::usage(format!("--contact: {why}"), "write ops@acme.example"))?;
    }
    let sink = |text: &String| {
        let wrong = |why| Stop::usage(format!("--sink {why}"), "keydeck rotate --help lists the places");
        text.parse().map_err(wrong).and_then(settled)
    };
    let hook = |option: &'static str| {
        move |text: &String| {
            let wrong = |why| Stop::usage(format!("{option} {why}"), "write PROGRAM ARGUMENTS, as in a shell");
            Hook::parse(text).map_err(wrong)
        }
    };
    Ok(Passed {
        sinks: args.sinks.iter().map(sink).collect::<Result<_, _>>()?,
        hooks: args.hooks.iter().map(hook("--hook")).collect::<Result<_, _>>()?,
        health: args.health.as_ref().map(hook("--health")).transpose()?,
    })
}

/// The plan for one key.
pub fn of(
    (args, passed): (&Rotate, &Passed),
    key: &Key,
    config: &Config,
    settings: Option<&Settings>,
    now: Time,
) -> Result<Plan, Stop> {
    if key.kind == KeyKind::CollectionAccessKey {
        return Err(Stop::usage(
            format!("{} is a collection access key, which is not rotated", key.name),
            "make another with keydeck create --collection, then delete it",
        ));
    }
    let mut plan = Plan::draft(key, settings, now);
    if let Some(saved) = config.rotation.for_key(key.name.as_received()) {
        saved.apply(&mut plan);
    }
    if !args.sinks.is_empty() || args.print_secret {
        plan.sinks.clone_from(&passed.sinks);
        plan.sinks.extend(args.print_secret.then_some(Sink::Print));
    }
    if !passed.hooks.is_empty() {
        plan.cutover = passed.hooks.iter().cloned().map(Cutover::Run).collect();
    }
    if let Some(health) = &passed.health {
        plan.health = Some(health.clone());
    }
    if let Some(overlap) = args.overlap {
        plan.overlap = overlap;
    }
    if !args.contacts.is_empty() {
        plan.contacts.clone_from(&args.contacts);
    }
    if let Some(reason) = &args.reason {
        plan.reason = Reason::from(reason.as_str());
    }
    (plan.name, plan.expires) = successor(args, key, settings, now)?;
    if let Some(sink) = plan.sinks.iter().find(|sink| **sink == Sink::Clipboard) {
        return Err(Stop::usage(
            format!("the command line has no {}: nothing was changed", sink.kind()),
            "pass --print-secret or another place, or rotate it in the console",
        ));
    }
    plan.emergency = args.emergency;
    if plan.sinks.is_empty() {
        return Err(Stop::usage(
            format!(
                "the new value of {} would go nowhere, and a value that goes nowhere is lost: nothing was changed",
                key.name
            ),
            "pass --sink PLACE or --print-secret, or save places under [rotation.\"NAME\"] in config.toml",
        ));
    }
    Ok(plan)
}

/// Sees to it that somebody is told before the new key ends, where the backend makes none otherwise.
pub fn told_to_somebody(plan: &Plan, key: &Key, can: &Capabilities) -> Result<(), Stop> {
    match can.without_contacts().filter(|_| plan.contacts.is_empty()) {
        None => Ok(()),
        Some(otherwise) => Err(Stop::usage(
            format!("{} has no contacts, and no key is made without: {otherwise}; nothing was changed", key.name),
            format!(
                "first: keydeck edit {} --contact ADDRESS; or pass --contact ADDRESS, for the new key alone",
                key.id
            ),
        )),
    }
}

/// The name of the key that replaces `key`, and when it expires.
pub fn successor(
    args: &Rotate,
    key: &Key,
    settings: Option<&Settings>,
    now: Time,
) -> Result<(String, Option<Time>), Stop> {
    let name = args.name.clone().unwrap_or_else(|| new_name(key.name.as_received(), now));
    let Some(expires) = &args.expires else { return Ok((name, new_expiry(key, settings, now))) };
    let wished = key_fields::expiry(expires, now)
        .map_err(|why| Stop::usage(format!("--expires: {why}"), "write 90d, 12h, a date, or never"))?;
    Ok((name, settings.map_or(wished, |settings| settings.expiry_of(now, wished))))
}

/// What will happen, line by line.
pub fn review(rotations: &[&Rotation], connection: &Connection, now: Time) -> Vec<String> {
    let mut lines = Vec::new();
    for rotation in rotations {
        let old = &rotation.old;
        let plan = &rotation.plan;
        lines.push(format!(
            "Rotate {} ({}, {}) at {} ({}); reason: {}; overlap: {}",
            old.name.marked(),
            old.masked,
            old.id,
            rotation.address,
            connection.named(),
            plan.reason,
            if plan.emergency { "none, the old key goes first".to_owned() } else { plan.overlap.to_string() }
        ));
        for (at, step) in plan.steps(now, old.expires.time()).iter().enumerate() {
            let mark = if step.irreversible { "  ! cannot be taken back" } else { "" };
            lines.push(format!("  {:>2}. {}{mark}", at + 1, step.text));
        }
    }
    lines
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Planned {
    #[serde(flatten)]
    summary: crate::domain::rotation::Summary,
    steps: Vec<Line>,
    checks: Vec<Found>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    step: &'static str,
    text: String,
    irreversible: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    check: String,
    /// Which place it is of, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<usize>,
    fine: bool,
    /// Whether it goes on all the same.
    waived: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    says: Option<String>,
}

fn found(check: &Check) -> Found {
    let place = match check.kind {
        CheckKind::Place(at) | CheckKind::Holds(at) => Some(at + 1),
        _ => None,
    };
    let (fine, says) = match &check.verdict {
        Verdict::Fine if matches!(check.kind, CheckKind::Holds(_)) => (true, Some("holds the old key".to_owned())),
        Verdict::Fine => (true, None),
        Verdict::Note(note) => (true, Some(note.to_string())),
        Verdict::Fails(why) => (false, Some(why.to_string())),
    };
    Found { check: check.kind.name(), place, fine, waived: check.waived, says }
}

/// The rotations that are open on this machine, or why they cannot be told.
pub type Others = Result<Vec<Rotation>, JournalError>;

/// What the preflight of a rotation shows, with what was waived marked as such.
pub async fn foreseen(
    connection: &Connection,
    rotation: &Rotation,
    waived: &[String],
    others: &Others,
) -> anyhow::Result<Vec<Check>> {
    let tools = Tools::default();
    let mut checks = preflight(
        &*connection.service,
        (&tools, &crate::ops::variables::places(&tools, &connection.service, None)),
        rotation,
    )
    .await?;
    checks.push(alone(rotation, others.as_deref().map_err(ToString::to_string)));
    for check in &mut checks {
        check.waived = matches!(check.verdict, Verdict::Fails(_))
            && waived.contains(&check.kind.name())
            && rotation.is_waivable(check.kind);
    }
    Ok(checks)
}

/// A check in a line: what was looked at, what it showed, and what to do about it.
pub fn told(rotation: &Rotation, check: &Check) -> String {
    let name = check.kind.name();
    let text = match (&check.verdict, check.kind) {
        (Verdict::Fine, CheckKind::Holds(at)) => format!("place-{} holds the old key", at + 1),
        (Verdict::Fine, _) => name.clone(),
        (Verdict::Note(says) | Verdict::Fails(says), CheckKind::Holds(at)) => format!("place-{}: {says}", at + 1),
        (Verdict::Note(says) | Verdict::Fails(says), _) => format!("{name}: {says}"),
    };
    let (mark, more) = match &check.verdict {
        Verdict::Fails(_) if check.waived => ("–", " (waived)".to_owned()),
        Verdict::Fails(_) if rotation.is_waivable(check.kind) => {
            ("✗", format!(" (--waive {name} goes on all the same)"))
        }
        Verdict::Fails(_) => ("✗", String::new()),
        Verdict::Note(_) | Verdict::Fine => ("✓", String::new()),
    };
    format!("{} {mark} {text}{more}", rotation.old.name)
}

/// Shows the plan and what the preflight finds; changes nothing, here or there.
pub async fn dry_run(
    rotations: &[&Rotation],
    review: &[String],
    connection: &Connection,
    (waived, others, json): (&[String], &Others, bool),
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let now = connection.now();
    let (mut red, mut denied) = (0, 0);
    let mut planned = Vec::new();
    let mut lines = Vec::new();
    for rotation in rotations {
        let checks = foreseen(connection, rotation, waived, others).await?;
        lines.extend(checks.iter().map(|check| told(rotation, check)));
        if let Some(first) = checks.iter().find(|check| check.stops()) {
            red += 1;
            denied += usize::from(first.kind.denies());
        }
        planned.push(Planned {
            summary: rotation.summary(now),
            steps: rotation
                .plan
                .steps(now, rotation.old.expires.time())
                .into_iter()
                .map(|step| Line { step: step.step.word(), text: step.text, irreversible: step.irreversible })
                .collect(),
            checks: checks.iter().map(found).collect(),
        });
    }
    if json {
        output.json(&Document { data: planned, meta: DryRun::new() });
    } else {
        for line in review.iter().chain(&lines) {
            output.line(line);
        }
        output.say("nothing was changed: this was a dry run");
    }
    let ended = match red {
        0 => Exit::Done,
        _ if denied == rotations.len() => Exit::Denied,
        _ => Exit::Partly,
    };
    Ok(foresee::end(connection, None, ended, output))
}
