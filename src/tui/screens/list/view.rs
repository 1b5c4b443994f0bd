//! Drawing a list: the filter line, the column titles, the rows that are visible, the key under the cursor in brief.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::ListScreen;
use super::columns::{Columns, Placed};
use super::summary::{DAYS, Summed};
use crate::domain::finding::{Finding, Urgency};
use crate::domain::key::{Access, DisabledReason, Key, Status};
use crate::domain::key_value::KeyKind;
use crate::domain::link::https;
use crate::domain::row::Row;
use crate::domain::sort::Column;
use crate::domain::time::{Time, When, day, future, length, past};
use crate::domain::untrusted::{Untrusted, visible};
use crate::tui::dialogs::detail::{resolution, status};
use crate::tui::layout::Layout;
use crate::tui::text::thousands;
use crate::tui::theme::Theme;
use crate::tui::view::{Look, frame, text, typed};

/// What stands in a cell of a row.
pub struct Cell {
    words: String,
    style: Style,
    /// How its first sign looks, where that is unlike the words.
    sign: Option<Style>,
}

impl Cell {
    /// A state that is in order or only told: the sign has its colour, the word is as the rest of the row.
    fn quiet(words: impl Into<String>, style: Style, sign: Style) -> Self {
        Self { words: words.into(), style, sign: Some(sign) }
    }

    /// A state that asks to be looked at.
    fn loud(words: impl Into<String>, style: Style) -> Self {
        Self { words: words.into(), style, sign: None }
    }
}

impl From<(String, Style)> for Cell {
    fn from((words, style): (String, Style)) -> Self {
        Self { words, style, sign: None }
    }
}

/// What a row shows.
pub trait Shown: Row + Summed + Columns {
    /// The text and the style of a cell.
    fn cell(&self, column: Column, look: Look) -> Cell;
    /// The strip above the filter: what stands in the list as a whole.
    fn strip(list: &ListScreen<Self>, look: Look) -> Line<'static>
    where
        Self: Sized;
    /// What a person should know of the list as a whole.
    fn note(_: &ListScreen<Self>, _: Look) -> Option<String>
    where
        Self: Sized,
    {
        None
    }
    /// What is in the brief that may be a link.
    fn link(&self) -> Option<&Untrusted> {
        None
    }
    /// The row in brief, on `lines` lines below the table.
    fn brief(&self, look: Look) -> [String; 2];
}

/// Draws the tab; `empty` stands in the middle where no row is shown.
pub fn draw<R: Shown>(
    look: Look,
    list: &ListScreen<R>,
    empty: Option<(String, String)>,
    layout: Layout,
    frame: &mut Frame,
    area: Rect,
) {
    if layout.strip > 0 && !list.table.is_empty() {
        frame.render_widget(R::strip(list, look), frame::row(area, 0));
    }
    let area = Rect { y: area.y + layout.strip, height: area.height - layout.strip, ..area };
    draw_filter(look, list, frame, frame::row(area, 0));
    let columns = R::placed(&list.shown, layout.width);
    draw_titles(look, list, &columns, frame, frame::row(area, 1));
    let body = Rect { y: area.y + 2, height: layout.body, ..area };
    if let Some((what, then)) = empty {
        return draw_empty(look, &what, &then, frame, body);
    }
    draw_rows(look, list, &columns, frame, body);
    if layout.detail > 0
        && let Some(row) = list.table.current()
    {
        for (y, line) in (0..layout.detail).zip(row.brief(look)) {
            let line = text::cut(&line, usize::from(area.width.saturating_sub(2)));
            let style = if y == 0 { look.theme.text } else { look.theme.dim };
            let area = frame::row(area, 2 + layout.body + y);
            frame.render_widget(Line::styled(format!(" {line}"), style), area);
            if let Some((at, link)) = row.link().and_then(|link| Some((line.find(&*link.visible())?, link)))
                && let Some(target) = https(link)
            {
                let before = text::width(&line[..at]);
                let (x, width) = (before + 1, text::width(&line) - before);
                let [x, width] = [x, width].map(|columns| u16::try_from(columns).unwrap_or(area.width));
                look.links.add(Rect { x: area.x + x, width, ..area }, &target);
            }
        }
    }
}

