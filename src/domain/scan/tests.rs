use super::*;
use crate::domain::values::seek::Seeker;

fn value(seed: u8) -> String {
    let start = format!("kdk_{}", char::from(b'a' + seed).to_string().repeat(30));
    format!("{start}{}", crate::domain::key_value::checksum(&start))
}

fn add(haul: &mut Haul, file: &str, text: &str) {
    let file = Arc::new(FileName::new(file));
    Seeker::default().look(text.as_bytes(), true, &mut |sighting| haul.add(&sighting, &file, None));
}

#[test]
fn a_value_is_told_once_with_all_its_places_in_order() {
    let mut haul = Haul::new(false);
    add(&mut haul, "b", &format!("{}\n{} {}", value(1), value(0), value(1)));
    add(&mut haul, "a", &format!("\n {}", value(1)));
    // once more, as where a folder and one within it are both named
    add(&mut haul, "a", &format!("\n {}", value(1)));
    let (values, more) = haul.settle();
    assert_eq!((values.len(), more), (2, 0));
    let places = |at: usize| -> Vec<(String, u64, u64)> {
        let place = |place: &Place| (place.file.shown(), place.start.line, place.start.column);
        values[at].places.iter().map(place).collect()
    };
    assert_eq!(places(0), [("a".to_owned(), 2, 2), ("b".to_owned(), 1, 1), ("b".to_owned(), 2, 42)]);
    assert_eq!(places(1), [("b".to_owned(), 2, 1)]);
    assert!(values.iter().all(|value| value.value.is_none()), "kept without need");
    assert_eq!((values[0].count, values[0].masked.as_str()), (3, format!("kdk_…{}", &value(1)[36..]).as_str()));
}

#[test]
fn places_beyond_the_bound_are_counted() {
    let mut haul = Haul::new(true);
    add(&mut haul, "x", &format!("{}\n", value(0)).repeat(PLACES + 5));
    let (values, _) = haul.settle();
    assert_eq!((values[0].places.len(), values[0].count), (PLACES, PLACES as u64 + 5));
    assert_eq!(values[0].value.as_ref().unwrap().expose(), value(0));
}

#[test]
fn names_are_shown_without_what_moves_a_cursor_and_addressed_without_loss() {
    for (name, shown, address) in [
        (&b"deploy/.env"[..], "deploy/.env", "deploy/.env"),
        (b"./a b#c?d%", "./a b#c?d%", "a%20b%23c%3Fd%25"),
        (b"a\x1b[2J\n", "a\\x1b[2J\\n", "a%1B%5B2J%0A"),
        ("zürich".as_bytes(), "zürich", "z%C3%BCrich"),
        (b"z\xfcrich", "z\u{fffd}rich", "z%FCrich"),
        (b"/srv/x", "/srv/x", "/srv/x"),
    ] {
        let name = FileName::new(name);
        assert_eq!((name.shown().as_str(), name.address().as_str()), (shown, address));
    }
    let name = FileName::new(format!("backup-{}.txt", value(0)));
    for told in [name.shown(), name.address(), format!("{name:?}")] {
        assert!(!told.contains(&value(0)[4..16]), "{told}");
    }
}

#[test]
fn what_is_text_is_told_from_its_beginning() {
    let utf_16 = |unit: fn(u16) -> [u8; 2]| "API_KEY=1\n".encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    let mut tar = vec![b'x'; 600];
    tar[257..262].copy_from_slice(b"ustar");
    let long = "😀a".repeat(5000).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    for (bytes, told) in [
        (b"".to_vec(), Ok((Encoding::Ascii, 0))),
        (b"text".to_vec(), Ok((Encoding::Ascii, 0))),
        (b"\xef\xbb\xbftext".to_vec(), Ok((Encoding::Ascii, 3))),
        (b"zur\xfcck".to_vec(), Ok((Encoding::Ascii, 0))),
        (b"\xff\xfea\0".to_vec(), Ok((Encoding::Utf16Le, 2))),
        (b"\xfe\xff\0a".to_vec(), Ok((Encoding::Utf16Be, 2))),
        (utf_16(u16::to_le_bytes), Ok((Encoding::Utf16Le, 0))),
        (utf_16(u16::to_be_bytes), Ok((Encoding::Utf16Be, 0))),
        (b"\xff\xfe\0\0a\0\0\0".to_vec(), Err(Unreadable::Binary)),
        (b"\x7fELF\x02\x01\0\0".to_vec(), Err(Unreadable::Binary)),
        (b"PK\x03\x04rest".to_vec(), Err(Unreadable::Archive("zip"))),
        (b"\x1f\x8b\x08".to_vec(), Err(Unreadable::Archive("gzip"))),
        (tar, Err(Unreadable::Archive("tar"))),
        (long, Err(Unreadable::Binary)),
    ] {
        assert_eq!(sniff(&bytes), told, "{:?}", &bytes[..bytes.len().min(12)]);
    }
}

#[test]
fn utf_16_is_decoded_wherever_it_is_cut() {
    let text = "zürich 😀 kdk_\u{feff}\r\n";
    for (encoding, unit) in
        [(Encoding::Utf16Le, u16::to_le_bytes as fn(u16) -> [u8; 2]), (Encoding::Utf16Be, u16::to_be_bytes)]
    {
        let bytes: Vec<u8> = text.encode_utf16().flat_map(unit).collect();
        for piece in 1..bytes.len() {
            let (mut decoder, mut text_again) = (Decoder::of(encoding).unwrap(), Vec::new());
            bytes.chunks(piece).for_each(|piece| decoder.decode(piece, &mut text_again));
            assert_eq!(String::from_utf8(text_again).unwrap(), text, "{piece}");
        }
    }
    let mut decoded = Vec::new();
    Decoder::of(Encoding::Utf16Le).unwrap().decode(&[0x3d, 0xd8, b'a', 0, 0, 0xdc], &mut decoded);
    assert_eq!(String::from_utf8(decoded).unwrap(), "\u{fffd}a\u{fffd}");
    assert!(Decoder::of(Encoding::Ascii).is_none());
}
