//! The dialogs. Each is a folder: its state and what is true of it (`mod.rs`), what changes it (`update.rs`), its drawing
//! (`view.rs`). Adding one is one folder and one variant; the matches below have no wildcard arm, so that the compiler
//! lists the rest.

#![expect(
    clippy::needless_pass_by_value,
    reason = "each update takes its input in one form, also where it keeps nothing of what an answer holds"
)]

pub mod ask;
pub mod calls;
pub mod campaigns;
pub mod changes;
pub mod choice;
pub mod confirm;
pub mod contain;
pub mod detail;
pub mod edit;
pub mod explain;
pub mod finding;
pub mod form;
pub mod help;
pub mod incidents;
pub mod language;
pub mod login;
pub mod manual;
pub mod menu;
pub mod new_key;
pub mod notices;
pub mod offboard;
pub mod palette;
pub mod pause;
pub mod person;
pub mod picture;
pub mod policy;
pub mod profiles;
pub mod recipient;
pub mod regenerate;
pub mod resolve;
pub mod reveal;
pub mod review;
pub mod revoke_all;
pub mod rotate;
pub mod rotations;
pub mod running;
pub mod setting;
pub mod stack;
pub mod track;
pub mod unlock;
pub mod view;
pub mod views;

pub use stack::{DEAF, Stack};

use super::action::{Action, Context};
use super::effect::Effect;
use super::event::Copied;
use super::facts::Facts;
use super::request::{Input, Request};
use super::ticket::Ticket;
use crate::domain::bulk::Confirmation;
use crate::domain::ids::KeyId;
use crate::domain::time::Time;
use crate::domain::untrusted::Untrusted;

/// What a dialog, or a screen that opens dialogs, asks for.
pub type Requests = Vec<Request<Dialog>>;

#[derive(Debug)]
pub enum Dialog {
    /// What can be done here.
    Help(help::Help),
    /// What to do, by its name.
    Palette(palette::Palette),
    /// The calls of this session.
    Calls(calls::CallsDialog),
    /// Columns to sort by.
    Sort(menu::SortMenu),
    /// Which states are shown.
    States(menu::StatesMenu),
    /// Columns to show, and their order.
    Columns(menu::ColumnsMenu),
    /// Themes to try.
    Themes(menu::ThemesMenu),
    /// One key in full.
    Detail(Box<detail::Detail>),
    /// One finding in full.
    Finding(Box<finding::FindingDetail>),
    /// The shown or all marked keys.
    Choice(choice::Choice),
    /// Disabling or enabling one key.
    Ask(Box<ask::Ask>),
    /// The review before a revoke.
    Review(Box<review::Review>),
    /// A change of many keys under way or over.
    Running(Box<running::Running>),
    /// The form of a new key.
    NewKey(Box<new_key::NewKey>),
    /// The form of a key's name and contacts.
    Edit(Box<edit::Edit>),
    /// The form of a key that is written down here.
    Track(Box<track::Track>),
    /// The form of a new value for a key.
    Regenerate(Box<regenerate::Regenerate>),
    /// The form of a finding's resolution.
    Resolve(Box<resolve::Resolve>),
    /// A new value, until it is safe.
    Reveal(Box<reveal::Reveal>),
    /// Keys being rotated, from the draft to the end.
    Rotate(Box<rotate::Wizard>),
    /// The rotations that are open.
    Rotations(rotations::Rotations),
    /// The changes of many keys that were cut short.
    Changes(changes::Changes),
    /// A leak that is being contained.
    Contain(Box<contain::Contain>),
    /// The incidents that were cut short.
    Incidents(incidents::Incidents),
    /// What people are told of their keys.
    Notices(notices::Notices),
    /// Campaigns: owner by state.
    Campaigns(Box<campaigns::Campaigns>),
    /// What the filter understands.
    Language(language::Language),
    /// A chapter of the manual.
    Manual(manual::Manual),
    /// Filters that go by a name.
    Views(views::ViewsMenu),
    /// What a setting does.
    Explain(explain::Explain),
    /// The field of a setting.
    Setting(Box<setting::SettingField>),
    /// The review of staged settings.
    Policy(Box<policy::Policy>),
    /// The review before every key of the team is revoked.
    RevokeAll(Box<revoke_all::RevokeAllDialog>),
    /// Whom keys are to be handed over to.
    Recipient(Box<recipient::Recipient>),
    /// Who tried a key that was disabled for a while.
    Pause(Box<pause::PauseReport>),
    /// Somebody leaves.
    Offboard(Box<offboard::Offboard>),
    /// The profiles to go to.
    Profiles(profiles::ProfilesMenu),
    /// The form that unlocks a read-only profile.
    Unlock(Box<unlock::Unlock>),
    /// Logging in, where a session is what asks.
    Login(Box<login::Login>),
    /// A picture of the list in front.
    Picture(Box<picture::PictureDialog>),
}

