//! The pages of what a person does since no call does it: making the new key, and revoking keys, on the backend's page.

use super::line::{PageLine, hint, line, words};
use super::matrix::Tone;
use super::page::Keys;
use crate::domain::rotation::Rotation;
use crate::domain::time::exact;
use crate::domain::untrusted::visible;
use crate::tui::action::Action;

/// A page's title, whether it needs a person, and its lines.
type Page = (String, bool, Vec<PageLine>);

fn at(rotation: &Rotation) -> String {
    visible(rotation.plan.abilities.by_hand.as_deref().unwrap_or_default()).into_owned()
}

/// The new key is made, and its value given.
pub(super) fn value(rotation: &Rotation, key: Keys) -> Page {
    let expires = rotation.plan.expires.map(|at| format!(", which expires {}", exact(at))).unwrap_or_default();
    let lines = vec![
        words(format!("No call makes a key here. Make {}{expires}, at:", visible(&rotation.plan.name))),
        line('▸', at(rotation), Tone::Plain),
        words(format!("{} takes its value, which the page shows once.", key(Action::GiveValue))),
        hint("It is kept in escrow first, then checked: accepted, and the same user's. It is never shown."),
    ];
    ("Your turn: make the new key".to_owned(), false, lines)
}

/// The old value is given, to prove that it is refused.
pub(super) fn old_value(rotation: &Rotation, key: Keys) -> Page {
    let lines = vec![
        words(format!("You revoked it at {}. No place told its value, so that is all there is.", at(rotation))),
        words(format!("{} takes the old value, which is tried, and must be refused.", key(Action::GiveValue))),
        hint(format!("{} lets it be unproven: the summary says so.", key(Action::DoneByHand))),
    ];
    ("Is the old key dead?".to_owned(), false, lines)
}

/// The old key is revoked on its page.
pub(super) fn revoke(rotation: &Rotation, page: &str, mut lines: Vec<PageLine>) -> Page {
    lines.push(words("No call revokes it. Revoke it at:"));
    lines.push(line('▸', visible(page), Tone::Plain));
    lines.push(line('!', "Revoking cannot be undone.", Tone::Danger));
    lines.push(hint("Then say so here: its value is tried, and must be refused."));
    (format!("Your turn: revoke {}", rotation.old.name), false, lines)
}

/// On the way back, the new key is revoked on its page.
pub(super) fn revoke_new(rotation: &Rotation) -> Page {
    let lines = vec![
        words("Every place has what it had. No call revokes the new key. Revoke it at:"),
        line('▸', at(rotation), Tone::Plain),
        hint("Then say so here: its value is tried, and must be refused."),
    ];
    ("Your turn: revoke the new key".to_owned(), false, lines)
}
