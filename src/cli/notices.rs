//! `keydeck notices`: what people are told of their keys, and whether it was sent.

use std::ops::ControlFlow;
use std::path::Path;

use serde::Serialize;

use super::args::Notices;
use super::connect::{self, Connection};
use super::exit::Exit;
use super::output::Output;
use super::table::{Header, Narrow, lines};
use super::wire::Document;
use crate::client::capabilities::Capability;
use crate::config::Paths;
use crate::domain::ids::KeyId;
use crate::domain::notice::{Notice, NoticeQuery, NoticeState, Occasion};
use crate::domain::time::When;
use crate::domain::untrusted::Untrusted;
use crate::ops;

const COLUMNS: &[Header] = &[
    ("when", Narrow::Never),
    ("state", Narrow::Never),
    ("what", Narrow::Shrinks),
    ("key", Narrow::Shrinks),
    ("to", Narrow::Shrinks),
    ("problem", Narrow::Shrinks),
];

/// Prints notices: an admin sees all, others what they are told themselves.
pub async fn run(
    args: &Notices,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let connection = Connection::open(connect::choose(paths, profile, config).await?.1, output).await?;
    connection.require([Capability::Notices])?;
    let mine = args.mine || !connection.me.is_admin();
    let query = NoticeQuery { mine, state: args.state.as_deref().map(NoticeState::from_word) };
    let most = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let (mut notices, mut more) = (Vec::new(), false);
    ops::load::notices(&*connection.service, &query, &mut |page| {
        notices.extend(page.rows);
        more = notices.len() > most || (notices.len() == most && page.next.is_some());
        if notices.len() >= most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })
    .await?;
    notices.truncate(most);
    if args.json {
        output.json(&Document { data: notices.iter().map(Row::from).collect(), meta: Meta { more } });
    } else if notices.is_empty() {
        output.say(if mine { "nothing of the kind is told to you" } else { "nothing of the kind is told to anybody" });
    } else {
        for line in lines(COLUMNS, notices.iter().map(cells), Output::width()) {
            output.line(&line);
        }
        let given_up = notices.iter().filter(|notice| notice.state == NoticeState::Dead).count();
        if given_up > 0 && query.state.is_none() {
            output.say(&format!("of these, {given_up} were given up: --state dead shows only such"));
        }
        if more {
            output.say(&format!("there may be more: these are {}; --limit shows more", notices.len()));
        }
    }
    Ok(Exit::Done)
}

fn cells(notice: &Notice) -> Vec<String> {
    let key =
        if notice.key_name.is_empty() { notice.key_id.to_string() } else { notice.key_name.marked().into_owned() };
    let to = if notice.recipient.is_empty() { "nobody".to_owned() } else { notice.recipient.to_string() };
    let problem = notice.problem.as_ref().map(ToString::to_string).unwrap_or_default();
    vec![notice.due.exact(), notice.state.to_string(), notice.occasion.in_words(), key, to, problem]
}

/// A notice in the wire's names.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    id: &'a KeyId,
    cause: &'a Occasion,
    key_ids: [&'a KeyId; 1],
    key_name: &'a Untrusted,
    recipient: &'a Untrusted,
    due: &'a When,
    sent_at: &'a When,
    next_try_at: &'a When,
    attempts: u32,
    state: &'a NoticeState,
    problem: Option<&'a Untrusted>,
}

#[derive(Serialize)]
struct Meta {
    /// Whether notices were left out beyond the limit.
    more: bool,
}

impl<'a> From<&'a Notice> for Row<'a> {
    fn from(notice: &'a Notice) -> Self {
        Self {
            id: &notice.id,
            cause: &notice.occasion,
            key_ids: [&notice.key_id],
            key_name: &notice.key_name,
            recipient: &notice.recipient,
            due: &notice.due,
            sent_at: &notice.sent_at,
            next_try_at: &notice.next_try,
            attempts: notice.attempts,
            state: &notice.state,
            problem: notice.problem.as_ref(),
        }
    }
}
