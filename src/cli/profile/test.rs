//! `keydeck profile test`: whether a profile's server answers its key.

use std::path::Path;

use serde::Serialize;

use crate::cli::args::ProfileTest;
use crate::cli::connect::{self, Connection};
use crate::cli::exit::{Exit, Stop};
use crate::cli::output::Output;
use crate::cli::wire::Document;
use crate::config::Paths;
use crate::domain::team::Role;
use crate::domain::untrusted::Untrusted;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    profile: String,
    address: String,
    name: Untrusted,
    role: Role,
    team: Untrusted,
    read_only: bool,
    production: bool,
}

#[derive(Serialize)]
struct Meta {}

pub(super) async fn run(
    args: &ProfileTest,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let profile = match (&args.name, profile) {
        (Some(_), Some(_)) => return Err(Stop::usage("two profiles are named", "leave out --profile").into()),
        (name, flag) => name.as_deref().or(flag),
    };
    let session = connect::choose(paths, profile, config).await?.1;
    let read_only = session.read_only;
    let connection = Connection::open(session, output).await?;
    let me = &connection.me;
    let row = Row {
        profile: connection.profile.clone(),
        address: connection.service.address(),
        name: me.name.clone(),
        role: me.role(),
        team: me.team.clone(),
        read_only,
        production: connection.production,
    };
    if args.json {
        output.json(&Document { data: vec![row], meta: Meta {} });
        return Ok(Exit::Done);
    }
    let marks = [(row.production, ", PRODUCTION"), (row.read_only, ", read-only")];
    let marks: String = marks.into_iter().filter_map(|(is, word)| is.then_some(word)).collect();
    output.line(&format!(
        "{} works: {} · {} · {}, at {}{marks}",
        row.profile,
        me.name.marked(),
        row.role,
        me.team.marked(),
        row.address
    ));
    Ok(Exit::Done)
}
