//! Rows as the store reads them: one buffer for all their texts, whatever the engine.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::error::{Error, Result};
use super::statement::Value;

/// What a statement answered.
#[derive(Debug, Default)]
pub struct Rows {
    columns: Vec<Box<str>>,
    cells: Vec<Cell>,
    texts: String,
    count: usize,
    order: Order,
}

/// The order in which columns are read, which is the same for every row: behind which column which other one was read the
/// last time, so that a column is looked for where it is. A guess that is wrong costs a search, no more.
#[derive(Debug, Default)]
struct Order {
    behind: Vec<AtomicUsize>,
    last: AtomicUsize,
}

impl Order {
    fn of(columns: usize) -> Self {
        Self { behind: (0..columns).map(|at| AtomicUsize::new(at + 1)).collect(), last: AtomicUsize::new(0) }
    }

    /// The place of the column of this name.
    fn find(&self, columns: &[Box<str>], name: &str) -> Option<usize> {
        let behind = self.behind.get(self.last.load(Ordering::Relaxed))?;
        let guess = behind.load(Ordering::Relaxed);
        if columns.get(guess).is_some_and(|column| **column == *name) {
            self.last.store(guess, Ordering::Relaxed);
            return Some(guess);
        }
        let at = columns.iter().position(|column| **column == *name)?;
        behind.store(at, Ordering::Relaxed);
        self.last.store(at, Ordering::Relaxed);
        Some(at)
    }
}

/// One value of a row.
#[derive(Clone, Copy, Debug)]
enum Cell {
    Null,
    Integer(i64),
    /// Where it begins among the texts, and how long it is.
    Text(u32, u32),
}

impl Rows {
    /// None yet, of these columns.
    pub(super) fn with(columns: impl IntoIterator<Item = impl Into<Box<str>>>) -> Self {
        let columns: Vec<Box<str>> = columns.into_iter().map(Into::into).collect();
        Self { order: Order::of(columns.len()), columns, ..Self::default() }
    }

    /// Adds the value of the next column, of the next row after the last one.
    pub(super) fn push(&mut self, cell: Option<CellRef<'_>>) -> Result<()> {
        let width = self.columns.len();
        let at = self.cells.len() % width;
        let cell = match cell {
            None => Cell::Null,
            Some(CellRef::Integer(number)) => Cell::Integer(number),
            Some(CellRef::Text(text)) => {
                let begin = self.texts.len();
                self.texts.push_str(text);
                match (u32::try_from(begin), u32::try_from(text.len())) {
                    (Ok(begin), Ok(length)) => Cell::Text(begin, length),
                    _ => return Err(self.wrong(at, "more than fits")),
                }
            }
        };
        self.cells.push(cell);
        self.count = self.cells.len() / width;
        Ok(())
    }

    /// What is said of a value in the column at `at` that cannot be read.
    pub(super) fn wrong(&self, at: usize, found: &'static str) -> Error {
        Error::Column { column: self.columns[at].to_string(), found }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The first.
    pub fn first(&self) -> Option<Row<'_>> {
        self.iter().next()
    }

    /// The first, kept.
    pub fn into_first(self) -> Option<First> {
        (!self.is_empty()).then_some(First(self))
    }

    /// Each.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        self.some(0..self.count)
    }

    /// Of rows that are at most one more than a page of `limit` holds: those of the page, and the last of them if there
    /// are more behind it.
    pub fn page(&self, limit: u32) -> (impl Iterator<Item = Row<'_>>, Option<Row<'_>>) {
        let shown = self.count.min(limit as usize);
        (self.some(0..shown), self.some(0..shown).last().filter(|_| self.count > shown))
    }

    fn some(&self, which: Range<usize>) -> impl Iterator<Item = Row<'_>> {
        which.map(|at| self.at(at))
    }

    fn at(&self, at: usize) -> Row<'_> {
        let width = self.columns.len();
        Row { rows: self, cells: &self.cells[at * width..(at + 1) * width] }
    }
}

/// The first of some rows.
#[derive(Debug)]
pub struct First(Rows);

impl First {
    /// The value in the column of this name.
    pub fn try_get<'r, T: FromCell<'r>>(&'r self, column: &str) -> Result<T> {
        self.row().try_get(column)
    }

    /// As one of many.
    pub fn row(&self) -> Row<'_> {
        self.0.at(0)
    }
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct Row<'r> {
    rows: &'r Rows,
    cells: &'r [Cell],
}

impl<'r> Row<'r> {
    /// The value in the column of this name.
    pub fn try_get<T: FromCell<'r>>(&self, column: &str) -> Result<T> {
        let wrong = |found| Error::Column { column: column.to_owned(), found };
        let at = self.rows.order.find(&self.rows.columns, column);
        let cell = self.cells[at.ok_or_else(|| wrong("not there"))?];
        T::from_cell(match cell {
            Cell::Null => None,
            Cell::Integer(number) => Some(CellRef::Integer(number)),
            Cell::Text(begin, length) => {
                let begin = begin as usize;
                Some(CellRef::Text(&self.rows.texts[begin..begin + length as usize]))
            }
        })
        .map_err(wrong)
    }
}

/// A value that is there.
#[derive(Clone, Copy, Debug)]
pub enum CellRef<'r> {
    Integer(i64),
    Text(&'r str),
}

/// What a value can be read as; otherwise what it is instead.
pub trait FromCell<'r>: Sized {
    /// Reads it.
    fn from_cell(cell: Option<CellRef<'r>>) -> std::result::Result<Self, &'static str>;
}

impl FromCell<'_> for i64 {
    fn from_cell(cell: Option<CellRef<'_>>) -> std::result::Result<Self, &'static str> {
        match cell {
            Some(CellRef::Integer(number)) => Ok(number),
            Some(CellRef::Text(_)) => Err("a text"),
            None => Err("null"),
        }
    }
}

impl<'r> FromCell<'r> for &'r str {
    fn from_cell(cell: Option<CellRef<'r>>) -> std::result::Result<Self, &'static str> {
        match cell {
            Some(CellRef::Text(text)) => Ok(text),
            Some(CellRef::Integer(_)) => Err("a number"),
            None => Err("null"),
        }
    }
}

impl FromCell<'_> for Value {
    fn from_cell(cell: Option<CellRef<'_>>) -> std::result::Result<Self, &'static str> {
        Ok(match cell {
            None => Self::Null,
            Some(CellRef::Integer(number)) => Self::Integer(number),
            Some(CellRef::Text(text)) => Self::Text(text.to_owned()),
        })
    }
}

impl<'r> FromCell<'r> for String {
    fn from_cell(cell: Option<CellRef<'r>>) -> std::result::Result<Self, &'static str> {
        <&str>::from_cell(cell).map(str::to_owned)
    }
}

impl<'r, T: FromCell<'r>> FromCell<'r> for Option<T> {
    fn from_cell(cell: Option<CellRef<'r>>) -> std::result::Result<Self, &'static str> {
        cell.map(|cell| T::from_cell(Some(cell))).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_in_whatever_order_they_are_read() {
        let columns: Vec<Box<str>> = ["id", "name", "at", "from"].map(Box::from).into();
        let order = Order::of(columns.len());
        for _ in 0..3 {
            for (name, at) in [("at", Some(2)), ("id", Some(0)), ("none", None), ("from", Some(3)), ("id", Some(0))] {
                assert_eq!(order.find(&columns, name), at, "{name}");
            }
        }
        assert_eq!(Order::of(0).find(&[], "id"), None);
    }
}
