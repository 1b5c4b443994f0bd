//! A note for the audit log, as it is given on the command line.

use super::exit::Stop;
use crate::domain::values::secret_spans;

/// The longest that the server takes, in characters.
const LONGEST: usize = 2000;

/// Refuses a note that the server would not take, before anything is asked of anybody.
pub fn check_note(note: Option<&str>) -> Result<(), Stop> {
    let note = note.unwrap_or_default();
    if !secret_spans(note).is_empty() {
        return Err(Stop::usage(
            "the note holds a key's value, which would stand in the audit log, and it now stands in this shell's history",
            "name the key by its id or its masked value",
        ));
    }
    if note.chars().count() > LONGEST {
        return Err(Stop::usage(format!("--note: at most {LONGEST} characters"), "say it shorter"));
    }
    Ok(())
}
