//! A campaign as a board: an owner a line, the states beside it, and how it stands in words.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::{Campaign, State};
use crate::domain::ids::UserId;
use crate::domain::team::UserKind;
use crate::domain::time::{Distance, Time, exact};
use crate::domain::untrusted::Untrusted;

/// One owner's keys by their state.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnerRow {
    pub owner_id: UserId,
    pub owner: Untrusted,
    pub is_service: bool,
    /// How many keys stand in each of [`State::ALL`], in that order.
    pub counts: [usize; State::ALL.len()],
}

/// What of a campaign is looked into: one owner's keys, or all of them, in one state or in any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    pub owner: Option<UserId>,
    pub state: Option<State>,
}

/// The board.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Board {
    /// The owners, those first of whose keys the most are left to be rotated.
    pub owners: Vec<OwnerRow>,
    pub total: [usize; State::ALL.len()],
}

impl OwnerRow {
    /// How many of the keys stand so.
    pub fn count(&self, state: State) -> usize {
        self.counts[state as usize]
    }

    pub fn keys(&self) -> usize {
        self.counts.iter().sum()
    }

    /// How many are left to be rotated.
    pub fn left(&self) -> usize {
        self.keys() - self.count(State::Rotated) - self.count(State::Ended)
    }
}

impl Board {
    /// The states that are worth a column: those that the board is about, and the one that is rare where there is any of it.
    pub fn states(&self) -> impl Iterator<Item = State> {
        let ended = self.total[State::Ended as usize] > 0;
        State::ALL.into_iter().filter(move |state| *state != State::Ended || ended)
    }
}

impl Campaign {
    /// The board as it stands.
    pub fn board(&self) -> Board {
        let mut rows: BTreeMap<UserId, OwnerRow> = BTreeMap::new();
        let mut total = [0; State::ALL.len()];
        for member in &self.members {
            let (subject, state) = (&member.subject, member.standing.state());
            let row = rows.entry(subject.owner_id).or_insert_with(|| OwnerRow {
                owner_id: subject.owner_id,
                owner: subject.owner.clone(),
                is_service: subject.owner_kind == UserKind::Service,
                counts: [0; State::ALL.len()],
            });
            row.counts[state as usize] += 1;
            total[state as usize] += 1;
        }
        let mut owners: Vec<OwnerRow> = rows.into_values().collect();
        owners.sort_by(|a, b| {
            let first = |row: &OwnerRow| (row.left(), row.count(State::Needs), row.keys());
            first(b).cmp(&first(a)).then_with(|| a.owner.as_received().cmp(b.owner.as_received()))
        });
        Board { owners, total }
    }

    /// The keys of a cell, by their numbers in the list, what is left before what is settled.
    pub fn within(&self, cell: Cell) -> Vec<usize> {
        let is_within = |number: &usize| {
            let member = &self.members[*number];
            cell.owner.is_none_or(|owner| member.subject.owner_id == owner)
                && cell.state.is_none_or(|state| member.standing.state() == state)
        };
        let mut keys: Vec<usize> = (0..self.members.len()).filter(is_within).collect();
        keys.sort_by_key(|number| self.members[*number].standing.is_settled());
        keys
    }

    /// Whether its date has passed with keys left.
    pub fn is_overdue(&self, now: Time) -> bool {
        self.over.is_none() && now > self.opened.by && self.settled() < self.members.len()
    }

    /// The date in words: how long it is until then, or since.
    pub fn deadline(&self, now: Time) -> String {
        let by = exact(self.opened.by);
        if let Some(over) = &self.over {
            let late = over.at - self.opened.by;
            let late =
                if late > TimeDelta::zero() { format!(", {} after {by}", Distance(late)) } else { String::new() };
            return if over.early {
                format!("ended {} with keys left", exact(over.at))
            } else {
                format!("over since {}{late}", exact(over.at))
            };
        }
        if self.is_overdue(now) {
            format!("OVERDUE by {}: was due {by}", Distance(now - self.opened.by))
        } else if now > self.opened.by {
            format!("due {by}")
        } else {
            format!("by {by}, in {}", Distance::nearest(self.opened.by - now))
        }
    }

    /// How many keys stand how, in words.
    pub fn progress(&self) -> String {
        let mut parts = vec![format!("{} of {} rotated", self.count(State::Rotated), self.members.len())];
        for state in [State::Ended, State::UnderWay, State::NotBegun, State::Needs] {
            match (state, self.count(state)) {
                (_, 0) => {}
                (State::Needs, 1) => parts.push("1 needs somebody".to_owned()),
                (State::Needs, count) => parts.push(format!("{count} need somebody")),
                (_, count) => parts.push(format!("{count} {}", state.words())),
            }
        }
        parts.join(", ")
    }

    /// What there is to do, a line each: what stopped it, what waits for whom, what it does not do.
    pub fn notes(&self, now: Time) -> Vec<String> {
        let mut notes = Vec::new();
        let name = self.opened.name.visible();
        if let Some(stopped) = self.stopped.as_ref().filter(|_| self.over.is_none()) {
            let key = self.members.get(stopped.key).map(|member| member.subject.name.marked()).unwrap_or_default();
            notes.push(format!("stopped: {key}: {}", stopped.why));
            notes.push(format!("look at it, then keydeck campaign resume '{name}' goes on with the others"));
        }
        let ready = self.ready().len();
        if ready > 0 && self.stopped.is_none() && self.over.is_none() {
            notes.push(format!(
                "{} to be rotated from here: keydeck campaign run '{name}' begins {}",
                several(ready),
                if self.wave_size() == 1 { "one first".to_owned() } else { format!("{} a wave", self.wave_size()) }
            ));
        }
        let owners =
            self.members.iter().filter(|one| one.standing == super::Standing::NotBegun { ours: false }).count();
        if owners > 0 && self.over.is_none() {
            notes.push(format!(
                "{} to be rotated by their owners: they are watched, never rotated from here",
                several(owners)
            ));
        }
        if !self.opened.team {
            notes.push("only keys of one's own are looked at".to_owned());
        }
        if !self.newcomers.is_empty() && self.over.is_none() {
            let names: Vec<String> = self.newcomers.iter().take(3).map(|one| one.name.marked().into_owned()).collect();
            let more = self.newcomers.len().saturating_sub(3);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            notes.push(format!(
                "not on the list, although the filter chooses them now: {}{more}; another campaign takes them",
                names.join(", ")
            ));
        }
        if self.is_overdue(now) {
            notes.push(format!("{} not rotated in time", several(self.members.len() - self.settled())));
        }
        notes
    }
}

fn several(keys: usize) -> String {
    if keys == 1 { "1 key is".to_owned() } else { format!("{keys} keys are") }
}
