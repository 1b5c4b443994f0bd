//! Typed text as it is drawn: scrolled to its cursor, key values masked, what is wrong marked.

use std::ops::Range;

use ratatui::style::Style;
use ratatui::text::Span;

use super::text;
use crate::domain::untrusted::{is_hostile, visible};
use crate::domain::values::secret_spans;
use crate::tui::field::Field;
use crate::tui::theme::Theme;

/// The part of a field that fits into `room` columns, and the cursor's column in it. Key values are masked from their
/// first characters on, in every field: people paste them anywhere. A hostile character that came from outside stands
/// as an escape, which the cursor passes and Backspace takes out as the one character that it is.
pub fn pieces(
    field: &Field,
    room: usize,
    plain: Style,
    problem: Option<&Range<usize>>,
    theme: &Theme,
) -> (Vec<Span<'static>>, u16) {
    let full = field.text();
    let secrets = secret_spans(full);
    let sign = |at: usize, c: char| match c {
        // a masked character takes one column whatever it is
        _ if is_in(&secrets, at) => "•".to_owned(),
        c => visible(c.encode_utf8(&mut [0; 4])).into_owned(),
    };
    let columns = |at: usize, c: char| text::width(&sign(at, c));
    let cursor = full.char_indices().nth(field.cursor()).map_or(full.len(), |(at, _)| at);
    let mut from = 0;
    let mut before: usize = full[..cursor].char_indices().map(|(at, c)| columns(at, c)).sum();
    for (at, c) in full[..cursor].char_indices() {
        if before < room.max(1) {
            break;
        }
        before -= columns(at, c);
        from = at + c.len_utf8();
    }
    let mut spans: Vec<(String, Style)> = Vec::new();
    let mut used = 0;
    for (at, c) in full[from..].char_indices().map(|(at, c)| (at + from, c)) {
        let secret = is_in(&secrets, at);
        used += columns(at, c);
        if used > room {
            break;
        }
        let style = match secret {
            true => plain.patch(theme.filter_masked),
            false if problem.is_some_and(|span| span.contains(&at)) => theme.filter_error,
            false if is_hostile(c) => plain.patch(theme.warning),
            false => plain,
        };
        let sign = sign(at, c);
        match spans.last_mut() {
            Some((text, last)) if *last == style => text.push_str(&sign),
            _ => spans.push((sign, style)),
        }
    }
    let spans = spans.into_iter().map(|(text, style)| Span::styled(text, style)).collect();
    (spans, u16::try_from(before).unwrap_or(0))
}

fn is_in(spans: &[Range<usize>], at: usize) -> bool {
    spans.iter().any(|span| span.contains(&at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str, lefts: usize, room: usize) -> (String, u16) {
        let mut field = Field::new(text);
        for _ in 0..lefts {
            field.press(crate::tui::key::KeyCode::Left.into());
        }
        let (spans, cursor) = pieces(&field, room, Style::new(), None, &Theme::default());
        (spans.iter().map(|span| span.content.as_ref()).collect(), cursor)
    }

    #[test]
    fn the_part_around_the_cursor_is_shown() {
        assert_eq!(drawn("abc", 0, 8), ("abc".to_owned(), 3));
        assert_eq!(drawn("abcdef", 0, 4), ("def".to_owned(), 3));
        assert_eq!(drawn("abcdef", 6, 4), ("abcd".to_owned(), 0));
        assert_eq!(drawn("日本語", 0, 4), ("語".to_owned(), 2));
        assert_eq!(drawn("日本語", 3, 5), ("日本".to_owned(), 0));
        assert_eq!(drawn("", 0, 0), (String::new(), 0));
    }

    #[test]
    fn hostile_characters_are_escapes_that_the_cursor_passes_as_one() {
        assert_eq!(drawn("a\u{202e}b", 0, 20), ("a\\u{202e}b".to_owned(), 10));
        assert_eq!(drawn("a\u{202e}b", 1, 20), ("a\\u{202e}b".to_owned(), 9));
        assert_eq!(drawn("a\u{202e}b", 2, 20), ("a\\u{202e}b".to_owned(), 1));
        assert_eq!(drawn("a\u{202e}b\n", 0, 8), ("b\\n".to_owned(), 3));
    }

    #[test]
    fn values_are_masked_a_column_a_character() {
        assert_eq!(drawn("x kdk_é日a", 0, 20), ("x •••••••".to_owned(), 9));
    }
}
