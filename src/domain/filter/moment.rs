//! Conditions on moments: `never`, `<14d`, `>2026-01-01`.

use std::fmt;
use std::ops::Bound::{self, Excluded, Included, Unbounded};
use std::ops::RangeBounds;

use chrono::{Datelike, Months, NaiveDate, TimeDelta};

use crate::domain::time::{Time, When};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MomentField {
    /// When it expires: the future counts.
    Expires,
    /// When it was last used.
    Used,
    /// For how long it was not used.
    Idle,
    /// When it was made.
    Created,
    Revoked,
    /// When it was found.
    Detected,
    /// For how long it has had its value.
    Age,
    /// When it got another value, or took over from another key.
    Rotated,
    /// When a use of it was last refused since it stopped working.
    Tried,
}

impl MomentField {
    pub const ALL: [Self; 9] = [
        Self::Expires,
        Self::Used,
        Self::Idle,
        Self::Created,
        Self::Revoked,
        Self::Detected,
        Self::Age,
        Self::Rotated,
        Self::Tried,
    ];

    /// Whether only how long ago it was is asked: it is no moment that a person would name.
    const fn is_length(self) -> bool {
        matches!(self, Self::Idle | Self::Age)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `=`
    Equal,
    /// `>=`
    AtLeast,
    /// `>`
    Greater,
}

impl Comparison {
    const fn sign(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Equal => "=",
            Self::AtLeast => ">=",
            Self::Greater => ">",
        }
    }

    fn split(text: &str) -> (Option<Self>, &str) {
        // The two-character signs first: `<` begins `<=`.
        [Self::AtMost, Self::AtLeast, Self::Less, Self::Greater, Self::Equal]
            .into_iter()
            .find_map(|comparison| Some((Some(comparison), text.strip_prefix(comparison.sign())?)))
            .unwrap_or((None, text))
    }
}

/// A unit of duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// `min`
    Minutes,
    /// `h`
    Hours,
    /// `d`, 24 hours.
    Days,
    /// `w`, 7 days.
    Weeks,
    /// `mo`, 30 days.
    Months,
    /// `y`, 365 days.
    Years,
}

impl Unit {
    const ALL: [Self; 6] = [Self::Minutes, Self::Hours, Self::Days, Self::Weeks, Self::Months, Self::Years];

    const fn word(self) -> &'static str {
        match self {
            Self::Minutes => "min",
            Self::Hours => "h",
            Self::Days => "d",
            Self::Weeks => "w",
            Self::Months => "mo",
            Self::Years => "y",
        }
    }

    const fn minutes(self) -> i64 {
        match self {
            Self::Minutes => 1,
            Self::Hours => 60,
            Self::Days => 24 * 60,
            Self::Weeks => 7 * 24 * 60,
            Self::Months => 30 * 24 * 60,
            Self::Years => 365 * 24 * 60,
        }
    }
}

/// A duration as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Duration {
    count: u32,
    unit: Unit,
}

impl Duration {
    /// The longest that is understood, in minutes: a thousand years, far from where arithmetic on moments ends.
    const MAX_MINUTES: i64 = 1000 * Unit::Years.minutes();

    fn delta(self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.count) * self.unit.minutes())
    }

    fn parse(text: &str) -> Option<Self> {
        let digits = text.find(|c: char| !c.is_ascii_digit())?;
        let count = text[..digits].parse::<u32>().ok()?;
        let unit = Unit::ALL.into_iter().find(|unit| unit.word().eq_ignore_ascii_case(&text[digits..]))?;
        (i64::from(count) * unit.minutes() <= Self::MAX_MINUTES).then_some(Self { count, unit })
    }
}

/// A year, a month or a day in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    first: NaiveDate,
    length: Length,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Length {
    Year,
    Month,
    Day,
}

impl Period {
    fn parse(text: &str) -> Option<Self> {
        let (length, widths) = match text.len() {
            4 => (Length::Year, &[4][..]),
            7 => (Length::Month, &[4, 2][..]),
            10 => (Length::Day, &[4, 2, 2][..]),
            _ => return None,
        };
        let mut numbers = [1, 1, 1];
        let mut parts = text.split('-');
        for (number, width) in numbers.iter_mut().zip(widths) {
            let part = parts.next()?;
            *number =
                (part.len() == *width && part.bytes().all(|b| b.is_ascii_digit())).then(|| part.parse().ok())??;
        }
        let first = NaiveDate::from_ymd_opt(i32::try_from(numbers[0]).ok()?, numbers[1], numbers[2])?;
        parts.next().is_none().then_some(Self { first, length })
    }