fn draw_titles<R: Shown>(look: Look, list: &ListScreen<R>, columns: &[Placed], frame: &mut Frame, area: Rect) {
    let sort = list.table.sort();
    for Placed { column, title, x, width } in columns {
        let x = area.x + x;
        let arrow = match sort.then {
            _ if *column == sort.column => Some(if sort.descending { "▼" } else { "▲" }),
            Some(then) if *column == then.column => Some(if then.descending { "▽" } else { "△" }),
            _ => None,
        };
        let sorted = arrow.is_some();
        let title = arrow.map_or_else(|| (*title).to_owned(), |arrow| format!("{title} {arrow}"));
        let style = if sorted { look.theme.column_sorted } else { look.theme.column_title };
        frame.buffer_mut().set_stringn(x, area.y, text::cut(&title, usize::from(*width)), usize::from(*width), style);
    }
}

fn draw_rows<R: Shown>(look: Look, list: &ListScreen<R>, columns: &[Placed], frame: &mut Frame, area: Rect) {
    let theme = look.theme;
    let range = list.range();
    let cursor = list.table.cursor();
    let visible = list.offset..list.offset + usize::from(area.height);
    for ((at, y), row) in (list.offset..).zip(area.y..area.bottom()).zip(list.table.rows(visible)) {
        let under_cursor = cursor == Some(at);
        let in_range = range.is_some_and(|(from, to)| (from..=to).contains(&at));
        let buffer = frame.buffer_mut();
        if list.table.is_marked(row.id()) {
            buffer.set_string(area.x + 3, y, "✓", theme.marked);
        } else if in_range {
            buffer.set_string(area.x + 3, y, "~", theme.marked);
        }
        for Placed { column, x, width, .. } in columns {
            let Cell { words, mut style, sign } = row.cell(*column, look);
            let name = *column == Column::Name;
            if name && in_range {
                style = style.patch(theme.range);
            }
            let words = if *column == Column::Where {
                text::address(&words, usize::from(*width))
            } else {
                text::cut(&words, usize::from(*width))
            };
            if *column == Column::Where
                && let Some(target) = row.link().and_then(https)
            {
                let width = u16::try_from(text::width(&words)).unwrap_or(*width);
                look.links.add(Rect { x: area.x + x, y, width, height: 1 }, &target);
            }
            buffer.set_stringn(area.x + x, y, &words, usize::from(*width), style);
            if let Some(sign) = sign.filter(|_| *width > 0) {
                buffer.set_style(Rect { x: area.x + x, y, width: 1, height: 1 }, sign);
            }
        }
        if under_cursor {
            follow(theme, buffer, Rect { y, height: 1, ..area });
            // while the filter is typed, that is what is meant
            if list.filter.editing.is_none() {
                look.pointer.put((area.x + 1, y));
            }
        }
    }
}

/// Shows a row as the one under the cursor: a marker at either end, so that the eye finds it at any width and a move writes
/// four cells, and the row's own style where the theme has one.
fn follow(theme: &Theme, buffer: &mut Buffer, row: Rect) {
    buffer.set_style(row, theme.cursor_row);
    buffer.set_string(row.x + 1, row.y, "▌", theme.cursor_marker);
    buffer.set_string(row.right().saturating_sub(1), row.y, "▐", theme.cursor_marker);
}

fn draw_empty(look: Look, what: &str, then: &str, frame: &mut Frame, area: Rect) {
    let room = usize::from(area.width.saturating_sub(4));
    let mut lines: Vec<(String, Style)> = Vec::new();
    lines.extend(text::wrap(what, room).into_iter().map(|line| (line, look.theme.text)));
    lines.extend(text::wrap(then, room).into_iter().map(|line| (line, look.theme.dim)));
    let height = u16::try_from(lines.len()).unwrap_or(area.height);
    let top = area.y + area.height.saturating_sub(height) / 2;
    if let Some((first, _)) = lines.first().filter(|_| look.pointer.position().is_none()) {
        let wide = u16::try_from(text::width(first)).unwrap_or(area.width).min(area.width);
        look.pointer.put((area.x + (area.width - wide) / 2, top));
    }
    for (y, (line, style)) in (top..area.bottom()).zip(lines) {
        frame.render_widget(Line::styled(line, style).centered(), Rect { y, height: 1, ..area });
    }
}

