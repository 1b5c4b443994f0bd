use chrono::TimeDelta;
use proptest::prelude::*;

use super::*;

fn now() -> Time {
    When::from_wire("2026-11-21T02:51:00Z").time().unwrap()
}

fn plan(sinks: usize, hooks: usize, overlap: Overlap, emergency: bool) -> Plan {
    let hook = || Hook::parse("systemctl reload app").unwrap();
    let mut cutover: Vec<Cutover> = (0..hooks).map(|_| Cutover::Run(hook())).collect();
    cutover.push(Cutover::ByHand("restart the workers".to_owned()));
    Plan {
        reason: Reason::Scheduled,
        name: "ci-2026-11-21".to_owned(),
        expires: None,
        contacts: Vec::new(),
        overlap,
        sinks: (0..sinks).map(|at| Sink::File { path: format!("/srv/{at}") }).collect(),
        cutover,
        health: Some(hook()),
        emergency,
        abilities: Abilities::ALL,
    }
}

/// Who makes the new key.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Maker {
    Keydeck,
    Backend,
    Person,
}

fn maker() -> impl Strategy<Value = Maker> {
    prop_oneof![Just(Maker::Keydeck), Just(Maker::Backend), Just(Maker::Person)]
}

/// The plan where the new key is made so.
fn made_by(plan: Plan, maker: Maker) -> Plan {
    let by_hand = (maker == Maker::Person).then(|| "Settings > Keys".to_owned());
    let all = Abilities::ALL;
    let abilities = match maker {
        Maker::Keydeck => all,
        Maker::Backend => Abilities { mints: true, ..all },
        Maker::Person => Abilities { disable: false, expiry: false, last_use: false, by_hand, ..all },
    };
    plan.within(abilities)
}

fn minted_there(plan: Plan, mints_there: bool) -> Plan {
    made_by(plan, if mints_there { Maker::Backend } else { Maker::Keydeck })
}

fn rotation(plan: Plan) -> Rotation {
    let old = OldKey::of(&Key::sample("old"), None);
    Rotation::new(RotationId("01JQ".to_owned()), "acme", "https://keys.acme.example", plan, old, now())
}

/// The world around a rotation: what is really the case, whatever the rotation knows.
#[derive(Debug)]
struct World {
    old: OldState,
    deadline: Option<Time>,
    new_alive: bool,
    new_ever: bool,
    /// Where the backend mints: the keys that it made, and whether each is alive.
    made: Vec<(KeyId, bool)>,
    escrow: bool,
    places: Vec<bool>,
    used: Option<Time>,
    now: Time,
}

impl World {
    fn of(rotation: &Rotation) -> Self {
        Self {
            old: OldState::Live,
            deadline: None,
            new_alive: false,
            new_ever: false,
            made: Vec::new(),
            escrow: false,
            places: vec![false; rotation.places.len()],
            used: None,
            now: now(),
        }
    }

    fn old_works(&self) -> bool {
        self.old == OldState::Live && self.deadline.is_none_or(|deadline| self.now < deadline)
    }

    /// The backend makes a key.
    fn make(&mut self) -> KeyId {
        let id = KeyId::from(format!("new-{}", self.made.len()));
        self.made.push((id.clone(), true));
        id
    }

    /// Does what `effect` does, of which nobody hears: a value that the backend told is lost.
    fn carry_out_unheard(&mut self, rotation: &Rotation, effect: Effect) {
        if effect == Effect::Register && rotation.plan.abilities.mints {
            self.make();
        } else {
            self.carry_out(rotation, effect);
        }
    }

    /// Does what `effect` does and tells it.
    fn carry_out(&mut self, rotation: &Rotation, effect: Effect) -> Outcome {
        match effect {
            Effect::Check => Outcome::Checked(vec![Check::new(CheckKind::Mine, Verdict::Fine)]),
            Effect::Mint => {
                self.escrow = true;
                Outcome::Minted(Minted { fingerprint: "f".repeat(64), masked: "kdk_…0000".to_owned() })
            }
            Effect::Adopt => {
                assert!(self.escrow && self.new_alive, "adopted what nobody gave");
                Outcome::Minted(Minted { fingerprint: "f".repeat(64), masked: "kdk_…0000".to_owned() })
            }
            Effect::ListKeys => Outcome::Listed(vec!["old".into()]),
            Effect::Register | Effect::FindOrphans if rotation.plan.abilities.mints => {
                if effect == Effect::Register {
                    self.make();
                    (self.escrow, self.new_alive, self.new_ever) = (true, true, true);
                }
                let before = rotation.keys_before.as_ref().unwrap();
                let mut alive: Vec<KeyId> = self
                    .made
                    .iter()
                    .filter(|(id, alive)| *alive && !before.contains(id))
                    .map(|(id, _)| id.clone())
                    .collect();
                if self.escrow && alive.len() == 1 {
                    let name = Untrusted::from(rotation.plan.name.as_str());
                    return Outcome::RegisteredThere(
                        Registered { id: alive.remove(0), name, expires: When::Never },
                        Minted { fingerprint: "f".repeat(64), masked: "kdk_…0000".to_owned() },
                    );
                }
                let orphan = |id| Orphan { id, name: "ci".into(), masked: "kdk_…0000".into() };
                Outcome::Orphans(alive.into_iter().map(orphan).collect())
            }
            Effect::FindOrphans => unreachable!("where values are minted here"),
            Effect::DeleteOrphans => {
                assert!(rotation.orphans_confirmed, "deleted unasked");
                for (id, alive) in &mut self.made {
                    *alive &= !rotation.orphans.iter().any(|orphan| orphan.id == *id);
                }
                (self.escrow, self.new_alive) = (false, false);
                Outcome::Done
            }
            Effect::Register => {
                assert!(self.escrow, "registered what nobody kept");
                self.new_alive = true;
                self.new_ever = true;
                let name = Untrusted::from(rotation.plan.name.as_str());
                Outcome::Registered(Registered { id: "new".into(), name, expires: When::Never })
            }
            Effect::Deliver(at) => {
                assert!(self.escrow);
                self.places[at] = true;
                Outcome::Delivered(Before::OldValue, None)
            }
            Effect::Verify if !self.new_alive => {
                Outcome::Failed { reason: Untrusted::from("refused"), maybe_done: false }
            }
            Effect::SetDeadline(deadline) => {
                self.deadline = Some(deadline);
                Outcome::Done
            }
            Effect::LookAtOld => {
                let status = match (self.old, self.old_works()) {
                    (OldState::Revoked, _) => "revoked",
                    (_, true) => "enabled",
                    _ => "disabled",
                };
                let last_used = self.used.into();
                Outcome::Old(Seen { at: self.now, status: status.to_owned(), last_used, last_used_from: None })
            }
            Effect::Disable => {
                self.old = OldState::Disabled;
                Outcome::Done
            }
            Effect::Enable if self.old == OldState::Disabled => {
                self.old = OldState::Live;
                Outcome::Done
            }
            Effect::Enable => Outcome::Failed { reason: Untrusted::from("409"), maybe_done: false },
            Effect::Revoke => {
                self.old = OldState::Revoked;
                Outcome::Done
            }
            Effect::ProveOld => Outcome::OldProved(OldProof::NotKnown),
            Effect::Restore(at) => {
                self.places[at] = false;
                Outcome::Done
            }
            Effect::RevokeNew => {
                self.new_alive = false;
                self.made.iter_mut().for_each(|(_, alive)| *alive = false);
                Outcome::Done
            }
            Effect::Wipe => {
                self.escrow = false;
                Outcome::Done
            }
            Effect::Hook(_) | Effect::RerunHook(_) | Effect::Health | Effect::Verify => Outcome::Done,
        }
    }

