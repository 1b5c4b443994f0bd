//! Carrying a rotation on, and answering what it asks: by what was passed on the command line, or by a person at the
//! terminal.

use std::sync::Mutex;

use crate::cli::exit::Stop;
use crate::cli::output::Output;
use crate::cli::signals::Signals;
use crate::config::Paths;
use crate::domain::bulk::Characters;
use crate::domain::present::Present;
use crate::domain::rotation::{
    CheckKind, Cutover, Decision, Effect, Next, OldState, Orphan, Phase, Question, Rotation, Sink, Trouble, Verdict,
};
use crate::domain::secret::Secret;
use crate::domain::time::{Time, exact};
use crate::domain::untrusted::Untrusted;
use crate::ops::rotate::Executor;
use crate::ops::rotate::batch::Batch;

use super::Printer;
use super::given::wants_value;

/// How a rotation was left.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// Nothing is left to do.
    Over,
    /// It waits for this moment.
    Waits(Time),
    /// It needs a person.
    Needs(String),
    /// A check failed before anything was changed.
    Unfit(String),
    /// The same, since the server would deny it.
    Denied(String),
    /// Something stopped it that is not of its own steps, with what to do about it.
    Broken(String),
    /// A person wanted it to stop.
    Stopped,
    NotStarted,
}

/// How questions are answered.
#[expect(clippy::struct_excessive_bools, reason = "each is an answer of its own")]
pub struct Drive<'a> {
    /// What the rotations stand on.
    pub executor: &'a Executor<'a>,
    pub printer: &'a Printer<'a>,
    pub signals: &'a Signals,
    /// Where the summaries go.
    pub paths: &'a Paths,
    /// Everything that belongs to the plan was agreed, the end of the old key included.
    pub yes: bool,
    /// The plan was agreed just now.
    pub by_plan: bool,
    /// What is in question when it is taken up was done by hand; nothing that comes after.
    pub by_hand: bool,
    /// The lines of the checklist, by their numbers, that were done by hand.
    pub ticked: Vec<usize>,
    /// The plan is right as it stands, although it is not known to be the one that was agreed.
    pub agree: bool,
    /// The places, by their numbers, that may go on holding the value of a new key that is revoked.
    pub leave_places: Vec<usize>,
    /// Why no value is printed; none when it may be.
    pub no_print: Option<String>,
    /// A hook of which nothing is known may run again.
    pub again: bool,
    /// A way back that cannot be gone is given up for the way forward.
    pub forward: bool,
    /// The overlap ends now, for this reason.
    pub end_overlap: Option<String>,
    /// Checks that do not matter, by name.
    pub waived: Vec<String>,
    /// The value that is asked for, until it is given.
    pub given: Mutex<Option<Secret>>,
}

impl<'a> Drive<'a> {
    /// Answers nothing by itself.
    pub fn of(executor: &'a Executor<'a>, printer: &'a Printer<'a>, signals: &'a Signals, paths: &'a Paths) -> Self {
        Self {
            executor,
            printer,
            signals,
            paths,
            yes: false,
            by_plan: false,
            by_hand: false,
            ticked: Vec::new(),
            agree: false,
            leave_places: Vec::new(),
            no_print: None,
            again: false,
            forward: false,
            end_overlap: None,
            waived: Vec::new(),
            given: Mutex::new(None),
        }
    }

    /// Begins the rotation at a place of a batch, and carries it on as far as it goes.
    pub async fn start(&self, batch: &mut Batch, at: usize) -> anyhow::Result<Ended> {
        if !batch.begin(at, self.executor).await? {
            return Ok(Ended::NotStarted);
        }
        let member = &mut batch.members[at];
        let ended = self.go(&mut member.rotation).await;
        member.is_stopped = ended.is_err();
        member.unlock();
        ended
    }

