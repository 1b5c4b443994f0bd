use proptest::prelude::*;

use super::*;
use crate::domain::key::{DisabledReason, Revocation, Status};
use crate::domain::rotation::{Abilities, Defaults, OldKey, Phase, Plan, Registered, Rotation, Saved, Sink, Trouble};
use crate::domain::team::Me;
use crate::domain::untrusted::Untrusted;

fn at(hours: i64) -> Time {
    When::from_wire("2027-06-01T00:00:00Z").time().unwrap() + chrono::TimeDelta::hours(hours)
}

fn key(id: &str) -> Key {
    Key { owner_id: UserId(7), owner: "Ana".into(), value_created: at(-1000).into(), ..Key::sample(id) }
}

fn opened(keys: &[Key]) -> Opened {
    Opened {
        name: "June".into(),
        filter: "age:>30d".to_owned(),
        by: at(24 * 29),
        wave: 3,
        profile: "acme".to_owned(),
        production: false,
        address: "https://keys.acme.example".to_owned(),
        user: UserId(1),
        user_name: "Olivia".into(),
        started_by: Untrusted::default(),
        team: true,
        keys: keys.iter().map(Subject::of).collect(),
    }
}

fn entry(hours: i64, event: Event) -> Entry {
    Entry { at: at(hours), event }
}

fn campaign(keys: usize) -> Campaign {
    let keys: Vec<Key> = (0..keys).map(|number| key(&format!("k{number}"))).collect();
    Campaign::new(CampaignId("C".to_owned()), opened(&keys), at(0))
}

fn looked(changes: Vec<(usize, Standing)>) -> Event {
    Event::Looked { changes, newcomers: Vec::new() }
}

const OURS: Standing = Standing::NotBegun { ours: true };

fn rotated() -> Standing {
    Standing::Rotated { to: None, says: "new".into() }
}

fn needs() -> Standing {
    Standing::Needs { says: "why".into(), run: None }
}

fn waits(until: Time) -> Standing {
    Standing::UnderWay { says: "both work".into(), until: until.into() }
}

// --- how a key stands ---

fn sight(key: Option<&Key>) -> Sight<'_> {
    Sight { key, successor: None, rotation: None, turn: Turn::Owner }
}

#[test]
fn a_key_stands_as_the_server_tells() {
    let was = key("a");
    let subject = Subject::of(&was);
    let new = Key { rotated_from: Some("a".into()), ..key("b") };
    let state = |sight: &Sight<'_>| stand(&subject, sight, at(0)).state();

    assert_eq!(state(&sight(Some(&was))), State::NotBegun);
    let revoked = Key { status: Status::Revoked, ..was.clone() };
    assert_eq!(state(&sight(Some(&revoked))), State::Ended, "gone without a successor is not rotated");
    assert_eq!(state(&Sight { successor: Some(&new), ..sight(Some(&revoked)) }), State::Rotated);
    let by_rotation = Key { revocation: Some(Revocation::Rotated), ..revoked.clone() };
    assert_eq!(state(&sight(Some(&by_rotation))), State::Rotated);
    let to = Key { rotated_to: Some("b".into()), ..revoked };
    assert_eq!(state(&sight(Some(&to))), State::Rotated);
    assert_eq!(state(&Sight { successor: Some(&new), ..sight(Some(&was)) }), State::UnderWay, "both still work");
    let expired = Key { status: Status::Disabled, disabled_reason: Some(DisabledReason::Expired), ..was.clone() };
    assert_eq!(state(&sight(Some(&expired))), State::Ended);
    assert_eq!(state(&Sight { successor: Some(&new), ..sight(Some(&expired)) }), State::Rotated);
    let disabled = Key { status: Status::Disabled, ..was.clone() };
    assert_eq!(state(&sight(Some(&disabled))), State::Needs);
    let odd = Key { status: Status::from_word("frozen"), ..was.clone() };
    assert_eq!(state(&sight(Some(&odd))), State::Needs);
    assert_eq!(state(&sight(None)), State::Ended);
    assert_eq!(state(&Sight { successor: Some(&new), ..sight(None) }), State::Rotated);
}

#[test]
fn a_new_value_counts_once_the_old_one_works_no_more() {
    let was = key("a");
    let subject = Subject::of(&was);
    let again = Key { value_created: at(1).into(), overlap_ends: at(5).into(), ..was.clone() };
    assert_eq!(stand(&subject, &sight(Some(&again)), at(2)).state(), State::UnderWay);
    assert_eq!(stand(&subject, &sight(Some(&again)), at(6)).state(), State::Rotated);
    let untold = Subject { value_created: When::Never, ..subject };
    assert_eq!(stand(&untold, &sight(Some(&again)), at(6)).state(), State::NotBegun, "nothing to hold it against");
}

