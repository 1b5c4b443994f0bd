//! Whether a file is text, and in which encoding.

use crate::domain::plain::text;

/// How a text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, or any other whose ASCII is one byte each.
    Ascii,
    /// UTF-16, the less significant byte first.
    Utf16Le,
    /// UTF-16, the more significant byte first.
    Utf16Be,
}

/// Why a file is not looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unreadable {
    /// An archive, or something compressed, of this kind.
    Archive(&'static str),
    /// Of a program, a picture: a byte in it is 0.
    Binary,
}

impl Unreadable {
    /// What it is, in words.
    pub fn words(self) -> String {
        match self {
            Self::Archive(kind) => format!("{kind} archive"),
            Self::Binary => "binary".to_owned(),
        }
    }
}

/// How archives begin.
const ARCHIVES: [(&[u8], &str); 13] = [
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"MSCF\0", "cab"),
    (b"!<arch>\n", "ar"),
    (b"\xed\xab\xee\xdb", "rpm"),
    (b"hsqs", "squashfs"),
];
/// Where a tar archive says that it is one.
const TAR: std::ops::Range<usize> = 257..262;
/// So much of a beginning without a mark is looked at to tell UTF-16 from something binary, in bytes.
const SAMPLE: usize = 8192;

/// What a file that begins so is, and how many bytes of a mark it begins with.
pub fn sniff(beginning: &[u8]) -> Result<(Encoding, usize), Unreadable> {
    if let Some((_, kind)) = ARCHIVES.iter().find(|(mark, _)| beginning.starts_with(mark)) {
        return Err(Unreadable::Archive(kind));
    }
    if beginning.get(TAR).is_some_and(|mark| mark == b"ustar") {
        return Err(Unreadable::Archive("tar"));
    }
    match beginning {
        [0xff, 0xfe, 0, 0, ..] => return Err(Unreadable::Binary),
        [0xff, 0xfe, ..] => return Ok((Encoding::Utf16Le, 2)),
        [0xfe, 0xff, ..] => return Ok((Encoding::Utf16Be, 2)),
        _ => {}
    }
    if memchr::memchr(0, beginning).is_some() {
        let sample = &beginning[..beginning.len().min(SAMPLE) & !1];
        // a sample may end between the two halves of a character
        let shorter = sample.get(..SAMPLE - 2).filter(|shorter| shorter.contains(&0));
        let is_text = text(sample).is_ok() || shorter.is_some_and(|shorter| text(shorter).is_ok());
        return match sample.iter().position(|byte| *byte == 0) {
            Some(zero) if is_text => Ok((if zero % 2 == 0 { Encoding::Utf16Be } else { Encoding::Utf16Le }, 0)),
            _ => Err(Unreadable::Binary),
        };
    }
    Ok((Encoding::Ascii, if beginning.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 }))
}

/// Makes UTF-8 of UTF-16 that comes in pieces. What is none becomes a replacement character.
#[derive(Debug)]
pub struct Decoder {
    unit: fn([u8; 2]) -> u16,
    odd: Option<u8>,
    high: Option<u16>,
}

impl Decoder {
    /// One for this encoding; none where nothing is to be decoded.
    pub fn of(encoding: Encoding) -> Option<Self> {
        let unit = match encoding {
            Encoding::Ascii => return None,
            Encoding::Utf16Le => u16::from_le_bytes,
            Encoding::Utf16Be => u16::from_be_bytes,
        };
        Some(Self { unit, odd: None, high: None })
    }

    /// Adds what the next `bytes` stand for to `text`.
    pub fn decode(&mut self, bytes: &[u8], text: &mut Vec<u8>) {
        let mut bytes = bytes;
        if let (Some(first), Some((second, rest))) = (self.odd, bytes.split_first()) {
            self.odd = None;
            self.take((self.unit)([first, *second]), text);
            bytes = rest;
        }
        let (pairs, rest) = bytes.as_chunks::<2>();
        for pair in pairs {
            self.take((self.unit)(*pair), text);
        }
        if let Some(odd) = rest.first() {
            self.odd = Some(*odd);
        }
    }

    fn take(&mut self, unit: u16, text: &mut Vec<u8>) {
        let mut push = |c: char| text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        let high = self.high.take();
        match (high, unit) {
            (Some(high), 0xdc00..=0xdfff) => {
                let pair = char::decode_utf16([high, unit]).next().and_then(Result::ok);
                push(pair.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            (high, unit) => {
                if high.is_some() {
                    push(char::REPLACEMENT_CHARACTER);
                }
                if matches!(unit, 0xd800..=0xdbff) {
                    self.high = Some(unit);
                } else {
                    push(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
            }
        }
    }
}