impl Dialog {
    /// Where its key presses are heard.
    pub fn context(&self) -> Context {
        match self {
            Self::Help(_) => Context::Help,
            Self::Palette(_) | Self::Recipient(_) => Context::Palette,
            Self::Calls(_) => Context::Calls,
            Self::Sort(_) => Context::Sort,
            Self::States(_) => Context::States,
            Self::Columns(_) => Context::Columns,
            Self::Themes(_) => Context::Themes,
            Self::Detail(_) => Context::Detail,
            Self::Finding(_) => Context::Finding,
            Self::Choice(_) => Context::Choice,
            Self::Ask(_) => Context::Ask,
            Self::Review(_) => Context::Review,
            Self::Running(_) => Context::Running,
            Self::NewKey(_)
            | Self::Edit(_)
            | Self::Track(_)
            | Self::Regenerate(_)
            | Self::Resolve(_)
            | Self::Setting(_)
            | Self::Unlock(_)
            | Self::Login(_)
            | Self::RevokeAll(_) => Context::Form,
            Self::Reveal(_) => Context::Reveal,
            Self::Rotate(wizard) => wizard.context(),
            Self::Rotations(_) => Context::Rotations,
            Self::Changes(_) => Context::Changes,
            Self::Contain(contain) => contain.context(),
            Self::Incidents(_) => Context::Incidents,
            Self::Notices(_) => Context::Notices,
            Self::Campaigns(_) => Context::Campaigns,
            Self::Language(_) | Self::Manual(_) | Self::Explain(_) | Self::Pause(_) => Context::Page,
            Self::Views(menu) => menu.context(),
            Self::Profiles(_) => Context::Profiles,
            Self::Picture(_) => Context::Picture,
            Self::Policy(policy) => policy.context(),
            Self::Offboard(offboard) => offboard.context(),
        }
    }

    /// Whether the characters of a masked value are typed into it, so that no letter is an action meanwhile.
    pub fn takes_characters(&self) -> bool {
        let wanted = match self {
            Self::Review(review) => Some(review.confirmation()),
            Self::Ask(ask) => Some(ask.asked.wanted),
            Self::Rotate(wizard) => wizard.asked().map(|asked| asked.wanted),
            Self::Contain(contain) => contain.asked().map(|asked| asked.wanted),
            Self::Help(_)
            | Self::Palette(_)
            | Self::Calls(_)
            | Self::Sort(_)
            | Self::States(_)
            | Self::Columns(_)
            | Self::Themes(_)
            | Self::Detail(_)
            | Self::Finding(_)
            | Self::Choice(_)
            | Self::Running(_)
            | Self::NewKey(_)
            | Self::Edit(_)
            | Self::Track(_)
            | Self::Regenerate(_)
            | Self::Resolve(_)
            | Self::Reveal(_)
            | Self::Rotations(_)
            | Self::Changes(_)
            | Self::Incidents(_)
            | Self::Notices(_)
            | Self::Campaigns(_)
            | Self::Language(_)
            | Self::Manual(_)
            | Self::Views(_)
            | Self::Explain(_)
            | Self::Setting(_)
            | Self::Policy(_)
            | Self::Profiles(_)
            | Self::Unlock(_)
            | Self::Login(_)
            | Self::RevokeAll(_)
            | Self::Recipient(_)
            | Self::Pause(_)
            | Self::Picture(_)
            | Self::Offboard(_) => None,
        };
        matches!(wanted, Some(Confirmation::Characters(_)))
    }

