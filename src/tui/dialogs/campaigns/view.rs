//! Drawing the board of campaigns.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::update::room;
use super::{Campaigns, Inside, mark};
use crate::domain::campaign::{Board, Campaign, OwnerRow, State};
use crate::domain::time::{day, past};
use crate::tui::action::{Action, Context};
use crate::tui::event::CampaignLook;
use crate::tui::theme::Theme;
use crate::tui::view::{Look, frame, text};

/// From how many columns on states go by their words.
const WIDE: usize = 70;

/// Draws the dialog.
pub fn draw(look: Look, dialog: &Campaigns, frame: &mut Frame) {
    let height = frame.area().height;
    let window = frame::Window { title: &title(dialog), width: 116, height, danger: false };
    let inside = frame::open(look, &window, frame);
    let theme = look.theme;
    let Some(campaign) = dialog.current() else {
        let words = match &dialog.read {
            None => vec!["Reading …".to_owned()],
            Some(read) if read.unreadable.is_empty() => {
                vec!["No campaign was started on this machine. keydeck campaign start NAME --filter … --by DATE starts one."
                    .to_owned()]
            }
            Some(read) => read.unreadable.clone(),
        };
        let lines = words.iter().flat_map(|words| text::wrap(words, usize::from(inside.width)));
        for (y, line) in (0..).zip(lines) {
            frame::put(frame, inside, y, &line, theme.dim);
        }
        return frame::hints(look, frame, inside, &look.keys(Context::Campaigns, &[(Action::Back, "close")]));
    };
    match &dialog.inside {
        None => draw_board(look, dialog, campaign, frame, inside),
        Some(cell) => draw_cell(look, dialog, (campaign, cell), frame, inside),
    }
}

fn title(dialog: &Campaigns) -> String {
    let Some(campaign) = dialog.current() else { return "Campaigns".to_owned() };
    let all = dialog.all().len();
    let place = if all > 1 { format!(" · {} of {all}", dialog.at() + 1) } else { String::new() };
    format!("Campaign {}{place}", campaign.opened.name.marked())
}

/// What is said above the board: how it stands, and by when.
fn heading(look: Look, dialog: &Campaigns, campaign: &Campaign) -> Vec<(String, Style)> {
    let (theme, now) = (look.theme, look.facts.now.utc);
    let date = if campaign.is_overdue(now) { theme.danger } else { theme.text };
    let seen = match dialog.look() {
        Some(CampaignLook::Looking) => ("Looking …".to_owned(), theme.dim),
        Some(CampaignLook::Failed(why)) => (format!("As it was seen last: {why}"), theme.warning),
        Some(CampaignLook::Seen) if campaign.over.is_none() => ("As it is now".to_owned(), theme.dim),
        Some(CampaignLook::Seen) | None => (
            match campaign.looked_at {
                Some(at) => format!("As it was seen {}", past(&at.into(), now)),
                None => "Not looked at yet".to_owned(),
            },
            theme.dim,
        ),
    };
    vec![(campaign.progress(), theme.text), (campaign.deadline(now), date), seen]
}

/// Columns of the owner, then of all and of each state.
fn widths(all: usize, states: &[State]) -> (usize, Vec<usize>) {
    let counts: Vec<usize> = std::iter::once(5)
        .chain(states.iter().map(|state| if all < WIDE { 5 } else { state.words().len() + 2 }))
        .collect();
    (all.saturating_sub(counts.iter().sum()).min(40), counts)
}

