//! What the terminal says of its background.

/// The colour in an answer to OSC 11, without what stands around it: `11;rgb:ffff/ffff/ffff` with one to four digits a
/// channel, `11;rgba:…` or `11;#ffffff` (`XParseColor`, as xterm answers).
pub(super) fn background(answer: &[u8]) -> Option<[u8; 3]> {
    let text = std::str::from_utf8(answer).ok()?.strip_prefix("11;")?;
    if let Some(digits) = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii()) {
        return Some([channel(&digits[..2])?, channel(&digits[2..4])?, channel(&digits[4..])?]);
    }
    let (_, channels) = text.split_once(':').filter(|(form, _)| matches!(*form, "rgb" | "rgba"))?;
    let mut channels = channels.split('/').map(channel);
    Some([channels.next()??, channels.next()??, channels.next()??])
}

/// A channel of some hexadecimal digits, brought down to eight bits.
fn channel(digits: &str) -> Option<u8> {
    if !(1..=4).contains(&digits.len()) || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let most = 16_u32.pow(u32::try_from(digits.len()).ok()?) - 1;
    u8::try_from(u32::from_str_radix(digits, 16).ok()? * 255 / most).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_an_answer_are_read_and_nothing_else() {
        for (answer, color) in [
            ("11;rgb:ffff/ffff/dddd", Some([255, 255, 221])),
            ("11;rgb:1e/1e/2e", Some([30, 30, 46])),
            ("11;rgb:f/0/8", Some([255, 0, 136])),
            ("11;rgba:0000/0000/0000/ffff", Some([0, 0, 0])),
            ("11;#fdf6e3", Some([253, 246, 227])),
            ("10;rgb:ffff/ffff/ffff", None),
            ("11;rgb:ffff/ffff", None),
            ("11;rgb:+f/0/0", None),
            ("11;rgb:fffff/0/0", None),
            ("11;#ééé", None),
            ("11;?", None),
            ("", None),
        ] {
            assert_eq!(background(answer.as_bytes()), color, "{answer}");
        }
    }
}
