//! The present, as far as a server's answers tell it: its time, not that of the clock of the machine keydeck runs on, is
//! what keys expire by.
//!
//! An answer's `Date` has whole seconds and was written some time between the request and the answer, so it tells the
//! server's time within half a second and half the way there and back. From then on a clock of this machine that nobody
//! sets carries it on, one that goes on counting while the machine sleeps; so neither a sleep nor setting this machine's
//! clock is a jump.
//!
//! A later `Date` is believed when it fits what the first one said, by that clock or by the one that people set (which
//! knows of a pause that the other has slept through). One that fits neither jumps. Whether the server's clock was put
//! right or somebody lies cannot be seen from it, so nothing follows from one answer: once [`ANSWERS`] of them over
//! [`CONFIRMED_AFTER`] agree, it counts as the present for what is shown and asked for. What cannot be undone still waits
//! for every time that was believed, and for this machine's clock: see [`Present::sure`].

use std::time::Duration;

use chrono::TimeDelta;

use super::time::{Distance, Time};

/// From how far on this machine's clock is said to be off.
pub const OFF_BY: TimeDelta = TimeDelta::minutes(1);
/// How far the clocks of one service's machines, or one clock that is put right a little, may be apart.
const PLAUSIBLE: TimeDelta = TimeDelta::minutes(1);
/// A clock gains or loses less than one part in this many.
const DRIFT: i32 = 5000;
/// How many answers must agree on a time that jumped.
pub const ANSWERS: u32 = 3;
/// How long they must agree on it.
pub const CONFIRMED_AFTER: Duration = Duration::from_mins(1);

/// The present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Present {
    /// As the server has it; where it does not tell, as this machine's clock does.
    pub now: Time,
    /// The earliest that it may be by anything that is known: what is due by this is due by the server's time, whose error
    /// is taken off, and by this machine's clock. What cannot be undone waits for it.
    pub sure: Time,
    /// How far this machine's clock is ahead of the server's time, or behind it when negative; none within
    /// [`OFF_BY`] and the error.
    pub off: Option<TimeDelta>,
}

impl Present {
    /// What is to be said of this machine's clock: that it is `3 d behind the server`; none when it is right.
    pub fn off_words(&self) -> Option<String> {
        let off = self.off?;
        let way = if off < TimeDelta::zero() { "behind" } else { "ahead of" };
        Some(format!("{} {way} the server", Distance::nearest(off)))
    }
}

impl From<Time> for Present {
    /// Where there is one clock only.
    fn from(time: Time) -> Self {
        Self { now: time, sure: time, off: None }
    }
}

/// Both clocks of this machine, read at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The clock that people and time servers set.
    pub own: Time,
    /// The one that nobody sets, since some moment before keydeck started.
    pub running: Duration,
}

/// An answer that said what time it is.
#[derive(Clone, Copy, Debug)]
pub struct Dated {
    /// When the request was sent.
    pub sent: Reading,
    /// When the answer began to arrive.
    pub received: Reading,
    /// What it said, in whole seconds.
    pub date: Time,
}

/// What became of an answer's `Date`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    Believed,
    /// It jumps, and so far nothing follows from it.
    Doubted,
    /// It jumps, but enough answers agree on it.
    Confirmed,
}

/// The server's time at one moment.
#[derive(Clone, Copy, Debug)]
struct Estimate {
    at: Reading,
    time: Time,
    /// How far it may be off either way.
    error: TimeDelta,
}

impl Estimate {
    fn of(dated: &Dated) -> Self {
        let way = span(dated.sent.running, dated.received.running).max(TimeDelta::zero());
        let error = (TimeDelta::seconds(1) + way) / 2;
        Self { at: dated.received, time: dated.date + error, error }
    }

    /// The server's time at a later reading, by the clock that nobody sets.
    fn time_at(&self, reading: Reading) -> Time {
        self.time + span(self.at.running, reading.running)
    }

    /// The same by the clock that people set.
    fn time_by_own(&self, reading: Reading) -> Time {
        self.time + (reading.own - self.at.own)
    }

    fn error_at(&self, reading: Reading) -> TimeDelta {
        self.error + span(self.at.running, reading.running).abs() / DRIFT
    }

    fn earliest_at(&self, reading: Reading) -> Time {
        self.time_at(reading) - self.error_at(reading)
    }

    /// How far `later` may differ from this and still be plausible.
    fn tolerance(&self, later: &Self) -> TimeDelta {
        PLAUSIBLE + later.error + self.error_at(later.at)
    }
}

/// A time that jumps, and how many answers agree on it.
#[derive(Clone, Copy, Debug)]
struct Doubt {
    first: Estimate,
    answers: u32,
}