    /// Takes an input in, and says what follows.
    pub fn update(&mut self, input: Input, facts: &Facts) -> Requests {
        match self {
            Self::Help(help) => help.update(input, facts),
            Self::Palette(palette) => palette.update(input, facts),
            Self::Calls(calls) => calls.update(input, facts),
            Self::Sort(menu) => menu.update(input, facts),
            Self::States(menu) => menu.update(input, facts),
            Self::Columns(menu) => menu.update(input, facts),
            Self::Themes(menu) => menu.update(input, facts),
            Self::Detail(detail) => detail.update(input, facts),
            Self::Finding(detail) => detail.update(input, facts),
            Self::Choice(choice) => choice.update(input, facts),
            Self::Ask(ask) => ask.update(input, facts),
            Self::Review(review) => review.update(input, facts),
            Self::Running(running) => running.update(input, facts),
            Self::NewKey(form) => form.update(input, facts),
            Self::Edit(form) => form.update(input, facts),
            Self::Track(form) => form.update(input, facts),
            Self::Regenerate(form) => form.update(input, facts),
            Self::Resolve(form) => form.update(input, facts),
            Self::Reveal(reveal) => reveal.update(input, facts),
            Self::Rotate(wizard) => wizard.update(input, facts),
            Self::Rotations(list) => list.update(input, facts),
            Self::Changes(list) => list.update(input, facts),
            Self::Contain(contain) => contain.update(input, facts),
            Self::Incidents(list) => list.update(input, facts),
            Self::Notices(list) => list.update(input, facts),
            Self::Campaigns(board) => board.update(input, facts),
            Self::Language(page) => page.update(input, facts),
            Self::Manual(page) => page.update(input, facts),
            Self::Views(menu) => menu.update(input, facts),
            Self::Explain(page) => page.update(input, facts),
            Self::Setting(field) => field.update(input, facts),
            Self::Policy(policy) => policy.update(input, facts),
            Self::RevokeAll(all) => all.update(input, facts),
            Self::Recipient(recipient) => recipient.update(input, facts),
            Self::Pause(report) => report.update(input, facts),
            Self::Offboard(offboard) => offboard.update(input, facts),
            Self::Profiles(menu) => menu.update(input, facts),
            Self::Unlock(form) => form.update(input, facts),
            Self::Login(form) => form.update(input, facts),
            Self::Picture(picture) => picture.update(input, facts),
        }
    }

    /// Whether it does not listen for [a moment](DEAF) after it came to be seen.
    pub fn is_deaf_at_first(&self) -> bool {
        match self {
            Self::Choice(_)
            | Self::Ask(_)
            | Self::Review(_)
            | Self::Running(_)
            | Self::Reveal(_)
            | Self::Rotations(_)
            | Self::Policy(_)
            | Self::RevokeAll(_)
            | Self::Changes(_)
            | Self::Profiles(_)
            | Self::Login(_)
            | Self::Incidents(_) => true,
            Self::Contain(contain) => contain.is_deaf_at_first(),
            Self::Rotate(wizard) => wizard.is_deaf_at_first(),
            Self::Offboard(offboard) => offboard.is_deaf_at_first(),
            Self::Help(_)
            | Self::Palette(_)
            | Self::Calls(_)
            | Self::Sort(_)
            | Self::States(_)
            | Self::Columns(_)
            | Self::Themes(_)
            | Self::Detail(_)
            | Self::Finding(_)
            | Self::NewKey(_)
            | Self::Edit(_)
            | Self::Track(_)
            | Self::Regenerate(_)
            | Self::Resolve(_)
            | Self::Notices(_)
            | Self::Campaigns(_)
            | Self::Language(_)
            | Self::Manual(_)
            | Self::Explain(_)
            | Self::Setting(_)
            | Self::Recipient(_)
            | Self::Pause(_)
            | Self::Unlock(_)
            | Self::Picture(_)
            | Self::Views(_) => false,
        }
    }

