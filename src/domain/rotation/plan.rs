//! What was agreed: which key, why, what the new one shall be, where it goes, and for how long both work.

use std::fmt;
use std::str::FromStr;

use super::place::{Hook, Sink};
use super::step::Step;
use crate::domain::key::Key;
use crate::domain::settings::Settings;
use crate::domain::time::{Time, day, exact};
use crate::domain::untrusted::visible;
use chrono::{NaiveDate, NaiveTime, TimeDelta};

/// The longest overlap in seconds: a year.
pub const MAX_OVERLAP_SECONDS: u64 = 366 * 24 * 3600;
/// The longest name of a key in characters. Source: management API, "API keys".
const MAX_NAME: usize = 255;

/// Why a key is rotated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is time.
    Scheduled,
    Expiring,
    /// Others can read it.
    Leaked,
    /// Somebody who knows it left.
    Leaver,
    /// Something else.
    Other(String),
}

impl Reason {
    pub const WORDS: [(&'static str, Self); 4] = [
        ("scheduled", Self::Scheduled),
        ("expiring", Self::Expiring),
        ("leaked", Self::Leaked),
        ("leaver", Self::Leaver),
    ];
}

impl From<&str> for Reason {
    fn from(text: &str) -> Self {
        let known = Self::WORDS.into_iter().find(|(word, _)| text.eq_ignore_ascii_case(word));
        known.map_or_else(|| Self::Other(text.to_owned()), |(_, reason)| reason)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheduled => f.pad("scheduled"),
            Self::Expiring => f.pad("expiring"),
            Self::Leaked => f.pad("leaked"),
            Self::Leaver => f.pad("leaver"),
            Self::Other(text) => f.pad(text),
        }
    }
}

/// For how long the old key works beside the new one after the cutover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlap {
    None,
    /// So many seconds.
    Seconds(u64),
    /// Until a moment.
    Until(Time),
}

impl Overlap {
    pub const OFFERED: [Self; 4] =
        [Self::None, Self::Seconds(3600), Self::Seconds(24 * 3600), Self::Seconds(7 * 24 * 3600)];

    /// When it ends, begun at `cutover`; never past the old key's own expiry.
    pub fn ends(self, cutover: Time, old_expires: Option<Time>) -> Time {
        let end = match self {
            Self::None => cutover,
            Self::Seconds(seconds) => {
                let seconds = i64::try_from(seconds.min(MAX_OVERLAP_SECONDS)).unwrap_or_default();
                cutover + TimeDelta::seconds(seconds)
            }
            Self::Until(time) => time.max(cutover),
        };
        old_expires.map_or(end, |expires| end.min(expires.max(cutover)))
    }
}

impl FromStr for Overlap {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        const WRONG: &str = "write none, a time such as 1h, 24h or 7d, or a date such as 2026-12-01";
        if text.eq_ignore_ascii_case("none") {
            return Ok(Self::None);
        }
        if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Ok(Self::Until(date.and_time(NaiveTime::MIN).and_utc()));
        }
        if let Ok(time) = chrono::DateTime::parse_from_rfc3339(text) {
            return Ok(Self::Until(time.to_utc()));
        }
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = text[..digits].parse().map_err(|_| WRONG)?;
        let unit = match &text[digits..] {
            "m" | "min" => 60,
            "h" => 3600,
            "d" => 24 * 3600,
            "w" => 7 * 24 * 3600,
            _ => return Err(WRONG),
        };
        let seconds = number.checked_mul(unit).filter(|seconds| *seconds <= MAX_OVERLAP_SECONDS);
        match seconds {
            None => Err("an overlap lasts a year at most"),
            Some(0) => Ok(Self::None),
            Some(seconds) => Ok(Self::Seconds(seconds)),
        }
    }
}

