//! Moments as they travel and as they are shown. Nothing here asks a clock: the present is always handed in.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::untrusted::Untrusted;

/// A moment in UTC.
pub type Time = DateTime<Utc>;

/// A moment in the wire's form: RFC 3339, UTC, milliseconds, fixed width, so that text order is time order.
pub fn wire(time: Time) -> String {
    with_wire(time, str::to_owned)
}

/// Hands on a moment in the wire's form. Pages are full of them, so most are put together digit by digit in place.
fn with_wire<T>(time: Time, take: impl FnOnce(&str) -> T) -> T {
    match in_place(time).as_ref().map(|text| std::str::from_utf8(text)) {
        Some(Ok(text)) => take(text),
        // a year that is wider, or a leap second
        _ => take(&time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
    }
}

fn in_place(time: Time) -> Option<[u8; 24]> {
    let (date, clock, milliseconds) = (time.date_naive(), time.time(), time.timestamp_subsec_millis());
    let year = u32::try_from(date.year()).ok().filter(|year| *year <= 9999)?;
    if milliseconds > 999 {
        return None;
    }
    let mut text = *b"0000-00-00T00:00:00.000Z";
    let mut put = |end: usize, digits: usize, mut number: u32| {
        for place in text[end - digits..end].iter_mut().rev() {
            *place = b'0' + u8::try_from(number % 10).unwrap_or_default();
            number /= 10;
        }
    };
    put(4, 4, year);
    put(7, 2, date.month());
    put(10, 2, date.day());
    put(13, 2, clock.hour());
    put(16, 2, clock.minute());
    put(19, 2, clock.second());
    put(23, 3, milliseconds);
    Some(text)
}

/// Reads the form that [`wire`] writes, digit by digit; none of any other, which may be a moment nevertheless.
fn fixed_width(text: &[u8]) -> Option<Time> {
    let text: &[u8; 24] = text.try_into().ok()?;
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':'), (19, b'.'), (23, b'Z')];
    if marks.iter().any(|(at, mark)| text[*at] != *mark) {
        return None;
    }
    let number = |from: usize, to: usize| {
        text[from..to]
            .iter()
            .try_fold(0_u32, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u32::from(*digit - b'0')))
    };
    let date = NaiveDate::from_ymd_opt(i32::try_from(number(0, 4)?).ok()?, number(5, 7)?, number(8, 10)?)?;
    let clock = date.and_hms_milli_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?, number(20, 23)?)?;
    Some(clock.and_utc())
}

/// A moment for people, to the second: `2026-12-03 00:00:00 UTC`.
pub fn exact(time: Time) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A day for people: `2026-12-03`.
pub fn day(time: Time) -> String {
    time.format("%Y-%m-%d").to_string()
}

/// A span of time in its two largest units, the second only where there is any of it: `45 s`, `1 min 30 s`, `24 h`, `3 d 2 h`.
pub fn length(seconds: u64) -> String {
    let (large, unit, small, smaller) = match seconds {
        0..60 => return format!("{seconds} s"),
        60..3600 => (seconds / 60, "min", seconds % 60, "s"),
        3600..172_800 => (seconds / 3600, "h", seconds % 3600 / 60, "min"),
        _ => (seconds / 86_400, "d", seconds % 86_400 / 3600, "h"),
    };
    if small == 0 { format!("{large} {unit}") } else { format!("{large} {unit} {small} {smaller}") }
}

/// A moment that may never come (expiry) or never have been (last use), or that a server wrote in a form nobody can
/// read; the last is kept as text, since taking it for "never" would be a lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// No moment: null, empty or absent on the wire.
    #[default]
    Never,
    At(Time),
    /// Not RFC 3339; as received.
    Unreadable(Untrusted),
}

/// What stands for a moment that a backend does not tell: neither a moment nor never, wherever it is written.
const NOT_TOLD: &str = "not told";

impl When {
    /// A moment that a backend does not tell of anything, so that nobody takes it for never.
    pub fn not_told() -> Self {
        Self::Unreadable(NOT_TOLD.into())
    }

    /// The moment, where there is a readable one.
    pub fn time(&self) -> Option<Time> {
        match self {
            Self::At(time) => Some(*time),
            Self::Never | Self::Unreadable(_) => None,
        }
    }

