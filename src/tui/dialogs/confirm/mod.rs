//! What must be typed before something that cannot be taken back: a yes for one idle key, else the number of keys.

use crate::domain::bulk::Confirmation;
use crate::tui::action::{Action, Context};
use crate::tui::keymap::Keymap;

pub mod view;

/// Why what was typed does not confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The console's own key alone, which is not included yet.
    NothingLeft,
    /// A single key takes a yes and nothing else.
    TypeYes,
    /// Enter, where a yes is needed.
    EnterAlone,
    /// Something else than a number.
    TypeNumber,
    /// A yes, where the number is needed.
    NumberThenEnter,
    /// Enter without a number.
    NumberFirst,
    /// Another number.
    NotTheNumber,
    /// A paste.
    Pasted,
}

impl Problem {
    /// The problem in words; `verb` is what would be done: "revoke".
    pub fn words(self, keymap: &Keymap, context: Context, verb: &str) -> String {
        let key = |action| keymap.press(action, context);
        match self {
            Self::NothingLeft => format!("{} includes it, {} keeps it", key(Action::IncludeOwn), key(Action::Back)),
            Self::TypeYes => format!("{} {verb}s it, {} keeps it", key(Action::Confirm), key(Action::Back)),
            Self::EnterAlone => {
                format!("{} alone never {verb}s: press {}", key(Action::Choose), key(Action::Confirm))
            }
            Self::TypeNumber => "type the number of keys".to_owned(),
            Self::NumberThenEnter => format!("type the number of keys, then {}", key(Action::Choose)),
            Self::NumberFirst => "type the number of keys first".to_owned(),
            Self::NotTheNumber => "that is not the number of keys".to_owned(),
            Self::Pasted => "a paste does not confirm: type it".to_owned(),
        }
    }
}

/// A confirmation as it is typed. What is wanted comes with each key press, since it may change meanwhile.
#[derive(Debug, Default)]
pub struct Confirm {
    /// The number typed so far.
    pub typed: String,
    /// Why the last input did not confirm.
    pub problem: Option<Problem>,
}

impl Confirm {
    /// A character was typed. Only digits are taken, and only where a number is asked for.
    pub fn type_char(&mut self, c: char, wanted: Confirmation) {
        self.problem = None;
        match wanted {
            Confirmation::Count(0) => self.problem = Some(Problem::NothingLeft),
            Confirmation::Count(_) if c.is_ascii_digit() && self.typed.len() < 7 => self.typed.push(c),
            Confirmation::Count(_) => self.problem = Some(Problem::TypeNumber),
            Confirmation::Yes => self.problem = Some(Problem::TypeYes),
        }
    }

    /// Backspace.
    pub fn erase(&mut self) {
        self.problem = None;
        self.typed.pop();
    }

    /// `y`: true if that confirms.
    pub fn yes(&mut self, wanted: Confirmation) -> bool {
        match wanted {
            Confirmation::Yes => return true,
            Confirmation::Count(0) => self.problem = Some(Problem::NothingLeft),
            Confirmation::Count(_) => self.problem = Some(Problem::NumberThenEnter),
        }
        false
    }

    /// Enter: true if the number stands there.
    pub fn enter(&mut self, wanted: Confirmation) -> bool {
        match wanted {
            Confirmation::Count(0) => self.problem = Some(Problem::NothingLeft),
            Confirmation::Count(count) if self.typed == count.to_string() => return true,
            Confirmation::Count(_) if self.typed.is_empty() => self.problem = Some(Problem::NumberFirst),
            Confirmation::Count(_) => {
                self.typed.clear();
                self.problem = Some(Problem::NotTheNumber);
            }
            Confirmation::Yes => self.problem = Some(Problem::EnterAlone),
        }
        false
    }

    /// A paste, which never confirms.
    pub fn paste(&mut self) {
        self.problem = Some(Problem::Pasted);
    }
}
