//! `keydeck offboard`: what stops when somebody leaves, what becomes of each key, then nobody's key is left behind.

pub mod choose;

use std::path::Path;

use serde::Serialize;

use super::args::Offboard;
use super::bulk::report::{Named, Report};
use super::bulk::send::{Sending, send};
use super::connect::{self, Connection};
use super::exit::{Exit, Stop};
use super::note::check_note;
use super::output::Output;
use super::wire::Document;
use super::{confirm, foresee, users};
use crate::client::capabilities::Capability;
use crate::config::Paths;
use crate::domain::bulk::Plan;
use crate::domain::deed::{Barred, Deed, Who};
use crate::domain::handover;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::{Key, Status};
use crate::domain::names::Names;
use crate::domain::offboard::{Fate, Offboarding, why_not};
use crate::domain::team::{User, UserChange};
use crate::domain::time::{When, past};
use crate::domain::untrusted::Untrusted;
use crate::ops;
use choose::People;

/// One key, and what would become of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    id: KeyId,
    name: Untrusted,
    masked_value: Untrusted,
    status: Status,
    last_used_at: When,
    used_last24h: bool,
    /// `stop`, `disable`, `revoke` or `hand-over`.
    fate: &'static str,
    /// Whom it goes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    recipient_id: Option<UserId>,
}

/// The team's users, to hand keys of one of them over.
struct Team<'a> {
    known: &'a [User],
    from: &'a User,
}

impl People for Team<'_> {
    fn recipient(&self, who: &str) -> Result<UserId, Stop> {
        let to = users::find(self.known, who)?;
        if handover::recipients([&to].into_iter(), &[self.from]).is_empty() {
            let name = to.name.marked();
            let (what, hint) = match () {
                () if to.id == self.from.id => (format!("{name} is who leaves"), "name somebody else"),
                () if !to.active => (format!("{name} is not active"), "name somebody who is"),
                () => (format!("to {name}: {}", Barred::Stronger.words()), "name somebody who may no more than they"),
            };
            return Err(Stop::denied(what, hint));
        }
        Ok(to.id)
    }

    fn name(&self, id: UserId) -> String {
        let user = self.known.iter().find(|user| user.id == id);
        user.map_or_else(|| format!("user {id}"), |user| user.name.marked().into_owned())
    }
}

/// Shows, asks, changes the keys, and then deactivates.
pub async fn run(
    args: &Offboard,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    check_note(args.note.as_deref())?;
    let how = &args.how;
    if !how.yes && !how.dry_run {
        confirm::can_be_asked()?;
    }
    let session = connect::choose_to_change(paths, profile, config, how.dry_run).await?.1;
    let connection = Connection::open(session, output).await?;
    connection.require([Capability::Users, Capability::ManageUsers])?;
    let known = connection.service.users().await?;
    let user = users::find(&known, &args.user)?;
    let denied = why_not(&user, &connection.me).map(|why| {
        Stop::denied(format!("{} is not deactivated: {why}", user.name.marked()), "ask a superadmin of the team")
    });
    let team = Team { known: &known, from: &user };
    let keys = ops::load::keys_of(&*connection.service, user.id).await?;
    let mut leaving = Offboarding::of(user.id, keys, connection.now());
    choose::apply(&mut leaving, &args.fates, &team)?;
    let now = connection.now();
    let label =
        |key: &Key| format!("{}  {}  {}  used {}", key.id, key.name.marked(), key.masked, past(&key.last_used, now));
    let who = format!("{} ({})", user.name.marked(), user.email);
    let plan = |leaving: &Offboarding| choose::lines(&who, leaving, &team, &label, now);
    if how.dry_run {
        if how.json {
            let meta = serde_json::json!({ "dryRun": true, "userId": user.id, "active": user.active });
            output.json(&Document { data: leaving.keys.iter().map(row(&connection)).collect(), meta });
        } else {
            for line in plan(&leaving) {
                output.line(&line);
            }
            output.say("nothing was sent: this was a dry run");
        }
        return Ok(foresee::end(&connection, denied, Exit::Done, output));
    }
    if let Some(denied) = denied {
        return Err(denied.into());
    }
    connection.require(leaving.steps().iter().map(|(deed, _)| needs(*deed)))?;
    for line in plan(&leaving) {
        output.say(&line);
    }
    if !how.yes {
        if args.fates.is_empty() && !leaving.keys.is_empty() {
            choose::ask(&mut leaving, &team, &label, output)?;
            for line in plan(&leaving) {
                output.say(&line);
            }
            connection.require(leaving.steps().iter().map(|(deed, _)| needs(*deed)))?;
        }
        let wanted = if leaving.touched() == 0 { "y".to_owned() } else { leaving.touched().to_string() };
        confirm::typed(&format!("Type {wanted} and Enter to off-board {}: ", user.name.marked()), &wanted, output)?;
    }
    carry_out(args, &user, &leaving, Names::new(known.iter().cloned()), (paths, &connection), output).await
}

