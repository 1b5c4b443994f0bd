//! A chapter laid out in lines.

use unicode_width::UnicodeWidthStr;

use super::block::Block;

/// The space between two columns of a table.
const GAP: usize = 2;
/// What a column of a table keeps.
const LEAST: usize = 10;
/// How far code and points stand in.
const INDENT: usize = 4;

/// What a line is, for whoever draws it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Heading,
    Text,
    /// Of an example, to be typed.
    Code,
    /// The titles of a table.
    Titles,
    /// Of a table.
    Row,
}

/// A line of a chapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub kind: Kind,
    pub text: String,
}

/// Lays blocks out in at most `width` columns.
pub fn lay_out(blocks: &[Block], width: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for (at, block) in blocks.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| &blocks[at]);
        let together = matches!((before, block), (Some(Block::Item(_)), Block::Item(_)));
        if before.is_some() && !together {
            lines.push(Line { kind: Kind::Text, text: String::new() });
        }
        let mut put = |kind, text| lines.push(Line { kind, text });
        match block {
            Block::Heading(text) => put(Kind::Heading, text.clone()),
            Block::Paragraph(text) => wrap(text, width).into_iter().for_each(|line| put(Kind::Text, line)),
            Block::Item(text) => {
                for (at, line) in wrap(text, width.saturating_sub(2)).into_iter().enumerate() {
                    put(Kind::Text, format!("{} {line}", if at == 0 { "-" } else { " " }));
                }
            }
            Block::Code(code) => {
                for line in code {
                    let text = format!("{:INDENT$}{line}", "");
                    put(Kind::Code, text.trim_end().to_owned());
                }
            }
            Block::Table(rows) => {
                for (kind, text) in table(rows, width) {
                    put(kind, text);
                }
            }
        }
    }
    lines
}

/// Breaks text between words; a word wider than the line stands alone.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines
}

/// A table's lines: the widest columns give way first, and what does not fit goes on below.
fn table(rows: &[Vec<String>], width: usize) -> Vec<(Kind, String)> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
    let mut widths: Vec<usize> = (0..columns).map(|column| widest(column).unwrap_or_default()).collect();
    let gaps = GAP * columns.saturating_sub(1);
    while widths.iter().sum::<usize>() + gaps > width
        && let Some(widest) = widths.iter_mut().filter(|width| **width > LEAST).max()
    {
        *widest -= 1;
    }
    let mut lines = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let cells: Vec<Vec<String>> = row.iter().zip(&widths).map(|(cell, width)| wrap(cell, *width)).collect();
        let kind = if at == 0 { Kind::Titles } else { Kind::Row };
        for line in 0..cells.iter().map(Vec::len).max().unwrap_or_default() {
            let mut text = String::new();
            for (cell, width) in cells.iter().zip(&widths) {
                let part = cell.get(line).map(String::as_str).unwrap_or_default();
                text.push_str(part);
                text.extend(std::iter::repeat_n(' ', (width + GAP).saturating_sub(part.width()).max(1)));
            }
            lines.push((kind, text.trim_end().to_owned()));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(blocks: &[Block], width: usize) -> Vec<String> {
        lay_out(blocks, width).into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn text_is_broken_between_words_and_code_never() {
        let blocks = [
            Block::Heading("A".into()),
            Block::Paragraph("one two three".into()),
            Block::Item("four five six".into()),
            Block::Item("seven".into()),
            Block::Code(vec!["keydeck list --tab team".into()]),
        ];
        assert_eq!(
            texts(&blocks, 9),
            [
                "A",
                "",
                "one two",
                "three",
                "",
                "- four",
                "  five",
                "  six",
                "- seven",
                "",
                "    keydeck list --tab team"
            ]
        );
    }

    #[test]
    fn the_widest_column_of_a_table_gives_way() {
        let row = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
        let table = [Block::Table(vec![row("Key", "Does"), row("x", "revoke the marked keys")])];
        assert_eq!(texts(&table, 20), ["Key  Does", "x    revoke the", "     marked keys"]);
        assert!(texts(&table, 1).len() > 3, "it is drawn all the same");
    }
}
