use rstest::rstest;

use super::*;

#[path = "../../../../tests/support/answers.rs"]
mod answers;

pub use answers::ANSWERS;

/// A terminal that writes at given times.
#[derive(Default)]
pub struct Clock {
    pub decoder: Decoder,
    pub now: Duration,
}

impl Clock {
    /// Lets time pass; tells what is decided meanwhile.
    pub fn wait(&mut self, milliseconds: u64) -> Vec<Input> {
        let until = self.now + Duration::from_millis(milliseconds);
        let mut inputs = Vec::new();
        while let Some(due) = self.decoder.due().filter(|due| *due <= until) {
            inputs.extend(self.decoder.tick(due));
        }
        self.now = until;
        inputs
    }

    pub fn write(&mut self, bytes: &[u8]) -> Vec<Input> {
        self.decoder.feed(bytes, self.now)
    }
}

/// The names of what comes of bytes with pauses between them, in milliseconds, and a long one behind.
fn told(parts: &[(u64, &[u8])]) -> Vec<String> {
    let mut clock = Clock::default();
    let mut inputs = Vec::new();
    for (pause, bytes) in parts {
        inputs.extend(clock.wait(*pause));
        inputs.extend(clock.write(bytes));
    }
    inputs.extend(clock.wait(60_000));
    assert_eq!(clock.decoder.due(), None, "nothing is held for ever");
    inputs.into_iter().map(name).collect()
}

fn told_text(parts: &[(u64, &str)]) -> Vec<String> {
    told(&parts.iter().map(|(pause, text)| (*pause, text.as_bytes())).collect::<Vec<_>>())
}

pub fn name(input: Input) -> String {
    match input {
        Input::Key(press) => press.to_string(),
        Input::Paste(text) => format!("paste {text}"),
        Input::Noise => "noise".to_owned(),
        Input::Mouse(mouse) => format!("{mouse:?}"),
        Input::Resized => "resized".to_owned(),
        Input::Ground(_) => "ground".to_owned(),
    }
}

#[test]
fn answers_are_swallowed_whole_in_any_company() {
    for answer in ANSWERS {
        assert_eq!(told(&[(0, answer)]), [""; 0], "{answer:?}");
        assert_eq!(told(&[(0, &[b"j", *answer, b"k"].concat())]), ["j", "k"], "{answer:?}");
        assert_eq!(told(&[(0, &[b"\x1b", *answer, b"\x1b[A"].concat())]), ["Esc", "Up"], "{answer:?}");
        for other in ANSWERS {
            assert_eq!(told(&[(0, answer), (3, other)]), [""; 0], "{answer:?} {other:?}");
        }
    }
}

#[test]
fn answers_cut_in_two_are_put_together_again() {
    for answer in ANSWERS {
        for at in 1..answer.len() {
            for pause in [1, 49, 50, 51, 249, 250, 251, 300, 700, 999] {
                let told = told(&[(0, &answer[..at]), (pause, &answer[at..])]);
                // a beginning alone for 50 ms is a key, but what follows is not
                let alone = match at {
                    1 => vec!["Esc".to_owned()],
                    2 => vec![format!("alt-{}", char::from(answer[1]))],
                    _ => vec![],
                };
                assert_eq!(told, if pause < 50 { vec![] } else { alone }, "{answer:?} at {at} after {pause} ms");
            }
        }
    }
}

#[test]
fn answers_cut_for_longer_are_noise_and_so_is_their_rest() {
    for answer in ANSWERS {
        for at in 1..answer.len() {
            for pause in [1000, 1001, 2000, 5000] {
                let told = told(&[(0, &answer[..at]), (pause, &answer[at..])]);
                let context = format!("{answer:?} at {at} after {pause} ms: {told:?}");
                match (at, &told[..]) {
                    (1, [esc]) => assert_eq!(esc, "Esc", "{context}"),
                    (2, [alt]) => assert!(alt.starts_with("alt-"), "{context}"),
                    // the ESC of the end may be a person's
                    (_, [noise]) => assert_eq!(noise, "noise", "{context}"),
                    (_, [noise, esc]) if at + 1 == answer.len() && esc == "Esc" => assert_eq!(noise, "noise"),
                    // one byte alone cannot be told from a key, but it is told that it may be none
                    (_, [noise, again, _]) => {
                        assert_eq!(
                            (noise.as_str(), again.as_str(), at + 1),
                            ("noise", "noise", answer.len()),
                            "{context}"
                        );
                    }
                    _ => panic!("{context}"),
                }
            }
        }
    }
}

