//! The list of notices, and the banner of one's own keys that end soon.

use chrono::TimeDelta;
use keydeck::client::error::ErrorKind;
use keydeck::domain::key::Key;
use keydeck::domain::listing::Scope;
use keydeck::tui::event::{Answer, Slot};
use keydeck::tui::session::Session;

use crate::notices::notices;
use crate::picture;
use crate::ui::{Ui, my_keys, now, session};

fn opened() -> Ui {
    let mut ui = Ui::team();
    ui.keys("N");
    ui
}

#[test]
fn notices_in_each_state() {
    let mut ui = opened();
    picture("notices_reading", &mut ui);
    ui.answer(Slot::Notices, Answer::Notices(notices(), Some(340)));
    picture("notices", &mut ui);
    ui.keys("j");
    picture("notices_dead", &mut ui);
}

#[test]
fn no_notices_and_none_that_could_be_read() {
    let mut ui = opened();
    ui.answer(Slot::Notices, Answer::Notices(Vec::new(), Some(0)));
    picture("notices_none", &mut ui);
    ui.keys("<ctrl-r>").fail(Slot::Notices, ErrorKind::Server);
    picture("notices_failed", &mut ui);
}

#[test]
fn own_keys_that_end_soon_are_told_of_in_the_header() {
    let mut ui = Ui::loaded(Session { notice_days: vec![7], ..session() }, (80, 24));
    let mut keys = my_keys();
    keys[1].expires = (now() + TimeDelta::days(3)).into();
    keys[2].expires = (now() + TimeDelta::days(20)).into();
    ui.keys("1<ctrl-r>").load(Scope::Mine, keys.clone());
    picture("banner_of_own_keys", &mut ui);
    keys[2] = Key { expires: (now() + TimeDelta::hours(5)).into(), ..keys.swap_remove(2) };
    ui.keys("<ctrl-r>").load(Scope::Mine, keys);
    picture("banner_of_own_keys_urgent", &mut ui);
}
