//! Whose turn it is to rotate a key.

use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::rotation::{Abilities, Cutover, Saved, Sink};
use crate::domain::team::Me;
use crate::domain::untrusted::Untrusted;

/// Whose turn it is to rotate a key that nothing has taken the place of.
#[derive(Clone, Debug, PartialEq)]
pub enum Turn {
    /// This campaign's: it may, and knows where the new value goes.
    Ours,
    /// Its owner's: nobody else gets its new value.
    Owner,
    /// A person's, of those who run the campaign.
    Person {
        why: Untrusted,
        /// What they run.
        run: String,
    },
}

/// Whose turn it is with `key`, for `me`, where `places` is what is known of where its new value goes; `abilities` are the
/// backend's.
pub fn turn(key: &Key, me: &Me, places: Option<&Saved>, abilities: &Abilities) -> Turn {
    let person = |why: String, run: String| Turn::Person { why: why.into(), run };
    let rotate = |id: &KeyId| format!("keydeck rotate {id}");
    if let Some(page) = &abilities.by_hand {
        let why = format!("a person makes and revokes it at {page}");
        return person(why, format!("{} --sink PLACE", rotate(&key.id)));
    }
    if !me.acts_for(key) {
        return Turn::Owner;
    }
    if let Some(why) = me.why_no_change() {
        return person(why, rotate(&key.id));
    }
    let Some(saved) = places.filter(|saved| !saved.sinks.is_empty()) else {
        let why = "where its new value goes is not known: no places are saved for it, and no earlier rotation tells";
        return person(why.to_owned(), format!("{} --sink PLACE", rotate(&key.id)));
    };
    if saved.sinks.iter().any(|sink| matches!(sink, Sink::Clipboard | Sink::Print)) {
        return person(
            "its new value is to be shown to a person".to_owned(),
            format!("{} --print-secret", rotate(&key.id)),
        );
    }
    if saved.cutover.iter().any(|line| matches!(line, Cutover::ByHand(_))) {
        return person("its checklist has lines that a person does by hand".to_owned(), rotate(&key.id));
    }
    if me.own_key.as_ref() == Some(&key.id) {
        let why = "keydeck itself uses this key: its profile needs the new value afterwards";
        return person(why.to_owned(), format!("{} --waive own-key", rotate(&key.id)));
    }
    Turn::Ours
}
