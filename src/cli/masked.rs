//! A secret typed or pasted at the terminal: a dot stands for each character. A password that works once is shown instead, in
//! the capitals that it has.

use std::io::{self, Read, Write};

use zeroize::Zeroizing;

use super::blind::{Blind, terminal};
use super::exit::Stop;
use super::output::Output;

/// The most that is read, in bytes: far longer than any key.
const MOST: usize = 8 * 1024;
const INTERRUPT: u8 = 0x03;
const END: u8 = 0x04;
const BACKSPACE: u8 = 0x08;
const CLEAR: u8 = 0x15;
const ESCAPE: u8 = 0x1b;
const DELETE: u8 = 0x7f;

/// What became of a line after some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Typed {
    /// It goes on.
    More,
    /// Enter.
    Entered,
    /// ^C, ^D or Esc.
    Stopped,
    TooLong,
}

/// What is shown of what is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Echo {
    /// A dot for each character.
    Dots,
    /// The characters, small letters as capitals and blanks not at all; what is taken is what is shown. It may be nothing.
    Capitals,
}

/// Asks for a secret.
///
/// # Errors
/// When there is no terminal, it was left without an answer, or what was pasted is more than one line.
pub fn ask(question: &str, output: &mut Output) -> Result<Zeroizing<String>, Stop> {
    ask_with(question, Echo::Dots, output)
}

/// Asks for a password that works once, in capitals; empty where Enter alone was pressed.
///
/// # Errors
/// As [`ask`].
pub fn ask_in_capitals(question: &str, output: &mut Output) -> Result<Zeroizing<String>, Stop> {
    ask_with(question, Echo::Capitals, output)
}

fn ask_with(question: &str, echo: Echo, output: &mut Output) -> Result<Zeroizing<String>, Stop> {
    let failed =
        |error: io::Error| Stop::usage(format!("the terminal cannot be read: {error}"), "pipe the key into it");
    let Some(terminal) = terminal() else {
        return Err(Stop::denied("nobody can be asked: there is no terminal", "pipe the key into it"));
    };
    let mut blind = Blind::new(terminal).map_err(failed)?;
    // asked once nothing is shown any more: who is quick would see the value otherwise
    output.prompt(question);
    // never moved, so that no copy is left behind
    let mut text = Zeroizing::new(Vec::with_capacity(MOST));
    let mut piece = Zeroizing::new([0; 1024]);
    loop {
        let read = blind.terminal.read(piece.as_mut_slice()).map_err(failed)?;
        let (typed, used) =
            if read == 0 { (Typed::Stopped, 0) } else { take(&mut text, &piece[..read], echo, &mut blind.terminal) };
        match typed {
            Typed::More => {}
            Typed::Entered => {
                let _ = blind.terminal.write_all(b"\r\n");
                let mut more = used < read && !piece[used..read].trim_ascii().is_empty();
                // the rest of a paste must not become the shell's
                while !blind.is_quiet() {
                    let read = blind.terminal.read(piece.as_mut_slice()).map_err(failed)?;
                    more |= !piece[..read].trim_ascii().is_empty();
                    if read == 0 {
                        break;
                    }
                }
                if more {
                    return Err(Stop::usage(
                        "more than one line was pasted: nothing of it is used",
                        "paste the key alone",
                    ));
                }
                return String::from_utf8(std::mem::take(&mut *text)).map(Zeroizing::new).map_err(|error| {
                    drop(Zeroizing::new(error.into_bytes()));
                    Stop::usage("what was typed is not text", "paste the key alone")
                });
            }
            Typed::Stopped => {
                let _ = blind.terminal.write_all(b"\r\n");
                return Err(Stop::denied("nothing was entered: nothing was done", "run it again"));
            }
            Typed::TooLong => {
                let _ = blind.terminal.write_all(b"\r\n");
                return Err(Stop::usage("that is longer than any key", "paste the key alone"));
            }
        }
    }
}

/// Takes bytes in, up to the line's end, and echoes a dot for each character; with how many were used.
fn take(text: &mut Vec<u8>, bytes: &[u8], echo: Echo, shown: &mut impl Write) -> (Typed, usize) {
    for (at, byte) in bytes.iter().enumerate() {
        // nobody is left to see it when this fails
        let typed = match byte {
            b'\r' | b'\n' if text.is_empty() && echo == Echo::Dots => Typed::More,
            b'\r' | b'\n' => Typed::Entered,
            &INTERRUPT | &END | &ESCAPE => Typed::Stopped,
            &BACKSPACE | &DELETE => {
                // all bytes of one character
                while text.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {}
                let _ = shown.write_all(b"\x08 \x08");
                Typed::More
            }
            &CLEAR => {
                let typed = String::from_utf8_lossy(text).chars().count();
                text.clear();
                let _ = shown.write_all("\x08 \x08".repeat(typed).as_bytes());
                Typed::More
            }
            _ if text.len() == MOST => Typed::TooLong,
            byte => {
                match echo {
                    Echo::Dots => {
                        text.push(*byte);
                        if byte & 0xc0 != 0x80 {
                            let _ = shown.write_all("•".as_bytes());
                        }
                    }
                    // nothing else is in any of them, and nothing else can then reach the terminal
                    Echo::Capitals if byte.is_ascii_graphic() => {
                        text.push(byte.to_ascii_uppercase());
                        let _ = shown.write_all(&[byte.to_ascii_uppercase()]);
                    }
                    Echo::Capitals => {}
                }
                Typed::More
            }
        };
        if typed != Typed::More {
            return (typed, at + 1);
        }
    }
    let _ = shown.flush();
    (Typed::More, bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(bytes: &[u8]) -> (Typed, String, String) {
        let (mut text, mut echo) = (Vec::new(), Vec::new());
        let (typed, _) = take(&mut text, bytes, Echo::Dots, &mut echo);
        (typed, String::from_utf8(text).unwrap(), String::from_utf8(echo).unwrap())
    }

    #[test]
    fn a_password_that_works_once_is_shown_in_the_capitals_that_it_has() {
        let (mut text, mut shown) = (Vec::new(), Vec::new());
        let (typed, _) = take(&mut text, "ab2 c\x7f\td\u{9b}\r".as_bytes(), Echo::Capitals, &mut shown);
        assert_eq!((typed, text.as_slice()), (Typed::Entered, b"AB2D".as_slice()));
        assert_eq!(String::from_utf8(shown).unwrap(), "AB2C\x08 \x08D");
        assert_eq!(take(&mut Vec::new(), b"\r", Echo::Capitals, &mut Vec::new()).0, Typed::Entered, "Enter alone");
    }

    #[test]
    fn a_dot_stands_for_each_character_and_none_is_shown() {
        assert_eq!(typed(b"\nhunter2\r"), (Typed::Entered, "hunter2".to_owned(), "•••••••".to_owned()));
        assert_eq!(typed("aé\x7fb".as_bytes()).1, "ab");
        assert_eq!(typed(b"\x7f\x7fx").1, "x");
        assert_eq!(typed(b"wrong\x15right\n").1, "right");
        for stop in [b"a\x03", b"a\x04", b"a\x1b"] {
            assert_eq!(typed(stop).0, Typed::Stopped);
        }
        assert_eq!(typed(&[b'a'; MOST + 1]).0, Typed::TooLong);
    }
}
