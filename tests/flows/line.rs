//! A line that is silent: what the header says, and how the console comes back by itself.

use std::time::Duration;

use keydeck::client::error::ErrorKind;
use keydeck::domain::call::{Call, Pause};
use keydeck::domain::listing::Scope;
use keydeck::domain::team::Role;
use keydeck::tui::effect::Effect;
use keydeck::tui::event::{Answer, Event, Slot};
use keydeck::tui::session::Connection;

use crate::ui::{Ui, call, error, me, now, team_keys};

const TEAM: Slot = Slot::Keys(Scope::Team);
const SECOND: Duration = Duration::from_secs(1);

fn header(ui: &mut Ui) -> String {
    ui.screen().lines().next().unwrap().to_owned()
}

/// A call that has no answer yet.
fn begun(number: u32) -> Event {
    Event::Calling(Call { problem: None, request_id: None, ..call(number, "/api-keys", None) })
}

fn loads(ui: &mut Ui) -> Vec<Slot> {
    let slot = |effect: &Effect| if let Effect::Load(slot, _) = effect { Some(*slot) } else { None };
    let loads = ui.effects.iter().filter_map(slot).collect();
    ui.effects.retain(|effect| slot(effect).is_none());
    loads
}

#[test]
fn a_silent_server_is_not_online_and_the_header_counts_how_long_it_is_waited_for() {
    let mut ui = Ui::team();
    assert!(header(&mut ui).ends_with("online"), "{}", header(&mut ui));
    ui.keys("<ctrl-r>").happen(begun(1));
    assert!(header(&mut ui).ends_with("online"), "an answer may take a moment");
    ui.wait(SECOND).wait(SECOND);
    let said = header(&mut ui);
    assert!(said.contains("no answer for 2 s") && !said.contains("online"), "{said}");
    assert!(said.contains("2 s old"), "{said}");
    ui.wait(SECOND);
    assert!(header(&mut ui).contains("no answer for 3 s"), "{}", header(&mut ui));
    // the attempt is given up and the same is asked again: it is waited for all the same
    ui.happen(Event::Called(call(1, "/api-keys", None))).happen(begun(2)).wait(SECOND);
    assert!(header(&mut ui).contains("no answer for 4 s"), "{}", header(&mut ui));
    ui.wait(Duration::from_mins(2));
    assert!(header(&mut ui).contains("no answer for 2 min"), "{}", header(&mut ui));
    ui.happen(Event::Called(call(2, "/api-keys", Some(200)))).me(me(Role::Admin)).load(Scope::Team, team_keys());
    let said = header(&mut ui);
    assert!(said.ends_with("online") && !said.contains("old"), "{said}");
}

#[test]
fn it_wakes_once_a_second_while_it_waits_and_never_while_it_does_not() {
    let mut ui = Ui::team();
    ui.keys("jk").wait(Duration::from_hours(1)).keys("j");
    assert_eq!(ui.take(), [], "an idle console is never waked");
    assert!(!ui.app.counts_time(), "and a moment that was asked for earlier draws nothing");
    ui.keys("<ctrl-r>").take();
    let start = ui.running();
    ui.happen(begun(1));
    assert_eq!(ui.take(), [Effect::WakeAt(start + Duration::from_millis(1500))]);
    ui.happen(begun(2));
    assert_eq!(ui.take(), [], "asked for once");
    assert!(ui.app.counts_time());
    ui.wait(Duration::from_millis(1500)).happen(Event::Wake);
    assert_eq!(ui.take(), [Effect::WakeAt(start + 2 * SECOND)]);
    for number in [1, 2] {
        ui.happen(Event::Called(call(number, "/api-keys", Some(200))));
    }
    ui.take();
    ui.me(me(Role::Admin)).findings(Vec::new()).load(Scope::Team, team_keys());
    ui.take();
    ui.wait(SECOND).happen(Event::Wake);
    assert_eq!(ui.take(), []);
}

#[test]
fn calls_without_an_answer_stand_among_the_calls_and_count() {
    let mut ui = Ui::team();
    ui.happen(Event::Called(call(1, "/me", Some(200)))).happen(begun(2)).keys("@").wait(3 * SECOND).happen(Event::Wake);
    let screen = ui.screen();
    assert!(screen.contains("1 without an answer yet"), "{screen}");
    assert!(screen.contains("3 s …") && screen.contains("no answer yet"), "{screen}");
    ui.happen(Event::Called(call(2, "/api-keys", Some(200))));
    let screen = ui.screen();
    assert!(!screen.contains("without an answer") && screen.contains("Calls of this session · 2"), "{screen}");
}

