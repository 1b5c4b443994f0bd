//! `keydeck users`: the team's users over the API, for a superadmin anywhere. `keydeck server user` is the same on the
//! server's own machine.

mod add_user;

use std::path::Path;

use serde::Serialize;

use super::args::{How, Users, UsersChange};
use super::connect::{self, Connection};
use super::exit::{Exit, Stop};
use super::note::check_note;
use super::output::Output;
use super::table::{self, Header, Narrow};
use super::wire::{self, Document};
use super::{confirm, foresee, rows};
use crate::client::Scope;
use crate::client::capabilities::Capability;
use crate::client::error::{ErrorKind, ServiceError};
use crate::config::Paths;
use crate::domain::failure::Failure;
use crate::domain::filter::Query;
use crate::domain::ids::UserId;
use crate::domain::key::{Key, Status};
use crate::domain::team::{Role, User, UserChange, UserKind};
use crate::domain::time::Time;
use crate::domain::untrusted::{Untrusted, visible};
use crate::ops;

const HEADS: [Header; 5] = [
    ("id", Narrow::Never),
    ("name", Narrow::Shrinks),
    ("address", Narrow::Shrinks),
    ("roles", Narrow::Never),
    ("active", Narrow::Never),
];

/// A user, in the field names of the management API.
#[derive(Serialize)]
struct Row {
    id: UserId,
    name: Untrusted,
    email: Untrusted,
    roles: Vec<Role>,
    /// `person` or `service`.
    kind: UserKind,
    /// Whom to tell of a service's keys.
    contacts: Vec<Untrusted>,
    active: bool,
    /// What became of the change.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl Row {
    fn of(user: &User, outcome: Option<&'static str>, reason: Option<String>) -> Self {
        Self {
            id: user.id,
            name: user.name.clone(),
            email: user.email.clone(),
            roles: user.roles.clone(),
            kind: user.kind.clone(),
            contacts: user.contacts.clone(),
            active: user.active,
            outcome,
            reason,
        }
    }
}

/// Lists or changes users.
pub async fn run(
    args: &Users,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let (wanted, how, note, change) = match args {
        Users::Add(add) => return add_user::run(add, paths, profile, config, output).await,
        Users::List(list) => {
            let connection = Connection::open(connect::choose(paths, profile, config).await?.1, output).await?;
            return list_all(list.json, &connection, output).await;
        }
        Users::Deactivate(UsersChange { users, note, how }) => (users.as_slice(), how, note, active(false)),
        Users::Activate(UsersChange { users, note, how }) => (users.as_slice(), how, note, active(true)),
        Users::Role(args) => {
            let change = UserChange { roles: Some(args.roles.clone()), ..UserChange::default() };
            (std::slice::from_ref(&args.user), &args.how, &args.note, change)
        }
    };
    check_note(note.as_deref())?;
    let change = UserChange { note: note.clone(), ..change };
    let session = connect::choose_to_change(paths, profile, config, how.dry_run).await?.1;
    if !how.yes && !how.dry_run {
        confirm::can_be_asked()?;
    }
    let connection = Connection::open(session, output).await?;
    connection.require([Capability::Users, Capability::ManageUsers])?;
    let known = connection.service.users().await?;
    let users = wanted.iter().map(|who| find(&known, who)).collect::<Result<Vec<_>, _>>()?;
    if how.dry_run {
        return plan(&users, &known, &change, how, &connection, output).await;
    }
    let permit = connection.permit()?;
    if !how.yes {
        for line in review(&users, &change, &connection).await? {
            output.say(&line);
        }
        let (wanted, whom) = match users.as_slice() {
            [one] => ("y".to_owned(), one.name.marked().into_owned()),
            several => (several.len().to_string(), "them".to_owned()),
        };
        confirm::typed(&format!("Type {wanted} and Enter to {} {whom}: ", verb(&change)), &wanted, output)?;
    }
    let mut results = Vec::new();
    for user in users {
        if is_so(&user, &change) {
            results.push((user, Ok(false)));
            continue;
        }
        match ops::change::user(&*connection.service, permit, user.id, &change).await {
            Ok(changed) => results.push((changed, Ok(true))),
            Err(error) => {
                let ends = error.ends_a_run();
                results.push((user, Err(error)));
                if ends {
                    break;
                }
            }
        }
    }
    Ok(tell(&results, wanted.len(), &change, how.json, output))
}

