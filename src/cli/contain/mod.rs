//! `keydeck contain`: a leak from paste to proof and evidence, at a terminal or without one.

mod ask;
mod intake;
mod tell;

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::args::Contain as Args;
use super::blind;
use super::connect::{self, Connection};
use super::exit::{Exit, Stop};
use super::output::Output;
use super::wire::Document;
use crate::config::Paths;
use crate::domain::incident::{
    Answer, Decision, Incident, Leftover, Measure, Next, Question, Resolved, Standing, SummaryKey, Taken, Tried,
};
use crate::domain::key_value::KeyKind;
use crate::domain::time::Time;
use crate::local::incidents::Incidents;
use crate::ops::contain::{CallLog, ContainError, Containment, Desk};
use tell::Teller;

/// What is said beside the keys.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    /// The incident's id; none where nothing is kept of it.
    incident: Option<String>,
    contained: bool,
    says: String,
    /// Where the evidence is; none where none was written.
    bundle: Option<String>,
    /// What was recognised as no whole value: nobody was asked whose it is.
    not_recognised: Vec<Leftover>,
    leads: Vec<LeadRow>,
    findings: Vec<Resolved>,
    /// Why not all of it is on the record of this machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    unrecorded: Option<String>,
}

/// A key that has to do with it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LeadRow {
    #[serde(flatten)]
    key: crate::domain::incident::Facts,
    why: &'static str,
}

/// Contains a leak.
pub async fn run(
    args: &Args,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let asks = !args.yes && !args.dry_run;
    if asks && args.json {
        return Err(Stop::usage("--json has nobody to ask", "pass --yes, or --dry-run to look").into());
    }
    if asks {
        can_be_asked()?;
    }
    if let Some(text) = args.input.as_deref().filter(|text| *text != "-") {
        return Err(not_an_argument(text).into());
    }
    // before anything is asked of a server: what is pasted is what it is about
    let source = intake::source(args)?;
    let (_, session) = connect::choose_to_change(paths, profile, config, args.dry_run).await?;
    let connection = Connection::open(session, output).await?;
    let taken = match source {
        Some(source) => Some(source.take(&*connection.service, output)?),
        None => None,
    };
    offer_open(args, paths, &connection, taken.as_ref(), output).await;
    let (containment, exit) = contain(args, paths, connection, taken, output).await?;
    if args.json {
        output.json(&document(&containment, containment.now(), args.dry_run));
    }
    Ok(exit)
}

/// Contains what was taken, or goes on with what was cut short, and says how it ended; where a document is wanted, that is
/// the caller's to print.
pub(super) async fn contain(
    args: &Args,
    paths: &Paths,
    connection: Connection,
    taken: Option<Taken>,
    output: &mut Output,
) -> anyhow::Result<(Containment, Exit)> {
    let calls = CallLog::default();
    let heard = calls.clone();
    connection.service.on_call(Box::new(move |news| heard.hear(&news)));
    let parent = match &args.out {
        Some(folder) => folder.clone(),
        None => std::env::current_dir()?,
    };
    let mut containment = begin(args, paths, connection, calls, taken, &parent).await?;
    if let Some(why) = containment.unrecorded() {
        output.say(&format!("{why}: it goes on without a record, and could not be taken up again if it is cut short"));
    }
    let mut teller = Teller::new(args.json, containment.is_locked());
    drive(args, &mut containment, &mut teller, output).await?;
    let exit = end(args, &containment, output)?;
    Ok((containment, exit))
}

/// Begins an incident, or takes one up.
async fn begin(
    args: &Args,
    paths: &Paths,
    connection: Connection,
    calls: CallLog,
    taken: Option<Taken>,
    parent: &Path,
) -> Result<Containment, ContainError> {
    let Connection { service, me, permit, profile, production } = connection;
    let desk = Desk { service, permit, me, profile, production, state: paths.state().to_owned(), calls };
    let Some(wanted) = &args.resume else {
        let taken = taken.unwrap_or_default();
        return if args.dry_run {
            Containment::look_only(desk, taken).await
        } else {
            Containment::begin(desk, taken, parent).await
        };
    };
    let id = Incidents::of(paths.state()).find(wanted).await?;
    let mut containment = Containment::take_up(desk, &id, args.out.as_deref()).await?;
    if let Some(taken) = taken {
        containment.paste(taken).await?;
    }
    Ok(containment)
}

