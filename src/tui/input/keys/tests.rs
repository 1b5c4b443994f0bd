use rstest::rstest;

use super::*;

#[rstest]
#[case(b"?", "?")]
#[case(b"G", "G")]
#[case("é".as_bytes(), "é")]
#[case(b"\x12", "ctrl-r")]
#[case(b"\x08", "Backspace")]
#[case(b"\x7f", "Backspace")]
#[case(b"\0", "ctrl-Space")]
#[case(b" ", "Space")]
#[case(b"\x1bx", "alt-x")]
#[case(b"\x1b\r", "alt-Enter")]
#[case(b"\x1b\x7f", "alt-Backspace")]
#[case(b"\t", "Tab")]
#[case(b"\x1b[Z", "BackTab")]
#[case(b"\r", "Enter")]
#[case(b"\n", "ctrl-j")]
#[case(b"\x1b", "Esc")]
#[case::xterm(b"\x1b[A", "Up")]
#[case::application_keys(b"\x1bOD", "Left")]
#[case(b"\x1b[1;2D", "shift-Left")]
#[case(b"\x1b[1;5C", "ctrl-Right")]
#[case(b"\x1b[1~", "Home")]
#[case(b"\x1bOF", "End")]
#[case(b"\x1b[H", "Home")]
#[case(b"\x1b[3~", "Delete")]
#[case(b"\x1b[3;3~", "alt-Delete")]
#[case(b"\x1b[5~", "PageUp")]
#[case(b"\x1bOP", "F1")]
#[case::linux(b"\x1b[[A", "F1")]
#[case(b"\x1b[15~", "F5")]
#[case(b"\x1b[24~", "F12")]
#[case(b"\x1b[1;2R", "shift-F3")]
#[case::kitty(b"\x1b[27u", "Esc")]
#[case::kitty(b"\x1b[114;5u", "ctrl-r")]
#[case::kitty_repeats(b"\x1b[106;1:2u", "j")]
#[case::kitty_keypad(b"\x1b[57414u", "Enter")]
fn each_press_has_one_form(#[case] bytes: &[u8], #[case] name: &str) {
    assert_eq!(read(bytes), Some(Input::Key(name.parse().unwrap())), "{bytes:?}");
}

#[rstest]
#[case::released(b"\x1b[106;1:3u")]
#[case::with_super(b"\x1b[106;9u")]
#[case::caps_lock(b"\x1b[57358u")]
#[case::a_control_character("\u{9b}".as_bytes())]
#[case::focus(b"\x1b[I")]
#[case::position_of_the_cursor(b"\x1b[24;80R")]
#[case::device_attributes(b"\x1b[?64;1;2c")]
#[case::secondary(b"\x1b[>41;354;0c")]
#[case::status(b"\x1b[0n")]
#[case::mode(b"\x1b[?2026;2$y")]
#[case::colour_scheme(b"\x1b[?997;1n")]
#[case::size_in_band(b"\x1b[48;24;80;480;640t")]
#[case::cell_size(b"\x1b[6;18;9t")]
#[case::keyboard_flags(b"\x1b[?1u")]
#[case::not_utf8(b"\xff")]
#[case::nothing(b"")]
fn what_the_console_does_not_heed_is_left_out(#[case] bytes: &[u8]) {
    assert_eq!(read(bytes), None, "{bytes:?}");
}

#[test]
fn the_mouse_is_heeded_in_the_form_that_was_asked_for() {
    let told = |bytes: &[u8]| match read(bytes) {
        Some(Input::Mouse(mouse)) => Some(mouse),
        None => None,
        other => panic!("{other:?}"),
    };
    assert_eq!(told(b"\x1b[<0;1;3M"), Some(Mouse::Click(0, 2)));
    assert_eq!(told(b"\x1b[<16;300;200M"), Some(Mouse::Click(299, 199)), "with ctrl held");
    assert_eq!(told(b"\x1b[<64;5;5M"), Some(Mouse::WheelUp));
    assert_eq!(told(b"\x1b[<65;5;5M"), Some(Mouse::WheelDown));
    for ignored in [
        &b"\x1b[<0;1;3m"[..],
        b"\x1b[<2;1;3M",
        b"\x1b[<32;1;3M",
        b"\x1b[<0;0;0M",
        b"\x1b[<0;1M",
        b"\x1b[<;;M",
        b"\x1b[<99999;1;1M",
        b"\x1b[M !!",
        b"\x1b[32;1;1M",
    ] {
        assert_eq!(told(ignored), None, "{ignored:?}");
    }
}
