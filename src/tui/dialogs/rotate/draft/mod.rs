//! The draft: what is to be done, as fields that are checked as they are typed.

use crate::domain::bulk::{self, Confirmation, Reading};
use crate::domain::fresh::Fresh;
use crate::domain::key_fields;
use crate::domain::rotation::{Cutover, Hook, OldKey, Overlap, Plan, Reason, Rotation, RotationId, Sink};
use crate::domain::settings::Settings;
use crate::domain::time::{Time, day, exact, wire};
use crate::domain::values::secret_spans;
use crate::tui::dialogs::form::{Check, Entry, Form};
use crate::tui::facts::Facts;

mod places;
mod update;
pub mod view;

/// A key that is to be rotated, and how.
#[derive(Clone, Debug)]
pub struct Drafted {
    pub old: OldKey,
    /// The plan before anything was typed.
    pub plan: Plan,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    Name,
    Expires,
    Reason,
    /// Where the new value goes.
    Places,
    /// What is run to move the systems over.
    Hooks,
    /// What a person does to move them over.
    Checklist,
    /// What says that they work.
    Health,
    /// For how long both keys work.
    Overlap,
    /// Whether the old key goes first.
    Emergency,
}

impl About {
    pub fn label(self) -> &'static str {
        match self {
            Self::Name => "New name",
            Self::Expires => "Expires",
            Self::Reason => "Reason",
            Self::Places => "Places",
            Self::Hooks => "Run then",
            Self::Checklist => "You then",
            Self::Health => "Health",
            Self::Overlap => "Overlap",
            Self::Emergency => "Emergency",
        }
    }
}

/// The draft of one rotation, or of several with what they share.
#[derive(Debug)]
pub struct Draft {
    pub keys: Vec<Drafted>,
    pub form: Form<About>,
    /// What must be typed to agree.
    pub confirmation: Confirmation,
    /// The keys as they are read again; none for a rotation that is begun.
    pub reviewed: Option<bulk::Plan>,
    settings: Option<Settings>,
    /// The folder of the path that is being typed.
    folder: places::Folder,
}

impl Draft {
    /// A draft for `keys`.
    pub fn new(keys: Vec<Drafted>, confirmation: Confirmation, settings: Option<Settings>, now: Time) -> Self {
        let first = keys.first().map(|key| key.plan.clone());
        let entries = first.map(|plan| entries(&plan, keys.len() == 1, now)).unwrap_or_default();
        Self {
            keys,
            form: Form::new(entries),
            confirmation,
            reviewed: None,
            settings,
            folder: places::Folder::default(),
        }
    }

    /// The same of keys that are being read again.
    #[must_use]
    pub fn reviewed(self, reviewed: bulk::Plan) -> Self {
        Self { reviewed: Some(reviewed), ..self }
    }

    /// How far the keys are read.
    pub fn reading(&self) -> Reading {
        self.reviewed.as_ref().map(|reviewed| reviewed.reading).unwrap_or_default()
    }

    /// Takes the keys in as they are now. An error says which of them cannot be rotated any more.
    pub fn read_again(&mut self, fresh: Fresh, facts: &Facts) -> Result<(), String> {
        let (Some(reviewed), Some(who)) = (&mut self.reviewed, facts.who()) else { return Ok(()) };
        reviewed.read_again(fresh, &who, facts.now.utc);
        if let Some((key, what)) = reviewed.meanwhile.first() {
            return Err(format!("{} is {}: nothing was rotated", key.name.marked(), what.words()));
        }
        self.confirmation = reviewed.confirmation_of_reversible(facts.session.production);
        for drafted in &mut self.keys {
            if let Some(key) = reviewed.keys().find(|key| key.id == drafted.old.id) {
                drafted.old = OldKey::of(key, facts.own_key());
            }
        }
        Ok(())
    }

    /// The keys could not be read again: more than a `y` is asked for.
    pub fn not_read(&mut self, production: bool) {
        if let Some(reviewed) = &mut self.reviewed {
            reviewed.not_read();
            self.confirmation = reviewed.confirmation_of_reversible(production);
        }
    }

