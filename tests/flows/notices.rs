//! The list of notices, and which of one's own keys end soon.

use chrono::TimeDelta;
use keydeck::client::capabilities::{Capabilities, Capability};
use keydeck::domain::key::{Key, Status};
use keydeck::domain::listing::Scope;
use keydeck::domain::notice::{NoticeQuery, NoticeState};
use keydeck::domain::settings::Settings;
use keydeck::domain::team::Role;
use keydeck::tui::effect::Effect;
use keydeck::tui::event::{Answer, Copied, Slot};
use keydeck::tui::session::Session;

use crate::notices::notices;
use crate::ui::{Ui, me, my_keys, now, session};

/// The query that was asked for.
fn asked(ui: &mut Ui) -> Option<NoticeQuery> {
    ui.take().into_iter().find_map(|effect| match effect {
        Effect::Notices(_, query) => Some(query),
        _ => None,
    })
}

#[test]
fn an_admin_asks_for_all_notices_and_goes_through_the_states() {
    let mut ui = Ui::team();
    ui.keys(":notices<Enter>");
    assert_eq!(asked(&mut ui), Some(NoticeQuery::default()));
    ui.answer(Slot::Notices, Answer::Notices(notices(), Some(340)));
    let screen = ui.screen();
    assert!(screen.contains("Notices · the latest 6 of 340"), "{screen}");
    assert!(screen.contains("waiting: tried 3 times, again in 4 min: webhook: https://hooks.acme.example"), "{screen}");
    ui.keys("jy");
    assert_eq!(ui.take(), [Effect::Copy(Copied::Id, "k1".into())]);
    assert!(ui.screen().contains("given up, tried 29 times: smtp:"), "{}", ui.screen());
    for state in ["dead", "waiting", "sent", "void"] {
        ui.keys("f");
        let state = Some(NoticeState::from_word(state));
        assert_eq!(asked(&mut ui).unwrap().state, state);
    }
    ui.answer(Slot::Notices, Answer::Notices(Vec::new(), Some(0)));
    assert!(ui.screen().contains("There is none in this state."), "{}", ui.screen());
    ui.keys("f");
    assert_eq!(asked(&mut ui), Some(NoticeQuery::default()), "round again");
    ui.keys("<Esc>");
    assert!(ui.dialogs().is_empty());
    assert!(ui.take().contains(&Effect::Cancel(Slot::Notices)));
}

#[test]
fn a_late_answer_to_an_earlier_question_is_not_shown() {
    let mut ui = Ui::team();
    ui.keys("N");
    let first = ui.ticket(Slot::Notices);
    ui.keys("f");
    ui.happen(keydeck::tui::event::Event::Answer(Slot::Notices, first, Answer::Notices(notices(), None)));
    assert!(ui.screen().contains("Reading …"), "{}", ui.screen());
}

#[test]
fn others_see_what_they_are_told_and_a_backend_without_notices_says_so() {
    let mut ui = Ui::new((80, 24));
    ui.me(me(Role::User)).keys("N");
    assert_eq!(asked(&mut ui), Some(NoticeQuery { mine: true, state: None }));
    ui.answer(Slot::Notices, Answer::Notices(Vec::new(), Some(0)));
    assert!(ui.screen().contains("Your notices · 0"), "{}", ui.screen());
    let capabilities = Capabilities::all().without(Capability::Notices, "it tells nobody of keys");
    let mut ui = Ui::loaded(Session { capabilities, ..session() }, (80, 24));
    ui.keys("N");
    assert_eq!((ui.take(), ui.message()), (Vec::new(), "it tells nobody of keys"));
}

fn ending(ui: &Ui) -> Option<(usize, i64)> {
    ui.app.ending().map(|ending| (ending.count, (ending.first - now()).num_hours()))
}

fn ends_in(hours: i64, status: Status) -> Key {
    Key { expires: (now() + TimeDelta::hours(hours)).into(), status, ..my_keys().swap_remove(0) }
}

#[test]
fn own_keys_inside_the_teams_days_are_told_of_and_no_others() {
    assert_eq!(ending(&Ui::admin()), None, "this profile wants to be told of none");
    let mut ui = Ui::loaded(Session { notice_days: vec![7], ..session() }, (80, 24));
    assert_eq!(ending(&ui), Some((1, 12 * 24)), "the team's days count");
    let keys = vec![
        Key { id: "a".into(), ..ends_in(72, Status::Enabled) },
        Key { id: "b".into(), ..ends_in(29 * 24, Status::Enabled) },
        Key { id: "c".into(), ..ends_in(5, Status::Disabled) },
    ];
    ui.keys("1<ctrl-r>").load(Scope::Mine, keys);
    assert_eq!(ending(&ui), Some((2, 72)));
    assert!(ui.screen().lines().next().unwrap().contains("2 keys end, in 3 d"), "{}", ui.screen());
    ui.settings(Settings { notify_before_days: vec![14, 1], ..Settings::default() });
    assert_eq!(ending(&ui), Some((1, 72)));
    ui.settings(Settings { notify_before_days: Vec::new(), ..Settings::default() });
    assert_eq!(ending(&ui), None, "the team wants to be told of none");
}

#[test]
fn where_the_backend_names_no_days_the_profile_does() {
    let capabilities = Capabilities::all().without(Capability::Settings, "there are none");
    let mut ui = Ui::on(Session { capabilities, notice_days: vec![7], ..session() }, (80, 24));
    ui.me(me(Role::User)).load(Scope::Mine, vec![ends_in(6 * 24, Status::Enabled)]);
    assert_eq!(ending(&ui), Some((1, 6 * 24)));
    ui.keys("<ctrl-r>").load(Scope::Mine, vec![ends_in(8 * 24, Status::Enabled)]);
    assert_eq!(ending(&ui), None);
    // one that has some, and has not said them yet, is waited for
    let mut ui = Ui::on(Session { notice_days: vec![7], ..session() }, (80, 24));
    ui.me(me(Role::User)).load(Scope::Mine, vec![ends_in(24, Status::Enabled)]);
    assert_eq!(ending(&ui), None);
}
