//! A chapter's text as blocks, without marks.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A piece of a chapter that stands by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    Heading(String),
    Paragraph(String),
    /// A point of a list.
    Item(String),
    /// Lines that stay as they are.
    Code(Vec<String>),
    /// Rows of cells, the titles first.
    Table(Vec<Vec<String>>),
}

/// Reads the Markdown that the chapters are written in: headings, paragraphs, flat lists, code, tables.
pub fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut text = String::new();
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut in_item = false;
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Item) => in_item = true,
            Event::Start(Tag::TableHead | Tag::TableRow) => rows.push(Vec::new()),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented)) => text.clear(),
            Event::Text(part) | Event::Code(part) => text.push_str(&part),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            Event::End(TagEnd::Heading(_)) => blocks.push(Block::Heading(std::mem::take(&mut text))),
            Event::End(TagEnd::Paragraph) if !in_item => blocks.push(Block::Paragraph(std::mem::take(&mut text))),
            Event::End(TagEnd::Item) => {
                in_item = false;
                blocks.push(Block::Item(std::mem::take(&mut text)));
            }
            Event::End(TagEnd::CodeBlock) => {
                blocks.push(Block::Code(std::mem::take(&mut text).lines().map(str::to_owned).collect()));
            }
            Event::End(TagEnd::TableCell) => {
                if let Some(row) = rows.last_mut() {
                    row.push(std::mem::take(&mut text));
                }
            }
            Event::End(TagEnd::Table) => blocks.push(Block::Table(std::mem::take(&mut rows))),
            _ => {}
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_piece_is_a_block_without_marks() {
        let text = "# Places\n\nWhere a `value` goes\nand *why*.\n\n- one\n- two\n  more\n\n```sh\nkeydeck list\n  a\n```\n\n\
                    | A | B |\n| --- | --- |\n| `x` | 1 \\| 2 |\n";
        assert_eq!(
            blocks(text),
            [
                Block::Heading("Places".into()),
                Block::Paragraph("Where a value goes and why.".into()),
                Block::Item("one".into()),
                Block::Item("two more".into()),
                Block::Code(vec!["keydeck list".into(), "  a".into()]),
                Block::Table(vec![vec!["A".into(), "B".into()], vec!["x".into(), "1 | 2".into()]]),
            ]
        );
    }
}
