//! Drawing the review.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::groups::{Group, Part, Row};
use super::{Arrangement, Aside, Review, WIDTH, deed, keys};
use crate::domain::bulk::Reading;
use crate::domain::key::Key;
use crate::domain::time::past;
use crate::tui::action::Context;
use crate::tui::dialogs::confirm::view::{Prompt, draw as draw_prompt};
use crate::tui::dialogs::picture::groups::{scale, signs};
use crate::tui::dialogs::picture::groups_view::of_sign;
use crate::tui::text::thousands;
use crate::tui::view::{Look, frame, text};

/// Draws the dialog.
pub fn draw(look: Look, review: &Review, frame: &mut Frame) {
    let theme = look.theme;
    let size = frame.area().as_size().into();
    let Arrangement { top, below, roomy, height, list: list_height } = review.arrange(size, look.facts.keymap);
    let window = frame::Window {
        title: &title(review),
        width: WIDTH,
        height,
        danger: review.plan.deed.is_final() || review.sum.exposed,
    };
    let inside = frame::open(look, &window, frame);
    for (y, line) in (0..).zip(&top) {
        frame::put(
            frame,
            inside,
            y,
            line,
            if review.plan.deed.recipient().is_some() { theme.text } else { theme.danger },
        );
    }
    let y = u16::try_from(top.len()).unwrap_or(0) + u16::from(roomy);
    let list = Rect { y: inside.y + y, height: list_height, ..inside };
    draw_list(look, review, frame, list);
    for (y, (line, tone)) in (y + list_height..).zip(&below) {
        let style = match tone {
            Aside::Groups | Aside::LeftOut | Aside::Looking | Aside::Place => theme.dim,
            Aside::Resolves => theme.text,
            Aside::Found | Aside::NotRead | Aside::OwnLeftOut | Aside::Foreign => theme.warning,
            Aside::OwnIncluded => theme.danger,
        };
        frame::put(frame, inside, y, line, style);
    }
    draw_confirmation(look, review, frame, frame::row(inside, inside.height.saturating_sub(1)));
}

fn title(review: &Review) -> String {
    let plan = &review.plan;
    let (verb, owners) = (deed(review).title(), review.sum.owners);
    match owners {
        0 if plan.own.is_some() => format!("{verb} the key this console uses?"),
        0 => format!("Nothing is left to {}", plan.deed.verb()),
        1 => format!("{verb} {}{}", keys(plan.count()), plan.to_whom()),
        many => format!("{verb} {} of {many} people{}", keys(plan.count()), plan.to_whom()),
    }
}

/// The list: those used today apart, the rest, the console's own key at the end.
fn draw_list(look: Look, review: &Review, frame: &mut Frame, area: Rect) {
    let theme = look.theme;
    let total = review.lines();
    let fits = total <= usize::from(area.height);
    let room = usize::from(area.height) - usize::from(!fits && area.height > 0);
    let shown = frame::window(total, room, review.scroll);
    let (first, end) = (shown.start, shown.end);
    for ((line, y), row) in (first..).zip(0..).zip(review.groups.rows(&review.plan, shown)) {
        let area = frame::row(area, y);
        match row {
            Row::Heading(part, count) => {
                let (heading, style) = heading(look, review, part);
                let indent = if review.groups.any() { "  " } else { "" };
                frame::put(frame, area, 0, &format!("{indent}{heading} ({})", thousands(count)), style);
            }
            Row::Group { key, count, group, open } => {
                let each = scale(review.groups.largest(), SIGNS);
                draw_group(look, (key, count, open), (group, each), frame, area);
            }
            Row::Key(key, grouped) => draw_key(look, key, review.plan.reading, grouped, frame, area),
        }
        if review.groups.any() && line == review.cursor {
            frame::put(frame, area, 0, "▌", theme.cursor_marker);
        }
    }
    if !fits {
        let left = total - end;
        let words =
            if left > 0 { format!("… {} more, scroll", thousands(left)) } else { "that is all of them".to_owned() };
        frame::put(frame, area, area.height.saturating_sub(1), &words, theme.dim);
    }
}

fn heading(look: Look, review: &Review, part: Part) -> (&'static str, Style) {
    let (theme, plan) = (look.theme, &review.plan);
    let own = plan.sends_own();
    match part {
        Part::UsedToday => ("Used in the last 24 h", theme.warning),
        Part::Own => ("Last, the key this console uses", theme.danger),
        Part::Rest => match plan.reading {
            Reading::Looking => ("Looking whether they are in use …", theme.label),
            Reading::Failed => ("Perhaps in use", theme.warning),
            Reading::Done if plan.used_today.is_empty() && !own => ("Not used in the last 24 h", theme.label),
            Reading::Done => ("The rest", theme.label),
        },
    }
}

