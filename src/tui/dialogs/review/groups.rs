//! The list of a review: its keys under headings, and where they are many, in a group for each owner that opens.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::domain::bulk::{Plan, Reading};
use crate::domain::ids::UserId;
use crate::domain::key::Key;
use crate::domain::picture::Tally;
use crate::domain::time::When;

/// More keys than this are shown by their owners: nobody reads a longer list line by line.
pub const GROUPED: usize = 30;

/// A part of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    UsedToday,
    Rest,
    /// The console's own key.
    Own,
}

const PARTS: [Part; 3] = [Part::UsedToday, Part::Rest, Part::Own];

/// The keys of one owner in a part.
#[derive(Debug)]
pub struct Group {
    pub owner: UserId,
    /// Where its keys stand in the part, in order.
    members: Vec<usize>,
    pub never_used: usize,
    /// The states of its keys.
    pub tally: Tally,
    /// Whether the owner left.
    pub gone: bool,
}

/// A line of the list.
#[derive(Clone, Copy, Debug)]
pub enum Row<'a> {
    /// A part begins, with so many keys.
    Heading(Part, usize),
    /// An owner's keys: one of them, how many, the group, and whether it is open.
    Group { key: &'a Key, count: usize, group: &'a Group, open: bool },
    /// A key; whether it stands in a group.
    Key(&'a Key, bool),
}

/// How the keys are grouped; none while they are few.
#[derive(Debug, Default)]
pub struct Groups {
    of: HashMap<Part, Vec<Group>>,
    open: HashSet<(Part, UserId)>,
    /// How many keys the largest has.
    largest: usize,
}

fn keys(plan: &Plan, part: Part) -> &[Key] {
    match part {
        Part::UsedToday => &plan.used_today,
        Part::Rest => &plan.rest,
        Part::Own if plan.sends_own() => plan.own.as_slice(),
        Part::Own => &[],
    }
}

impl Groups {
    /// Groups the keys of a plan anew. What was open stays so.
    pub fn regroup(&mut self, plan: &Plan) {
        self.of.clear();
        self.largest = 0;
        if plan.used_today.len() + plan.rest.len() <= GROUPED {
            return;
        }
        for part in [Part::UsedToday, Part::Rest] {
            let mut at: HashMap<UserId, usize> = HashMap::new();
            let mut groups: Vec<Group> = Vec::new();
            let keys = keys(plan, part);
            for (place, key) in keys.iter().enumerate() {
                let group = *at.entry(key.owner_id).or_insert_with(|| {
                    let (members, tally) = (Vec::new(), Tally::default());
                    groups.push(Group { owner: key.owner_id, members, never_used: 0, tally, gone: false });
                    groups.len() - 1
                });
                groups[group].members.push(place);
                groups[group].never_used += usize::from(key.last_used == When::Never && plan.reading == Reading::Done);
                groups[group].tally.add_state(key);
                groups[group].gone |= key.owner_gone;
            }
            groups.sort_by(|a, b| {
                let name = |group: &Group| keys[group.members[0]].owner.as_received();
                // who left stands on top
                (b.gone, b.members.len()).cmp(&(a.gone, a.members.len())).then_with(|| name(a).cmp(name(b)))
            });
            self.largest = groups.iter().map(|group| group.members.len()).fold(self.largest, usize::max);
            self.of.insert(part, groups);
        }
    }

    /// How many keys the largest group has.
    pub fn largest(&self) -> usize {
        self.largest
    }

    /// Whether the keys are shown by their owners.
    pub fn any(&self) -> bool {
        !self.of.is_empty()
    }

    fn lines_of(&self, part: Part, group: &Group) -> usize {
        1 + if self.open.contains(&(part, group.owner)) { group.members.len() } else { 0 }
    }

    /// The lines of the list.
    pub fn lines(&self, plan: &Plan) -> usize {
        let lines = |part| {
            let keys = keys(plan, part).len();
            let body = match self.of.get(&part) {
                Some(groups) => groups.iter().map(|group| self.lines_of(part, group)).sum(),
                None => keys,
            };
            if keys == 0 { 0 } else { 1 + body }
        };
        PARTS.into_iter().map(lines).sum()
    }

    /// The lines at these places. Only those are made.
    pub fn rows<'a>(&'a self, plan: &'a Plan, shown: Range<usize>) -> Vec<Row<'a>> {
        let mut rows = Vec::new();
        let mut line = 0;
        for part in PARTS {
            let keys = keys(plan, part);
            if keys.is_empty() {
                continue;
            }
            if shown.contains(&line) {
                rows.push(Row::Heading(part, keys.len()));
            }
            line += 1;
            let Some(groups) = self.of.get(&part) else {
                let seen = within(&shown, line, keys.len());
                rows.extend(keys[seen].iter().map(|key| Row::Key(key, false)));
                line += keys.len();
                continue;
            };
            for group in groups {
                let open = self.open.contains(&(part, group.owner));
                if shown.contains(&line) {
                    let (key, count) = (&keys[group.members[0]], group.members.len());
                    rows.push(Row::Group { key, count, group, open });
                }
                line += 1;
                if open {
                    let seen = within(&shown, line, group.members.len());
                    rows.extend(group.members[seen].iter().map(|place| Row::Key(&keys[*place], true)));
                    line += group.members.len();
                }
            }
        }
        rows
    }

