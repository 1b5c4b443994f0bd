//! Passwords that work once, and come by mail.

/// What a backend says of them, and of the sessions that begin with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How many characters a password has: letters and digits.
    pub length: usize,
    /// For how many seconds it is good.
    pub lives_seconds: u64,
    /// How many seconds have to pass before another can be asked for.
    pub pause_seconds: u64,
    /// How many wrong ones void it.
    pub tries: u32,
    /// For how many hours a session lasts, from each use on.
    pub lasts_hours: u32,
}

impl Terms {
    /// Whether a password can have this form.
    ///
    /// # Errors
    /// What form it has.
    pub fn check(&self, password: &str) -> Result<(), String> {
        let fits = password.len() == self.length && password.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if fits { Ok(()) } else { Err(format!("it has {} letters and digits", self.length)) }
    }

    /// What is said of one that was not accepted, after so many that were not; `another` says how to have another sent.
    pub fn left(&self, wrong: u32, another: &str) -> String {
        match self.tries.saturating_sub(wrong) {
            0 => format!("{} wrong ones void it: {another}", self.tries),
            1 => format!("one more try with it, or {another}"),
            left => format!("{left} more tries with it, or {another}"),
        }
    }
}

/// A password as the server has it, of what somebody typed: small letters are the same as large ones, and blanks are none
/// of it.
pub fn normal(typed: &str) -> String {
    typed.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: Terms = Terms { length: 6, lives_seconds: 600, pause_seconds: 30, tries: 4, lasts_hours: 24 };

    #[test]
    fn what_is_typed_becomes_what_was_sent() {
        assert_eq!(normal(" ab2c d7\n"), "AB2CD7");
        assert!(TERMS.check(&normal("ab2cd7")).is_ok());
        for wrong in ["", "AB2CD", "AB2CD77", "AB-CD7", "ÄB2CD"] {
            assert!(TERMS.check(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn four_wrong_ones_void_it() {
        let said: Vec<String> = (1..=5).map(|wrong| TERMS.left(wrong, "Enter has another sent")).collect();
        assert!(said[0].starts_with("3 more tries") && said[2].starts_with("one more try"));
        assert!(said[3].starts_with("4 wrong ones void it: Enter") && said[4] == said[3]);
    }
}