    /// Goes on with a rotation: what failed is tried again, once.
    pub async fn resume(&self, rotation: &mut Rotation) -> anyhow::Result<Ended> {
        if self.forward || (rotation.phase == Phase::RollingBack && rotation.old_state == OldState::Revoked) {
            self.executor.decide(rotation, Decision::GoForward).await?;
        }
        let decision = match rotation.next(self.executor.present()) {
            Next::Ask(Question::Trouble(trouble)) if self.by_hand && is_by_hand(trouble.effect) => {
                Some(Decision::ByHand)
            }
            Next::Ask(Question::Revoke | Question::OldValue)
                if self.by_hand && rotation.plan.abilities.by_hand.is_some() =>
            {
                Some(Decision::ByHand)
            }
            // another value is given in its place
            Next::Ask(Question::Trouble(trouble)) if trouble.effect == Effect::Adopt && self.holds_value() => None,
            Next::Ask(Question::Trouble(trouble)) => self.may_retry(&trouble).then_some(Decision::Retry),
            Next::Ask(Question::Checklist(_)) if self.by_hand => Some(Decision::ByHand),
            Next::Ask(Question::Checks(_) | Question::StillUsed(_) | Question::Orphans(_)) => Some(Decision::Retry),
            _ => None,
        };
        if let Some(decision) = decision {
            self.executor.decide(rotation, decision).await?;
        }
        for number in &self.ticked {
            let Some(at) = rotation.checklist_line(*number) else {
                let lines = rotation.by_hand_lines().count();
                return Err(Stop::usage(
                    format!("the checklist of {} has no line {number}, but {lines}", rotation.old.name),
                    format!("keydeck rotations show {} numbers them", rotation.id),
                )
                .into());
            };
            if !rotation.lines[at].done {
                self.executor.decide(rotation, Decision::Tick(at)).await?;
            }
        }
        self.go(rotation).await
    }

    /// Whether what failed is tried again: a hook that may have run is not, unasked.
    fn may_retry(&self, trouble: &Trouble) -> bool {
        let is_hook = matches!(trouble.effect, Effect::Hook(_) | Effect::RerunHook(_));
        self.again || !(trouble.maybe_done && is_hook)
    }

    /// Takes everything back.
    pub async fn roll_back(&self, rotation: &mut Rotation, done: bool) -> anyhow::Result<Ended> {
        if rotation.phase == Phase::RollingBack {
            if let Some(trouble) = &rotation.trouble {
                if done && is_by_hand(trouble.effect) {
                    self.executor.decide(rotation, Decision::ByHand).await?;
                } else if self.may_retry(trouble) {
                    self.executor.decide(rotation, Decision::Retry).await?;
                }
            }
        } else {
            let question = format!("Roll back the rotation of {}?", rotation.old.name);
            // where there is a new key, that revokes it
            let new = rotation.minted.as_ref().map(|minted| minted.masked.as_str().into());
            let confirmed = self.yes
                || match &new {
                    Some(masked) => self.confirm_by(&question, masked)?,
                    None => self.confirm(&question)?,
                };
            if !confirmed {
                return Err(Stop::denied("not confirmed: nothing was changed", "type what it asks for").into());
            }
            self.executor.decide(rotation, Decision::RollBack).await?;
        }
        let mut ended = self.go(rotation).await?;
        if done && matches!(rotation.next(self.executor.present()), Next::Ask(Question::RevokeNew(_))) {
            self.executor.decide(rotation, Decision::ByHand).await?;
            ended = self.go(rotation).await?;
        }
        Ok(ended)
    }

    /// Gives it up.
    pub async fn abandon(&self, rotation: &mut Rotation, lose_value: bool) -> anyhow::Result<Ended> {
        let left = rotation.left_behind();
        if !self.yes {
            for line in &left {
                self.printer.say(&format!("  {line}"));
            }
            if !self.confirm(&format!("Give up the rotation of {}, and leave this as it is?", rotation.old.name))? {
                return Err(Stop::denied("not confirmed: nothing was changed", "type y").into());
            }
        }
        self.executor.decide(rotation, Decision::Abandon { lose_value }).await?;
        let ended = self.go(rotation).await?;
        if self.yes {
            for line in &left {
                self.printer.say(line);
            }
        }
        Ok(ended)
    }

