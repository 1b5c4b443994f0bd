//! What a person may ask for a key, as it is typed in a form or on the command line: checked here, before a server is
//! asked. Every refusal is in words for that person.

use std::time::Duration;

use chrono::{NaiveDate, NaiveTime, TimeDelta};

use super::email::is_email;
use super::time::Time;
use super::values::secret_spans;

/// Checks a key's name: 1–255 characters, and no key's value.
pub fn name(text: &str) -> Result<(), String> {
    match text.chars().count() {
        0 => Err("it is empty".to_owned()),
        1..=255 if !secret_spans(text).is_empty() => {
            Err("that looks like a key's value: a name is seen by others".to_owned())
        }
        1..=255 => Ok(()),
        _ => Err("at most 255 characters".to_owned()),
    }
}

/// The furthest that is reckoned with, either way: a hundred years.
const LONGEST: TimeDelta = TimeDelta::days(36_500);

/// A wished expiry, while it is not yet known what time it is for the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    Never,
    On(Time),
    After(TimeDelta),
}

impl Expiry {
    /// Reads `never` or nothing, `90d`, `12h`, `2w`, or a date, which ends at its midnight UTC.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.eq_ignore_ascii_case("never") {
            return Ok(Self::Never);
        }
        if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Ok(Self::On(date.and_time(NaiveTime::MIN).and_utc()));
        }
        let (digits, unit) = split(text);
        let number = digits.parse().map_err(|_| "write never, 90d, 12h, or a date as 2027-01-31".to_owned())?;
        let unit = if unit.is_empty() { "d" } else { unit };
        if !matches!(unit, "h" | "d" | "w") {
            return Err("the unit is h, d or w".to_owned());
        }
        match span(number, unit) {
            Some(span) if span <= TimeDelta::zero() => Err("that is already over".to_owned()),
            Some(span) => Ok(Self::After(span)),
            None => Err("too far ahead".to_owned()),
        }
    }

    /// The moment, for whom it is `now`; none for never.
    pub fn at(self, now: Time) -> Result<Option<Time>, String> {
        let time = match self {
            Self::Never => return Ok(None),
            Self::On(time) => time,
            Self::After(span) => now.checked_add_signed(span).ok_or("too far ahead")?,
        };
        if time <= now {
            return Err("that is already over".to_owned());
        }
        if time > now + LONGEST {
            return Err("at most 100 years; or write never".to_owned());
        }
        Ok(Some(time))
    }
}

/// Reads an expiry where it is known what time it is: see [`Expiry`].
pub fn expiry(text: &str, now: Time) -> Result<Option<Time>, String> {
    Expiry::parse(text)?.at(now)
}

/// Reads how long two values work side by side: `none`, `1h`, `24h`, `7d`. Source: management API, `overlapSeconds`.
pub fn overlap(text: &str) -> Result<TimeDelta, String> {
    if text.is_empty() || text == "0" || text.eq_ignore_ascii_case("none") {
        return Ok(TimeDelta::zero());
    }
    let (digits, unit) = split(text);
    let number = digits.parse().ok().filter(|number| (0..=10_000).contains(number));
    match number.filter(|_| unit != "w").and_then(|number| span(number, unit)) {
        None => Err("write none, 1h, 24h or 7d".to_owned()),
        Some(span) if span > TimeDelta::days(7) => Err("at most 7d".to_owned()),
        Some(span) => Ok(span),
    }
}

/// Reads how long a key is disabled for: `10m`, `2h`, `7d`. Source: management API, `disabledUntil`.
pub fn pause(text: &str) -> Result<TimeDelta, String> {
    let (digits, unit) = split(text);
    let number: Option<i64> = digits.parse().ok().filter(|number| (1..=100_000).contains(number));
    let span = match unit {
        "m" | "min" => number.and_then(TimeDelta::try_minutes),
        unit => number.and_then(|number| span(number, unit)),
    };
    match span {
        None => Err("write 10m, 2h or 1d".to_owned()),
        Some(span) if span > TimeDelta::days(7) => Err("at most 7d".to_owned()),
        Some(span) => Ok(span),
    }
}

/// Reads for how long a read-only profile is unlocked: `10m`, `1h`; from 1 s to 8 h.
pub fn unlock_for(text: &str) -> Result<Duration, String> {
    let (digits, unit) = split(text);
    let number: Option<u64> = digits.parse().ok().filter(|number| (1..=100_000).contains(number));
    let seconds = number.and_then(|number| match unit {
        "s" => Some(number),
        "m" | "min" => number.checked_mul(60),
        "h" => number.checked_mul(3600),
        _ => None,
    });
    match seconds {
        None => Err("write 10m or 1h".to_owned()),
        Some(seconds) if seconds > 8 * 3600 => Err("at most 8h".to_owned()),
        Some(seconds) => Ok(Duration::from_secs(seconds)),
    }
}

