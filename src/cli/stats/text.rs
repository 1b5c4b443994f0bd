//! The figures for people, in ASCII: a number and its shade together.

use std::fmt::Write as _;

use super::figures::{Figures, GroupRow, Meta, SpanRow, axes};
use crate::cli::table::{Header, Narrow, lines as table_lines};
use crate::domain::picture::{AGE, Map, Part, Picture, USE, shade};

/// Signs from hardly any to the most.
const SHADES: [char; 5] = [' ', '.', ':', '+', '#'];
/// Columns of a bar.
const BAR: usize = 20;
/// Columns of the words of a row of the map, and of a cell.
const HEAD: usize = 12;
const CELL: usize = 11;

/// The picture as lines.
pub fn lines(picture: &Picture, figures: &Figures, meta: &Meta, width: Option<usize>) -> Vec<String> {
    let mut lines = vec![meta.words.clone()];
    match (picture, figures) {
        (Picture::Map(map), _) => {
            let done = (map.rot_percent() * BAR).div_ceil(100);
            let bar = format!("{}{}", "#".repeat(done), ".".repeat(BAR - done));
            if meta.counted > 0 {
                lines[0] = format!("{}  {bar}", meta.words);
            }
            lines.push(String::new());
            lines.extend(of_map(map));
        }
        (_, Figures::Groups(groups)) => {
            lines.push(String::new());
            lines.extend(of_groups(groups, meta.by, width));
        }
        (_, Figures::Spans(spans)) => {
            lines.push(String::new());
            lines.extend(of_spans(spans, width));
        }
        (_, Figures::Cells(_)) => {}
    }
    lines
}

fn of_map(map: &Map) -> Vec<String> {
    let [ages, uses] = axes(map);
    let fullest = map.fullest(&ages, &uses);
    let row = |head: &str, cells: Vec<String>| {
        let mut line = format!("{head:<HEAD$}");
        for cell in cells {
            let _ = write!(line, "{cell:>CELL$}");
        }
        line.truncate(line.trim_end().len());
        line
    };
    let sums = |age: Part| uses.iter().chain([&Part::All]).map(|used| format!("{}  ", map.count(age, *used))).collect();
    let titles = uses.iter().map(|used| format!("{}  ", USE.words(*used))).chain(["all  ".to_owned()]).collect();
    let mut lines = vec![row("AGE / USED", titles)];
    for age in &ages {
        let mut cells: Vec<String> = Vec::new();
        for used in &uses {
            let count = map.count(*age, *used);
            cells.push(format!("{count} {}", SHADES[shade(count, fullest)]));
        }
        cells.push(format!("{}  ", map.count(*age, Part::All)));
        lines.push(row(&AGE.words(*age), cells));
    }
    lines.push(row("all", sums(Part::All)));
    lines
}

fn of_groups(groups: &[GroupRow], by: &'static str, width: Option<usize>) -> Vec<String> {
    let heads: Vec<Header> = vec![
        (by, Narrow::Shrinks),
        ("keys", Narrow::Never),
        ("enabled", Narrow::Never),
        ("disabled", Narrow::Drops(1)),
        ("revoked", Narrow::Drops(1)),
        ("stale", Narrow::Never),
        ("no expiry", Narrow::Never),
        ("expiring", Narrow::Never),
        ("exposed", Narrow::Never),
    ];
    let rows = groups.iter().map(|group| {
        let left = if group.gone { " (left)" } else { "" };
        let figures = [
            group.keys,
            group.enabled,
            group.disabled,
            group.revoked,
            group.stale,
            group.without_expiry,
            group.expiring,
            group.exposed,
        ];
        let name = format!("{}{left}", group.group.as_received());
        std::iter::once(name).chain(figures.iter().map(ToString::to_string)).collect()
    });
    table_lines(&heads, rows, width)
}

fn of_spans(spans: &[SpanRow], width: Option<usize>) -> Vec<String> {
    let heads: Vec<Header> =
        vec![("expires", Narrow::Never), ("keys", Narrow::Never), ("in use", Narrow::Never), ("", Narrow::Shrinks)];
    // what lies outside the calendar would make every bar in it short
    let fullest = spans.iter().filter(|span| is_within(span)).map(|span| span.keys).max().unwrap_or_default().max(1);
    let rows = spans.iter().map(|span| {
        let columns = |count: usize| (count * BAR).div_ceil(fullest);
        let bar =
            format!("{}{}", "#".repeat(columns(span.in_use)), "=".repeat(columns(span.keys) - columns(span.in_use)));
        let bar = if is_within(span) { bar } else { String::new() };
        vec![span.span.clone(), span.keys.to_string(), span.in_use.to_string(), bar]
    });
    let mut lines = table_lines(&heads, rows, width);
    lines.push("# used in the last 24 h   = the rest".to_owned());
    lines
}

/// Whether the span is one of the calendar's.
pub fn is_within(span: &SpanRow) -> bool {
    span.from.is_some() && span.to.is_some()
}
