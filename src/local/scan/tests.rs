use std::io::{self, Read};

use super::*;
use crate::domain::key_value::{KeyKind, mint};
use crate::domain::scan::Exposure;

fn value() -> String {
    mint(KeyKind::ApiKey, getrandom::fill).unwrap().expose().to_owned()
}

fn looked(text: impl Read) -> (Vec<Exposure>, Told) {
    let (scan, mut text) = (Scan::new(false), text);
    read::Reader::default().file(&scan, &Arc::new(FileName::new("x")), &mut text, None);
    let (haul, told) = scan.take();
    (haul.settle().0, told)
}

/// One line without an end.
struct Line {
    left: u64,
    most_asked: usize,
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.most_asked = self.most_asked.max(buffer.len());
        let count = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        buffer[..count].fill(b'x');
        self.left -= count as u64;
        Ok(count)
    }
}

#[test]
fn a_line_of_a_hundred_megabytes_takes_a_quarter_of_one() {
    let (key, mut line) = (value(), Line { left: 100_000_000, most_asked: 0 });
    let (found, told) = looked((&mut line).chain(format!("-{key}").as_bytes()));
    assert_eq!(found[0].places[0].start.column, 100_000_002);
    assert!(told.skipped.is_empty() && told.unread.is_empty());
    assert!(line.most_asked <= 256 * 1024, "{}", line.most_asked);
}

#[test]
fn every_encoding_and_every_mark_is_read() {
    let key = value();
    let text = format!("\r\n a = \"é😀 {key}\"\r\n");
    let utf_16 = |mark: &[u8], unit: fn(u16) -> [u8; 2]| {
        [mark, &text.encode_utf16().flat_map(unit).collect::<Vec<u8>>()].concat()
    };
    for bytes in [
        text.clone().into_bytes(),
        [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        utf_16(b"\xff\xfe", u16::to_le_bytes),
        utf_16(b"\xfe\xff", u16::to_be_bytes),
    ] {
        let (found, _) = looked(bytes.as_slice());
        let place = &found[0].places[0];
        assert_eq!((place.start.line, place.start.column, place.end.column), (2, 11, 51), "{:?}", &bytes[..4]);
    }
    let long =
        format!("{}\n{key}", "zürich ".repeat(100_000)).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    assert_eq!(looked([b"\xff\xfe", long.as_slice()].concat().as_slice()).0[0].places[0].start.line, 2);
}

#[test]
fn what_turns_binary_is_looked_through_up_to_there_and_named() {
    let key = value();
    let text = [format!("{key}\n{}", "x".repeat(600_000)).as_bytes(), b"\0", key.as_bytes()].concat();
    let (found, told) = looked(text.as_slice());
    assert_eq!((found.len(), found[0].count), (1, 1));
    assert_eq!(told.skipped, [(FileName::new("x"), Unreadable::Binary)]);
}

#[test]
fn what_cannot_be_read_to_its_end_is_told_with_what_was_found() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::from_raw_os_error(rustix::io::Errno::IO.raw_os_error()))
        }
    }
    let text = format!("{}\n{}", value(), "x".repeat(600_000));
    let (found, told) = looked(text.as_bytes().chain(Broken));
    assert_eq!((found.len(), told.unread[0].1.as_str()), (1, "input/output error"));
}

#[test]
fn a_search_that_is_stopped_ends() {
    let scan = Scan::new(false);
    scan.stop();
    read::Reader::default().file(&scan, &Arc::new(FileName::new("x")), &mut io::repeat(b'x'), None);
    scan.files(&["."], false);
    scan.history(Path::new("."));
    assert!(scan.is_stopped() && scan.progress().values == 0);
}