fn rotation(old: &Key) -> Rotation {
    let plan = Plan::draft(old, None, at(0));
    let id = RotationId("R".to_owned());
    Rotation::new(id, "acme", "https://keys.acme.example", plan, OldKey::of(old, None), at(0))
}

#[test]
fn a_rotation_on_this_machine_tells_more_than_the_list() {
    let was = key("a");
    let subject = Subject::of(&was);
    let mut one = rotation(&was);
    let stands = |one: &Rotation, key: &Key| {
        stand(&subject, &Sight { rotation: Some(one), turn: Turn::Ours, ..sight(Some(key)) }, at(0))
    };
    assert_eq!(stands(&one, &was).state(), State::UnderWay, "never begun twice");
    one.trouble = Some(Trouble {
        effect: crate::domain::rotation::Effect::Register,
        reason: "no room".into(),
        maybe_done: false,
    });
    let Standing::Needs { says, run } = stands(&one, &was) else { panic!("it needs somebody") };
    assert!(says.to_string().contains("no room"));
    assert_eq!(run.unwrap(), "keydeck rotations resume R");
    one.trouble = None;
    one.phase = Phase::Closed;
    one.new = Some(Registered { id: "b".into(), name: "b".into(), expires: When::Never });
    assert_eq!(
        stands(&one, &was),
        Standing::Rotated { to: Some("b".into()), says: "b took its place; the rotation R is over".into() }
    );
    for phase in [Phase::RolledBack, Phase::Abandoned] {
        one.phase = phase;
        assert_eq!(stands(&one, &was).state(), State::Needs, "explained, and not begun again");
        let later = Key { value_created: at(1).into(), ..was.clone() };
        assert_eq!(stands(&one, &later).state(), State::Rotated, "by other means, afterwards");
    }
}

fn me(id: i64) -> Me {
    Me {
        id: UserId(id),
        name: "Ana".into(),
        email: Untrusted::default(),
        team: Untrusted::default(),
        roles: Vec::new(),
        own_key: None,
        own_key_expires: When::Never,
        own_access: crate::domain::key::Access::Full,
        roles_tell: true,
        guest: false,
        allowances: Vec::new(),
    }
}

#[test]
fn whose_turn_it_is() {
    let mine = me(7);
    let saved = |sinks: &[&str]| Saved {
        sinks: sinks.iter().map(|sink| sink.parse::<Sink>().unwrap()).collect(),
        ..Saved::default()
    };
    let known = saved(&["file:/srv/a"]);
    let turn_of = |me: &Me, places: Option<&Saved>| turn(&key("a"), me, places, &Abilities::ALL);
    assert_eq!(turn_of(&mine, Some(&known)), Turn::Ours);
    let person = |turn: Turn, word: &str| match turn {
        Turn::Person { why, run } => {
            assert!(why.to_string().contains(word) && run.contains("keydeck rotate a"), "{why} {run}");
        }
        Turn::Ours | Turn::Owner => panic!("{turn:?}"),
    };
    person(turn_of(&mine, None), "no places");
    person(turn_of(&mine, Some(&Saved::default())), "no places");
    let by_hand = Abilities { by_hand: Some("Settings > Keys".to_owned()), ..Abilities::ALL };
    person(turn(&key("a"), &mine, Some(&known), &by_hand), "Settings > Keys");
    let own = Me { own_key: Some("a".into()), ..mine.clone() };
    person(turn_of(&own, Some(&known)), "keydeck itself");
    let lines =
        Saved { cutover: vec![crate::domain::rotation::Cutover::ByHand("tell them".to_owned())], ..known.clone() };
    person(turn_of(&mine, Some(&lines)), "by hand");
    let other = Me { id: UserId(1), ..mine };
    assert_eq!(turn_of(&other, Some(&known)), Turn::Owner, "nobody else gets its new value");
    assert!(Defaults::default().for_key("a").is_none());
}

// --- waves, failures ---