    /// What a person did before they said so.
    fn did(&mut self, rotation: &Rotation, decision: &Decision) {
        let by_hand = rotation.plan.abilities.by_hand.is_some();
        match (decision, rotation.next(self.now)) {
            (Decision::Given, _) => (self.escrow, self.new_alive, self.new_ever) = (true, true, true),
            (Decision::ConfirmRevoke | Decision::ByHand, Next::Ask(Question::Revoke)) if by_hand => {
                self.old = OldState::Revoked;
            }
            _ => {}
        }
    }

    /// What must hold when `effect` is about to be carried out.
    fn check(&self, rotation: &Rotation, effect: Effect, lose_value: bool) {
        let emergency = rotation.plan.emergency;
        match effect {
            Effect::Disable | Effect::Revoke | Effect::SetDeadline(_) if !emergency => {
                assert!(rotation.is_safe_to_remove_old(), "{effect:?} too early: {rotation:?}");
                assert!(self.new_alive, "{effect:?} and no new key");
                for (at, place) in rotation.places.iter().enumerate() {
                    assert!(
                        self.places[at] || place.delivery == Delivery::ByHand,
                        "{effect:?} and place {at} is empty"
                    );
                }
            }
            Effect::Revoke => assert!(rotation.revoke_confirmed),
            Effect::Register => {
                assert!(self.made.iter().all(|(_, alive)| !alive), "a second key while one may be there: {rotation:?}");
            }
            Effect::RevokeNew => {
                assert!(self.old_works() || !self.new_alive, "both keys dead");
                assert_ne!(self.old, OldState::Revoked);
            }
            Effect::Wipe => {
                let kept = self.places.iter().any(|place| *place)
                    || rotation.places.iter().any(|place| place.delivery == Delivery::ByHand);
                assert!(!self.new_alive || kept || lose_value || rotation.places.is_empty(), "a value is lost");
            }
            _ => {}
        }
    }
}

/// What happens next, in a test.
#[derive(Clone, Debug)]
enum Happens {
    Works,
    /// It fails without effect.
    Fails,
    /// It has its effect, but that is not known.
    Lost,
    /// keydeck is killed before it has its effect.
    KilledBefore,
    /// keydeck is killed after it had its effect, before that was written down.
    KilledAfter,
    /// Time goes by, in hours.
    Hours(i64),
    /// The old key is used.
    OldUsed,
    Decides(Decision),
}

fn happens() -> impl Strategy<Value = Happens> {
    let decision = prop_oneof![
        4 => Just(Decision::Agree),
        3 => Just(Decision::Retry),
        2 => Just(Decision::ByHand),
        3 => Just(Decision::Given),
        1 => Just(Decision::GivenOld),
        1 => Just(Decision::Look),
        2 => Just(Decision::EndOverlap("it is fine".to_owned())),
        2 => Just(Decision::ConfirmRevoke),
        1 => Just(Decision::Reenable),
        1 => Just(Decision::RollBack),
        1 => Just(Decision::GoForward),
        1 => any::<bool>().prop_map(|lose_value| Decision::Abandon { lose_value }),
        1 => (0_usize..3).prop_map(Decision::Waive),
    ];
    prop_oneof![
        12 => Just(Happens::Works),
        2 => Just(Happens::Fails),
        1 => Just(Happens::Lost),
        1 => Just(Happens::KilledBefore),
        1 => Just(Happens::KilledAfter),
        2 => (0_i64..30).prop_map(Happens::Hours),
        1 => Just(Happens::OldUsed),
        8 => decision.prop_map(Happens::Decides),
    ]
}

fn overlap() -> impl Strategy<Value = Overlap> {
    prop_oneof![Just(Overlap::None), Just(Overlap::Seconds(3600)), Just(Overlap::Seconds(24 * 3600))]
}

