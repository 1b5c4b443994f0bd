//! What text is compared with: a part of it, all of it, or its shape.

use crate::domain::fold;

/// What a text is compared with, [folded](crate::domain::fold::fold).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Stands anywhere in the text; never empty.
    Part(String),
    /// Is all of the text: its pieces in their order, with anything or nothing between two of them. A single piece is the
    /// text itself and never empty. A text that is empty never fits.
    Whole(Vec<String>),
}

impl Pattern {
    /// Of pieces with a `*` between each two: one piece is a part unless `exact`.
    pub(super) fn of(mut pieces: Vec<String>, exact: bool) -> Self {
        if pieces.len() == 1 && !exact {
            return Self::Part(pieces.remove(0));
        }
        // `**` is `*`
        let last = pieces.len() - 1;
        let mut at = 0;
        pieces.retain(|piece| {
            at += 1;
            at == 1 || at - 1 == last || !piece.is_empty()
        });
        match pieces.as_slice() {
            [start, part, end] if start.is_empty() && end.is_empty() => Self::Part(part.clone()),
            _ => Self::Whole(pieces),
        }
    }

    /// What a text must hold for the pattern to fit; empty where every text may.
    pub fn needle(&self) -> &str {
        match self {
            Self::Part(part) => part,
            Self::Whole(pieces) => pieces.iter().max_by_key(|piece| piece.len()).map_or("", String::as_str),
        }
    }

    /// Whether it fits a text, as received.
    pub fn fits(&self, text: &str) -> bool {
        match self {
            Self::Part(part) => fold::contains(text, part),
            Self::Whole(_) => fold::contains(text, self.needle()) && self.fits_folded(&fold::fold(text)),
        }
    }

    /// Whether it fits one of the lines of a folded text.
    pub fn fits_a_line(&self, folded: &str) -> bool {
        match self {
            Self::Part(part) => folded.contains(part),
            Self::Whole(_) => folded.split('\n').any(|line| self.fits_folded(line)),
        }
    }

    /// Whether it fits a folded text.
    pub fn fits_folded(&self, text: &str) -> bool {
        let pieces = match self {
            Self::Part(part) => return text.contains(part),
            Self::Whole(pieces) => pieces,
        };
        let (Some((first, rest)), false) = (pieces.split_first(), text.is_empty()) else { return false };
        let Some((last, between)) = rest.split_last() else { return text == first };
        let Some(mut left) = text.strip_prefix(first.as_str()).and_then(|left| left.strip_suffix(last.as_str())) else {
            return false;
        };
        for piece in between {
            let Some(at) = left.find(piece.as_str()) else { return false };
            left = &left[at + piece.len()..];
        }
        true
    }

    /// Whether every text that this fits is one that `other` fits, as far as that is plain.
    pub(super) fn implies(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Part(longer), Self::Part(shorter)) => longer.contains(shorter),
            (Self::Whole(pieces), Self::Part(part)) => pieces.iter().any(|piece| piece.contains(part)),
            (Self::Whole(pieces), wide) if pieces.len() == 1 => wide.fits_folded(&pieces[0]),
            // what begins and ends with more also begins and ends with less
            (Self::Whole(narrow), Self::Whole(wide)) if wide.len() == 2 && narrow.len() > 1 => {
                narrow[0].starts_with(&wide[0]) && narrow[narrow.len() - 1].ends_with(&wide[1])
            }
            (narrow, wide) => narrow == wide,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pattern(text: &str) -> Pattern {
        match text.strip_prefix('=') {
            Some(text) => Pattern::of(vec![text.to_owned()], true),
            None => Pattern::of(text.split('*').map(str::to_owned).collect(), false),
        }
    }

    #[test]
    fn what_fits() {
        for (text, fitting, others) in [
            ("ci", &["ci", "a ci b", "CI"][..], &["c i", ""][..]),
            ("=ci", &["ci", "Ci"], &["cid", "aci", ""]),
            ("ci*", &["ci", "ci-deploy"], &["aci", ""]),
            ("*ci", &["ci", "aci"], &["cia", ""]),
            ("*", &["a"], &[""]),
            ("a*a", &["aa", "aba"], &["a", "ab"]),
            ("a*b*c", &["abc", "a-b-b-c"], &["acb", "abcd"]),
            ("**ci**", &["ci", "a ci b"], &["c"]),
        ] {
            let pattern = pattern(text);
            for yes in fitting {
                assert!(pattern.fits(yes) && pattern.fits_a_line(&format!("x\n{}\n", fold::fold(yes))), "{text} {yes}");
            }
            for no in others {
                assert!(!pattern.fits(no), "{text} {no}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_implied_holds(narrow in "=[ab]{1,3}|[ab*]{1,4}", wide in "=[ab]{1,3}|[ab*]{1,4}", text in "[ab]{0,6}") {
            let [narrow, wide] = [narrow, wide].map(|text| pattern(&text));
            if narrow.implies(&wide) && narrow.fits(&text) {
                prop_assert!(wide.fits(&text), "{narrow:?} {wide:?}");
            }
        }
    }
}
