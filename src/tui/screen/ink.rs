//! How characters look, and the shortest sequence (SGR of ECMA-48) that turns one look into another.

use std::fmt::Write;

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

/// What shows where nothing is written on the ground: the rest of a look does not matter for a blank.
const SHOWS_ON_BLANK: Modifier = Modifier::REVERSED
    .union(Modifier::UNDERLINED)
    .union(Modifier::SLOW_BLINK)
    .union(Modifier::RAPID_BLINK)
    .union(Modifier::CROSSED_OUT);

/// Each modifier with the number that begins it and the one that ends it. The first two end together.
const MODIFIERS: [(Modifier, u8, u8); 9] = [
    (Modifier::BOLD, 1, 22),
    (Modifier::DIM, 2, 22),
    (Modifier::ITALIC, 3, 23),
    (Modifier::UNDERLINED, 4, 24),
    (Modifier::SLOW_BLINK, 5, 25),
    (Modifier::RAPID_BLINK, 6, 25),
    (Modifier::REVERSED, 7, 27),
    (Modifier::HIDDEN, 8, 28),
    (Modifier::CROSSED_OUT, 9, 29),
];

/// Colours and modifiers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ink {
    fg: Color,
    bg: Color,
    modifier: Modifier,
}

impl Ink {
    /// What a cell is written with.
    pub fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, modifier: cell.modifier }
    }

    /// Whether a blank that is written, or erased to, with this looks as one that nothing was ever written on.
    pub fn leaves_blank(self) -> bool {
        self.bg == Color::Reset && !self.modifier.intersects(SHOWS_ON_BLANK)
    }

    /// Whether a blank looks the same with either.
    pub fn is_alike_on_blank(self, other: Self) -> bool {
        let shows = (self.modifier | other.modifier).intersects(SHOWS_ON_BLANK);
        self.bg == other.bg && (!shows || self == other)
    }

    /// The sequence after which this holds where `before` held; empty where they are the same.
    pub fn after(self, before: Self) -> String {
        if self == before {
            return String::new();
        }
        let (anew, onward) = (self.anew(), self.onward(before));
        if anew.len() <= onward.len() { anew } else { onward }
    }

    /// From nothing: the first parameter left out is 0, which ends everything.
    fn anew(self) -> String {
        let mut numbers = String::new();
        for (modifier, begins, _) in MODIFIERS {
            if self.modifier.contains(modifier) {
                add(&mut numbers, begins);
            }
        }
        for (color, is_ground) in [(self.fg, false), (self.bg, true)] {
            if color != Color::Reset {
                add_color(&mut numbers, color, is_ground);
            }
        }
        format!("\x1b[{numbers}m")
    }

    /// What differs only.
    fn onward(self, before: Self) -> String {
        let mut numbers = String::new();
        let mut held = before.modifier;
        let mut ended = None;
        for (modifier, _, ends) in MODIFIERS {
            if held.contains(modifier) && !self.modifier.contains(modifier) && ended != Some(ends) {
                add(&mut numbers, ends);
                ended = Some(ends);
                // one number may end two
                for (modifier, ..) in MODIFIERS.into_iter().filter(|other| other.2 == ends) {
                    held.remove(modifier);
                }
            }
        }
        for (modifier, begins, _) in MODIFIERS {
            if self.modifier.contains(modifier) && !held.contains(modifier) {
                add(&mut numbers, begins);
            }
        }
        for (color, old, is_ground) in [(self.fg, before.fg, false), (self.bg, before.bg, true)] {
            if color != old {
                add_color(&mut numbers, color, is_ground);
            }
        }
        format!("\x1b[{}m", numbers.trim_start_matches(';'))
    }
}

fn add(numbers: &mut String, number: u8) {
    // writing into a string does not fail
    let _ = write!(numbers, ";{number}");
}

fn add_color(numbers: &mut String, color: Color, is_ground: bool) {
    let ground = if is_ground { 10 } else { 0 };
    let number = match color {
        Color::Reset => 39,
        Color::Black => 30,
        Color::Red => 31,
        Color::Green => 32,
        Color::Yellow => 33,
        Color::Blue => 34,
        Color::Magenta => 35,
        Color::Cyan => 36,
        Color::Gray => 37,
        Color::DarkGray => 90,
        Color::LightRed => 91,
        Color::LightGreen => 92,
        Color::LightYellow => 93,
        Color::LightBlue => 94,
        Color::LightMagenta => 95,
        Color::LightCyan => 96,
        Color::White => 97,
        Color::Indexed(index) => {
            let _ = write!(numbers, ";{};5;{index}", 38 + ground);
            return;
        }
        Color::Rgb(red, green, blue) => {
            let _ = write!(numbers, ";{};2;{red};{green};{blue}", 38 + ground);
            return;
        }
    };
    add(numbers, number + ground);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ink(fg: Color, bg: Color, modifier: Modifier) -> Ink {
        Ink { fg, bg, modifier }
    }

    #[test]
    fn the_shorter_of_from_nothing_and_onward_is_taken() {
        let plain = Ink::default();
        let green = ink(Color::Green, Color::Reset, Modifier::empty());
        let title = ink(Color::Cyan, Color::Reset, Modifier::BOLD);
        assert_eq!(green.after(plain), "\x1b[32m");
        assert_eq!(plain.after(green), "\x1b[m");
        assert_eq!(green.after(green), "");
        assert_eq!(title.after(plain), "\x1b[1;36m");
        assert_eq!(ink(Color::Cyan, Color::Reset, Modifier::DIM).after(title), "\x1b[22;2m");
        assert_eq!(ink(Color::LightRed, Color::Indexed(9), Modifier::empty()).after(plain), "\x1b[91;48;5;9m");
        let shades = ink(Color::Rgb(1, 2, 3), Color::White, Modifier::BOLD | Modifier::REVERSED);
        assert_eq!(shades.after(plain), "\x1b[;1;7;38;2;1;2;3;107m".replace("[;", "["));
        assert_eq!(ink(Color::Rgb(1, 2, 3), Color::White, Modifier::BOLD).after(shades), "\x1b[27m");
    }

    #[test]
    fn on_a_blank_only_the_ground_and_what_is_drawn_through_it_counts() {
        let red = ink(Color::Red, Color::Reset, Modifier::BOLD);
        assert!(red.is_alike_on_blank(Ink::default()) && red.leaves_blank());
        let reversed = ink(Color::Red, Color::Reset, Modifier::REVERSED);
        assert!(!reversed.is_alike_on_blank(red) && !reversed.leaves_blank());
        assert!(!reversed.is_alike_on_blank(ink(Color::Blue, Color::Reset, Modifier::REVERSED)));
        assert!(!ink(Color::Red, Color::Blue, Modifier::empty()).is_alike_on_blank(red));
    }
}
