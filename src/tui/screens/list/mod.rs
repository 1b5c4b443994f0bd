//! A tab with a list: My Keys, Collection Access Keys and Team Keys (one screen with a scope), and Exposed Keys.

use self::summary::{Summary, Summed};
use crate::client::error::ServiceError;
use crate::domain::filter::Query;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::row::Row;
use crate::domain::sort::{Column, Sort};
use crate::domain::table::Table;
use crate::domain::time::Time;
use crate::tui::event::Slot;
use crate::tui::progress::Load;
use crate::tui::ticket::Ticket;

pub mod columns;
mod filter_box;
mod findings;
mod keys;
mod marking;
mod review;
mod rotate;
pub mod rows;
pub mod summary;
mod update;
pub mod view;

pub use filter_box::FilterBox;

/// The state of a tab with a list.
#[derive(Debug)]
pub struct ListScreen<R: Row> {
    /// The rows, with cursor, marks, sort and filter.
    pub table: Table<R>,
    /// The columns that there are, to sort by and to show.
    pub columns: &'static [Column],
    /// Those that are shown until others are chosen.
    pub usual: &'static [Column],
    /// Those that are shown where there is room, from the left; the name is always among them.
    pub shown: Vec<Column>,
    /// Where the rows are read.
    pub slot: Slot,
    pub ticket: Ticket,
    /// How far it is.
    pub load: Load,
    /// How many rows came in the reading under way.
    pub came: usize,
    /// How many rows the server says there are.
    pub total: Option<u64>,
    /// When the rows are from: the last whole reading.
    pub as_of: Option<Time>,
    pub filter: FilterBox,
    /// Where a range of marks began.
    pub anchor: Option<KeyId>,
    /// The first shown row that is on the screen.
    pub offset: usize,
    /// What the strip says.
    pub summary: Summary,
    summing: Option<Summing>,
}

/// Rows that are summed up at once; more are in slices.
const SUMMED_AT_ONCE: usize = 50_000;

/// A sum over a long list, in the making.
#[derive(Debug)]
struct Summing {
    summary: Summary,
    next: usize,
    now: Time,
}

impl<R: Row + Summed> ListScreen<R> {
    /// An empty list.
    pub fn new(slot: Slot, columns: &'static [Column], usual: &'static [Column], sort: Sort) -> Self {
        Self {
            table: Table::new(sort),
            columns,
            usual,
            shown: usual.to_vec(),
            slot,
            ticket: Ticket::default(),
            load: Load::Idle,
            came: 0,
            total: None,
            as_of: None,
            filter: FilterBox::default(),
            anchor: None,
            offset: 0,
            summary: Summary::default(),
            summing: None,
        }
    }

    /// Shows these columns, as far as there are such, each once; without the name it is put first.
    pub fn show_columns(&mut self, columns: Vec<Column>) {
        let mut shown: Vec<Column> = Vec::with_capacity(columns.len() + 1);
        for column in columns {
            if self.columns.contains(&column) && !shown.contains(&column) {
                shown.push(column);
            }
        }
        if !shown.contains(&Column::Name) {
            shown.insert(0, Column::Name);
        }
        self.shown = shown;
    }

    /// Begins a reading.
    pub fn begin(&mut self, ticket: Ticket) {
        self.ticket = ticket;
        self.load = Load::Loading;
        self.came = 0;
        self.table.begin_load();
    }

    /// A page came.
    pub fn page(&mut self, rows: Vec<R>, total: Option<u64>, now: Time) {
        self.total = total.or(self.total);
        self.came += rows.len();
        if self.as_of.is_none() {
            self.summary.add(rows.iter(), now);
        }
        self.table.add_page(rows, now);
    }

    /// All pages have come.
    pub fn end(&mut self, now: Time) {
        self.table.finish_load(now);
        self.load = Load::Ready;
        self.as_of = Some(now);
        self.total = None;
        self.sum_up(now);
    }

    /// Counts anew what the strip says, after rows changed; of a long list slice by slice.
    pub fn sum_up(&mut self, now: Time) {
        self.summing = Some(Summing { summary: Summary::default(), next: 0, now });
        self.sum_slice();
    }

    fn sum_slice(&mut self) {
        let Some(summing) = &mut self.summing else { return };
        let end = summing.next + SUMMED_AT_ONCE;
        summing.summary.add(self.table.iter_slots(summing.next..end), summing.now);
        summing.next = end;
        if end >= self.table.all_slots() {
            self.summary = std::mem::take(&mut summing.summary);
            self.summing = None;
        }
    }

    /// Whether something is done in slices, to be [gone on](Self::go_on) with.
    pub fn is_busy(&self) -> bool {
        self.table.is_sorting() || self.summing.is_some()
    }

    /// Does another slice.
    pub fn go_on(&mut self) {
        self.table.go_on_sorting();
        self.sum_slice();
    }

