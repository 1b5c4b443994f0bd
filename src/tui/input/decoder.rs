//! From the bytes of a terminal to what a person pressed, pasted or clicked; and nothing of what a terminal says by itself.
//!
//! Terminals answer questions, late ones too, that this program or one before it asked: their name, colours, the clipboard,
//! sizes, modes. The answers come between the keys, as the strings and control sequences of ECMA-48 (DCS, OSC, APC, PM and
//! SOS up to ST or BEL; CSI up to its last byte). They begin with ESC and another byte, as Alt and a key do, and a slow line
//! can cut them anywhere. The rules:
//!
//! - What belongs to one key press comes within [`TOGETHER`]. `ESC` and the beginnings of strings and sequences are a key
//!   when nothing follows within that, and the beginning of an answer when more does.
//! - A string is swallowed up to its end. If nothing comes for [`PATIENCE`] it was cut, and so was a sequence; once it is
//!   longer than [`LENGTH`] or lasts longer than [`LONGEST`], a pause of [`TOGETHER`] ends it.
//! - What follows a beginning that was taken for a key within [`DOUBT`] continues it, if several characters come together
//!   and fit.
//! - After something was cut, [`Input::Noise`] is told, and again before the first thing that follows within [`DOUBT`]; what
//!   comes together meanwhile up to the end of a string, or is the end of a sequence, is taken for the rest.
//!
//! Pure: the time comes with the bytes.

use std::time::Duration;

use zeroize::{Zeroize, Zeroizing};

use super::Input;
use super::ground::background;
use super::keys;
use crate::tui::key::{KeyCode, KeyPress};

/// Within this time comes what belongs to one key press.
pub const TOGETHER: Duration = Duration::from_millis(50);

/// How long more of a string or a sequence is waited for.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// How long the rest of what was cut may still come.
pub const DOUBT: Duration = Duration::from_secs(10);

/// How long a paste may pause.
pub const PASTE_PATIENCE: Duration = Duration::from_secs(30);

/// The most bytes of a string that pauses are bridged for. Answers with a clipboard or a picture are the longest.
pub const LENGTH: usize = 1 << 20;

/// How long pauses within one string are bridged.
pub const LONGEST: Duration = Duration::from_secs(10);

/// The most bytes of a control sequence; the longest answers have some forty.
const SEQUENCE: usize = 256;

/// The most bytes of what the terminal says of its background.
const ANSWER: usize = 40;
/// How that begins.
const TELLS: &[u8] = b"11;";

const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;
const PASTE_BEGINS: &[u8] = b"\x1b[200~";
const PASTE_ENDS: &[u8] = b"\x1b[201~";

/// Reads one terminal's bytes.
#[derive(Default)]
pub struct Decoder {
    state: State,
    /// Bytes that are not decided on yet; of a paste, all of it. They may hold a secret.
    held: Zeroizing<Vec<u8>>,
    /// When the last bytes came.
    last: Duration,
    /// A beginning that was taken for a key, and until when it may be continued.
    begun: Option<(Begun, Duration)>,
    /// Until when the rest of something that was cut may come.
    doubt: Option<Duration>,
    /// Whether nothing came yet since it was cut.
    rest_is_due: bool,
    inputs: Vec<Input>,
    /// The beginning of a string that may tell of the background, as far as it came.
    answer: Option<Vec<u8>>,
    ground: Option<[u8; 3]>,
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Keys,
    /// In a string that began then, and of which so many bytes came.
    String {
        since: Duration,
        length: usize,
    },
    Paste,
}

/// What was taken for a key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Begun {
    /// ESC.
    Escape,
    /// ESC and this byte, which begins a string or a control sequence.
    Sequence(u8),
    /// The ESC with which a string ends.
    End,
}

/// Whether held bytes continue what was taken for a key.
enum Continued {
    Yes,
    No,
    /// One byte that could: more is waited for.
    Perhaps,
}

impl Decoder {
    /// Takes in what was read at this time and tells what it comes to.
    pub fn feed(&mut self, bytes: &[u8], at: Duration) -> Vec<Input> {
        self.settle(at);
        if matches!(self.state, State::String { .. })
            && !self.held.is_empty()
            && at.saturating_sub(self.last) >= TOGETHER
        {
            // ESC and a pause within a string: its end, cut in two, or a person's key after a string that has none
            if bytes.first() != Some(&b'\\') {
                self.state = State::Keys;
                self.cut(at);
                self.silent(at);
            }
        }
        self.held.extend_from_slice(bytes);
        self.last = at;
        self.scan(at);
        std::mem::take(&mut self.inputs)
    }

