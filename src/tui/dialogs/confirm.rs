//! What must be typed before something that cannot be taken back: `y`, or the number of keys and Enter.

use crate::domain::bulk::Confirmation;

/// A confirmation as it is typed.
#[derive(Debug)]
pub struct Confirm {
    /// What must be typed.
    pub wanted: Confirmation,
    /// The number typed so far.
    pub typed: String,
    /// Why the last input did not confirm.
    pub problem: Option<&'static str>,
}

impl Confirm {
    /// Nothing is typed yet.
    pub fn new(wanted: Confirmation) -> Self {
        Self { wanted, typed: String::new(), problem: None }
    }

    /// A character was typed. Only digits are taken, and only where a number is asked for.
    pub fn type_char(&mut self, c: char) {
        self.problem = None;
        match self.wanted {
            Confirmation::Count(_) if c.is_ascii_digit() && self.typed.len() < 7 => self.typed.push(c),
            Confirmation::Count(_) => self.problem = Some("type the number of keys"),
            Confirmation::Yes => self.problem = Some("y confirms it"),
        }
    }

    /// Backspace.
    pub fn erase(&mut self) {
        self.problem = None;
        self.typed.pop();
    }

    /// `y`: true if that confirms.
    pub fn yes(&mut self) -> bool {
        self.problem = match self.wanted {
            Confirmation::Yes => return true,
            Confirmation::Count(_) => Some("type the number of keys, then Enter"),
        };
        false
    }

    /// Enter: true if the number stands there.
    pub fn enter(&mut self) -> bool {
        match self.wanted {
            Confirmation::Count(count) if self.typed == count.to_string() => return true,
            Confirmation::Count(_) if self.typed.is_empty() => self.problem = Some("type the number of keys first"),
            Confirmation::Count(_) => {
                self.typed.clear();
                self.problem = Some("that is not the number of keys");
            }
            Confirmation::Yes => self.problem = Some("Enter alone never confirms: press y"),
        }
        false
    }

    /// What to type, in words, with what is typed: for `verb` ("rotate", "revoke") and the keys.
    pub fn words(&self, verb: &str) -> String {
        match self.wanted {
            Confirmation::Yes => format!("y  {verb} it"),
            Confirmation::Count(1) => format!("Type 1 and Enter to {verb} it: {}", self.typed),
            Confirmation::Count(count) => format!("Type {count} and Enter to {verb} them: {}", self.typed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_takes_the_number_and_never_y() {
        let mut confirm = Confirm::new(Confirmation::Count(12));
        assert!(!confirm.yes() && !confirm.enter());
        confirm.type_char('1');
        assert!(!confirm.enter());
        "12".chars().for_each(|c| confirm.type_char(c));
        assert!(confirm.enter());
    }

    #[test]
    fn y_is_never_enter_nor_text() {
        let mut confirm = Confirm::new(Confirmation::Yes);
        confirm.type_char('1');
        assert!(!confirm.enter());
        assert!(confirm.yes());
    }
}