fn draw_board(look: Look, dialog: &Campaigns, campaign: &Campaign, frame: &mut Frame, inside: Rect) {
    let (theme, board) = (look.theme, campaign.board());
    let columns = usize::from(inside.width);
    let small = frame.area().height < 20;
    let above = heading(look, dialog, campaign);
    let above = &above[..if small { 2 } else { 3 }];
    for (y, (words, style)) in (0..).zip(above) {
        frame::put(frame, inside, y, words, *style);
    }
    let top = u16::try_from(above.len()).unwrap_or(2);
    let states: Vec<State> = board.states().collect();
    let (owner, counts) = widths(columns, &states);
    let heads = std::iter::once("all".to_owned()).chain(
        states.iter().map(|state| if columns < WIDE { mark(*state).to_string() } else { state.words().to_owned() }),
    );
    let mut line = text::fit("OWNER", owner);
    for (head, width) in heads.zip(&counts) {
        line += &right(&head.to_uppercase(), *width);
    }
    frame::put(frame, inside, top, &line, theme.column_title);
    let rows = board.owners.len() + 1;
    let most = room(frame.area().height);
    let row = dialog.row.min(board.owners.len());
    for (y, at) in (top + 1..).zip(frame::window(rows, most, (row + 1).saturating_sub(most))) {
        if at == row {
            let before: usize = owner + counts.iter().take(dialog.column + 1).sum::<usize>();
            let x = u16::try_from(before.saturating_sub(1)).unwrap_or(0);
            look.pointer.put((inside.x + x.min(inside.width.saturating_sub(1)), frame::row(inside, y).y));
        }
        let spans = board_row(theme, (&board, &states), at, (owner, &counts), (at == row).then_some(dialog.column));
        frame.render_widget(Line::from(spans), frame::row(inside, y));
    }
    let notes = campaign.notes(look.facts.now.utc);
    let lines = notes.iter().flat_map(|note| text::wrap(note, columns));
    let below = inside.bottom().saturating_sub(if small { 2 } else { 5 });
    let area = Rect { y: below, height: if small { 1 } else { 4 }, ..inside };
    for (y, line) in (0..area.height).zip(lines) {
        let style = if campaign.stopped.is_some() { theme.danger } else { theme.dim };
        frame::put(frame, area, y, &line, style);
    }
    let mut words = vec![(Action::Back, "close"), (Action::Choose, "look into it"), (Action::Refresh, "look again")];
    if dialog.all().len() > 1 {
        words.push((Action::Next, "next campaign"));
    }
    if dialog.command().is_some() {
        words.push((Action::CopyCommand, "copy its command"));
    }
    frame::hints(look, frame, inside, &look.keys(Context::Campaigns, &words));
}

/// A row of the board, the first one of all owners, with the cursor on one of its columns.
fn board_row(
    theme: &Theme,
    (board, states): (&Board, &[State]),
    at: usize,
    (owner, widths): (usize, &[usize]),
    cursor: Option<usize>,
) -> Vec<Span<'static>> {
    let row = at.checked_sub(1).and_then(|at| board.owners.get(at));
    let name = row.map_or("everybody".to_owned(), |row| {
        let service = if row.is_service { " (service)" } else { "" };
        format!("{}{service}", row.owner.marked())
    });
    let count = |state: State| row.map_or(board.total[state as usize], |row| row.count(state));
    let all = row.map_or(board.total.iter().sum(), OwnerRow::keys);
    let mut spans = vec![Span::styled(text::fit(&name, owner), theme.text)];
    let cells =
        std::iter::once((all, theme.text)).chain(states.iter().map(|state| (count(*state), of_state(*state, theme))));
    for (at, ((count, style), width)) in cells.zip(widths).enumerate() {
        let words = if count == 0 { "·".to_owned() } else { count.to_string() };
        let style = if count == 0 { theme.dim } else { style };
        let style = if cursor == Some(at) { theme.text.patch(theme.selected) } else { style };
        // the bar is as wide as what stands there, and a little
        let cell = right(&words, *width);
        let bar = cell.len() - cell.trim_start().len();
        let bar = bar.min(width.saturating_sub(4));
        spans.push(Span::raw(cell[..bar].to_owned()));
        spans.push(Span::styled(cell[bar..].to_owned(), style));
    }
    spans
}

