//! An incident in front: what is known, what is asked, what became of it. Where it stands says the incident itself; this
//! keeps what is pointed at, marked and being typed.

use std::collections::BTreeSet;

use crate::domain::incident::{Effect, Incident, Lead, Measure, Next, Question, Standing, Trouble};
use crate::domain::present::Present;
use crate::domain::time::Time;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::confirm::Asked;
use crate::tui::facts::Facts;
use crate::tui::text;

mod about;
mod arrange;
mod page;
mod update;
pub mod view;

pub use arrange::{Arrangement, WIDTH};
pub use page::{Line, Tone};

/// For so long a key and its successor both work, where nothing else is recommended.
const REPLACED_WITHIN_SECONDS: i64 = 3600;

/// An incident in front.
#[derive(Debug)]
pub struct Case {
    /// None until it is on disk.
    pub incident: Option<Incident>,
    /// What is being done.
    pub doing: Option<Effect>,
    /// Why it cannot go on.
    pub refused: Option<String>,
    /// What must be typed, and for what.
    pub asking: Option<Asking>,
    /// The key that is pointed at.
    pub cursor: usize,
    /// The lead that is pointed at.
    pub lead: usize,
    /// The leads that are marked.
    pub marked: BTreeSet<usize>,
    pub scroll: usize,
    /// Whether leaving was asked for once while something is open.
    pub leaving: bool,
    /// The keys whose successors the wizard was opened for.
    handed_over: BTreeSet<usize>,
    /// What it was about when it was last told.
    last: Option<Kind>,
}

/// What is confirmed by typing.
#[derive(Debug)]
pub struct Asking {
    pub asked: Asked,
    pub about: About,
}

/// What is to be done once it is confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// To keys, by their numbers.
    Keys(Vec<(usize, Measure)>),
    /// To leads, by theirs.
    Leads(Vec<usize>, Measure),
}

/// What the page is about.
#[derive(Clone, Debug, PartialEq)]
pub enum At {
    /// It is found out whose the values are, and whether they are alive.
    Looking,
    Decide,
    /// What was decided is on its way, or being read back.
    Sending,
    /// The server said that it is done; that is proven.
    Proving,
    /// The rest is seen to: findings, other keys, the evidence.
    Finishing,
    /// What is to become of the other keys.
    Hunt,
    /// The values went with the process that had them.
    Values,
    Trouble(Trouble),
    Over,
    /// It cannot go on.
    Refused(String),
}

/// Which of [`At`], without what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Working,
    Decide,
    Hunt,
    Values,
    Trouble,
    Over,
    Refused,
}

impl At {
    fn kind(&self) -> Kind {
        match self {
            Self::Looking | Self::Sending | Self::Proving | Self::Finishing => Kind::Working,
            Self::Decide => Kind::Decide,
            Self::Hunt => Kind::Hunt,
            Self::Values => Kind::Values,
            Self::Trouble(_) => Kind::Trouble,
            Self::Over => Kind::Over,
            Self::Refused(_) => Kind::Refused,
        }
    }
}

impl Case {
    /// One that was just begun, or that is on disk.
    pub fn new(incident: Option<Incident>) -> Self {
        Self {
            incident,
            doing: None,
            refused: None,
            asking: None,
            cursor: 0,
            lead: 0,
            marked: BTreeSet::new(),
            scroll: 0,
            leaving: false,
            handed_over: BTreeSet::new(),
            last: None,
        }
    }

    /// What the page is about at `now`.
    pub fn at(&self, now: Time) -> At {
        if let Some(why) = &self.refused {
            return At::Refused(why.clone());
        }
        let Some(incident) = &self.incident else { return At::Looking };
        let is_open = |subject: &crate::domain::incident::Subject| {
            matches!(subject.standing(now), Standing::Asserted { next: Some(_), .. })
        };
        let rest = || if incident.subjects.iter().any(is_open) { At::Proving } else { At::Finishing };
        // who sees whose it is may decide, also while it is still tried
        let undecided = incident.seen.is_some() && incident.undecided().next().is_some();
        match incident.next(now) {
            Next::Do(Effect::Probe(_)) if undecided => At::Decide,
            Next::Do(Effect::See | Effect::Probe(_)) => At::Looking,
            Next::Do(Effect::Act | Effect::ReadBack) => At::Sending,
            Next::Do(Effect::Prove(_)) | Next::Wait(_) => At::Proving,
            Next::Do(Effect::Resolve | Effect::Hunt | Effect::Write) => rest(),
            Next::Ask(Question::Decide(_)) => At::Decide,
            Next::Ask(Question::Leads) => At::Hunt,
            Next::Ask(Question::Values(_)) => At::Values,
            Next::Ask(Question::Trouble(trouble)) => At::Trouble(trouble),
            Next::Over => At::Over,
        }
    }

    /// Where key presses are heard now.
    pub fn context(&self) -> Context {
        match self.asking {
            Some(_) => Context::Review,
            None if self.is_hunting() => Context::Hunt,
            None => Context::Contain,
        }
    }

    /// Whether the other keys are in front.
    pub fn is_hunting(&self) -> bool {
        self.last == Some(Kind::Hunt)
    }

    /// The leads of the hunt.
    pub fn leads(&self) -> &[Lead] {
        self.incident.as_ref().and_then(|incident| incident.leads.as_deref()).unwrap_or_default()
    }

