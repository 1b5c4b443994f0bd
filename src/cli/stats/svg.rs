//! A picture as SVG, for a report: no scripts, no fonts or images from elsewhere; each cell tells its filter to whoever
//! rests the pointer on it.

use std::fmt::Write;

use super::figures::{Figures, GroupRow, Meta, SpanRow, axes};
use super::text::is_within;
use crate::domain::filter::Query;
use crate::domain::picture::{AGE, Map, Part, Picture, USE, shade, within};
use crate::domain::untrusted::visible;

/// From nothing to the fullest.
const SHADES: [&str; 5] = ["#f3f4f6", "#dbe7f3", "#a9c8e8", "#6ba3d6", "#2f6fb0"];
/// The same of what is rot.
const ROT: [&str; 5] = ["#f6f3f1", "#f5e3d5", "#ecc19d", "#dd9359", "#b8601f"];
const INK: &str = "#1f2933";
const SOFT: &str = "#5b6672";
const ALARM: &str = "#b3261e";
const WIDTH: usize = 960;
const MARGIN: usize = 32;
/// Lines that are drawn of groups; the rest is told as a number.
const GROUPS: usize = 40;

/// A drawing in the making.
struct Drawing {
    body: String,
    height: usize,
}

impl Drawing {
    fn text(&mut self, (x, y): (usize, usize), anchor: &str, style: (usize, &str), words: &str) {
        let ((size, fill), words) = (style, escaped(words));
        let _ = writeln!(
            self.body,
            r#"<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" fill="{fill}">{words}</text>"#
        );
    }

    fn rect(&mut self, (x, y): (usize, usize), (width, height): (usize, usize), fill: &str, title: &str) {
        let title = escaped(title);
        let _ = writeln!(
            self.body,
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="3" fill="{fill}"><title>{title}</title></rect>"#
        );
    }
}