/// What is known of a server's time.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServerTime {
    /// What every later answer is held against, so that many small steps do not come to a large one.
    anchor: Option<Estimate>,
    /// The most exact of those that fit it.
    believed: Option<Estimate>,
    doubt: Option<Doubt>,
    /// The earliest time that was believed before one that jumped was confirmed.
    floor: Option<Estimate>,
}

impl ServerTime {
    /// The present at this reading of the machine's clocks.
    pub fn present(&self, reading: Reading) -> Present {
        let Some(believed) = &self.believed else { return Present::from(reading.own) };
        let now = believed.time_at(reading);
        let doubted = self.doubt.map(|doubt| doubt.first);
        let others = self.floor.iter().chain(&doubted).chain([believed]);
        let sure = others.map(|known| known.earliest_at(reading)).fold(reading.own, Time::min);
        let off = reading.own - now;
        Present { now, sure, off: Some(off).filter(|off| off.abs() > OFF_BY + believed.error_at(reading)) }
    }

    /// Takes in what an answer said.
    pub fn hear(&mut self, dated: &Dated) -> Heard {
        let told = Estimate::of(dated);
        let (Some(anchor), Some(believed)) = (self.anchor, self.believed) else {
            (self.anchor, self.believed) = (Some(told), Some(told));
            return Heard::Believed;
        };
        let (by_running, by_own) = (anchor.time_at(told.at), anchor.time_by_own(told.at));
        if [by_running, by_own].iter().any(|expected| (told.time - *expected).abs() <= anchor.tolerance(&told)) {
            self.doubt = None;
            let (before, gap) = (believed.error_at(told.at), (told.time - believed.time_at(told.at)).abs());
            if told.error <= before || gap > told.error + before {
                self.believed = Some(told);
            }
            return Heard::Believed;
        }
        self.doubted(told, believed)
    }

    fn doubted(&mut self, told: Estimate, believed: Estimate) -> Heard {
        let fits = |doubt: &Doubt| (told.time - doubt.first.time_at(told.at)).abs() <= doubt.first.tolerance(&told);
        let Some(doubt) = self.doubt.as_mut().filter(|doubt| fits(doubt)) else {
            self.doubt = Some(Doubt { first: told, answers: 1 });
            return Heard::Doubted;
        };
        doubt.answers += 1;
        if doubt.answers < ANSWERS || span(doubt.first.at.running, told.at.running) < CONFIRMED {
            return Heard::Doubted;
        }
        let earlier = |floor: &Estimate| floor.earliest_at(told.at) < believed.earliest_at(told.at);
        self.floor = Some(self.floor.filter(earlier).unwrap_or(believed));
        (self.anchor, self.believed, self.doubt) = (Some(told), Some(told), None);
        Heard::Confirmed
    }
}

const CONFIRMED: TimeDelta = TimeDelta::seconds(CONFIRMED_AFTER.as_secs().cast_signed());

