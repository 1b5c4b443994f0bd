//! A drill: a key that may do nothing is made and planted, and how fast it was contained is what its incident tells.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::{Event, Incident, Standing};
use crate::domain::ids::KeyId;
use crate::domain::time::Time;
use crate::domain::untrusted::Untrusted;

/// A key that was made to be found. Never its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Drill {
    /// A ULID.
    pub id: String,
    /// SHA-256 of its value in hexadecimal, by which its incident is found.
    pub fingerprint: String,
    pub masked: String,
    #[serde(default)]
    pub key: Option<KeyId>,
    pub profile: String,
    pub address: String,
    /// When it was planted, by the server's time: from then on the clock runs.
    pub planted: Time,
    /// Where, in words.
    pub place: Untrusted,
}

/// How long after a key was planted each thing was done; none for what was not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// The server was asked whose it is.
    pub seen: Option<TimeDelta>,
    pub decided: Option<TimeDelta>,
    /// The server said that it is revoked.
    pub asserted: Option<TimeDelta>,
    /// It was proven to be refused.
    pub dead: Option<TimeDelta>,
    /// The evidence was written.
    pub written: Option<TimeDelta>,
}

impl Drill {
    /// How fast it was contained in `incidents`, by the one that came to its end first.
    pub fn times<'i>(&self, incidents: impl IntoIterator<Item = &'i Incident>) -> Times {
        let of = |incident: &Incident| self.times_in(incident);
        let all = incidents.into_iter().filter_map(of);
        // none counts as later than any
        all.min_by_key(|times| (times.dead.is_none(), times.dead, times.asserted)).unwrap_or_default()
    }

    /// How long after it was planted that was. Two processes know the server's time to a second each.
    fn after(&self, at: Time) -> TimeDelta {
        (at - self.planted).max(TimeDelta::zero())
    }

    fn times_in(&self, incident: &Incident) -> Option<Times> {
        let number = incident.position(&self.fingerprint)?;
        let mut times = Times::default();
        let mut asked = false;
        for entry in &incident.entries {
            let after = Some(self.after(entry.at));
            match &entry.event {
                Event::Pasted { values, .. } => {
                    asked |= values.iter().any(|given| given.fingerprint.as_deref() == Some(&self.fingerprint));
                }
                Event::Seen { .. } if asked => times.seen = times.seen.or(after),
                Event::Decided { subject, .. } if *subject == number => times.decided = times.decided.or(after),
                Event::Answered { subject, answer } if *subject == number && answer.is_stop() => {
                    times.asserted = times.asserted.or(after);
                }
                Event::Written(written) => times.written = Some(self.after(written.at)),
                _ => {}
            }
        }
        if let Standing::Proven { at, .. } = incident.subjects.get(number)?.standing(incident.started) {
            times.dead = Some(self.after(at));
        }
        Some(times)
    }
}

/// The best and the median of some times, which need not be in order; none where there are none.
pub fn best_and_median(mut times: Vec<TimeDelta>) -> Option<(TimeDelta, TimeDelta)> {
    times.sort_unstable();
    Some((*times.first()?, *times.get(times.len() / 2)?))
}

/// A span for people, to the tenth of a second below a minute.
pub fn span(time: TimeDelta) -> String {
    let milliseconds = time.num_milliseconds().max(0);
    if milliseconds < 60_000 {
        return format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100);
    }
    crate::domain::time::length((milliseconds / 1000).unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_medians() {
        let seconds = |seconds: &[i64]| seconds.iter().map(|seconds| TimeDelta::seconds(*seconds)).collect();
        assert_eq!(best_and_median(seconds(&[])), None);
        assert_eq!(best_and_median(seconds(&[9, 2, 5])), Some((TimeDelta::seconds(2), TimeDelta::seconds(5))));
        assert_eq!(span(TimeDelta::milliseconds(3250)), "3.2 s");
        assert_eq!(span(TimeDelta::seconds(95)), "1 min 35 s");
    }
}