/// Columns for the signs of a group's keys.
const SIGNS: usize = 18;

/// An owner's keys on one row: whose, as signs, how many.
fn draw_group(
    look: Look,
    (key, count, open): (&Key, usize, bool),
    (group, each): (&Group, usize),
    frame: &mut Frame,
    area: Rect,
) {
    let theme = look.theme;
    let owner = if key.owner.is_empty() { format!("user {}", key.owner_id) } else { key.owner.marked().into_owned() };
    let mut rest = vec![keys(count)];
    if group.never_used > 0 {
        rest.push(format!("{} never used", thousands(group.never_used)));
    }
    let rest = rest.join(" · ");
    let exposed = group.tally.exposed;
    let danger = if exposed > 0 { format!("   ! {} exposed", thousands(exposed)) } else { String::new() };
    let glyph = if open { '▾' } else { '▸' };
    let left = if group.gone { " left" } else { "" };
    let room = usize::from(area.width).saturating_sub(4 + text::width(&rest) + text::width(&danger) + left.len() + 2);
    // the signs are what gives way, after the name
    let name = if room >= 20 + SIGNS + 2 { (room - SIGNS - 2).min(24) } else { room.min(24) };
    let mut line = vec![
        Span::styled(format!("  {glyph} {}", text::fit(&owner, name)), theme.strong),
        Span::styled(format!("{left}  "), theme.warning),
    ];
    if room >= name + SIGNS + 2 {
        let mut columns = SIGNS;
        for (sign, signs) in signs(&group.tally, each) {
            let (glyph, style) = of_sign(sign, theme);
            let signs = signs.min(columns);
            columns -= signs;
            line.push(Span::styled(glyph.repeat(signs), style));
        }
        line.push(Span::raw(" ".repeat(columns + 2)));
    }
    line.push(Span::styled(rest, theme.text));
    line.extend(frame::set_off(&danger, theme.status_exposed));
    frame.render_widget(Line::from(line), area);
}

/// Columns of a masked value.
const MASKED: usize = 9;

/// One key on one row: its name, its masked value, which tells it from its namesakes, its owner, its last use.
fn draw_key(look: Look, key: &Key, reading: Reading, grouped: bool, frame: &mut Frame, area: Rect) {
    let now = look.facts.now.utc;
    let indent = if grouped { 4 } else { 2 };
    let room = usize::from(area.width).saturating_sub(indent);
    let used = match reading {
        Reading::Looking => String::new(),
        Reading::Failed => "not known".to_owned(),
        Reading::Done => past(&key.last_used, now),
    };
    let used = if used == "never" { "never used".to_owned() } else { used };
    let masked = text::masked(&key.masked.to_string(), MASKED);
    let owner = if grouped || room <= 52 { 0 } else { 19 };
    let name = room.saturating_sub(MASKED + 1 + 13 + owner);
    let danger = match (key.exposed, owner > 0 || grouped && room > 52) {
        (false, _) => "",
        (true, true) => " ! exposed",
        (true, false) => " !",
    };
    let own_name = text::cut(&key.name.marked(), name.saturating_sub(text::width(danger) + 1));
    let blank = name.saturating_sub(text::width(&own_name) + text::width(danger));
    let mut spans = vec![Span::styled(format!("{}{own_name}", " ".repeat(indent)), look.theme.text)];
    spans.extend(frame::set_off(danger, look.theme.status_exposed));
    spans.push(Span::raw(" ".repeat(blank)));
    spans.push(Span::styled(format!("{} ", text::fit(&masked, MASKED)), look.theme.masked));
    if owner > 0 {
        spans.push(Span::styled(text::fit(&key.owner.marked(), owner), look.theme.text));
    }
    spans.push(Span::styled(format!(" {used:>12}"), look.theme.text));
    frame.render_widget(Line::from(spans), area);
}

fn draw_confirmation(look: Look, review: &Review, frame: &mut Frame, area: Rect) {
    let asked = Prompt {
        confirm: &review.confirm,
        wanted: review.confirmation(),
        does: &format!("{} {}", deed(review).verb(), if review.plan.count() <= 1 { "it" } else { "them" }),
        back: match (review.plan.deed.is_final(), review.plan.count() <= 1) {
            (true, true) => "keep it",
            (true, false) => "keep them",
            (false, true) => "leave it as it is",
            (false, false) => "leave them as they are",
        },
        context: Context::Review,
    };
    draw_prompt(look, &asked, frame, area);
}
