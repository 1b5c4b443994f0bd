//! The board of campaigns.

use keydeck::tui::event::{CampaignLook, Slot};

use crate::campaigns::{read, stopped, two};
use crate::picture;
use crate::ui::Ui;

fn opened() -> Ui {
    let mut ui = Ui::team();
    ui.keys("K").answer(Slot::Campaigns, two());
    ui
}

#[test]
fn the_board_and_a_cell_of_it() {
    let mut ui = opened();
    picture("campaign_board", &mut ui);
    ui.keys("jj<Right>");
    picture("campaign_board_cursor", &mut ui);
    ui.keys("<Left><Enter>");
    picture("campaign_cell", &mut ui);
}

#[test]
fn what_needs_somebody_with_the_command_that_helps() {
    let mut ui = opened();
    ui.keys("<Right><Right><Right><Right><Enter>");
    picture("campaign_needs", &mut ui);
}

#[test]
fn one_that_stopped_and_is_late() {
    let mut ui = Ui::team();
    ui.keys("K").answer(Slot::Campaigns, read(vec![stopped()], CampaignLook::Looking));
    picture("campaign_stopped", &mut ui);
}

#[test]
fn none() {
    let mut ui = Ui::team();
    ui.keys("K").answer(Slot::Campaigns, read(Vec::new(), CampaignLook::Seen));
    picture("campaign_none", &mut ui);
}
