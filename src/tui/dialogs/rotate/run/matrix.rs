//! Which place holds which key, how the two keys are, and what cannot be taken back any more.

use super::Item;
use crate::domain::present::Present;
use crate::domain::rotation::{Delivery, Holds, OldState, Rotation};
use crate::domain::time::{exact, past};

/// How a place stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// As text.
    Plain,
    /// Secondary.
    Dim,
    Good,
    /// To be careful about.
    Warning,
    /// Cannot be taken back.
    Danger,
}

/// The old key, in words.
pub fn old(item: &Item, now: Present) -> String {
    let rotation = &item.rotation;
    let state = match rotation.old_state {
        OldState::Live => String::new(),
        state => format!("  {}", state.word()),
    };
    let used = item.last_use().map(|(when, from)| {
        let from = from.map(|from| format!(" from {from}")).unwrap_or_default();
        match when {
            crate::domain::time::When::Never => "  never used".to_owned(),
            when => format!("  used {}{from}", past(when, now.now)),
        }
    });
    format!("old {}{state}{}", rotation.old.masked, used.unwrap_or_default())
}

/// The new key, in words.
pub fn new(rotation: &Rotation) -> String {
    let Some(minted) = &rotation.minted else { return "new  not made yet".to_owned() };
    let state = if rotation.new_revoked {
        "revoked"
    } else if rotation.proof.is_some() {
        "proven"
    } else if rotation.new.is_some() {
        "enabled"
    } else {
        "in escrow"
    };
    format!("new {}  {state}", minted.masked)
}

/// Each place and which key it holds.
pub fn places(rotation: &Rotation) -> Vec<(String, &'static str, Tone)> {
    rotation
        .plan
        .sinks
        .iter()
        .zip(&rotation.places)
        .map(|(sink, place)| {
            let (word, tone) = match (place.holds(), &place.delivery) {
                (Holds::New, _) => ("NEW", Tone::Good),
                (Holds::Old, _) => ("OLD", Tone::Plain),
                (Holds::Neither, _) => ("NEITHER", Tone::Plain),
                // nothing was done there, and nobody looked
                (Holds::Unknown, Delivery::ToDo) => ("–", Tone::Dim),
                (Holds::Unknown, _) => ("?", Tone::Warning),
            };
            (sink.kind().to_owned(), word, tone)
        })
        .collect()
}

/// What cannot be taken back any more, or that there is nothing of the kind.
pub fn irreversible(rotation: &Rotation) -> (String, Tone) {
    if rotation.old_state == OldState::Revoked {
        ("the old key is revoked, for ever".to_owned(), Tone::Danger)
    } else if let Some(deadline) = rotation.deadline {
        (format!("the old key expires {}, on the server too", exact(deadline)), Tone::Warning)
    } else if rotation.new_revoked {
        ("the new key is revoked, for ever".to_owned(), Tone::Dim)
    } else {
        ("nothing irreversible has happened yet".to_owned(), Tone::Dim)
    }
}
