//! Moments as they travel and as they are shown. Nothing here asks a clock: the present is always handed in.

use std::fmt;

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::untrusted::Untrusted;

/// A moment in UTC.
pub type Time = DateTime<Utc>;

/// A moment in the wire's form: RFC 3339, UTC, milliseconds, fixed width, so that text order is time order.
pub fn wire(time: Time) -> String {
    let milliseconds = time.timestamp_subsec_millis();
    if !(0..=9999).contains(&time.year()) || milliseconds > 999 {
        // a year that is wider, or a leap second
        return time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    }
    // several times as fast as a format that is read anew for each moment of each row
    let (year, month, day) = (time.year(), time.month(), time.day());
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milliseconds:03}Z")
}

/// A moment for people, to the second: `2026-12-03 00:00:00 UTC`.
pub fn exact(time: Time) -> String {
    time.format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// A day for people: `2026-12-03`.
pub fn day(time: Time) -> String {
    time.format("%Y-%m-%d").to_string()
}

/// A moment that may never come (expiry) or never have been (last use), or that a server wrote in a form nobody can
/// read; the last is kept as text, since taking it for "never" would be a lie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// No moment: null, empty or absent on the wire.
    #[default]
    Never,
    /// A moment.
    At(Time),
    /// Not RFC 3339; as received.
    Unreadable(Untrusted),
}

impl When {
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
        match DateTime::parse_from_rfc3339(text) {
            Ok(time) => Self::At(time.with_timezone(&Utc)),
            Err(_) => Self::Unreadable(Untrusted::from(text)),
        }
    }

    /// The exact moment for people; `never`; or the unreadable text in quotes.
    pub fn exact(&self) -> String {
        match self {
            Self::Never => "never".to_owned(),
            Self::At(time) => exact(*time),
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
            Self::At(time) => serializer.serialize_str(&wire(*time)),
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
        When::Unreadable(_) => "?".to_owned(),
        When::At(time) if now - *time < TimeDelta::minutes(1) => "just now".to_owned(),
        When::At(time) => format!("{} ago", Distance(now - *time)),
    }
}

/// When something will end, for a table: `in 12 d`, `expired`, `never`, `?` when unreadable.
pub fn future(when: &When, now: Time) -> String {
    match when {
        When::Never => "never".to_owned(),
        When::Unreadable(_) => "?".to_owned(),
        When::At(time) if *time <= now => "expired".to_owned(),
        When::At(time) => format!("in {}", Distance(*time - now)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        When::from_wire(text).time().unwrap()
    }

    #[test]
    fn wire_form_is_fixed_width_utc() {
        assert_eq!(wire(at("2026-11-21T10:30:00+02:00")), "2026-11-21T08:30:00.000Z");
        assert_eq!(wire(at("2026-11-21T08:30:00.1239Z")), "2026-11-21T08:30:00.123Z");
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
            ("", "never", "never"),
            ("?!", "?", "?"),
        ] {
            let when = When::from_wire(when);
            assert_eq!((past(&when, now).as_str(), future(&when, now).as_str()), (was, will));
        }
    }
}
