//! What moves over the screen and writes: it remembers where it stands and how it writes, so that each step is told in few
//! bytes.

use std::io::Write;

use ratatui::buffer::Cell;
use ratatui::layout::Position;

use super::ink::Ink;
use super::shift::Shift;

/// Writes one frame.
#[derive(Debug)]
pub(super) struct Pen {
    bytes: Vec<u8>,
    /// Where the terminal's cursor stands, while that is sure.
    at: Option<Position>,
    ink: Ink,
    link: Option<String>,
    /// Columns of the screen.
    width: u16,
}

impl Pen {
    /// At the beginning of a frame: it writes plainly, and where the cursor stands is not relied upon, since something else
    /// may have written.
    pub fn new(width: u16) -> Self {
        Self { bytes: Vec::new(), at: None, ink: Ink::default(), link: None, width }
    }

    /// How many bytes were written so far.
    pub fn length(&self) -> usize {
        self.bytes.len()
    }

    /// Blanks the whole screen, whatever stands there and however it was written; with the whole of it as the scroll region
    /// where there is one.
    pub fn clear(&mut self, scrolls: bool) {
        self.say(if scrolls { "\x1b[m\x1b[r\x1b[2J" } else { "\x1b[m\x1b[2J" });
        (self.at, self.ink) = (None, Ink::default());
    }

    /// Moves rows. Only at the beginning of a frame: new rows are blank with the ink that holds.
    pub fn shift(&mut self, Shift { top, bottom, by }: Shift) {
        let _ = write!(self.bytes, "\x1b[{};{}r", top + 1, bottom + 1);
        // the cursor is in the corner now
        let (edge, index) = if by > 0 { (bottom, "\n") } else { (top, "\x1bM") };
        self.at = None;
        self.go(0, edge);
        self.say(&index.repeat(usize::from(by.unsigned_abs())));
        self.say("\x1b[r");
        self.at = Some(Position::ORIGIN);
    }

    /// Writes a cell, whose text takes so many columns, at a place.
    pub fn put(&mut self, at: Position, cell: &Cell, (text, columns): (&str, u16), target: Option<&str>) {
        self.go(at.x, at.y);
        self.lead(target);
        self.take_up(cell, text == " ");
        let is_plain = text.chars().nth(1).is_none();
        if !is_plain {
            // terminals disagree about how wide some are: what they do not reach is to be blank
            self.say(&" ".repeat(usize::from(columns)));
            self.at = None;
            self.go(at.x, at.y);
        }
        self.say(text);
        let x = at.x + columns;
        // after the last column the cursor waits for the next character, each terminal in its own way
        self.at = (is_plain && x < self.width).then_some(Position { x, y: at.y });
    }

    /// How many bytes it takes to go on by so many columns.
    pub fn step(columns: u16) -> usize {
        match columns {
            0 => 0,
            1 => 3,
            _ => 2 + decimals(columns) + 1,
        }
    }

    /// Whether what is written next would look like this and lead there.
    pub fn writes(&self, cell: &Cell, is_blank: bool, target: Option<&str>) -> bool {
        let ink = Ink::of(cell);
        self.link.as_deref() == target && (self.ink == ink || is_blank && self.ink.is_alike_on_blank(ink))
    }

    /// Where the cursor stands, while that is sure.
    pub fn at(&self) -> Option<Position> {
        self.at
    }

    /// Blanks a row from here to its end.
    pub fn blank_from(&mut self, x: u16, y: u16) {
        self.go(x, y);
        self.lead(None);
        if !self.ink.leaves_blank() {
            self.change_to(Ink::default());
        }
        self.say("\x1b[K");
    }

    /// Goes to a place by the shortest way.
    pub fn go(&mut self, x: u16, y: u16) {
        if self.at == Some(Position { x, y }) {
            return;
        }
        let mut way = absolute(x, y);
        if let Some(at) = self.at {
            let rows = y.abs_diff(at.y);
            let vertical = match y.cmp(&at.y) {
                std::cmp::Ordering::Less => numbered(rows, 'A'),
                std::cmp::Ordering::Equal => String::new(),
                std::cmp::Ordering::Greater => numbered(rows, 'B'),
            };
            let horizontal = match x.cmp(&at.x) {
                std::cmp::Ordering::Less if at.x - x <= 3 => "\x08".repeat(usize::from(at.x - x)),
                std::cmp::Ordering::Less => numbered(at.x - x, 'D'),
                std::cmp::Ordering::Equal => String::new(),
                std::cmp::Ordering::Greater => numbered(x - at.x, 'C'),
            };
            let from_margin = if x == 0 { String::new() } else { numbered(x, 'C') };
            let mut ways = vec![format!("{vertical}{horizontal}"), format!("{vertical}\r{from_margin}")];
            if y > at.y {
                ways.push(format!("\r{}{from_margin}", "\n".repeat(usize::from(rows))));
            }
            for other in ways {
                if other.len() < way.len() {
                    way = other;
                }
            }
        }
        self.say(&way);
        self.at = Some(Position { x, y });
    }

    /// The bytes of the frame, after which the terminal writes plainly again.
    pub fn finish(mut self) -> Vec<u8> {
        self.rest();
        self.bytes
    }

    /// Lets what comes next be plain.
    pub fn rest(&mut self) {
        self.lead(None);
        self.change_to(Ink::default());
    }

    /// Adds bytes after which the cursor stands where it stood.
    pub fn say(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn take_up(&mut self, cell: &Cell, is_blank: bool) {
        let ink = Ink::of(cell);
        if !(is_blank && self.ink.is_alike_on_blank(ink)) {
            self.change_to(ink);
        }
    }

    fn change_to(&mut self, ink: Ink) {
        let change = ink.after(self.ink);
        self.say(&change);
        self.ink = ink;
    }

    /// Lets what comes next lead somewhere (OSC 8), or nowhere.
    fn lead(&mut self, target: Option<&str>) {
        if self.link.as_deref() == target {
            return;
        }
        let _ = write!(self.bytes, "\x1b]8;;{}\x1b\\", target.unwrap_or_default());
        self.link = target.map(str::to_owned);
    }
}

fn absolute(x: u16, y: u16) -> String {
    match (x, y) {
        (0, 0) => "\x1b[H".to_owned(),
        (0, y) => format!("\x1b[{}H", y + 1),
        (x, y) => format!("\x1b[{};{}H", y + 1, x + 1),
    }
}

/// A sequence with a count, which is left out where it is 1.
fn numbered(count: u16, letter: char) -> String {
    if count == 1 { format!("\x1b[{letter}") } else { format!("\x1b[{count}{letter}") }
}

fn decimals(number: u16) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}
