//! A paste at the terminal of which nothing is shown.

use std::io::{self, Read, Write};

use zeroize::Zeroizing;

use crate::cli::blind::{Blind, terminal};
use crate::cli::exit::Stop;

/// The most that is pasted, in bytes: more is a file's.
const MOST: usize = 4 << 20;
/// What a terminal sends for ^C and ^D.
const INTERRUPT: u8 = 0x03;
const END: u8 = 0x04;

/// What is pasted, up to an Enter behind which nothing more comes, or ^D. `ask` asks for it, once nothing is shown any more:
/// who is quick would see the value otherwise.
pub(super) fn read(ask: impl FnOnce()) -> Result<Zeroizing<Vec<u8>>, Stop> {
    let failed =
        |error: io::Error| Stop::usage(format!("the terminal cannot be read: {error}"), "use --from-file FILE");
    let Some(terminal) = terminal() else {
        return Err(Stop::denied("nobody can be asked: there is no terminal", "pipe it: keydeck contain - < FILE"));
    };
    let mut mode = Blind::new(terminal).map_err(failed)?;
    ask();
    // never moved, so that no copy is left behind
    let mut text = Zeroizing::new(Vec::with_capacity(MOST));
    let mut piece = Zeroizing::new([0; 4096]);
    loop {
        let read = mode.terminal.read(piece.as_mut_slice()).map_err(failed)?;
        let piece = &piece[..read];
        if read == 0 || piece.contains(&INTERRUPT) {
            return Err(Stop::denied("nothing was pasted: nothing was sent", "run it again"));
        }
        if text.len() + read > MOST {
            return Err(Stop::usage("that is more than can be pasted", "use --from-file FILE"));
        }
        let end = piece.iter().position(|byte| *byte == END);
        text.extend_from_slice(&piece[..end.unwrap_or(read)]);
        let entered = matches!(text.last(), Some(b'\n' | b'\r')) && !text.trim_ascii().is_empty();
        if end.is_some() || (entered && mode.is_quiet()) {
            let _ = mode.terminal.write_all(b"\n");
            return Ok(text);
        }
    }
}
