//! Drawing the form of findings' resolution: what it is about, what became of each, and the reason.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::{Resolve, Told};
use crate::domain::finding::{Finding, Resolution};
use crate::tui::action::{Action, Context};
use crate::tui::dialogs::form::State;
use crate::tui::dialogs::form::view::{Geometry, draw_fields, notes};
use crate::tui::text::thousands;
use crate::tui::view::{Look, frame, text};

/// Columns of the window, where there are as many.
const WIDTH: u16 = 74;
/// The most findings that are named one by one.
const NAMED: usize = 6;

pub fn draw(look: Look, dialog: &Resolve, frame: &mut Frame) {
    let theme = look.theme;
    let (title, does) = words(dialog);
    let width = WIDTH.min(frame.area().width);
    let room = usize::from(width.saturating_sub(4));
    let error = match &dialog.form.state {
        State::Failed(error) => text::wrap(&format!("{error}; {}", error.hint()), room),
        State::Filling | State::Sending => Vec::new(),
    };
    let (labels, indent) = ("Reason".len() + 2, if width >= 60 { "Reason".len() + 2 } else { 2 });
    let said = notes(look, &dialog.form, |_| dialog.check(), |_| "a reason is needed: the audit log keeps it");
    let said: Vec<(Vec<String>, Style)> =
        said.into_iter().map(|(words, style)| (text::wrap(&words, room.saturating_sub(indent)), style)).collect();
    let fields: usize = dialog.form.entries().iter().map(crate::tui::dialogs::form::Entry::rows).sum();
    let below = fields + said.iter().map(|(lines, _)| lines.len()).sum::<usize>() + error.len();
    // the reason comes first where there is little room
    let left = usize::from(frame.area().height).saturating_sub(below + 5);
    let about = about(look, dialog, room, left);
    let height = u16::try_from(about.len() + below + 5).unwrap_or(u16::MAX);
    let inside = frame::open(look, &frame::Window { title: &title, width, height, danger: false }, frame);
    for (y, line) in (0..).zip(&about) {
        frame.render_widget(line, frame::row(inside, y));
    }
    let top = u16::try_from(about.len()).unwrap_or(0) + u16::from(!about.is_empty());
    let form = Rect { y: inside.y + top, height: inside.height.saturating_sub(top), ..inside };
    let geometry = Geometry { labels, indent, first: 0, rows: usize::MAX };
    let y = draw_fields(look, &dialog.form, &said, &geometry, frame, form);
    for (y, line) in (y..).zip(&error) {
        frame::put(frame, form, y, line, theme.danger);
    }
    let words: &[(Action, &str)] = match &dialog.form.state {
        State::Sending => {
            let waiting = format!("waiting for the answer, {} of {}", dialog.resolved(), dialog.findings.len());
            return frame::hints(look, frame, inside, &[("…", waiting.as_str())]);
        }
        State::Failed(_) => &[(Action::Choose, "try again"), (Action::Back, "close")],
        State::Filling => &[(Action::Choose, does), (Action::Back, "close")],
    };
    frame::hints(look, frame, inside, &look.keys(Context::Form, words));
}

/// The title, and what Enter does.
fn words(dialog: &Resolve) -> (String, &'static str) {
    let what = match dialog.findings.as_slice() {
        [(finding, _)] => finding.name().marked().into_owned(),
        several => format!("{} findings", thousands(several.len())),
    };
    match (&dialog.resolution, dialog.findings.len()) {
        (Resolution::FalsePositive, 1) => (format!("{what}: a false positive"), "resolve it so"),
        (Resolution::FalsePositive, _) => (format!("{what}: false positives"), "resolve them so"),
        (Resolution::Revoked, 1) => (format!("{what}: its key is revoked"), "say so"),
        (Resolution::Revoked, _) => (format!("{what}: their keys are revoked"), "say so"),
        (_, 1) => (format!("{what}: accept the risk"), "accept it"),
        (_, _) => (format!("{what}: accept the risk"), "accept them"),
    }
}

/// What the form is about, a line a finding, and where other makers' keys are revoked; in `most` lines.
fn about(look: Look, dialog: &Resolve, room: usize, most: usize) -> Vec<Line<'static>> {
    let theme = look.theme;
    let mut lines = Vec::new();
    let shown = NAMED.min(most).min(dialog.findings.len());
    for (finding, told) in dialog.findings.iter().take(shown) {
        let (glyph, style) = match told {
            Told::Waiting => ("  ", theme.text),
            Told::Resolved => ("✓ ", theme.ok),
            Told::Failed(_) => ("! ", theme.danger),
        };
        let reason = match told {
            Told::Failed(error) => error.reason(),
            Told::Waiting | Told::Resolved => finding.place(),
        };
        let words = text::cut(&format!("{}  {reason}", finding.name().marked()), room.saturating_sub(2));
        lines.push(Line::from(vec![Span::styled(glyph, style), Span::styled(words, style)]));
    }
    let more = dialog.findings.len() - shown;
    if more > 0 && lines.len() < most {
        lines.push(Line::styled(format!("  and {} more", thousands(more)), theme.dim));
    }
    let told: Vec<String> = if dialog.resolution == Resolution::Revoked {
        revoke_first(dialog.findings.iter().map(|(finding, _)| finding))
    } else {
        let live = dialog.findings.iter().filter(|(finding, _)| finding.is_live()).count();
        let words = match (live, dialog.findings.len()) {
            (0, _) => None,
            (_, 1) => Some("Its key is still accepted, and stays so".to_owned()),
            (live, _) => Some(format!("{} of them name a key that is still accepted, and stays so", thousands(live))),
        };
        words.into_iter().collect()
    };
    let told = told.iter().flat_map(|words| text::wrap(words, room));
    lines.extend(told.map(|line| Line::styled(line, theme.warning)));
    lines.truncate(most);
    lines
}

/// Where the keys of other makers are revoked, each maker once: this alone revokes nothing.
fn revoke_first<'f>(findings: impl Iterator<Item = &'f Finding>) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for finding in findings.filter(|finding| finding.is_foreign()) {
        let line = match finding.vendor() {
            Some(vendor) => format!(
                "This revokes nothing: revoke it first at {} ({}, {})",
                vendor.revoke_at, vendor.name, vendor.how
            ),
            None => "This revokes nothing: revoke it first where it was made".to_owned(),
        };
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}
