//! Drawing rotations while they run: the steps down the side, the present page, the matrix at the bottom.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::arrange::{Arrangement, SIDE, key_rows};
use super::matrix::{self, Tone};
use super::{Asking, Run, course, side, standing};
use crate::domain::rotation::Stage;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::confirm::view::{Prompt, draw as draw_prompt};
use crate::tui::dialogs::rotate::view::open;
use crate::tui::theme::Theme;
use crate::tui::view::axis::pieces;
use crate::tui::view::{Look, frame, text, typed};

/// Draws the page.
pub fn draw(look: Look, run: &Run, frame: &mut Frame) {
    let (theme, now) = (look.theme, look.facts.now.present());
    let rotation = &run.current().rotation;
    let arranged = run.arrange(frame.area().as_size().into(), now, look.facts.keymap);
    let title = match run.items.len() {
        1 => format!("Rotate {}", rotation.old.name),
        several => format!("Rotate {several} keys: {}", rotation.old.name),
    };
    let place = if run.current().begun || run.paused { "on disk, safe to leave" } else { "not begun yet" };
    let note = format!("started {} · {place}", rotation.started.format("%H:%M UTC"));
    let danger = rotation.plan.emergency && !rotation.phase.is_over();
    let inside = open(look, &title, &note, danger, frame);
    let mut y = 0;
    if arranged.list > 0 {
        draw_list(look, run, frame, Rect { height: arranged.list, ..inside });
        y += arranged.list + 1;
    }
    let present = run.now(now);
    let steps = side(rotation, &present, now);
    let height = arranged.rows + u16::from(!arranged.side);
    let mut area = Rect { y: inside.y + y, height, ..inside };
    if arranged.side {
        for (row, (glyph, title)) in (0..).zip(&steps) {
            let style = glyph_style(*glyph, theme);
            frame::put(frame, Rect { width: SIDE - 2, ..area }, row, &format!("{glyph} {title}"), style);
        }
        area = Rect { x: area.x + SIDE, width: area.width - SIDE, ..area };
    } else {
        let at = rotation.stages(now).iter().position(|(_, stage)| *stage == Stage::Now).unwrap_or(steps.len() - 1);
        let (glyph, title) = &steps[at];
        let words = format!("{glyph} step {} of {}: {title}", at + 1, steps.len());
        frame::put(frame, area, 0, &words, glyph_style(*glyph, theme));
        area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    }
    draw_page(look, run, &arranged, frame, area);
    let bottom = inside.height.saturating_sub(arranged.keys + arranged.matrix);
    if arranged.course > 0 {
        let y = inside.y + bottom.saturating_sub(arranged.course) + 1;
        draw_course(look, run, frame, Rect { y, height: arranged.course - 1, ..inside });
    }
    draw_matrix(look, run, frame, Rect { y: inside.y + bottom, height: arranged.matrix, ..inside });
    let keys = Rect { y: inside.bottom() - arranged.keys.min(inside.height), height: arranged.keys, ..inside };
    draw_keys(look, run, frame, keys);
}

fn draw_list(look: Look, run: &Run, frame: &mut Frame, area: Rect) {
    let now = look.facts.now.present();
    let shown = frame::window(run.items.len(), usize::from(area.height), run.cursor.saturating_sub(1));
    for (y, at) in (0..).zip(shown) {
        let item = &run.items[at];
        let (glyph, words) = standing(item, &run.now_of(item, now), now);
        let names = usize::from(area.width / 3);
        let line = format!("{glyph} {} {words}", text::fit(&item.rotation.old.name.marked(), names));
        let style = if at == run.cursor { look.theme.selected } else { glyph_style(glyph, look.theme) };
        if at == run.cursor {
            look.pointer.put(frame::row(area, y).as_position());
        }
        frame::put(frame, area, y, &line, style);
    }
}

fn draw_page(look: Look, run: &Run, arranged: &Arrangement, frame: &mut Frame, area: Rect) {
    let (theme, now) = (look.theme, look.facts.now.present());
    let keymap = look.facts.keymap;
    let (page, lines) = run.wrapped(arranged.columns, now, keymap);
    let style = if page.alert { theme.warning } else { theme.strong };
    frame::put(frame, area, 0, &page.title, style);
    let gap = u16::from(usize::from(area.height) > lines.len() + 3);
    let field = run.asking.as_ref().and_then(|asking| match asking {
        Asking::Abandon(Some(field)) | Asking::Reason(field) | Asking::Value(field, _) => Some(field),
        _ => None,
    });
    let masked = matches!(run.asking, Some(Asking::Value(..)));
    let below = 1 + u16::from(field.is_some());
    let room = usize::from(area.height.saturating_sub(below + gap));
    let cut = lines.len() > room;
    let shown = frame::window(lines.len(), room.saturating_sub(usize::from(cut)), run.scroll);
    let more = lines.len() - shown.end;
    let mut y = 1 + gap;
    for line in &lines[shown] {
        let spans = vec![
            Span::styled(format!("{} ", line.glyph), glyph_style(line.glyph, theme)),
            Span::styled(line.text.clone(), tone(line.tone, theme)),
        ];
        frame.render_widget(Line::from(spans), frame::row(area, y));
        y += 1;
    }
    if cut && room > 0 {
        let key = |action| keymap.press(action, Context::Rotate);
        let words = if more > 0 {
            format!("  … {more} more: {}", key(Action::PageDown))
        } else {
            format!("  {} goes back", key(Action::PageUp))
        };
        frame::put(frame, area, y, &words, theme.dim);
        y += 1;
    }
    if let Some(field) = field {
        let room = usize::from(area.width.saturating_sub(3));
        let (mut spans, cursor) = if masked {
            let dots = field.text().chars().count().min(room.saturating_sub(1));
            let columns = u16::try_from(dots).unwrap_or_default();
            (vec![Span::styled("•".repeat(dots), theme.filter_masked)], columns)
        } else {
            typed::pieces(field, room, theme.field_active, None, theme)
        };
        let used: usize = spans.iter().map(Span::width).sum();
        spans.push(Span::styled(" ".repeat(room.saturating_sub(used)), theme.field_active));
        let row = frame::row(Rect { x: area.x + 2, width: area.width.saturating_sub(2), ..area }, y);
        frame.render_widget(Line::from(spans), row);
        if row.height > 0 {
            look.pointer.put((row.x + cursor, row.y));
        }
    }
}