/// What a killed and started keydeck has: what was on disk.
fn restarted(rotation: &Rotation) -> Rotation {
    crate::local::journal::through_disk(rotation)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_old_key_stays_until_the_new_one_is_in_its_place(
        sinks in 0_usize..4, hooks in 0_usize..2, overlap in overlap(), emergency in prop::bool::weighted(0.2),
        maker in maker(), story in prop::collection::vec(happens(), 1..80),
    ) {
        let mut rotation = rotation(made_by(plan(sinks, hooks, overlap, emergency), maker));
        let mut world = World::of(&rotation);
        let mut lose_value = false;
        for happens in story {
            match happens {
                Happens::Hours(hours) => world.now += TimeDelta::hours(hours),
                Happens::OldUsed => {
                    if world.old_works() {
                        world.used = Some(world.now);
                    }
                }
                Happens::Decides(decision) => {
                    let before = rotation.clone();
                    let loses = matches!(decision, Decision::Abandon { lose_value: true });
                    if rotation.decide(decision.clone(), world.now).is_ok() {
                        world.did(&before, &decision);
                        lose_value |= loses;
                    } else {
                        prop_assert_eq!(&before, &rotation);
                    }
                }
                how => {
                    let Next::Do(effect) = rotation.next(world.now) else { continue };
                    world.check(&rotation, effect, lose_value);
                    rotation.begin(effect);
                    let on_disk = restarted(&rotation);
                    match how {
                        Happens::Works => {
                            let outcome = world.carry_out(&rotation, effect);
                            rotation.take(effect, outcome, world.now);
                        }
                        Happens::Fails => {
                            let outcome = Outcome::Failed { reason: "no".into(), maybe_done: false };
                            rotation.take(effect, outcome, world.now);
                        }
                        Happens::Lost => {
                            world.carry_out_unheard(&rotation, effect);
                            let outcome = Outcome::Failed { reason: "no answer".into(), maybe_done: true };
                            rotation.take(effect, outcome, world.now);
                        }
                        Happens::KilledBefore | Happens::KilledAfter => {
                            if matches!(how, Happens::KilledAfter) {
                                world.carry_out(&rotation, effect);
                            }
                            rotation = on_disk;
                            rotation.interrupted(effect);
                        }
                        _ => unreachable!(),
                    }
                }
            }
            prop_assert_eq!(&restarted(&rotation), &rotation);
            let alive = world.made.iter().filter(|(_, alive)| *alive).count();
            prop_assert!(alive <= 1, "two new keys: {:?}", rotation);
            match rotation.phase {
                Phase::Closed if maker == Maker::Backend => prop_assert_eq!(alive, 1),
                Phase::RolledBack => prop_assert_eq!(alive, 0, "a key that nobody recorded: {:?}", rotation),
                _ => {}
            }
            if !emergency && world.new_ever && !world.new_alive {
                // unless the person's own clock ran out on the old key, it works again
                prop_assert!(world.old == OldState::Live, "both keys dead: {:?}", rotation);
            }
        }
    }

    #[test]
    fn a_willing_person_and_a_sound_world_end_it(
        sinks in 0_usize..4, hooks in 0_usize..3, overlap in overlap(), emergency: bool,
        maker in maker(), kills in prop::collection::vec(0_usize..60, 0..6),
        unheard in prop::collection::vec(0_usize..20, 0..4),
    ) {
        let mut rotation = rotation(made_by(plan(sinks, hooks, overlap, emergency), maker));
        let mut world = World::of(&rotation);
        for turn in 0..80 {
            match rotation.next(world.now) {
                Next::Over => break,
                Next::Wait(until) => world.now = until,
                Next::Do(effect) => {
                    world.check(&rotation, effect, false);
                    rotation.begin(effect);
                    if effect == Effect::Register && maker == Maker::Backend && unheard.contains(&turn) {
                        world.carry_out_unheard(&rotation, effect);
                        rotation = restarted(&rotation);
                        continue;
                    }
                    let outcome = world.carry_out(&rotation, effect);
                    if kills.contains(&turn) {
                        rotation = restarted(&rotation);
                        rotation.interrupted(effect);
                    } else {
                        rotation.take(effect, outcome, world.now);
                    }
                }
                Next::Ask(question) => {
                    let decision = match question {
                        Question::Plan | Question::Doubt(_) => Decision::Agree,
                        Question::Revoke | Question::RevokeNew(_) | Question::Orphans(_) => Decision::ConfirmRevoke,
                        Question::Trouble(_) | Question::Checks(_) => Decision::Retry,
                        Question::Checklist(_) => Decision::ByHand,
                        Question::Value => Decision::Given,
                        Question::OldValue => Decision::GivenOld,
                        Question::StillUsed(_) | Question::Reenabled => Decision::EndOverlap("done".to_owned()),
                    };
                    world.did(&rotation, &decision);
                    prop_assert_eq!(rotation.decide(decision, world.now), Ok(()));
                }
            }
        }
        prop_assert_eq!(rotation.phase, Phase::Closed);
        prop_assert_eq!(world.old, OldState::Revoked);
        prop_assert!(world.new_alive && !world.escrow && world.places.iter().all(|place| *place));
        prop_assert!(rotation.stages(world.now).iter().all(|(_, stage)| *stage == Stage::Done));
    }
}

/// Carries out what comes until a person is asked, something is waited for, or it is over.
fn run(rotation: &mut Rotation, world: &mut World) -> Next {
    loop {
        let next = rotation.next(world.now);
        let Next::Do(effect) = next else { return next };
        world.check(rotation, effect, false);
        rotation.begin(effect);
        let outcome = world.carry_out(rotation, effect);
        rotation.take(effect, outcome, world.now);
    }
}

/// A rotation whose systems are moved over.
fn moved(overlap: Overlap) -> (Rotation, World) {
    let mut rotation = rotation(plan(2, 1, overlap, false));
    let mut world = World::of(&rotation);
    assert_eq!(run(&mut rotation, &mut world), Next::Ask(Question::Plan));
    rotation.decide(Decision::Agree, world.now).unwrap();
    assert_eq!(run(&mut rotation, &mut world), Next::Ask(Question::Checklist(1)));
    assert!(rotation.cutover_at.is_none() && rotation.proof.is_none());
    rotation.decide(Decision::ByHand, world.now).unwrap();
    (rotation, world)
}

