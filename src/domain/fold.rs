//! Text as it is searched and sorted: what a person sees, without regard to case.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::untrusted::{is_hostile, visible};

/// Appends `text` to `out` as it is searched: hostile characters as the escapes that are shown for them (so a line break
/// in a name is never a line break here), every character in lower case, both forms of the Greek sigma alike.
///
/// Each character is folded by itself, so a part of a text folds to a part of the folded text. Canonically equivalent
/// spellings (`é` as one character or as two) stay different.
pub fn fold_into(text: &str, out: &mut String) {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        let start = out.len();
        out.push_str(text);
        out[start..].make_ascii_lowercase();
    } else {
        for c in visible(text).chars() {
            match c {
                'ς' => out.push('σ'),
                c => out.extend(c.to_lowercase()),
            }
        }
    }
}

/// `text` [folded](fold_into).
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, &mut out);
    out
}

/// Whether the folded `needle` occurs in the folded `text`; does not allocate for ASCII.
pub fn contains(text: &str, needle: &str) -> bool {
    if !text.is_ascii() || text.chars().any(is_hostile) {
        return fold(text).contains(needle);
    }
    let (text, needle) = (text.as_bytes(), needle.as_bytes());
    let Some(first) = needle.first() else { return true };
    let Some(last_start) = text.len().checked_sub(needle.len()) else { return false };
    let starts = memchr::memchr2_iter(*first, first.to_ascii_uppercase(), &text[..=last_start]);
    starts.into_iter().any(|start| text[start..start + needle.len()].eq_ignore_ascii_case(needle))
}

/// Orders two texts without regard to case, and those that differ in case only by case.
pub fn compare(a: &str, b: &str) -> Ordering {
    let folded = if a.is_ascii() && b.is_ascii() {
        let lower = |byte: u8| byte.to_ascii_lowercase();
        a.bytes().map(lower).cmp(b.bytes().map(lower))
    } else {
        let lower = |c: char| c.to_lowercase();
        a.chars().flat_map(lower).cmp(b.chars().flat_map(lower))
    };
    folded.then_with(|| a.cmp(b))
}

/// The first sixteen bytes of the text in lower case, so that a smaller number means an earlier text in
/// [`compare`]'s order; equal numbers mean nothing.
pub fn prefix(text: &str) -> u128 {
    let mut bytes = [0_u8; 16];
    if text.is_ascii() {
        for (to, from) in bytes.iter_mut().zip(text.bytes()) {
            *to = from.to_ascii_lowercase();
        }
    } else {
        let lower: Cow<'_, str> = text.chars().take(16).flat_map(char::to_lowercase).collect();
        for (to, from) in bytes.iter_mut().zip(lower.bytes()) {
            *to = from;
        }
    }
    u128::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn folding_twice_changes_nothing_and_leaves_nothing_hostile() {
        for c in (0..=0x0010_ffff_u32).filter_map(char::from_u32) {
            let folded = fold(&c.to_string());
            assert_eq!(fold(&folded), folded);
            assert!(!folded.chars().any(is_hostile));
        }
    }

    #[test]
    fn ascii_and_the_rest_fold_alike() {
        assert_eq!(fold("Ana-1"), "ana-1");
        assert_eq!(fold("ÄNA ΣΑΣ\n"), "äna σασ\\n");
    }

    proptest! {
        #[test]
        fn a_part_folds_to_a_part(text: String, part: String) {
            let whole = format!("{text}{part}{text}");
            prop_assert!(contains(&whole, &fold(&part)));
            prop_assert_eq!(contains(&text, &fold(&part)), fold(&text).contains(&fold(&part)));
        }

        #[test]
        fn ascii_parts_are_found_as_others(text in "[aAbB ]{0,8}", part in "[aAbB]{0,3}") {
            prop_assert_eq!(contains(&text, &fold(&part)), text.to_lowercase().contains(&part.to_lowercase()));
        }

        #[test]
        fn the_prefix_never_contradicts_the_order(a in "[aAbBä\u{0}ß日]{0,18}", b in "[aAbBä\u{0}ß日]{0,18}") {
            match prefix(&a).cmp(&prefix(&b)) {
                Ordering::Equal => {}
                order => prop_assert_eq!(order, compare(&a, &b)),
            }
        }
    }
}