    /// The group that a line belongs to, and where its own line is.
    fn group_at(&self, plan: &Plan, wanted: usize) -> Option<(Part, UserId, usize)> {
        let mut line = 0;
        for part in PARTS {
            let keys = keys(plan, part);
            if keys.is_empty() {
                continue;
            }
            line += 1;
            let Some(groups) = self.of.get(&part) else {
                line += keys.len();
                continue;
            };
            for group in groups {
                let lines = self.lines_of(part, group);
                if (line..line + lines).contains(&wanted) {
                    return Some((part, group.owner, line));
                }
                line += lines;
            }
        }
        None
    }

    /// Opens or closes the group of a line; says where the group's own line is.
    pub fn toggle(&mut self, plan: &Plan, line: usize) -> Option<usize> {
        let (part, owner, at) = self.group_at(plan, line)?;
        if !self.open.remove(&(part, owner)) {
            self.open.insert((part, owner));
        }
        Some(at)
    }

    /// Opens all groups, or where all are open, closes them.
    pub fn toggle_all(&mut self) {
        let all: HashSet<(Part, UserId)> =
            self.of.iter().flat_map(|(part, groups)| groups.iter().map(|group| (*part, group.owner))).collect();
        self.open = if self.open.is_superset(&all) { HashSet::new() } else { all };
    }
}

/// The places of `count` lines from `first` on that are shown.
fn within(shown: &Range<usize>, first: usize, count: usize) -> Range<usize> {
    let clip = |line: usize| line.saturating_sub(first).min(count);
    clip(shown.start)..clip(shown.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Time;

    fn plan(keys: usize, owners: i64) -> Plan {
        let key = |n: usize| Key {
            owner_id: UserId(i64::try_from(n).unwrap() % owners),
            owner: format!("Owner {}", i64::try_from(n).unwrap() % owners).as_str().into(),
            ..Key::sample(&format!("k{n}"))
        };
        Plan::new((0..keys).map(key), None, Time::default())
    }

    fn words(groups: &Groups, plan: &Plan, shown: Range<usize>) -> Vec<String> {
        let word = |row: &Row| match row {
            Row::Heading(part, count) => format!("{part:?} {count}"),
            Row::Group { key, count, open, .. } => format!("{} {count} {open}", key.owner),
            Row::Key(key, _) => key.id.to_string(),
        };
        groups.rows(plan, shown).iter().map(word).collect()
    }

    #[test]
    fn a_few_keys_stand_line_by_line() {
        let (plan, mut groups) = (plan(GROUPED, 3), Groups::default());
        groups.regroup(&plan);
        assert_eq!((groups.any(), groups.lines(&plan)), (false, GROUPED + 1));
        assert_eq!(words(&groups, &plan, 0..2), ["Rest 30", "k0"]);
    }

    #[test]
    fn many_keys_stand_by_owner_and_open() {
        let (plan, mut groups) = (plan(31, 3), Groups::default());
        groups.regroup(&plan);
        let closed = ["Rest 31", "Owner 0 11 false", "Owner 1 10 false", "Owner 2 10 false"];
        assert_eq!((words(&groups, &plan, 0..99), groups.lines(&plan)), (closed.map(str::to_owned).to_vec(), 4));
        assert_eq!(groups.toggle(&plan, 0), None, "a heading opens nothing");
        assert_eq!(groups.toggle(&plan, 2), Some(2));
        assert_eq!(groups.lines(&plan), 14);
        assert_eq!(words(&groups, &plan, 1..5), ["Owner 0 11 false", "Owner 1 10 true", "k1", "k4"]);
        assert_eq!(words(&groups, &plan, 11..14), ["k25", "k28", "Owner 2 10 false"]);
        groups.regroup(&plan);
        assert_eq!(groups.lines(&plan), 14, "what was open stays so");
        assert_eq!(groups.toggle(&plan, 5), Some(2), "a key closes its own");
        assert_eq!(groups.lines(&plan), 4);
        groups.toggle_all();
        assert_eq!(groups.lines(&plan), 35);
        groups.toggle_all();
        assert_eq!(groups.lines(&plan), 4);
    }

    #[test]
    fn every_line_is_shown_once_wherever_the_window_stands() {
        let (plan, mut groups) = (plan(47, 5), Groups::default());
        groups.regroup(&plan);
        groups.toggle(&plan, 3);
        let all = words(&groups, &plan, 0..usize::MAX);
        assert_eq!(all.len(), groups.lines(&plan));
        for first in 0..all.len() {
            for last in first..=all.len() {
                assert_eq!(words(&groups, &plan, first..last), all[first..last]);
            }
        }
    }
}