#[rstest]
#[case::alt_keys(&[(0, "\x1bP"), (60, "\x1b]"), (60, "\x1bX"), (60, "\x1b_"), (60, "\x1b^"), (60, "\x1b["), (60, "\x1bO")],
    &["alt-P", "alt-]", "alt-X", "alt-_", "alt-^", "alt-[", "alt-O"])]
#[case::esc_and_a_bracket(&[(0, "\x1b"), (60, "]"), (60, "j")], &["Esc", "]", "j"])]
#[case::esc_and_the_other(&[(0, "\x1b"), (60, "["), (60, "A")], &["Esc", "[", "A"])]
#[case::esc_and_what_begins_strings(&[(0, "\x1b"), (60, "P"), (60, "x"), (60, "y")], &["Esc", "P", "x", "y"])]
#[case::alt_and_a_key(&[(0, "\x1bP"), (60, "x")], &["alt-P", "x"])]
#[case::alt_and_a_wide_key(&[(0, "\x1b]"), (60, "é"), (60, "日")], &["alt-]", "é", "日"])]
#[case::alt_bracket_and_digits(&[(0, "\x1b["), (60, "2"), (60, "c")], &["alt-[", "2", "c"])]
#[case::esc_twice(&[(0, "\x1b\x1b")], &["Esc", "Esc"])]
#[case::esc_and_an_arrow(&[(0, "\x1b\x1b[A")], &["Esc", "Up"])]
#[case::esc_and_typing(&[(0, "\x1b"), (60, "/ana\r")], &["Esc", "/", "a", "n", "a", "Enter"])]
#[case::alt_letter(&[(0, "\x1bf\x1b\x7f")], &["alt-f", "alt-Backspace"])]
#[case::much_at_once(&[(0, "jjk\x1b[B\x1bOC\x1b[3~é\r\x12")], &["j", "j", "k", "Down", "Right", "Delete", "é", "Enter", "ctrl-r"])]
#[case::an_arrow_cut(&[(0, "\x1b["), (10, "A")], &["Up"])]
#[case::an_arrow_with_modifiers_cut(&[(0, "\x1b[1;"), (400, "5D")], &["ctrl-Left"])]
#[case::an_arrow_behind_its_escape(&[(0, "\x1b"), (60, "[A")], &["Esc", "Up"])]
#[case::unknown_ss3(&[(0, "\x1bOx")], &["alt-O", "x"])]
#[case::ctrl_c_breaks_a_sequence(&[(0, "\x1b[3\x03")], &["noise", "noise", "ctrl-c"])]
fn no_key_of_a_person_is_lost(#[case] parts: &[(u64, &str)], #[case] keys: &[&str]) {
    assert_eq!(told_text(parts), keys);
}

#[test]
fn characters_are_put_together_and_half_ones_dropped() {
    assert_eq!(told(&[(0, b"\xe6\x97"), (10, b"\xa5")]), ["日"]);
    assert_eq!(told(&[(0, b"\xe6\x97"), (60, b"j")]), ["j"]);
    assert_eq!(told(&[(0, b"\xff\x80j")]), ["j"]);
}

#[rstest]
#[case::string(&[(0, "\x1b]0;never ended"), (1100, "j"), (1100, "\x1b"), (60, "j"), (60, "\x1b[A")],
    &["noise", "noise", "j", "Esc", "j", "Up"])]
