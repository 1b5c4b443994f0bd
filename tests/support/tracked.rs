//! A backend whose own keys are those that a person wrote down.

#![allow(dead_code, reason = "each test binary uses its own part")]

use keydeck::client::capabilities::{Capabilities, Capability};
use keydeck::domain::key::Key;
use keydeck::domain::key_value::digest;
use keydeck::domain::listing::Scope;
use keydeck::domain::team::Role;
use keydeck::domain::time::Time;
use keydeck::domain::tracked::{Heard, Probed, Tracked, TrackedKind};
use keydeck::tui::session::Session;

use crate::ui::{Ui, me, now, session};

/// Where a person makes and revokes keys.
pub const PAGE: &str =
    "Team > Manage Postman Keys, or Organization > Postman Keys (https://go.postman.co/manage-postman-keys)";

/// A value of one of the keys, which is no key's.
pub const CI: &str = "the value of ci, of no real form";

/// A session with such a backend.
pub fn tracking() -> Session {
    let why = "Postman's API lists no API keys";
    let missing = [
        Capability::OwnKeys,
        Capability::TeamKeys,
        Capability::CreateKeys,
        Capability::DeleteKeys,
        Capability::RevokeMany,
        Capability::Lookup,
        Capability::Settings,
        Capability::Disable,
        Capability::Regenerate,
        Capability::Contacts,
        Capability::Rename,
        Capability::Access,
    ];
    let can = missing.into_iter().fold(Capabilities::all(), |can, missing| can.without(missing, why));
    Session { capabilities: can.with_page(PAGE).tracking(), ..session() }
}

fn days(days: i64) -> Time {
    now() + chrono::TimeDelta::days(days)
}

/// Keys as they were written down.
pub fn written_down() -> Vec<Key> {
    let tracked = |id: &str, name: &str| Tracked { name: name.into(), ..Tracked::sample(id, now()) };
    let ci = Tracked {
        fingerprint: Some(keydeck::domain::key_value::hex(&digest(CI))),
        masked: "PMAK-…17aB".to_owned(),
        made: Some(days(-60)),
        expires: Some(days(12)),
        contacts: vec!["ops@acme.example".into()],
        probed: Some(Probed { at: now() - chrono::TimeDelta::hours(2), heard: Heard::Accepted }),
        ..tracked("01JQ8ZK3M5N7P9R1T3V5X7Z9B1", "ci-deploy")
    };
    let scim = Tracked {
        kind: TrackedKind::ScimKey,
        owner: "Ana Souza".into(),
        made: Some(days(-90)),
        expires: Some(days(91)),
        ..tracked("01JQ8ZK3M5N7P9R1T3V5X7Z9B2", "okta-provisioning")
    };
    let old = Tracked {
        made: Some(days(-200)),
        removed: Some(days(-3)),
        ..tracked("01JQ8ZK3M5N7P9R1T3V5X7Z9B3", "old-jenkins")
    };
    let own = me(Role::Admin);
    [ci, scim, old].iter().map(|tracked| tracked.key(own.id, &own.name, now())).collect()
}

/// A console on that backend, with the keys that were written down.
pub fn console(size: (u16, u16)) -> Ui {
    let mut ui = Ui::on(tracking(), size);
    ui.me(me(Role::Admin)).load(Scope::Mine, written_down());
    ui.keys("1").take();
    ui
}