    /// Reads the wire's text.
    pub fn from_wire(text: &str) -> Self {
        if text.is_empty() {
            return Self::Never;
        }
        if let Some(time) = fixed_width(text.as_bytes()) {
            return Self::At(time);
        }
        match DateTime::parse_from_rfc3339(text) {
            Ok(time) => Self::At(time.with_timezone(&Utc)),
            Err(_) => Self::Unreadable(Untrusted::from(text)),
        }
    }

    /// The exact moment for people; `never`; `not told`; or the unreadable text in quotes.
    pub fn exact(&self) -> String {
        match self {
            Self::Never => "never".to_owned(),
            Self::At(time) => exact(*time),
            Self::Unreadable(text) if text.as_received() == NOT_TOLD => NOT_TOLD.to_owned(),
            Self::Unreadable(text) => format!("unreadable “{text}”"),
        }
    }
}

impl From<Option<Time>> for When {
    fn from(time: Option<Time>) -> Self {
        time.map_or(Self::Never, Self::At)
    }
}

impl From<Time> for When {
    fn from(time: Time) -> Self {
        Self::At(time)
    }
}

impl Serialize for When {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Never => serializer.serialize_none(),
            Self::At(time) => with_wire(*time, |text| serializer.serialize_str(text)),
            Self::Unreadable(text) => text.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Untrusted::deserialize(deserializer)?;
        Ok(Self::from_wire(text.as_received()))
    }
}

/// How long ago, or how far ahead: `now`, `3 min`, `2 h`, `94 d`. The unit is the largest that gives at least one, days
/// at most, rounded down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Distance(pub TimeDelta);

impl fmt::Display for Distance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let delta = self.0.abs();
        let text = if delta.num_days() > 0 {
            format!("{} d", delta.num_days())
        } else if delta.num_hours() > 0 {
            format!("{} h", delta.num_hours())
        } else if delta.num_minutes() > 0 {
            format!("{} min", delta.num_minutes())
        } else {
            format!("{} s", delta.num_seconds())
        };
        f.pad(&text)
    }
}

/// When something happened, for a table: `3 min ago`, `just now` under a minute, `never`, `?` when unreadable. A moment
/// still to come (the server's clock is ahead) counts as now.
pub fn past(when: &When, now: Time) -> String {
    match when {
        When::Never => "never".to_owned(),
        When::Unreadable(_) => unreadable(when),
        When::At(time) if now - *time < TimeDelta::minutes(1) => "just now".to_owned(),
        When::At(time) => format!("{} ago", Distance(now - *time)),
    }
}

impl Distance {
    /// `delta` either way, rounded to the nearest of its unit, so that 90 days from a moment ago are `90 d`, and an hour is
    /// never `60 min`.
    pub fn nearest(delta: TimeDelta) -> Self {
        let delta = delta.abs();
        let round = |unit: TimeDelta| (delta.num_seconds() + unit.num_seconds() / 2) / unit.num_seconds();
        let (minutes, hours) = (round(TimeDelta::minutes(1)), round(TimeDelta::hours(1)));
        Self(if delta < TimeDelta::minutes(1) {
            delta
        } else if minutes < 60 {
            TimeDelta::minutes(minutes)
        } else if hours < 24 {
            TimeDelta::hours(hours)
        } else {
            TimeDelta::days(round(TimeDelta::days(1)))
        })
    }
}

/// In a table: that it is not told, or a mark for what cannot be read.
fn unreadable(when: &When) -> String {
    if *when == When::not_told() { NOT_TOLD.to_owned() } else { "?".to_owned() }
}

