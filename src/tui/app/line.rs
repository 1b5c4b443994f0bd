//! The line to the backend: what is said of it while it is silent, looking again by itself, and refreshing from time to
//! time.

use std::time::Duration;

use chrono::TimeDelta;

use super::App;
use crate::domain::call::Call;
use crate::domain::time::length;
use crate::tui::effect::Effect;
use crate::tui::event::Slot;
use crate::tui::line::PATIENCE;
use crate::tui::progress::Load;
use crate::tui::session::{Connection, Tone};
use crate::tui::ticket::Ticket;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);

impl App {
    /// For how long no answer has come although one is waited for, once that is worth a word.
    pub fn waits_for(&self) -> Option<Duration> {
        let waited = self.running().checked_sub(self.line.silent_since?)?;
        (waited >= PATIENCE).then_some(waited)
    }

    /// Until when nothing is sent, since the rate limit is waited for.
    pub fn pauses_until(&self) -> Option<crate::domain::time::Time> {
        self.line.pause.filter(|pause| pause.limited && pause.until > self.utc()).map(|pause| pause.until)
    }

    /// In how long the console looks again by itself, if it does.
    pub fn looks_again_in(&self) -> Option<Duration> {
        Some(self.line.look_again?.saturating_sub(self.running()))
    }

    /// How old the rows of the tab in front are, where the line does not answer and they are older than they seem.
    pub fn age_of_rows(&self) -> Option<String> {
        if self.waits_for().is_none() && !matches!(self.connection, Connection::Offline(_)) {
            return None;
        }
        let age = self.utc() - self.progress(self.tab).as_of?;
        Some(in_words(age.to_std().unwrap_or_default()))
    }

    pub(super) fn call_begins(&mut self, call: Call) {
        let now = self.running();
        self.line.silent_since.get_or_insert(now);
        self.calls.begin(call, now);
    }

    /// A call is over. One without an answer leaves the line as silent as it was: the same may be asked again.
    pub(super) fn call_ends(&mut self, call: Call) {
        let answered = call.status.is_some();
        self.calls.add(call);
        if answered {
            self.line.silent_since = self.calls.under_way().iter().map(|begun| begun.since).min();
        }
    }

    /// Whether an answer is waited for.
    pub(super) fn awaits(&self) -> bool {
        let lists = [&self.mine, &self.collections, &self.team].into_iter().any(|list| list.load == Load::Loading);
        lists
            || self.exposed.load == Load::Loading
            || self.settings.load == Load::Loading
            || self.reading_me != Ticket::default()
            || !self.calls.under_way().is_empty()
    }

    /// A moment has come: looks again, or refreshes, if it is that moment.
    pub(super) fn look_again(&mut self) -> Vec<Effect> {
        let now = self.running();
        if self.line.is_due(now) {
            // one call tells whether the backend answers; what was lost is read after that
            return self.load(Slot::Me).into_iter().collect();
        }
        let due = self.next_refresh().is_some_and(|at| at <= now);
        if !due {
            return Vec::new();
        }
        self.refreshed = now;
        if self.awaits() || self.line.has_lost() { Vec::new() } else { self.refresh() }
    }

    /// The backend answered: what could not be read is read again, if it is time to look or the line is `back`.
    pub(super) fn line_answers(&mut self, answered: Slot, back: bool) -> Vec<Effect> {
        if self.line.regained(answered) {
            let host = self.session.address.trim_start_matches("https://").trim_start_matches("http://").to_owned();
            self.say(Tone::Good, format!("{host} answers again"));
        }
        if !back && self.line.look_again.is_some() {
            return Vec::new();
        }
        self.line.answers().into_iter().filter_map(|slot| self.load(slot)).collect()
    }

    fn next_refresh(&self) -> Option<Duration> {
        self.auto_refresh.map(|span| self.refreshed + span)
    }

    /// Whether a moment that comes can change what is shown: a dialog may count, an answer or the end of a pause is waited
    /// for, or the list is read again from time to time. Else a frame would only bring relative times up to date, and an
    /// idle console writes nothing.
    pub fn counts_time(&self) -> bool {
        let paused = self.line.pause.is_some_and(|pause| self.utc() - pause.until < TimeDelta::seconds(2));
        !self.dialogs.is_empty()
            || self.line.silent_since.is_some()
            || matches!(self.connection, Connection::Offline(_))
            || self.line.look_again.is_some()
            || self.auto_refresh.is_some()
            || self.session.unlocked.is_some()
            || paused
    }

    /// After each event: what is to be waked for. While nothing is waited for, that is nothing.
    pub(super) fn wake_in_time(&mut self, woken: bool) -> Option<Effect> {
        if !self.awaits() {
            self.line.silent_since = None;
        }
        let now = self.running();
        let silent = self.line.silent_since.map(|since| match now.saturating_sub(since) {
            waited if waited < PATIENCE => since + PATIENCE,
            waited => since + next_word(waited),
        });
        let offline = matches!(self.connection, Connection::Offline(_)) && silent.is_none();
        let age = self.progress(self.tab).as_of.filter(|_| offline).and_then(|at| (self.utc() - at).to_std().ok());
        let aged = age.map(|age| now + next_word(age).saturating_sub(age));
        let pause = self.pauses_until().and_then(|until| (until - self.utc()).to_std().ok()).map(|left| now + left);
        let (unlock, paused, login) = (self.next_unlock_word(), self.next_pause(), self.next_login_word());
        let wishes =
            [silent, aged, pause, self.line.look_again, self.next_refresh(), self.next_watch(), unlock, paused, login];
        let at = wishes.into_iter().flatten().min()?;
        // asked for once: what was asked for earlier comes all the same
        let asked = self.wakes_at.filter(|asked| !woken && *asked <= at && *asked > now);
        if asked.is_some() {
            return None;
        }
        self.wakes_at = Some(at);
        Some(Effect::WakeAt(at))
    }
}

/// A span as the header says it: whole seconds, from a minute on whole minutes.
pub fn in_words(span: Duration) -> String {
    let seconds = span.as_secs();
    length(if seconds < 60 { seconds } else { seconds - seconds % 60 })
}

/// The next length of a span that [`in_words`] says otherwise.
fn next_word(span: Duration) -> Duration {
    let step = if span + SECOND < MINUTE { SECOND } else { MINUTE };
    let steps = span.as_secs() / step.as_secs() + 1;
    step * u32::try_from(steps).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_change_each_second_for_a_minute_then_each_minute() {
        for (millis, words, next) in [
            (0, "0 s", 1),
            (1_500, "1 s", 2),
            (58_999, "58 s", 59),
            (59_000, "59 s", 60),
            (60_000, "1 min", 120),
            (119_999, "1 min", 120),
            (3_725_000, "1 h 2 min", 3_780),
        ] {
            let span = Duration::from_millis(millis);
            assert_eq!((in_words(span).as_str(), next_word(span).as_secs()), (words, next));
        }
    }
}
