//! `keydeck server user …` and `keydeck server recover`: the team's users, on the server's own machine.

use std::path::Path;

use serde::Serialize;

use super::args::{Recover, User, UserAdd, UserKey};
use super::confirm;
use super::exit::{Exit, Stop};
use super::output::Output;
use super::serve::database;
use super::table::{self, Header, Narrow};
use super::value;
use super::wire::Document;
use crate::config::Paths;
use crate::domain::secret::Secret;
use crate::domain::team::Role;
use crate::domain::time::{When, day};
use crate::domain::untrusted::visible;
use crate::server::{self, Member, Recovery, WorkingKey};

const HEADS: [Header; 6] = [
    ("id", Narrow::Never),
    ("name", Narrow::Shrinks),
    ("address", Narrow::Shrinks),
    ("roles", Narrow::Never),
    ("active", Narrow::Never),
    ("joined", Narrow::Drops(0)),
];

/// Adds, changes or lists users.
pub async fn run(user: &User, paths: &Paths, file: Option<&Path>, output: &mut Output) -> anyhow::Result<Exit> {
    match user {
        User::Add(add) => return self::add(add, paths, file, output).await,
        User::Role(role) => {
            let member =
                server::set_roles(&database(role.database.as_deref(), file, paths)?, &role.email, &role.roles).await?;
            output.say(&format!("{} is now: {}", member.email, roles(&member)));
        }
        User::Key(key) => return self::key(key, paths, file, output).await,
        User::Deactivate(gone) => {
            let database = database(gone.database.as_deref(), file, paths)?;
            for line in what_stops(&gone.email, &server::keys_that_work(&database, &gone.email).await?) {
                output.say(&line);
            }
            if gone.dry_run {
                output.say("nothing was changed: this was a dry run");
                return Ok(Exit::Done);
            }
            let member = server::deactivate_user(&database, &gone.email).await?;
            output.say(&format!("{} is not active: none of their keys is accepted", member.email));
        }
        User::List(list) => {
            let members = server::users(&database(list.database.as_deref(), file, paths)?).await?;
            if list.json {
                let data: Vec<Row> = members.iter().map(Row::from).collect();
                output.json(&Document { meta: Total { total: data.len() }, data });
            } else {
                let rows = members.iter().map(cells);
                for line in table::lines(&HEADS, rows, Output::width()) {
                    output.line(&line);
                }
            }
        }
    }
    Ok(Exit::Done)
}

async fn add(add: &UserAdd, paths: &Paths, file: Option<&Path>, output: &mut Output) -> anyhow::Result<Exit> {
    let database = database(add.database.as_deref(), file, paths)?;
    value::can_be_printed("nobody was added")?;
    let key = server::add_user(&database, &add.name, &add.email, &add.roles).await?;
    output.say(&format!("the first key of {}; it is told this once:", add.email));
    tell(&key, "deactivate the user, and add them again with another address", output)
}

async fn key(key: &UserKey, paths: &Paths, file: Option<&Path>, output: &mut Output) -> anyhow::Result<Exit> {
    value::can_be_printed("no key was made")?;
    let value = server::key_for(&database(key.database.as_deref(), file, paths)?, &key.who).await?;
    output.say(&format!("a key of {}; it is told this once:", visible(&key.who)));
    tell(&value, "revoke the key that nobody has, then run this again", output)
}

/// What deactivating somebody stops, those used in the last 24 h apart.
fn what_stops(email: &str, keys: &[WorkingKey]) -> Vec<String> {
    let (used, rest): (Vec<&WorkingKey>, Vec<&WorkingKey>) = keys.iter().partition(|key| key.used_today);
    let mut lines = vec![match keys.len() {
        0 => format!("no key of {} is accepted", visible(email)),
        count => format!("this stops {} of {}", confirm::keys(count), visible(email)),
    }];
    for (title, keys) in [("used in the last 24 h", used), ("not used in the last 24 h", rest)] {
        if !keys.is_empty() {
            lines.push(format!("{title} ({}):", keys.len()));
            lines.extend(keys.iter().map(|key| format!("  {}  {}  {}", visible(&key.name), key.masked, key.id)));
        }
    }
    lines
}

/// Makes a superadmin's key.
pub async fn recover(
    recover: &Recover,
    paths: &Paths,
    file: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    value::can_be_printed("no key was made")?;
    let database = database(recover.database.as_deref(), file, paths)?;
    let recovery = server::recovery(&database, &recover.email).await?;
    let Member { id, email, .. } = &recovery.member;
    for line in what_recovers(&recovery) {
        output.say(&line);
    }
    if recover.dry_run {
        output.say("nothing was changed: this was a dry run");
        return Ok(Exit::Done);
    }
    if !recover.yes {
        confirm::can_be_asked()?;
        confirm::typed("Type y and Enter to do that: ", "y", output)?;
    }
    let key = server::recover(&database, &id.to_string()).await?;
    output.say(&format!("a key of {}, an active superadmin; it is told this once:", visible(email)));
    tell(&key, "run this again, then revoke the key that nobody has", output)
}

/// Whom a recovery makes what.
fn what_recovers(recovery: &Recovery) -> Vec<String> {
    let member = &recovery.member;
    let who = format!("{} ({}, id {})", visible(&member.email), visible(&member.name), member.id);
    let mut lines = vec![format!("this makes a key of {who} that may do everything")];
    if !member.roles.contains(&Role::Superadmin) {
        lines.push(format!("they become a superadmin; now they are: {}", roles(member)));
    }
    if !member.active {
        let back = match recovery.keys_back {
            0 => "they have no earlier key that would work again".to_owned(),
            1 => "1 key that their leaving stopped is accepted again".to_owned(),
            keys => format!("{keys} keys that their leaving stopped are accepted again"),
        };
        lines.push(format!("they are not active, and become so; {back}"));
    }
    lines
}

fn tell(key: &Secret, when_lost: &str, output: &mut Output) -> anyhow::Result<Exit> {
    output.line(key.expose());
    if output.arrived() {
        Ok(Exit::Done)
    } else {
        Err(Stop::failed("the key could not be written and is lost", when_lost).into())
    }
}

fn roles(member: &Member) -> String {
    member.roles.iter().map(Role::word).collect::<Vec<_>>().join(", ")
}

fn cells(member: &Member) -> Vec<String> {
    vec![
        member.id.to_string(),
        member.name.clone(),
        if member.email_shared { format!("{} (shared)", member.email) } else { member.email.clone() },
        roles(member),
        if member.active { "yes" } else { "no" }.to_owned(),
        member.joined_at.time().map(day).unwrap_or_default(),
    ]
}

/// A user, in the field names of the management API.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    id: i64,
    name: &'a str,
    email: &'a str,
    roles: &'a [Role],
    active: bool,
    joined_at: &'a When,
    /// Whether the address is, but for its case or its spelling, also somebody else's.
    email_shared: bool,
}

impl<'a> From<&'a Member> for Row<'a> {
    fn from(member: &'a Member) -> Self {
        let Member { id, name, email, roles, active, joined_at, email_shared } = member;
        Self { id: *id, name, email, roles, active: *active, joined_at, email_shared: *email_shared }
    }
}

#[derive(Serialize)]
struct Total {
    total: usize,
}