/// Carries out what comes next, and asks or decides, until nothing is left.
async fn drive(
    args: &Args,
    containment: &mut Containment,
    teller: &mut Teller,
    output: &mut Output,
) -> anyhow::Result<()> {
    loop {
        teller.tell(containment.incident(), output);
        match containment.next() {
            Next::Over => return Ok(()),
            Next::Do(_) if args.dry_run && is_seen(containment.incident()) => return Ok(()),
            Next::Do(_) => {
                let mut told = |incident: &Incident| teller.tell(incident, output);
                containment.step(&mut told).await?;
            }
            Next::Wait(until) => {
                teller.wait(until, containment.now(), output);
                containment.rest().await;
            }
            Next::Ask(question) if args.dry_run => match question {
                Question::Trouble(_) => return Err(failed(containment)),
                Question::Decide(_) | Question::Leads | Question::Values(_) => return Ok(()),
            },
            Next::Ask(question) => {
                let decision = if args.yes {
                    unasked(args, containment, &question)?
                } else {
                    ask::ask(&question, containment, output).await?
                };
                for decision in decision {
                    containment.decide(&decision).await?;
                }
            }
        }
    }
}

/// Whether all there is to see is seen.
fn is_seen(incident: &Incident) -> bool {
    let tried = |subject: &crate::domain::incident::Subject| subject.first.is_some() || !subject.may_be_tried();
    incident.seen.is_some() && incident.subjects.iter().all(|subject| tried(subject) || subject.asserted().is_some())
}

/// What is decided where nobody is asked: what the flags say, and never that something is revoked that was not pasted.
fn unasked(args: &Args, containment: &Containment, question: &Question) -> anyhow::Result<Vec<Decision>> {
    let incident = containment.incident();
    Ok(match question {
        // that a key is revoked on its page is nobody's to say but who did it
        Question::Decide(subjects)
            if subjects.iter().any(|at| incident.subjects.get(*at).is_some_and(|one| one.by_hand)) =>
        {
            vec![Decision::WriteDown]
        }
        Question::Decide(subjects) => {
            let measures = subjects.iter().map(|number| (*number, unasked_measure(args, containment, *number)));
            vec![Decision::Measures(measures.collect())]
        }
        Question::Leads => vec![Decision::Follow(Vec::new(), Measure::Revoke)],
        // it stays open: with the values it can be proven yet
        // nobody was even asked whose it is: there is nothing to write down yet
        Question::Trouble(_) if incident.seen.is_none() => return Err(failed(containment)),
        Question::Trouble(trouble) if matches!(trouble.effect, crate::domain::incident::Effect::Write) => {
            return Err(Stop::failed(
                trouble.why.to_string(),
                format!("keydeck contain --resume {} --out DIR", incident.id),
            )
            .into());
        }
        Question::Values(_) | Question::Trouble(_) => vec![Decision::WriteDown],
    })
}

fn unasked_measure(args: &Args, containment: &Containment, number: usize) -> Measure {
    let (incident, present) = (containment.incident(), containment.present());
    let Some(subject) = incident.subjects.get(number) else { return Measure::Leave };
    let tried = |measure: Measure| {
        subject.measure == Some(measure) || subject.setbacks.iter().any(|(before, _)| *before == measure)
    };
    let wished = if args.freeze { Measure::Freeze } else { Measure::Revoke };
    let may = |measure: Measure| subject.may_take(measure, present).is_ok() && !tried(measure);
    // a collection access key is revoked where it was asked to be made useless; an API key never, where what was asked for can
    // be taken back and this cannot
    let opens_a_collection = subject.facts().is_some_and(|facts| facts.kind() == KeyKind::CollectionAccessKey);
    [wished, Measure::Revoke, Measure::SelfDelete]
        .into_iter()
        .filter(|measure| *measure != Measure::SelfDelete || args.delete_itself)
        .filter(|measure| *measure != Measure::Revoke || !args.freeze || opens_a_collection)
        .find(|measure| may(*measure))
        .unwrap_or(Measure::Leave)
}

/// Prints how it ended.
fn end(args: &Args, containment: &Containment, output: &mut Output) -> anyhow::Result<Exit> {
    let (incident, now) = (containment.incident(), containment.now());
    let exit = exit_of(incident, now, args.dry_run);
    if let Some(why) = containment.unrecorded() {
        output.say(&format!("not all of it is on the record of this machine: {why}"));
    }
    if !args.json {
        tell::end(incident, now, args.dry_run, output);
    }
    // what was written down as it stands is to be gone on with
    if !args.dry_run && !incident.over {
        output.say(&format!("it is still open: keydeck contain --resume {} goes on with it", incident.id));
        if let Some(error) = containment.failed().filter(|_| exit == Exit::Partly && nothing_was_done(incident)) {
            return Err(error.clone().into());
        }
    }
    Ok(exit)
}

