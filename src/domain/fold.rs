//! Text as it is searched and sorted: what a person sees, without regard to case or to how it is encoded.

use std::borrow::Cow;
use std::cmp::Ordering;

use icu_casemap::{CaseMapper, CaseMapperBorrowed};
use icu_normalizer::{ComposingNormalizer, ComposingNormalizerBorrowed};

use super::untrusted::{is_hostile, visible};

const CASES: CaseMapperBorrowed<'static> = CaseMapper::new();
const SPELLINGS: ComposingNormalizerBorrowed<'static> = ComposingNormalizer::new_nfkc();
/// What stands in every masked value. By its spelling it would be three dots, and a masked value no more.
const ELLIPSIS: char = '…';

/// Appends `text` to `out` as it is searched: hostile characters as the escapes that are shown for them (so a line break
/// in a name is never a line break here), everything else as Unicode compares it without regard to case and
/// compatibility: `Straße` as `strasse`, full-width letters and ligatures as their letters, composed and decomposed
/// accents alike. The letter i is one letter whether it has its dot or not, since I is the capital of both.
///
/// An accent that stands at the beginning of a part may join the letter before it in the whole, so a part of a text folds
/// to a part of the folded text only where it does not begin or end inside such a letter.
pub fn fold_into(text: &str, out: &mut String) {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        push_ascii(text, out);
        return;
    }
    for (position, segment) in visible(text).split(ELLIPSIS).enumerate() {
        if position > 0 {
            out.push(ELLIPSIS);
        }
        if segment.is_ascii() { push_ascii(segment, out) } else { out.push_str(&fold_unicode(segment)) }
    }
}

fn push_ascii(text: &str, out: &mut String) {
    let start = out.len();
    out.push_str(text);
    out[start..].make_ascii_lowercase();
}

fn fold_unicode(text: &str) -> Cow<'_, str> {
    let mut folded = SPELLINGS.normalize(text);
    // What is folded may be spelled anew, and what is spelled anew fold again: three rounds are what it ever takes.
    for _ in 0..4 {
        let cased = undotted(CASES.fold_string(&folded));
        let again = SPELLINGS.normalize(&cased);
        if *again == *folded {
            break;
        }
        folded = Cow::Owned(again.into_owned());
    }
    folded
}

/// The i without anything that tells one kind from the other: `İ` folds to an i and a dot of its own.
fn undotted(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains(['\u{307}', 'ı']) {
        return Cow::Owned(text.replace("i\u{307}", "i").replace('ı', "i"));
    }
    text
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
    if a == b {
        return Ordering::Equal;
    }
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
            assert_eq!(fold(&folded), folded, "{c:?}");
            assert!(!folded.chars().any(is_hostile), "{c:?}");
        }
    }

    #[test]
    fn ascii_and_the_rest_fold_alike() {
        assert_eq!(fold("Ana-1"), "ana-1");
        assert_eq!(fold("ÄNA ΣΑΣ\n"), "äna σασ\\n");
        assert_eq!(fold("kdk_…9fQ2"), "kdk_…9fq2");
    }

    #[test]
    fn what_is_written_alike_is_alike() {
        for alike in [
            &["Zürich", "ZÜRICH", "Zu\u{308}rich", "zürich"][..],
            &["straße", "STRASSE", "STRAẞE", "strasse"],
            &["İstanbul", "istanbul", "ISTANBUL", "I\u{307}stanbul", "ıstanbul"],
            &["Ａｎａ　Ｓｏｕｚａ", "ana souza", "Ana\u{a0}Souza"],
            &["ﬁle", "file", "FILE"],
            &["ΟΔΟΣ", "οδος", "οδοσ"],
            &["각", "\u{1100}\u{1161}\u{11a8}"],
            &["Ǆ", "ǅ", "ǆ", "dž"],
            &["Å", "\u{212b}", "a\u{30a}"],
        ] {
            for text in alike {
                assert_eq!(fold(text), fold(alike[0]), "{text}");
                assert!(contains(&format!("x {text} y"), &fold(alike[0])), "{text}");
            }
        }
        for other in ["zurich", "Zúrich"] {
            assert_ne!(fold(other), fold("Zürich"), "{other}: an accent is more than a spelling");
        }
    }

    proptest! {
        #[test]
        fn folding_is_once_and_for_all(text: String) {
            let folded = fold(&text);
            prop_assert_eq!(fold(&folded), folded);
        }

        #[test]
        fn a_text_contains_what_it_folds_to(text: String, part: String) {
            prop_assert_eq!(contains(&text, &fold(&part)), fold(&text).contains(&fold(&part)));
            let whole = format!("{text} {part} {text}");
            let spaced = fold(&format!(" {part} "));
            prop_assert!(contains(&whole, &spaced));
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