    /// The live leads that are marked; where none is, the one that is pointed at, if it is alive.
    pub fn chosen_leads(&self) -> Vec<usize> {
        let leads = self.leads();
        let alive = |at: &usize| leads.get(*at).is_some_and(Lead::is_alive);
        let marked: Vec<usize> = self.marked.iter().copied().filter(alive).collect();
        if marked.is_empty() { Some(self.lead).filter(alive).into_iter().collect() } else { marked }
    }

    /// What is done to which keys by a measure: all about which something is to be decided, or else the one that is
    /// pointed at.
    ///
    /// # Errors
    /// Why it is done to none, in words.
    pub fn measures(&self, measure: Measure, now: Present) -> Result<Vec<(usize, Measure)>, String> {
        let Some(incident) = &self.incident else { return Err("Nothing is known of it yet".to_owned()) };
        if incident.seen.is_none() {
            return Err("Nothing is known of it yet".to_owned());
        }
        let undecided: Vec<usize> = incident.undecided().collect();
        let several = matches!(measure, Measure::Revoke | Measure::Freeze);
        let pointed = self.cursor.min(incident.subjects.len().saturating_sub(1));
        let targets = match (several, undecided.is_empty()) {
            (true, false) => undecided,
            // one key, which has to be one of those
            (false, _) if undecided.len() == 1 => undecided,
            (true, true) | (false, _) => vec![pointed],
        };
        let mut measures = Vec::new();
        let mut why = "There is nothing to decide about it".to_owned();
        for target in targets {
            let Some(subject) = incident.subjects.get(target) else { continue };
            match subject.may_take(measure, now) {
                Ok(()) if subject.can_be_acted_on() || subject.asserted().is_some() => measures.push((target, measure)),
                Ok(()) => {}
                Err(refused) => why = capitalised(&refused.to_string()),
            }
        }
        if measures.is_empty() { Err(why) } else { Ok(measures) }
    }

    /// When the server ends a key that is replaced: as recommended, or in an hour.
    pub fn deadline(&self, now: Time) -> Time {
        let advice = self.incident.as_ref().and_then(|incident| incident.advice(self.cursor, now));
        match advice.map(|advice| advice.measure) {
            Some(Measure::Replace { by }) => by,
            Some(Measure::Revoke | Measure::Freeze | Measure::SelfDelete | Measure::Leave) | None => {
                now + chrono::TimeDelta::seconds(REPLACED_WITHIN_SECONDS)
            }
        }
    }

    /// What may be done now, the recommended first, each with a word or two.
    pub fn can(&self, now: Present) -> Vec<(Action, &'static str)> {
        let may = |measure| self.measures(measure, now).is_ok();
        let replace = Measure::Replace { by: self.deadline(now.now) };
        let mut can = Vec::new();
        match self.at(now.now) {
            At::Looking | At::Sending | At::Finishing => {}
            At::Decide => {
                let pointed = self.incident.as_ref().and_then(|incident| incident.subjects.get(self.cursor));
                let by_hand = pointed.is_some_and(|subject| subject.by_hand);
                let revoke = if by_hand { "it is revoked there" } else { "revoke now" };
                for (measure, action, does) in [
                    (Measure::Revoke, Action::RevokeNow, revoke),
                    (replace, Action::ReplaceThenRevoke, "replace, then revoke"),
                    (Measure::Freeze, Action::Freeze, "freeze"),
                    (Measure::SelfDelete, Action::DeleteItself, "let it delete itself"),
                    (Measure::Leave, Action::LeaveIt, "leave it"),
                ] {
                    let last_resort = measure == Measure::SelfDelete && may(Measure::Revoke) && !self.was_denied();
                    if may(measure) && !last_resort {
                        can.push((action, does));
                    }
                }
            }
            At::Proving => {
                can.push((Action::StopProving, "stop trying"));
                can.push((Action::WriteDown, "write down as it stands"));
            }
            At::Hunt => {
                if !self.chosen_leads().is_empty() {
                    can.push((Action::RevokeNow, "revoke"));
                    can.push((Action::Freeze, "freeze"));
                    can.push((Action::Mark, "mark"));
                }
                can.push((Action::Choose, "leave the rest"));
            }
            At::Values => {
                can.push((Action::WriteDown, "write down as it stands"));
            }
            At::Trouble(_) | At::Refused(_) => {
                can.push((Action::GoOn, "try again"));
                if self.incident.is_some() && self.refused.is_none() {
                    can.push((Action::WriteDown, "write down as it stands"));
                }
            }
            At::Over => can.push((Action::Choose, "close")),
        }
        can
    }

    /// Whether the server refused what was decided about the key that is pointed at.
    fn was_denied(&self) -> bool {
        use crate::domain::incident::{Act, Answer};
        let subject = self.incident.as_ref().and_then(|incident| incident.subjects.get(self.cursor));
        subject.is_some_and(|subject| matches!(&subject.act, Act::Answered { answer: Answer::Denied(_), .. }))
    }

    /// Whether everything is seen to.
    pub fn is_over(&self, now: Time) -> bool {
        self.at(now) == At::Over
    }

    /// What the window is called.
    pub fn title(&self) -> String {
        match self.incident.as_ref().map(|incident| incident.subjects.as_slice()) {
            None | Some([]) => "Contain a leak".to_owned(),
            Some([one]) => format!("Contain {}", text::cut(&one.name().marked(), 40)),
            Some(several) => format!("Contain {} keys", several.len()),
        }
    }

    /// What stands where on a screen of this size.
    pub fn arrange(&self, facts: &Facts) -> Arrangement {
        arrange::of(self, facts)
    }
}

/// A sentence that begins with a capital letter.
fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
