//! A profile's name as a part of a file's name.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::domain::key_value::fingerprint;
use crate::domain::values::tells;

/// The longest name that a file gets from a profile; a longer one is hashed.
const LONGEST: usize = 100;
/// What stands for itself in a file's name: also where upper and lower case are one.
const ENCODED: AsciiSet = {
    let mut set = NON_ALPHANUMERIC.remove(b'-').remove(b'_');
    let mut letter = b'A';
    while letter <= b'Z' {
        set = set.add(letter);
        letter += 1;
    }
    set
};

/// What stands for the profile in a file's name: different for each two names, whatever signs they hold.
pub fn in_file_name(profile: &str) -> String {
    let name = utf8_percent_encode(profile, &ENCODED).to_string();
    if name.len() > LONGEST || tells(profile) {
        return format!("sha256-{}", &fingerprint(profile)[..32]);
    }
    name
}
