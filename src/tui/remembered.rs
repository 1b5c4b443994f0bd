//! What is remembered of a profile from one run to the next: how a person likes to see it, and nothing about keys.

use crate::domain::sort::{Column, Sort};
use crate::domain::table::States;
use crate::tui::tab::Tab;

/// How a person likes to see a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    pub tab: Tab,
    /// The theme that was chosen; none while nobody did.
    pub theme: Option<String>,
    /// How each list is seen; those that are not named are as they always were.
    pub lists: Vec<(Tab, ListHabits)>,
}

/// How a person likes to see a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListHabits {
    pub sort: Sort,
    pub states: States,
    /// The columns, from the left.
    pub columns: Vec<Column>,
}
