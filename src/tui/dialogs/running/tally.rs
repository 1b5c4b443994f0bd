//! How many keys of a run are in which state, as numbers and as one bar.

use crate::domain::bulk::Outcome;

/// How many keys are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Made as wished by this run.
    pub done: usize,
    /// Were so before.
    pub already: usize,
    /// Refused.
    pub denied: usize,
    pub not_found: usize,
    pub failed: usize,
    /// Not sent, since sending was stopped.
    pub not_sent: usize,
    /// Nobody knows.
    pub unknown: usize,
    /// Queued or on their way.
    pub left: usize,
    /// Of those left the ones that are on their way.
    pub sent: usize,
}

/// A part of the bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Done,
    /// Denied, failed, not there.
    Failed,
    Unknown,
    NotSent,
    /// On their way.
    Sent,
    /// Still to be sent.
    Queued,
}

impl Part {
    /// What it is drawn with; no two are alike.
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Done => "█",
            Self::Failed => "×",
            Self::Unknown => "?",
            Self::NotSent => "–",
            Self::Sent => "▒",
            Self::Queued => "░",
        }
    }
}

impl Tally {
    /// Counts one more.
    pub fn add(&mut self, outcome: &Outcome) {
        let count = match outcome {
            Outcome::Queued => &mut self.left,
            Outcome::Sent => {
                self.sent += 1;
                &mut self.left
            }
            Outcome::Revoked | Outcome::Disabled | Outcome::Enabled | Outcome::HandedOver => &mut self.done,
            Outcome::AlreadyRevoked | Outcome::AlreadyDisabled | Outcome::AlreadyEnabled | Outcome::AlreadyTheirs => {
                &mut self.already
            }
            Outcome::Denied(_) => &mut self.denied,
            Outcome::NotFound => &mut self.not_found,
            Outcome::Failed(_) => &mut self.failed,
            Outcome::NotSent(_) => &mut self.not_sent,
            Outcome::Unknown(_) => &mut self.unknown,
        };
        *count += 1;
    }

    fn parts(&self) -> [(Part, usize); 6] {
        [
            (Part::Done, self.done + self.already),
            (Part::Failed, self.denied + self.not_found + self.failed),
            (Part::Unknown, self.unknown),
            (Part::NotSent, self.not_sent),
            (Part::Sent, self.sent),
            (Part::Queued, self.left - self.sent),
        ]
    }

    /// All of them.
    pub fn all(&self) -> usize {
        self.parts().iter().map(|(_, count)| count).sum()
    }

    /// Of how many it is known what became of them, in per cent, rounded down: 100 is all.
    pub fn percent(&self) -> usize {
        let all = self.all();
        ((all - self.left) * 100).checked_div(all).unwrap_or(100)
    }

    /// The bar in so many columns: each part that there is has one at least, and the largest makes up for it.
    pub fn bar(&self, columns: usize) -> Vec<(Part, usize)> {
        let all = self.all().max(1);
        let mut bar: Vec<(Part, usize)> = self
            .parts()
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(part, count)| (part, (count * columns / all).max(1)))
            .collect();
        loop {
            let used: usize = bar.iter().map(|(_, wide)| wide).sum();
            let Some((_, widest)) = bar.iter_mut().max_by_key(|(_, wide)| *wide) else { return bar };
            match used.cmp(&columns) {
                std::cmp::Ordering::Less => *widest += columns - used,
                std::cmp::Ordering::Greater if *widest > 0 => *widest -= 1,
                std::cmp::Ordering::Greater | std::cmp::Ordering::Equal => return bar,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_shows_every_part_and_is_as_wide_as_it_has_room() {
        let tally =
            Tally { done: 90_000, already: 5, failed: 1, unknown: 1, left: 9_993, sent: 64, ..Tally::default() };
        for columns in [4, 5, 6, 12, 40, 74] {
            let bar = tally.bar(columns);
            assert_eq!(bar.iter().map(|(_, wide)| wide).sum::<usize>(), columns, "{bar:?}");
            assert!(columns < 5 || bar.iter().all(|(_, wide)| *wide > 0), "{bar:?}");
        }
        let bar = tally.bar(40);
        let parts = [Part::Done, Part::Failed, Part::Unknown, Part::Sent, Part::Queued];
        assert_eq!(bar.iter().map(|(part, _)| *part).collect::<Vec<_>>(), parts);
        assert_eq!((tally.percent(), tally.all()), (90, 100_000));
        assert_eq!(Tally { done: 3, ..Tally::default() }.bar(10), [(Part::Done, 10)]);
        assert_eq!((Tally::default().bar(10), Tally::default().percent()), (Vec::new(), 100));
    }
}