    /// The first moment of the period and the first one after it.
    fn bounds(self) -> (Time, Time) {
        let next = match self.length {
            Length::Year => self.first.checked_add_months(Months::new(12)),
            Length::Month => self.first.checked_add_months(Months::new(1)),
            Length::Day => self.first.succ_opt(),
        };
        let midnight = |date: NaiveDate| date.and_time(chrono::NaiveTime::MIN).and_utc();
        (midnight(self.first), next.map_or(Time::MAX_UTC, midnight))
    }
}

/// What is asked of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MomentTest {
    /// There is none.
    Never,
    Over,
    /// How far from now it is, ahead for what expires, back for all else.
    Distance(Comparison, Duration),
    /// Where it stands in the calendar: `>` is after the period ended, `<` before it began.
    Calendar(Comparison, Period),
}

impl MomentTest {
    /// Reads what stands behind the colon; none when it means nothing for this field.
    pub(super) fn parse(field: MomentField, text: &str) -> Option<Self> {
        let length = field.is_length();
        if text.eq_ignore_ascii_case("never") {
            return (!length).then_some(Self::Never);
        }
        if text.eq_ignore_ascii_case("expired") {
            return (field == MomentField::Expires).then_some(Self::Over);
        }
        let (comparison, rest) = Comparison::split(text);
        if let Some(period) = Period::parse(rest) {
            return (!length).then_some(Self::Calendar(comparison.unwrap_or(Comparison::Equal), period));
        }
        let comparison = comparison.filter(|comparison| *comparison != Comparison::Equal)?;
        Some(Self::Distance(comparison, Duration::parse(rest)?))
    }

    /// What may stand behind the colon, for an error.
    pub(super) fn possible(field: MomentField) -> &'static str {
        match field {
            MomentField::Expires => {
                "<14d or >14d (units min h d w mo y), never, expired, or a date such as <2027-01-01 or =2027-01"
            }
            MomentField::Idle | MomentField::Age => "<90d or >90d (units min h d w mo y)",
            _ => "<14d or >14d (units min h d w mo y), never, or a date such as >2026-01-01 or =2026-01",
        }
    }

    /// Whether the outcome may change as time goes by.
    pub(super) fn depends_on_now(&self) -> bool {
        matches!(self, Self::Over | Self::Distance(..))
    }

    /// Whether the moment passes. `ahead` measures distance into the future, where what is over passes no distance;
    /// without it distance is age, and a moment still to come (the server's clock is ahead) is of age zero. A moment that
    /// cannot be read passes nothing.
    pub fn holds(&self, when: &When, ahead: bool, now: Time) -> bool {
        match (self.passing(ahead, now), when) {
            (None, when) => *when == When::Never,
            (Some(passing), When::At(time)) => passing.contains(time),
            (Some(_), When::Never | When::Unreadable(_)) => false,
        }
    }

    /// The moments that pass, which are all of a span; none: what never is passes, and nothing else.
    pub(in crate::domain) fn passing(&self, ahead: bool, now: Time) -> Option<(Bound<Time>, Bound<Time>)> {
        let nothing = (Excluded(now), Excluded(now));
        Some(match self {
            Self::Never => return None,
            Self::Over => (Unbounded, Included(now)),
            Self::Distance(comparison, duration) => {
                let wanted = duration.delta();
                let at_once = wanted == TimeDelta::zero();
                if ahead {
                    let then = now + wanted;
                    match comparison {
                        Comparison::Less => (Excluded(now), Excluded(then)),
                        Comparison::AtMost => (Excluded(now), Included(then)),
                        Comparison::Equal if at_once => nothing,
                        Comparison::Equal => (Included(then), Included(then)),
                        Comparison::AtLeast if !at_once => (Included(then), Unbounded),
                        Comparison::AtLeast | Comparison::Greater => (Excluded(then), Unbounded),
                    }
                } else {
                    let then = now - wanted;
                    match comparison {
                        Comparison::Less if at_once => nothing,
                        Comparison::Less => (Excluded(then), Unbounded),
                        Comparison::AtMost => (Included(then), Unbounded),
                        Comparison::Equal if at_once => (Included(then), Unbounded),
                        Comparison::Equal => (Included(then), Included(then)),
                        Comparison::AtLeast if at_once => (Unbounded, Unbounded),
                        Comparison::AtLeast => (Unbounded, Included(then)),
                        Comparison::Greater => (Unbounded, Excluded(then)),
                    }
                }
            }
            Self::Calendar(comparison, period) => {
                let (start, end) = period.bounds();
                match comparison {
                    Comparison::Less => (Unbounded, Excluded(start)),
                    Comparison::AtMost => (Unbounded, Excluded(end)),
                    Comparison::Equal => (Included(start), Excluded(end)),
                    Comparison::AtLeast => (Included(start), Unbounded),
                    Comparison::Greater => (Included(end), Unbounded),
                }
            }
        })
    }
}

