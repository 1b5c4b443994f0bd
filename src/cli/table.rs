//! Plain aligned columns, fitted to the terminal; whole where there is none.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::domain::untrusted::visible;

/// The space between two columns.
const GAP: usize = 2;
/// What a shrinking column keeps.
const LEAST: usize = 16;

/// How a column gives way on a narrow terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Narrow {
    /// It stays whole.
    Never,
    /// It shrinks to 16 columns.
    Shrinks,
    /// It shrinks, and is left out when that is not enough; the largest number goes first.
    Drops(u8),
}

/// A column's title and how it gives way.
pub type Header = (&'static str, Narrow);

/// The lines of a table, its titles first. Hostile characters in cells become visible escapes before anything is
/// measured.
pub fn lines(heads: &[Header], rows: impl IntoIterator<Item = Vec<String>>, width: Option<usize>) -> Vec<String> {
    let mut cells: Vec<Vec<String>> = vec![heads.iter().map(|(title, _)| title.to_uppercase()).collect()];
    cells.extend(rows.into_iter().map(|row| row.iter().map(|cell| visible(cell).into_owned()).collect()));
    let natural: Vec<usize> =
        (0..heads.len()).map(|i| cells.iter().map(|row| row[i].width()).max().unwrap_or_default()).collect();
    let widths = fit(heads, &natural, width);
    cells
        .iter()
        .map(|row| {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths).filter_map(|(cell, width)| Some((cell, (*width)?))) {
                let cell = cut(cell, width);
                let pad = width - cell.width() + GAP;
                line.push_str(&cell);
                line.extend(std::iter::repeat_n(' ', pad));
            }
            line.truncate(line.trim_end_matches(' ').len());
            line
        })
        .collect()
}

/// The width of each column; none for one that is left out.
fn fit(heads: &[Header], natural: &[usize], width: Option<usize>) -> Vec<Option<usize>> {
    let mut widths: Vec<Option<usize>> = natural.iter().copied().map(Some).collect();
    let Some(width) = width else { return widths };
    let over = |widths: &[Option<usize>]| {
        let shown = widths.iter().flatten();
        (shown.clone().sum::<usize>() + GAP * shown.count().saturating_sub(1)).saturating_sub(width)
    };
    loop {
        // the widest column shrinks first, so that no column is cut more than needed
        while over(&widths) > 0
            && let Some(widest) = (0..heads.len())
                .filter(|i| heads[*i].1 != Narrow::Never && widths[*i].is_some_and(|width| width > LEAST))
                .max_by_key(|i| widths[*i])
        {
            widths[widest] = widths[widest].map(|width| width - 1);
        }
        let next = (0..heads.len()).filter(|i| widths[*i].is_some()).filter_map(|i| match heads[i].1 {
            Narrow::Drops(order) => Some((order, i)),
            Narrow::Never | Narrow::Shrinks => None,
        });
        match next.max() {
            Some((_, i)) if over(&widths) > 0 => widths[i] = None,
            _ => return widths,
        }
        for (width, natural) in widths.iter_mut().zip(natural) {
            *width = width.map(|_| *natural);
        }
    }
}

/// `text` in at most `width` columns, ending in `…` when it was cut.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut cut = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or_default();
        if used > width {
            break;
        }
        cut.push(c);
    }
    cut.push('…');
    cut
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADS: &[Header] =
        &[("name", Narrow::Shrinks), ("owner", Narrow::Drops(1)), ("created", Narrow::Drops(2)), ("id", Narrow::Never)];

    fn table(name: &str, width: Option<usize>) -> Vec<String> {
        let row = |name: &str| [name, "Ana Souza", "2026-06-04", "01JQ8ZK3"].map(str::to_owned).to_vec();
        lines(HEADS, [row("ci"), row(name)], width)
    }

    #[test]
    fn columns_align_whatever_the_characters() {
        assert_eq!(
            table("日本\u{1b}", None),
            [
                "NAME      OWNER      CREATED     ID",
                "ci        Ana Souza  2026-06-04  01JQ8ZK3",
                "日本\\x1b  Ana Souza  2026-06-04  01JQ8ZK3",
            ]
        );
    }

    #[test]
    fn a_narrow_terminal_cuts_then_drops_and_never_overflows() {
        let name = "n".repeat(60);
        assert_eq!(table(&name, None)[2].width(), 60 + 2 + 9 + 2 + 10 + 2 + 8);
        for width in 26..100 {
            let lines = table(&name, Some(width));
            assert!(lines.iter().all(|line| line.width() <= width), "{width}: {lines:?}");
            assert!(lines[1].ends_with("01JQ8ZK3"));
        }
        for (width, heads) in
            [(49, "NAME OWNER CREATED ID"), (48, "NAME OWNER ID"), (37, "NAME OWNER ID"), (36, "NAME ID")]
        {
            let shown = table(&name, Some(width))[0].split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(shown, heads, "{width}");
        }
    }

    #[test]
    fn wide_characters_are_cut_whole() {
        assert_eq!(cut("日本語日本語", 6), "日本…");
    }
}
