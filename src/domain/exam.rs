//! What a backend really does, as it was measured: how long a revocation takes to bite, what it answers to values of every
//! kind, how soon its lists know.

use chrono::TimeDelta;

use super::untrusted::Untrusted;

/// What is asked of a backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// How far this machine's clock is from the server's.
    ClockSkew,
    /// What one's own value is answered.
    OwnValue,
    /// What a value is answered that nobody ever had.
    MadeUp,
    /// What one question about a value costs.
    ProbeCost,
    /// How long it takes until a new key is accepted.
    NewAccepted,
    /// How long it takes until a new key is listed.
    NewListed,
    /// Whether asking about a value moves its key's last use, and how exactly that is told.
    LastUse,
    /// How long it takes until a disabled key is refused, and what its value is answered then.
    Disabled,
    /// How long it takes until it is accepted again.
    EnabledAgain,
    /// How long it takes until a revoked key is refused, and what its value is answered then.
    Revoked,
    /// How long it takes until the list says so.
    RevokedListed,
}

impl Question {
    /// Its word for scripts.
    pub fn word(self) -> &'static str {
        match self {
            Self::ClockSkew => "clockSkew",
            Self::OwnValue => "ownValue",
            Self::MadeUp => "madeUp",
            Self::ProbeCost => "probeCost",
            Self::NewAccepted => "newAccepted",
            Self::NewListed => "newListed",
            Self::LastUse => "lastUse",
            Self::Disabled => "disabled",
            Self::EnabledAgain => "enabledAgain",
            Self::Revoked => "revoked",
            Self::RevokedListed => "revokedListed",
        }
    }

    /// What is asked, for people.
    pub fn title(self) -> &'static str {
        match self {
            Self::ClockSkew => "this machine's clock",
            Self::OwnValue => "the key in use",
            Self::MadeUp => "a made-up value",
            Self::ProbeCost => "cost of a probe",
            Self::NewAccepted => "a new key is accepted",
            Self::NewListed => "a new key is listed",
            Self::LastUse => "last use",
            Self::Disabled => "a disabled key is refused",
            Self::EnabledAgain => "an enabled key is accepted again",
            Self::Revoked => "a revoked key is refused",
            Self::RevokedListed => "the list knows of the revocation",
        }
    }
}

/// What was measured.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It was measured: after how long, where that is what was asked, and what was seen.
    Seen { after: Option<TimeDelta>, what: Untrusted },
    /// It never came, within so long.
    Never { within: TimeDelta, what: Untrusted },
    /// It was not measured; why.
    NotMeasured(Untrusted),
}

/// One line of an exam.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    pub question: Question,
    pub answer: Answer,
    /// Whether it is otherwise than keydeck takes this backend to be, so that what it says of it is not to be relied on.
    pub unlike_declared: bool,
}

/// An exam, as far as it came.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exam {
    /// In the order in which they were taken.
    pub measures: Vec<Measure>,
    /// What is left at the backend, and could not be taken away.
    pub left: Option<Untrusted>,
}

impl Exam {
    /// Notes what was measured.
    pub fn note(&mut self, question: Question, answer: Answer, unlike_declared: bool) {
        self.measures.push(Measure { question, answer, unlike_declared });
    }

    /// Notes that these were not measured, and why.
    pub fn skip(&mut self, questions: &[Question], why: &str) {
        for question in questions {
            self.note(*question, Answer::NotMeasured(why.into()), false);
        }
    }

    /// Whether revoked keys keep working, as far as was waited.
    pub fn keeps_revoked(&self) -> bool {
        let never = |measure: &&Measure| matches!(measure.answer, Answer::Never { .. });
        self.measures.iter().filter(never).any(|measure| measure.question == Question::Revoked)
    }

    /// Whether nothing was seen that keydeck does not take for granted.
    pub fn is_as_declared(&self) -> bool {
        self.left.is_none() && !self.measures.iter().any(|measure| measure.unlike_declared)
    }
}

impl Answer {
    /// In words.
    pub fn words(&self) -> String {
        match self {
            Self::Seen { after: None, what } => what.to_string(),
            Self::Seen { after: Some(after), what } if what.is_empty() => format!("after {}", length(*after)),
            Self::Seen { after: Some(after), what } => format!("after {}: {what}", length(*after)),
            Self::Never { within, what } if what.is_empty() => format!("not within {}", length(*within)),
            Self::Never { within, what } => format!("not within {}: {what}", length(*within)),
            Self::NotMeasured(why) => format!("not measured: {why}"),
        }
    }

    /// After how many seconds, where that was measured.
    #[expect(clippy::cast_precision_loss, reason = "nobody waits for thousands of years")]
    pub fn seconds(&self) -> Option<f64> {
        match self {
            Self::Seen { after, .. } => after.map(|after| after.num_milliseconds() as f64 / 1000.0),
            Self::Never { .. } | Self::NotMeasured(_) => None,
        }
    }
}

/// To the millisecond below a second, to the tenth above: `40 ms`, `2.3 s`.
fn length(time: TimeDelta) -> String {
    let millis = time.num_milliseconds().max(0);
    if millis < 1000 {
        return format!("{millis} ms");
    }
    format!("{}.{} s", millis / 1000, millis % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_say_after_how_long_and_what() {
        let seen =
            |millis, what: &str| Answer::Seen { after: Some(TimeDelta::milliseconds(millis)), what: what.into() };
        assert_eq!(seen(40, "").words(), "after 40 ms");
        assert_eq!(seen(2_345, "401 AuthenticationError").words(), "after 2.3 s: 401 AuthenticationError");
        let never = Answer::Never { within: TimeDelta::seconds(60), what: "still accepted".into() };
        assert_eq!((never.words().as_str(), never.seconds()), ("not within 60.0 s: still accepted", None));
        assert_eq!(Answer::NotMeasured("it makes no keys".into()).words(), "not measured: it makes no keys");
    }

    #[test]
    fn revoked_keys_that_keep_working_are_told_from_slow_lists() {
        let mut exam = Exam::default();
        let never = || Answer::Never { within: TimeDelta::seconds(60), what: Untrusted::default() };
        exam.note(Question::RevokedListed, never(), false);
        exam.note(Question::Disabled, never(), true);
        assert!(!exam.keeps_revoked() && !exam.is_as_declared());
        exam.note(Question::Revoked, never(), true);
        assert!(exam.keeps_revoked());
        assert!(!Exam { left: Some("a key".into()), ..Exam::default() }.is_as_declared());
    }
}