/// When something will end, for a table: `in 12 d`, to the nearest day, hour or minute, `expired`, `never`, `not told`,
/// `?` when unreadable.
pub fn future(when: &When, now: Time) -> String {
    match when {
        When::Never => "never".to_owned(),
        When::Unreadable(_) => unreadable(when),
        When::At(time) if *time <= now => "expired".to_owned(),
        When::At(time) => format!("in {}", Distance::nearest(*time - now)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        When::from_wire(text).time().unwrap()
    }

    #[test]
    fn what_is_not_told_is_neither_a_moment_nor_never_and_survives_being_written() {
        let (untold, now) = (When::not_told(), at("2026-11-21T08:30:00Z"));
        assert_eq!((untold.time(), untold.exact()), (None, "not told".to_owned()));
        assert_eq!((past(&untold, now), future(&untold, now)), ("not told".to_owned(), "not told".to_owned()));
        let written = serde_json::to_string(&untold).unwrap();
        assert_eq!(serde_json::from_str::<When>(&written).unwrap(), untold);
        assert_eq!(past(&When::from_wire("soon"), now), "?");
    }

    #[test]
    fn the_wires_own_form_is_read_as_any_other() {
        for text in [
            "2026-11-21T08:30:00.000Z",
            "0000-01-01T00:00:00.999Z",
            "9999-12-31T23:59:59.999Z",
            "2024-02-29T12:00:00.001Z",
            "2023-02-29T12:00:00.001Z",
            "2026-13-01T00:00:00.000Z",
            "2026-11-21T24:00:00.000Z",
            "2026-11-21T08:30:60.000Z",
            "2026-11-21t08:30:00.000Z",
            "2026-11-21T08:30:00,000Z",
            "2026-11-2xT08:30:00.000Z",
            "+026-11-21T08:30:00.000Z",
            "2026-11-21T08:30:00.0000",
        ] {
            let by_chrono = DateTime::parse_from_rfc3339(text).ok().map(|time| time.with_timezone(&Utc));
            assert_eq!(When::from_wire(text).time(), by_chrono, "{text}");
            if let Some(time) = fixed_width(text.as_bytes()) {
                assert_eq!(wire(time), text);
            }
        }
    }

    #[test]
    fn spans_of_time_in_two_units() {
        for (seconds, words) in [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (90, "1 min 30 s"),
            (3600, "1 h"),
            (86_400, "24 h"),
            (180_000, "2 d 2 h"),
            (u64::MAX, "213503982334601 d 7 h"),
        ] {
            assert_eq!(length(seconds), words);
        }
    }

    #[test]
    fn wire_form_is_fixed_width_utc() {
        assert_eq!(wire(at("2026-11-21T10:30:00+02:00")), "2026-11-21T08:30:00.000Z");
        assert_eq!(wire(at("2026-11-21T08:30:00.1239Z")), "2026-11-21T08:30:00.123Z");
    }

    #[test]
    fn every_moment_is_written_as_its_format_says() {
        let mut moments =
            vec![Time::MIN_UTC, Time::MAX_UTC, at("0000-01-01T00:00:00Z"), at("9999-12-31T23:59:59.999Z")];
        moments.push(at("2016-12-31T23:59:60.5Z"));
        let (first, step) = (at("1582-02-28T23:59:59.999Z"), TimeDelta::milliseconds(98_765_432_101));
        moments.extend((0..300).map(|times| first + step * times));
        for moment in moments {
            let expected = moment.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
            assert_eq!(wire(moment), expected);
            assert_eq!(serde_json::to_string(&When::At(moment)).unwrap(), format!("\"{expected}\""));
        }
    }

    #[test]
    fn odd_moments_are_survived() {
        for (json, exact) in [
            ("null", "never"),
            ("\"\"", "never"),
            ("\"2026-11-21T08:30:00Z\"", "2026-11-21 08:30:00 UTC"),
            ("\"soon\\u001b\"", "unreadable “soon\\x1b”"),
            ("1700000000", "unreadable “1700000000”"),
        ] {
            assert_eq!(serde_json::from_str::<When>(json).unwrap().exact(), exact);
        }
    }

    #[test]
    fn distances() {
        let now = at("2026-11-21T08:30:00Z");
        for (when, was, will) in [
            ("2026-11-21T08:29:30Z", "just now", "expired"),
            ("2026-11-21T08:27:00Z", "3 min ago", "expired"),
            ("2026-11-21T06:29:00Z", "2 h ago", "expired"),
            ("2026-08-19T08:30:00Z", "94 d ago", "expired"),
            ("2026-12-03T09:00:00Z", "just now", "in 12 d"),
            ("2027-02-19T08:29:59.9Z", "just now", "in 90 d"),
            ("2027-02-18T20:31:00Z", "just now", "in 90 d"),
            ("2027-02-18T20:29:00Z", "just now", "in 89 d"),
            ("2026-11-22T08:29:40Z", "just now", "in 1 d"),
            ("2026-11-22T07:59:00Z", "just now", "in 23 h"),
            ("2026-11-21T09:29:58Z", "just now", "in 1 h"),
            ("2026-11-21T09:29:20Z", "just now", "in 59 min"),
            ("2026-11-21T08:30:59Z", "just now", "in 59 s"),
            ("", "never", "never"),
            ("?!", "?", "?"),
        ] {
            let when = When::from_wire(when);
            assert_eq!((past(&when, now).as_str(), future(&when, now).as_str()), (was, will));
        }
    }
}
