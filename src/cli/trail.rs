//! `keydeck audit`: what was done, by whom.

use std::ops::ControlFlow;
use std::path::Path;

use serde::{Serialize, Serializer};

use super::args::AuditList;
use super::connect::{self, Connection};
use super::create::wrong;
use super::exit::{Exit, Stop};
use super::named;
use super::output::Output;
use super::table::{Header, Narrow, lines};
use super::wire::Document;
use crate::client::capabilities::Capability;
use crate::config::Paths;
use crate::domain::audit::{AuditEntry, AuditPerson, AuditQuery, AuditTarget, AuditTargetKind, Fact};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key_fields::Since;
use crate::domain::time::{Time, When};
use crate::domain::untrusted::Untrusted;
use crate::ops;

const COLUMNS: &[Header] = &[
    ("when", Narrow::Never),
    ("action", Narrow::Never),
    ("by", Narrow::Shrinks),
    ("from", Narrow::Drops(1)),
    ("what", Narrow::Shrinks),
];

/// Prints entries of the audit log.
pub async fn run(
    args: &AuditList,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    named::check(args.key.as_slice())?;
    let from = args.since.as_deref().map(Begin::parse).transpose()?;
    let connection = Connection::open(connect::choose(paths, profile, config).await?.1, output).await?;
    let (since, after) = match from {
        Some(Begin::Entry(number)) => (None, Some(number.saturating_sub(1))),
        Some(Begin::Moment(since)) => (Some(since.at(connection.now())), None),
        None => (None, None),
    };
    connection.require([Capability::AuditLog])?;
    connection.require(args.by.as_ref().map(|_| Capability::Users))?;
    let actor = match &args.by {
        Some(by) => Some(user(by, &connection).await?),
        None => None,
    };
    let (key, is_known) = match &args.key {
        Some(id) => key(id, &connection).await?,
        None => (None, true),
    };
    let query = AuditQuery {
        key,
        actor,
        action: args.action.clone(),
        since: since.map(|at| at.date_naive()),
        until: args.until,
        after,
        oldest_first: args.oldest_first,
    };
    let most = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let (mut entries, mut more) = (Vec::new(), false);
    ops::load::audit(&*connection.service, &query, &mut |page| {
        entries.extend(page.rows.into_iter().filter(|entry| is_since(entry, since)));
        more = entries.len() > most || (entries.len() == most && page.next.is_some());
        if entries.len() >= most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .await?;
    entries.truncate(most);
    if let Some(key) = query.key.as_ref().filter(|_| entries.is_empty() && !is_known) {
        // the log keeps what it told of keys that are not there any more
        let of_key = AuditQuery { key: Some(key.clone()), ..AuditQuery::default() };
        if connection.service.audit(&of_key, None, 1).await?.rows.is_empty() {
            return Err(Stop::failed(
                format!("--key: no key that you may see has the id {key}, and the audit log knows none"),
                "give an id as keydeck list prints it",
            )
            .into());
        }
    }
    if args.json {
        output.json(&Document { data: entries.iter().map(Row::from).collect(), meta: Meta { more } });
    } else if entries.is_empty() {
        output.say("the audit log has no such entry");
    } else {
        for line in lines(COLUMNS, entries.iter().map(cells), Output::width()) {
            output.line(&line);
        }
        if more {
            output.say(&format!("there may be more: these are {}; --limit shows more", entries.len()));
        }
    }
    Ok(Exit::Done)
}

/// From where on the log is read.
enum Begin {
    Moment(Since),
    /// The entry with this number.
    Entry(i64),
}

impl Begin {
    /// Reads `#1234` or `seq:1234`, or what [`Since`] reads.
    fn parse(text: &str) -> Result<Self, Stop> {
        let text = text.trim();
        if let Some(number) = text.strip_prefix('#').or_else(|| text.strip_prefix("seq:")) {
            let number = number.parse().ok().filter(|number| *number >= 0);
            return number.map(Self::Entry).ok_or_else(|| wrong("--since", "an entry is written #1234 or seq:1234"));
        }
        let moment = Since::parse(text).map_err(|why| wrong("--since", &format!("{why}; or an entry as seq:1234")))?;
        Ok(Self::Moment(moment))
    }
}

/// The key with this id, or the only one whose id begins so, and whether there is one. An id that none has is kept: the log
/// may tell of it.
async fn key(id: &str, connection: &Connection) -> anyhow::Result<(Option<KeyId>, bool)> {
    let (found, _) = named::find(&[id.to_owned()], connection).await?;
    let known = found.into_iter().next().map(|key| key.id);
    let is_known = known.is_some();
    Ok((Some(known.unwrap_or_else(|| KeyId::from(id))), is_known))
}

/// The server knows days only; the rest is done here.
fn is_since(entry: &AuditEntry, since: Option<Time>) -> bool {
    since.is_none_or(|since| entry.at.time().is_none_or(|at| at >= since))
}

/// The user with this number or address.
async fn user(by: &str, connection: &Connection) -> anyhow::Result<UserId> {
    if let Ok(number) = by.parse() {
        return Ok(UserId(number));
    }
    let users = connection.service.users().await?;
    let found = users.iter().find(|user| user.email.as_received().eq_ignore_ascii_case(by));
    found.map(|user| user.id).ok_or_else(|| {
        Stop::usage("--by: nobody of the team has that address", "keydeck list --tab team shows owners").into()
    })
}

fn cells(entry: &AuditEntry) -> Vec<String> {
    let actor = entry.actor.as_ref();
    let by = actor.map_or_else(|| "–".to_owned(), |actor| actor.name.to_string());
    let name = entry.target.as_ref().map(|target| target.name.to_string()).filter(|name| !name.is_empty());
    let mut what = entry.message.to_string();
    if let Some(name) = name.filter(|name| !what.contains(name.as_str())) {
        what = format!("{what}: {name}");
    }
    for changed in entry.changed() {
        let shown = |fact: Option<&Fact>| fact.map_or_else(|| "none".to_owned(), ToString::to_string);
        // a summary has no state before
        what = if entry.action.as_received() == "api_key.refused" {
            format!("{what}; {} {}", changed.field, shown(changed.after))
        } else {
            format!("{what}; {} {} → {}", changed.field, shown(changed.before), shown(changed.after))
        };
    }
    if let Some(note) = &entry.note {
        what = format!("{what}; “{note}”");
    }
    let from = entry.from.as_ref().map(ToString::to_string).unwrap_or_default();
    vec![entry.at.exact(), entry.action.to_string(), by, from, what]
}

/// An entry in the wire's names.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Row<'a> {
    id: i64,
    timestamp: &'a When,
    action: &'a Untrusted,
    message: &'a Untrusted,
    ip: Option<&'a Untrusted>,
    user_agent: Option<&'a Untrusted>,
    data: Data<'a>,
    hash: Option<&'a Untrusted>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    actor: Option<Person<'a>>,
    user: Option<Person<'a>>,
    variables: Variables<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Person<'a> {
    id: UserId,
    name: &'a Untrusted,
    email: &'a Untrusted,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key_id: Option<&'a KeyId>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Variables<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key_id: Option<&'a Untrusted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_key_name: Option<&'a Untrusted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    collection_access_key_id: Option<&'a Untrusted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    collection_id: Option<&'a Untrusted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_id: Option<&'a Untrusted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a Untrusted>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a Untrusted>,
    #[serde(serialize_with = "facts")]
    before: &'a [(Untrusted, Fact)],
    #[serde(serialize_with = "facts")]
    after: &'a [(Untrusted, Fact)],
}

#[derive(Serialize)]
struct Meta {
    /// Whether entries were left out beyond the limit.
    more: bool,
}

fn facts<S: Serializer>(facts: &[(Untrusted, Fact)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(facts.iter().map(|(name, fact)| (name, fact)))
}

impl<'a> From<&'a AuditEntry> for Row<'a> {
    fn from(entry: &'a AuditEntry) -> Self {
        let person = |person: &'a AuditPerson, api_key_id| Person {
            id: person.id,
            name: &person.name,
            email: &person.email,
            api_key_id,
        };
        let target = |kind: AuditTargetKind| {
            let of = |target: &&AuditTarget| target.kind == kind;
            entry.target.as_ref().filter(of)
        };
        let id = |kind| target(kind).map(|target| &target.id);
        let name = |kind| target(kind).map(|target| &target.name).filter(|name| !name.is_empty());
        Self {
            id: entry.number,
            timestamp: &entry.at,
            action: &entry.action,
            message: &entry.message,
            ip: entry.from.as_ref(),
            user_agent: entry.user_agent.as_ref(),
            data: Data {
                actor: entry.actor.as_ref().map(|actor| person(actor, entry.with_key.as_ref())),
                user: entry.user.as_ref().map(|user| person(user, None)),
                variables: Variables {
                    api_key_id: id(AuditTargetKind::ApiKey),
                    api_key_name: name(AuditTargetKind::ApiKey),
                    collection_access_key_id: id(AuditTargetKind::CollectionAccessKey),
                    collection_id: name(AuditTargetKind::CollectionAccessKey),
                    secret_id: id(AuditTargetKind::Finding),
                    user_id: id(AuditTargetKind::User),
                    note: entry.note.as_ref(),
                    before: &entry.before,
                    after: &entry.after,
                },
            },
            hash: entry.hash.as_ref(),
        }
    }
}