fn nothing_was_done(incident: &Incident) -> bool {
    incident.subjects.iter().all(|subject| subject.asserted().is_none())
}

fn document(containment: &Containment, now: Time, dry_run: bool) -> Document<SummaryKey, Meta> {
    let incident = containment.incident();
    let summary = incident.summary(now);
    let leads = summary.leads.into_iter().map(|lead| LeadRow { why: lead.why.words(), key: *lead.facts });
    let meta = Meta {
        incident: (!dry_run).then_some(summary.id),
        contained: summary.contained,
        says: incident.conclusion(now),
        bundle: summary.bundle,
        not_recognised: summary.not_recognised,
        leads: leads.collect(),
        findings: summary.findings,
        unrecorded: containment.unrecorded().map(str::to_owned),
    };
    Document { data: summary.keys, meta }
}

/// How it ended: all proven dead, all denied, or something else.
fn exit_of(incident: &Incident, now: Time, dry_run: bool) -> Exit {
    let denied = |subject: &crate::domain::incident::Subject| match &subject.act {
        crate::domain::incident::Act::Answered { answer, .. } => matches!(answer, Answer::Denied(_)),
        crate::domain::incident::Act::ToDo | crate::domain::incident::Act::Sent { .. } => {
            subject.setbacks.last().is_some_and(|(_, answer)| matches!(answer, Answer::Denied(_)))
        }
    };
    let dead = |subject: &crate::domain::incident::Subject| match &subject.first {
        Some(first) => first.tried == Tried::Refused,
        None => matches!(subject.standing(now), Standing::Proven { .. }),
    };
    if dry_run {
        return if incident.subjects.iter().all(dead) { Exit::Done } else { Exit::Partly };
    }
    if incident.is_contained(now) {
        Exit::Done
    } else if !incident.subjects.is_empty() && incident.subjects.iter().all(denied) {
        Exit::Denied
    } else {
        Exit::Partly
    }
}

/// Says which incidents of this server were cut short, and who else on this machine is at the same key.
async fn offer_open(args: &Args, paths: &Paths, connection: &Connection, taken: Option<&Taken>, output: &mut Output) {
    if args.resume.is_some() || args.dry_run {
        return;
    }
    let now = connection.now();
    let Ok(listing) = Incidents::of(paths.state()).open(now).await else { return };
    let (address, me) = (connection.service.address(), connection.me.id);
    let pasted = |incident: &Incident| {
        let mut fingerprints =
            taken.iter().flat_map(|taken| &taken.values).filter_map(|(given, _)| given.fingerprint.as_deref());
        fingerprints.any(|fingerprint| incident.position(fingerprint).is_some())
    };
    for (incident, held) in &listing.incidents {
        if let Some(holder) = held.as_ref().filter(|_| pasted(incident)) {
            let who = holder.as_ref().map_or_else(|| "another keydeck".to_owned(), ToString::to_string);
            output.say(&format!("{who} is at this key too, in the incident {}", incident.id));
        }
        if held.is_none() && incident.is_of(&address, me) {
            output.say(&format!(
                "the incident {} was cut short ({}): keydeck contain --resume {} goes on with it",
                incident.id,
                incident.words(now),
                incident.id
            ));
        }
    }
}

/// The error that the server's last failure ends the command with.
fn failed(containment: &Containment) -> anyhow::Error {
    match containment.failed() {
        Some(error) => error.clone().into(),
        None => Stop::failed("it did not work", "run it again").into(),
    }
}

pub(super) fn can_be_asked() -> Result<(), Stop> {
    if blind::terminal().is_some() {
        return Ok(());
    }
    Err(Stop::denied("nobody can be asked: there is no terminal", "look with --dry-run, then pass --yes"))
}

fn not_an_argument(text: &str) -> Stop {
    let what = if crate::domain::values::tells(text) { "a key's value" } else { "what it is about" };
    Stop::usage(
        format!("{what} does not stand in an argument"),
        "pipe it: keydeck contain - < FILE, keydeck contain --from-file FILE; or run keydeck contain and paste it",
    )
}

/// Where something is read from.
pub(super) enum Source {
    /// Pasted at the terminal.
    Terminal,
    Input,
    File(PathBuf),
}
