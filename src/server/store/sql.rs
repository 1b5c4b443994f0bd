//! Statements put together from fixed pieces: places are numbered (`$1`), which every engine takes, and whatever comes
//! from outside is bound, never pasted.

use super::engine::{Error, First, On, Result, Rows, Statement, Transaction, Value};

/// Rows that one `INSERT` of many carries.
const ROWS_AN_INSERT: usize = 500;
/// The most ids one list in a statement holds.
pub const IDS_A_LIST: usize = 500;

/// A statement in the making.
#[derive(Debug, Default)]
pub struct Sql {
    statement: Statement,
    chooses: bool,
}

impl Sql {
    /// Begins with a fixed text.
    pub fn new(text: &'static str) -> Self {
        Self { statement: Statement { text: text.to_owned(), values: Vec::new() }, chooses: false }
    }

    /// Adds a fixed text.
    pub fn push(&mut self, text: &'static str) -> &mut Self {
        self.statement.text.push_str(text);
        self
    }

    /// Adds a place and binds its value.
    pub fn bind(&mut self, value: impl Into<Value>) -> &mut Self {
        self.statement.values.push(value.into());
        let number = self.statement.values.len();
        self.statement.text.push('$');
        self.statement.text.push_str(&number.to_string());
        self
    }

    /// Adds a place for a text that rows are sought by. One with a NUL, which no engine keeps, is nobody's.
    pub fn seek(&mut self, text: &str) -> &mut Self {
        self.bind(Some(text).filter(|text| !text.contains('\0')))
    }

    /// Adds `(…, …)` with places for texts that rows are sought by. Nothing is among none.
    pub fn seek_list<T: AsRef<str>>(&mut self, texts: impl IntoIterator<Item = T>) -> &mut Self {
        self.push("(");
        let mut any = false;
        for text in texts {
            self.push(if std::mem::replace(&mut any, true) { ", " } else { "" }).seek(text.as_ref());
        }
        // an empty list is one that not every engine takes
        self.push(if any { ")" } else { "NULL)" })
    }

    /// Begins a further condition that a row has to meet.
    pub fn and(&mut self, condition: &'static str) -> &mut Self {
        let first = !std::mem::replace(&mut self.chooses, true);
        self.push(if first { " WHERE " } else { " AND " }).push(condition)
    }

    /// As the engine takes it.
    pub fn into_statement(self) -> Statement {
        self.statement
    }

    /// Every row.
    pub async fn rows(self, on: impl On) -> Result<Rows> {
        Ok(on.run(self.statement).await?.rows)
    }

    /// The first row, if there is one.
    pub async fn row(self, on: impl On) -> Result<Option<First>> {
        Ok(self.rows(on).await?.into_first())
    }

    /// The first row, which has to be there.
    pub async fn only(self, on: impl On) -> Result<First> {
        self.row(on).await?.ok_or(Error::NoRow)
    }

    /// The number that the statement answers in its column `counted`.
    pub async fn count(self, on: impl On) -> Result<u64> {
        let counted: i64 = self.only(on).await?.try_get("counted")?;
        Ok(u64::try_from(counted).unwrap_or_default())
    }

    /// How SQLite would find the rows, a line a step.
    pub async fn plan(mut self, on: impl On) -> Result<Vec<String>> {
        self.statement.text.insert_str(0, "EXPLAIN QUERY PLAN ");
        self.rows(on).await?.iter().map(|row| row.try_get("detail")).collect()
    }

    /// Runs the statement, and answers how many rows it inserted, changed or deleted.
    pub async fn run(self, on: impl On) -> Result<u64> {
        Ok(on.run(self.statement).await?.changed)
    }
}

/// Inserts `rows`, many a statement. `head` is `INSERT INTO t (…) VALUES `; `fields` binds one row's values, as many for
/// every row.
pub async fn insert<T>(
    on: &mut Transaction,
    head: &'static str,
    rows: &[T],
    fields: impl Fn(&T, &mut Fields<'_>),
) -> Result<()> {
    for rows in rows.chunks(ROWS_AN_INSERT) {
        let mut sql = Sql::new(head);
        for (at, row) in rows.iter().enumerate() {
            sql.push(if at > 0 { ", (" } else { "(" });
            fields(row, &mut Fields { sql: &mut sql, first: true });
            sql.push(")");
        }
        sql.run(&mut *on).await?;
    }
    Ok(())
}

/// The values of one row of an [`insert`].
pub struct Fields<'a> {
    sql: &'a mut Sql,
    first: bool,
}

impl Fields<'_> {
    /// The next value.
    pub fn add(&mut self, value: impl Into<Value>) -> &mut Self {
        if !std::mem::take(&mut self.first) {
            self.sql.push(", ");
        }
        self.sql.bind(value);
        self
    }
}
