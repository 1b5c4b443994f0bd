//! `keydeck backend exam`: what a backend really does.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::args::BackendExam;
use super::confirm;
use super::connect::{self, Connection};
use super::exit::{Exit, Stop};
use super::output::Output;
use super::signals::Signals;
use super::table::{Header, Narrow, lines};
use super::wire::Document;
use crate::client::capabilities::Capability;
use crate::config::Paths;
use crate::domain::exam::{Answer, Exam, Measure};
use crate::domain::untrusted::Untrusted;
use crate::ops::exam::{Examiner, ThrowAway};

const COLUMNS: &[Header] = &[("measured", Narrow::Never), ("seen", Narrow::Shrinks)];

/// A measure as scripts see it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    question: &'static str,
    /// `seen`, `never` or `notMeasured`.
    outcome: &'static str,
    /// After how many seconds, where that was measured.
    seconds: Option<f64>,
    /// What was seen, or why it was not measured.
    says: &'a Untrusted,
    /// Whether keydeck takes the backend to do otherwise.
    unlike_declared: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta<'a> {
    address: String,
    /// The request that asks about a value.
    question: &'static str,
    revoked_keys_keep_working: bool,
    /// Whether it was stopped before every question was asked.
    stopped: bool,
    /// What could not be taken away again.
    left: Option<&'a Untrusted>,
}

/// Measures the backend of a profile.
pub async fn run(
    args: &BackendExam,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let profile = match (args.profile.as_deref(), profile) {
        (Some(one), Some(other)) if one != other => {
            return Err(Stop::usage(
                format!("two profiles are named, {one} and {other}"),
                "name one: keydeck backend exam PROFILE",
            )
            .into());
        }
        (named, flag) => named.or(flag),
    };
    let session = connect::choose(paths, profile, config).await?.1;
    let connection = Connection::open(session, output).await?;
    agreed(args, &connection, output)?;
    let signals = Signals::catch()?;
    let permit = match &connection.permit {
        Ok(_) if args.read_only => Err(Untrusted::from("nothing was to be made")),
        Ok(permit) => Ok(permit),
        Err(error) => Err(error.message.clone()),
    };
    let service = &*connection.service;
    let patience = Duration::from_secs(args.patience);
    let examiner = Examiner { service, permit, me: &connection.me, patience };
    let (mut made, mut exam) = (ThrowAway::default(), Exam::default());
    let mut told = |exam: &Exam| {
        if let Some(latest) = exam.measures.last() {
            Output::progress(&format!("{}: {}", latest.question.title(), latest.answer.words()));
        }
    };
    let stopped = tokio::select! {
        () = examiner.run(&mut made, &mut exam, &mut told) => false,
        // the key that it made is deleted below
        () = signals.stop.cancelled() => true,
    };
    Output::progress("");
    examiner.clean_up(&mut made, &mut exam).await;
    tell(args, &connection, &exam, stopped, output);
    Ok(if stopped || exam.keeps_revoked() || !exam.is_as_declared() { Exit::Partly } else { Exit::Done })
}

/// Asks before a key is made, where one is.
fn agreed(args: &BackendExam, connection: &Connection, output: &mut Output) -> anyhow::Result<()> {
    let makes = connection.permit.is_ok() && connection.has(Capability::CreateKeys) && !args.read_only;
    if !makes || args.yes {
        return Ok(());
    }
    if !Output::can_ask() {
        return Err(Stop::denied(
            "it makes a throw-away key, and nobody can be asked: there is no terminal",
            "pass --yes, or --read-only to measure only what changes nothing",
        )
        .into());
    }
    output.say(&format!(
        "A key that may do nothing is made at {} ({}), and deleted at the end.",
        connection.service.address(),
        connection.named()
    ));
    confirm::typed("Type y and Enter to make it: ", "y", output)
}

fn tell(args: &BackendExam, connection: &Connection, exam: &Exam, stopped: bool, output: &mut Output) {
    if args.json {
        let meta = Meta {
            address: connection.service.address(),
            question: connection.service.proof().question,
            revoked_keys_keep_working: exam.keeps_revoked(),
            stopped,
            left: exam.left.as_ref(),
        };
        output.json(&Document { data: exam.measures.iter().map(row).collect(), meta });
    } else {
        let cells = exam.measures.iter().map(|measure| {
            let unlike = if measure.unlike_declared { "   ! not as expected" } else { "" };
            vec![measure.question.title().to_owned(), format!("{}{unlike}", measure.answer.words())]
        });
        for line in lines(COLUMNS, cells, Output::width()) {
            output.line(&line);
        }
    }
    if stopped {
        output.say("stopped before every question was asked; what was made is deleted");
    }
    if let Some(left) = &exam.left {
        output.say(&left.to_string());
    }
    if exam.keeps_revoked() {
        output.say(&format!(
            "revoked keys keep working at {}: a revocation there does not contain a leak",
            connection.service.address()
        ));
    }
}

fn row(measure: &Measure) -> Row<'_> {
    let (outcome, says) = match &measure.answer {
        Answer::Seen { what, .. } => ("seen", what),
        Answer::Never { what, .. } => ("never", what),
        Answer::NotMeasured(why) => ("notMeasured", why),
    };
    let (question, seconds) = (measure.question.word(), measure.answer.seconds());
    Row { question, outcome, seconds, says, unlike_declared: measure.unlike_declared }
}
