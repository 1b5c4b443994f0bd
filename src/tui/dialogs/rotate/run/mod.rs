//! Rotations while they run: where each stands, what is asked, and what can be decided.

use crate::domain::bulk::Confirmation;
use crate::domain::present::Present;
use crate::domain::rotation::{Decision, Effect, Next, OldState, Phase, Question, Rotation, RotationId, Step};
use crate::domain::time::{Distance, Time, When};
use crate::domain::untrusted::Untrusted;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::confirm::Asked;
use crate::tui::facts::Facts;
use crate::tui::field::Field;

pub mod arrange;
mod by_hand;
pub mod course;
pub mod line;
pub mod matrix;
pub mod page;
mod parts;
mod update;
pub mod view;

/// What must be typed to lose a value that stands nowhere but in escrow.
pub const LOSE: &str = "lose";

/// The rotations of one wizard.
#[derive(Debug)]
pub struct Run {
    /// Each with its own state.
    pub items: Vec<Item>,
    /// The one whose page is shown.
    pub cursor: usize,
    /// What is asked over the page.
    pub asking: Option<Asking>,
    /// Whether nothing is carried on before somebody says so: it was taken up from disk.
    pub paused: bool,
    /// The first line of the page shown.
    pub scroll: usize,
}

/// One rotation.
#[derive(Clone, Debug)]
pub struct Item {
    pub rotation: Rotation,
    /// Whether it is on disk.
    pub begun: bool,
    /// What is being done.
    pub doing: Option<Effect>,
    /// Why it cannot go on, apart from what its own steps came to.
    pub refused: Option<String>,
    /// Where its summary is, or why there is none, once it is over.
    pub summary: Option<Result<String, String>>,
    /// When and from where the old key was last used, as the list had it.
    pub used: Option<(When, Option<Untrusted>)>,
    /// Which mails may still come about the old key, where the backend sends some, once it is over.
    pub late_mail: Option<String>,
}

/// What is asked over a page.
#[derive(Debug)]
pub enum Asking {
    /// Keep it for later, roll back, or stay?
    Leave,
    /// What the page asks: with what must be typed.
    Sure(Asked),
    /// Roll back? With what must be typed, since that revokes the new key.
    RollBack(Asked),
    /// Give it up? With what is typed, where a value would be lost.
    Abandon(Option<Field>),
    /// Why does the overlap end?
    Reason(Field),
    /// The value that is asked for; with why the last one was not taken. It is never shown.
    Value(Field, Option<String>),
}

/// What a page is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Now {
    /// One before it did not get so far.
    NotBegun,
    /// It cannot go on; with the reason.
    Refused(String),
    /// It stands on disk, and this comes next.
    Paused(Effect),
    Working(Effect),
    /// Both keys work until then.
    Waits(Time),
    Asks(Question),
    /// Nothing is left to do.
    Over,
}

impl Item {
    /// A rotation of which nothing was heard yet.
    pub fn new(rotation: Rotation, used: Option<(When, Option<Untrusted>)>) -> Self {
        Self { rotation, begun: false, doing: None, refused: None, summary: None, used, late_mail: None }
    }

    /// The same, with what the lists have of the old key's last use.
    pub fn listed(rotation: Rotation, facts: &Facts) -> Self {
        let key = facts.keys.api_key(&rotation.old.id);
        let used = key.map(|key| (key.last_used.clone(), key.last_used_from.clone()));
        Self::new(rotation, used)
    }

    /// What is to be seen of the old key: the latest look, else what the list had.
    pub fn last_use(&self) -> Option<(&When, Option<&Untrusted>)> {
        let looked = self.rotation.seen.as_ref().map(|seen| (&seen.last_used, seen.last_used_from.as_ref()));
        looked.or_else(|| self.used.as_ref().map(|(when, from)| (when, from.as_ref())))
    }
}

impl Run {
    /// The rotations of one wizard.
    pub fn new(items: Vec<Item>, paused: bool) -> Self {
        Self { items, cursor: 0, asking: None, paused, scroll: 0 }
    }

    /// The rotation whose page is shown.
    pub fn current(&self) -> &Item {
        &self.items[self.cursor.min(self.items.len() - 1)]
    }

    pub fn item(&mut self, id: &RotationId) -> Option<&mut Item> {
        self.items.iter_mut().find(|item| item.rotation.id == *id)
    }

    /// What the page in front is about.
    pub fn now(&self, now: Present) -> Now {
        self.now_of(self.current(), now)
    }