    /// A draft of another plan for a rotation that is begun; `before` is the draft that it came from, where it is known.
    pub fn again(rotation: &Rotation, before: Option<&Self>, facts: &Facts) -> (RotationId, Self) {
        let key = Drafted { old: rotation.old.clone(), plan: rotation.plan.clone() };
        let same = |draft: &&Self| matches!(&draft.keys[..], [one] if one.old.id == key.old.id);
        let known = before.filter(same).map(|draft| draft.confirmation);
        // of one that was resumed, nobody knows here whether its key is in use
        let confirmation =
            known.filter(|_| !facts.session.production).unwrap_or(Confirmation::of_one(&rotation.old.masked));
        (rotation.id.clone(), Self::new(vec![key], confirmation, facts.settings.cloned(), facts.now.utc))
    }

    /// What must be typed to agree to `plans`: where the old key goes first, as for a revoke.
    pub fn confirmation(&self, plans: &[(Plan, OldKey)]) -> Confirmation {
        match plans {
            _ if self.confirmation == Confirmation::NotYet => Confirmation::NotYet,
            _ if !plans.iter().any(|(plan, _)| plan.emergency) => self.confirmation,
            [(_, old)] => Confirmation::of_one(&old.masked),
            several => Confirmation::Count(several.len()),
        }
    }

    /// What is wrong or right about a field, as it stands.
    pub fn check(&self, about: About, now: Time) -> Check {
        let text = &*self.form.text(about);
        if !secret_spans(text).is_empty() {
            return Check::Wrong("that holds a key's value, which others would see: take it out".to_owned());
        }
        match about {
            About::Name => match key_fields::name(text) {
                _ if text.is_empty() => Check::Needed,
                Ok(()) => Check::Right(String::new()),
                Err(why) => Check::Wrong(why),
            },
            About::Expires => self.check_expiry(now),
            About::Reason if text.is_empty() => Check::Needed,
            About::Reason => Check::Right("scheduled, expiring, leaked, leaver, or your own words".to_owned()),
            About::Places => self.check_places(text),
            About::Hooks => match hooks(text) {
                Err(why) => Check::Wrong(why),
                Ok(hooks) if hooks.is_empty() => Check::Right("nothing is run; several: with ; between".to_owned()),
                Ok(hooks) => Check::Right(format!("run without a shell{}", counted(hooks.len()))),
            },
            About::Checklist => match split(text, ';').len() {
                0 => Check::Right("what you do yourself, ticked off one by one; with ; between".to_owned()),
                lines => Check::Right(format!("asked for{}", counted(lines))),
            },
            About::Health if text.is_empty() => Check::Right("no command says whether the systems work".to_owned()),
            About::Health => match Hook::parse(text) {
                Ok(_) => Check::Right("its exit status says whether the systems work".to_owned()),
                Err(why) => Check::Wrong(format!("it {why}")),
            },
            About::Overlap => self.check_overlap(text, now),
            About::Emergency => match emergency(text) {
                Some(true) if self.keys.iter().any(|key| key.old.own) => {
                    Check::Wrong("this console uses the key: revoked first, it could not make the new one".to_owned())
                }
                Some(true) => Check::Right("the old key is revoked FIRST: what uses it stops at once".to_owned()),
                Some(false) => Check::Right("yes only for a leaked key: the old one is revoked first".to_owned()),
                None => Check::Wrong("write yes or no".to_owned()),
            },
        }
    }

    fn check_expiry(&self, now: Time) -> Check {
        let wished = match self.expiry(now) {
            Ok(wished) => wished,
            Err(why) => return Check::Wrong(why),
        };
        let real = self.settings.as_ref().map_or(wished, |settings| settings.expiry_of(now, wished));
        let words = real.map_or_else(|| "never expires".to_owned(), |at| format!("expires {}", exact(at)));
        Check::Right(if real == wished { words } else { format!("{words}: your team's settings") })
    }

    fn expiry(&self, now: Time) -> Result<Option<Time>, String> {
        let untouched = self.form.entry(About::Expires).is_some_and(Entry::is_untouched);
        match self.keys.first() {
            Some(key) if untouched => Ok(key.plan.expires),
            _ => key_fields::expiry(&self.form.text(About::Expires), now),
        }
    }

