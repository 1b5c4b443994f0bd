//! The review before a revoke: its own frozen list, and the confirmation that must be typed.

use crate::domain::bulk::{Confirmation, Plan};
use crate::domain::key_value::KeyKind;
use crate::domain::time::{Time, exact};
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::confirm::Confirm;
use crate::tui::keymap::Keymap;
use crate::tui::text;
use crate::tui::text::thousands;

mod update;
pub mod view;

#[derive(Debug)]
pub struct Review {
    /// What will be sent: frozen, so that what was read is what is revoked.
    pub plan: Plan,
    /// Whether a single key of one's own is deleted rather than revoked.
    pub delete: bool,
    /// What is typed to confirm it.
    pub confirm: Confirm,
    /// The first line of the list shown.
    pub scroll: usize,
    /// When the keys were read, if that was a while ago: their last uses are as old.
    pub stale_since: Option<Time>,
}

/// Columns of the window, where there are as many.
pub const WIDTH: u16 = 78;

/// What stands where in the review's window.
#[derive(Debug)]
pub struct Arrangement {
    /// What will happen, above the list.
    pub top: Vec<String>,
    /// What is left out or included, below it.
    pub below: Vec<(String, Aside)>,
    /// Whether a blank line stands above and below the list.
    pub roomy: bool,
    /// Rows of the window, border included.
    pub height: u16,
    /// Rows of the list.
    pub list: u16,
}

/// What a line below the list is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aside {
    /// The last uses that are shown are old.
    Stale,
    /// Keys that are left out since there is nothing to revoke.
    LeftOut,
    /// The console's own key, left out.
    OwnLeftOut,
    /// The console's own key, included.
    OwnIncluded,
}

impl Review {
    /// A review of `plan`.
    pub fn new(plan: Plan, delete: bool) -> Self {
        Self { plan, delete, confirm: Confirm::default(), scroll: 0, stale_since: None }
    }

    /// What must be typed.
    pub fn confirmation(&self) -> Confirmation {
        self.plan.confirmation()
    }

    /// A character was typed.
    pub fn type_char(&mut self, c: char) {
        self.confirm.type_char(c, self.confirmation());
    }

    /// `y`: true if that confirms.
    pub fn yes(&mut self) -> bool {
        self.confirm.yes(self.confirmation())
    }

    /// Enter: true if what is wanted stands there.
    pub fn enter(&mut self) -> bool {
        self.confirm.enter(self.confirmation())
    }

    /// Includes the console's own key, or leaves it out again. What was typed does not count any more.
    pub fn toggle_own(&mut self) {
        if self.plan.own.is_some() {
            self.plan.include_own = !self.plan.include_own;
            self.confirm = Confirm::default();
        }
    }

    /// What stands where on a screen of this size.
    pub fn arrange(&self, (columns, rows): (u16, u16), keymap: &Keymap) -> Arrangement {
        let key = |action| keymap.press(action, Context::Review);
        let room = usize::from(columns.min(WIDTH).saturating_sub(4));
        // in a narrow window the rows are needed for the keys
        let sentence = if room < 50 { "This cannot be undone.".to_owned() } else { sentence(self) };
        let top = text::wrap(&sentence, room);
        let mut below: Vec<(String, Aside)> = Vec::new();
        if let Some(since) = self.stale_since {
            let words = format!(
                "Last uses are as of {}: {} and {} look again",
                exact(since),
                key(Action::Back),
                keymap.press(Action::Refresh, Context::List)
            );
            below.extend(text::wrap(&words, room).into_iter().map(|line| (line, Aside::Stale)));
        }
        if self.plan.already_revoked > 0 {
            below.push((format!("Left out: {} already revoked", keys(self.plan.already_revoked)), Aside::LeftOut));
        }
        if let Some(own) = &self.plan.own {
            // a long name must not take the rows in which the keys are read
            let name = text::cut(&own.name.marked(), room.min(40));
            let key = match self.confirmation() {
                // letters are typed into the confirmation
                Confirmation::Characters(_) => keymap.press_beside_text(Action::IncludeOwn, Context::Review),
                Confirmation::Yes | Confirmation::Count(_) => key(Action::IncludeOwn),
            };
            let (words, aside) = if self.plan.include_own {
                let words = format!("Included, last: {name}, the key this console uses   [{key}] leave it out");
                (words, Aside::OwnIncluded)
            } else {
                let words = format!("Left out: {name}, the key this console uses   [{key}] include it");
                (words, Aside::OwnLeftOut)
            };
            below.extend(text::wrap(&words, room).into_iter().map(|line| (line, aside)));
        }
        let around = u16::try_from(top.len() + below.len() + 1).unwrap_or(u16::MAX);
        let lines = u16::try_from(self.lines()).unwrap_or(u16::MAX);
        // with the border, and a blank above and below the list where there is room
        let most = rows.saturating_sub(2).max(12).min(rows);
        let height = around.saturating_add(lines).saturating_add(5).min(most);
        let inside = height.saturating_sub(2);
        let roomy = inside > around.saturating_add(lines).saturating_add(1);
        let list = inside.saturating_sub(around + 2 * u16::from(roomy));
        Arrangement { top, below, roomy, height, list }
    }

