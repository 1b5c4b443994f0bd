//! A chapter as a manual page.

use roff::{Roff, bold, roman};

use super::Chapter;
use super::block::Block;

/// The chapter's blocks in the language of manual pages. Source: man(7).
pub fn roff(chapter: &Chapter, blocks: &[Block]) -> String {
    let mut page = Roff::new();
    let name = format!("keydeck-{}", chapter.name);
    page.control("TH", [name.as_str(), "7", "", concat!("keydeck ", env!("CARGO_PKG_VERSION")), "keydeck"]);
    page.control("SH", ["NAME"]);
    page.text([roman(format!("{name} - {}", chapter.title))]);
    for block in blocks {
        match block {
            Block::Heading(text) => {
                page.control("SH", [text.to_uppercase().as_str()]);
            }
            Block::Paragraph(text) => {
                page.control("PP", []);
                page.text([roman(text.as_str())]);
            }
            Block::Item(text) => {
                page.control("IP", ["-", "2"]);
                page.text([roman(text.as_str())]);
            }
            Block::Code(lines) => {
                page.control("PP", []);
                page.control("RS", ["4"]);
                page.control("nf", []);
                for line in lines {
                    page.text([roman(line.as_str())]);
                }
                page.control("fi", []);
                page.control("RE", []);
            }
            // a table of manual pages needs a preprocessor; a list of terms reads as well in every width
            Block::Table(rows) => {
                for row in rows.iter().skip(1) {
                    let mut cells = row.iter();
                    page.control("TP", []);
                    page.text([bold(cells.next().map(String::as_str).unwrap_or_default())]);
                    let rest: Vec<&str> = cells.map(String::as_str).filter(|cell| !cell.is_empty()).collect();
                    page.text([roman(rest.join(" · "))]);
                }
            }
        }
    }
    page.render()
}

#[cfg(test)]
mod tests {
    use super::super::CHAPTERS;

    #[test]
    fn each_chapter_is_a_page_with_a_name() {
        for chapter in CHAPTERS {
            let page = chapter.page();
            assert!(page.contains(&format!(".TH keydeck-{} 7", chapter.name)), "{page}");
            assert!(page.contains(".SH NAME"), "{}", chapter.name);
        }
    }
}