    fn check_places(&self, text: &str) -> Check {
        let offered = self.offered();
        let sinks = match self.sinks(text) {
            Err(why) => return Check::Wrong(format!("{why}{offered}")),
            Ok(sinks) => sinks,
        };
        if sinks.is_empty() {
            return if self.form.was_pressed() {
                Check::Wrong("a value that goes nowhere is lost: for example env-file:PATH:NAME".to_owned())
            } else {
                Check::Needed
            };
        }
        if let Some(at) = (1..sinks.len()).find(|at| sinks[..*at].contains(&sinks[*at])) {
            return Check::Wrong(format!("place {} is named twice", at + 1));
        }
        let blind = sinks.iter().find_map(|sink| Some((sink.kind(), sink.blind()?)));
        Check::Right(match blind {
            Some((kind, why)) => format!("{kind}: cannot be read back, {why}{offered}"),
            None => format!("written, read back, compared{}{offered}", counted(sinks.len())),
        })
    }

    fn check_overlap(&self, text: &str, now: Time) -> Check {
        match text.parse::<Overlap>() {
            Err(why) => Check::Wrong(why.to_owned()),
            Ok(_) if self.is_emergency() => Check::Right("none in an emergency".to_owned()),
            Ok(Overlap::None) => Check::Right("the old key goes as soon as the new one is proven".to_owned()),
            Ok(Overlap::Until(until)) if until <= now => Check::Wrong("that is already over".to_owned()),
            Ok(overlap) => {
                let old = self.keys.first().and_then(|key| key.old.expires.time());
                let ends = overlap.ends(now, old);
                let capped = if ends < overlap.ends(now, None) { ", when the old key expires" } else { "" };
                Check::Right(format!("both keys work until about {}{capped}", exact(ends)))
            }
        }
    }

    fn is_emergency(&self) -> bool {
        emergency(&self.form.text(About::Emergency)) == Some(true) && self.form.entry(About::Emergency).is_some()
    }

    /// The places typed. One that stands there as it was saved is taken as it was saved, with what its notation leaves
    /// out.
    fn sinks(&self, text: &str) -> Result<Vec<Sink>, String> {
        let known = self.keys.first().map(|key| key.plan.sinks.clone()).unwrap_or_default();
        places::pieces(text)
            .iter()
            .enumerate()
            .map(|(at, piece)| match known.iter().find(|sink| sink.to_string() == *piece) {
                Some(sink) => Ok(sink.clone()),
                None => piece.parse().map_err(|why| format!("place {} {why}", at + 1)),
            })
            .collect()
    }

    pub fn first_wrong(&self, now: Time) -> Option<usize> {
        self.form.first_wrong(|about| self.check(about, now))
    }

    /// The plans, once every field is right.
    pub fn plans(&self, now: Time) -> Option<Vec<(Plan, OldKey)>> {
        self.keys.iter().map(|key| Some((self.plan(key, now)?, key.old.clone()))).collect()
    }

    fn plan(&self, key: &Drafted, now: Time) -> Option<Plan> {
        let mut plan = key.plan.clone();
        for entry in self.form.entries() {
            if !matches!(self.check(entry.name, now), Check::Right(_)) {
                return None;
            }
            let text = &*entry.text();
            match entry.name {
                _ if entry.is_untouched() => {}
                About::Name => text.clone_into(&mut plan.name),
                About::Expires => {
                    let wished = self.expiry(now).ok()?;
                    plan.expires = self.settings.as_ref().map_or(wished, |settings| settings.expiry_of(now, wished));
                }
                About::Reason => plan.reason = Reason::from(text),
                About::Places => plan.sinks = self.sinks(text).ok()?,
                About::Hooks | About::Checklist => plan.cutover = self.cutover(&plan)?,
                About::Health => plan.health = if text.is_empty() { None } else { Hook::parse(text).ok() },
                About::Overlap => plan.overlap = text.parse().ok()?,
                About::Emergency => plan.emergency = emergency(text)?,
            }
        }
        Some(plan)
    }

    /// The commands, then what a person does; as it was where neither was touched.
    fn cutover(&self, plan: &Plan) -> Option<Vec<Cutover>> {
        let text = |about| self.form.text(about);
        let known =
            |hook: &Hook| plan.cutover.iter().find(|line| matches!(line, Cutover::Run(one) if one.argv == hook.argv));
        let hooks = hooks(&text(About::Hooks)).ok()?;
        let run = hooks.into_iter().map(|hook| known(&hook).cloned().unwrap_or(Cutover::Run(hook)));
        let by_hand = split(&text(About::Checklist), ';').into_iter().map(Cutover::ByHand);
        Some(run.chain(by_hand).collect())
    }
}