#[test]
fn one_goes_first_and_waves_follow_once_it_came_through() {
    let mut campaign = campaign(8);
    assert_eq!(campaign.next(), Next::Look);
    campaign.apply(entry(1, looked((0..8).map(|key| (key, OURS)).collect())));
    assert_eq!(campaign.next(), Next::Wave(vec![0]));
    campaign.apply(entry(1, Event::WaveBegun { keys: vec![0] }));
    assert_eq!(campaign.next(), Next::Begin(0));
    campaign.apply(entry(1, Event::Begins { key: 0, rotation: RotationId("R0".to_owned()) }));
    campaign.apply(entry(1, Event::Stands { key: 0, standing: waits(at(24)), nothing_made: false }));
    assert_eq!(campaign.next(), Next::Wave(vec![1, 2, 3]), "while the first one's overlap lasts");
}

#[test]
fn a_failure_stops_it_until_a_person_looked() {
    let mut campaign = campaign(4);
    campaign.apply(entry(1, looked((0..4).map(|key| (key, OURS)).collect())));
    campaign.apply(entry(1, Event::WaveBegun { keys: vec![0] }));
    campaign.apply(entry(1, Event::Begins { key: 0, rotation: RotationId("R0".to_owned()) }));
    campaign.apply(entry(2, Event::Stands { key: 0, standing: needs(), nothing_made: false }));
    campaign.apply(entry(2, Event::Stopped(Stopped { key: 0, why: "why".into() })));
    assert!(matches!(campaign.next(), Next::Stopped(_)));
    campaign.apply(entry(3, Event::TakenUp { by: Untrusted::default(), resumed: false }));
    assert!(matches!(campaign.next(), Next::Stopped(_)), "a timer goes past no failure");
    campaign.apply(entry(3, Event::TakenUp { by: Untrusted::default(), resumed: true }));
    assert_eq!(campaign.next(), Next::Look);
    campaign.apply(entry(3, looked(Vec::new())));
    assert_eq!(campaign.next(), Next::Carry(0), "what failed is tried again");
    campaign.apply(entry(3, Event::Stands { key: 0, standing: rotated(), nothing_made: false }));
    assert_eq!(campaign.next(), Next::Wave(vec![1, 2, 3]));
}

#[test]
fn an_overlap_is_gone_on_with_when_it_is_over_and_not_before() {
    let mut campaign = campaign(1);
    campaign.apply(entry(1, looked(vec![(0, OURS)])));
    campaign.apply(entry(1, Event::Begins { key: 0, rotation: RotationId("R0".to_owned()) }));
    campaign.apply(entry(1, Event::Stands { key: 0, standing: waits(at(24)), nothing_made: false }));
    assert_eq!(campaign.next(), Next::Rest);
    for (hours, next) in [(23, Next::Rest), (24, Next::Carry(0))] {
        campaign.apply(entry(hours, Event::TakenUp { by: Untrusted::default(), resumed: false }));
        campaign.apply(entry(hours, looked(Vec::new())));
        assert_eq!(campaign.next(), next);
    }
}

#[test]
fn what_is_settled_stays_so_and_all_settled_is_the_end() {
    let mut campaign = campaign(2);
    campaign.apply(entry(1, looked(vec![(0, rotated()), (1, Standing::NotBegun { ours: false })])));
    assert_eq!(campaign.next(), Next::Rest);
    campaign.apply(entry(2, looked(vec![(0, Standing::Ended { says: "not listed".into() }), (1, rotated())])));
    assert_eq!(campaign.members[0].standing, rotated(), "a backend forgets keys that are gone");
    assert_eq!(campaign.next(), Next::Close);
    campaign.apply(entry(3, Event::Closed { by: Untrusted::default(), early: false }));
    assert_eq!(campaign.next(), Next::Over);
    assert_eq!(campaign.word(), "over");
}

#[test]
fn entries_that_tell_of_other_keys_are_refused() {
    let id = CampaignId("C".to_owned());
    let first = entry(0, Event::Opened(opened(&[key("a")])));
    let odd = entry(1, looked(vec![(1, OURS)]));
    assert!(Campaign::of_entries(id.clone(), [first.clone()]).is_some());
    assert!(Campaign::of_entries(id.clone(), [first.clone(), odd]).is_none());
    assert!(Campaign::of_entries(id.clone(), [first.clone(), first]).is_none());
    assert!(Campaign::of_entries(id, []).is_none());
}

// --- words ---