#[test]
fn a_leaked_key_goes_first_and_only_then_the_rest() {
    let mut rotation = rotation(plan(1, 0, Overlap::None, true));
    let mut world = World::of(&rotation);
    rotation.decide(Decision::Agree, world.now).unwrap();
    assert_eq!(run(&mut rotation, &mut world), Next::Ask(Question::Revoke));
    assert!(rotation.minted.is_none());
    rotation.decide(Decision::ConfirmRevoke, world.now).unwrap();
    assert_eq!(run(&mut rotation, &mut world), Next::Ask(Question::Checklist(0)));
    assert_eq!(world.old, OldState::Revoked);
    assert_eq!(
        rotation.decide(Decision::RollBack, world.now).unwrap_err().0.split(':').next(),
        Some("the old key is revoked")
    );
}

#[test]
fn an_old_key_that_is_still_used_stays_until_somebody_says_why() {
    let (mut rotation, mut world) = moved(Overlap::Seconds(3600));
    let ends = world.now + TimeDelta::hours(1);
    assert_eq!(run(&mut rotation, &mut world), Next::Wait(ends));
    assert_eq!(world.deadline, Some(ends), "the deadline is on the server");
    world.deadline = None;
    world.used = Some(world.now + TimeDelta::seconds(61));
    world.now = ends;
    assert!(matches!(run(&mut rotation, &mut world), Next::Ask(Question::StillUsed(_))));
    assert!(rotation.decide(Decision::EndOverlap("  ".to_owned()), world.now).is_err());
    rotation.decide(Decision::EndOverlap("a cron job that fails loudly".to_owned()), world.now).unwrap();
    assert_eq!(run(&mut rotation, &mut world), Next::Ask(Question::Revoke));
    assert_eq!(rotation.state(world.now), Step::OldDisabled);
    rotation.decide(Decision::Reenable, world.now).unwrap();
    assert_eq!(run(&mut rotation, &mut world), Next::Ask(Question::Reenabled));
    assert_eq!(world.old, OldState::Live);
}

#[test]
fn a_use_within_the_minute_of_the_cutover_does_not_count() {
    let (mut rotation, mut world) = moved(Overlap::None);
    world.used = Some(world.now + TimeDelta::seconds(60));
    assert_eq!(run(&mut rotation, &mut world), Next::Ask(Question::Revoke));
    assert_eq!(rotation.released, Some(Release::Unused));
}

#[test]
fn an_old_proof_is_made_anew_before_the_old_key_goes() {
    let (mut rotation, mut world) = moved(Overlap::Seconds(24 * 3600));
    run(&mut rotation, &mut world);
    world.now += TimeDelta::hours(25);
    world.new_alive = false;
    world.deadline = None;
    let Next::Ask(Question::Trouble(trouble)) = run(&mut rotation, &mut world) else { panic!("{rotation:?}") };
    assert_eq!(trouble.effect, Effect::Verify);
    assert_eq!(world.old, OldState::Live);
}

#[test]
fn the_way_back_restores_places_in_reverse_and_revokes_the_new_key_last() {
    let (mut rotation, mut world) = moved(Overlap::Seconds(3600));
    run(&mut rotation, &mut world);
    rotation.decide(Decision::RollBack, world.now).unwrap();
    let mut effects = Vec::new();
    while let Next::Do(effect) = rotation.next(world.now) {
        effects.push(effect);
        rotation.begin(effect);
        let outcome = world.carry_out(&rotation, effect);
        rotation.take(effect, outcome, world.now);
    }
    assert_eq!(
        effects,
        [
            Effect::LookAtOld,
            Effect::Restore(1),
            Effect::Restore(0),
            Effect::RerunHook(0),
            Effect::RevokeNew,
            Effect::Wipe
        ]
    );
    assert_eq!(rotation.phase, Phase::RolledBack);
    assert!(world.old_works() && !world.new_alive);
}

#[test]
fn an_old_key_that_was_disabled_unnoticed_is_enabled_before_anything_is_taken_back() {
    let (mut rotation, mut world) = moved(Overlap::Seconds(3600));
    run(&mut rotation, &mut world);
    world.old = OldState::Disabled;
    rotation.decide(Decision::RollBack, world.now).unwrap();
    assert_eq!(run(&mut rotation, &mut world), Next::Over);
    assert!(world.old_works() && !world.new_alive && rotation.phase == Phase::RolledBack);
}

#[test]
fn there_is_no_way_back_to_a_dead_key_but_there_is_one_forward() {
    let (mut rotation, mut world) = moved(Overlap::Seconds(3600));
    run(&mut rotation, &mut world);
    world.old = OldState::Revoked;
    rotation.decide(Decision::RollBack, world.now).unwrap();
    let Next::Ask(Question::Trouble(trouble)) = run(&mut rotation, &mut world) else { panic!("{rotation:?}") };
    assert_eq!(trouble.effect, Effect::LookAtOld);
    assert!(world.new_alive && world.places == [true, true]);
    rotation.decide(Decision::GoForward, world.now).unwrap();
    assert_eq!(run(&mut rotation, &mut world), Next::Over);
    assert!(world.new_alive);
}

#[test]
fn a_value_that_stands_nowhere_else_is_not_thrown_away_unasked() {
    let mut rotation = rotation(plan(1, 0, Overlap::None, false));
    let mut world = World::of(&rotation);
    rotation.decide(Decision::Agree, world.now).unwrap();
    while rotation.next(world.now) != Next::Do(Effect::Deliver(0)) {
        let Next::Do(effect) = rotation.next(world.now) else { panic!() };
        rotation.begin(effect);
        let outcome = world.carry_out(&rotation, effect);
        rotation.take(effect, outcome, world.now);
    }
    assert!(rotation.decide(Decision::Abandon { lose_value: false }, world.now).is_err());
    rotation.decide(Decision::Abandon { lose_value: true }, world.now).unwrap();
    assert_eq!(rotation.next(world.now), Next::Do(Effect::Wipe));
    rotation.take(Effect::Wipe, Outcome::Done, world.now);
    assert_eq!(rotation.phase, Phase::Abandoned);
}