#[case::esc_within_a_string(&[(0, "\x1b]0;never ended"), (300, "\x1b"), (60, "j")], &["noise", "Esc", "noise", "j"])]
#[case::a_string_in_a_string(&[(0, "\x1b]0;never ended\x1b]11;rgb:0/0/0\x07j")], &["noise", "noise", "j"])]
#[case::cut_twice(&[(0, "\x1bP>|tmu"), (1500, "x 3"), (1500, ".4\x1b\\"), (60, "k")],
    &["noise", "noise", "x", "Space", "3", "k"])]
#[case::the_rest_and_keys(&[(0, "\x1bP>|tmu"), (1500, "x 3.4\x1b\\jk")], &["noise", "noise", "j", "k"])]
fn after_something_was_cut_keys_are_heard_and_doubted(#[case] parts: &[(u64, &str)], #[case] keys: &[&str]) {
    assert_eq!(told_text(parts), keys);
}

#[test]
fn pastes_are_one_and_hold_what_they_hold() {
    let paste = b"\x1b[200~y\x1b]11;x\x07\r 003K\x1b[201~";
    for at in 1..paste.len() {
        for pause in [0, 30, 900, 5000] {
            let told = told(&[(0, &paste[..at]), (pause, &paste[at..]), (0, b"j")]);
            let whole = ["paste y\u{1b}]11;x\u{7}\r 003K", "j"];
            if (at > 2 || pause < 50) && (at > 5 || pause < 1000) {
                assert_eq!(told, whole, "{at} {pause}");
            }
        }
    }
    assert_eq!(told(&[(0, b"\x1b[200~003K\r"), (31_000, b"j")]), ["noise", "noise", "j"], "half of one is dropped");
}

#[test]
fn a_long_string_is_swallowed_and_ends_with_a_pause() {
    let mut clock = Clock::default();
    assert_eq!(clock.write(b"\x1b]52;c;"), []);
    for _ in 0..300 {
        assert_eq!(clock.wait(20), []);
        assert_eq!(clock.write(&[b'y'; 8192]), []);
    }
    assert!(clock.wait(49).is_empty());
    assert_eq!(clock.wait(1), [Input::Noise], "longer than the limit, it does not get a second's patience");
    assert_eq!(clock.write(b"j"), []);
    assert_eq!(clock.wait(50).into_iter().map(name).collect::<Vec<_>>(), ["noise", "j"]);
    // one that drips for ever
    let mut clock = Clock::default();
    clock.write(b"\x1b]52;c;");
    let mut seconds = 0;
    while clock.wait(900).is_empty() {
        clock.write(b"y");
        seconds += 1;
        assert!(seconds < 20);
    }
    assert!(clock.now >= LONGEST && clock.now < LONGEST + Duration::from_secs(2), "{:?}", clock.now);
}

#[test]
fn nothing_is_due_while_nothing_is_held() {
    let mut clock = Clock::default();
    assert_eq!(clock.decoder.due(), None);
    clock.write(b"j\x1b[A\x1b]11;x\x07");
    assert_eq!(clock.decoder.due(), None);
    clock.write(b"\x1b");
    assert_eq!(clock.decoder.due(), Some(TOGETHER));
}

#[test]
fn of_all_answers_the_background_alone_is_read_however_it_is_cut() {
    let answer = b"\x1b]11;rgb:ffff/f0f0/0000\x1b\\";
    for cut in 2..answer.len() {
        let mut decoder = Decoder::default();
        let mut inputs = decoder.feed(&answer[..cut], Duration::ZERO);
        inputs.extend(decoder.feed(&answer[cut..], Duration::from_millis(20)));
        assert_eq!((inputs, decoder.take_ground()), (vec![], Some([255, 240, 0])), "{cut}");
        assert_eq!(decoder.take_ground(), None, "told once");
    }
    let others: [&[u8]; 4] = [
        b"\x1b]10;rgb:ff/ff/ff\x07",
        b"\x1bP11;rgb:ff/ff/ff\x1b\\",
        b"\x1b]52;c;c2VjcmV0\x07",
        b"\x1b]11;rgb:ff/ff/ff\x1bx",
    ];
    for other in others {
        let mut decoder = Decoder::default();
        decoder.feed(other, Duration::ZERO);
        assert_eq!(decoder.take_ground(), None, "{other:?}");
    }
}