    /// What of it would be lost or left half done if the console went to another profile, in words that follow "not now";
    /// none where it can simply go.
    pub fn under_way(&self, now: Time) -> Option<&'static str> {
        const ANSWER: &str = "the answer to a change is still awaited";
        let sending = |sending: bool| sending.then_some(ANSWER);
        match self {
            Self::Running(running) => {
                running.ended.is_none().then_some("a change of many keys is being sent; c sends no more")
            }
            Self::NewKey(form) => sending(form.form.state == form::State::Sending),
            Self::Edit(form) => sending(form.form.state == form::State::Sending),
            Self::Regenerate(form) => sending(form.form.state == form::State::Sending),
            Self::Resolve(form) => sending(form.form.state == form::State::Sending),
            Self::Unlock(form) => sending(form.form.state == form::State::Sending),
            Self::Login(form) => (form.form.state == form::State::Sending).then_some("logging in"),
            Self::Track(form) => sending(form.form.state == form::State::Sending),
            Self::Policy(policy) => match policy.stage {
                policy::Stage::Saving | policy::Stage::UnderWay(_) => Some(ANSWER),
                policy::Stage::Looking
                | policy::Stage::Asking
                | policy::Stage::NotKnown(_)
                | policy::Stage::Conflict
                | policy::Stage::Refused(_) => None,
            },
            Self::RevokeAll(all) => match all.stage {
                revoke_all::Stage::Sending | revoke_all::Stage::UnderWay(_) => Some(ANSWER),
                revoke_all::Stage::Asking | revoke_all::Stage::Over(_) => None,
            },
            Self::Reveal(reveal) => {
                (!reveal.safe && reveal.value.is_some()).then_some("a new value is nowhere safe yet")
            }
            Self::Offboard(offboard) => {
                offboard.is_sending().then_some("somebody is being off-boarded; c sends no more")
            }
            Self::Contain(contain) => contain.is_open(now).then_some("a leak is being contained; close it first"),
            // what is under way of it ends its step and stays open on disk
            Self::Rotate(_)
            | Self::Help(_)
            | Self::Palette(_)
            | Self::Calls(_)
            | Self::Sort(_)
            | Self::States(_)
            | Self::Columns(_)
            | Self::Themes(_)
            | Self::Detail(_)
            | Self::Finding(_)
            | Self::Choice(_)
            | Self::Ask(_)
            | Self::Review(_)
            | Self::Rotations(_)
            | Self::Changes(_)
            | Self::Incidents(_)
            | Self::Notices(_)
            | Self::Campaigns(_)
            | Self::Language(_)
            | Self::Manual(_)
            | Self::Explain(_)
            | Self::Setting(_)
            | Self::Profiles(_)
            | Self::Recipient(_)
            | Self::Pause(_)
            | Self::Picture(_)
            | Self::Views(_) => None,
        }
    }

    /// Whether it has rows to count, to be [gone on](Self::go_on) with.
    pub fn is_busy(&self, facts: &Facts) -> bool {
        if let Self::Picture(picture) = self { picture.is_behind(facts) } else { false }
    }

    /// Counts another slice of the rows.
    pub fn go_on(&mut self, facts: &Facts) {
        if let Self::Picture(picture) = self {
            picture.go_on(facts);
        }
    }

    /// Whether it asked for something with this ticket.
    pub fn waits_for(&self, ticket: Ticket) -> bool {
        match self {
            Self::Detail(detail) => detail.waits_for(ticket),
            Self::Finding(detail) => detail.waits_for(ticket),
            Self::Ask(ask) => ask.ticket == ticket,
            Self::Review(review) => review.ticket == ticket,
            Self::Running(running) => running.ticket == ticket,
            Self::NewKey(form) => form.ticket == ticket,
            Self::Edit(form) => form.ticket == ticket,
            Self::Track(form) => form.ticket == ticket,
            Self::Regenerate(form) => form.ticket == ticket,
            Self::Resolve(form) => form.ticket == ticket,
            Self::Reveal(reveal) => reveal.ticket == ticket,
            Self::Rotate(wizard) => wizard.ticket == ticket,
            Self::Changes(list) => list.waits_for(ticket),
            Self::Contain(contain) => contain.ticket == ticket,
            Self::Policy(policy) => policy.ticket == ticket,
            Self::RevokeAll(all) => all.ticket == ticket,
            Self::Offboard(offboard) => offboard.ticket == ticket,
            Self::Pause(report) => report.ticket == ticket,
            Self::Unlock(form) => form.ticket == ticket,
            Self::Login(form) => form.ticket == ticket,
            Self::Notices(list) => list.ticket == ticket,
            Self::Campaigns(board) => board.ticket == ticket,
            Self::Help(_)
            | Self::Palette(_)
            | Self::Calls(_)
            | Self::Sort(_)
            | Self::States(_)
            | Self::Columns(_)
            | Self::Themes(_)
            | Self::Choice(_)
            | Self::Rotations(_)
            | Self::Incidents(_)
            | Self::Language(_)
            | Self::Manual(_)
            | Self::Explain(_)
            | Self::Setting(_)
            | Self::Recipient(_)
            | Self::Profiles(_)
            | Self::Picture(_)
            | Self::Views(_) => false,
        }
    }
}

