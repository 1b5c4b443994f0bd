//! Statements put together from fixed pieces: placeholders are numbered (`$1`), which every engine takes, and whatever
//! comes from outside is bound, never pasted.

use sqlx::any::{Any, AnyArguments, AnyQueryResult, AnyRow};
use sqlx::{Arguments, AssertSqlSafe, Encode, Executor, Row, Type};

/// The most values one `INSERT` with numbered placeholders carries. SQLite walks the list of them for each value it binds,
/// so the work grows with the square of this; a few hundred are as fast as it gets.
const VALUES_AN_INSERT: usize = 500;
/// From this many rows on placeholders go without numbers, which only the embedded engine takes, and only a demo's team
/// has so many rows: nothing walks any list then.
const MANY: usize = 200;
/// Rows that one `INSERT` of many carries; the most values there may be are 32,766.
const ROWS_AN_INSERT: usize = 500;
/// The most ids one list in a statement holds.
pub const IDS_A_LIST: usize = 500;

/// A statement in the making.
#[derive(Default)]
pub struct Sql {
    text: String,
    unnumbered: bool,
    arguments: AnyArguments,
    failed: Option<sqlx::error::BoxDynError>,
}

impl Sql {
    /// Begins with a fixed text.
    pub fn new(text: &'static str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    /// Adds a fixed text.
    pub fn push(&mut self, text: &'static str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds a placeholder and binds its value.
    pub fn bind<'t, T: Encode<'t, Any> + Type<Any>>(&mut self, value: T) -> &mut Self {
        if let Err(error) = self.arguments.add(value) {
            self.failed.get_or_insert(error);
        }
        if self.unnumbered {
            self.text.push('?');
        } else {
            self.text.push('$');
            self.text.push_str(&self.arguments.len().to_string());
        }
        self
    }

    /// Adds `(…, …)` with each value bound.
    pub fn bind_list<'t, T: Encode<'t, Any> + Type<Any>>(&mut self, values: impl IntoIterator<Item = T>) -> &mut Self {
        self.push("(");
        for (at, value) in values.into_iter().enumerate() {
            if at > 0 {
                self.push(", ");
            }
            self.bind(value);
        }
        self.push(")")
    }

    fn query(self) -> sqlx::Result<sqlx::query::Query<'static, Any, AnyArguments>> {
        match self.failed {
            Some(error) => Err(sqlx::Error::Encode(error)),
            None => Ok(sqlx::query_with(AssertSqlSafe(self.text), self.arguments)),
        }
    }

    /// Every row.
    pub async fn rows<'c>(self, on: impl Executor<'c, Database = Any>) -> sqlx::Result<Vec<AnyRow>> {
        self.query()?.fetch_all(on).await
    }

    /// The first row, if there is one.
    pub async fn row<'c>(self, on: impl Executor<'c, Database = Any>) -> sqlx::Result<Option<AnyRow>> {
        self.query()?.fetch_optional(on).await
    }

    /// How SQLite would find the rows, a line a step.
    pub async fn plan<'c>(mut self, on: impl Executor<'c, Database = Any>) -> sqlx::Result<Vec<String>> {
        self.text.insert_str(0, "EXPLAIN QUERY PLAN ");
        self.rows(on).await?.iter().map(|row| row.try_get("detail")).collect()
    }

    /// Runs the statement.
    pub async fn run<'c>(self, on: impl Executor<'c, Database = Any>) -> sqlx::Result<AnyQueryResult> {
        self.query()?.execute(on).await
    }
}

/// Inserts `rows`, many a statement. `head` is `INSERT INTO t (…) VALUES `; `fields` binds one row's values, as many for
/// every row.
pub async fn insert<T>(
    on: &mut sqlx::AnyConnection,
    head: &'static str,
    rows: &[T],
    fields: impl Fn(&T, &mut Fields<'_>),
) -> sqlx::Result<()> {
    let unnumbered = rows.len() >= MANY;
    let mut rows = rows.iter().peekable();
    while rows.peek().is_some() {
        let mut sql = Sql { unnumbered, ..Sql::new(head) };
        for (at, row) in (1..).zip(rows.by_ref()) {
            let before = sql.arguments.len();
            sql.push(if before > 0 { ", (" } else { "(" });
            fields(row, &mut Fields { sql: &mut sql, first: true });
            sql.push(")");
            let width = sql.arguments.len() - before;
            let full = if unnumbered { at == ROWS_AN_INSERT } else { sql.arguments.len() + width > VALUES_AN_INSERT };
            if full {
                break;
            }
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
    pub fn add<'t, T: Encode<'t, Any> + Type<Any>>(&mut self, value: T) -> &mut Self {
        if !std::mem::take(&mut self.first) {
            self.sql.push(", ");
        }
        self.sql.bind(value);
        self
    }
}