fn active(active: bool) -> UserChange {
    UserChange { active: Some(active), ..UserChange::default() }
}

/// What is done to a user, as a question has it.
fn verb(change: &UserChange) -> &'static str {
    match change.active {
        Some(true) => "activate",
        Some(false) => "deactivate",
        None => "change",
    }
}

/// What was done, or had been done before.
fn done(change: &UserChange, now: bool) -> &'static str {
    match (change.active, now) {
        (Some(true), true) => "activated",
        (Some(true), false) => "alreadyActive",
        (Some(false), true) => "deactivated",
        (Some(false), false) => "alreadyInactive",
        (None, true) => "changed",
        (None, false) => "unchanged",
    }
}

/// Whether a change would change nothing.
fn is_so(user: &User, change: &UserChange) -> bool {
    change.active.is_none_or(|active| active == user.active)
        && change
            .roles
            .as_ref()
            .is_none_or(|roles| roles.len() == user.roles.len() && roles.iter().all(|role| user.roles.contains(role)))
}

async fn list_all(json: bool, connection: &Connection, output: &mut Output) -> anyhow::Result<Exit> {
    connection.require([Capability::Users])?;
    let users = connection.service.users().await?;
    if json {
        let data: Vec<Row> = users.iter().map(|user| Row::of(user, None, None)).collect();
        output.json(&Document { meta: serde_json::json!({ "total": data.len() }), data });
    } else {
        for line in table::lines(&HEADS, users.iter().map(cells), Output::width()) {
            output.line(&line);
        }
    }
    Ok(Exit::Done)
}

fn cells(user: &User) -> Vec<String> {
    vec![
        user.id.to_string(),
        user.name.marked().into_owned(),
        if user.is_service() { "(service)".to_owned() } else { user.email.to_string() },
        roles(&user.roles),
        if user.active { "yes" } else { "no" }.to_owned(),
    ]
}