#[test]
fn the_date_is_told_in_words() {
    let mut campaign = campaign(2);
    assert_eq!(campaign.deadline(at(0)), "by 2027-06-30 00:00:00 UTC, in 29 d");
    assert!(!campaign.is_overdue(at(24 * 29)));
    assert_eq!(campaign.deadline(at(24 * 32)), "OVERDUE by 3 d: was due 2027-06-30 00:00:00 UTC");
    assert!(campaign.notes(at(24 * 32)).iter().any(|note| note.contains("2 keys are not rotated in time")));
    campaign.apply(entry(1, looked(vec![(0, rotated()), (1, rotated())])));
    assert!(!campaign.is_overdue(at(24 * 32)), "nothing is left");
    for (text, time) in [
        ("2027-06-30", Some("2027-06-30T23:59:59Z")),
        ("30d", Some("2027-07-01T00:00:00Z")),
        ("2027-05-31", None),
        ("never", None),
        ("soon", None),
    ] {
        let expected = time.map(|time| When::from_wire(time).time().unwrap());
        assert_eq!(by(text, at(0)).ok(), expected, "{text}");
    }
    assert!(by("2027-06-01", at(0)).is_ok(), "a day counts to its end");
}

#[test]
fn the_board_counts_each_key_once() {
    let keys = [key("a"), key("b"), Key { owner_id: UserId(9), owner: "Ben".into(), ..key("c") }];
    let mut campaign = Campaign::new(CampaignId("C".to_owned()), opened(&keys), at(0));
    campaign.apply(entry(1, looked(vec![(0, rotated()), (2, needs())])));
    let board = campaign.board();
    assert_eq!(board.total.iter().sum::<usize>(), 3);
    assert_eq!(
        board.owners.iter().map(|row| row.owner.to_string()).collect::<Vec<_>>(),
        ["Ben", "Ana"],
        "what needs somebody first"
    );
    assert_eq!(board.states().count(), 4, "none ended");
    assert_eq!(campaign.within(Cell { owner: Some(UserId(7)), state: None }), [1, 0]);
    assert_eq!(campaign.within(Cell { owner: Some(UserId(7)), state: Some(State::Needs) }), [0; 0]);
    assert_eq!(campaign.progress(), "1 of 3 rotated, 1 not begun, 1 needs somebody");
}

#[test]
fn what_comes_from_outside_is_text_in_the_report() {
    let hostile = Key { name: "<b>|x\u{1b}[2J".into(), ..key("a") };
    let campaign = Campaign::new(CampaignId("C".to_owned()), opened(&[hostile]), at(0));
    let text = campaign.markdown(at(1));
    assert!(!text.contains('\u{1b}') && !text.contains("<b>"), "{text}");
}

// --- whatever happens in whatever order ---

/// A world in which a campaign runs, is killed, and runs again; what is decided by chance comes as bytes.
struct World {
    entries: Vec<Entry>,
    campaign: Campaign,
    /// Of each key: how often a rotation of ours made something.
    made: Vec<usize>,
    /// Of each key: the rotations in this machine's journal, and whether each is over and whether it made something.
    journal: Vec<Vec<(RotationId, bool, bool)>>,
    /// Of each key: whether its owner replaced it.
    replaced: Vec<bool>,
    begun: usize,
    hour: i64,
}

/// It was killed.
struct Killed;

impl World {
    fn new(keys: usize) -> Self {
        let campaign = campaign(keys);
        let entries = vec![entry(0, Event::Opened(campaign.opened.clone()))];
        Self {
            entries,
            campaign,
            made: vec![0; keys],
            journal: vec![Vec::new(); keys],
            replaced: vec![false; keys],
            begun: 0,
            hour: 0,
        }
    }

    /// Puts an event on the record; killed before, it is not there, killed after, it is.
    fn note(&mut self, event: Event, chance: u8) -> Result<(), Killed> {
        if chance == 1 {
            return Err(Killed);
        }
        let entry = entry(self.hour, event);
        self.entries.push(entry.clone());
        if chance == 2 {
            return Err(Killed);
        }
        self.campaign.apply(entry);
        Ok(())
    }

    fn restart(&mut self, resumed: bool) {
        let id = CampaignId("C".to_owned());
        self.campaign = Campaign::of_entries(id, self.entries.clone()).expect("its own record");
        let taken = entry(self.hour, Event::TakenUp { by: Untrusted::default(), resumed });
        self.entries.push(taken.clone());
        self.campaign.apply(taken);
    }

    /// As a look at the server and the journal tells.
    fn standing(&self, key: usize) -> (Standing, bool) {
        let known = self.journal[key].iter().rev().find(|(_, over, made)| !over || *made);
        let standing = match known {
            Some((_, true, _)) => rotated(),
            Some((_, false, _)) => waits(at(self.hour)),
            None if self.replaced[key] => rotated(),
            None => OURS,
        };
        (standing, known.is_none())
    }