    /// Tells what is decided by nothing having come until now. Call it when it is [due](Self::due).
    pub fn tick(&mut self, at: Duration) -> Vec<Input> {
        self.settle(at);
        std::mem::take(&mut self.inputs)
    }

    /// The background's colour, if the terminal told it since this was last asked: the one answer that is read.
    pub fn take_ground(&mut self) -> Option<[u8; 3]> {
        self.ground.take()
    }

    /// When to [tick](Self::tick) unless something comes before; none while nothing is held.
    pub fn due(&self) -> Option<Duration> {
        let wait = match self.state {
            State::Paste => PASTE_PATIENCE,
            State::String { .. } if self.is_too_long() => TOGETHER,
            State::String { .. } => PATIENCE,
            State::Keys if self.held.is_empty() => return None,
            State::Keys if is_within_sequence(&self.held) => PATIENCE,
            State::Keys => TOGETHER,
        };
        Some(self.last + wait)
    }

    fn settle(&mut self, at: Duration) {
        while let Some(due) = self.due()
            && due <= at
        {
            match self.state {
                State::Keys => self.silent(at),
                State::String { .. } => {
                    self.state = State::Keys;
                    self.cut(at);
                    if !self.held.is_empty() {
                        self.escape(Begun::End, at);
                    }
                }
                State::Paste => {
                    self.state = State::Keys;
                    self.held.zeroize();
                    self.cut(at);
                }
            }
        }
    }

    /// Something came without its end.
    fn cut(&mut self, at: Duration) {
        self.doubt = Some(at + DOUBT);
        self.rest_is_due = true;
        self.inputs.push(Input::Noise);
    }

    /// Decides on held bytes after which nothing came.
    fn silent(&mut self, at: Duration) {
        if self.in_doubt(at) && self.held.first().is_some_and(|first| *first != ESC) {
            let several = self.held.len() > width(self.held[0]);
            if several && is_end_of_sequence(&self.held) {
                self.drop_first(self.held.len());
            } else if several || self.rest_is_due {
                // perhaps a part of what was cut
                self.inputs.push(Input::Noise);
            }
            self.rest_is_due = false;
        }
        let before = (self.held.len(), self.inputs.len());
        self.scan_after(at, at.saturating_sub(self.last).max(TOGETHER));
        let went_on = before != (self.held.len(), self.inputs.len());
        if !went_on && self.due().is_some_and(|due| due <= at) {
            // whatever it is, it is not waited for for ever
            self.held.zeroize();
        }
    }

    fn scan(&mut self, at: Duration) {
        self.scan_after(at, Duration::ZERO);
    }

    fn scan_after(&mut self, at: Duration, silence: Duration) {
        loop {
            let went_on = match self.state {
                State::Keys => self.key(at, silence),
                State::String { .. } => self.string(at),
                State::Paste => self.paste(),
            };
            if !went_on {
                return;
            }
        }
    }

    /// Takes one key, or the beginning of something else, from what is held; false when that needs more bytes.
    fn key(&mut self, at: Duration, silence: Duration) -> bool {
        let Some(&first) = self.held.first() else { return false };
        let is_silent = silence >= TOGETHER;
        if first == b'\\' && self.begun.is_some_and(|(begun, until)| begun == Begun::End && at < until) {
            (self.begun, self.rest_is_due) = (None, false);
            self.drop_first(1);
            return true;
        }
        if let Some((begun, until)) = self.begun.take().filter(|(_, until)| at < *until) {
            match begun.is_continued_by(&self.held) {
                Continued::Yes => self.held.splice(0..0, begun.bytes()).for_each(drop),
                Continued::Perhaps if !is_silent => {
                    self.begun = Some((begun, until));
                    return false;
                }
                Continued::Perhaps if begun == Begun::Escape => {
                    self.press(1, KeyPress::from(char::from(first)));
                    self.begun = Some((Begun::Sequence(first), at + DOUBT));
                    return true;
                }
                Continued::Perhaps | Continued::No => {}
            }
        }
        if self.in_doubt(at) && self.held[0] != ESC && !is_silent {
            // BEL alone is ctrl-g, unless the rest of a string is due
            if let Some(end) = end_of_string(&self.held).filter(|end| *end > 1 || self.rest_is_due) {
                self.drop_first(end);
                self.rest_is_due = false;
                return true;
            }
            if self.held.len() > LENGTH {
                self.state = State::String { since: at, length: self.held.len() };
                self.held.zeroize();
            }
            return false;
        }
        if self.held[0] == ESC { self.after_escape(at, silence) } else { self.character(0, is_silent) }
    }

