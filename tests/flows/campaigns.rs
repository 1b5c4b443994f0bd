//! The board of campaigns: owner by state, into a cell, to another campaign; it only looks.

use keydeck::domain::campaign::CampaignId;
use keydeck::tui::effect::Effect;
use keydeck::tui::event::{Answer, CampaignLook, CampaignsRead, Copied, Event, Slot};

use crate::campaigns::{read, stopped, two, under_way};
use crate::ui::Ui;

/// Which campaign was asked for, or the first.
fn asked(ui: &mut Ui) -> Option<CampaignId> {
    let asked = ui.take().into_iter().find_map(|effect| match effect {
        Effect::Campaigns(_, _, _, which) => Some(which),
        _ => None,
    });
    asked.expect("it asks for campaigns")
}

fn opened() -> Ui {
    let mut ui = Ui::team();
    ui.keys(":campaign<Enter>");
    assert_eq!(asked(&mut ui), None);
    ui
}

#[test]
fn the_board_shows_each_owners_keys_by_state_and_a_cell_can_be_looked_into() {
    let mut ui = opened();
    assert!(ui.screen().contains("Reading …"), "{}", ui.screen());
    ui.answer(Slot::Campaigns, two());
    let screen = ui.screen();
    for told in [
        "Campaign June 2027 · 1 of 2",
        "6 of 24 rotated",
        "in 45 d",
        "NEEDS SOMEBODY",
        "gateway (service)",
        "everybody",
    ] {
        assert!(screen.contains(told), "{told}\n{screen}");
    }
    // everybody's keys that need somebody are in the last column
    ui.keys("<Right><Right><Right><Right><Enter>");
    let screen = ui.screen();
    assert!(screen.contains("everybody, needs somebody: 3"), "{screen}");
    assert!(screen.contains("where its new value goes is not known") && screen.contains("app-3"), "{screen}");
    ui.keys("c");
    assert_eq!(ui.take(), [Effect::Copy(Copied::Command, "keydeck rotate k3 --sink PLACE".to_owned())]);
    ui.keys("jy");
    assert_eq!(ui.take(), [Effect::Copy(Copied::Id, "k11".to_owned())]);
    // back to the board, then out of it
    ui.keys("<Esc>");
    assert!(ui.screen().contains("everybody"), "{}", ui.screen());
    ui.keys("<Esc>");
    assert!(ui.dialogs().is_empty());
    assert!(ui.take().contains(&Effect::Cancel(Slot::Campaigns)));
}

#[test]
fn one_owners_keys_are_looked_into_whatever_their_state() {
    let mut ui = opened();
    ui.answer(Slot::Campaigns, read(vec![under_way()], CampaignLook::Seen));
    ui.keys("j<Enter>");
    let screen = ui.screen();
    assert!(screen.contains(", in any state: 4"), "{screen}");
}

#[test]
fn another_campaign_is_held_against_the_server_when_it_is_shown() {
    let mut ui = opened();
    ui.answer(Slot::Campaigns, two());
    ui.keys("<Tab>");
    assert_eq!(asked(&mut ui), Some(stopped().id));
    let campaigns = vec![under_way(), stopped()];
    let look = Some((stopped().id, CampaignLook::Failed("no way to https://keys.acme.example".to_owned())));
    ui.answer(Slot::Campaigns, Answer::Campaigns(Box::new(CampaignsRead { campaigns, unreadable: Vec::new(), look })));
    let screen = ui.screen();
    for told in ["Campaign May · 2 of 2", "OVERDUE by 2 d", "As it was seen last: no way", "stopped: app-0"] {
        assert!(screen.contains(told), "{told}\n{screen}");
    }
    ui.keys("c");
    let command = format!("keydeck --profile acme campaign resume {}", stopped().id);
    assert_eq!(ui.take(), [Effect::Copy(Copied::Command, command)]);
    ui.keys("<BackTab>");
    assert_eq!(asked(&mut ui), Some(under_way().id));
}

#[test]
fn a_late_answer_to_an_earlier_question_is_not_shown() {
    let mut ui = opened();
    let first = ui.ticket(Slot::Campaigns);
    ui.answer(Slot::Campaigns, two()).keys("<ctrl-r>");
    ui.happen(Event::Answer(Slot::Campaigns, first, read(vec![stopped()], CampaignLook::Seen)));
    assert!(ui.screen().contains("June 2027"), "{}", ui.screen());
}

#[test]
fn without_any_it_says_how_one_is_started() {
    let mut ui = opened();
    ui.answer(Slot::Campaigns, read(Vec::new(), CampaignLook::Seen));
    assert!(ui.screen().contains("keydeck campaign start"), "{}", ui.screen());
    ui.keys("<Right>j<Enter>y");
    assert!(ui.message().contains("nothing here"), "{}", ui.message());
    let unreadable = vec!["the campaign 01KB cannot be read: line 2 is damaged".to_owned()];
    let told = CampaignsRead { unreadable, ..CampaignsRead::default() };
    ui.keys("<ctrl-r>").answer(Slot::Campaigns, Answer::Campaigns(Box::new(told)));
    assert!(ui.screen().contains("line 2 is damaged"), "{}", ui.screen());
}
