//! Drawing an off-boarding.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Offboard, Row, Stage, Tone, words};
use crate::domain::offboard::Stand;
use crate::domain::time::past;
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::confirm::view::{Prompt, draw as draw_prompt};
use crate::tui::dialogs::person::view::{MOST, draw as draw_person};
use crate::tui::theme::Theme;
use crate::tui::view::{Look, frame, text};

const WIDTH: u16 = 86;
/// Columns of a masked value: `kdk_…9fQ2`.
const MASKED: usize = 9;

/// Draws the dialog.
pub fn draw(look: Look, dialog: &Offboard, frame: &mut Frame) {
    let (area, now) = (frame.area(), look.facts.now.utc);
    let columns = usize::from(WIDTH.min(area.width).saturating_sub(4));
    let name = dialog.name();
    let (title, lines, wished) = match &dialog.stage {
        Stage::Who | Stage::ToWhom => {
            let rows = u16::try_from(dialog.offered(&look.facts).len()).unwrap_or(MOST).clamp(1, MOST);
            let title = if matches!(dialog.stage, Stage::Who) { "Who leaves?" } else { "Hand it over to whom?" };
            (title.to_owned(), Vec::new(), rows + 6)
        }
        Stage::Reading => (format!("{name} leaves"), vec![(Tone::Dim, "Reading their keys …".to_owned())], 5),
        Stage::NotRead(why) => (
            format!("{name} leaves"),
            text::wrap(why, columns).into_iter().map(|line| (Tone::Warning, line)).collect(),
            7,
        ),
        Stage::Keys => {
            let rows = u16::try_from(dialog.rows(now).len()).unwrap_or(u16::MAX);
            (format!("{name} leaves: what becomes of the keys?"), Vec::new(), rows.max(1).saturating_add(5))
        }
        Stage::Review(_) => {
            let lines = dialog.review(look.facts.users, now, columns);
            let wished = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(4);
            (format!("Off-board {name}?"), lines, wished)
        }
        Stage::Sending(_) | Stage::Deactivating | Stage::Gone | Stage::Stays(_) => {
            let mut lines = said(dialog, columns);
            lines.extend(dialog.results(columns));
            let wished = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(4);
            (format!("{name} leaves"), lines, wished)
        }
    };
    let danger = matches!(&dialog.stage, Stage::Review(_)) && dialog.leaving.stopping().next().is_some();
    let window = frame::Window { title: &title, width: WIDTH, height: wished.min(area.height), danger };
    let inside = frame::open(look, &window, frame);
    match &dialog.stage {
        Stage::Who => draw_person(look, &dialog.person, &dialog.offered(&look.facts), "their keys", frame, inside),
        Stage::ToWhom => draw_person(look, &dialog.person, &dialog.offered(&look.facts), "this one", frame, inside),
        Stage::Keys => draw_keys(look, dialog, frame, inside),
        Stage::Reading
        | Stage::NotRead(_)
        | Stage::Review(_)
        | Stage::Sending(_)
        | Stage::Deactivating
        | Stage::Gone
        | Stage::Stays(_) => draw_lines(look, dialog, &lines, frame, inside),
    }
}

/// How far it is, in a sentence.
fn said(dialog: &Offboard, columns: usize) -> Vec<(Tone, String)> {
    let (tone, words) = match &dialog.stage {
        Stage::Sending(deed) if dialog.stopping => (Tone::Strong, format!("{} stops …", deed.doing())),
        Stage::Sending(deed) => (Tone::Strong, format!("{} …", deed.doing())),
        Stage::Deactivating => (Tone::Strong, format!("Deactivating {} …", dialog.name())),
        Stage::Gone => (Tone::Good, format!("{} is not active any more", dialog.name())),
        Stage::Stays(why) => (Tone::Warning, why.clone()),
        Stage::Who | Stage::ToWhom | Stage::Reading | Stage::NotRead(_) | Stage::Keys | Stage::Review(_) => {
            return Vec::new();
        }
    };
    text::wrap(&words, columns).into_iter().map(|line| (tone, line)).collect()
}