fn roles(roles: &[Role]) -> String {
    roles.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The user with this address, in any case, or this number; or the service with this name.
pub fn find(known: &[User], who: &str) -> Result<User, Stop> {
    let wanted = who.to_lowercase();
    let is = |user: &&User| {
        let called = if user.is_service() { &user.name } else { &user.email };
        called.as_received().to_lowercase() == wanted || who.parse().is_ok_and(|number: i64| number == user.id.0)
    };
    let mut found = known.iter().filter(is);
    match (found.next(), found.next()) {
        (Some(user), None) => Ok(user.clone()),
        (Some(one), Some(other)) => Err(Stop::usage(
            format!("more than one user is called {}", visible(who)),
            format!("name one by number: {} or {}", one.id, other.id),
        )),
        (None, _) => Err(Stop::usage(
            format!("there is no user {}", visible(who)),
            "give an address, a number or a service's name as keydeck users list prints them",
        )),
    }
}

/// What a person is told before a change.
async fn review(users: &[User], change: &UserChange, connection: &Connection) -> Result<Vec<String>, ServiceError> {
    let mut lines = vec![format!("At {} ({}):", connection.service.address(), connection.named())];
    let keys = match change.active {
        Some(_) => rows::keys(connection, &[Scope::Team], &Query::default(), None).await?.0,
        None => Vec::new(),
    };
    for user in users {
        let email = &user.email;
        lines.push(match (&change.roles, change.active) {
            _ if is_so(user, change) => format!("  {} ({email}): nothing changes", user.name),
            (Some(new), _) => format!("  {} ({email}): {} → {}", user.name, roles(&user.roles), roles(new)),
            (None, Some(false)) => {
                format!("  deactivate {} ({email}): {}", user.name, stops(user, &keys, connection.now()))
            }
            (None, _) => format!("  activate {} ({email}): the keys that deactivating stopped work again", user.name),
        });
    }
    Ok(lines)
}

/// Which keys deactivating a user stops.
fn stops(user: &User, keys: &[Key], now: Time) -> String {
    let enabled = || keys.iter().filter(|key| key.owner_id == user.id && key.status == Status::Enabled);
    let in_use = enabled().filter(|key| key.used_within_a_day(now)).count();
    match enabled().count() {
        0 => "no key of theirs is enabled".to_owned(),
        count => format!("stops {}, {in_use} of them used in the last 24 h", confirm::keys(count)),
    }
}

/// Tells what a change would do, with the exit code that it would have.
async fn plan(
    users: &[User],
    known: &[User],
    change: &UserChange,
    how: &How,
    connection: &Connection,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let may = connection.me.is_superadmin();
    let last = would_be_last(users, known, change);
    if how.json {
        let would = |user: &User| match (may, is_so(user, change), change.active) {
            // what changes nothing is not sent
            (false, false, _) => "forbidden",
            (false, true, _) => done(change, false),
            _ if last.contains(&user.id) => "failed",
            (true, true, _) => done(change, false),
            (true, false, Some(true)) => "wouldActivate",
            (true, false, Some(false)) => "wouldDeactivate",
            (true, false, None) => "wouldChange",
        };
        let data: Vec<Row> = users.iter().map(|user| Row::of(user, Some(would(user)), None)).collect();
        output.json(&Document { data, meta: wire::DryRun::new() });
    } else {
        for line in review(users, change, connection).await? {
            output.line(&line);
        }
        output.say("nothing was sent: this was a dry run");
    }
    let sent = users.iter().filter(|user| !is_so(user, change)).count();
    let stop = if !may && sent > 0 {
        let denied = "this would be denied: it takes a superadmin";
        // what is so already is done, and a mixture is no plain denial
        Some(if sent == users.len() { Stop::denied(denied, ASK) } else { Stop::failed(denied, ASK) })
    } else if may && !last.is_empty() {
        Some(Stop::failed("the last active superadmin stays one", "make somebody else a superadmin first"))
    } else {
        None
    };
    Ok(foresee::end(connection, stop, Exit::Done, output))
}

const ASK: &str = "ask a superadmin of the team";

/// Those of `users`, one after the other, whose change would leave the team without an active superadmin.
fn would_be_last(users: &[User], known: &[User], change: &UserChange) -> Vec<UserId> {
    let stays = |user: &User| {
        change.active.unwrap_or(user.active) && change.roles.as_ref().unwrap_or(&user.roles).contains(&Role::Superadmin)
    };
    let is = |user: &&User| user.active && user.roles.contains(&Role::Superadmin);
    let mut left: Vec<UserId> = known.iter().filter(is).map(|user| user.id).collect();
    let mut last = Vec::new();
    for user in users.iter().filter(|user| !stays(user)).map(|user| user.id) {
        match left.as_slice() {
            [only] if *only == user => last.push(user),
            _ => left.retain(|one| *one != user),
        }
    }
    last
}

/// Tells what became of each user.
fn tell(
    results: &[(User, Result<bool, ServiceError>)],
    wanted: usize,
    change: &UserChange,
    json: bool,
    output: &mut Output,
) -> Exit {
    let word = |result: &Result<bool, ServiceError>| match result {
        Ok(now) => done(change, *now),
        Err(error) if error.kind == ErrorKind::Denied => "forbidden",
        Err(error) if error.outcome_unknown() => "unknown",
        Err(_) => "failed",
    };
    if json {
        let data: Vec<Row> = results
            .iter()
            .map(|(user, result)| Row::of(user, Some(word(result)), result.as_ref().err().map(ServiceError::reason)))
            .collect();
        output.json(&Document { meta: serde_json::json!({ "total": wanted }), data });
    } else {
        for (user, result) in results {
            let reason = result.as_ref().err().map(|error| format!(": {}", error.reason())).unwrap_or_default();
            output.line(&format!("{}  {}  {}{reason}", user.id, user.email, word(result)));
        }
    }
    let mut failed = results.iter().filter_map(|(_, result)| result.as_ref().err()).peekable();
    match failed.peek() {
        None => Exit::Done,
        Some(first) if wanted == 1 => first.ending().into(),
        Some(_)
            if results.len() == wanted
                && results
                    .iter()
                    .all(|(_, result)| result.as_ref().is_err_and(|error| error.kind == ErrorKind::Denied)) =>
        {
            Exit::Denied
        }
        Some(_) => Exit::Partly,
    }
}