/// From one reading of a clock that counts from somewhere to another.
fn span(from: Duration, to: Duration) -> TimeDelta {
    let delta = |duration| TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX);
    match to.checked_sub(from) {
        Some(ahead) => delta(ahead),
        None => -delta(from.saturating_sub(to)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::When;

    fn at(text: &str) -> Time {
        When::from_wire(text).time().unwrap()
    }

    /// A machine whose clocks are moved, and a server of which it hears.
    struct Scene {
        reading: Reading,
        /// The server's time.
        server: Time,
        known: ServerTime,
    }

    impl Scene {
        /// The machine's clock is so far ahead of the server's.
        fn ahead(by: TimeDelta) -> Self {
            let server = at("2026-11-21T08:30:00Z");
            let reading = Reading { own: server + by, running: Duration::from_secs(1000) };
            Self { reading, server, known: ServerTime::default() }
        }

        fn pass(&mut self, seconds: i64) {
            self.server += TimeDelta::seconds(seconds);
            self.reading.own += TimeDelta::seconds(seconds);
            self.reading.running += Duration::from_secs(seconds.unsigned_abs());
        }

        /// Sleeps in a way that the clock that nobody sets does not count.
        fn sleep(&mut self, seconds: i64) {
            let running = self.reading.running;
            self.pass(seconds);
            self.reading.running = running;
        }

        /// An answer that says so, half a second underway each way.
        fn hear(&mut self, date: Time) -> Heard {
            let sent = self.reading;
            self.pass(1);
            self.known.hear(&Dated { sent, received: self.reading, date })
        }

        fn hear_truth(&mut self) -> Heard {
            self.hear(self.server)
        }

        fn present(&self) -> Present {
            self.known.present(self.reading)
        }

        /// How far what is taken for the present is from the server's time, in seconds.
        #[track_caller]
        fn is_right(&self) {
            let (present, second) = (self.present(), TimeDelta::seconds(1));
            assert!((present.now - self.server).abs() <= second, "{present:?} at {}", self.server);
            assert!(present.sure <= self.server && present.sure <= self.reading.own, "{present:?}");
        }
    }

    const SKEWS: [TimeDelta; 5] =
        [TimeDelta::days(-3), TimeDelta::minutes(-2), TimeDelta::zero(), TimeDelta::hours(2), TimeDelta::days(3)];

    #[test]
    fn the_present_is_the_servers_whatever_this_clock_says() {
        for skew in SKEWS {
            let mut scene = Scene::ahead(skew);
            assert_eq!(scene.present(), Present::from(scene.reading.own), "nothing was heard yet");
            assert_eq!(scene.hear_truth(), Heard::Believed);
            scene.is_right();
            scene.pass(100_000);
            scene.is_right();
            let sure = scene.present().sure;
            assert!(sure <= scene.server.min(scene.reading.own), "the irreversible waits for the later of both");
            assert!(scene.server.min(scene.reading.own) - sure < TimeDelta::minutes(1), "and not for much more");
        }
    }

    #[test]
    fn a_clock_that_is_off_by_more_than_a_minute_is_told_of() {
        let words = |skew| {
            let mut scene = Scene::ahead(skew);
            scene.hear_truth();
            scene.present().off_words()
        };
        assert_eq!(words(TimeDelta::seconds(-55)), None);
        assert_eq!(words(TimeDelta::seconds(61)), None, "that may be the error");
        assert_eq!(words(TimeDelta::seconds(64)).unwrap(), "1 min ahead of the server");
        assert_eq!(words(TimeDelta::minutes(-125)).unwrap(), "2 h behind the server");
        assert_eq!(words(TimeDelta::seconds(3 * 86_400 + 1)).unwrap(), "3 d ahead of the server");
    }

    #[test]
    fn setting_this_clock_and_sleeping_are_no_jumps() {
        for skew in SKEWS {
            // somebody puts it right
            let mut scene = Scene::ahead(skew);
            scene.hear_truth();
            scene.reading.own = scene.server;
            scene.is_right();
            assert_eq!(scene.present().off, None);
            assert_eq!(scene.hear_truth(), Heard::Believed);
            // the machine sleeps for a night, which both clocks count, then in a way that only one counts
            let mut scene = Scene::ahead(skew);
            scene.hear_truth();
            scene.pass(8 * 3600);
            assert_eq!(scene.hear_truth(), Heard::Believed);
            scene.is_right();
            scene.sleep(8 * 3600);
            assert_eq!(scene.hear_truth(), Heard::Believed);
            scene.is_right();
        }
    }

    #[test]
    fn a_date_that_jumps_moves_nothing_irreversible_forward() {
        for skew in SKEWS {
            let mut scene = Scene::ahead(skew);
            scene.hear_truth();
            let lie = |scene: &Scene| scene.server + TimeDelta::days(4000);
            assert_eq!(scene.hear(lie(&scene)), Heard::Doubted);
            scene.is_right();
            // one honest answer is enough to forget it
            assert_eq!(scene.hear_truth(), Heard::Believed);
            for _ in 0..200 {
                let heard = scene.hear(lie(&scene));
                assert!(scene.present().sure <= scene.server, "{heard:?}");
            }
            assert_eq!(scene.hear(lie(&scene)), Heard::Believed, "it was confirmed");
            assert!(scene.present().now > scene.server, "and is what is shown");
        }
    }

    #[test]
    fn a_date_that_jumps_back_holds_up_what_cannot_be_undone_at_once() {
        let mut scene = Scene::ahead(TimeDelta::zero());
        scene.hear_truth();
        let back = scene.server - TimeDelta::hours(5);
        assert_eq!(scene.hear(back), Heard::Doubted);
        assert!((scene.present().now - scene.server).abs() < TimeDelta::seconds(2));
        assert!(scene.present().sure < scene.server - TimeDelta::hours(4));
        scene.hear_truth();
        scene.is_right();
    }

    #[test]
    fn many_small_steps_do_not_come_to_a_large_one() {
        let mut scene = Scene::ahead(TimeDelta::hours(9));
        scene.hear_truth();
        for step in 1..100 {
            scene.hear(scene.server + TimeDelta::seconds(50 * step));
            assert!(scene.present().sure - scene.server < TimeDelta::minutes(2), "after {step} steps");
        }
    }

    #[test]
    fn a_slow_answer_spoils_nothing() {
        let mut scene = Scene::ahead(TimeDelta::zero());
        scene.hear_truth();
        let sent = scene.reading;
        let date = scene.server;
        scene.pass(28);
        // the server wrote its date at the very beginning
        assert_eq!(scene.known.hear(&Dated { sent, received: scene.reading, date }), Heard::Believed);
        scene.is_right();
    }
}