#[test]
fn a_hook_that_was_cut_short_is_never_run_again_unasked() {
    let (mut rotation, world) = {
        let mut rotation = rotation(plan(1, 1, Overlap::None, false));
        let mut world = World::of(&rotation);
        rotation.decide(Decision::Agree, world.now).unwrap();
        while rotation.next(world.now) != Next::Do(Effect::Hook(0)) {
            let Next::Do(effect) = rotation.next(world.now) else { panic!() };
            let outcome = world.carry_out(&rotation, effect);
            rotation.take(effect, outcome, world.now);
        }
        (rotation, world)
    };
    rotation.begin(Effect::Hook(0));
    rotation.interrupted(Effect::Hook(0));
    assert_eq!(rotation.state(world.now), Step::NeedsAttention);
    rotation.decide(Decision::ByHand, world.now).unwrap();
    assert_eq!(rotation.next(world.now), Next::Ask(Question::Checklist(1)));
}

#[test]
fn a_red_check_stops_until_it_is_waived_by_name_and_some_cannot_be() {
    let mut rotation = rotation(plan(1, 0, Overlap::None, false));
    rotation.decide(Decision::Agree, now()).unwrap();
    let red = |kind| Check::new(kind, Verdict::Fails("no".into()));
    rotation.take(Effect::Check, Outcome::Checked(vec![red(CheckKind::Place(0)), red(CheckKind::Mine)]), now());
    assert_eq!(rotation.next(now()), Next::Ask(Question::Checks(vec![0, 1])));
    rotation.decide(Decision::Waive(0), now()).unwrap();
    assert!(rotation.decide(Decision::Waive(1), now()).is_err());
    rotation.decide(Decision::Retry, now()).unwrap();
    assert_eq!(rotation.next(now()), Next::Do(Effect::Check));
    rotation.take(Effect::Check, Outcome::Checked(vec![red(CheckKind::Place(0))]), now());
    assert_eq!(rotation.next(now()), Next::Do(Effect::Mint), "what was waived stays waived");
}

#[test]
fn a_place_that_may_be_taken_back_already_keeps_no_value() {
    for is_heard in [true, false] {
        let mut rotation = rotation(plan(1, 0, Overlap::None, false));
        let mut world = World::of(&rotation);
        rotation.decide(Decision::Agree, world.now).unwrap();
        while !rotation.places[0].delivery.arrived() {
            let Next::Do(effect) = rotation.next(world.now) else { panic!() };
            rotation.begin(effect);
            let outcome = world.carry_out(&rotation, effect);
            rotation.take(effect, outcome, world.now);
        }
        assert!(!rotation.value_only_in_escrow());
        rotation.decide(Decision::RollBack, world.now).unwrap();
        while rotation.next(world.now) != Next::Do(Effect::Restore(0)) {
            let Next::Do(effect) = rotation.next(world.now) else { panic!() };
            let outcome = world.carry_out(&rotation, effect);
            rotation.take(effect, outcome, world.now);
        }
        // it is restored, and keydeck hears of a failure, or of nothing since it was killed
        rotation.begin(Effect::Restore(0));
        world.carry_out(&rotation, Effect::Restore(0));
        if is_heard {
            let outcome = Outcome::Failed { reason: "timed out".into(), maybe_done: true };
            rotation.take(Effect::Restore(0), outcome, world.now);
        } else {
            rotation.interrupted(Effect::Restore(0));
        }
        assert!(rotation.decide(Decision::Abandon { lose_value: false }, world.now).is_err(), "{is_heard}");
        // forward, it is delivered there once more
        rotation.decide(Decision::GoForward, world.now).unwrap();
        assert_eq!(rotation.next(world.now), Next::Do(Effect::Deliver(0)));
    }
}

#[test]
fn places_are_written_as_they_are_read() {
    for text in [
        "file:/run/secrets/key",
        "env-file:/srv/app/.env:API_KEY",
        "env-file:C:/x/.env:A",
        "command:tee '/tmp/a b'",
        "keyring:keydeck:ci",
        "clipboard",
        "op:Infra/ci:credential",
        "vault:secret/ci:key",
        "gh:acme/deploy:API_KEY",
        "glab:acme/deploy:API_KEY",
        "kubectl:prod/ci:api-key",
        "aws:prod/ci",
        "aws:prod/ci:key",
        "aws:arn:aws:secretsmanager:eu-west-1:1:secret:ci#key",
        "env-file+systemd:/srv/app/.env:API_KEY",
        "yaml:/srv/a.yaml:spec.containers.0.env.2.value",
        "json:/srv/a.json:data.\"api.key\"",
        "toml:/srv/a.toml:app.key",
        "newmanrc:/srv/newmanrc",
        "postman-env:/srv/acme.postman_environment.json:api key",
        "systemd-creds:/etc/credstore.encrypted/app.cred:api-key",
    ] {
        assert_eq!(text.parse::<Sink>().map(|sink| sink.to_string()), Ok(text.to_owned()));
    }
    assert_eq!("newmanrc".parse::<Sink>().map(|sink| sink.to_string()), Ok("newmanrc:~/.postman/newmanrc".to_owned()));
    for text in [
        "",
        "file:",
        "yaml:/a",
        "yaml:/a:",
        "json:/a:b..c",
        "toml:/a:\"b",
        "postman-env:x",
        "systemd-creds:/a",
        "env-file+systemd:/a:1B",
        "env-file:/a",
        "env-file:/a:",
        "env-file:/a:1B",
        "env-file:/a:B C",
        "command:",
        "command:'a",
        "keyring:x",
        "clipboard:x",
        "gh:acme:X",
        "gh:acme/x",
        "vault:x",
        "kubectl:ci:key",
        "print",
        "aws:",
        "gh:-/x:y",
        "kdk_0123456789ABCDEFGHIJKLMNOPQRST1Ir0du",
    ] {
        let error = text.parse::<Sink>().unwrap_err().to_string();
        assert!(!error.contains("0123456789"), "{error}");
    }
}

