//! How a campaign is told: as a board, key by key, for programs.

use crate::cli::fields::{self, Field};
use crate::cli::output::Output;
use crate::cli::table::{Header, Narrow, lines};
use crate::cli::wire::Document;
use crate::domain::campaign::{Campaign, Cell, State};
use crate::domain::time::{Time, day};

/// The fields of a key in CSV.
const FIELDS: &[Field] = &[
    "id",
    "name",
    "maskedValue",
    "owner",
    "ownerId",
    "ownerKind",
    "valueCreatedAt",
    "state",
    "since",
    "says",
    "run",
    "rotation",
    "rotatedTo",
];

const LIST: &[Header] = &[
    ("campaign", Narrow::Shrinks),
    ("state", Narrow::Never),
    ("by", Narrow::Never),
    ("keys", Narrow::Shrinks),
    ("profile", Narrow::Drops(1)),
    ("id", Narrow::Never),
];

const KEYS: &[Header] = &[
    ("name", Narrow::Shrinks),
    ("owner", Narrow::Drops(1)),
    ("state", Narrow::Never),
    ("since", Narrow::Drops(2)),
    ("", Narrow::Shrinks),
    ("id", Narrow::Never),
];

/// The most keys that need somebody of which a board tells.
const MOST: usize = 20;

/// Campaigns, a line each.
pub fn list(campaigns: &[Campaign], now: Time, output: &mut Output) {
    let cells = |one: &Campaign| {
        let state = if one.is_overdue(now) { format!("{}, OVERDUE", one.word()) } else { one.word().to_owned() };
        vec![
            one.opened.name.marked().into_owned(),
            state,
            day(one.opened.by),
            one.progress(),
            one.opened.profile.clone(),
            one.id.to_string(),
        ]
    };
    for line in lines(LIST, campaigns.iter().map(cells), Output::width()) {
        output.line(&line);
    }
}

/// Owner by state, what there is to do, and what needs somebody.
pub fn board(campaign: &Campaign, now: Time, output: &mut Output) {
    let name = campaign.opened.name.marked();
    output.line(&format!("campaign {name}: {}; {}", campaign.progress(), campaign.deadline(now)));
    let board = campaign.board();
    let states: Vec<State> = board.states().collect();
    let mut heads: Vec<Header> = vec![("owner", Narrow::Shrinks)];
    heads.extend(states.iter().map(|state| (state.words(), Narrow::Never)));
    let rows = board.owners.iter().map(|row| {
        let service = if row.is_service { " (service)" } else { "" };
        let owner = format!("{}{service}", row.owner.marked());
        std::iter::once(owner).chain(states.iter().map(|state| count(row.count(*state)))).collect()
    });
    for line in lines(&heads, rows, Output::width()) {
        output.line(&line);
    }
    for note in campaign.notes(now) {
        output.say(&note);
    }
    let needing = campaign.within(Cell { owner: None, state: Some(State::Needs) });
    for number in needing.iter().take(MOST) {
        let member = &campaign.members[*number];
        let run = member.standing.run().map(|run| format!(": {run}")).unwrap_or_default();
        output.say(&format!("{}: {}{run}", member.subject.name.marked(), member.standing.says()));
    }
    if needing.len() > MOST {
        output.say(&format!("{} more: --keys tells of each", needing.len() - MOST));
    }
}

/// Nothing is easier seen than counted.
fn count(count: usize) -> String {
    if count == 0 { "·".to_owned() } else { count.to_string() }
}

/// Key by key.
pub fn keys(campaign: &Campaign, output: &mut Output) {
    let cells = |number: usize| {
        let member = &campaign.members[number];
        vec![
            member.subject.name.marked().into_owned(),
            member.subject.owner.marked().into_owned(),
            member.standing.state().words().to_owned(),
            day(member.since),
            member.standing.says(),
            member.subject.id.to_string(),
        ]
    };
    for line in lines(KEYS, campaign.within(Cell::default()).into_iter().map(cells), Output::width()) {
        output.line(&line);
    }
}

/// One document: the keys, and what is said of the campaign.
pub fn json(campaign: &Campaign, now: Time, output: &mut Output) {
    let data = campaign.members.iter().map(crate::domain::campaign::Member::summary).collect();
    output.json(&Document { data, meta: campaign.summary(now) });
}

/// The keys as CSV.
pub fn csv(campaign: &Campaign, output: &mut Output) {
    fields::csv(campaign.members.iter().map(crate::domain::campaign::Member::summary), FIELDS, output);
}
