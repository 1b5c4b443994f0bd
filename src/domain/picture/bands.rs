//! Bands of age and of last use, nearest first.

use chrono::TimeDelta;

use super::cuts::Cuts;
use crate::domain::filter::MomentField;
use crate::domain::time::Time;

/// A length of time as the filter and as people write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub days: i64,
    /// As the filter takes it.
    pub written: &'static str,
}

const fn step(days: i64, written: &'static str) -> Step {
    Step { days, written }
}

/// Some of a field's moments: a band, or several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Whatever the moment is.
    All,
    /// The bands from one to another, both included, nearest first.
    Bands(usize, usize),
    /// What never was.
    Never,
    /// The furthest band, and what never was.
    Stale,
    /// What cannot be read, or is not said.
    Odd,
}

/// How far back a field's moments lie, in bands.
#[derive(Debug)]
pub struct Bands {
    pub field: MomentField,
    /// What the filter calls it.
    pub name: &'static str,
    pub steps: &'static [Step],
    /// Whether it may have never been, which for a length of time is nothing that can be told.
    pub has_never: bool,
}

/// For how long a key has had its value.
pub const AGE: Bands = Bands {
    field: MomentField::Age,
    name: "age",
    steps: &[step(30, "30d"), step(90, "90d"), step(180, "180d"), step(365, "1y"), step(730, "2y")],
    has_never: false,
};

/// When it was last used. From the last step on, and what never was, is rot.
pub const USE: Bands = Bands {
    field: MomentField::Used,
    name: "used",
    steps: &[step(1, "24h"), step(7, "7d"), step(30, "30d"), step(90, "90d")],
    has_never: true,
};

impl Bands {
    /// How many there are.
    pub const fn count(&self) -> usize {
        self.steps.len() + 1
    }

    /// Where they are cut, seen from `now`.
    pub fn cuts(&self, now: Time) -> Cuts {
        Cuts::days_before(self.field, self.steps.iter().map(|step| step.days), now)
    }

    /// Every part that is one column or one row, nearest first.
    pub fn parts(&self) -> Vec<Part> {
        let bands = (0..self.count()).map(|band| Part::Bands(band, band));
        bands.chain(self.has_never.then_some(Part::Never)).chain([Part::Odd]).collect()
    }

    /// Whether what stands at a place of the [cuts](Self::cuts) is in the part.
    pub fn holds(&self, part: Part, place: usize) -> bool {
        let last = self.count() - 1;
        // the cuts ascend in time, and the bands go back from now
        let band = last.checked_sub(place);
        let never = self.has_never && place == last + 1;
        match part {
            Part::All => true,
            Part::Bands(from, to) => band.is_some_and(|band| (from..=to).contains(&band)),
            Part::Never => never,
            Part::Stale => never || band == Some(last),
            Part::Odd => band.is_none() && !never,
        }
    }

    /// The part as the filter has it; empty for all.
    pub fn filter(&self, part: Part) -> String {
        let name = self.name;
        let written = |at: usize| self.steps.get(at).map_or("", |step| step.written);
        match part {
            Part::All => String::new(),
            Part::Bands(from, to) => {
                let least = from.checked_sub(1).map(|at| format!("{name}:>={}", written(at)));
                let most = (to < self.steps.len()).then(|| format!("{name}:<{}", written(to)));
                match (least, most) {
                    // any moment that can be read
                    (None, None) => format!("{name}:>=0d"),
                    (least, most) => least.into_iter().chain(most).collect::<Vec<_>>().join(" "),
                }
            }
            Part::Never => format!("{name}:never"),
            Part::Stale => {
                let never = if self.has_never { ",never" } else { "" };
                format!("{name}:>={}{never}", written(self.steps.len() - 1))
            }
            Part::Odd => {
                let never = if self.has_never { format!("-{name}:never ") } else { String::new() };
                format!("{never}-{name}:>=0d")
            }
        }
    }

    /// The part in a few words, in ASCII: `30-90 d`, `2 y +`, `never`.
    pub fn words(&self, part: Part) -> String {
        let written = |at: usize| {
            let text = self.steps.get(at).map_or("", |step| step.written);
            text.split_at(text.len().saturating_sub(1))
        };
        match part {
            Part::All => "all".to_owned(),
            Part::Bands(from, to) => {
                match (from.checked_sub(1).map(written), (to < self.steps.len()).then(|| written(to))) {
                    (None, Some((most, unit))) => format!("< {most} {unit}"),
                    (Some((least, unit)), None) => format!("{least} {unit} +"),
                    (Some((least, one)), Some((most, unit))) if one == unit => format!("{least}-{most} {unit}"),
                    (Some((least, one)), Some((most, unit))) => format!("{least} {one}-{most} {unit}"),
                    (None, None) => "any".to_owned(),
                }
            }
            Part::Never => "never".to_owned(),
            Part::Stale => {
                let (days, unit) = written(self.steps.len() - 1);
                format!("{days} {unit} +, never")
            }
            Part::Odd => "unknown".to_owned(),
        }
    }
}

/// How long ago a use still counts as of today.
pub const A_DAY: TimeDelta = TimeDelta::hours(24);
