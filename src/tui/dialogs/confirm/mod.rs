//! What must be typed before something is done that hurts: the last four characters of one key, or the number of several.

use crate::domain::bulk::Confirmation;
use crate::tui::action::{Action, Context};
use crate::tui::keymap::Keymap;

pub mod view;

/// Why what was typed does not confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The console's own key alone, which is not included yet.
    NothingLeft,
    /// The keys are still read again.
    NotYet,
    /// Nothing is left that could be done.
    Nothing,
    /// A yes is needed and nothing else.
    TypeYes,
    /// Enter, where a yes is needed.
    EnterAlone,
    /// Something that the number or the characters cannot hold.
    NotOfIt,
    /// A yes, where something must be typed.
    TypedThenEnter,
    /// Enter before anything was typed.
    TypeFirst,
    /// Something else.
    Wrong,
    Pasted,
}

impl Problem {
    pub fn words(self, wanted: Confirmation, keymap: &Keymap, context: Context) -> String {
        let key = |action| keymap.press(action, context);
        let what = match wanted {
            Confirmation::Characters(_) => "its last four",
            _ => "the number of keys",
        };
        match self {
            Self::NotYet => "still looking: wait".to_owned(),
            Self::Nothing => format!("there is nothing left to do: {} closes", key(Action::Back)),
            Self::NothingLeft => format!("{} includes it, {} keeps it", key(Action::IncludeOwn), key(Action::Back)),
            Self::TypeYes => format!("{} does it, {} does not", key(Action::Confirm), key(Action::Back)),
            Self::EnterAlone => {
                format!("{} alone never does it: press {}", key(Action::Choose), key(Action::Confirm))
            }
            Self::NotOfIt => format!("type {what}"),
            Self::TypedThenEnter => format!("type {what}, then {}", key(Action::Choose)),
            Self::TypeFirst => format!("type {what} first"),
            Self::Wrong => format!("that is not {what}"),
            Self::Pasted => "a paste does not confirm: type it".to_owned(),
        }
    }
}

/// What must be typed for one thing, and what is typed so far.
#[derive(Debug)]
pub struct Asked {
    /// What must be typed.
    pub wanted: Confirmation,
    /// What is typed.
    pub confirm: Confirm,
}

impl Asked {
    /// Nothing is typed yet.
    pub fn new(wanted: Confirmation) -> Self {
        Self { wanted, confirm: Confirm::default() }
    }

    /// Whether an action confirms: `y` or Enter, where it is what was asked for.
    pub fn confirms(&mut self, action: Action) -> bool {
        match action {
            Action::Confirm => self.confirm.yes(self.wanted),
            Action::Choose => self.confirm.enter(self.wanted),
            _ => false,
        }
    }

    /// A character was typed.
    pub fn type_char(&mut self, c: char) {
        self.confirm.type_char(c, self.wanted);
    }
}

/// The most characters that are taken: as many as the largest number of keys has digits.
const MOST: usize = 7;

/// A confirmation as it is typed. What is wanted comes with each key press, since it may change meanwhile.
#[derive(Debug, Default)]
pub struct Confirm {
    /// What is typed so far.
    pub typed: String,
    /// Why the last input did not confirm.
    pub problem: Option<Problem>,
}

impl Confirm {
    /// A character was typed. Only what can stand in the number or in a masked value is taken.
    pub fn type_char(&mut self, c: char, wanted: Confirmation) {
        let fits = match wanted {
            Confirmation::NotYet => return self.problem = Some(Problem::NotYet),
            Confirmation::Nothing => return self.problem = Some(Problem::Nothing),
            Confirmation::Count(0) => return self.problem = Some(Problem::NothingLeft),
            Confirmation::Yes => return self.problem = Some(Problem::TypeYes),
            Confirmation::Count(_) => c.is_ascii_digit(),
            Confirmation::Characters(_) => c.is_ascii_alphanumeric(),
        };
        self.problem = (!fits).then_some(Problem::NotOfIt);
        if fits && self.typed.len() < MOST {
            self.typed.push(c);
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
            Confirmation::NotYet => self.problem = Some(Problem::NotYet),
            Confirmation::Nothing => self.problem = Some(Problem::Nothing),
            Confirmation::Count(0) => self.problem = Some(Problem::NothingLeft),
            Confirmation::Count(_) | Confirmation::Characters(_) => self.problem = Some(Problem::TypedThenEnter),
        }
        false
    }

    /// Enter: true if what is wanted stands there.
    pub fn enter(&mut self, wanted: Confirmation) -> bool {
        self.problem = Some(match wanted.typed() {
            Some(wanted) if wanted == self.typed => return true,
            Some(_) if self.typed.is_empty() => Problem::TypeFirst,
            Some(_) => {
                self.typed.clear();
                Problem::Wrong
            }
            None => match wanted {
                Confirmation::NotYet => Problem::NotYet,
                Confirmation::Nothing => Problem::Nothing,
                Confirmation::Yes => Problem::EnterAlone,
                Confirmation::Count(_) | Confirmation::Characters(_) => Problem::NothingLeft,
            },
        });
        false
    }

    /// A paste, which never confirms, nor does what was typed before it.
    pub fn paste(&mut self) {
        self.typed.clear();
        self.problem = Some(Problem::Pasted);
    }
}
