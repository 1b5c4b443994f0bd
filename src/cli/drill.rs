//! `keydeck drill`: how fast is a leak contained? A key that may do nothing is made and planted; the clock runs until it is
//! proven dead and written down.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use chrono::TimeDelta;
use serde::Serialize;
use ulid::Ulid;
use zeroize::Zeroizing;

use super::args::{Contain, Drill as Args, DrillCommand, DrillList, DrillRun};
use super::connect::{self, Connection};
use super::contain;
use super::exit::{Exit, Stop};
use super::output::Output;
use super::table::{Header, Narrow, lines};
use super::wire::Document;
use crate::client::capabilities::Minting;
use crate::config::Paths;
use crate::domain::incident::drill::{Drill, Times, best_and_median, span};
use crate::domain::incident::{Incident, Intake};
use crate::domain::key::{Access, Key};
use crate::domain::key_value::{KeyKind, fingerprint, mask, mint};
use crate::domain::listing::{MintedValue, NewKey};
use crate::domain::secret::Secret;
use crate::domain::time::{When, exact};
use crate::local::drills;
use crate::local::incidents::Incidents;

/// So long its key lives at most, in hours.
const LIVES: i64 = 24;
/// So many incidents are looked through for those of drills.
const MOST: usize = 1000;
/// The name under which a planted value stands in its file.
const PLANTED: &str = "KEYDECK_DRILL_KEY";

const COLUMNS: &[Header] = &[
    ("planted", Narrow::Never),
    ("key", Narrow::Shrinks),
    ("seen", Narrow::Never),
    ("decided", Narrow::Never),
    ("revoked", Narrow::Never),
    ("dead", Narrow::Never),
    ("written", Narrow::Never),
];

/// A drill and how fast it was, in seconds after it was planted; null what was not done.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: String,
    key_id: Option<crate::domain::ids::KeyId>,
    masked_value: String,
    place: crate::domain::untrusted::Untrusted,
    planted_at: When,
    seen_seconds: Option<f64>,
    decided_seconds: Option<f64>,
    asserted_seconds: Option<f64>,
    dead_seconds: Option<f64>,
    written_seconds: Option<f64>,
}

/// How fast all were, from planted to proven dead.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    contained: usize,
    best_seconds: Option<f64>,
    median_seconds: Option<f64>,
    last_seconds: Option<f64>,
}

/// Runs a drill, or lists them.
pub async fn run(
    args: &Args,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    match &args.command {
        Some(DrillCommand::List(args)) => list(args, paths, output).await,
        None => start(&args.run, paths, profile, config, output).await,
    }
}

async fn start(
    args: &DrillRun,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let here = args.plant.is_none() || args.yes;
    if here && !args.yes {
        if args.json {
            return Err(Stop::usage("--json has nobody to ask", "pass --yes, or --plant FILE").into());
        }
        contain::can_be_asked()?;
    }
    let connection =
        Connection::open(connect::choose_to_change(paths, profile, config, false).await?.1, output).await?;
    let value = mint(KeyKind::ApiKey, getrandom::fill)
        .map_err(|_| Stop::failed("this system gives no random numbers to make a key from", "try again"))?;
    let key = make(&connection, &value).await?;
    let place = match &args.plant {
        Some(file) => {
            if let Err(error) = plant(file, &value) {
                return Err(unplanted(&connection, &key, file, &error).await.into());
            }
            file.display().to_string()
        }
        None => "nowhere, in this process only".to_owned(),
    };
    let drill = Drill {
        id: Ulid::from_datetime(connection.now().into()).to_string(),
        fingerprint: fingerprint(value.expose()),
        masked: mask(value.expose()),
        key: Some(key.id.clone()),
        profile: connection.profile.clone(),
        address: connection.service.address(),
        planted: connection.now(),
        place: place.clone().into(),
    };
    if let Err(error) = drills::add(paths.state(), drill.clone()).await {
        output.say(&format!("the drill is not kept: {error}"));
    }
    output.say(&format!("planted {} ({}) at {place}: the clock runs", key.name, drill.masked));
    if !here {
        output.say(&format!(
            "contain it: keydeck contain --from-file {place}; keydeck drill list shows how fast that was"
        ));
        return told(&[drill], paths, args.json, output).await;
    }
    let contained = here_and_now(args, paths, connection, &value, output).await?;
    let exit = told(&[drill], paths, args.json, output).await?;
    Ok(if contained == Exit::Done { exit } else { contained })
}

/// Makes the key: on the management API it may do nothing.
async fn make(connection: &Connection, value: &Secret) -> anyhow::Result<Key> {
    let now = connection.now();
    let new = NewKey {
        name: format!("drill {}", exact(now)),
        expires: Some(now + TimeDelta::hours(LIVES)),
        access: Some(Access::None),
        value: Some(MintedValue::of(value)),
        note: Some("a drill: made to be found and contained".to_owned()),
        ..NewKey::default()
    };
    connection.require(new.needs())?;
    if connection.service.capabilities().minting() != Minting::Client {
        return Err(Stop::failed("this backend makes the values of keys itself", "drill on a keydeck server").into());
    }
    Ok(connection.service.create_api_key(connection.permit()?, &new).await?.0)
}

