//! Standard input, read to its end.

use std::io::{self, BufRead, IsTerminal, Read};

use zeroize::{Zeroize, Zeroizing};

use super::exit::Stop;
use crate::domain::plain::{NotText, text};

/// The most that is read, in bytes: far more than anybody pastes.
const MOST: u64 = 64 << 20;

/// All of standard input as text, without a byte order mark. At a terminal one line is all of it.
pub fn read() -> Result<Zeroizing<String>, Stop> {
    text(&bytes()?).map_err(refused)
}

/// The same of a text of which parts may be in another encoding: these are taken for something else than text.
pub fn read_any() -> Result<Zeroizing<String>, Stop> {
    let bytes = bytes()?;
    match text(&bytes) {
        Err(NotText::Utf8 { .. }) => Ok(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned())),
        read => read.map_err(refused),
    }
}

fn bytes() -> Result<Zeroizing<Vec<u8>>, Stop> {
    let mut bytes = Zeroizing::new(Vec::new());
    let input = io::stdin();
    let read = if input.is_terminal() {
        let mut lines = input.lock();
        loop {
            match lines.read_until(b'\n', &mut bytes) {
                Ok(0) => break Ok(()),
                Ok(_) if bytes.trim_ascii().is_empty() => bytes.zeroize(),
                Ok(_) => break Ok(()),
                Err(error) => break Err(error),
            }
        }
    } else {
        input.lock().take(MOST + 1).read_to_end(&mut bytes).map(drop)
    };
    let failed = |why: String, hint: &str| Stop::usage(format!("standard input cannot be read: {why}"), hint);
    read.map_err(|error| failed(error.to_string(), "pipe a text into it"))?;
    if bytes.len() as u64 > MOST {
        return Err(failed(format!("it is longer than {} MiB", MOST >> 20), "pipe less at a time"));
    }
    Ok(bytes)
}

fn refused(error: NotText) -> Stop {
    Stop::usage(format!("standard input cannot be read: {error}"), error.hint())
}