impl fmt::Display for MomentTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never"),
            Self::Over => f.write_str("expired"),
            Self::Distance(comparison, Duration { count, unit }) => {
                write!(f, "{}{count}{}", comparison.sign(), unit.word())
            }
            Self::Calendar(comparison, Period { first, length }) => {
                write!(f, "{}{:04}", comparison.sign(), first.year())?;
                if matches!(length, Length::Month | Length::Day) {
                    write!(f, "-{:02}", first.month())?;
                }
                if matches!(length, Length::Day) {
                    write!(f, "-{:02}", first.day())?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> When {
        When::from_wire(text)
    }

    fn holds(field: MomentField, test: &str, when: &str) -> bool {
        let test = MomentTest::parse(field, test).unwrap_or_else(|| panic!("{test} does not parse"));
        let now = at("2026-11-21T12:00:00Z").time().unwrap();
        test.holds(&at(when), field == MomentField::Expires, now)
    }

    #[test]
    fn expiry_looks_ahead() {
        for (test, when, expected) in [
            ("<14d", "2026-12-05T11:59:59Z", true),
            ("<14d", "2026-12-05T12:00:00Z", false),
            ("<=2w", "2026-12-05T12:00:00Z", true),
            ("<14d", "2026-11-21T12:00:00Z", false),
            ("<14d", "2026-11-20T12:00:00Z", false),
            (">14d", "2026-12-05T12:00:01Z", true),
            (">14d", "2026-11-20T12:00:00Z", false),
            ("<14d", "", false),
            (">14d", "", false),
            ("never", "", true),
            ("never", "2026-12-05T12:00:00Z", false),
            ("never", "garbage", false),
            ("expired", "2026-11-21T12:00:00Z", true),
            ("expired", "2026-11-21T12:00:01Z", false),
            ("expired", "", false),
        ] {
            assert_eq!(holds(MomentField::Expires, test, when), expected, "{test} {when}");
        }
    }

    #[test]
    fn everything_else_looks_back() {
        for (test, when, expected) in [
            ("<24h", "2026-11-20T12:00:01Z", true),
            ("<24h", "2026-11-20T12:00:00Z", false),
            ("<24h", "2026-11-21T12:30:00Z", true),
            (">=24h", "2026-11-20T12:00:00Z", true),
            (">90d", "2026-08-01T00:00:00Z", true),
            (">90d", "", false),
            (">90d", "garbage", false),
            (">2026-01-01", "2026-01-01T23:59:59Z", false),
            (">2026-01-01", "2026-01-02T00:00:00Z", true),
            (">=2026-01-01", "2026-01-01T00:00:00Z", true),
            ("<2026-01", "2025-12-31T23:59:59Z", true),
            ("<=2026-01", "2026-01-31T23:59:59Z", true),
            ("<=2026-01", "2026-02-01T00:00:00Z", false),
            ("=2026", "2026-07-01T00:00:00Z", true),
            ("2026-02", "2026-02-28T00:00:00Z", true),
            ("2026-02", "2026-03-01T00:00:00Z", false),
        ] {
            assert_eq!(holds(MomentField::Used, test, when), expected, "{test} {when}");
        }
    }

    #[test]
    fn what_means_nothing_is_refused() {
        for (field, texts) in [
            (MomentField::Expires, &["", "<", "14d", "=14d", "<14", "<14m", "<d", "soon", "<99999999999d"][..]),
            (MomentField::Used, &["expired", "2026-13", "2026-02-30", "2026-1", "26-01-01", "2026-01-01x", "<-1d"]),
            (MomentField::Idle, &["never", ">2026-01-01", "expired", ">4000000000y"]),
        ] {
            for text in texts {
                assert_eq!(MomentTest::parse(field, text), None, "{text}");
            }
        }
    }

    #[test]
    fn the_largest_numbers_are_survived() {
        for test in ["<1000y", ">9999-12-31", "<=9999", "=0000", ">365000d"] {
            for when in ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"] {
                holds(MomentField::Expires, test, when);
                holds(MomentField::Used, test, when);
            }
        }
    }
}
