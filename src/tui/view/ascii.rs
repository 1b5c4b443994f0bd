//! The console in ASCII, where the terminal shows nothing else: one table of what stands for each sign, of the same width, so
//! that nothing moves.

use ratatui::buffer::Buffer;

use super::text;

/// What stands for each sign that the console draws.
pub const FORMS: &[(char, char)] = &[
    // borders
    ('─', '-'),
    ('│', '|'),
    ('┌', '+'),
    ('┐', '+'),
    ('└', '+'),
    ('┘', '+'),
    ('├', '+'),
    ('┤', '+'),
    ('┬', '+'),
    ('┴', '+'),
    ('┼', '+'),
    // an axis of time
    ('━', '='),
    ('╌', '-'),
    ('╟', '['),
    ('╢', ']'),
    ('◆', '^'),
    // the cursor and what is marked, chosen, open
    ('▌', '>'),
    ('▐', '<'),
    ('▸', '>'),
    ('◂', '<'),
    ('▾', 'v'),
    ('✓', '+'),
    ('✗', 'x'),
    // states
    ('●', '*'),
    ('○', 'o'),
    ('◌', '.'),
    ('×', 'x'),
    ('≈', '~'),
    // bars and shades
    ('█', '#'),
    ('▓', '%'),
    ('▒', '='),
    ('░', '.'),
    ('▁', '_'),
    ('▂', '.'),
    ('▃', ':'),
    ('▄', '-'),
    ('▅', '='),
    ('▆', '+'),
    ('▇', '%'),
    ('▏', '|'),
    // sort, and the keys of the arrows
    ('▲', '^'),
    ('▼', 'v'),
    ('△', '/'),
    ('▽', '\\'),
    ('↑', '^'),
    ('↓', 'v'),
    ('←', '<'),
    ('→', '>'),
    // in text
    ('·', '.'),
    ('…', '~'),
    ('•', '*'),
    ('–', '-'),
    ('—', '-'),
    ('“', '"'),
    ('”', '"'),
    ('‘', '\''),
    ('’', '\''),
    ('Σ', 'S'),
    ('†', '!'),
];

/// Puts the form in ASCII in place of everything on the screen that is not ASCII: of a sign that of the [table](FORMS), of
/// any other text a `?` for each column that it takes.
pub fn plain(buffer: &mut Buffer) {
    let width = usize::from(buffer.area.width);
    for row in buffer.content.chunks_mut(width.max(1)) {
        for x in 0..row.len() {
            let symbol = row[x].symbol();
            if symbol.is_ascii() {
                continue;
            }
            let mut characters = symbol.chars();
            let form = match (characters.next(), characters.next()) {
                (Some(sign), None) => FORMS.iter().find(|(known, _)| *known == sign).map_or('?', |(_, form)| *form),
                _ => '?',
            };
            let columns = text::width(symbol).max(1);
            row[x].set_char(form);
            let style = row[x].style();
            for covered in row.iter_mut().skip(x + 1).take(columns - 1) {
                covered.set_char(form).set_style(style);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use ratatui::layout::Rect;
    use ratatui::style::{Color, Style};

    use super::*;

    #[test]
    fn every_form_is_one_column_of_ascii_for_one_column() {
        let signs: BTreeSet<char> = FORMS.iter().map(|(sign, _)| *sign).collect();
        assert_eq!(signs.len(), FORMS.len(), "each sign once");
        for (sign, form) in FORMS {
            assert!(!sign.is_ascii() && form.is_ascii_graphic(), "{sign}");
            assert_eq!(text::width(&sign.to_string()), 1, "{sign}");
        }
    }

    #[test]
    fn signs_have_their_forms_and_text_has_one_mark_a_column() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 16, 1));
        buffer.set_string(0, 0, "● é日本x e\u{301} 👩…", Style::new().fg(Color::Red));
        plain(&mut buffer);
        let shown: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(shown, "* ?????x ? ??~  ");
        assert!(buffer.content[..14].iter().all(|cell| cell.fg == Color::Red), "also the second column of a wide sign");
        let before = buffer.clone();
        plain(&mut buffer);
        assert_eq!(buffer, before, "what is ASCII stays as it is");
    }
}