    /// The reading failed.
    pub fn fail(&mut self, error: ServiceError) {
        self.table.abandon_load();
        self.load = Load::Failed(error);
    }

    /// The reading was stopped by the user: what came stays.
    pub fn stop(&mut self) -> bool {
        let loading = self.load == Load::Loading;
        if loading {
            self.table.abandon_load();
            self.load = Load::Idle;
            self.ticket = Ticket::default();
        }
        loading
    }

    /// Whether the rows are only a part, since pages are still to come or never came.
    pub fn is_partial(&self) -> bool {
        self.load == Load::Loading || self.as_of.is_none()
    }

    /// Scrolls so that the cursor is among the `body` rows on the screen.
    pub fn follow(&mut self, body: usize) {
        let cursor = self.table.cursor().unwrap_or(0);
        let last_top = self.table.shown().saturating_sub(body);
        self.offset = self.offset.min(last_top).min(cursor).max((cursor + 1).saturating_sub(body));
    }

    /// Scrolls by so many rows; the cursor stays where it is as long as it can be seen among the `body` rows.
    pub fn scroll_by(&mut self, rows: isize, body: usize) {
        let last_top = self.table.shown().saturating_sub(body);
        self.offset = self.offset.saturating_add_signed(rows).min(last_top);
        if let Some(cursor) = self.table.cursor() {
            self.table.move_to(cursor.clamp(self.offset, self.offset + body.max(1) - 1));
        }
    }

    /// Opens the filter box.
    pub fn edit_filter(&mut self) {
        self.filter.edit(self.table.query().clone());
    }

    /// The text in the box changed: applies it if it parses, else keeps the last good rows and marks the spot. Returns
    /// the fingerprints of key values in it, to be looked up. `me` is who asks, where that is known.
    pub fn filter_changed(&mut self, me: Option<UserId>, now: Time) -> Vec<String> {
        let Some(field) = &self.filter.editing else { return Vec::new() };
        match Query::parse(field.text()).map(|query| query.asked_by(me)) {
            Ok(query) => {
                self.filter.problem = None;
                let fingerprints = query.fingerprints().to_vec();
                if query != *self.table.query() {
                    self.table.set_query(query, now);
                }
                fingerprints
            }
            Err(problem) => {
                self.filter.problem = Some(problem);
                Vec::new()
            }
        }
    }

    /// It is known who asks: from now on `owner:me` means somebody.
    pub fn asked_by(&mut self, me: UserId, now: Time) {
        self.filter.before = self.filter.before.take().map(|query| query.asked_by(Some(me)));
        let query = self.table.query().clone().asked_by(Some(me));
        if query != *self.table.query() {
            self.table.set_query(query, now);
        }
    }

    /// Enter in the box: keeps the filter. A text that does not parse keeps the box open. A key's value is replaced by
    /// its fingerprint, so that it stands nowhere.
    pub fn keep_filter(&mut self) -> bool {
        if self.filter.problem.is_some() {
            return false;
        }
        if let Some(field) = self.filter.editing.take() {
            let query = self.table.query();
            self.filter.kept = if query.has_secret() { query.to_string() } else { field.text().trim().to_owned() };
            self.filter.before = None;
        }
        true
    }

    /// Esc in the box: the filter that stood before stands again.
    pub fn restore_filter(&mut self, now: Time) {
        self.filter.editing = None;
        self.filter.problem = None;
        if let Some(before) = self.filter.before.take()
            && before != *self.table.query()
        {
            self.table.set_query(before, now);
        }
    }

    /// Takes the filter away; true if there was one.
    pub fn clear_filter(&mut self, now: Time) -> bool {
        if self.table.query().is_empty() && self.filter.kept.is_empty() {
            return false;
        }
        self.filter = FilterBox::default();
        self.table.set_query(Query::default(), now);
        true
    }

    /// Begins a range of marks at the cursor.
    pub fn begin_range(&mut self) {
        self.anchor = self.table.current().map(|row| row.id().clone());
    }

    /// The positions of the range under way.
    pub fn range(&self) -> Option<(usize, usize)> {
        let anchor = self.anchor.as_ref()?;
        let at = self.table.position(anchor)?;
        let cursor = self.table.cursor()?;
        Some((at.min(cursor), at.max(cursor)))
    }

    /// Marks the range under way, if there is one, and ends it.
    pub fn take_range(&mut self) -> bool {
        let range = self.range();
        self.anchor = None;
        if let Some((from, to)) = range {
            self.table.mark_range(from, to);
        }
        range.is_some()
    }

    /// Sorts by a column; by the same one again: the other way.
    pub fn sort_by(&mut self, column: Column) {
        let sort = self.table.wanted_sort().choose(column);
        self.table.begin_sort(sort);
    }

    /// Sorts rows alike in the first column by another one; by the same one again: the other way, then not any more.
    pub fn sort_then(&mut self, column: Column) {
        let sort = self.table.wanted_sort().choose_then(column);
        self.table.begin_sort(sort);
    }
}