/// Text that shows as what it is, whatever it holds.
fn escaped(text: &str) -> String {
    visible(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The whole file.
pub fn draw(picture: &Picture, figures: &Figures, meta: &Meta) -> String {
    let mut drawing = Drawing { body: String::new(), height: 96 };
    let as_of = meta.as_of.exact();
    let title = match picture {
        Picture::Map(_) => "Age of the value by last use".to_owned(),
        Picture::Groups(groups) => format!("Keys by {}", groups.by.title()),
        Picture::Expiry(_) => "Keys by expiry".to_owned(),
    };
    drawing.text((MARGIN, 44), "start", (22, INK), &title);
    let of = format!("{} · {} of {} keys · {as_of}", meta.words, meta.counted, meta.total);
    drawing.text((MARGIN, 70), "start", (13, SOFT), &of);
    match (picture, figures) {
        (Picture::Map(map), _) => of_map(&mut drawing, map),
        (_, Figures::Groups(groups)) => of_groups(&mut drawing, groups),
        (_, Figures::Spans(spans)) => of_spans(&mut drawing, spans),
        (_, Figures::Cells(_)) => {}
    }
    let (height, body) = (drawing.height + MARGIN, drawing.body);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" font-family=\"system-ui, sans-serif\">\n<title>{title}</title>\n<desc>{}</desc>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n{body}</svg>\n",
        escaped(&meta.words)
    )
}

fn of_map(drawing: &mut Drawing, map: &Map) {
    const HEAD: usize = 110;
    const TALL: usize = 56;
    let [ages, uses] = axes(map);
    let wide = (WIDTH - 2 * MARGIN - HEAD) / (uses.len() + 1);
    let left = |at: usize| MARGIN + HEAD + at * wide;
    let fullest = map.fullest(&ages, &uses);
    let done = map.rot_percent() * (WIDTH - 2 * MARGIN) / 100;
    drawing.rect((MARGIN, 84), (WIDTH - 2 * MARGIN, 8), SHADES[0], "enabled");
    drawing.rect((MARGIN, 84), (done, 8), ROT[4], &Map::filter(Part::All, Part::Stale));
    let top = 130;
    for (at, used) in uses.iter().chain([&Part::All]).enumerate() {
        drawing.text((left(at) + wide / 2, top - 10), "middle", (13, SOFT), &USE.words(*used));
    }
    for (row, age) in ages.iter().chain([&Part::All]).enumerate() {
        let y = top + row * TALL;
        drawing.text((MARGIN + HEAD - 12, y + TALL / 2 + 4), "end", (13, SOFT), &AGE.words(*age));
        for (at, used) in uses.iter().chain([&Part::All]).enumerate() {
            let count = map.count(*age, *used);
            let summed = *age == Part::All || *used == Part::All;
            let shades =
                if matches!(used, Part::Never) || *used == USE.parts()[USE.count() - 1] { ROT } else { SHADES };
            let dark = shade(count, fullest);
            let (fill, ink) = match (summed, dark) {
                (true, _) => ("#ffffff", INK),
                (false, 4) => (shades[4], "#ffffff"),
                (false, dark) => (shades[dark], INK),
            };
            let filter = within(&Query::default(), &Map::filter(*age, *used)).unwrap_or_default().to_string();
            drawing.rect((left(at) + 2, y + 2), (wide - 4, TALL - 4), fill, &filter);
            drawing.text((left(at) + wide / 2, y + TALL / 2 + 6), "middle", (16, ink), &count.to_string());
        }
    }
    drawing.height = top + (ages.len() + 1) * TALL;
}

fn of_groups(drawing: &mut Drawing, groups: &[GroupRow]) {
    const TALL: usize = 22;
    const BAR: usize = 340;
    let heads = ["stale", "no expiry", "expiring", "exposed"];
    let column = |at: usize| WIDTH - MARGIN - (heads.len() - 1 - at) * 76;
    for (at, head) in heads.iter().enumerate() {
        drawing.text((column(at), 108), "end", (12, SOFT), head);
    }
    let most = groups.iter().map(|group| group.keys).max().unwrap_or_default().max(1);
    for (row, group) in groups.iter().take(GROUPS).enumerate() {
        let y = 118 + row * TALL;
        let left = if group.gone { " (left)" } else { "" };
        let ink = if group.gone { ALARM } else { INK };
        let name: String = visible(group.group.as_received()).chars().take(26).collect();
        drawing.text((MARGIN, y + 15), "start", (13, ink), &format!("{name}{left}"));
        let title = group.filter.clone().unwrap_or_default();
        let mut x = 260;
        let states =
            [(group.enabled, SHADES[3]), (group.disabled, SHADES[1]), (group.revoked + group.other, SHADES[0])];
        for (count, fill) in states {
            let width = count * BAR / most;
            if count > 0 {
                drawing.rect((x, y + 3), (width.max(2), TALL - 6), fill, &title);
            }
            x += width;
        }
        drawing.text((x + 6, y + 15), "start", (12, SOFT), &group.keys.to_string());
        for (at, count) in [group.stale, group.without_expiry, group.expiring, group.exposed].iter().enumerate() {
            let ink = if at == 3 && *count > 0 { ALARM } else { INK };
            drawing.text((column(at), y + 15), "end", (13, ink), &count.to_string());
        }
    }
    let shown = groups.len().min(GROUPS);
    drawing.height = 118 + shown * TALL;
    if groups.len() > shown {
        drawing.height += TALL;
        let more = format!("and {} more", groups.len() - shown);
        drawing.text((MARGIN, drawing.height - 4), "start", (13, SOFT), &more);
    }
}

fn of_spans(drawing: &mut Drawing, spans: &[SpanRow]) {
    const TALL: usize = 22;
    const BAR: usize = 560;
    let most = spans.iter().filter(|span| is_within(span)).map(|span| span.keys).max().unwrap_or_default().max(1);
    // days on which nothing expires say nothing in a report
    let shown = spans.iter().filter(|span| span.keys > 0 || spans.len() < 60);
    let mut y = 104;
    for span in shown {
        drawing.text((MARGIN, y + 15), "start", (13, INK), &span.span);
        let mut x = 200;
        if is_within(span) {
            let (all, used) = (span.keys * BAR / most, span.in_use * BAR / most);
            drawing.rect((x, y + 3), (all.max(usize::from(span.keys > 0)), TALL - 6), SHADES[2], &span.filter);
            drawing.rect((x, y + 3), (used, TALL - 6), ROT[4], &format!("{} used:<24h", span.filter));
            x += all;
        }
        let words = format!("{} · {} in use", span.keys, span.in_use);
        drawing.text((x + 8, y + 15), "start", (12, SOFT), &words);
        y += TALL;
    }
    drawing.height = y;
}
