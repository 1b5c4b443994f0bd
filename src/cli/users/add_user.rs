//! `keydeck users add`.

use std::path::Path;

use super::Row;
use crate::cli::args::UsersAdd;
use crate::cli::connect::{self, Connection};
use crate::cli::create::{MadeMeta, wrong};
use crate::cli::exit::{Exit, Stop};
use crate::cli::foresee;
use crate::cli::note::check_note;
use crate::cli::output::Output;
use crate::cli::value::{self, Destination};
use crate::cli::wire::{Document, DryRun};
use crate::client::capabilities::Capability;
use crate::config::Paths;
use crate::domain::email::is_email;
use crate::domain::key_fields;
use crate::domain::team::{NewUser, User};
use crate::ops;

/// Adds a person, whose first key goes where it was asked to, or a service.
pub async fn run(
    args: &UsersAdd,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let new = check(args)?;
    let session = connect::choose_to_change(paths, profile, config, args.dry_run).await?.1;
    let connection = Connection::open(session, output).await?;
    connection.require([Capability::ManageUsers])?;
    if args.dry_run {
        return Ok(plan(args, &new, &connection, output));
    }
    let permit = connection.permit()?;
    let mut destination = match &new {
        NewUser::Person { .. } => Some(Destination::open(&args.sink)?),
        NewUser::Service { .. } => None,
    };
    let (user, value) = ops::change::new_user(&*connection.service, permit, &new, args.note.as_deref()).await?;
    let mut written_to = None;
    let mut printed = None;
    if let (Some(destination), Some(value)) = (&mut destination, &value) {
        destination.write(value)?;
        written_to = destination.keep();
        printed = destination.printed(value);
    }
    tell(&user, printed, written_to.clone(), args.json, output);
    if value.is_some() && !value::arrived(written_to.is_some(), output) {
        let hint = format!("keydeck server user key {} makes another on the server's machine", user.email);
        return Err(Stop::failed("the first key could not be printed and is lost", hint).into());
    }
    Ok(Exit::Done)
}

/// What the command line alone shows to be wrong.
fn check(args: &UsersAdd) -> Result<NewUser, Stop> {
    check_note(args.note.as_deref())?;
    key_fields::name(&args.name).map_err(|why| wrong("--name", &why))?;
    if args.service {
        for contact in &args.contacts {
            key_fields::contact(contact).map_err(|why| wrong("--contact", &why))?;
        }
        if args.contacts.is_empty() {
            return Err(wrong("--contact", "somebody has to be told of a service's keys"));
        }
        return Ok(NewUser::Service { name: args.name.clone(), contacts: args.contacts.clone() });
    }
    let email = args.email.clone().unwrap_or_default();
    if !is_email(&email) {
        return Err(wrong("--email", "not an e-mail address"));
    }
    if args.roles.is_empty() {
        return Err(wrong("--role", "say what the user may do"));
    }
    if !args.dry_run {
        value::check(&args.sink)?;
    }
    Ok(NewUser::Person { name: args.name.clone(), email, roles: args.roles.clone() })
}

fn plan(args: &UsersAdd, new: &NewUser, connection: &Connection, output: &mut Output) -> Exit {
    let me = &connection.me;
    let (what, may, takes) = match new {
        NewUser::Person { email, .. } => (format!("the user {email}"), me.is_superadmin(), "a superadmin"),
        NewUser::Service { name, .. } => (format!("the service “{name}”"), me.is_admin(), "an admin"),
    };
    if args.json {
        let row = serde_json::json!({ "name": args.name, "outcome": "wouldCreate" });
        output.json(&Document { data: vec![row], meta: DryRun::new() });
    } else {
        output.line(&format!("Add {what} at {}", connection.service.address()));
        output.say("nothing was sent: this was a dry run");
    }
    let denied = (!may).then(|| Stop::denied(format!("this would be denied: it takes {takes}"), "ask one of the team"));
    foresee::end(connection, denied, Exit::Done, output)
}

fn tell(user: &User, printed: Option<&str>, written_to: Option<String>, json: bool, output: &mut Output) {
    if json {
        let mut row = serde_json::to_value(Row::of(user, Some("created"), None)).unwrap_or_default();
        if let Some(value) = printed {
            row["value"] = value.into();
        }
        return output.json(&Document { data: vec![row], meta: MadeMeta { written_to } });
    }
    match printed {
        Some(value) => output.line(value),
        None => output.line(&user.id.to_string()),
    }
    let file = written_to.map(|path| format!("; the first key is in {path}")).unwrap_or_default();
    output.say(&format!("{} is user {}{file}", user.name.marked(), user.id));
    if user.is_service() {
        output.say(&format!("it has no key yet: keydeck create --owner {} makes one", user.id));
    }
}
