//! Rows as the database answers them, read as the store reads rows.

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use crate::server::store::engine::error::Result;
use crate::server::store::engine::rows::{CellRef, Rows};

/// Adds a row.
pub(super) fn row(rows: &mut Rows, row: &Row) -> Result<()> {
    for (at, column) in row.columns().iter().enumerate() {
        let number = |number: Option<i64>| number.map(CellRef::Integer);
        let cell = match *column.type_() {
            Type::INT8 => number(row.try_get(at)?),
            Type::INT4 => number(row.try_get::<_, Option<i32>>(at)?.map(i64::from)),
            Type::INT2 => number(row.try_get::<_, Option<i16>>(at)?.map(i64::from)),
            Type::BOOL => number(row.try_get::<_, Option<bool>>(at)?.map(i64::from)),
            Type::TEXT | Type::VARCHAR | Type::NAME | Type::UNKNOWN => {
                row.try_get::<_, Option<&str>>(at)?.map(CellRef::Text)
            }
            _ => return Err(rows.wrong(at, "of another type")),
        };
        rows.push(cell)?;
    }
    Ok(())
}
