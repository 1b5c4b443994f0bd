//! The review of staged settings: the change, whom it hits, and what must be typed. Nothing is saved by looking.

use std::collections::HashSet;

use crate::domain::act::ActProgress;
use crate::domain::bulk::Confirmation;
use crate::domain::ids::KeyId;
use crate::domain::settings::{CurrentlyExposed, Field as Setting, Impact, Moved, Settings, SettingsChange};
use crate::tui::action::Context;
use crate::tui::dialogs::confirm::Asked;
use crate::tui::effect::Effect;
use crate::tui::field::Field;
use crate::tui::ticket::Ticket;

mod lines;
mod update;
pub mod view;

/// How far it is.
#[derive(Debug, PartialEq)]
pub enum Stage {
    /// The server works out whom it hits.
    Looking,
    /// It can be confirmed.
    Asking,
    /// The server could not say whom it hits, and why.
    NotKnown(String),
    /// It is on its way.
    Saving,
    /// It is saved; the keys' records follow.
    UnderWay(ActProgress),
    /// Somebody changed the settings meanwhile: nothing was saved.
    Conflict,
    /// It was not saved, and why.
    Refused(String),
}

/// The keys that are hit, by name, with a filter and marks.
#[derive(Debug, Default)]
pub struct Hit {
    pub filter: Field,
    /// The key that is pointed at, among those that match.
    pub cursor: usize,
    /// What is marked, also what the filter hides.
    pub marked: HashSet<KeyId>,
}

/// The review.
#[derive(Debug)]
pub struct Policy {
    /// The settings as they were read when the change was staged.
    pub before: Settings,
    pub after: Settings,
    /// Over how many days a crowd is spread.
    pub spread: Option<i64>,
    /// Exposed keys that are enabled, as the lists know them: name and owner.
    pub exposed: Vec<(String, String)>,
    /// What becomes of those; nobody chose it yet.
    pub choice: Option<CurrentlyExposed>,
    /// Whether that has to be said.
    pub has_to_choose: bool,
    pub stage: Stage,
    /// What the server says it would do.
    pub impact: Option<Box<Impact>>,
    /// What must be typed.
    pub asked: Asked,
    pub ticket: Ticket,
    /// The list of keys, while it is open.
    pub hit: Option<Hit>,
    pub scroll: usize,
}

impl Policy {
    /// The review of a change, and the effect that asks what it would do.
    pub fn open(before: Settings, after: Settings, exposed: Vec<(String, String)>, ticket: Ticket) -> (Self, Effect) {
        let turns_on = after.auto_revoke_exposed && !before.auto_revoke_exposed;
        let has_to_choose = turns_on && !exposed.is_empty();
        let policy = Self {
            before,
            after,
            spread: None,
            exposed: if turns_on { exposed } else { Vec::new() },
            choice: None,
            has_to_choose,
            stage: Stage::Looking,
            impact: None,
            asked: Asked::new(Confirmation::NotYet),
            ticket,
            hit: None,
            scroll: 0,
        };
        let effect = policy.look();
        (policy, effect)
    }

    /// Where its key presses are heard.
    pub fn context(&self) -> Context {
        if self.hit.is_some() { Context::Palette } else { Context::Policy }
    }

    /// The change as it would be sent.
    pub fn change(&self) -> SettingsChange {
        SettingsChange {
            spread_days: self.spread,
            currently_exposed: self.choice.clone(),
            ..SettingsChange::between(&self.before, &self.after)
        }
    }

    fn look(&self) -> Effect {
        Effect::Preview(self.ticket, Box::new(self.change()))
    }

    /// What must be typed as things stand.
    fn wanted(&self) -> Confirmation {
        let Some(impact) = &self.impact else { return Confirmation::NotYet };
        match usize::try_from(impact.ends()).unwrap_or(usize::MAX) {
            _ if self.has_to_choose && self.choice.is_none() => Confirmation::NotYet,
            0 => Confirmation::Yes,
            ends => Confirmation::Count(ends),
        }
    }

    /// The settings that differ between any of the three.
    fn differing<'a>(&'a self, now: &'a Settings) -> impl Iterator<Item = Setting> + 'a {
        let differs =
            |setting: &Setting| setting.differs(&self.before, &self.after) || setting.differs(&self.before, now);
        Setting::ALL.into_iter().filter(differs)
    }

    /// The change on top of what somebody else made of the settings: only what was staged.
    pub fn on_top_of(&self, now: &Settings) -> Settings {
        let mut merged = now.clone();
        for setting in Setting::ALL.into_iter().filter(|setting| setting.differs(&self.before, &self.after)) {
            setting.take(&self.after, &mut merged);
        }
        merged
    }

    /// The keys that are hit and match the filter of the open list: every word of it in name or owner.
    pub fn hits(&self) -> Vec<&Moved> {
        let Some(impact) = &self.impact else { return Vec::new() };
        let words = self.hit.as_ref().map(|hit| hit.filter.text().to_lowercase()).unwrap_or_default();
        let matches = |moved: &&Moved| {
            let text = format!("{} {}", moved.name, moved.owner_name).to_lowercase();
            words.split_whitespace().all(|word| text.contains(word))
        };
        impact.data.iter().filter(matches).collect()
    }
}
