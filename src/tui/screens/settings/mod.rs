//! The Settings tab: what the team's settings say. Read-only.

use crate::domain::settings::Settings;
use crate::domain::time::Time;
use crate::tui::progress::Load;
use crate::tui::text;
use crate::tui::ticket::Ticket;

mod update;
pub mod view;

/// The state of the Settings tab.
#[derive(Debug, Default)]
pub struct SettingsScreen {
    /// What the server says.
    pub settings: Option<Settings>,
    pub ticket: Ticket,
    /// How far it is.
    pub load: Load,
    pub as_of: Option<Time>,
    pub scroll: usize,
}

/// One setting in words: what it is, what it says, and what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub title: &'static str,
    pub value: String,
    /// What follows.
    pub note: &'static str,
}

/// A line as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drawn {
    Setting(&'static str, String),
    /// What follows from it, or the rest of that.
    Note(String),
    /// Nothing, between two settings.
    Blank,
}

/// The rows for the settings in a window of so many: all but header, tabs, a blank, the version and the footer.
pub fn room(rows: u16) -> usize {
    usize::from(rows.saturating_sub(5))
}

/// The settings as they are drawn in a window of this size, with blanks between them where there is room.
pub fn drawn(settings: &Settings, (columns, rows): (u16, u16)) -> Vec<Drawn> {
    let width = usize::from(columns.saturating_sub(6));
    let blocks: Vec<Vec<Drawn>> = lines(settings)
        .into_iter()
        .map(|line| {
            let note = text::wrap(line.note, width).into_iter().map(Drawn::Note);
            std::iter::once(Drawn::Setting(line.title, line.value)).chain(note).collect()
        })
        .collect();
    let tight: usize = blocks.iter().map(Vec::len).sum();
    let blanks = if tight + blocks.len() <= room(rows) + 1 { vec![Drawn::Blank] } else { Vec::new() };
    blocks.join(&blanks[..])
}

/// How far the settings can be scrolled in a window of this size.
pub fn most(settings: &Settings, size: (u16, u16)) -> usize {
    drawn(settings, size).len().saturating_sub(room(size.1))
}

/// The settings in words.
pub fn lines(settings: &Settings) -> Vec<Setting> {
    let days = |days: Option<i64>| days.map_or_else(|| "off".to_owned(), |days| format!("{days} days"));
    let notify: Vec<String> = settings.notify_before_days.iter().map(ToString::to_string).collect();
    vec![
        Setting {
            title: "Members may generate keys",
            value: if settings.members_may_generate { "yes" } else { "no" }.to_owned(),
            note: "when no, only admins make new keys",
        },
        Setting {
            title: "Expiry for all keys",
            value: days(settings.expiry_days),
            note: "counted from when a key's value was made; overrides the dates its owner chose",
        },
        Setting {
            title: "Hard maximum age",
            value: days(settings.max_age_days),
            note: "no key lives longer, whatever else is set",
        },
        Setting {
            title: "Revoke expired keys after",
            value: days(Some(settings.inactivity_days)),
            note: "an expired key that nobody gave a new date is then revoked for good",
        },
        Setting {
            title: "Auto-revoke exposed keys",
            value: if settings.auto_revoke_exposed { "on" } else { "off" }.to_owned(),
            note: "when on, a key that is found where others can read it is revoked at once",
        },
        Setting {
            title: "Notify before expiry",
            value: if notify.is_empty() { "never".to_owned() } else { format!("{} days", notify.join(", ")) },
            note: "a message to each contact of the key, or to its owner",
        },
    ]
}