impl fmt::Display for Overlap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.pad("none"),
            Self::Seconds(seconds) if seconds % (24 * 3600) == 0 && *seconds > 24 * 3600 => {
                f.pad(&format!("{} d", seconds / (24 * 3600)))
            }
            Self::Seconds(seconds) if seconds % 3600 == 0 => f.pad(&format!("{} h", seconds / 3600)),
            Self::Seconds(seconds) => f.pad(&format!("{} min", seconds / 60)),
            Self::Until(time) => f.pad(&format!("until {}", exact(*time))),
        }
    }
}

/// One line of the cutover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cutover {
    Run(Hook),
    /// A person does it and says so.
    ByHand(String),
}

/// What was agreed for one key.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub reason: Reason,
    pub name: String,
    /// When the new key shall expire; the team's settings may bring it forward.
    pub expires: Option<Time>,
    /// Who is told before the new key expires.
    pub contacts: Vec<String>,
    /// For how long both work.
    pub overlap: Overlap,
    /// Where the new value goes.
    pub sinks: Vec<Sink>,
    /// How the systems are moved over.
    pub cutover: Vec<Cutover>,
    /// What says that the systems work with the new key.
    pub health: Option<Hook>,
    /// Revoke the old key first: it is leaked.
    pub emergency: bool,
    /// What the backend can do.
    pub abilities: Abilities,
}

/// What a backend can do, as far as a rotation's plan depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Abilities {
    /// Disable a key, and enable it again, so that its removal can be tried out.
    pub disable: bool,
    /// Let the caller choose when a key expires, and bring that forward.
    pub expiry: bool,
    /// Keep who is told before a key expires.
    pub contacts: bool,
    /// Tell when a key was last used.
    pub last_use: bool,
    /// Make the values of new keys itself, and tell each once.
    pub mints: bool,
    /// Where a person makes and revokes keys, in words, since no call does: the new value is given here, and what is
    /// revoked is proven dead here. None where the backend does both.
    pub by_hand: Option<String>,
}

impl Abilities {
    /// Those of a backend that can do everything, with values that are made here.
    pub const ALL: Self =
        Self { disable: true, expiry: true, contacts: true, last_use: true, mints: false, by_hand: None };
}

/// One line of what will happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedStep {
    /// The step it belongs to.
    pub step: Step,
    /// What will happen.
    pub text: String,
    /// Whether it cannot be taken back.
    pub irreversible: bool,
}

impl Plan {
    /// What is offered for `old` before anybody chose anything; `settings` are the team's, where they are known.
    pub fn draft(old: &Key, settings: Option<&Settings>, now: Time) -> Self {
        let soon = |expires: Time| expires - now < TimeDelta::days(30);
        Self {
            reason: if old.exposed {
                Reason::Leaked
            } else if old.expires.time().is_some_and(soon) {
                Reason::Expiring
            } else {
                Reason::Scheduled
            },
            name: new_name(old.name.as_received(), now),
            expires: new_expiry(old, settings, now),
            contacts: old.contacts.iter().map(|contact| contact.as_received().to_owned()).collect(),
            overlap: Overlap::Seconds(24 * 3600),
            sinks: Vec::new(),
            cutover: Vec::new(),
            health: None,
            emergency: false,
            abilities: Abilities::ALL,
        }
    }

    /// The plan as far as a backend with these abilities can follow it.
    #[must_use]
    pub fn within(mut self, abilities: Abilities) -> Self {
        // what a person makes is written down with what it was made with
        let written_down = abilities.by_hand.is_some();
        if !abilities.expiry && !written_down {
            self.expires = None;
        }
        if !abilities.contacts && !written_down {
            self.contacts.clear();
        }
        self.abilities = abilities;
        self
    }

