//! What is told of a campaign when it is listed or over: for programs as JSON and CSV, for people as Markdown. No secret is
//! in it.

use std::fmt::Write;

use serde::Serialize;

use super::{Campaign, Cell, Member, Newcomer, State};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::markdown::{code, plain};
use crate::domain::rotation::RotationId;
use crate::domain::team::UserKind;
use crate::domain::time::{Time, When, exact};
use crate::domain::untrusted::Untrusted;

/// A campaign as JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    pub id: String,
    pub name: Untrusted,
    /// `open`, `stopped`, `over` or `ended`.
    pub state: &'static str,
    pub profile: String,
    pub address: String,
    pub filter: String,
    pub started_at: When,
    pub by: When,
    pub overdue: bool,
    pub looked_at: When,
    pub waves: usize,
    pub keys: usize,
    pub not_begun: usize,
    pub under_way: usize,
    pub rotated: usize,
    pub ended: usize,
    pub needs_somebody: usize,
    /// How it stands, in words.
    pub says: String,
    /// Why it goes no further before a person looked.
    pub stopped: Option<Untrusted>,
    /// Keys that the filter chooses now and that are not on the list.
    pub newcomers: Vec<Newcomer>,
    pub owners: Vec<OwnerSummary>,
}

/// One owner's keys, counted.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OwnerSummary {
    pub owner_id: UserId,
    pub owner: Untrusted,
    pub not_begun: usize,
    pub under_way: usize,
    pub rotated: usize,
    pub ended: usize,
    pub needs_somebody: usize,
}

/// A key of a campaign as JSON.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeySummary {
    pub id: KeyId,
    pub name: Untrusted,
    pub masked_value: Untrusted,
    pub owner_id: UserId,
    pub owner: Untrusted,
    pub owner_kind: UserKind,
    /// When its value was made, as it was when the campaign began.
    pub value_created_at: When,
    /// `notBegun`, `underWay`, `rotated`, `ended` or `needsSomebody`.
    pub state: &'static str,
    /// Since when it stands so.
    pub since: When,
    /// Why, and what is waited for.
    pub says: String,
    /// What to run, where a command helps.
    pub run: Option<String>,
    /// The rotation that this campaign began.
    pub rotation: Option<RotationId>,
    /// The key that took its place.
    pub rotated_to: Option<KeyId>,
}

impl Member {
    /// What is told of the key.
    pub fn summary(&self) -> KeySummary {
        let subject = &self.subject;
        let to = match &self.standing {
            super::Standing::Rotated { to, .. } => to.clone(),
            super::Standing::NotBegun { .. }
            | super::Standing::UnderWay { .. }
            | super::Standing::Ended { .. }
            | super::Standing::Needs { .. } => None,
        };
        KeySummary {
            id: subject.id.clone(),
            name: subject.name.clone(),
            masked_value: subject.masked.clone(),
            owner_id: subject.owner_id,
            owner: subject.owner.clone(),
            owner_kind: subject.owner_kind.clone(),
            value_created_at: subject.value_created.clone(),
            state: self.standing.state().word(),
            since: self.since.into(),
            says: self.standing.says(),
            run: self.standing.run().map(str::to_owned),
            rotation: self.rotation.clone(),
            rotated_to: to,
        }
    }
}

impl Campaign {
    /// In a word, for scripts: `open`, `stopped`, `over` or `ended`.
    pub fn word(&self) -> &'static str {
        match (&self.over, &self.stopped) {
            (Some(over), _) if over.early => "ended",
            (Some(_), _) => "over",
            (None, Some(_)) => "stopped",
            (None, None) => "open",
        }
    }

    /// What is told of it at `now`.
    pub fn summary(&self, now: Time) -> Summary {
        let owner = |row: super::OwnerRow| OwnerSummary {
            owner_id: row.owner_id,
            owner: row.owner.clone(),
            not_begun: row.count(State::NotBegun),
            under_way: row.count(State::UnderWay),
            rotated: row.count(State::Rotated),
            ended: row.count(State::Ended),
            needs_somebody: row.count(State::Needs),
        };
        Summary {
            id: self.id.0.clone(),
            name: self.opened.name.clone(),
            state: self.word(),
            profile: self.opened.profile.clone(),
            address: self.opened.address.clone(),
            filter: self.opened.filter.clone(),
            started_at: self.started.into(),
            by: self.opened.by.into(),
            overdue: self.is_overdue(now),
            looked_at: self.looked_at.into(),
            waves: self.waves,
            keys: self.members.len(),
            not_begun: self.count(State::NotBegun),
            under_way: self.count(State::UnderWay),
            rotated: self.count(State::Rotated),
            ended: self.count(State::Ended),
            needs_somebody: self.count(State::Needs),
            says: format!("{}; {}", self.progress(), self.deadline(now)),
            stopped: self.stopped.as_ref().map(|stopped| stopped.why.clone()),
            newcomers: self.newcomers.clone(),
            owners: self.board().owners.into_iter().map(owner).collect(),
        }
    }

    /// All of it as Markdown: key by key, whose, and what became of it. What comes from outside stands there as text.
    pub fn markdown(&self, now: Time) -> String {
        let mut text = String::new();
        let mut line = |content: String| {
            // writing to a string cannot fail
            let _ = writeln!(text, "{content}");
        };
        line(format!("# Campaign {}", plain(self.opened.name.as_received())));
        line(String::new());
        line(format!("**{}; {}**", self.progress(), self.deadline(now)));
        line(String::new());
        line(format!(
            "- started {} by {}, as {}",
            exact(self.started),
            plain(self.opened.started_by.as_received()),
            plain(self.opened.user_name.as_received())
        ));
        line(format!("- profile {}, {}", plain(&self.opened.profile), code(&self.opened.address)));
        line(format!("- the keys that {} chose then", code(&self.opened.filter)));
        if let Some(at) = self.looked_at {
            line(format!("- last held against the server {}", exact(at)));
        }
        for note in self.notes(now) {
            line(format!("- {}", plain(&note)));
        }
        let board = self.board();
        line(String::new());
        let states: Vec<State> = board.states().collect();
        let heads: Vec<&str> = states.iter().map(|state| state.words()).collect();
        line(format!("| Owner | {} |", heads.join(" | ")));
        line(format!("| --- |{}", " ---: |".repeat(states.len())));
        for row in &board.owners {
            let counts: Vec<String> = states.iter().map(|state| row.count(*state).to_string()).collect();
            line(format!("| {} | {} |", plain(row.owner.as_received()), counts.join(" | ")));
        }
        line(String::new());
        line("| Key | Owner | Outcome | Since | |".to_owned());
        line("| --- | --- | --- | --- | --- |".to_owned());
        for number in self.within(Cell::default()) {
            let member = &self.members[number];
            let subject = &member.subject;
            let run = member.standing.run().map(|run| format!("; {}", code(run))).unwrap_or_default();
            line(format!(
                "| {} {} | {} | {} | {} | {}{run} |",
                plain(subject.name.as_received()),
                code(subject.id.as_str()),
                plain(subject.owner.as_received()),
                member.standing.state().words(),
                exact(member.since),
                plain(&member.standing.says())
            ));
        }
        text
    }
}