#[test]
fn it_looks_again_by_itself_and_reads_again_what_was_lost() {
    let mut ui = Ui::team();
    ui.keys("<ctrl-r>").fail(TEAM, ErrorKind::LostAnswer).fail(Slot::Findings, ErrorKind::LostAnswer);
    ui.fail(Slot::Me, ErrorKind::LostAnswer);
    assert!(matches!(ui.app.connection, Connection::Offline(_)));
    loads(&mut ui);
    for seconds in [2, 4, 8] {
        ui.wait(Duration::from_millis(seconds * 1000 - 1));
        assert_eq!(loads(&mut ui), [], "not before");
        ui.wait(Duration::from_millis(1));
        assert_eq!(loads(&mut ui), [Slot::Me], "one call tells whether it answers, after {seconds} s");
        ui.fail(Slot::Me, ErrorKind::Unreachable);
    }
    ui.wait(Duration::from_secs(16));
    assert_eq!(loads(&mut ui), [Slot::Me]);
    ui.me(me(Role::Admin));
    assert_eq!(loads(&mut ui), [TEAM, Slot::Findings]);
    assert_eq!(ui.app.connection, Connection::Online);
    ui.load(Scope::Team, team_keys()).findings(Vec::new());
    assert_eq!(ui.message(), "keys.acme.example answers again");
    assert!(header(&mut ui).ends_with("online"), "{}", header(&mut ui));
    ui.take();
    ui.wait(Duration::from_mins(5));
    assert_eq!(ui.take(), [], "then it is quiet again");
}

#[test]
fn while_the_line_is_down_the_header_says_how_old_the_rows_are_and_when_it_looks_again() {
    let mut ui = Ui::team();
    ui.happen(Event::Resize(160, 36)).wait(90 * SECOND).keys("<ctrl-r>").fail(TEAM, ErrorKind::Unreachable);
    ui.fail(Slot::Me, ErrorKind::Unreachable);
    let said = header(&mut ui);
    for words in ["stale, from 08:30:00 · rows 1 min old", "looks again at 08:31:32", "OFFLINE"] {
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn a_dialog_and_its_marks_survive_that_the_line_comes_back() {
    let mut ui = Ui::team();
    ui.keys("<Space>").keys("<ctrl-r>").fail(TEAM, ErrorKind::LostAnswer).later("<Enter>");
    ui.wait(2 * SECOND).me(me(Role::Admin)).load(Scope::Team, team_keys());
    assert_eq!((ui.dialogs(), ui.marked().len()), (vec!["detail"], 1));
}

#[test]
fn what_was_refused_is_not_asked_for_again() {
    let mut ui = Ui::team();
    ui.keys("<ctrl-r>").fail(TEAM, ErrorKind::Denied).me(me(Role::Admin)).findings(Vec::new()).take();
    ui.wait(Duration::from_hours(1)).happen(Event::Wake);
    assert_eq!(loads(&mut ui), []);
}

#[test]
fn a_server_that_asks_to_wait_is_asked_no_sooner() {
    let mut ui = Ui::team();
    let limited = keydeck::client::error::ServiceError { retry_after: Some(300), ..error(ErrorKind::RateLimited) };
    ui.keys("<ctrl-r>").me(me(Role::Admin)).answer(TEAM, Answer::Failed(limited)).findings(Vec::new()).take();
    ui.wait(299 * SECOND).happen(Event::Wake);
    assert_eq!(loads(&mut ui), []);
    ui.wait(SECOND).happen(Event::Wake);
    assert_eq!(loads(&mut ui), [Slot::Me]);
}

#[test]
fn the_header_says_until_when_the_rate_limit_is_waited_for() {
    let mut ui = Ui::team();
    let until = now() + chrono::TimeDelta::seconds(30);
    ui.happen(Event::Paused(Pause { until, limited: true, asked: Some(30) }));
    assert!(header(&mut ui).contains("rate limit, until 08:30:30"), "{}", header(&mut ui));
    ui.wait(31 * SECOND);
    assert!(!header(&mut ui).contains("rate limit"), "{}", header(&mut ui));
}

#[test]
fn the_tab_in_front_is_read_again_from_time_to_time_for_those_who_want_it() {
    let mut ui = Ui::team();
    ui.app.auto_refresh = Some(Duration::from_mins(1));
    ui.keys("j").take();
    ui.keys("k");
    ui.wait(59 * SECOND).happen(Event::Wake);
    assert_eq!(loads(&mut ui), []);
    ui.wait(SECOND).happen(Event::Wake);
    assert_eq!(loads(&mut ui), [Slot::Me, TEAM, Slot::Findings, Slot::Users]);
    // while one is under way, no other begins
    ui.wait(60 * SECOND).happen(Event::Wake);
    assert_eq!(loads(&mut ui), []);
    ui.me(me(Role::Admin)).load(Scope::Team, team_keys()).findings(Vec::new());
    ui.wait(60 * SECOND).happen(Event::Wake);
    assert_eq!(loads(&mut ui)[..2], [Slot::Me, TEAM]);
}
