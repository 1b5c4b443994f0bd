//! Answers of terminals between a person's keys, by chance: cut at any byte, with any pause around the limits.

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::tests::{ANSWERS, Clock, name};
use super::*;

/// How many events there are, unless `KEYDECK_FUZZ_EVENTS` says another number.
const EVENTS: u64 = 40_000;

/// Pauses in milliseconds, around each limit.
const PAUSES: &[u64] = &[0, 1, 49, 50, 51, 249, 250, 251, 299, 300, 301, 700, 999, 1000, 1001, 1049, 1051, 2000];

/// What a person presses: bytes and name.
const KEYS: &[(&[u8], &str)] = &[
    (b"\x1b", "Esc"),
    (b"\x1bP", "alt-P"),
    (b"\x1b]", "alt-]"),
    (b"\x1bX", "alt-X"),
    (b"\x1b_", "alt-_"),
    (b"\x1b[", "alt-["),
    (b"\x1bx", "alt-x"),
    (b"x", "x"),
    (b"y", "y"),
    (b"]", "]"),
    (b"[", "["),
    (b"P", "P"),
    (b"O", "O"),
    (b"1", "1"),
    (b"c", "c"),
    (b"\r", "Enter"),
    (b"\t", "Tab"),
    (b"\x7f", "Backspace"),
    (b"\x03", "ctrl-c"),
    (b"\x07", "ctrl-g"),
    ("é".as_bytes(), "é"),
    ("日".as_bytes(), "日"),
    (b"\x1b[A", "Up"),
    (b"\x1bOB", "Down"),
    (b"\x1b[1;5D", "ctrl-Left"),
    (b"\x1b[5~", "PageUp"),
    (b"\x1bOP", "F1"),
    (b"\x1b[200~003K\r\x1b[201~", "paste 003K\r"),
];

fn answer(random: &mut ChaCha8Rng) -> Vec<u8> {
    if random.random_bool(0.5) {
        return ANSWERS[random.random_range(0..ANSWERS.len())].to_vec();
    }
    let mut bytes = vec![ESC];
    let kind = random.random_range(0..6_usize);
    bytes.push(b"P]X^_["[kind]);
    let length = random.random_range(1..60);
    if kind == 5 {
        bytes.push(b"?>="[random.random_range(0..3)]);
        bytes.extend((0..length.min(20)).map(|_| b"0123456789;:"[random.random_range(0..12)]));
        bytes.push(b"cnRuyt"[random.random_range(0..6)]);
    } else {
        bytes.extend((0..length).map(|_| random.random_range(b' '..=b'~')));
        bytes.extend_from_slice(if random.random_bool(0.5) { b"\x1b\\" } else { b"\x07" });
    }
    bytes
}

#[test]
fn answers_are_no_keys_and_no_key_of_a_person_is_lost() {
    let events = std::env::var("KEYDECK_FUZZ_EVENTS").ok().and_then(|events| events.parse().ok()).unwrap_or(EVENTS);
    let seed = 7;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut clock = Clock::default();
    for event in 0..events {
        let mut heard: Vec<String>;
        let context = if random.random_bool(0.5) {
            let (bytes, pressed) = KEYS[random.random_range(0..KEYS.len())];
            heard = clock.write(bytes).into_iter().map(name).collect();
            // a person's keys do not come as fast as a terminal's answers, but others may be right behind them
            heard.extend(clock.wait(random.random_range(60..400)).into_iter().map(name));
            heard.retain(|heard| heard != "noise");
            if heard == [pressed] {
                continue;
            }
            format!("{pressed} came to {heard:?}")
        } else {
            let answer = answer(&mut random);
            let cut = random.random_range(1..=answer.len());
            let pause = PAUSES[random.random_range(0..PAUSES.len())];
            heard = clock.write(&answer[..cut]).into_iter().map(name).collect();
            heard.extend(clock.wait(if cut < answer.len() { pause } else { 0 }).into_iter().map(name));
            heard.extend(clock.write(&answer[cut..]).into_iter().map(name));
            heard.extend(clock.wait(if random.random_bool(0.5) { 0 } else { 60 }).into_iter().map(name));
            let whole = cut == answer.len() || pause < 50;
            let fine = match &heard[..] {
                [] => true,
                _ if whole => false,
                [esc] if cut == 1 => esc == "Esc",
                [alt] if cut == 2 => *alt == format!("alt-{}", char::from(answer[1])),
                // what was cut for longer than a second
                [noise, ..] => pause >= 1000 && noise == "noise" && doubted(&heard, cut + 1 == answer.len()),
            };
            if fine {
                if heard.iter().any(|heard| heard == "noise") || pause >= 1000 {
                    // let all that may still come be over, so that the next key is judged by itself
                    clock.wait(60);
                }
                continue;
            }
            format!("{answer:?} cut at {cut} for {pause} ms came to {heard:?}")
        };
        panic!("event {event} of seed {seed}: {context}");
    }
}

/// Whether all that was heard of an answer cut for longer than a second was told to be in doubt: nothing but noise, the ESC
/// of its end, or one last byte behind another warning.
fn doubted(heard: &[String], last_byte_alone: bool) -> bool {
    let keys: Vec<&String> = heard.iter().filter(|heard| *heard != "noise").collect();
    keys.is_empty() || last_byte_alone && keys.len() == 1
}

/// Bytes that mean something.
const TELLING: &[u8] = b"\x1b\x1b[]PX_^O\\\x07;?<0123M~Ruc";

#[test]
fn no_bytes_panic_or_are_held_for_ever() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    for _ in 0..3_000 {
        let mut clock = Clock::default();
        for _ in 0..random.random_range(1..12) {
            let mut bytes = vec![0; random.random_range(1..40)];
            random.fill_bytes(&mut bytes);
            for byte in &mut bytes {
                // what means something comes more often
                if random.random_bool(0.5) {
                    *byte = TELLING[random.random_range(0..TELLING.len())];
                }
            }
            clock.write(&bytes);
            clock.wait(PAUSES[random.random_range(0..PAUSES.len())]);
        }
        clock.wait(60_000);
        assert_eq!(clock.decoder.due(), None);
        let heard = clock.write(b"j").into_iter().chain(clock.wait(60)).map(name).collect::<Vec<_>>();
        assert_eq!(heard.last().map(String::as_str), Some("j"), "{heard:?}");
    }
}