    async fn go(&self, rotation: &mut Rotation) -> anyhow::Result<Ended> {
        let name = rotation.old.name.clone();
        loop {
            let question = match rotation.next(self.executor.present()) {
                Next::Do(_) if self.signals.stop.is_cancelled() => return Ok(Ended::Stopped),
                Next::Do(effect) if self.no_print.is_some() && prints(rotation, effect) => {
                    return Ok(Ended::Needs(self.no_print.clone().unwrap_or_default()));
                }
                Next::Do(_) => {
                    if let Some((effect, result)) = self.executor.step(rotation, &mut |_, _| ()).await? {
                        let what = crate::ops::rotate::words(effect);
                        match result {
                            Ok(()) => {
                                self.printer.say(&format!("{name}: {what} ✓"));
                                if effect == Effect::Check {
                                    self.tell_notes(rotation);
                                }
                            }
                            Err(why) => self.printer.say(&format!("{name}: {what}: {why}")),
                        }
                    }
                    continue;
                }
                Next::Over => {
                    self.executor.summarise(rotation, self.paths.state()).await?;
                    return Ok(Ended::Over);
                }
                Next::Wait(until) => match &self.end_overlap {
                    Some(reason) => {
                        self.executor.decide(rotation, Decision::EndOverlap(reason.clone())).await?;
                        continue;
                    }
                    None => return Ok(Ended::Waits(until)),
                },
                Next::Ask(question) => question,
            };
            if wants_value(&question) {
                match self.give(rotation, &question).await? {
                    None => continue,
                    Some(ended) => return Ok(ended),
                }
            }
            match self.answer(rotation, &question)? {
                Ok(decision) => self.executor.decide(rotation, decision).await?,
                Err(ended) => {
                    if matches!(ended, Ended::Unfit(_) | Ended::Denied(_)) && rotation.minted.is_none() {
                        // nothing was changed, so nothing is left open
                        self.executor.decide(rotation, Decision::Abandon { lose_value: false }).await?;
                        while !self.signals.stop.is_cancelled()
                            && self.executor.step(rotation, &mut |_, _| ()).await?.is_some()
                        {}
                    }
                    return Ok(ended);
                }
            }
        }
    }

    /// Tells what the preflight found that stops nothing and should be known.
    fn tell_notes(&self, rotation: &Rotation) {
        for check in &rotation.checks {
            if matches!(check.verdict, Verdict::Note(_)) {
                self.printer.say(&super::plan::told(rotation, check));
            }
        }
    }