    /// How far the list can be scrolled on a screen of this size.
    pub fn most(&self, size: (u16, u16), keymap: &Keymap) -> usize {
        let list = usize::from(self.arrange(size, keymap).list);
        if self.lines() <= list { 0 } else { (self.lines() + 1).saturating_sub(list) }
    }

    /// The lines of the list: headings and keys.
    pub fn lines(&self) -> usize {
        let heading = |keys: usize| if keys == 0 { 0 } else { keys + 1 };
        heading(self.plan.used_today.len()) + heading(self.plan.rest.len()) + if self.plan.sends_own() { 2 } else { 0 }
    }
}

/// What is done: a single key of one's own and collection access keys are deleted.
fn verb(review: &Review) -> &'static str {
    let collection = review.plan.keys().all(|key| key.kind == KeyKind::CollectionAccessKey);
    if review.delete || (collection && review.plan.count() > 0) { "Delete" } else { "Revoke" }
}

fn keys(count: usize) -> String {
    if count == 1 { "1 key".to_owned() } else { format!("{} keys", thousands(count)) }
}

fn sentence(review: &Review) -> String {
    let told = if review.plan.keys().all(|key| key.kind == KeyKind::ApiKey) {
        " What uses them stops working at once."
    } else {
        " Who reads these collections with them is locked out at once."
    };
    let told = if review.plan.count() <= 1 {
        told.replace("them", "it").replace("these collections", "this collection")
    } else {
        told.to_owned()
    };
    format!("This cannot be undone.{told}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::key::Key;

    fn review(keys: &[&str]) -> Review {
        let keys = keys.iter().map(|id| Key { masked: "kdk_…9fQ2".into(), ..Key::sample(id) });
        let plan = Plan::new(keys, Some(&"own".into()), crate::domain::time::Time::default());
        Review::new(plan, false)
    }

    #[test]
    fn one_key_takes_its_last_four_and_never_y_or_enter_alone() {
        let mut one = review(&["a"]);
        assert!(!one.enter() && !one.yes());
        "9fQ".chars().for_each(|c| one.type_char(c));
        assert!(!one.enter());
        "9fq2".chars().for_each(|c| one.type_char(c));
        assert!(!one.enter(), "in the case of the value");
        "9fQ2".chars().for_each(|c| one.type_char(c));
        assert!(!one.yes());
        assert!(one.enter());
    }

    #[test]
    fn several_take_their_number_and_never_y() {
        let mut three = review(&["a", "b", "c"]);
        assert!(!three.yes());
        assert!(!three.enter());
        three.type_char('2');
        assert!(!three.enter());
        assert_eq!(three.confirm.typed, "");
        three.type_char('3');
        assert!(three.enter());
    }

    #[test]
    fn including_the_own_key_voids_what_was_typed() {
        let mut review = review(&["a", "own", "b"]);
        review.type_char('2');
        review.toggle_own();
        assert!(!review.enter());
        review.type_char('3');
        assert!(review.enter());
    }

    #[test]
    fn the_own_key_alone_is_left_out_until_asked_for() {
        let mut review = review(&["own"]);
        assert_eq!(review.plan.count(), 0);
        assert!(!review.yes() && !review.enter());
        review.toggle_own();
        assert_eq!(review.confirmation().typed().as_deref(), Some("9fQ2"));
    }
}