    /// What `item` is about.
    pub fn now_of(&self, item: &Item, now: Present) -> Now {
        if let Some(why) = &item.refused {
            return Now::Refused(why.clone());
        }
        if let Some(effect) = item.doing {
            return Now::Working(effect);
        }
        if !item.begun && !self.paused {
            return if self.cursor_of(item) == 0 { Now::Working(Effect::Check) } else { Now::NotBegun };
        }
        match item.rotation.next(now) {
            Next::Over => Now::Over,
            Next::Wait(until) => Now::Waits(until),
            Next::Ask(question) => Now::Asks(question),
            Next::Do(effect) if self.paused => Now::Paused(effect),
            Next::Do(effect) => Now::Working(effect),
        }
    }

    fn cursor_of(&self, item: &Item) -> usize {
        self.items.iter().position(|other| other.rotation.id == item.rotation.id).unwrap_or_default()
    }

    /// Where key presses are heard now.
    pub fn context(&self) -> Context {
        match &self.asking {
            Some(Asking::Leave) => Context::Leave,
            Some(Asking::Abandon(None)) => Context::Ask,
            Some(Asking::Sure(_) | Asking::RollBack(_)) => Context::Review,
            Some(Asking::Abandon(Some(_)) | Asking::Reason(_) | Asking::Value(..)) => Context::Form,
            None => Context::Rotate,
        }
    }

    /// What must be typed to confirm, where that is asked.
    pub fn typed(&self) -> Option<&Asked> {
        match &self.asking {
            Some(Asking::Sure(asked) | Asking::RollBack(asked)) => Some(asked),
            _ => None,
        }
    }

    pub fn typed_mut(&mut self) -> Option<&mut Asked> {
        match &mut self.asking {
            Some(Asking::Sure(asked) | Asking::RollBack(asked)) => Some(asked),
            _ => None,
        }
    }

    /// The question whether to roll back. Where there is a new key, which that revokes, its last four characters.
    pub fn ask_to_roll_back(&self) -> Asking {
        let minted = self.current().rotation.minted.as_ref();
        let wanted = minted.map(|minted| Confirmation::of_one(&minted.masked.as_str().into()));
        Asking::RollBack(Asked::new(wanted.unwrap_or(Confirmation::Yes)))
    }

    /// The field that is typed into.
    pub fn field(&mut self) -> Option<&mut Field> {
        match &mut self.asking {
            Some(Asking::Abandon(Some(field)) | Asking::Reason(field) | Asking::Value(field, _)) => Some(field),
            _ => None,
        }
    }

    /// Whether nothing is left to do for any of them, nor can be.
    pub fn is_over(&self) -> bool {
        let given_up =
            self.items.iter().any(|item| matches!(item.rotation.phase, Phase::RolledBack | Phase::Abandoned));
        self.items.iter().all(|item| item.rotation.phase.is_over() || (!item.begun && given_up))
    }

    /// Whether something is being done on disk, at the server or in a place.
    pub fn is_at_work(&self) -> bool {
        self.items.iter().any(|item| item.doing.is_some())
    }

    /// Begins a page anew: nothing is typed yet.
    pub fn turn(&mut self) {
        self.scroll = 0;
    }

    /// What can be decided on the page in front, the most likely first, in a few words each.
    pub fn decisions(&self, now: Present) -> Vec<(Action, &'static str)> {
        let rotation = &self.current().rotation;
        let mut can = Vec::new();
        let present = self.now(now);
        if let Some((_, does)) = self.wants_confirmation(now) {
            can.push((Action::Confirm, does));
        }
        match &present {
            Now::Over | Now::NotBegun => return vec![],
            Now::Working(_) => {}
            Now::Refused(_) => can.push((Action::GoOn, "try again")),
            Now::Paused(_) => can.push((Action::GoOn, "go on")),
            Now::Waits(_) => {
                can.push((Action::LookNow, "see its use now"));
                can.push((Action::EndOverlap, "end the overlap"));
            }
            Now::Asks(question) => can.extend(answers(rotation, question)),
        }
        let changeable = rotation.minted.is_none()
            && !rotation.given
            && rotation.phase == Phase::Forward
            && rotation.old_state == OldState::Live
            && matches!(
                present,
                Now::Asks(Question::Plan | Question::Checks(_) | Question::Trouble(_)) | Now::Paused(_)
            );
        if changeable {
            can.push((Action::ChangePlan, "change the plan"));
        }
        match rotation.phase {
            Phase::Forward if rotation.old_state != OldState::Revoked => can.push((Action::RollBack, "roll back")),
            Phase::RollingBack if !rotation.taking_back => can.push((Action::GoForward, "go forward after all")),
            _ => {}
        }
        if !matches!(present, Now::Working(_) | Now::Refused(_)) {
            can.push((Action::Abandon, "give up"));
        }
        can
    }