#[test]
fn overlaps_are_read_and_never_outlast_the_old_key() {
    let day = TimeDelta::days(1);
    for (text, overlap) in [
        ("none", Overlap::None),
        ("0h", Overlap::None),
        ("1h", Overlap::Seconds(3600)),
        ("24h", Overlap::Seconds(24 * 3600)),
        ("7d", Overlap::Seconds(7 * 24 * 3600)),
        ("2026-12-01", Overlap::Until(When::from_wire("2026-12-01T00:00:00Z").time().unwrap())),
    ] {
        assert_eq!(text.parse(), Ok(overlap));
        let ends = overlap.ends(now(), Some(now() + day));
        assert!(ends >= now() && ends <= now() + day);
    }
    for text in ["", "1", "h", "1x", "-1h", "900d", "99999999999999999999h", "2026-13-01"] {
        assert!(text.parse::<Overlap>().is_err(), "{text}");
    }
    assert_eq!(Overlap::Seconds(3600).ends(now(), Some(now() - day)), now(), "it expired before");
}

#[test]
fn the_new_name_has_one_date() {
    for (old, new) in [
        ("ci-deploy", "ci-deploy-2026-11-21"),
        ("ci-deploy-2025-12-01", "ci-deploy-2026-11-21"),
        ("ci deploy 2025-12-01", "ci deploy-2026-11-21"),
        ("2025-12-01", "2025-12-01-2026-11-21"),
        ("", "2026-11-21"),
    ] {
        assert_eq!(new_name(old, now()), new);
    }
    assert_eq!(new_name(&"ü".repeat(300), now()).chars().count(), 255);
}

#[test]
fn a_long_way_back_looks_at_the_old_key_once_more_and_may_turn_round() {
    let (mut rotation, mut world) = moved(Overlap::Seconds(3600));
    run(&mut rotation, &mut world);
    rotation.decide(Decision::RollBack, world.now).unwrap();
    while rotation.next(world.now) != Next::Do(Effect::RerunHook(0)) {
        let Next::Do(effect) = rotation.next(world.now) else { panic!("{rotation:?}") };
        rotation.begin(effect);
        let outcome = world.carry_out(&rotation, effect);
        rotation.take(effect, outcome, world.now);
    }
    // meanwhile the deadline passes that was set before
    world.now += TimeDelta::hours(2);
    let Next::Ask(Question::Trouble(trouble)) = run(&mut rotation, &mut world) else { panic!("{rotation:?}") };
    assert_eq!(trouble.effect, Effect::Enable);
    assert!(world.new_alive && !world.old_works());
    rotation.decide(Decision::GoForward, world.now).unwrap();
    assert_eq!(rotation.next(world.now), Next::Do(Effect::Deliver(0)));
    assert_eq!(run(&mut rotation, &mut world), Next::Ask(Question::Checklist(1)));
    rotation.decide(Decision::ByHand, world.now).unwrap();
    assert_eq!(run(&mut rotation, &mut world), Next::Ask(Question::Revoke));
    rotation.decide(Decision::ConfirmRevoke, world.now).unwrap();
    assert_eq!((run(&mut rotation, &mut world), rotation.phase), (Next::Over, Phase::Closed));
    assert!(world.new_alive && world.places.iter().all(|place| *place));
}

#[test]
fn a_key_whose_value_was_lost_is_deleted_when_somebody_says_so_and_another_is_made() {
    let mut rotation = rotation(minted_there(plan(1, 0, Overlap::None, false), true));
    let mut world = World::of(&rotation);
    rotation.decide(Decision::Agree, world.now).unwrap();
    while rotation.next(world.now) != Next::Do(Effect::Register) {
        let Next::Do(effect) = rotation.next(world.now) else { panic!("{rotation:?}") };
        rotation.begin(effect);
        let outcome = world.carry_out(&rotation, effect);
        rotation.take(effect, outcome, world.now);
    }
    assert_eq!(rotation.keys_before, Some(vec!["old".into()]), "listed before anything is asked for");
    rotation.begin(Effect::Register);
    world.carry_out_unheard(&rotation, Effect::Register);
    rotation.take(Effect::Register, Outcome::Failed { reason: "no answer".into(), maybe_done: true }, world.now);
    rotation.decide(Decision::Retry, world.now).unwrap();
    let Next::Ask(Question::Orphans(orphans)) = run(&mut rotation, &mut world) else { panic!("{rotation:?}") };
    assert_eq!(orphans[0].id.as_str(), "new-0");
    rotation.decide(Decision::ConfirmRevoke, world.now).unwrap();
    assert_eq!(run(&mut rotation, &mut world), Next::Ask(Question::Checklist(0)));
    assert_eq!(rotation.new.as_ref().unwrap().id.as_str(), "new-1");
    // a refusal leaves nothing to look for
    let mut refused = self::rotation(minted_there(plan(1, 0, Overlap::None, false), true));
    (refused.agreed, refused.checked, refused.keys_before) = (true, true, Some(Vec::new()));
    refused.begin(Effect::Register);
    refused.take(Effect::Register, Outcome::Failed { reason: "403".into(), maybe_done: false }, now());
    refused.decide(Decision::Retry, now()).unwrap();
    assert_eq!(refused.next(now()), Next::Do(Effect::Register));
}

#[test]
fn a_plan_does_not_ask_for_what_the_backend_cannot_do() {
    let key = Key { contacts: vec!["a@acme.example".into()], ..Key::sample("old") };
    let draft = Plan { expires: Some(now() + TimeDelta::days(9)), ..Plan::draft(&key, None, now()) };
    assert_eq!(draft.clone().within(Abilities::ALL), draft);
    let bare = draft.within(Abilities {
        disable: false,
        expiry: false,
        contacts: false,
        last_use: false,
        mints: true,
        by_hand: None,
    });
    assert_eq!((bare.expires, bare.contacts.len()), (None, 0));
    let said: Vec<String> = bare.steps(now(), None).into_iter().map(|step| step.text).collect();
    let said = said.join("\n");
    assert!(said.contains("not told by this backend") && said.contains("the backend makes its value"), "{said}");
    assert!(!said.contains("disable") && !said.contains("on the server too"), "{said}");
    let mut rotation = rotation(Plan { sinks: Vec::new(), overlap: Overlap::None, ..bare });
    let mut world = World::of(&rotation);
    // a use that nobody is told of keeps nothing back, and the summary says so
    world.used = Some(now() + TimeDelta::days(1));
    rotation.decide(Decision::Agree, now()).unwrap();
    assert_eq!(run(&mut rotation, &mut world), Next::Ask(Question::Revoke));
    assert_eq!((&rotation.released, world.old), (&Some(Release::Unwatched), OldState::Live));
    assert!(rotation.markdown(&[], now()).contains("this backend does not tell"));
}

