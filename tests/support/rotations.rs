//! The wizard's other side: rotations as the executor would report them.

#![allow(dead_code, reason = "each test binary uses its own part")]

use keydeck::domain::key::{Key, Status};
use keydeck::domain::rotation::{
    Before, Check, CheckKind, Decision, Defaults, Effect as Doing, Minted, Next, OldProof, Outcome, Plan, Registered,
    Rotation, RotationId, Saved, Seen, Verdict,
};
use keydeck::domain::time::{Time, When};
use keydeck::tui::effect::{Effect, Write};
use keydeck::tui::event::Event;
use keydeck::tui::session::Session;
use keydeck::tui::ticket::Ticket;

use crate::ui::{Ui, now, session};

/// A console on My Keys with the cursor on `notebook`, which nobody uses.
pub fn notebook() -> Ui {
    let mut ui = Ui::admin();
    ui.keys("1jj").take();
    ui
}

/// A session in which something is saved for these names or patterns.
pub fn saved(entries: &[(&str, &[&str], &[&str])]) -> Session {
    use keydeck::domain::rotation::{Cutover, Hook};
    let entry = |(name, sinks, hooks): &(&str, &[&str], &[&str])| {
        let sinks = sinks.iter().map(|sink| sink.parse().unwrap()).collect();
        let cutover = hooks.iter().map(|hook| Cutover::Run(Hook::parse(hook).unwrap())).collect();
        ((*name).to_owned(), Saved { sinks, cutover, ..Saved::default() })
    };
    Session { saved: Defaults(entries.iter().map(entry).collect()), ..session() }
}

/// The effect that lets a wizard's executor carry on.
pub fn go_on(ticket: Ticket) -> Effect {
    Effect::Write(session().permission().unwrap(), Write::GoOnRotating(ticket))
}

/// The executor of one wizard, without anything behind it.
pub struct Executor {
    pub ticket: Ticket,
    pub rotations: Vec<Rotation>,
}

impl Executor {
    /// The effect that lets it carry on.
    pub fn go_on(&self) -> Effect {
        go_on(self.ticket)
    }

    /// Takes what the console asked to begin.
    #[track_caller]
    pub fn started(ui: &mut Ui) -> Self {
        let effects = ui.take();
        let begun = effects.into_iter().find_map(|effect| match effect {
            Effect::Write(_, Write::StartRotations(ticket, plans)) => Some((ticket, plans)),
            _ => None,
        });
        let (ticket, plans) = begun.expect("nothing is begun");
        let rotations: Vec<Rotation> = plans
            .into_iter()
            .enumerate()
            .map(|(at, (plan, old))| {
                let id = RotationId(format!("01JZ{at:022}"));
                let mut rotation = Rotation::new(id, "acme-staging", "https://keys.acme.example", plan, old, now());
                rotation.decide(Decision::Agree, now()).unwrap();
                rotation
            })
            .collect();
        ui.happen(Event::RotationsPlanned(ticket, rotations.clone()));
        Self { ticket, rotations }
    }

    /// Tells the console where the rotation stands.
    pub fn tell(&self, ui: &mut Ui, at: usize, doing: Option<Doing>) {
        ui.happen(Event::Rotating(self.ticket, Box::new(self.rotations[at].clone()), doing));
    }

    /// Carries the rotation on until it asks, waits or is over, or `until` comes next; each effect ends well.
    pub fn go(&mut self, ui: &mut Ui, at: usize, until: Option<Doing>) {
        while let Next::Do(effect) = self.rotations[at].next(present(ui)) {
            self.rotations[at].begin(effect);
            self.tell(ui, at, Some(effect));
            if until == Some(effect) {
                return;
            }
            let outcome = well(&self.rotations[at], effect, present(ui));
            self.rotations[at].take(effect, outcome, present(ui));
        }
        self.tell(ui, at, None);
    }

    /// What is under way ends like this.
    pub fn end(&mut self, ui: &mut Ui, at: usize, outcome: Outcome) {
        let Next::Do(effect) = self.rotations[at].next(present(ui)) else { panic!("nothing is under way") };
        self.rotations[at].begin(effect);
        self.rotations[at].take(effect, outcome, present(ui));
        self.tell(ui, at, None);
    }

    /// Takes the decision that the console sent.
    #[track_caller]
    pub fn decided(&mut self, ui: &mut Ui) -> Decision {
        let effects = ui.take();
        let sent = effects.iter().find_map(|effect| match effect {
            Effect::Write(_, Write::DecideRotation(_, id, decision)) => Some((id.clone(), decision.clone())),
            _ => None,
        });
        let (id, decision) = sent.unwrap_or_else(|| panic!("nothing was decided: {effects:?}\n{}", ui.screen()));
        let at = self.rotations.iter().position(|rotation| rotation.id == id).unwrap();
        self.rotations[at].decide(decision.clone(), present(ui)).unwrap();
        decision
    }
}

/// The present of the test's console.
pub fn present(ui: &Ui) -> Time {
    ui.app.now.utc
}

/// What `effect` comes to when it goes well.
pub fn well(rotation: &Rotation, effect: Doing, now: Time) -> Outcome {
    match effect {
        Doing::Check => {
            let mut checks: Vec<Check> = [CheckKind::Enabled, CheckKind::Mine, CheckKind::MayCreate, CheckKind::Alone]
                .map(|kind| Check::new(kind, Verdict::Fine))
                .to_vec();
            checks.extend((0..rotation.places.len()).map(|at| Check::new(CheckKind::Place(at), Verdict::Fine)));
            Outcome::Checked(checks)
        }
        Doing::Mint => Outcome::Minted(Minted { fingerprint: "0".repeat(64), masked: "kdk_…77aB".to_owned() }),
        Doing::Register => Outcome::Registered(Registered {
            id: "new".into(),
            name: rotation.plan.name.as_str().into(),
            expires: rotation.plan.expires.into(),
        }),
        Doing::Deliver(_) => Outcome::Delivered(Before::OldValue, None),
        Doing::LookAtOld => Outcome::Old(seen(now, When::Never)),
        Doing::ProveOld => Outcome::OldProved(OldProof::Refused),
        _ => Outcome::Done,
    }
}

/// A look at an enabled old key.
pub fn seen(at: Time, last_used: When) -> Seen {
    let key = Key { status: Status::Enabled, last_used, last_used_from: Some("10.0.4.17".into()), ..Key::sample("o2") };
    Seen::of(&key, at)
}

/// A failure.
pub fn failure(reason: &str, maybe_done: bool) -> Outcome {
    Outcome::Failed { reason: reason.into(), maybe_done }
}

/// An open rotation of `id`, as the journal would tell of it.
pub fn open(number: usize, key: &Key, change: impl FnOnce(&mut Plan)) -> Rotation {
    let old = keydeck::domain::rotation::OldKey::of(key, None);
    let mut plan = Plan::draft(key, None, now());
    plan.sinks = vec!["env-file:/srv/app/.env:API_KEY".parse().unwrap()];
    change(&mut plan);
    let id = RotationId(format!("01JY{number:022}"));
    let mut rotation = Rotation::new(id, "acme-staging", "https://keys.acme.example", plan, old, now());
    rotation.decide(Decision::Agree, now()).unwrap();
    rotation
}