    /// What will happen, in order, if it were agreed at `now`; `old_expires` is the old key's own expiry.
    pub fn steps(&self, now: Time, old_expires: Option<Time>) -> Vec<PlannedStep> {
        let mut steps = Vec::new();
        let mut say = |step, irreversible, text: String| steps.push(PlannedStep { step, text, irreversible });
        say(Step::Preflight, false, "check everything; change nothing".to_owned());
        if self.emergency {
            say(
                Step::OldRevoked,
                true,
                match &self.abilities.by_hand {
                    None => "revoke the old key, at once".to_owned(),
                    Some(page) => format!("you: revoke the old key at once, at {page}"),
                },
            );
        }
        let expires = match self.expires {
            Some(at) => format!(", expires {}", day(at)),
            None if self.abilities.expiry => ", never expires".to_owned(),
            None => String::new(),
        };
        let there = if self.abilities.mints { "; the backend makes its value and tells it once" } else { "" };
        let name = crate::domain::untrusted::visible(&self.name);
        say(
            Step::Minted,
            false,
            match &self.abilities.by_hand {
                None => format!("make {name}{expires}{there}"),
                Some(page) => format!(
                    "you: make {name}{expires} at {page}, and paste its value; it is kept in escrow first, then checked: \
                 accepted, and the same user's"
                ),
            },
        );
        for sink in &self.sinks {
            let check = sink.blind().map_or("written, read back, compared", |_| "written; it cannot be read back");
            let back = sink.way_back();
            say(Step::Delivered, false, format!("{}: {check}; {back}", sink.named()));
        }
        for line in &self.cutover {
            let text = match line {
                Cutover::Run(hook) => format!("run {hook}"),
                Cutover::ByHand(text) => format!("you: {text}"),
            };
            say(Step::Cutover, false, crate::domain::untrusted::visible(&text).into_owned());
        }
        if let Some(health) = &self.health {
            say(Step::Cutover, false, format!("ask {}", crate::domain::untrusted::visible(&health.to_string())));
        }
        say(Step::Verified, false, "prove that the new key is accepted".to_owned());
        if !self.emergency {
            if self.overlap != Overlap::None {
                let ends = exact(self.overlap.ends(now, old_expires));
                let (text, irreversible) = if self.abilities.expiry {
                    (format!("the old key expires {ends}, on the server too"), true)
                } else {
                    (format!("both keys work until about {ends}"), false)
                };
                say(Step::Overlap, irreversible, text);
            }
            if !self.abilities.last_use {
                say(Step::Overlap, false, "whether the old key is still used is not told by this backend".to_owned());
            }
            if self.abilities.disable {
                say(Step::OldDisabled, false, "disable the old key; one key press enables it again".to_owned());
            }
            say(
                Step::OldRevoked,
                true,
                match &self.abilities.by_hand {
                    None => "revoke the old key, once you confirm it".to_owned(),
                    Some(page) => {
                        format!("you: revoke the old key at {page}; then its value is tried, and must be refused")
                    }
                },
            );
        }
        say(Step::Closed, false, "wipe the value from escrow, write the summary".to_owned());
        steps
    }
}

/// The name of the key that replaces `old` on the day of `now`: the same with the date, and in place of an earlier date.
/// What is not to be seen in the old name is an escape in the new one, since servers refuse such names.
pub fn new_name(old: &str, now: Time) -> String {
    let (date, old) = (day(now), visible(old));
    let base = match old.get(old.len().saturating_sub(11)..).and_then(|end| end.strip_prefix(['-', ' ', '_'])) {
        Some(end) if NaiveDate::parse_from_str(end, "%Y-%m-%d").is_ok() => &old[..old.len() - 11],
        _ => &old,
    };
    let base: String = base.chars().take(MAX_NAME - 11).collect();
    if base.is_empty() { date } else { format!("{base}-{date}") }
}

/// When the key that replaces `old` expires if nobody says otherwise: it lives as long as the old one was to live, never
/// beyond the team's settings.
pub fn new_expiry(old: &Key, settings: Option<&Settings>, now: Time) -> Option<Time> {
    let wished = match (old.value_created.time(), old.expires.time()) {
        (Some(made), Some(expires)) if expires > made => now.checked_add_signed(expires - made),
        _ => None,
    };
    settings.map_or(wished, |settings| settings.expiry_of(now, wished))
}
