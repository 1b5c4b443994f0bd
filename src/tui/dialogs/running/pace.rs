//! How fast a run is answered: when each call was sent, how long it took, and what that comes to.

use std::time::Duration;

use crate::tui::text::thousands;

/// Upper bounds of the bars of the histogram in milliseconds, with their labels; the last bar is of all that took longer.
pub const BARS: [(u64, &str); 8] = [
    (10, "10 ms"),
    (25, "25 ms"),
    (50, "50 ms"),
    (100, "0.1 s"),
    (250, ".25 s"),
    (500, "0.5 s"),
    (1000, "1 s"),
    (5000, "5 s"),
];

/// What [`Pace::bars`] counts beyond the last bound is called.
pub const LONGER: &str = "more";

/// The calls of a run.
#[derive(Debug, Default)]
pub struct Pace {
    /// When each call was sent, as long as no answer of it came.
    sent: Vec<Option<Duration>>,
    /// In which call each key was sent, by its place; those that were not are missing or none.
    call_of: Vec<Option<usize>>,
    /// How long each answer took.
    took: Vec<Duration>,
    /// When there was news the last time.
    heard: Duration,
}

impl Pace {
    /// There was news.
    pub fn hear(&mut self, now: Duration) {
        self.heard = now;
    }

    /// When there was news the last time: what is told of the time left is as old as that, so that nothing is drawn anew
    /// while nothing happens.
    pub fn heard(&self) -> Duration {
        self.heard
    }

    /// The keys at these places were sent together.
    pub fn send(&mut self, places: impl Iterator<Item = usize>, now: Duration) {
        let call = self.sent.len();
        self.sent.push(Some(now));
        for place in places {
            if self.call_of.len() <= place {
                self.call_of.resize(place + 1, None);
            }
            self.call_of[place] = Some(call);
        }
    }

    /// The key at this place was answered, and with it its call.
    pub fn answer(&mut self, place: usize, now: Duration) {
        if let Some(sent) = self.call(place) {
            self.took.push(now.saturating_sub(sent));
        }
    }

    /// The answer for the key at this place was lost: how long it took nobody knows.
    pub fn lose(&mut self, place: usize) {
        self.call(place);
    }

    /// When the call of the key at this place was sent, once.
    fn call(&mut self, place: usize) -> Option<Duration> {
        let call = self.call_of.get(place).copied().flatten()?;
        self.sent.get_mut(call)?.take()
    }

    /// How many answers there were.
    pub fn answers(&self) -> usize {
        self.took.len()
    }

    /// How many answers took as long as each bar says, and how many longer.
    pub fn bars(&self) -> [u64; BARS.len() + 1] {
        let mut bars = [0; BARS.len() + 1];
        for took in &self.took {
            bars[BARS.partition_point(|(most, _)| u128::from(*most) < took.as_millis())] += 1;
        }
        bars
    }

    /// The same in words; none before the first answer.
    pub fn words(&self) -> Option<String> {
        let mut took = self.took.clone();
        took.sort_unstable();
        let last = took.len().checked_sub(1)?;
        let [middle, nearly] = [50, 95].map(|percent| said(took[last * percent / 100]));
        if last == 0 {
            return Some(format!("1 answer, after {}", said(took[0])));
        }
        Some(format!(
            "{} answers: half within {middle}, 95 % within {nearly}, the slowest {}",
            thousands(last + 1),
            said(took[last])
        ))
    }
}

/// `42 ms`, `1.3 s`.
fn said(time: Duration) -> String {
    let millis = time.as_millis();
    if millis < 1000 { format!("{millis} ms") } else { format!("{}.{} s", millis / 1000, millis % 1000 / 100) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_call_is_timed_once_and_a_lost_one_never() {
        let mut pace = Pace::default();
        assert_eq!(pace.words(), None);
        pace.send(0..1000, ms(0));
        pace.send([1000].into_iter(), ms(0));
        for place in 0..1000 {
            pace.answer(place, ms(40 + u64::try_from(place).unwrap()));
        }
        pace.lose(1000);
        pace.answer(1000, ms(9000));
        pace.answer(2000, ms(9000));
        assert_eq!((pace.answers(), pace.bars()), (1, [0, 0, 1, 0, 0, 0, 0, 0, 0]));
        assert_eq!(pace.words().unwrap(), "1 answer, after 40 ms");
        for (place, took) in [(1, 10), (2, 11), (3, 5000), (4, 5001), (5, 1370)] {
            pace.send([place].into_iter(), ms(100));
            pace.answer(place, ms(100 + took));
        }
        assert_eq!(pace.bars(), [1, 1, 1, 0, 0, 0, 0, 2, 1]);
        assert_eq!(pace.words().unwrap(), "6 answers: half within 40 ms, 95 % within 5.0 s, the slowest 5.0 s");
    }
}