/// Both keys on one axis of time.
fn draw_course(look: Look, run: &Run, frame: &mut Frame, area: Rect) {
    let (theme, now) = (look.theme, look.facts.now.present());
    let Some(axis) = course::axis(run.current(), now) else { return };
    let names = axis.lanes.iter().map(|lane| text::width(&lane.name)).max().unwrap_or(0) + 2;
    let columns = usize::from(area.width).saturating_sub(names);
    let indent = " ".repeat(names);
    frame::put(frame, area, 0, &format!("{indent}{}", axis.head(columns)), theme.dim);
    for (y, lane) in (1..).zip(&axis.lanes) {
        let mut spans = vec![Span::styled(text::fit(&lane.name, names), theme.label)];
        spans.extend(pieces(&axis.inks(lane, columns), theme));
        frame.render_widget(Line::from(spans), frame::row(area, y));
    }
    frame::put(frame, area, area.height - 1, &format!("{indent}{}", axis.legend(columns)), theme.dim);
}

fn draw_matrix(look: Look, run: &Run, frame: &mut Frame, area: Rect) {
    let (theme, now) = (look.theme, look.facts.now.present());
    let item = run.current();
    let (old, new) = (matrix::old(item, now), matrix::new(&item.rotation));
    let (irreversible, danger) = matrix::irreversible(&item.rotation);
    let mut places = vec![Span::styled("place ", theme.label)];
    for (at, (kind, word, shade)) in matrix::places(&item.rotation).into_iter().enumerate() {
        let gap = if at == 0 { "" } else { "   " };
        places.push(Span::styled(format!("{gap}{kind} "), theme.text));
        places.push(Span::styled(word, tone(shade, theme)));
    }
    let narrow = text::width(&irreversible) > usize::from(area.width);
    let irreversible = if narrow { irreversible.trim_end_matches(" yet").to_owned() } else { irreversible };
    let words = Span::styled(text::cut(&irreversible, usize::from(area.width)), tone(danger, theme));
    match area.height {
        3 => {
            let room = usize::from(area.width).saturating_sub(text::width(&new) + 1);
            let old = text::fit(&old, text::width(&old).max(usize::from(area.width / 2)).min(room));
            frame::put(frame, area, 0, &format!("{old} {new}"), theme.masked);
            let wide = Line::from(places.clone()).width() + words.width() + 2 <= usize::from(area.width);
            frame.render_widget(Line::from(places), frame::row(area, 1));
            let row = frame::row(area, if wide { 1 } else { 2 });
            let line = Line::from(words);
            frame.render_widget(if wide { line.right_aligned() } else { line }, row);
        }
        5 => {
            frame::put(frame, area, 0, &old, theme.masked);
            frame::put(frame, area, 1, &new, theme.masked);
            frame.render_widget(Line::from(places), frame::row(area, 2));
            frame.render_widget(Line::from(words), frame::row(area, 3));
        }
        _ => {
            frame.render_widget(Line::from(places), frame::row(area, 0));
            frame.render_widget(Line::from(words), frame::row(area, 1));
        }
    }
}

fn draw_keys(look: Look, run: &Run, frame: &mut Frame, area: Rect) {
    let (theme, now) = (look.theme, look.facts.now.present());
    let keys = run.keys(now, look.facts.keymap);
    let above = u16::from(run.confirming(now).is_some());
    let mut rows = key_rows(&keys, usize::from(area.width));
    rows.truncate(usize::from(area.height.saturating_sub(above)));
    for (y, row) in (above..).zip(&rows) {
        let mut spans = Vec::new();
        for (key, does) in row {
            spans.push(Span::styled(key.clone(), theme.hint_key));
            spans.push(Span::styled(format!(" {does}   "), theme.hint_text));
        }
        frame.render_widget(Line::from(spans), frame::row(area, y));
    }
    if let Some((does, asked)) = run.confirming(now).zip(run.typed()) {
        let (confirm, wanted, context) = (&asked.confirm, asked.wanted, Context::Review);
        draw_prompt(look, &Prompt { confirm, wanted, does, back: "", context }, frame, frame::row(area, 0));
    }
}

fn glyph_style(glyph: char, theme: &Theme) -> Style {
    match glyph {
        '✓' => theme.ok,
        '▸' | '◂' => theme.accent,
        '!' => theme.danger,
        '?' => theme.unknown,
        _ => theme.dim,
    }
}

fn tone(tone: Tone, theme: &Theme) -> Style {
    match tone {
        Tone::Plain => theme.text,
        Tone::Dim => theme.dim,
        Tone::Good => theme.ok,
        Tone::Warning => theme.warning,
        Tone::Danger => theme.danger,
    }
}