    /// What the page asks to confirm, in a few words: to agree, or to revoke.
    pub fn wants_confirmation(&self, now: Present) -> Option<(Decision, &'static str)> {
        match self.now(now) {
            Now::Asks(Question::Plan) => Some((Decision::Agree, "rotate it")),
            Now::Asks(Question::Doubt(_)) => Some((Decision::Agree, "go on with it")),
            Now::Asks(Question::Revoke | Question::RevokeNew(_)) => {
                let by_hand = self.current().rotation.plan.abilities.by_hand.is_some();
                Some((Decision::ConfirmRevoke, if by_hand { "it is revoked there" } else { "revoke it" }))
            }
            Now::Asks(Question::Orphans(_)) => Some((Decision::ConfirmRevoke, "delete it")),
            _ => None,
        }
    }

    /// The question that must be answered by typing, before what the page asks is decided: the last four characters of the
    /// key that is rotated or revoked.
    pub fn sure(&self, now: Present) -> Option<Asking> {
        let rotation = &self.current().rotation;
        let new = rotation.minted.as_ref().map(|minted| minted.masked.as_str().into());
        let masked = match self.now(now) {
            Now::Asks(Question::RevokeNew(_)) => new.unwrap_or_default(),
            Now::Asks(Question::Orphans(orphans)) => {
                orphans.first().map(|orphan| orphan.masked.clone()).unwrap_or_default()
            }
            Now::Asks(Question::Plan | Question::Doubt(_) | Question::Revoke) => rotation.old.masked.clone(),
            _ => return None,
        };
        Some(Asking::Sure(Asked::new(Confirmation::of_one(&masked))))
    }

    /// The decision that an action is here; none where it is not offered or asks first.
    pub fn decision(&self, action: Action, now: Present) -> Option<Decision> {
        let present = self.now(now);
        match (action, &present) {
            (Action::GoOn, Now::Asks(_)) => Some(Decision::Retry),
            (Action::DoneByHand, _) => Some(Decision::ByHand),
            (Action::Waive, Now::Asks(Question::Checks(red))) => {
                let waivable =
                    |at: &&usize| self.current().rotation.is_waivable(self.current().rotation.checks[**at].kind);
                red.iter().find(waivable).map(|at| Decision::Waive(*at))
            }
            (Action::LookNow, _) => Some(Decision::Look),
            (Action::Revive, _) => Some(Decision::Reenable),
            (Action::GoForward, _) => Some(Decision::GoForward),
            _ => None,
        }
    }

    /// Whether an item waits for its time, so that a countdown is shown.
    pub fn soonest(&self, now: Present) -> Option<Time> {
        let waits = |item: &Item| match self.now_of(item, now) {
            Now::Waits(until) => Some(until),
            _ => None,
        };
        self.items.iter().filter_map(waits).min()
    }
}

fn answers(rotation: &Rotation, question: &Question) -> Vec<(Action, &'static str)> {
    let revivable = rotation.old_state == OldState::Disabled && rotation.phase == Phase::Forward;
    let mut can = Vec::new();
    match question {
        Question::Plan | Question::Doubt(_) | Question::Revoke => {}
        Question::Value => can.push((Action::GiveValue, "paste its value")),
        Question::OldValue => {
            can.push((Action::GiveValue, "paste the old value"));
            can.push((Action::DoneByHand, "let it be unproven"));
        }
        Question::Checks(red) => {
            can.push((Action::GoOn, "check again"));
            if red.iter().any(|at| rotation.is_waivable(rotation.checks[*at].kind)) {
                can.push((Action::Waive, "waive it"));
            }
        }
        Question::Checklist(_) => can.push((Action::DoneByHand, "it is done")),
        Question::StillUsed(_) => {
            can.push((Action::GoOn, "look again"));
            can.push((Action::EndOverlap, "end it all the same"));
        }
        Question::Reenabled => {
            can.push((Action::EndOverlap, "it may go"));
            can.push((Action::LookNow, "see its use now"));
        }
        Question::RevokeNew(left) if left.is_empty() => {}
        Question::RevokeNew(_) => can.push((Action::DoneByHand, "restored by hand")),
        Question::Orphans(_) => can.push((Action::GoOn, "look again")),
        Question::Trouble(trouble) => {
            can.push((Action::GoOn, "try again"));
            if trouble.effect == Effect::Adopt {
                can.push((Action::GiveValue, "paste another"));
            }
            let by_hand = match trouble.effect {
                Effect::Deliver(_) | Effect::Restore(_) => Some("done by hand"),
                Effect::Hook(_) | Effect::RerunHook(_) | Effect::Health => Some("it worked, or is done by hand"),
                Effect::ProveOld => Some("let it be unproven"),
                _ => None,
            };
            can.extend(by_hand.map(|words| (Action::DoneByHand, words)));
        }
    }
    if revivable {
        can.push((Action::Revive, "enable the old key again"));
    }
    can
}