fn right(words: &str, width: usize) -> String {
    let pad = width.saturating_sub(text::width(words));
    format!("{}{words}", " ".repeat(pad))
}

fn draw_cell(look: Look, dialog: &Campaigns, (campaign, cell): (&Campaign, &Inside), frame: &mut Frame, inside: Rect) {
    let (theme, columns, keys) = (look.theme, usize::from(inside.width), dialog.keys());
    let board = campaign.board();
    let owner = cell.cell.owner.and_then(|owner| board.owners.iter().find(|row| row.owner_id == owner));
    let whose = owner.map_or("everybody".to_owned(), |row| row.owner.marked().into_owned());
    let state = cell.cell.state.map_or("in any state", State::words);
    frame::put(frame, inside, 0, &format!("{whose}, {state}: {}", keys.len()), theme.text);
    // the owner stands above already, where one is looked into
    let widths = match columns {
        ..60 => [2, columns.saturating_sub(2), 0, 0],
        _ if cell.cell.owner.is_some() => [2, columns.saturating_sub(28), 0, 26],
        _ => [2, columns.saturating_sub(2) / 2 - 10, columns.saturating_sub(2) / 2 - 16, 26],
    };
    let titles = ["", "KEY", "OWNER", "STATE"].iter().zip(widths).map(|(title, width)| fit(title, width));
    frame::put(frame, inside, 1, &titles.collect::<String>(), theme.column_title);
    let most = room(frame.area().height);
    let cursor = cell.cursor.min(keys.len().saturating_sub(1));
    for (y, at) in (2..).zip(frame::window(keys.len(), most, (cursor + 1).saturating_sub(most))) {
        let Some(member) = campaign.members.get(keys[at]) else { continue };
        let state = member.standing.state();
        let words = [
            mark(state).to_string(),
            member.subject.name.marked().into_owned(),
            member.subject.owner.marked().into_owned(),
            format!("{} {}", state.words(), day(member.since)),
        ];
        let style = of_state(state, theme);
        let styles = [style, theme.text, theme.dim, style];
        let cells = words.iter().zip(widths).map(|(words, width)| fit(words, width));
        let mut spans: Vec<Span> = cells.zip(styles).map(|(cell, style)| Span::styled(cell, style)).collect();
        if at == cursor {
            frame::select(theme, &mut spans);
            look.pointer.put(frame::row(inside, y).as_position());
        }
        frame.render_widget(Line::from(spans), frame::row(inside, y));
    }
    let small = frame.area().height < 20;
    let below = Rect {
        y: inside.bottom().saturating_sub(if small { 4 } else { 6 }),
        height: if small { 3 } else { 5 },
        ..inside
    };
    let said = match dialog.member() {
        None => vec![("There is none.".to_owned(), theme.dim)],
        Some(member) => {
            let run = member.standing.run().map(|run| (run.to_owned(), theme.text));
            let says = (member.standing.says(), of_state(member.standing.state(), theme));
            std::iter::once(says).chain(run).collect()
        }
    };
    let lines =
        said.iter().flat_map(|(words, style)| text::wrap(words, columns).into_iter().map(move |line| (line, *style)));
    for (y, (line, style)) in (0..below.height).zip(lines) {
        frame::put(frame, below, y, &line, style);
    }
    let mut words = vec![(Action::Back, "board"), (Action::CopyId, "copy the id")];
    if dialog.command().is_some() {
        words.push((Action::CopyCommand, "copy the command"));
    }
    frame::hints(look, frame, inside, &look.keys(Context::Campaigns, &words));
}

fn fit(words: &str, width: usize) -> String {
    if width == 0 { String::new() } else { format!("{} ", text::fit(words, width - 1)) }
}

fn of_state(state: State, theme: &Theme) -> Style {
    match state {
        State::NotBegun => theme.text,
        State::UnderWay => theme.accent,
        State::Rotated => theme.ok,
        State::Ended => theme.dim,
        State::Needs => theme.warning,
    }
}