fn needs(deed: Deed) -> Capability {
    match deed {
        Deed::HandOver(_) => Capability::HandOver,
        Deed::Disable | Deed::Enable => Capability::Disable,
        Deed::Revoke | Deed::Delete => Capability::RevokeTeamKeys,
    }
}

fn row(connection: &Connection) -> impl Fn(&(Key, Fate)) -> Row + '_ {
    |(key, fate)| Row {
        id: key.id.clone(),
        name: key.name.clone(),
        masked_value: key.masked.clone(),
        status: key.status.clone(),
        last_used_at: key.last_used.clone(),
        used_last24h: key.used_within_a_day(connection.now()),
        fate: fate.word(),
        recipient_id: fate.deed().and_then(Deed::recipient),
    }
}

/// Does to the keys what was chosen, each step on disk before it is sent; the user is deactivated once every key is so.
async fn carry_out(
    args: &Offboard,
    user: &User,
    leaving: &Offboarding,
    names: Names,
    (paths, connection): (&Paths, &Connection),
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let permit = connection.permit()?;
    let all = leaving.keys.iter().map(|(key, _)| key);
    let mut report = Report::named(
        all.map(|key| (key.id.clone(), Named { name: key.name.clone(), masked: key.masked.clone() })),
        args.how.json,
    );
    for (deed, keys) in leaving.steps() {
        let plan = Plan::of(deed, keys, &Who { me: &connection.me, names: &names }, connection.now());
        let sending = Sending {
            deed,
            plan: &plan,
            note: args.note.as_deref(),
            span: None,
            resumes: None,
            state: paths.state(),
            connection,
            permit,
        };
        for (key, barred) in &plan.left_out {
            report.barred(key, deed, *barred, output);
        }
        send(&sending, &mut report, output).await?;
    }
    let undone = report.outcomes().iter().filter(|(_, outcome)| !outcome.is_done()).count();
    if undone > 0 {
        report.end(0, output);
        let what = format!("{} not as chosen, so {} is still active", are(undone), user.name.marked());
        return Err(Stop::failed(what, "run it again: it shows what is left").into());
    }
    let change = UserChange { active: Some(false), note: args.note.clone(), ..UserChange::default() };
    let active = if user.active {
        match ops::change::user(&*connection.service, permit, user.id, &change).await {
            Ok(changed) => changed.active,
            Err(error) => {
                report.end(0, output);
                return Err(error.into());
            }
        }
    } else {
        false
    };
    report.end_of_offboarding(user.id, active, output);
    let stopped = leaving.stopping().count();
    let said = if stopped == 0 {
        "none of their keys stopped".to_owned()
    } else {
        format!("{} stopped", confirm::keys(stopped))
    };
    output.say(&format!("{} is not active any more: {said}", user.name.marked()));
    Ok(Exit::Done)
}

fn are(keys: usize) -> String {
    if keys == 1 { "1 key is".to_owned() } else { format!("{keys} keys are") }
}