/// Puts the value into a new file of this user's own.
fn plant(file: &Path, value: &Secret) -> io::Result<()> {
    let line = Zeroizing::new(format!("{PLANTED}={}\n", value.expose()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    file.write_all(line.as_bytes())?;
    file.sync_all()
}

/// A key that could not be planted is not left behind.
async fn unplanted(connection: &Connection, key: &Key, file: &Path, error: &io::Error) -> Stop {
    let left = match connection.permit() {
        Ok(permit) => connection.service.delete_api_key(permit, &key.id, None).await.err(),
        Err(error) => Some(error),
    };
    let left = left.map(|error| format!("; its key {} is still there: {}", key.id, error.reason())).unwrap_or_default();
    Stop::failed(
        format!("{} cannot be written: {error}{left}", file.display()),
        "name a file that is not there yet, in a folder that is yours",
    )
}

/// Contains it in this process.
async fn here_and_now(
    args: &DrillRun,
    paths: &Paths,
    connection: Connection,
    value: &Secret,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let service = std::sync::Arc::clone(&connection.service);
    let own_form = |value: &str| service.kind_of(value).is_some();
    let mut intake = Intake::new(&own_form);
    intake.feed(value.expose().as_bytes());
    let args = Contain {
        input: None,
        from_file: None,
        resume: None,
        out: args.out.clone(),
        freeze: false,
        delete_itself: false,
        dry_run: false,
        yes: args.yes,
        json: args.json,
    };
    Ok(contain::contain(&args, paths, connection, Some(intake.finish()), output).await?.1)
}

async fn list(args: &DrillList, paths: &Paths, output: &mut Output) -> anyhow::Result<Exit> {
    let (drills, unread) = drills::all(paths.state()).await?;
    if unread > 0 {
        output.say(&format!(
            "{unread} lines of {} cannot be read: a newer keydeck wrote them, or they are damaged",
            drills::FILE
        ));
    }
    if drills.is_empty() && !args.json {
        output.say("there was no drill yet");
        return Ok(Exit::Done);
    }
    told(&drills, paths, args.json, output).await
}

/// Prints drills, and beside them the best, the median and the last of all that there were.
async fn told(shown: &[Drill], paths: &Paths, json: bool, output: &mut Output) -> anyhow::Result<Exit> {
    let kept = Incidents::of(paths.state()).all(MOST, chrono::Utc::now()).await?;
    let incidents: Vec<&Incident> = kept.incidents.iter().map(|(incident, _)| incident).collect();
    let times = |drill: &Drill| drill.times(incidents.iter().copied());
    let all = drills::all(paths.state()).await?.0;
    let dead: Vec<TimeDelta> = all.iter().filter_map(|drill| times(drill).dead).collect();
    let (last, best) = (dead.last().copied(), best_and_median(dead.clone()));
    if json {
        let rows = shown.iter().map(|drill| row(drill, times(drill))).collect();
        let meta = Meta {
            contained: dead.len(),
            best_seconds: best.map(|(best, _)| seconds(best)),
            median_seconds: best.map(|(_, median)| seconds(median)),
            last_seconds: last.map(seconds),
        };
        output.json(&Document { data: rows, meta });
        return Ok(Exit::Done);
    }
    let cell = |time: Option<TimeDelta>| time.map_or_else(|| "–".to_owned(), span);
    let cells = |drill: &Drill| {
        let Times { seen, decided, asserted, dead, written } = times(drill);
        let mut cells = vec![exact(drill.planted), drill.masked.clone()];
        cells.extend([seen, decided, asserted, dead, written].map(cell));
        cells
    };
    for line in lines(COLUMNS, shown.iter().map(cells), Output::width()) {
        output.line(&line);
    }
    if let (Some((best, median)), Some(last)) = (best, last) {
        output.say(&format!(
            "from planted to proven dead, of {}: best {}, median {}, last {}",
            dead.len(),
            span(best),
            span(median),
            span(last)
        ));
    }
    Ok(Exit::Done)
}

fn row(drill: &Drill, times: Times) -> Row {
    Row {
        id: drill.id.clone(),
        key_id: drill.key.clone(),
        masked_value: drill.masked.clone(),
        place: drill.place.clone(),
        planted_at: drill.planted.into(),
        seen_seconds: times.seen.map(seconds),
        decided_seconds: times.decided.map(seconds),
        asserted_seconds: times.asserted.map(seconds),
        dead_seconds: times.dead.map(seconds),
        written_seconds: times.written.map(seconds),
    }
}

#[expect(clippy::cast_precision_loss, reason = "no drill lasts for thousands of years")]
fn seconds(time: TimeDelta) -> f64 {
    time.num_milliseconds() as f64 / 1000.0
}