    /// The decision that a question gets, or how it is left.
    fn answer(&self, rotation: &Rotation, question: &Question) -> anyhow::Result<Result<Decision, Ended>> {
        let needs = |what: &str| Ok(Err(Ended::Needs(what.to_owned())));
        match question {
            // what is sealed in escrow is what was shown when it began
            Question::Plan if self.by_plan || self.yes => Ok(Ok(Decision::Agree)),
            Question::Plan => {
                self.show_plan(rotation);
                if Output::can_ask() && self.confirm("Go on with this plan?")? {
                    return Ok(Ok(Decision::Agree));
                }
                needs("its plan was not agreed yet")
            }
            Question::Doubt(_) if self.agree => Ok(Ok(Decision::Agree)),
            Question::Doubt(why) => {
                self.printer.say(&format!("{}: {why}. It stands so:", rotation.old.name));
                self.show_plan(rotation);
                let ask = "Go on with it as it stands here?";
                if Output::can_ask() && self.confirm_by(ask, &rotation.old.masked)? {
                    return Ok(Ok(Decision::Agree));
                }
                needs(&format!("{why}: look at it, then say --agree"))
            }
            Question::Checks(red) => {
                let at = red[0];
                let check = &rotation.checks[at];
                if self.waived.contains(&check.kind.name()) && rotation.is_waivable(check.kind) {
                    return Ok(Ok(Decision::Waive(at)));
                }
                let why = match &check.verdict {
                    Verdict::Fails(why) => why.to_string(),
                    _ => String::new(),
                };
                let name = check.kind.name();
                let waive = if rotation.is_waivable(check.kind) {
                    format!(" (--waive {name} goes on all the same)")
                } else {
                    String::new()
                };
                let place = match check.kind {
                    CheckKind::Holds(at) => format!(" of place {}", at + 1),
                    _ => String::new(),
                };
                let what = format!("the check {name}{place} fails: {why}{waive}");
                Ok(Err(if check.kind.denies() { Ended::Denied(what) } else { Ended::Unfit(what) }))
            }
            Question::Checklist(at) => self.answer_checklist(rotation, *at),
            Question::StillUsed(seen) => {
                if let Some(reason) = &self.end_overlap {
                    return Ok(Ok(Decision::EndOverlap(reason.clone())));
                }
                let from = seen.last_used_from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
                needs(&format!(
                    "the old key was used at {}{from}, after the systems were moved over: find out by whom, then \
                     resume with --end-overlap REASON",
                    seen.last_used.exact()
                ))
            }
            Question::Reenabled => match &self.end_overlap {
                Some(reason) => Ok(Ok(Decision::EndOverlap(reason.clone()))),
                None => needs("the old key was enabled again: resume with --end-overlap REASON when it may go"),
            },
            Question::Revoke if rotation.plan.abilities.by_hand.is_some() => self.answer_removal(rotation),
            Question::Value | Question::OldValue => needs("a value"),
            Question::Revoke => {
                let old = &rotation.old;
                if self.yes
                    || (Output::can_ask()
                        && self.confirm_by(&format!("Revoke {} ({}), for ever?", old.name, old.masked), &old.masked)?)
                {
                    return Ok(Ok(Decision::ConfirmRevoke));
                }
                needs("the old key is ready to be revoked: resume with --yes, or on a terminal")
            }
            Question::RevokeNew(left) => self.answer_revoke_new(rotation, left),
            Question::Orphans(orphans) => {
                let named = |orphan: &Orphan| format!("{} {} ({})", orphan.name, orphan.masked, orphan.id);
                let keys = orphans.iter().map(named).collect::<Vec<_>>().join(", ");
                let ask = format!("{keys} was made, but the answer that told its value was lost. Delete it?");
                if self.again || (Output::can_ask() && self.confirm_by(&ask, &orphans[0].masked)?) {
                    return Ok(Ok(Decision::ConfirmRevoke));
                }
                needs(&format!(
                    "{keys} was made, but the answer that told its value was lost: resume with --again deletes it and \
                     makes another"
                ))
            }
            Question::Trouble(trouble) => {
                let what = crate::ops::rotate::words(trouble.effect);
                let maybe = if trouble.maybe_done { " (it may have been done all the same)" } else { "" };
                let again = if self.may_retry(trouble) { "" } else { ": look, then say --again or --done" };
                needs(&format!("{what}: {}{maybe}{again}", trouble.reason))
            }
        }
    }

    fn answer_checklist(&self, rotation: &Rotation, at: usize) -> anyhow::Result<Result<Decision, Ended>> {
        let needs = |what: &str| Ok(Err(Ended::Needs(what.to_owned())));
        let Cutover::ByHand(text) = &rotation.plan.cutover[at] else { return needs("its checklist") };
        // that it was done is nobody's to say but who did it
        if !self.yes && Output::can_ask() && self.confirm(&format!("{text}: done?"))? {
            return Ok(Ok(Decision::ByHand));
        }
        let open: Vec<(usize, &str)> = rotation
            .by_hand_lines()
            .filter(|(_, line, _)| !rotation.lines[*line].done)
            .map(|(number, _, text)| (number, text))
            .collect();
        let lines = open.iter().map(|(number, text)| format!("{number}. {text}")).collect::<Vec<_>>().join("; ");
        let done = open.iter().map(|(number, _)| format!("--done {number}")).collect::<Vec<_>>().join(" ");
        needs(&format!("to be done by hand, then resume with {done}: {lines}"))
    }