    fn look(&mut self, chance: u8) -> Result<(), Killed> {
        let mut changes = Vec::new();
        for key in 0..self.made.len() {
            if self.campaign.members[key].standing.is_settled() {
                continue;
            }
            let (standing, nothing) = self.standing(key);
            if self.campaign.members[key].rotation.is_some() && nothing {
                self.note(Event::Stands { key, standing, nothing_made: true }, 0)?;
            } else {
                changes.push((key, standing));
            }
        }
        self.note(looked(changes), chance)
    }

    /// Carries the last rotation of a key on: it makes its key, and waits, closes or fails.
    fn carry(&mut self, key: usize, chances: [u8; 3]) -> Result<(), Killed> {
        let [kill, how, noted] = chances;
        let Some(last) = self.journal[key].last_mut() else { panic!("carried without a rotation") };
        if kill == 1 {
            return Err(Killed);
        }
        if how == 3 && !last.2 {
            // a check fails: nothing is made, and it is given up
            last.1 = true;
            self.note(Event::Stands { key, standing: needs(), nothing_made: true }, noted)?;
            return self.note(Event::Stopped(Stopped { key, why: "check".into() }), 0);
        }
        if !last.2 {
            last.2 = true;
            self.made[key] += 1;
        }
        if kill == 2 {
            return Err(Killed);
        }
        match how {
            4 => {
                self.note(Event::Stands { key, standing: needs(), nothing_made: false }, noted)?;
                self.note(Event::Stopped(Stopped { key, why: "after".into() }), 0)
            }
            5 => self.note(Event::Stands { key, standing: waits(at(self.hour)), nothing_made: false }, noted),
            _ => {
                last.1 = true;
                self.note(Event::Stands { key, standing: rotated(), nothing_made: false }, noted)
            }
        }
    }

    fn step(&mut self, chances: [u8; 4]) -> Result<bool, Killed> {
        let [first, second, third, fourth] = chances;
        match self.campaign.next() {
            Next::Look => self.look(first)?,
            Next::Carry(key) => self.carry(key, [second, third, fourth])?,
            Next::Begin(key) => {
                assert!(self.campaign.stopped.is_none(), "nothing is begun past a failure");
                if self.replaced[key] {
                    // asked once more before it begins
                    self.note(Event::Stands { key, standing: rotated(), nothing_made: false }, first)?;
                    return Ok(true);
                }
                self.begun += 1;
                let id = RotationId(format!("R{}", self.begun));
                self.note(Event::Begins { key, rotation: id.clone() }, first)?;
                let open = self.journal[key].iter().any(|(_, over, _)| !over);
                assert!(!open, "the journal takes no second one");
                self.journal[key].push((id, false, false));
                self.carry(key, [second, third, fourth])?;
            }
            Next::Wave(keys) => {
                let came = self.made.iter().any(|made| *made > 0);
                assert!(came || keys.len() == 1, "one goes first");
                self.note(Event::WaveBegun { keys }, first)?;
            }
            Next::Close => self.note(Event::Closed { by: Untrusted::default(), early: false }, first)?,
            Next::Stopped(_) | Next::Rest | Next::Over => return Ok(false),
        }
        Ok(true)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_key_begins_twice_whatever_happens(
        keys in 1_usize..7,
        chances in proptest::collection::vec((0_u8..12, 0_u8..12, 0_u8..12, 0_u8..12, any::<(u8, bool)>()), 0..60),
    ) {
        let mut world = World::new(keys);
        world.restart(false);
        for (first, second, third, fourth, (other, resumed)) in chances {
            world.hour += 1;
            if other < 40 {
                let key = usize::from(other) % keys;
                // its owner may do it themselves, unless we have
                world.replaced[key] |= world.made[key] == 0 && world.journal[key].iter().all(|(_, over, _)| *over);
            }
            match world.step([first, second, third, fourth]) {
                Ok(true) => {}
                Ok(false) | Err(Killed) => world.restart(resumed),
            }
            prop_assert!(world.made.iter().all(|made| *made <= 1), "{:?}", world.made);
        }
        // left alone, and looked after, it comes to its end with every key rotated once, by whomever
        for _ in 0..keys * 12 {
            world.hour += 1;
            if !world.step([0; 4]).unwrap_or(false) {
                world.restart(true);
            }
        }
        prop_assert_eq!(world.campaign.next(), Next::Over);
        for key in 0..keys {
            prop_assert_eq!(world.made[key] + usize::from(world.replaced[key]), 1, "key {}", key);
        }
    }
}
