//! Text from bytes that somebody wrote, saved or piped.

use zeroize::Zeroizing;

/// Why bytes are no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotText {
    /// They are of a program, a picture, an archive.
    #[error("it is binary: byte {at} is 0")]
    Binary {
        /// Which byte, from 1.
        at: usize,
    },
    /// They begin as UTF-16 and do not go on so.
    #[error("it begins as UTF-16 and is none")]
    Utf16,
    #[error("line {line} is not UTF-8")]
    Utf8 {
        /// Which line, from 1.
        line: usize,
    },
}

impl NotText {
    /// What to do about it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Binary { .. } => "give text: of a program or an archive, what strings or tar -xO prints",
            Self::Utf16 => "save it as UTF-8",
            Self::Utf8 { .. } => "save it as UTF-8, or convert it: iconv -f ISO-8859-1 -t UTF-8",
        }
    }
}

/// The text in `bytes`: UTF-8, or UTF-16 as Windows saves it, with or without a byte order mark, which is left out.
pub fn text(bytes: &[u8]) -> Result<Zeroizing<String>, NotText> {
    if let Some(rest) = bytes.strip_prefix(&[0xff, 0xfe]) {
        return utf_16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xfe, 0xff]) {
        return utf_16(rest, u16::from_be_bytes);
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    if let Some(at) = memchr::memchr(0, bytes) {
        // most of what people write in UTF-16 has a zero in every second byte
        let zeros = |first: usize| bytes.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
        let most = bytes.len() / 2 - bytes.len() / 8;
        let decoded = match bytes.len() % 2 {
            0 if zeros(1) >= most && zeros(0) == 0 => utf_16(bytes, u16::from_le_bytes).ok(),
            0 if zeros(0) >= most && zeros(1) == 0 => utf_16(bytes, u16::from_be_bytes).ok(),
            _ => None,
        };
        return decoded.ok_or(NotText::Binary { at: at + 1 });
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Zeroizing::new(text.to_owned())),
        Err(error) => {
            let line = 1 + memchr::memchr_iter(b'\n', &bytes[..error.valid_up_to()]).count();
            Err(NotText::Utf8 { line })
        }
    }
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Zeroizing<String>, NotText> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let text: Result<String, _> = char::decode_utf16(pairs.iter().copied().map(unit)).collect();
    match text {
        Ok(text) if rest.is_empty() && !text.contains('\0') => Ok(Zeroizing::new(text)),
        _ => Err(NotText::Utf16),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str, unit: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(unit).collect()
    }

    #[test]
    fn what_people_save_is_read() {
        let text = "owner:ana – zürich\r\n";
        let [little, big] = [encoded(text, u16::to_le_bytes), encoded(text, u16::to_be_bytes)];
        for bytes in [
            text.as_bytes().to_vec(),
            [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            [b"\xff\xfe", little.as_slice()].concat(),
            [b"\xfe\xff", big.as_slice()].concat(),
            encoded("owner:ana\n", u16::to_le_bytes),
            encoded("owner:ana\n", u16::to_be_bytes),
        ] {
            let read = super::text(&bytes).unwrap_or_else(|error| panic!("{bytes:?}: {error}"));
            assert!(text.starts_with(read.trim_end_matches('\n')), "{}", read.as_str());
        }
        assert_eq!(super::text(b"").unwrap().as_str(), "");
    }

    #[test]
    fn what_is_no_text_is_said_to_be_none() {
        for (bytes, error) in [
            (&b"\x7fELF\x02\x01\x01\0\0\0"[..], NotText::Binary { at: 8 }),
            (b"a\0b", NotText::Binary { at: 2 }),
            (b"\xff\xfea\0b", NotText::Utf16),
            (b"\xff\xfe\0\0a\0\0\0", NotText::Utf16),
            (b"\xff\xfe\0\xd8", NotText::Utf16),
            (b"ok\nz\xfcrich", NotText::Utf8 { line: 2 }),
        ] {
            assert_eq!(text(bytes).map(|text| text.to_string()), Err(error), "{bytes:?}");
            assert!(!error.hint().is_empty());
        }
    }
}