#[test]
fn lines_are_ticked_in_any_order_but_not_before_a_program_that_comes_first() {
    let by_hand = |text: &str| Cutover::ByHand(text.to_owned());
    let mut plan = plan(1, 0, Overlap::None, false);
    let program = Cutover::Run(Hook::parse("true").unwrap());
    plan.cutover = vec![by_hand("a"), by_hand("b"), program, by_hand("c")];
    let mut rotation = rotation(plan);
    let mut world = World::of(&rotation);
    run(&mut rotation, &mut world);
    assert_eq!(rotation.decide(Decision::Tick(0), world.now), Err(Refused("nothing waits for a person's hand")));
    rotation.decide(Decision::Agree, world.now).unwrap();
    assert_eq!(run(&mut rotation, &mut world), Next::Ask(Question::Checklist(0)));
    assert!(rotation.decide(Decision::Tick(2), world.now).is_err(), "a program ticks itself");
    assert!(rotation.decide(Decision::Tick(3), world.now).is_err(), "a program is to run before it");
    assert!(rotation.decide(Decision::Tick(9), world.now).is_err());
    rotation.decide(Decision::Tick(1), world.now).unwrap();
    assert!(rotation.decide(Decision::Tick(1), world.now).is_err(), "it is ticked already");
    assert_eq!(rotation.next(world.now), Next::Ask(Question::Checklist(0)));
    rotation.decide(Decision::ByHand, world.now).unwrap();
    rotation.sign("ana");
    assert_eq!(run(&mut rotation, &mut world), Next::Ask(Question::Checklist(3)));
    let ticks: Vec<(Effect, &str)> = rotation.ticks.iter().map(|tick| (tick.what, tick.by.as_received())).collect();
    assert_eq!(ticks, [(Effect::Hook(1), "ana"), (Effect::Hook(0), "ana")]);
    let numbers: Vec<(usize, usize, &str)> = rotation.by_hand_lines().collect();
    assert_eq!(numbers, [(1, 0, "a"), (2, 1, "b"), (3, 3, "c")]);
    assert_eq!((rotation.checklist_line(3), rotation.checklist_line(4)), (Some(3), None));
}

#[test]
fn a_plan_in_doubt_is_asked_for_wherever_it_stands_and_only_giving_up_passes_it_by() {
    let doubt = || Some(crate::domain::untrusted::Untrusted::from("changed"));
    let asked = Next::Ask(Question::Doubt("changed".into()));
    let (mut forward, world) = moved(Overlap::Seconds(3600));
    forward.doubt = doubt();
    assert_eq!(forward.next(world.now), asked);
    assert_eq!(forward.state(world.now), Step::NeedsAttention);
    assert!(forward.decide(Decision::EndOverlap("now".to_owned()), world.now).is_err());
    let mut back = forward.clone();
    back.decide(Decision::RollBack, world.now).unwrap();
    assert_eq!(back.next(world.now), asked, "a way back puts values and runs programs too");
    let mut given_up = forward.clone();
    given_up.decide(Decision::Abandon { lose_value: false }, world.now).unwrap();
    assert_eq!(given_up.next(world.now), Next::Do(Effect::Wipe));
    forward.decide(Decision::Agree, world.now).unwrap();
    assert_ne!(forward.next(world.now), asked);
    // the seal is wiped with the rest, and a wipe that was cut short is finished without it
    let mut wiping = rotation(plan(1, 0, Overlap::None, false));
    wiping.phase = Phase::RollingBack;
    wiping.doubt = doubt();
    assert_eq!(wiping.next(world.now), Next::Do(Effect::Wipe));
}

#[test]
fn a_deadline_is_the_servers_time_and_the_old_key_goes_when_every_clock_came_to_it() {
    for (ahead, sooner) in
        [(TimeDelta::days(3), "server"), (TimeDelta::hours(2), "server"), (TimeDelta::days(-3), "own")]
    {
        let (mut rotation, world) = moved(Overlap::Seconds(3600));
        let mut world = world;
        let ends = world.now + TimeDelta::hours(1);
        let present = |server: Time| Present { now: server, sure: server.min(server + ahead), off: Some(ahead) };
        while let Next::Do(effect) = rotation.next(present(world.now)) {
            rotation.begin(effect);
            let outcome = world.carry_out(&rotation, effect);
            rotation.take(effect, outcome, world.now);
        }
        assert_eq!(world.deadline, Some(ends), "an hour by the server's clock, whatever this one says");
        let before = present(ends - TimeDelta::seconds(1));
        assert_eq!(rotation.next(before), Next::Wait(ends), "{sooner}");
        let there = present(ends);
        let waits = rotation.next(there) == Next::Wait(ends);
        assert_eq!(waits, sooner == "own", "the later of both");
        assert_eq!(rotation.next(present(ends + TimeDelta::days(3))), Next::Do(Effect::LookAtOld));
    }
}

#[test]
fn a_proof_of_a_time_to_come_is_none() {
    let (mut rotation, mut world) = moved(Overlap::Seconds(3600));
    run(&mut rotation, &mut world);
    rotation.proof = Some(Proof { at: world.now + TimeDelta::days(3) });
    world.now += TimeDelta::hours(1);
    world.deadline = None;
    let mut effects = Vec::new();
    while let Next::Do(effect) = rotation.next(world.now) {
        effects.push(effect);
        rotation.begin(effect);
        let outcome = world.carry_out(&rotation, effect);
        rotation.take(effect, outcome, world.now);
    }
    assert!(effects.contains(&Effect::Verify), "{effects:?}");
}