    /// What stands behind an ESC at the beginning.
    fn after_escape(&mut self, at: Duration, silence: Duration) -> bool {
        let is_silent = silence >= TOGETHER;
        let alt = |byte: u8| KeyPress::new(KeyCode::Char(char::from(byte)), false, true, false);
        match (self.held.get(1).copied(), self.held.get(2).copied()) {
            (None, _) if is_silent => self.escape(Begun::Escape, at),
            (None, _) => return false,
            // two presses of Esc, or one before another key
            (Some(ESC), _) => self.press(1, KeyPress::from(KeyCode::Esc)),
            (Some(b'\\'), _) if self.in_doubt(at) => {
                self.drop_first(2);
                self.rest_is_due = false;
            }
            (Some(begins), None) if begins_string(begins) || matches!(begins, b'[' | b'O') => {
                if !is_silent {
                    return false;
                }
                self.press(2, alt(begins));
                self.begun = Some((Begun::Sequence(begins), at + DOUBT));
            }
            (Some(begins), Some(_)) if begins_string(begins) => {
                self.drop_first(2);
                self.answer = (begins == b']').then(Vec::new);
                self.state = State::String { since: at, length: 0 };
            }
            (Some(b'['), Some(_)) => return self.sequence(at, silence),
            (Some(b'O'), Some(last)) if is_key_of_ss3(last) => self.take(3),
            (Some(b'O'), Some(_)) => self.press(2, alt(b'O')),
            (Some(_), _) => return self.character(1, is_silent),
        }
        true
    }

    /// A control sequence, or a paste's beginning.
    fn sequence(&mut self, at: Duration, silence: Duration) -> bool {
        let held = &self.held;
        // the Linux console's function keys and the oldest form of the mouse are longer than the rules say
        let longer = match held[2] {
            b'[' => Some(4),
            b'M' => Some(6),
            _ => None,
        };
        if let Some(length) = longer {
            if held.len() < length {
                if silence >= TOGETHER {
                    self.drop_first(self.held.len());
                }
                return silence >= TOGETHER;
            }
            self.take(length);
            return true;
        }
        match held[2..].iter().position(|byte| !(0x20..=0x3f).contains(byte)) {
            Some(at_last) if (0x40..=0x7e).contains(&held[2 + at_last]) => {
                let length = 3 + at_last;
                if held[..length] == *PASTE_BEGINS {
                    self.drop_first(length);
                    self.state = State::Paste;
                } else {
                    self.take(length);
                }
            }
            Some(0) => {
                self.press(2, KeyPress::new(KeyCode::Char('['), false, true, false));
            }
            Some(broken) => {
                self.drop_first(2 + broken);
                self.cut(at);
            }
            None if silence >= PATIENCE || held.len() > SEQUENCE => {
                self.drop_first(self.held.len());
                self.cut(at);
            }
            None => return false,
        }
        true
    }

    /// A character behind `before` bytes, which is none or an ESC.
    fn character(&mut self, before: usize, is_silent: bool) -> bool {
        let bytes = &self.held[before..];
        let wanted = width(bytes[0]);
        let there = bytes.iter().take(wanted).skip(1).take_while(|byte| (0x80..=0xbf).contains(*byte)).count() + 1;
        if there == bytes.len() && there < wanted && !is_silent {
            return false;
        }
        self.take(before + there);
        true
    }

    /// Swallows what is held of a string; false when its end has not come.
    fn string(&mut self, at: Duration) -> bool {
        let State::String { since, length } = self.state else { return false };
        match self.held.iter().position(|byte| matches!(*byte, BEL | ESC)) {
            Some(end) if self.held[end] == BEL => {
                self.note(end);
                self.heard();
                self.drop_first(end + 1);
                self.state = State::Keys;
            }
            Some(end) => match self.held.get(end + 1) {
                Some(b'\\') => {
                    self.note(end);
                    self.heard();
                    self.drop_first(end + 2);
                    self.state = State::Keys;
                }
                // ESC and anything else ends a string too, and begins something
                Some(_) => {
                    self.drop_first(end);
                    self.state = State::Keys;
                    self.cut(at);
                }
                None => {
                    self.note(end);
                    self.drop_first(end);
                    self.state = State::String { since, length: length + end };
                    return false;
                }
            },
            None => {
                self.state = State::String { since, length: length + self.held.len() };
                self.note(self.held.len());
                self.drop_first(self.held.len());
                return false;
            }
        }
        true
    }

