//! What statements call that SQLite does not know by itself.

use chrono::TimeDelta;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};

use crate::domain::fold::fold;
use crate::domain::time::{When, wire};

/// No index and no trigger may need one: other programs open the file too.
const FLAGS: FunctionFlags =
    FunctionFlags::SQLITE_UTF8.union(FunctionFlags::SQLITE_DETERMINISTIC).union(FunctionFlags::SQLITE_DIRECTONLY);

/// `days_before(moment, days)`: the moment so many days before another, in the store's form.
pub(super) fn known_to_all(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_scalar_function("days_before", 2, FLAGS, days_before)
}

/// `folded(text)`: as texts are compared. Steps of the schema need it.
pub(super) fn known_to_steps(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_scalar_function("folded", 1, FLAGS, |of| Ok(fold(of.get_raw(0).as_str()?)))
}

fn days_before(of: &Context<'_>) -> rusqlite::Result<Option<String>> {
    let moment: Option<String> = of.get(0)?;
    let days: i64 = of.get(1)?;
    let moment = moment.map_or(When::Never, |moment| When::from_wire(&moment)).time();
    Ok(moment.zip(TimeDelta::try_days(days)).and_then(|(moment, days)| moment.checked_sub_signed(days)).map(wire))
}