fn entries(plan: &Plan, alone: bool, now: Time) -> Vec<Entry<About>> {
    let joined = |texts: Vec<String>, by: &str| texts.join(by);
    let hooks = plan.cutover.iter().filter_map(|line| match line {
        Cutover::Run(hook) => Some(hook.to_string()),
        Cutover::ByHand(_) => None,
    });
    let by_hand = plan.cutover.iter().filter_map(|line| match line {
        Cutover::ByHand(text) => Some(text.clone()),
        Cutover::Run(_) => None,
    });
    let mut entries = Vec::new();
    if alone {
        let places = joined(plan.sinks.iter().map(ToString::to_string).collect(), "; ");
        entries.push(field(About::Places, &places));
        entries.push(field(About::Hooks, &joined(hooks.collect(), "; ")));
        entries.push(field(About::Checklist, &joined(by_hand.collect(), "; ")));
        entries.push(field(About::Health, &plan.health.as_ref().map(ToString::to_string).unwrap_or_default()));
    }
    entries.push(field(About::Overlap, &notation(plan.overlap)));
    entries.push(field(About::Reason, &plan.reason.to_string()));
    if alone {
        entries.push(field(About::Name, &plan.name));
        entries.push(field(About::Expires, &plan.expires.map_or_else(|| "never".to_owned(), |at| expiry(at, now))));
    }
    entries.push(field(About::Emergency, if plan.emergency { "yes" } else { "no" }));
    entries
}

fn field(about: About, text: &str) -> Entry<About> {
    let joins = match about {
        About::Places | About::Hooks | About::Checklist => "; ",
        _ => " ",
    };
    Entry::text_field(about, about.label(), text).joined_by(joins)
}

fn expiry(at: Time, now: Time) -> String {
    let span = at - now;
    if span.num_days() > 0 && span == chrono::TimeDelta::days(span.num_days()) {
        return format!("{}d", span.num_days());
    }
    day(at)
}

/// An overlap as it is written.
fn notation(overlap: Overlap) -> String {
    match overlap {
        Overlap::None => "none".to_owned(),
        Overlap::Seconds(seconds) if seconds % 86_400 == 0 && seconds > 86_400 => format!("{}d", seconds / 86_400),
        Overlap::Seconds(seconds) if seconds % 3600 == 0 => format!("{}h", seconds / 3600),
        Overlap::Seconds(seconds) => format!("{}min", seconds.div_ceil(60)),
        Overlap::Until(until) => wire(until),
    }
}

fn emergency(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "" | "n" | "no" => Some(false),
        "y" | "yes" => Some(true),
        _ => None,
    }
}

fn hooks(text: &str) -> Result<Vec<Hook>, String> {
    let lines = split(text, ';');
    let parse = |(at, line): (usize, &String)| Hook::parse(line).map_err(|why| format!("command {} {why}", at + 1));
    lines.iter().enumerate().map(parse).collect()
}

fn counted(count: usize) -> String {
    if count == 1 { String::new() } else { format!(", {count} of them") }
}

/// The pieces between `separator`, which counts for nothing between quotes and after a backslash.
fn split(text: &str, separator: char) -> Vec<String> {
    split_where(text, |c, _| c == separator)
}

/// The pieces between characters that part them, as `parts` says by the character and what follows; none does between quotes
/// and after a backslash.
fn split_where(text: &str, parts: impl Fn(char, &str) -> bool) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let (mut quote, mut escaped) = (None, false);
    for (at, c) in text.char_indices() {
        if quote.is_none() && !escaped && parts(c, &text[at + c.len_utf8()..]) {
            pieces.push(String::new());
            continue;
        }
        match quote {
            _ if escaped => {}
            Some(open) if open == c => quote = None,
            None if matches!(c, '"' | '\'') && text.matches(c).count().is_multiple_of(2) => quote = Some(c),
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        if let Some(piece) = pieces.last_mut() {
            piece.push(c);
        }
    }
    pieces.into_iter().map(|piece| piece.trim().to_owned()).filter(|piece| !piece.is_empty()).collect()
}

#[cfg(test)]
mod tests;