/// Moves a cursor or a scroll position by `delta`, within `0..=most`.
pub fn scroll(position: usize, delta: isize, most: usize) -> usize {
    position.saturating_add_signed(delta).min(most)
}

/// What an input does to a page that is only read, of so many `lines` with `room` for some: it scrolls, or closes.
fn turn(position: &mut usize, input: Input, lines: usize, room: usize) -> Requests {
    let rows = match input {
        Input::Action(action) => match moved(action, room) {
            Some(rows) => rows,
            None => return vec![Request::Close],
        },
        Input::Scroll(rows) => rows,
        Input::Text(_)
        | Input::Edit(_)
        | Input::Paste(_)
        | Input::Reply(_)
        | Input::Wake
        | Input::Conceal
        | Input::Quit => return Vec::new(),
    };
    let last = lines.saturating_sub(room);
    *position = scroll((*position).min(last), rows, last);
    Vec::new()
}

/// By how many rows an action moves, where a page has so many; none for what does not move.
pub fn moved(action: Action, page: usize) -> Option<isize> {
    let page = page.max(1).cast_signed();
    match action {
        Action::Down => Some(1),
        Action::Up => Some(-1),
        Action::PageDown => Some(page),
        Action::PageUp => Some(-page),
        Action::Bottom => Some(isize::MAX),
        Action::Top => Some(isize::MIN),
        _ => None,
    }
}

/// Copies an id or a masked value, as the action says.
pub fn copy(action: Action, id: Option<&KeyId>, masked: &Untrusted) -> Requests {
    vec![match (action, id) {
        (Action::CopyId, Some(id)) => Request::Do(Effect::Copy(Copied::Id, id.to_string())),
        (Action::CopyId, None) => Request::info("This finding names no key: there is no id to copy"),
        _ => Request::Do(Effect::Copy(Copied::Masked, masked.to_string())),
    }]
}
