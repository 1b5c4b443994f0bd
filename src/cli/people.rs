//! `keydeck server user …` and `keydeck server recover`: the team's users, on the server's own machine.

use std::path::Path;

use chrono::Utc;
use serde::Serialize;

use super::args::{Recover, User, UserAdd, UserDeactivate, UserKey};
use super::confirm;
use super::exit::{Exit, Stop};
use super::offboard::choose::{self, People};
use super::output::Output;
use super::serve::database;
use super::table::{self, Header, Narrow};
use super::value;
use super::wire::Document;
use crate::config::Paths;
use crate::domain::fold::fold;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::offboard::{Fate, Offboarding};
use crate::domain::secret::Secret;
use crate::domain::team::Role;
use crate::domain::time::{When, day};
use crate::domain::untrusted::visible;
use crate::server::{self, KeyOfUser, Member, Recovery};

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
                server::set_roles(database(&role.place, file, paths).await?.expose(), &role.email, &role.roles).await?;
            output.say(&format!("{} is now: {}", member.email, roles(&member)));
        }
        User::Key(key) => return self::key(key, paths, file, output).await,
        User::Deactivate(gone) => {
            return self::deactivate(gone, database(&gone.place, file, paths).await?.expose(), output).await;
        }
        User::List(list) => {
            let members = server::users(database(&list.place, file, paths).await?.expose()).await?;
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
    let database = database(&add.place, file, paths).await?;
    value::can_be_printed("nobody was added")?;
    let key = server::add_user(database.expose(), &add.name, &add.email, &add.roles).await?;
    output.say(&format!("the first key of {}; it is told this once:", add.email));
    tell(&key, "deactivate the user, and add them again with another address", output)
}

async fn key(key: &UserKey, paths: &Paths, file: Option<&Path>, output: &mut Output) -> anyhow::Result<Exit> {
    value::can_be_printed("no key was made")?;
    let value = server::key_for(database(&key.place, file, paths).await?.expose(), &key.who).await?;
    output.say(&format!("a key of {}; it is told this once:", visible(&key.who)));
    tell(&value, "revoke the key that nobody has, then run this again", output)
}

/// The team's users, to hand keys of one of them over.
struct Team<'a> {
    members: &'a [Member],
    from: &'a Member,
}

impl People for Team<'_> {
    fn recipient(&self, who: &str) -> Result<UserId, Stop> {
        let wanted = fold(who);
        let is = |member: &&Member| {
            let called = if member.is_service { &member.name } else { &member.email };
            fold(called) == wanted || who.parse().is_ok_and(|number: i64| number == member.id)
        };
        let mut found = self.members.iter().filter(is);
        let (Some(to), None) = (found.next(), found.next()) else {
            let what = format!("there is nobody, or more than one, called {}", visible(who));
            return Err(Stop::usage(what, "give an address, a number or a service's name"));
        };
        server::may_receive(self.from, to).map_err(|why| {
            Stop::denied(format!("to {}: {why}", visible(&to.name)), "name somebody else, who may no more than they")
        })?;
        Ok(UserId(to.id))
    }

    fn name(&self, id: UserId) -> String {
        let member = self.members.iter().find(|member| member.id == id.0);
        member.map_or_else(|| format!("user {id}"), |member| visible(&member.name).into_owned())
    }
}

/// Says what stops, asks what becomes of it where somebody can be asked, and does all of it at once.
async fn deactivate(gone: &UserDeactivate, database: &str, output: &mut Output) -> anyhow::Result<Exit> {
    let now = Utc::now();
    let (leaver, members, keys) = server::keys_left(database, &gone.email).await?;
    let from = &leaver;
    let team = Team { members: &members, from };
    let label = |key: &KeyOfUser| format!("{}  {}  {}", visible(&key.name), key.masked, key.id);
    let mut leaving = Offboarding::new(keys, now);
    choose::apply(&mut leaving, &gone.fates, &team)?;
    let who = visible(&from.email).into_owned();
    let tell = |leaving: &Offboarding<KeyOfUser>, output: &mut Output| {
        for line in choose::lines(&who, leaving, &team, &label, now) {
            output.say(&line);
        }
    };
    tell(&leaving, output);
    if gone.dry_run {
        output.say("nothing was changed: this was a dry run");
        return Ok(Exit::Done);
    }
    if Output::can_ask() && !gone.yes {
        if gone.fates.is_empty() && !leaving.keys.is_empty() {
            choose::ask(&mut leaving, &team, &label, output)?;
            tell(&leaving, output);
        }
        confirm::typed(&format!("Type y and Enter to deactivate {who}: "), "y", output)?;
    }
    let fates: Vec<(KeyId, Fate)> = leaving.keys.iter().map(|(key, fate)| (key.id.clone(), *fate)).collect();
    let member = server::offboard(database, &from.id.to_string(), &fates).await?;
    output.say(&format!("{} is not active: none of their keys is accepted", visible(&member.email)));
    Ok(Exit::Done)
}

/// Makes a superadmin's key.
pub async fn recover(
    recover: &Recover,
    paths: &Paths,
    file: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    value::can_be_printed("no key was made")?;
    let database = database(&recover.place, file, paths).await?;
    let recovery = server::recovery(database.expose(), &recover.email).await?;
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
    let key = server::recover(database.expose(), &id.to_string()).await?;
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
        let Member { id, name, email, roles, active, joined_at, email_shared, is_service: _ } = member;
        Self { id: *id, name, email, roles, active: *active, joined_at, email_shared: *email_shared }
    }
}

#[derive(Serialize)]
struct Total {
    total: usize,
}
