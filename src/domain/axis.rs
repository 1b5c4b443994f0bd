//! Courses of time one below the other on one axis: what lasted from when until when, and what happened at which moment. Each
//! column of a course is an [`Ink`], whose sign tells it without colour; [`Axis::words`] says the same in text.

use chrono::TimeDelta;

use super::time::{Time, day};

/// What lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// It is accepted.
    Works,
    /// It is accepted beside the one that takes its place.
    Both,
    Disabled,
}

/// What happens at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    Made,
    /// It was last used.
    Used,
    /// What used it was moved over to the next one.
    MovedOver,
    /// It ends then, unless somebody does something.
    Deadline,
    /// It ended: revoked, or expired.
    Ended,
    /// It was tried although it had ended.
    Refused,
}

/// What a column of a course shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    Blank,
    Part(Part),
    /// Of what lasts the part that is still to come.
    Ahead,
    Event(Event),
    Now,
}

impl Ink {
    /// Its sign; no two are alike.
    pub const fn sign(self) -> char {
        match self {
            Self::Blank => ' ',
            Self::Part(Part::Works) => '━',
            Self::Part(Part::Both) => '▓',
            Self::Part(Part::Disabled) => '╌',
            Self::Ahead => '·',
            Self::Event(Event::Made) => '╟',
            Self::Event(Event::Used) => '•',
            Self::Event(Event::MovedOver) => '▼',
            Self::Event(Event::Deadline) => '◆',
            Self::Event(Event::Ended) => '╢',
            Self::Event(Event::Refused) => '×',
            Self::Now => '│',
        }
    }

    /// What its sign means; of what needs no legend nothing.
    const fn meaning(self) -> Option<&'static str> {
        match self {
            Self::Part(Part::Works) => Some("works"),
            Self::Part(Part::Both) => Some("both work"),
            Self::Part(Part::Disabled) => Some("disabled"),
            Self::Ahead => Some("to come"),
            Self::Event(Event::Used) => Some("last used"),
            Self::Event(Event::MovedOver) => Some("moved over"),
            Self::Event(Event::Deadline) => Some("deadline"),
            Self::Event(Event::Ended) => Some("ended"),
            Self::Event(Event::Refused) => Some("refused use"),
            Self::Blank | Self::Now | Self::Event(Event::Made) => None,
        }
    }
}

/// One course.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lane {
    pub name: String,
    /// What lasts: from when, until when (none: no end is known), and what. A later one covers an earlier one.
    pub parts: Vec<(Time, Option<Time>, Part)>,
    pub events: Vec<(Time, Event)>,
    /// The same in words.
    pub words: String,
}

/// Courses on one axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Axis {
    pub now: Time,
    pub lanes: Vec<Lane>,
}

/// How far from the present an axis reaches at most, in days: a moment that a server made up bends no picture.
const REACH: (i64, i64) = (3660, 740);

impl Axis {
    /// From when until when it reaches: over all that happens and the present, and a little beyond where something has no end.
    fn bounds(&self) -> (Time, Time) {
        let (least, most) = (self.now - TimeDelta::days(REACH.0), self.now + TimeDelta::days(REACH.1));
        let parts = self.lanes.iter().flat_map(|lane| &lane.parts);
        let moments = parts
            .flat_map(|(from, to, _)| [Some(*from), *to])
            .flatten()
            .chain(self.lanes.iter().flat_map(|lane| &lane.events).map(|(at, _)| *at));
        let (mut from, mut to) = (self.now, self.now);
        for moment in moments {
            let moment = moment.clamp(least, most);
            (from, to) = (from.min(moment), to.max(moment));
        }
        let open = self.lanes.iter().any(|lane| lane.parts.iter().any(|(_, to, _)| to.is_none()));
        if open || from == to {
            to += ((to - from) / 10).max(TimeDelta::seconds(1));
        }
        (from, to)
    }

    /// The column of a moment on an axis of so many.
    fn column(&self, at: Time, columns: usize) -> usize {
        let (from, to) = self.bounds();
        let (all, part) = ((to - from).num_seconds().max(1), (at.clamp(from, to) - from).num_seconds());
        let last = i64::try_from(columns.saturating_sub(1)).unwrap_or(0);
        usize::try_from((part * last + all / 2) / all).unwrap_or(0)
    }

    /// A course in so many columns.
    pub fn inks(&self, lane: &Lane, columns: usize) -> Vec<Ink> {
        let mut inks = vec![Ink::Blank; columns];
        let now = self.column(self.now, columns);
        for (from, to, part) in &lane.parts {
            let from = self.column(*from, columns);
            let to = to.map_or(columns.saturating_sub(1), |to| self.column(to, columns));
            for (column, ink) in inks.iter_mut().enumerate().take(to + 1).skip(from) {
                *ink = if column > now { Ink::Ahead } else { Ink::Part(*part) };
            }
        }
        if let Some(ink) = inks.get_mut(now) {
            *ink = Ink::Now;
        }
        let mut events = lane.events.clone();
        // where two fall on one column, the one that matters more is seen
        events.sort_by_key(|(_, event)| *event);
        for (at, event) in events {
            if let Some(ink) = inks.get_mut(self.column(at, columns)) {
                *ink = Ink::Event(event);
            }
        }
        inks
    }