/// Where a rotation stands, in a few words, for a list of them.
pub fn standing(item: &Item, present: &Now, now: Present) -> (char, String) {
    let rotation = &item.rotation;
    let at = || rotation.at_step(now).title().to_lowercase();
    match present {
        Now::NotBegun => ('·', "not started".to_owned()),
        Now::Refused(_) => ('!', "cannot go on".to_owned()),
        Now::Paused(_) => ('▸', format!("stands at: {}", at())),
        Now::Working(_) if rotation.phase == Phase::RollingBack => ('▸', "rolling back …".to_owned()),
        Now::Working(_) => ('▸', format!("{} …", at())),
        Now::Waits(until) if now.now >= *until && now.off.is_some() => {
            ('▸', "waits for this machine's clock".to_owned())
        }
        Now::Waits(until) => ('▸', format!("both keys work for {}", left(*until, now))),
        Now::Asks(Question::Value) => ('▸', "asks for the new key's value".to_owned()),
        Now::Asks(Question::OldValue) => ('▸', "asks for the old key's value".to_owned()),
        Now::Asks(Question::Revoke) if rotation.plan.abilities.by_hand.is_some() => {
            ('▸', "is the old key revoked on its page?".to_owned())
        }
        Now::Asks(Question::Revoke) => ('▸', "may the old key be revoked?".to_owned()),
        Now::Asks(Question::Checklist(_) | Question::Plan) => ('▸', format!("asks: {}", at())),
        Now::Asks(_) => ('!', format!("needs attention: {}", at())),
        Now::Over => match rotation.phase {
            Phase::Closed => ('✓', "rotated".to_owned()),
            Phase::RolledBack => ('–', "rolled back".to_owned()),
            _ => ('–', "given up".to_owned()),
        },
    }
}

/// How long it is until `until`, rounded up to minutes.
pub fn left(until: Time, now: Present) -> String {
    let minutes = ((until - now.now).num_seconds().max(0) + 59) / 60;
    let span = chrono::TimeDelta::minutes(minutes);
    if span < chrono::TimeDelta::hours(1) {
        return format!("{minutes} min");
    }
    let hours = span.num_hours();
    match (hours, span.num_minutes() % 60) {
        (24.., _) if hours % 24 != 0 && hours < 72 => format!("{} d {} h", hours / 24, hours % 24),
        (24.., _) => Distance(span).to_string(),
        (_, 0) => format!("{hours} h"),
        (_, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// The steps down the side: each with its glyph and title.
pub fn side(rotation: &Rotation, present: &Now, now: Present) -> Vec<(char, String)> {
    use crate::domain::rotation::Stage;
    let wrong = matches!(
        present,
        Now::Refused(_)
            | Now::Asks(
                Question::Checks(_)
                    | Question::Doubt(_)
                    | Question::StillUsed(_)
                    | Question::Trouble(_)
                    | Question::RevokeNew(_)
                    | Question::Orphans(_)
            )
    );
    let title = |step: Step| match step {
        Step::Overlap => format!("Overlap {}", short(&rotation.plan.overlap)),
        step => step.title().to_owned(),
    };
    rotation
        .stages(now)
        .into_iter()
        .map(|(step, stage)| {
            let glyph = match stage {
                Stage::Done => '✓',
                Stage::Now if wrong => '!',
                Stage::Now if rotation.phase == Phase::RollingBack => '◂',
                Stage::Now if matches!(rotation.phase, Phase::RolledBack | Phase::Abandoned) => '–',
                Stage::Now => '▸',
                Stage::ToCome => '·',
            };
            (glyph, title(step))
        })
        .collect()
}

fn short(overlap: &crate::domain::rotation::Overlap) -> String {
    use crate::domain::rotation::Overlap;
    match overlap {
        Overlap::Until(_) => String::new(),
        other => other.to_string(),
    }
}