#[test]
fn a_place_whose_restoring_nobody_heard_of_counts_as_holding_nothing() {
    let (mut rotation, mut world) = moved(Overlap::Seconds(3600));
    run(&mut rotation, &mut world);
    rotation.decide(Decision::RollBack, world.now).unwrap();
    while let Next::Do(effect) = rotation.next(world.now) {
        rotation.begin(effect);
        if effect == Effect::Restore(0) {
            // done, but keydeck ended before that was written down
            world.carry_out(&rotation, effect);
            break;
        }
        let outcome = world.carry_out(&rotation, effect);
        rotation.take(effect, outcome, world.now);
    }
    let lost = rotation.clone().decide(Decision::Abandon { lose_value: false }, world.now);
    assert!(lost.is_err(), "the value stands nowhere but in escrow: {rotation:?}");
    rotation.decide(Decision::GoForward, world.now).unwrap();
    assert_eq!(rotation.next(world.now), Next::Do(Effect::Deliver(0)));
}

/// A rotation of a key with this fingerprint, where a person makes and revokes keys, agreed to.
fn by_hand(emergency: bool, fingerprint: Option<String>) -> (Rotation, World) {
    let mut rotation = rotation(made_by(plan(1, 0, Overlap::None, emergency), Maker::Person));
    rotation.plan.cutover.clear();
    rotation.lines.clear();
    rotation.old.fingerprint = fingerprint;
    let world = World::of(&rotation);
    rotation.decide(Decision::Agree, world.now).unwrap();
    (rotation, world)
}

fn decide(rotation: &mut Rotation, world: &mut World, decision: Decision) {
    world.did(rotation, &decision);
    rotation.decide(decision, world.now).unwrap();
}

#[test]
fn what_a_person_makes_is_checked_before_it_goes_anywhere_and_what_they_revoke_is_proven() {
    let (mut rotation, mut world) = by_hand(false, None);
    assert_eq!(run(&mut rotation, &mut world), Next::Ask(Question::Value));
    assert_eq!(rotation.places[0].delivery, Delivery::ToDo);
    assert!(rotation.decide(Decision::GivenOld, world.now).is_err(), "the old value is not asked for yet");
    decide(&mut rotation, &mut world, Decision::Given);
    assert_eq!(rotation.next(world.now), Next::Do(Effect::Adopt));
    assert_eq!(rotation.at_step(world.now), Step::Minted);
    assert_eq!(run(&mut rotation, &mut world), Next::Ask(Question::Revoke), "never without a person");
    assert_eq!(rotation.places[0].delivery, Delivery::Verified);
    decide(&mut rotation, &mut world, Decision::ConfirmRevoke);
    assert_eq!(run(&mut rotation, &mut world), Next::Over);
    rotation.sign("ana");
    let done: Vec<String> = rotation.summary(world.now).done_by_hand.iter().map(|tick| tick.what.clone()).collect();
    assert_eq!(done, ["that the old key was revoked on its page"]);
}

#[test]
fn the_old_value_is_asked_for_where_no_place_told_it_and_may_stay_unproven() {
    for given in [true, false] {
        let (mut rotation, mut world) = by_hand(false, Some("a".repeat(64)));
        run(&mut rotation, &mut world);
        decide(&mut rotation, &mut world, Decision::Given);
        run(&mut rotation, &mut world);
        rotation.places[0].before = Some(Before::Nothing);
        decide(&mut rotation, &mut world, Decision::ConfirmRevoke);
        assert_eq!(run(&mut rotation, &mut world), Next::Ask(Question::OldValue));
        decide(&mut rotation, &mut world, if given { Decision::GivenOld } else { Decision::ByHand });
        let next = rotation.next(world.now);
        assert_eq!(next == Next::Do(Effect::ProveOld), given, "{next:?}");
        assert_eq!(run(&mut rotation, &mut world), Next::Over);
        assert_eq!(rotation.old_proof == Some(OldProof::Unproven), !given);
    }
}

#[test]
fn another_value_may_be_given_once_the_first_did_not_fit() {
    let (mut rotation, mut world) = by_hand(false, None);
    run(&mut rotation, &mut world);
    decide(&mut rotation, &mut world, Decision::Given);
    let Next::Do(effect) = rotation.next(world.now) else { panic!() };
    rotation.begin(effect);
    rotation.take(effect, Outcome::Failed { reason: "another user's".into(), maybe_done: false }, world.now);
    assert!(rotation.value_only_in_escrow(), "it was shown once");
    assert!(rotation.decide(Decision::Abandon { lose_value: false }, world.now).is_err());
    assert!(rotation.replan(rotation.plan.clone()).is_err(), "the key is made");
    decide(&mut rotation, &mut world, Decision::Given);
    assert_eq!(rotation.next(world.now), Next::Do(Effect::Adopt));
}

#[test]
fn on_the_way_back_a_person_revokes_what_they_made() {
    let (mut rotation, mut world) = by_hand(false, None);
    run(&mut rotation, &mut world);
    decide(&mut rotation, &mut world, Decision::Given);
    decide(&mut rotation, &mut world, Decision::RollBack);
    assert_eq!(run(&mut rotation, &mut world), Next::Ask(Question::RevokeNew(Vec::new())));
    decide(&mut rotation, &mut world, Decision::ConfirmRevoke);
    assert_eq!(run(&mut rotation, &mut world), Next::Over);
    assert_eq!((rotation.phase, world.new_alive), (Phase::RolledBack, false));
}

#[test]
fn in_the_emergency_lane_the_person_revokes_first() {
    let (mut rotation, mut world) = by_hand(true, None);
    assert_eq!(run(&mut rotation, &mut world), Next::Ask(Question::Revoke));
    decide(&mut rotation, &mut world, Decision::ByHand);
    assert_eq!(run(&mut rotation, &mut world), Next::Ask(Question::Value));
    decide(&mut rotation, &mut world, Decision::Given);
    assert_eq!(run(&mut rotation, &mut world), Next::Over);
}