/// The filter line: the text with its secrets masked and its fault underlined, and the counts.
fn draw_filter<R: Shown>(look: Look, list: &ListScreen<R>, frame: &mut Frame, area: Rect) {
    let theme = look.theme;
    let filter = &list.filter;
    let counts = match &filter.problem {
        Some(_) => Span::styled("not right yet ", theme.filter_error),
        // what is being typed needs the room
        None if filter.editing.is_some() && area.width < 60 => {
            Span::styled(format!("{} of {} ", thousands(list.table.shown()), thousands(list.table.len())), theme.text)
        }
        None => Span::styled(format!("{} ", counts(list)), theme.text),
    };
    let width = u16::try_from(counts.width()).unwrap_or(0).min(area.width);
    let room = area.width.saturating_sub(width + 4);
    let left = Rect { width: room + 3, ..area };
    let mut spans = vec![Span::raw(" "), Span::styled("/ ", theme.filter_prompt)];
    if let Some(field) = &filter.editing {
        let problem = filter.problem.as_ref().map(|problem| &problem.span);
        let (typed, cursor) = typed::pieces(field, usize::from(room), theme.filter_text, problem, theme);
        spans.extend(typed);
        frame.render_widget(Line::from(spans), left);
        look.pointer.put((area.x + 3 + cursor, area.y));
    } else if filter.kept.is_empty() {
        let word = if list.table.only_marked() { "only marked" } else { "filter" };
        let note = R::note(list, look).map(|note| format!("   {note}")).unwrap_or_default();
        spans.push(Span::styled(text::cut(&format!("{word}{note}"), usize::from(room)), theme.dim));
        frame.render_widget(Line::from(spans), left);
    } else {
        let kept = short_fingerprints(&filter.kept);
        spans.push(Span::styled(text::cut(&visible(&kept), usize::from(room)), theme.filter_text));
        frame.render_widget(Line::from(spans), left);
    }
    frame.render_widget(Line::from(counts), Rect { x: area.right() - width, width, ..area });
}

/// `37 of 400 · 12 marked (3 hidden)`.
fn counts<R: Shown>(list: &ListScreen<R>) -> String {
    let (shown, loaded) = (list.table.shown(), list.table.len());
    let mut parts = Vec::new();
    if loaded > 0 {
        let so_far = if list.as_of.is_none() { " so far" } else { "" };
        parts.push(if shown == loaded {
            format!("{}{so_far}", thousands(loaded))
        } else {
            format!("{} of {}{so_far}", thousands(shown), thousands(loaded))
        });
    }
    let states = list.table.states();
    if states != crate::domain::table::States::ALL {
        let named: Vec<&str> =
            [(states.enabled, "enabled"), (states.disabled, "disabled"), (states.revoked, "revoked")]
                .into_iter()
                .filter_map(|(on, name)| on.then_some(name))
                .collect();
        parts.push(if named.is_empty() { "no state".to_owned() } else { format!("only {}", named.join(", ")) });
    }
    let marks = list.table.marks();
    if marks.marked > 0 {
        let hidden = if marks.hidden > 0 { format!(" ({} hidden)", thousands(marks.hidden)) } else { String::new() };
        parts.push(format!("{} marked{hidden}", thousands(marks.marked)));
    }
    if marks.gone > 0 {
        parts.push(format!("{} gone", thousands(marks.gone)));
    }
    if let Some((from, to)) = list.range() {
        parts.push(format!("range {}", thousands(to - from + 1)));
    }
    parts.join(" · ")
}

