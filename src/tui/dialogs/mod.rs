//! The dialogs, kept as a stack. Adding one is one folder and one variant; the compiler lists the rest.

pub mod ask;
pub mod calls;
pub mod choice;
pub mod confirm;
pub mod detail;
pub mod help;
pub mod menu;
pub mod new_key;
pub mod palette;
pub mod review;
pub mod rotate;
pub mod rotations;
pub mod running;

use std::time::Duration;

use super::action::Context;
use crate::domain::bulk::Confirmation;

/// How long a dialog that can destroy, or whose content must be read, is deaf after it opened: keys typed for what stood
/// there before must not answer it.
pub const DEAF: Duration = Duration::from_millis(400);

/// A dialog.
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
    /// One key, or one finding, in full.
    Detail(detail::Detail),
    /// The shown or all marked keys.
    Choice(choice::Choice),
    /// Disabling or enabling one key.
    Ask(Box<ask::Ask>),
    /// The review before a revoke.
    Review(Box<review::Review>),
    /// A revoke under way or over.
    Running(Box<running::Running>),
    /// A new key, from the form to the reveal.
    NewKey(Box<new_key::NewKeyDialog>),
    /// Keys being rotated, from the draft to the end.
    Rotate(Box<rotate::Wizard>),
    /// The rotations that are open.
    Rotations(rotations::Rotations),
}

impl Dialog {
    /// Where its key presses are heard.
    pub fn context(&self) -> Context {
        match self {
            Self::Help(_) => Context::Help,
            Self::Palette(_) => Context::Palette,
            Self::Calls(_) => Context::Calls,
            Self::Sort(_) => Context::Sort,
            Self::States(_) => Context::States,
            Self::Columns(_) => Context::Columns,
            Self::Themes(_) => Context::Themes,
            Self::Detail(_) => Context::Detail,
            Self::Choice(_) => Context::Choice,
            Self::Ask(_) => Context::Ask,
            Self::Review(_) => Context::Review,
            Self::Running(_) => Context::Running,
            Self::NewKey(dialog) => dialog.context(),
            Self::Rotate(wizard) => wizard.context(),
            Self::Rotations(_) => Context::Rotations,
        }
    }

    /// Whether the characters of a masked value are typed into it, so that no letter is an action meanwhile.
    pub fn takes_characters(&self) -> bool {
        let wanted = match self {
            Self::Review(review) => Some(review.confirmation()),
            Self::Ask(ask) => Some(ask.asked.wanted),
            Self::Rotate(wizard) => wizard.asked().map(|asked| asked.wanted),
            _ => None,
        };
        matches!(wanted, Some(Confirmation::Characters(_)))
    }

    /// The detail, if it is one.
    pub fn detail(&self) -> Option<&detail::Detail> {
        match self {
            Self::Detail(detail) => Some(detail),
            _ => None,
        }
    }

    /// When it opened, for the dialogs that are [deaf](DEAF) at first.
    pub fn opened_mut(&mut self) -> Option<&mut Duration> {
        match self {
            Self::Choice(choice) => Some(&mut choice.opened),
            Self::Ask(ask) => Some(&mut ask.opened),
            Self::Review(review) => Some(&mut review.opened),
            Self::Running(running) => Some(&mut running.started),
            Self::NewKey(dialog) => match &mut dialog.stage {
                new_key::Stage::Reveal(reveal) => Some(&mut reveal.opened),
                _ => None,
            },
            Self::Rotate(wizard) => wizard.is_deaf_at_first().then_some(&mut wizard.opened),
            Self::Rotations(list) => Some(&mut list.opened),
            Self::Help(_)
            | Self::Palette(_)
            | Self::Calls(_)
            | Self::Sort(_)
            | Self::States(_)
            | Self::Columns(_)
            | Self::Themes(_)
            | Self::Detail(_) => None,
        }
    }
}

/// Moves a scroll position by `delta`, within `0..=most`.
pub fn scroll(position: usize, delta: isize, most: usize) -> usize {
    position.saturating_add_signed(delta).min(most)
}
