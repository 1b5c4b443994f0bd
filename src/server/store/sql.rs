//! Statements put together from fixed pieces: places are numbered (`$1`), which every engine takes, and whatever comes
//! from outside is bound, never pasted.

use super::engine::{Error, First, On, Result, Rows, Statement, Transaction, Value};

/// The most rows that one `INSERT` of many carries, a power of two.
const ROWS_AN_INSERT: usize = 128;
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

    /// Adds `(…, …)` with places for texts among which a row's is. However many there are, there are few such statements: a
    /// list is filled up with nothing to the next power of two, so that a statement that is prepared already is found again.
    pub fn seek_any<T: AsRef<str>>(&mut self, texts: impl IntoIterator<Item = T>) -> &mut Self {
        self.push("(");
        let mut count = 0_usize;
        for text in texts {
            self.push(if count > 0 { ", " } else { "" }).seek(text.as_ref());
            count += 1;
        }
        for place in count..count.next_power_of_two() {
            self.push(if place > 0 { ", " } else { "" }).bind(Value::Null);
        }
        self.push(")")
    }

    /// Begins a further condition that a row has to meet.
    pub fn and(&mut self, condition: &'static str) -> &mut Self {
        let first = !std::mem::replace(&mut self.chooses, true);
        self.push(if first { " WHERE " } else { " AND " }).push(condition)
    }

    /// Begins a further condition, one of which a row has to meet. Not to be mixed with [`and`](Self::and).
    pub fn or(&mut self, condition: &'static str) -> &mut Self {
        let first = !std::mem::replace(&mut self.chooses, true);
        self.push(if first { " WHERE " } else { " OR " }).push(condition)
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

/// Inserts `rows`, many a statement: as many as a power of two, so that there are few such statements, which are prepared
/// already. `head` is `INSERT INTO t (…) VALUES `; `fields` binds one row's values, as many for
/// every row.
pub async fn insert<T>(
    on: &mut Transaction,
    head: &'static str,
    rows: &[T],
    fields: impl Fn(&T, &mut Fields<'_>),
) -> Result<()> {
    let mut left = rows;
    while !left.is_empty() {
        // the highest power of two that is not more
        let (rows, behind) = left.split_at(ROWS_AN_INSERT.min(1 << left.len().ilog2()));
        left = behind;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_many_lengths_are_few_statements() {
        let of = |count: usize| {
            let mut sql = Sql::new("");
            sql.seek_any((0..count).map(|at| at.to_string()));
            let Statement { text, values } = sql.into_statement();
            assert_eq!(values.iter().filter(|value| **value != Value::Null).count(), count);
            assert_eq!(values.len(), text.matches('$').count());
            text
        };
        assert_eq!((of(0).as_str(), of(1).as_str(), of(2).as_str()), ("($1)", "($1)", "($1, $2)"));
        assert_eq!(of(3), "($1, $2, $3, $4)");
        let all: std::collections::BTreeSet<String> = (0..=1000).map(of).collect();
        assert_eq!(all.len(), 11);
    }
}