    /// Keeps the next bytes of a string that may tell of the background; of any other nothing, since it may be a secret.
    fn note(&mut self, bytes: usize) {
        let Some(answer) = &mut self.answer else { return };
        answer.extend(self.held[..bytes].iter().take(ANSWER.saturating_sub(answer.len())));
        if !answer.starts_with(TELLS) && !TELLS.starts_with(answer) {
            answer.zeroize();
            self.answer = None;
        }
    }

    /// A string came to its end.
    fn heard(&mut self) {
        self.ground = self.answer.take().and_then(|answer| background(&answer)).or(self.ground);
    }

    fn paste(&mut self) -> bool {
        let Some(end) = memchr::memmem::find(&self.held, PASTE_ENDS) else { return false };
        let text = String::from_utf8_lossy(&self.held[..end]).into_owned();
        self.inputs.push(Input::Paste(text));
        self.drop_first(end + PASTE_ENDS.len());
        self.state = State::Keys;
        true
    }

    fn is_too_long(&self) -> bool {
        matches!(self.state, State::String { since, length } if length > LENGTH || self.last >= since + LONGEST)
    }

    fn in_doubt(&self, at: Duration) -> bool {
        self.doubt.is_some_and(|until| at < until)
    }

    /// An ESC alone is a key; but it may be the beginning or the end of what comes late.
    fn escape(&mut self, begun: Begun, at: Duration) {
        self.press(1, KeyPress::from(KeyCode::Esc));
        self.begun = Some((begun, at + DOUBT));
    }

    fn press(&mut self, bytes: usize, press: KeyPress) {
        self.drop_first(bytes);
        self.inputs.push(Input::Key(press));
    }

    /// Takes the first bytes for one key, mouse report or answer.
    fn take(&mut self, bytes: usize) {
        self.inputs.extend(keys::read(&self.held[..bytes]));
        self.drop_first(bytes);
    }

    fn drop_first(&mut self, bytes: usize) {
        self.held[..bytes].zeroize();
        self.held.drain(..bytes);
    }
}

impl Begun {
    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Escape | Self::End => vec![ESC],
            Self::Sequence(second) => vec![ESC, second],
        }
    }

    /// Several characters that came together and fit are more of what was begun: no person types so fast.
    fn is_continued_by(self, held: &[u8]) -> Continued {
        let (first, more) = (held[0], held.len() > width(held[0]));
        let fits = match self {
            Self::End => false,
            Self::Escape if begins_string(first) => true,
            Self::Escape if first == b'[' => !more || is_sequence(&held[1..]),
            Self::Escape => first == b'O' && (!more || is_key_of_ss3(held[1])),
            Self::Sequence(b'[') => (0x30..=0x3f).contains(&first) && is_sequence(held),
            Self::Sequence(second) => begins_string(second) && first >= b' ' && first != 0x7f,
        };
        match (fits, more) {
            (false, _) => Continued::No,
            (true, true) => Continued::Yes,
            (true, false) => Continued::Perhaps,
        }
    }
}

/// The second bytes of DCS, SOS, OSC, PM and APC.
fn begins_string(second: u8) -> bool {
    matches!(second, b'P' | b'X' | b']' | b'^' | b'_')
}

/// The last bytes of the keys that terminals send behind ESC and `O`.
fn is_key_of_ss3(last: u8) -> bool {
    matches!(last, b'A'..=b'D' | b'F' | b'H' | b'P'..=b'S')
}

/// Whether what stands behind `ESC [` is a control sequence, as far as it has come.
fn is_sequence(bytes: &[u8]) -> bool {
    let last = bytes.iter().find(|byte| !(0x20..=0x3f).contains(*byte));
    last.is_none_or(|last| (0x40..=0x7e).contains(last))
}

/// Whether a control sequence has begun beyond doubt and its last byte has not come.
fn is_within_sequence(held: &[u8]) -> bool {
    held.len() > 2 && held.starts_with(b"\x1b[") && held[2..].iter().all(|byte| (0x20..=0x3f).contains(byte))
}

/// Whether these bytes are the end of a control sequence and nothing else.
fn is_end_of_sequence(held: &[u8]) -> bool {
    let (last, before) = held.split_last().unwrap_or((&0, &[]));
    (0x40..=0x7e).contains(last) && before.iter().all(|byte| (0x20..=0x3f).contains(byte))
}

/// How many bytes a character of UTF-8 has that begins with this one.
fn width(first: u8) -> usize {
    match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    }
}

/// How many bytes there are up to the end of a string, with it.
fn end_of_string(held: &[u8]) -> Option<usize> {
    let bel = held.iter().position(|byte| *byte == BEL).map(|at| at + 1);
    let st = held.windows(2).position(|two| two == [ESC, b'\\']).map(|at| at + 2);
    bel.into_iter().chain(st).min()
}

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;