/// From when on something is asked for, while it is not yet known what time it is for the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    Day(Time),
    /// The latest moment at which it was so late in UTC.
    Clock(NaiveTime),
    Ago(TimeDelta),
}

impl Since {
    /// Reads `7d`, `12h`, `2w` ago, the beginning of a day in UTC, or a time of day in UTC: today's, or yesterday's where
    /// today's is still to come.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Ok(Self::Day(date.and_time(NaiveTime::MIN).and_utc()));
        }
        let clock = |form| NaiveTime::parse_from_str(text, form).ok();
        if let Some(clock) = clock("%H:%M").or_else(|| clock("%H:%M:%S")) {
            return Ok(Self::Clock(clock));
        }
        let (digits, unit) = split(text);
        let number = digits.parse::<u32>().ok().filter(|_| unit != "min");
        let span = number.and_then(|number| span(number.into(), unit)).filter(|span| *span <= LONGEST);
        span.map(Self::Ago)
            .ok_or_else(|| "write 7d, 12h, 2w, a day as 2026-11-01, or a time of day in UTC as 02:30".to_owned())
    }

    /// The moment, for whom it is `now`.
    pub fn at(self, now: Time) -> Time {
        match self {
            Self::Day(day) => day,
            Self::Clock(clock) => {
                let today = now.date_naive().and_time(clock).and_utc();
                if today <= now { today } else { today - TimeDelta::days(1) }
            }
            Self::Ago(span) => now - span,
        }
    }
}

/// The number and the unit of `90d`.
fn split(text: &str) -> (&str, &str) {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    (number.trim(), text[number.len()..].trim())
}

/// So many minutes, hours, days or weeks; none for another unit or more than time can hold.
fn span(number: i64, unit: &str) -> Option<TimeDelta> {
    match unit {
        "min" => TimeDelta::try_minutes(number),
        "h" => TimeDelta::try_hours(number),
        "d" => TimeDelta::try_days(number),
        "w" => TimeDelta::try_weeks(number),
        _ => None,
    }
}

/// Checks an e-mail address of somebody to tell.
pub fn contact(text: &str) -> Result<(), String> {
    if is_email(text) {
        Ok(())
    } else if secret_spans(text).is_empty() {
        Err(format!("{text} is no e-mail address"))
    } else {
        Err("that looks like a key's value, not an e-mail address".to_owned())
    }
}

/// Checks a collection's UID. Source: Postman, `<userId>-<uuid>`, not the bare UUID.
pub fn collection_uid(text: &str) -> Result<(), String> {
    let well_formed = text.split_once('-').is_some_and(|(user, uuid)| {
        !user.is_empty()
            && user.bytes().all(|b| b.is_ascii_digit())
            && uuid.len() == 36
            && uuid
                .bytes()
                .enumerate()
                .all(|(at, b)| if matches!(at, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() })
    });
    if well_formed { Ok(()) } else { Err("the collection's UID: its owner's number, a dash, its UUID".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::{When, wire};

    #[test]
    fn whether_an_expiry_is_over_depends_on_whose_present_it_is() {
        let now = When::from_wire("2026-11-21T08:30:00Z").time().unwrap();
        for text in ["0d", "-1h", "90y", "soon"] {
            assert!(Expiry::parse(text).is_err(), "{text}");
        }
        let wish = Expiry::parse("2026-11-23").unwrap();
        assert_eq!(wish.at(now).unwrap().map(wire).as_deref(), Some("2026-11-23T00:00:00.000Z"));
        assert!(wish.at(now + TimeDelta::days(3)).is_err());
        let wish = Expiry::parse("12h").unwrap();
        assert_eq!(wish.at(now).unwrap(), Some(now + TimeDelta::hours(12)));
        assert_eq!(Expiry::parse("never").unwrap().at(now), Ok(None));
    }

    #[test]
    fn beginnings() {
        let now = When::from_wire("2026-11-21T08:30:00Z").time().unwrap();
        for (text, at) in [
            ("7d", "2026-11-14T08:30:00.000Z"),
            ("12h", "2026-11-20T20:30:00.000Z"),
            ("2w", "2026-11-07T08:30:00.000Z"),
            ("2026-11-01", "2026-11-01T00:00:00.000Z"),
            ("02:30", "2026-11-21T02:30:00.000Z"),
            ("8:30", "2026-11-21T08:30:00.000Z"),
            ("08:30:01", "2026-11-20T08:30:01.000Z"),
        ] {
            assert_eq!(Since::parse(text).map(|since| wire(since.at(now))).as_deref(), Ok(at));
        }
        for text in ["", "d", "7", "-7d", "7y", "4294967295w", "yesterday", "ü", "24:00", "02:60", ":30"] {
            assert!(Since::parse(text).is_err(), "{text}");
        }
    }
}
