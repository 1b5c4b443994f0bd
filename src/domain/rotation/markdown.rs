//! What is told of a rotation to people: as Markdown. No secret is in it.

use std::fmt::Write;

use super::{Cutover, Effect, OldProof, Release, Rotation, Verdict};
use crate::domain::markdown::{code, plain};
use crate::domain::present::Present;
use crate::domain::time::{Time, exact};

impl Rotation {
    /// What was done, for people, as Markdown; `steps` are the journal's lines: when, what, and what came of it. What comes
    /// from outside stands there as text, whatever it holds: no markup, no link, no line end, nothing that a terminal obeys.
    pub fn markdown(&self, steps: &[(Time, String, String)], now: impl Into<Present>) -> String {
        let mut text = String::new();
        let mut line = |content: String| {
            // writing to a string cannot fail
            let _ = writeln!(text, "{content}");
        };
        line(format!("# Rotation of {}", plain(self.old.name.as_received())));
        line(String::new());
        line(format!("- state: {}", self.word(now)));
        line(format!("- id: {}, profile {}, {}", code(&self.id.0), plain(&self.profile), code(&self.address)));
        line(format!("- began {}; reason: {}", exact(self.started), plain(&self.plan.reason.to_string())));
        line(format!(
            "- old key: {} {} ({}), {}",
            plain(self.old.masked.as_received()),
            code(self.old.id.as_str()),
            plain(self.old.name.as_received()),
            self.old_state.word()
        ));
        if let (Some(new), Some(minted)) = (&self.new, &self.minted) {
            let state = if self.new_revoked { "revoked" } else { "enabled" };
            line(format!(
                "- new key: {} {} ({}), {state}, expires {}",
                plain(&minted.masked),
                code(new.id.as_str()),
                plain(new.name.as_received()),
                plain(&new.expires.exact())
            ));
        }
        if let Some(proof) = self.proof {
            line(format!("- the new key was accepted, and a made-up one refused, at {}", exact(proof.at)));
        }
        if let Some(ends) = self.overlap_ends().filter(|_| !self.phase.is_over()) {
            line(format!("- both keys work until {}", exact(ends)));
        }
        match &self.released {
            Some(Release::Unused) => line("- the old key was not used after the systems were moved over".to_owned()),
            Some(Release::Unwatched) => {
                line("- whether the old key was still used was not seen: this backend does not tell".to_owned());
            }
            Some(Release::Dead) => line("- the old key had come to its end already".to_owned()),
            Some(Release::Forced(reason)) => line(format!("- the overlap was ended by a person: {}", plain(reason))),
            None => {}
        }
        match &self.old_proof {
            Some(OldProof::Refused) => line("- the old value was tried and is refused".to_owned()),
            Some(OldProof::NotKnown) => {
                line("- the old value is not known here: that it is refused is the server's word".to_owned());
            }
            Some(OldProof::Unproven) => {
                line("- that the old value is refused could not be proven; a person let it be".to_owned());
            }
            None => {}
        }
        if let Some(trouble) = &self.trouble {
            line(format!("- needs a person: {}", plain(trouble.reason.as_received())));
        }
        for check in self.checks.iter().filter(|check| check.waived) {
            if let Verdict::Fails(why) = &check.verdict {
                line(format!("- waived: {}: {}", check.kind.name(), plain(why.as_received())));
            }
        }
        for note in self.to_see_to() {
            line(format!("- see to it: {}", plain(&note)));
        }
        self.tables(steps, &mut line);
        text
    }

    /// The places, what moves the systems over, what was done by hand, and the journal's lines.
    fn tables(&self, steps: &[(Time, String, String)], line: &mut impl FnMut(String)) {
        if !self.places.is_empty() {
            line(String::new());
            line("| Place | Holds | How it is known | Way back |".to_owned());
            line("| --- | --- | --- | --- |".to_owned());
            for (sink, place) in self.plan.sinks.iter().zip(&self.places) {
                let (holds, how) = (place.holds().word(), place.delivery.words());
                line(format!("| {} | {holds} | {} | {} |", code(&sink.to_string()), plain(&how), sink.way_back()));
            }
        }
        if !self.lines.is_empty() || self.plan.health.is_some() {
            line(String::new());
            line("| Cutover | Done | By whom |".to_owned());
            line("| --- | --- | --- |".to_owned());
            for (at, (planned, state)) in self.plan.cutover.iter().zip(&self.lines).enumerate() {
                let what = match planned {
                    Cutover::Run(hook) => format!("run {}", code(&hook.to_string())),
                    Cutover::ByHand(text) => {
                        let number =
                            self.by_hand_lines().find(|(_, line, _)| *line == at).map_or(0, |(number, ..)| number);
                        format!("you, {number}: {}", plain(text))
                    }
                };
                let by = self.vouched(Effect::Hook(at));
                line(format!("| {what} | {} | {by} |", if state.done { "yes" } else { "no" }));
            }
            if let Some(health) = &self.plan.health {
                let by = self.vouched(Effect::Health);
                let done = if self.healthy { "yes" } else { "no" };
                line(format!("| ask {} | {done} | {by} |", code(&health.to_string())));
            }
        }
        if !self.ticks.is_empty() {
            line(String::new());
            line("| Done by hand | When | Who said so |".to_owned());
            line("| --- | --- | --- |".to_owned());
            for tick in &self.ticks {
                let (what, by) = (plain(&self.ticked(tick.what)), plain(tick.by.as_received()));
                line(format!("| {what} | {} | {by} |", exact(tick.at)));
            }
        }
        if !steps.is_empty() {
            line(String::new());
            line("| When | What | Outcome |".to_owned());
            line("| --- | --- | --- |".to_owned());
            for (at, what, outcome) in steps {
                line(format!("| {} | {} | {} |", exact(*at), plain(what), plain(outcome)));
            }
        }
    }

    /// Who vouched for `what`, as it stands in a cell.
    fn vouched(&self, what: super::Effect) -> String {
        let tick = self.ticks.iter().rev().find(|tick| tick.what == what);
        tick.map(|tick| plain(tick.by.as_received())).unwrap_or_default()
    }
}
