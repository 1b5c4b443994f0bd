//! `keydeck track probe`: whether the value of a tracked key is accepted.

use std::path::Path;

use super::row::Row;
use super::{one, value};
use crate::cli::args::TrackProbe;
use crate::cli::connect::{self, Connection};
use crate::cli::exit::{Exit, Stop};
use crate::cli::output::Output;
use crate::cli::wire::Document;
use crate::client::KeyService;
use crate::client::proof::{Cost, Verdict};
use crate::config::Paths;
use crate::ops::tracking::{Asking, Thoroughly, probe};

/// Asks the backend with a value.
pub(super) async fn run(
    args: &TrackProbe,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let file = super::file(paths, profile, config)?;
    let key = one(&file.read()?, &args.key)?;
    if !key.kind.can_be_probed() {
        let what = format!("{} is a {}, with which the API cannot be asked", key.name, key.kind.title());
        return Err(Stop::unsupported(what, "whether it works shows where it is used").into());
    }
    let ask = format!("Paste the value of {}. Nothing of it is shown.", key.name);
    let value = value(args.value, Some(&ask), output)?
        .ok_or_else(|| Stop::usage("there is no value to ask with", "pipe it, and pass --value"))?;
    let session = connect::choose(paths, profile, config).await?.1;
    let connection = Connection::open(session, output).await?;
    let how = if args.prove { Thoroughly::Proven } else { Thoroughly::Once };
    output.say(&cost(&*connection.service, how));
    let (verdict, key) = match probe(&*connection.service, &file, &key, &value, how).await? {
        Asking::AnotherValue => {
            return Err(Stop::usage(
                format!("that is another value than {}'s: nothing was sent", key.name),
                "keydeck show - finds whose it is; keydeck track edit --value writes a new one down",
            )
            .into());
        }
        Asking::Said(verdict, key) => (verdict, key),
    };
    let (heard, words, exit) = match &verdict {
        Verdict::Accepted(Some(me)) => ("accepted", format!("is accepted, as {}", me.name), Exit::Done),
        Verdict::Accepted(None) => ("accepted", "is accepted".to_owned(), Exit::Done),
        Verdict::Refused => ("refused", "is refused".to_owned(), Exit::Partly),
        Verdict::CannotTell(doubt) => ("unknown", format!("could not be told to work or not: {doubt}"), Exit::Partly),
    };
    if args.json {
        let meta = serde_json::json!({ "verdict": heard, "question": connection.service.proof().question });
        output.json(&Document { data: vec![Row::of(&key, connection.now())], meta });
    } else {
        output.line(&format!("{} {words}", key.name.marked()));
    }
    Ok(exit)
}

/// What asking costs, said before it is done.
fn cost(service: &dyn KeyService, how: Thoroughly) -> String {
    let proof = service.proof();
    let (times, calls) = match how {
        Thoroughly::Once => ("once", "one call"),
        Thoroughly::Proven => ("three times", "three calls"),
    };
    let costs = match proof.cost {
        Cost::Nothing => "costs nothing that is counted".to_owned(),
        Cost::Call => format!("costs {calls} of the rate limit"),
        Cost::MonthlyCall => format!("costs {calls} of the month's allowance"),
    };
    format!("{} is asked {times}, which {costs}", proof.question)
}
