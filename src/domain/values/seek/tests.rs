use proptest::prelude::*;

use super::super::tests::{BROKEN, EMBEDDINGS, value};
use super::super::{Format, Found};
use super::*;
use crate::domain::secret::Secret;

type At = (u64, u64);

/// What is found in a text that comes in pieces of so many bytes, and where it begins and ends.
fn seek(text: &[u8], piece: usize) -> Vec<(String, At, At)> {
    let (mut seeker, mut kept, mut found) = (Seeker::default(), Vec::new(), Vec::new());
    let mut pieces = text.chunks(piece).peekable();
    while let Some(piece) = pieces.next() {
        kept.extend_from_slice(piece);
        let done = seeker.look(&kept, pieces.peek().is_none(), &mut |sighting| {
            let value = sighting.found.value().map(Secret::expose).unwrap_or_default().to_owned();
            let spot = |spot: Spot| (spot.line, spot.column);
            found.push((value, spot(sighting.start), spot(sighting.end)));
        });
        kept.drain(..done);
    }
    found
}

fn values(text: &[u8], piece: usize) -> Vec<String> {
    seek(text, piece).into_iter().map(|(value, ..)| value).collect()
}

/// Text in which values stand and nothing gives one away.
fn noise(length: usize) -> String {
    "let count = rows.iter().filter(|row| row.is_open()).count(); // api_v1_users, x-y_z\n"
        .chars()
        .cycle()
        .take(length)
        .collect()
}

#[test]
fn every_embedding_is_found_in_a_long_text_as_in_a_short_one() {
    let utf_16 = "as UTF-16";
    for format in Format::ALL {
        for (name, embed) in EMBEDDINGS.iter().chain(BROKEN) {
            let text = embed(&value(format, 3));
            let whole: Vec<String> =
                find(&text).iter().filter_map(Found::value).map(|value| value.expose().to_owned()).collect();
            // a sign that is broken itself is not found, nor one in another encoding: files are decoded before
            if *name == "within the prefix" || *name == utf_16 {
                continue;
            }
            let long = format!("{}\n{text}\n{}", noise(10_000), noise(10_000));
            for piece in [long.len(), 4096, 1000] {
                assert_eq!(values(long.as_bytes(), piece), whole, "{name}, {format:?}, {piece}");
            }
        }
    }
}

#[test]
fn a_value_on_the_edge_of_a_piece_is_told_once_and_where_it_stands() {
    let key = value(Format::ApiKey, 5);
    for before in [0, 1, 990, 1000, 2047, 2048, 2304, 4000, 4095, 4096, 4100, 9000] {
        let line = format!("é😀{}{key} ", "x".repeat(before));
        let text = format!("\n\r\n{line}{key}\n{}{key}", noise(5000));
        let begins = 4 + before as u64;
        let last = noise(5000).rsplit('\n').next().unwrap().len() as u64 + 1;
        let lines = 3 + 1 + noise(5000).matches('\n').count() as u64;
        let expected = [(3, begins), (3, begins + 41), (lines, last)].map(|at| (key.clone(), at, (at.0, at.1 + 40)));
        for piece in [text.len(), 4096, 1024, 7] {
            assert_eq!(seek(text.as_bytes(), piece), expected, "{before} {piece}");
        }
    }
}

#[test]
fn many_values_without_a_gap_are_all_found() {
    let keys: Vec<String> = (0..2000).map(|seed| value(Format::ALL[seed % 4], seed as u64 + 1)).collect();
    let text = keys.join(",");
    for piece in [text.len(), 4096] {
        assert_eq!(values(text.as_bytes(), piece), keys);
    }
}

#[test]
fn examples_parts_and_masked_ones_are_none() {
    let key = value(Format::ApiKey, 5);
    let example = format!("kdk_{}1Ir0du", "0123456789ABCDEFGHIJKLMNOPQRST");
    let text = format!("{example} {} kdk_…9fQ2 {}x", &key[..20], value(Format::PostmanCollectionAccessKey, 1));
    assert_eq!(values(text.as_bytes(), 4096), [""; 0]);
}

#[test]
fn the_needles_are_few_enough_to_be_looked_for_at_once() {
    assert!(NEEDLES.are_packed() || !cfg!(any(target_arch = "x86_64", target_arch = "aarch64")));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_change_nothing(
        parts in prop::collection::vec(
            prop_oneof![
                (prop::sample::select(&Format::ALL[..]), any::<u64>(), prop::sample::select(EMBEDDINGS))
                    .prop_filter("decoded before", |(.., (name, _))| *name != "as UTF-16")
                    .prop_map(|(format, seed, (_, embed))| embed(&value(format, seed)).into_bytes()),
                prop::collection::vec(any::<u8>(), 0..600),
                "[a-z_\\-%{}\n ]{0,900}".prop_map(String::into_bytes),
            ],
            1..12,
        ),
        piece in 1_usize..3000,
    ) {
        let text = parts.join(&b"\n"[..]);
        prop_assert_eq!(seek(&text, piece), seek(&text, text.len().max(1)));
    }
}
