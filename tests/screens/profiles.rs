//! The profiles to go to, the form that unlocks one, and how a production profile is marked.

use std::time::Duration;

use keydeck::tui::effect::Effect;
use keydeck::tui::event::Event;
use keydeck::tui::session::{ProfileLine, Session};

use crate::picture;
use crate::ui::{Ui, session};

fn line(name: &str, production: bool, read_only: bool, color: Option<&str>) -> ProfileLine {
    ProfileLine {
        name: name.to_owned(),
        address: format!("https://{name}.acme.example"),
        production,
        read_only,
        color: color.map(str::to_owned),
    }
}

#[test]
fn profiles_and_what_marks_them() {
    let mut ui = Ui::team();
    ui.app.profiles = vec![
        line("acme-staging", false, false, Some("green")),
        line("prod", true, true, Some("red")),
        line("a-name\u{202e}that-is-longer-than-most", false, true, None),
    ];
    ui.keys("<ctrl-p>j");
    picture("profiles", &mut ui);
    ui.later("<Enter>");
    picture("profiles_on_the_way", &mut ui);
}

#[test]
fn unlocking_and_unlocked() {
    let mut ui = Ui::loaded(Session { read_only: true, production: true, ..session() }, (80, 24));
    ui.keys("3W");
    picture("unlock", &mut ui);
    ui.later("<Enter>ticket 7<Enter>acme-staging");
    picture("unlock_filled", &mut ui);
    ui.keys("<Enter>");
    let ticket = ui.take().into_iter().find_map(|effect| match effect {
        Effect::Unlock(ticket, ..) => Some(ticket),
        _ => None,
    });
    ui.happen(Event::Unlocked(ticket.unwrap(), Ok(Duration::from_mins(10))));
    picture("unlocked", &mut ui);
    ui.keys("?");
    picture("help_on_production", &mut ui);
}
