//! The way back: everything as it was, in the opposite order, and the new key gone last.

use chrono::TimeDelta;

use super::{
    Before, Cutover, CutoverLine, Delivery, Effect, Holds, Next, OldState, PROOF_LASTS_SECONDS, Place, Question,
    Rotation, Seen, Sink, WayBack,
};
use crate::domain::present::Present;

impl Rotation {
    pub(super) fn next_back(&self, now: Present) -> Next {
        // nothing is taken from the new key before the old one is seen to work
        if (self.registering || self.touching_old) && !self.way_back_clear {
            return Next::Do(match (&self.seen, self.old_state) {
                (Some(_), OldState::Disabled) => Effect::Enable,
                _ => Effect::LookAtOld,
            });
        }
        let touched = |delivery: &Delivery| {
            matches!(delivery, Delivery::Begun | Delivery::Verified | Delivery::Blind(_) | Delivery::ByHand)
        };
        if let Some(at) = self.places.iter().rposition(|place| touched(&place.delivery)) {
            return Next::Do(Effect::Restore(at));
        }
        let to_run_again = |(line, planned): (&CutoverLine, &Cutover)| {
            (line.done || line.begun) && !line.run_again && matches!(planned, Cutover::Run(_))
        };
        if let Some(at) = self.lines.iter().zip(&self.plan.cutover).position(to_run_again) {
            return Next::Do(Effect::RerunHook(at));
        }
        if (self.registering || self.given) && !self.new_revoked {
            // the way may have been long, and the old key have come to its end meanwhile
            let fresh = |seen: &Seen| (now.sure - seen.at).abs() <= TimeDelta::seconds(PROOF_LASTS_SECONDS);
            if !self.seen.as_ref().is_some_and(fresh) {
                return Next::Do(Effect::LookAtOld);
            }
            let left: Vec<usize> = self.places_left();
            // a key that a person made is a person's to revoke
            let by_hand = self.plan.abilities.by_hand.is_some();
            if (by_hand || !left.is_empty()) && !self.revoke_new_confirmed {
                return Next::Ask(Question::RevokeNew(left));
            }
            return Next::Do(Effect::RevokeNew);
        }
        Next::Do(Effect::Wipe)
    }

    /// The places to which something was brought and that cannot get back what they held, with the reason in words.
    pub fn cannot_be_put_back(&self) -> Vec<(usize, String)> {
        let places = self.plan.sinks.iter().zip(&self.places).enumerate();
        let stuck = |(at, (sink, place)): (usize, (&Sink, &Place))| {
            let brought =
                matches!(place.delivery, Delivery::Begun | Delivery::Verified | Delivery::Blind(_) | Delivery::ByHand);
            let why = match (sink.way_back(), &place.before) {
                _ if !brought => return None,
                (WayBack::No(why), _) => why.to_owned(),
                (WayBack::If(_), Some(Before::Unreadable(why))) => why.to_string(),
                _ => return None,
            };
            Some((at, format!("cannot be put back: {why}")))
        };
        places.filter_map(stuck).collect()
    }

    /// The places that hold the new value or may, after everything that can be restored was.
    pub(super) fn places_left(&self) -> Vec<usize> {
        let left = |at: &usize| {
            let place = &self.places[*at];
            matches!(place.delivery, Delivery::NotRestored(_)) || place.holds() == Holds::New
        };
        (0..self.places.len()).filter(left).collect()
    }
}