fn draw_lines(look: Look, dialog: &Offboard, lines: &[(Tone, String)], frame: &mut Frame, inside: Rect) {
    let theme = look.theme;
    let room = usize::from(inside.height.saturating_sub(2));
    let shown = frame::window(lines.len(), room, dialog.scroll);
    let more = lines.len().saturating_sub(shown.end);
    for (y, (tone, line)) in (0..).zip(&lines[shown]) {
        frame::put(frame, inside, y, line, style(*tone, theme));
    }
    if more > 0 {
        let words = format!("… {more} more, scroll");
        frame::put(frame, inside, inside.height.saturating_sub(2), &words, theme.dim);
    }
    let keys: &[(Action, &str)] = match &dialog.stage {
        Stage::Review(asked) => {
            let asked = Prompt {
                confirm: &asked.confirm,
                wanted: asked.wanted,
                does: "do all of it",
                back: "choose again",
                context: Context::Review,
            };
            return draw_prompt(look, &asked, frame, frame::row(inside, inside.height.saturating_sub(1)));
        }
        Stage::Sending(_) => &[(Action::Stop, "stop sending")],
        Stage::Deactivating => &[],
        Stage::Stays(_) => &[(Action::Retry, "see what is left"), (Action::Close, "close")],
        Stage::NotRead(_) => {
            let keys = [(Action::Choose, "try again"), (Action::Back, "close")];
            return frame::hints(look, frame, inside, &look.keys(Context::Offboard, &keys));
        }
        Stage::Reading => {
            return frame::hints(look, frame, inside, &look.keys(Context::Offboard, &[(Action::Back, "close")]));
        }
        Stage::Gone | Stage::Who | Stage::ToWhom | Stage::Keys => &[(Action::Close, "close")],
    };
    frame::hints(look, frame, inside, &look.keys(Context::Running, keys));
}

fn draw_keys(look: Look, dialog: &Offboard, frame: &mut Frame, inside: Rect) {
    let (theme, now) = (look.theme, look.facts.now.utc);
    let (tone, stops) = dialog.stops(now);
    frame::put(frame, inside, 0, &stops, style(tone, theme));
    let rows = dialog.rows(now);
    let list = Rect { y: inside.y + 1, height: inside.height.saturating_sub(3), ..inside };
    let room = usize::from(list.height);
    let at = rows.iter().position(|row| *row == Row::Key(dialog.cursor)).unwrap_or(0);
    let shown = frame::window(rows.len(), room, (at + 1).saturating_sub(room));
    let wide = usize::from(list.width);
    let (masked, used) = (if wide < 50 { 0 } else { MASKED + 2 }, if wide < 70 { 0 } else { 15 });
    let fates = if wide < 50 { 16 } else { 22 };
    let names = wide.saturating_sub(masked + used + fates + 3);
    for (y, row) in (0..).zip(&rows[shown.clone()]) {
        let area = frame::row(list, y);
        match row {
            Row::Heading(stand, count) => {
                let style = if *stand == Stand::InUse { theme.warning } else { theme.label };
                frame::put(frame, area, 0, &format!("{} ({count})", stand.title()), style);
            }
            Row::Key(place) => {
                let Some((key, fate)) = dialog.leaving.keys.get(*place) else { continue };
                let mut spans = vec![Span::styled(format!("  {} ", text::fit(&key.name.marked(), names)), theme.text)];
                if masked > 0 {
                    spans.push(Span::styled(
                        text::fit(&text::masked(&key.masked.to_string(), MASKED), masked),
                        theme.masked,
                    ));
                }
                if used > 0 {
                    spans.push(Span::styled(text::fit(&past(&key.last_used, now), used), theme.dim));
                }
                let style = if fate.stops() { theme.text } else { theme.ok };
                spans.push(Span::styled(text::fit(&words(*fate, key, look.facts.users), fates), style));
                if *place == dialog.cursor {
                    frame::select(theme, &mut spans);
                    look.pointer.put(area.as_position());
                }
                frame.render_widget(Line::from(spans), area);
            }
        }
    }
    if rows.is_empty() {
        frame::put(frame, list, 0, "They have no key that is not revoked", theme.dim);
    }
    let below = Rect { height: inside.height.saturating_sub(1), ..inside };
    let fates = [
        (Action::FateHandOver, "hand over"),
        (Action::FateDisable, "disable"),
        (Action::FateRevoke, "revoke"),
        (Action::FateStop, "stop"),
        (Action::AllAlike, "all alike"),
    ];
    frame::hints(look, frame, below, &look.keys(Context::Offboard, if rows.is_empty() { &[] } else { &fates }));
    let keys = [(Action::Choose, "review"), (Action::Back, "leave it")];
    frame::hints(look, frame, inside, &look.keys(Context::Offboard, &keys));
}

fn style(tone: Tone, theme: &Theme) -> Style {
    match tone {
        Tone::Plain => theme.text,
        Tone::Strong => theme.strong,
        Tone::Good => theme.ok,
        Tone::Dim => theme.dim,
        Tone::Warning => theme.warning,
    }
}