    fn answer_revoke_new(&self, rotation: &Rotation, left: &[usize]) -> anyhow::Result<Result<Decision, Ended>> {
        let needs = |what: &str| Ok(Err(Ended::Needs(what.to_owned())));
        if let (Some(page), true) = (&rotation.plan.abilities.by_hand, left.is_empty()) {
            let new = rotation.minted.as_ref().map(|minted| minted.masked.as_str().into()).unwrap_or_default();
            self.printer.say(&format!("Revoke the new key at {page}. Its value is tried then, and must be refused."));
            if Output::can_ask() && self.confirm_by("Is it revoked there?", &new)? {
                return Ok(Ok(Decision::ConfirmRevoke));
            }
            return needs(&format!("revoke the new key at {page}, then roll back with --done"));
        }
        let places: Vec<String> = left.iter().map(|at| rotation.plan.sinks[*at].to_string()).collect();
        let places = places.join(", ");
        let ask = format!(
            "{places} may still hold the new value. Revoke the new key, and drop what was kept of before, all the same?"
        );
        let new = rotation.minted.as_ref().map(|minted| minted.masked.as_str().into()).unwrap_or_default();
        let left: Vec<usize> = left.iter().map(|at| at + 1).collect();
        let meant = left.iter().all(|number| self.leave_places.contains(number));
        if meant || (!self.yes && Output::can_ask() && self.confirm_by(&ask, &new)?) {
            return Ok(Ok(Decision::ConfirmRevoke));
        }
        let leave = left.iter().map(|number| format!("--leave-place {number}")).collect::<Vec<_>>().join(" ");
        let kept = left.iter().map(|number| format!("--place {number}")).collect::<Vec<_>>().join(" or ");
        needs(&format!(
            "{places} may still hold the new value, and the new key still works: put back what was there (keydeck \
                     rotations value {} {kept} prints what is kept of it), then roll back with --done; or revoke the new \
                     key all the same with {leave}",
            rotation.id
        ))
    }

    fn show_plan(&self, rotation: &Rotation) {
        for step in rotation.plan.steps(self.executor.present().now, rotation.old.expires.time()) {
            self.printer.say(&format!("  {}", step.text));
        }
    }

    /// Asks for the last four characters of the masked value of the key that is revoked.
    pub(super) fn confirm_by(&self, question: &str, masked: &Untrusted) -> anyhow::Result<bool> {
        let wanted = Characters::of(masked).to_string();
        let answer = self.printer.with(|output| output.ask(&format!("{question} Type {wanted} and Enter: ")))?;
        Ok(answer.is_some_and(|answer| answer.trim() == wanted))
    }

    fn confirm(&self, question: &str) -> anyhow::Result<bool> {
        let answer = self.printer.with(|output| output.ask(&format!("{question} Type y and Enter: ")))?;
        Ok(answer.is_some_and(|answer| answer.trim() == "y"))
    }
}

/// Whether an effect prints the new value.
fn prints(rotation: &Rotation, effect: Effect) -> bool {
    matches!(effect, Effect::Deliver(at) if rotation.plan.sinks.get(at) == Some(&Sink::Print))
}

fn is_by_hand(effect: Effect) -> bool {
    matches!(
        effect,
        Effect::Deliver(_)
            | Effect::Hook(_)
            | Effect::Health
            | Effect::Restore(_)
            | Effect::RerunHook(_)
            | Effect::ProveOld
    )
}

impl Ended {
    /// An error where several rotations are carried on, of which it is to be told which failed.
    pub fn of_error(error: &anyhow::Error) -> Self {
        Self::Broken(format!("{error}; {}", crate::cli::exit::hint(error)))
    }

    /// What is said of it, where there is something to say.
    pub fn words(&self, rotation: &Rotation, now: Present) -> Option<String> {
        let resume = format!("keydeck rotations resume {}", rotation.id);
        Some(match self {
            Self::Over => return None,
            Self::Waits(until) if now.now >= *until && now.off.is_some() => format!(
                "the overlap is over by the server's clock, but not yet by this machine's{}: set it right, then {resume} \
                 removes the old key, or --end-overlap REASON does it now",
                now.off_words().map(|off| format!(", which is {off}")).unwrap_or_default()
            ),
            Self::Waits(until) => format!(
                "both keys work until {}; then {resume} removes the old one, or --end-overlap REASON does it sooner",
                exact(*until)
            ),
            Self::Needs(what) => {
                format!("{what}. {resume} goes on, keydeck rotations rollback {} goes back", rotation.id)
            }
            Self::Broken(what) => what.clone(),
            Self::Unfit(what) | Self::Denied(what) => format!("{what}. Nothing was changed"),
            Self::Stopped => format!("stopped; {resume} goes on"),
            Self::NotStarted => "not started, since one before it did not succeed".to_owned(),
        })
    }
}
