//! Drawing: each dialog draws itself.

use ratatui::Frame;

use super::{
    Dialog, ask, calls, campaigns, changes, choice, contain, detail, edit, explain, finding, help, incidents, language,
    login, manual, menu, new_key, notices, offboard, palette, pause, picture, policy, profiles, recipient, regenerate,
    resolve, reveal, review, revoke_all, rotate, rotations, running, setting, track, unlock, views,
};
use crate::tui::view::Look;

pub fn draw(look: Look, dialog: &Dialog, frame: &mut Frame) {
    match dialog {
        Dialog::Help(help) => help::view::draw(look, help, frame),
        Dialog::Palette(palette) => palette::view::draw(look, palette, frame),
        Dialog::Calls(calls) => calls::view::draw(look, calls, frame),
        Dialog::Sort(menu) => menu::view::draw_sort(look, menu, frame),
        Dialog::Themes(menu) => menu::view::draw_themes(look, menu, frame),
        Dialog::States(menu) => menu::view::draw_states(look, menu, frame),
        Dialog::Columns(menu) => menu::view::draw_columns(look, menu, frame),
        Dialog::Detail(detail) => detail::view::draw(look, detail, frame),
        Dialog::Finding(detail) => finding::view::draw(look, detail, frame),
        Dialog::Choice(choice) => choice::view::draw(look, choice, frame),
        Dialog::Ask(ask) => ask::view::draw(look, ask, frame),
        Dialog::Review(review) => review::view::draw(look, review, frame),
        Dialog::Running(running) => running::view::draw(look, running, frame),
        Dialog::NewKey(dialog) => new_key::view::draw(look, dialog, frame),
        Dialog::Edit(dialog) => edit::view::draw(look, dialog, frame),
        Dialog::Track(dialog) => track::view::draw(look, dialog, frame),
        Dialog::Regenerate(dialog) => regenerate::view::draw(look, dialog, frame),
        Dialog::Resolve(dialog) => resolve::view::draw(look, dialog, frame),
        Dialog::Reveal(reveal) => reveal::view::draw(look, reveal, frame),
        Dialog::Rotate(wizard) => rotate::view::draw(look, wizard, frame),
        Dialog::Rotations(list) => rotations::view::draw(look, list, frame),
        Dialog::Changes(list) => changes::view::draw(look, list, frame),
        Dialog::Contain(contain) => contain::view::draw(look, contain, frame),
        Dialog::Incidents(list) => incidents::view::draw(look, list, frame),
        Dialog::Campaigns(board) => campaigns::view::draw(look, board, frame),
        Dialog::Notices(list) => notices::view::draw(look, list, frame),
        Dialog::Language(page) => language::view::draw(look, page, frame),
        Dialog::Manual(page) => manual::view::draw(look, page, frame),
        Dialog::Views(menu) => views::view::draw(look, menu, frame),
        Dialog::Explain(page) => explain::view::draw(look, page, frame),
        Dialog::Setting(field) => setting::view::draw(look, field, frame),
        Dialog::Policy(policy) => policy::view::draw(look, policy, frame),
        Dialog::Pause(report) => pause::view::draw(look, report, frame),
        Dialog::Recipient(recipient) => recipient::view::draw(look, recipient, frame),
        Dialog::Offboard(offboard) => offboard::view::draw(look, offboard, frame),
        Dialog::RevokeAll(all) => revoke_all::view::draw(look, all, frame),
        Dialog::Profiles(menu) => profiles::view::draw(look, menu, frame),
        Dialog::Unlock(form) => unlock::view::draw(look, form, frame),
        Dialog::Login(form) => login::view::draw(look, form, frame),
        Dialog::Picture(dialog) => picture::view::draw(look, dialog, frame),
    }
}