    /// What stands over the courses: when the axis begins, the present, when it ends.
    pub fn head(&self, columns: usize) -> String {
        const NOW: &str = "now";
        let (from, to) = self.bounds();
        let short = to - from < TimeDelta::days(3);
        let said = |at: Time| if short { at.format("%m-%d %H:%M").to_string() } else { day(at) };
        let (left, right) = (said(from), said(to));
        let mut head: Vec<char> = vec![' '; columns];
        let mut put = |at: usize, words: &str| {
            let room = head.get_mut(at..at + words.chars().count());
            // what has no room of its own is left out
            if let Some(room) = room.filter(|room| room.iter().all(|c| *c == ' ')) {
                room.iter_mut().zip(words.chars()).for_each(|(place, c)| *place = c);
            }
        };
        put(self.column(self.now, columns).saturating_sub(1).min(columns.saturating_sub(NOW.len())), NOW);
        put(0, &left);
        put(columns.saturating_sub(right.len()), &right);
        head.into_iter().collect::<String>().trim_end().to_owned()
    }

    /// What the signs that stand in it mean, those of them that have room in so many columns.
    pub fn legend(&self, columns: usize) -> String {
        let mut seen: Vec<Ink> = Vec::new();
        for ink in self.lanes.iter().flat_map(|lane| self.inks(lane, columns)) {
            if !seen.contains(&ink) {
                seen.push(ink);
            }
        }
        let order = [
            Ink::Event(Event::Refused),
            Ink::Part(Part::Both),
            Ink::Event(Event::Deadline),
            Ink::Event(Event::MovedOver),
            Ink::Event(Event::Ended),
            Ink::Part(Part::Disabled),
            Ink::Part(Part::Works),
            Ink::Event(Event::Used),
            Ink::Ahead,
        ];
        let mut words = String::new();
        for (ink, meaning) in
            order.into_iter().filter(|ink| seen.contains(ink)).filter_map(|ink| Some((ink, ink.meaning()?)))
        {
            let gap = if words.is_empty() { "" } else { "  " };
            let next = format!("{gap}{} {meaning}", ink.sign());
            if words.chars().count() + next.chars().count() <= columns {
                words.push_str(&next);
            }
        }
        words
    }

    /// The same in words, a line for each course.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.lanes.iter().map(|lane| lane.words.as_str()).filter(|words| !words.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::When;

    fn at(day: i64) -> Time {
        When::from_wire("2026-11-21T08:30:00Z").time().unwrap() + TimeDelta::days(day)
    }

    /// An old key that ended and is tried, and the one that took its place, ten days to a column.
    fn two() -> Axis {
        let old = Lane {
            parts: vec![(at(-200), Some(at(-50)), Part::Works), (at(-80), Some(at(-50)), Part::Both)],
            events: vec![
                (at(-200), Event::Made),
                (at(-50), Event::Ended),
                (at(-60), Event::MovedOver),
                (at(-20), Event::Refused),
            ],
            ..Lane::default()
        };
        let new = Lane {
            parts: vec![(at(-80), Some(at(100)), Part::Works)],
            events: vec![(at(-80), Event::Made), (at(100), Event::Deadline)],
            ..Lane::default()
        };
        Axis { now: at(0), lanes: vec![old, new] }
    }

    fn drawn(axis: &Axis, columns: usize) -> Vec<String> {
        axis.lanes.iter().map(|lane| axis.inks(lane, columns).into_iter().map(Ink::sign).collect()).collect()
    }

    #[test]
    fn what_lasts_and_what_happens_stands_on_one_axis() {
        let axis = two();
        assert_eq!(drawn(&axis, 31), ["╟━━━━━━━━━━━▓▓▼╢  × │          ", "            ╟━━━━━━━│·········◆"]);
        assert_eq!(axis.head(31), "2026-05-05         now");
        assert_eq!(axis.head(44), "2026-05-05                  now   2027-03-01");
        assert_eq!(
            axis.legend(90),
            "× refused use  ▓ both work  ◆ deadline  ▼ moved over  ╢ ended  ━ works  · to come"
        );
        assert_eq!(axis.legend(26), "× refused use  ▓ both work");
    }

    #[test]
    fn signs_differ_and_what_has_no_end_goes_beyond_the_present() {
        let open = Lane { parts: vec![(at(-10), None, Part::Works)], ..Lane::default() };
        let axis = Axis { now: at(0), lanes: vec![open] };
        assert_eq!(drawn(&axis, 12), ["━━━━━━━━━━│·"]);
        let nothing = Axis { now: at(0), lanes: vec![Lane::default()] };
        assert_eq!(drawn(&nothing, 5), ["│    "]);
    }

    #[test]
    fn odd_moments_bend_nothing_and_no_width_panics() {
        let odd = Lane {
            parts: vec![(Time::MIN_UTC, Some(Time::MAX_UTC), Part::Works), (at(3), Some(at(-3)), Part::Both)],
            events: vec![(Time::MAX_UTC, Event::Deadline), (Time::MIN_UTC, Event::Made)],
            ..Lane::default()
        };
        let axis = Axis { now: at(0), lanes: vec![odd] };
        for columns in 0..120 {
            assert_eq!(axis.inks(&axis.lanes[0], columns).len(), columns);
            assert!(axis.head(columns).chars().count() <= columns && axis.legend(columns).chars().count() <= columns);
        }
        let drawn = drawn(&axis, 60).remove(0);
        assert!(drawn.starts_with('╟') && drawn.ends_with('◆') && drawn.contains('│'), "{drawn}");
    }
}