/// Fingerprints in a kept filter, cut to what a person needs to see that one stands there.
fn short_fingerprints(kept: &str) -> String {
    kept.split(' ')
        .map(|word| match word.split_once("sha256:") {
            Some((field, digits)) => format!("{field}sha256:{}…", digits.get(..8).unwrap_or(digits)),
            None => word.to_owned(),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

impl Shown for Key {
    fn cell(&self, column: Column, look: Look) -> Cell {
        let (theme, now) = (look.theme, look.facts.now.utc);
        let plain = if self.is_over(now) { theme.dim } else { theme.text };
        let cell = match column {
            Column::Status => return status_cell(self, plain, now, theme),
            Column::Name if self.is_open_danger() => named(&self.name, theme.danger, theme),
            Column::Name => named(&self.name, plain, theme),
            Column::Masked => (self.masked.to_string(), theme.masked),
            Column::Owner => match self.nameless_owner() {
                Some(words) => (words, plain),
                None => named(&self.owner, plain, theme),
            },
            Column::Expires if self.status == Status::Revoked => ("–".to_owned(), plain),
            Column::Expires => {
                let soon = self.status == Status::Enabled
                    && self.expires.time().is_some_and(|at| at > now && at - now < chrono::TimeDelta::days(SOON));
                (future(&self.expires, now), if soon { theme.expiring_soon } else { plain })
            }
            Column::LastUsed => (past(&self.last_used, now), last_use(self, plain, now, theme)),
            Column::Created => (date(&self.created), plain),
            Column::Access => (access(self), if self.access == Access::Full { theme.dim } else { plain }),
            Column::Tried if self.refused_uses.count == 0 => ("–".to_owned(), theme.dim),
            Column::Tried => (tried(self, now), if self.is_still_tried(now) { theme.warning } else { plain }),
            _ => (String::new(), plain),
        };
        cell.into()
    }

    fn note(list: &ListScreen<Self>, look: Look) -> Option<String> {
        let tracks = look.facts.session.capabilities.tracks().filter(|_| list.tracks(&look.facts))?;
        Some(format!("written down here, since {}", visible(&tracks.why)))
    }

    fn strip(list: &ListScreen<Self>, look: Look) -> Line<'static> {
        let theme = look.theme;
        let counts = list.table.counts();
        let done = (counts.enabled * BAR).div_ceil(list.table.len().max(1)).min(BAR);
        let mut spans = vec![Span::raw(" ")];
        spans.extend(count("enabled", counts.enabled, theme.text, look));
        spans.push(Span::styled("█".repeat(done), theme.label));
        spans.push(Span::styled("░".repeat(BAR - done), theme.progress_rest));
        spans.push(Span::raw("  "));
        spans.extend(count("disabled", counts.disabled, theme.text, look));
        spans.extend(count("revoked", counts.revoked, theme.text, look));
        spans.push(Span::styled(" expiring ", theme.label));
        for (days, number) in DAYS.into_iter().zip(list.summary.expiring) {
            let style = if days <= SOON { theme.expiring_soon } else { theme.text };
            spans.extend(count(&format!("{days} d"), number, style, look));
        }
        spans.extend(count(" never used", list.summary.never_used, theme.text, look));
        Line::from(spans)
    }

    fn brief(&self, look: Look) -> [String; 2] {
        let now = look.facts.now.utc;
        let mut first = vec![self.name.marked().into_owned(), format!("id {}", self.id)];
        let by = if self.owner.is_empty() { String::new() } else { format!(" by {}", self.owner) };
        first.push(format!("made {}{by}", minute(&self.created)));
        first.extend(self.rotated_from.as_ref().map(|from| format!("rotated from {from}")));
        let contacts: Vec<String> = self.contacts.iter().map(ToString::to_string).collect();
        if !contacts.is_empty() {
            first.push(format!("tells {}", contacts.join(", ")));
        }
        let mut second = Vec::new();
        if self.status != Status::Revoked {
            let from = self.last_used_from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
            second.push(format!("used {}{from}", past(&self.last_used, now)));
            second.push(format!("expires {}", minute(&self.expires)));
        }
        if self.access != Access::Full {
            second.push(format!("access {}", self.access));
        }
        second.push(status(self, look.facts.users, now));
        if self.is_still_tried(now) {
            let from = self.refused_uses.last_from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
            second.push(format!("last tried {}{from}", past(&self.refused_uses.last_at, now)));
        }
        [first.join("   "), second.join("   ")]
    }
}

/// How often a key was tried after it stopped working, and when last: `12 · 3 h ago`.
fn tried(key: &Key, now: Time) -> String {
    let tried = &key.refused_uses;
    let count = usize::try_from(tried.count).unwrap_or(usize::MAX);
    format!("{} · {}", thousands(count), past(&tried.last_at, now))
}

/// What a key may do, as far as keys of its kind know a difference.
fn access(key: &Key) -> String {
    match key.kind {
        KeyKind::ApiKey => key.access.to_string(),
        KeyKind::CollectionAccessKey => "–".to_owned(),
    }
}

/// An expiry within so many days is told by its colour.
const SOON: i64 = 14;

/// The bar of the strip: how much of the whole is enabled, in this many columns.
const BAR: usize = 12;

/// A number of the strip, dim when it is none.
fn count(name: &str, number: usize, style: Style, look: Look) -> [Span<'static>; 3] {
    let style = if number == 0 { look.theme.dim } else { style };
    [Span::styled(format!("{name} "), look.theme.label), Span::styled(thousands(number), style), Span::raw("  ")]
}

/// The freshest and the oldest uses of what still works, told at a glance.
fn last_use(key: &Key, plain: Style, now: Time, theme: &Theme) -> Style {
    if key.is_over(now) {
        plain
    } else if key.used_within_a_day(now) {
        theme.used_today
    } else if key.is_stale(now) {
        theme.used_long_ago
    } else {
        plain
    }
}

/// The state: loud where something is to be looked at, else a sign with its colour and a word like the rest of the row.
fn status_cell(key: &Key, plain: Style, now: Time, theme: &Theme) -> Cell {
    if key.is_open_danger() {
        return Cell::loud("! exposed", theme.status_exposed);
    }
    let expired = key.expires.time().is_some_and(|at| at <= now);
    let tried = key.is_still_tried(now);
    match &key.status {
        // what still sends it is forgotten somewhere, or was stolen
        Status::Revoked if tried => Cell::loud("! revoked", theme.warning),
        Status::Revoked => Cell::loud("× revoked", theme.status_revoked),
        // whoever found its value can use it as soon as it is accepted again
        Status::Disabled | Status::Enabled if expired && (key.exposed || tried) => {
            Cell::loud("! expired", theme.warning)
        }
        Status::Disabled if key.exposed || tried => Cell::loud("! disabled", theme.warning),
        Status::Disabled | Status::Enabled if expired => Cell::loud("◌ expired", theme.status_expired),
        // as wide as the column: what it is tells more than a sign
        Status::Disabled if key.disabled_reason == Some(DisabledReason::OwnerLeft) => {
            Cell::loud("owner left", theme.status_disabled)
        }
        Status::Disabled => Cell::quiet("○ disabled", plain, theme.status_disabled),
        Status::Enabled => Cell::quiet("● enabled", plain, theme.status_enabled),
        Status::Other(word) if word.is_empty() => Cell::loud("? unknown", theme.unknown),
        Status::Other(word) => Cell::loud(format!("? {word}"), theme.unknown),
    }
}

impl Shown for Finding {
    fn cell(&self, column: Column, look: Look) -> Cell {
        let (theme, now) = (look.theme, look.facts.now.utc);
        let plain = if self.is_open() { theme.text } else { theme.dim };
        let name = if self.is_open() && self.is_live() { theme.danger } else { plain };
        let cell = match column {
            Column::Status => return its_key_cell(self, plain, theme),
            Column::Name if self.key_name.is_empty() => (self.secret_type.to_string(), name),
            Column::Name => named(&self.key_name, name, theme),
            Column::Owner => named(&self.owner, plain, theme),
            Column::Resolution => finding_cell(self, theme),
            Column::Source => (self.source.as_ref().map(ToString::to_string).unwrap_or_default(), plain),
            Column::Where => (self.spot(), plain),
            Column::Detected => (date(&self.detected), plain),
            Column::Exposed => (exposed_for(self, now), plain),
            Column::LastUsed if self.urgency() == Urgency::InUse => (past(&self.last_used, now), theme.warning),
            // of a key that nobody knows it is not known either
            Column::LastUsed if self.key_id.is_none() => ("–".to_owned(), plain),
            Column::LastUsed => (past(&self.last_used, now), plain),
            Column::Occurrences => {
                (format!("{:>5}", thousands(usize::try_from(self.occurrences).unwrap_or(usize::MAX))), plain)
            }
            Column::Secret => (self.obfuscated.to_string(), theme.masked),
            _ => (String::new(), plain),
        };
        cell.into()
    }

    fn strip(list: &ListScreen<Self>, look: Look) -> Line<'static> {
        let theme = look.theme;
        let open = list.table.counts().exposed_open;
        let mut spans = vec![Span::raw(" ")];
        spans.extend(count("open", open, theme.warning, look));
        spans.extend(count("on keys that are still accepted", list.summary.live, theme.status_exposed, look));
        spans.extend(count("used since", list.summary.in_use, theme.status_exposed, look));
        spans.extend(count("resolved", list.table.len() - open, theme.dim, look));
        Line::from(spans)
    }

    fn link(&self) -> Option<&Untrusted> {
        Some(&self.url)
    }

    fn brief(&self, look: Look) -> [String; 2] {
        let now = look.facts.now.utc;
        let mut first = Vec::new();
        if !self.key_name.is_empty() {
            first.push(self.key_name.marked().into_owned());
        }
        first.extend([self.secret_type.to_string(), format!("found {}", past(&self.detected, now))]);
        first.extend(self.key_status.as_ref().map(|status| format!("its key is {status}")));
        first.extend((self.urgency() == Urgency::InUse).then(|| "used since it was found".to_owned()));
        first.extend(self.vendor().map(|vendor| format!("revoked at {}", vendor.revoke_at)));
        [first.join("   "), format!("{}   {}", resolution(self), self.url)]
    }
}

/// A name, marked and set off where it is not what it looks like.
fn named(name: &Untrusted, plain: Style, theme: &Theme) -> (String, Style) {
    let style = if name.deception().is_some() { theme.warning } else { plain };
    (name.marked().into_owned(), style)
}

fn finding_cell(finding: &Finding, theme: &Theme) -> (String, Style) {
    use crate::domain::finding::Resolution;
    match &finding.resolution {
        Resolution::Active => match finding.urgency() {
            Urgency::InUse => ("! live, in use".to_owned(), theme.status_exposed),
            Urgency::Live => ("! live".to_owned(), theme.status_exposed),
            Urgency::Open | Urgency::Over => ("! open".to_owned(), theme.warning),
        },
        Resolution::Revoked => ("✓ revoked".to_owned(), theme.dim),
        Resolution::FalsePositive => ("– false alarm".to_owned(), theme.dim),
        Resolution::AcceptedRisk => ("~ accepted".to_owned(), theme.dim),
        Resolution::Other(word) => (format!("? {word}"), theme.unknown),
    }
}

/// The state of the key that a finding names; of another maker's key, whose it is. Of a finding that is resolved all is as
/// quiet as its row.
fn its_key_cell(finding: &Finding, plain: Style, theme: &Theme) -> Cell {
    let quiet = |words: &str, sign| Cell::quiet(words, plain, if finding.is_open() { sign } else { plain });
    match &finding.key_status {
        Some(Status::Enabled) => quiet("● enabled", theme.status_enabled),
        Some(Status::Disabled) => quiet("○ disabled", theme.status_disabled),
        Some(Status::Revoked) => Cell::loud("× revoked", theme.status_revoked),
        Some(Status::Other(word)) if !word.is_empty() => Cell::loud(format!("? {word}"), theme.unknown),
        Some(Status::Other(_)) => Cell::loud("? unknown", theme.unknown),
        // of keydeck's own kind, and no key that there is
        None if !finding.is_foreign() => Cell::loud("? no key", theme.unknown),
        None => Cell::loud(finding.vendor().map_or("not ours", |vendor| vendor.name), theme.dim),
    }
}

/// `3 d 4 h`; a dash where it is over.
fn exposed_for(finding: &Finding, now: Time) -> String {
    let span = finding.exposed_for(now).and_then(|span| span.to_std().ok());
    span.map_or_else(|| "–".to_owned(), |span| length(span.as_secs()))
}

fn date(when: &When) -> String {
    match when {
        When::At(time) => day(*time),
        When::Never => "–".to_owned(),
        When::Unreadable(_) => "?".to_owned(),
    }
}

fn minute(when: &When) -> String {
    match when {
        When::At(time) => time.format("%Y-%m-%d %H:%M UTC").to_string(),
        other => other.exact(),
    }
}
