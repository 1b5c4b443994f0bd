//! The date of a campaign, as it is typed.

use chrono::{NaiveDate, TimeDelta};

use crate::domain::key_fields;
use crate::domain::time::Time;

/// Reads until when all keys are to be rotated: a date, which ends with its last second in UTC, or `30d`, `6w` from `now`.
///
/// # Errors
/// What is wrong with it, in words.
pub fn by(text: &str, now: Time) -> Result<Time, String> {
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        let after = date.succ_opt().ok_or("too far ahead")?.and_time(chrono::NaiveTime::MIN).and_utc();
        let last = after - TimeDelta::seconds(1);
        return if last > now { Ok(last) } else { Err("that day is over".to_owned()) };
    }
    key_fields::expiry(text, now)?.ok_or_else(|| "a campaign has a date: write 2027-06-30 or 30d".to_owned())
}
