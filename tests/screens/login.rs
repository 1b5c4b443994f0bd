//! The form that logs somebody in with a one-time password.

use keydeck::client::error::ErrorKind;
use keydeck::domain::one_time::Terms;
use keydeck::tui::effect::Effect;
use keydeck::tui::event::Event;
use keydeck::tui::session::Session;
use keydeck::tui::ticket::Ticket;

use crate::picture;
use crate::ui::{Ui, error, session};

fn ticket(ui: &mut Ui) -> Ticket {
    let asked = ui.take().into_iter().find_map(|effect| match effect {
        Effect::SendPassword(ticket, _) | Effect::LogIn(ticket, ..) => Some(ticket),
        _ => None,
    });
    asked.unwrap_or_else(|| panic!("nothing was asked\n{}", ui.screen()))
}

#[test]
fn a_password_is_asked_for_typed_and_not_accepted() {
    let terms = Terms { length: 6, lives_seconds: 600, pause_seconds: 30, tries: 4, lasts_hours: 24 };
    let capabilities = session().capabilities.with_sign_in(terms);
    let address = "https://api.postman.gov.sg/v1".to_owned();
    let mut ui = Ui::loaded(Session { capabilities, address, ..session() }, (80, 24));
    ui.happen(Event::LoginNeeded(String::new()));
    picture("login", &mut ui);
    ui.later("<ctrl-u>alice@agency.gov.sg<Enter>");
    let asked = ticket(&mut ui);
    ui.happen(Event::PasswordSent(asked, Box::new(Ok(()))));
    picture("login_password", &mut ui);
    ui.later("abcdef<Enter>");
    let asked = ticket(&mut ui);
    ui.happen(Event::LoggedIn(asked, Box::new(Err(error(ErrorKind::Unauthenticated)))));
    picture("login_wrong", &mut ui);
}
