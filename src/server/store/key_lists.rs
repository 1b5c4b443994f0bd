//! Lists of API keys: page by page in an order, and how many there are.
//!
//! A list must cost what it shows, however many keys there are. As long as every key's row says how it stands, keys of one
//! state are walked in the order of an index, and those of several states are merged; a part of a name is sought among
//! the names' parts; what is counted was counted before. While an [act](super::acts) runs, or time did something that is not
//! written yet, how each key stands is worked out instead, which is right and costs more.

use super::api_keys::{read, select_from};
use super::engine::{On, Result, Row};
use super::sql::Sql;
use super::{Store, moment, standing};
use crate::api::key::ApiKey;
use crate::domain::key::Status;
use crate::domain::time::{Time, wire};

/// So many keys whose names have something in common are few: they are sorted when they are asked for.
const FEW: u64 = 2000;
/// The shortest part of a name that is sought among the names' parts, in characters.
const PART: usize = 3;
/// How many parts of a name are sought at the most, beside its last.
const PARTS: usize = 8;

/// How a list is ordered; ties by id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// Latest made first.
    #[default]
    Newest,
    /// Earliest made first.
    Oldest,
    /// Latest used first, never used last.
    RecentlyUsed,
    /// Soonest to expire first, never expiring last.
    Expiring,
}

impl Sort {
    /// Every order, by its name on the wire.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("newest", Self::Newest),
        ("oldest", Self::Oldest),
        ("recentlyUsed", Self::RecentlyUsed),
        ("expiring", Self::Expiring),
    ];

    /// What is sorted by: never null, so that a position in the order is one comparison. The expressions are those of the
    /// indexes.
    fn column(self) -> &'static str {
        match self {
            Self::Newest | Self::Oldest => "k.created_at",
            Self::RecentlyUsed => "COALESCE(k.last_used_at, '')",
            Self::Expiring => "COALESCE(k.expires_at, '9999-12-31T23:59:59.999Z')",
        }
    }

    fn descends(self) -> bool {
        matches!(self, Self::Newest | Self::RecentlyUsed)
    }

    /// Where a key is in the order: as its row says, also while an act dates it anew.
    fn position(self, row: Row<'_>) -> Result<Position> {
        let (when, absent) = match self {
            Self::Newest | Self::Oldest => (moment(row, "created_at")?, ""),
            Self::RecentlyUsed => (moment(row, "last_used_at")?, ""),
            Self::Expiring => (moment(row, "expires_at")?, "9999-12-31T23:59:59.999Z"),
        };
        Ok((when.time().map_or_else(|| absent.to_owned(), wire), row.try_get("id")?))
    }
}

/// A position in a list: the sorted value and the id of the last key before it.
pub type Position = (String, String);

/// Which keys a list holds.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of one owner only.
    pub owner: Option<i64>,
    /// Of these statuses only; empty: of all.
    pub statuses: Vec<Status>,
    /// Whose name contains this, in whatever case.
    pub name: Option<String>,
}

/// How a statement finds its keys.
#[derive(Clone, Copy, Debug)]
enum How<'a> {
    /// By what their rows, the acts and the time say together.
    WorkedOut,
    /// By what their rows say.
    Written,
    /// The same, those of one state in the order of its index.
    OfState(&'a Status),
    /// By the parts of their names, which few have; what else is asked for as their rows say.
    Named,
    /// The same, worked out.
    NamedWorkedOut,
}

impl How<'_> {
    fn tables(self) -> &'static str {
        match self {
            Self::WorkedOut | Self::Written | Self::OfState(_) => " FROM api_keys k",
            Self::Named | Self::NamedWorkedOut => " FROM key_name_parts p CROSS JOIN key_names n CROSS JOIN api_keys k",
        }
    }
}

impl Filter {
    fn push(&self, how: How<'_>, sql: &mut Sql, now: Time) {
        if let Some(owner) = self.owner {
            sql.and("k.owner_id = ").bind(owner);
        }
        match how {
            How::WorkedOut | How::NamedWorkedOut => self.push_statuses(sql, now),
            How::OfState(state) => {
                sql.and("k.state = ").bind(state.word());
            }
            How::Written | How::Named if !self.statuses.is_empty() => {
                // not by the index of states, which is for those of one alone
                sql.and("COALESCE(k.state, '') IN ").seek_list(self.statuses.iter().map(Status::word));
            }
            How::Written | How::Named => {}
        }
        let Some(name) = &self.name else { return };
        match how {
            How::Named | How::NamedWorkedOut => {
                push_named(sql, name);
                sql.and("k.id = n.key_id");
            }
            How::WorkedOut | How::Written | How::OfState(_) => {
                let escaped = name.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
                sql.and("k.name_folded LIKE ").bind(format!("%{escaped}%")).push(" ESCAPE '\\'");
            }
        }
    }

    fn push_statuses(&self, sql: &mut Sql, now: Time) {
        for (at, status) in self.statuses.iter().enumerate() {
            if at == 0 {
                sql.and("(");
            } else {
                sql.push(" OR ");
            }
            standing::push_is(sql, status, now);
        }
        if !self.statuses.is_empty() {
            sql.push(")");
        }
    }
}

/// Whether names are sought by their parts: where the text is long enough.
fn has_parts(name: &str) -> bool {
    name.to_lowercase().chars().count() >= PART
}

/// The parts by which names are found that contain this text: some of its parts, one behind the other and the last. Each is
/// sought by itself, and one that few names have is enough; what is found is compared with the whole.
fn sought_parts(name: &str) -> String {
    let name: Vec<char> = name.to_lowercase().chars().collect();
    let mut parts: Vec<&[char]> = name.chunks_exact(PART).take(PARTS).collect();
    parts.extend(name.get(name.len().saturating_sub(PART)..));
    let quoted = |part: &[char]| format!("\"{}\"", part.iter().collect::<String>().replace('"', "\"\""));
    parts.into_iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// Continues a statement about the parts `p` of names and the names `n` with those that contain this.
fn push_named(sql: &mut Sql, name: &str) {
    sql.and("p.key_name_parts MATCH ").bind(sought_parts(name));
    sql.and("n.number = p.rowid").and("n.name_folded GLOB ").bind(part_pattern(name));
}

/// The pattern of names that contain this.
fn part_pattern(name: &str) -> String {
    let mut pattern = String::from("*");
    for character in name.to_lowercase().chars() {
        match character {
            '*' | '?' | '[' => pattern.extend(['[', character, ']']),
            other => pattern.push(other),
        }
    }
    pattern.push('*');
    pattern
}

/// The keys that a filter lets through, in a store as it is now.
pub struct List<'a> {
    store: &'a Store,
    filter: &'a Filter,
    /// Whether the rows say what is asked for.
    written: bool,
    /// Whether names are sought by their parts, which have a table of their own.
    by_parts: bool,
    /// How many have the name that is asked for, if they are few.
    few: Option<u64>,
    now: Time,
}

impl<'a> List<'a> {
    /// Finds out how the keys are found.
    pub async fn of(store: &'a Store, filter: &'a Filter, now: Time) -> Result<Self> {
        let written = filter.statuses.is_empty() || standing::is_written(store.at_once(), now).await?;
        let by_parts = store.reads().keeps_name_parts() && filter.owner.is_none();
        let name = filter.name.as_deref().filter(|name| by_parts && has_parts(name));
        let few = match name {
            Some(name) => {
                let mut sql =
                    Sql::new("SELECT COUNT(*) AS counted FROM (SELECT 1 FROM key_name_parts p CROSS JOIN key_names n");
                push_named(&mut sql, name);
                sql.push(" LIMIT ").bind(i64::try_from(FEW + 1).unwrap_or(i64::MAX)).push(")");
                Some(sql.count(store.reads()).await?).filter(|found| *found <= FEW)
            }
            None => None,
        };
        Ok(Self { store, filter, written, by_parts, few, now })
    }

    fn how(&self) -> How<'static> {
        match (self.few.is_some(), self.written) {
            (false, false) => How::WorkedOut,
            (false, true) => How::Written,
            (true, true) => How::Named,
            (true, false) => How::NamedWorkedOut,
        }
    }

    /// How many keys it lets through.
    pub async fn count(&self) -> Result<u64> {
        let Filter { owner, statuses, name } = self.filter;
        match name {
            None if self.written => {
                let mut sql = Sql::new("SELECT CAST(COALESCE(SUM(keys), 0) AS BIGINT) AS counted FROM key_counts");
                sql.and("owner_id = ").bind(owner.unwrap_or_default());
                if !statuses.is_empty() {
                    sql.and("state IN ").seek_list(statuses.iter().map(Status::word));
                }
                sql.count(self.store.at_once()).await
            }
            Some(_) if statuses.is_empty() && self.few.is_some() => Ok(self.few.unwrap_or_default()),
            Some(name) if self.by_parts && self.few.is_none() && statuses.is_empty() && has_parts(name) => {
                let mut sql = Sql::new("SELECT COUNT(*) AS counted FROM key_name_parts p CROSS JOIN key_names n");
                push_named(&mut sql, name);
                sql.count(self.store.reads()).await
            }
            None | Some(_) => count_sql(self.filter, self.how(), self.now).count(self.store.reads()).await,
        }
    }

    /// One page, from `after` on, and the position where the next one begins.
    pub async fn page(
        &self,
        sort: Sort,
        after: Option<&Position>,
        limit: u32,
    ) -> Result<(Vec<ApiKey>, Option<Position>)> {
        let states = self.filter.statuses.as_slice();
        if !self.written || self.few.is_some() || self.filter.owner.is_some() || states.is_empty() {
            return one_page(self.store.reads(), self.filter, self.how(), sort, after, limit, self.now).await;
        }
        if let [state] = states {
            let how = How::OfState(state);
            return one_page(self.store.reads(), self.filter, how, sort, after, limit, self.now).await;
        }
        let mut keys: Vec<(Position, ApiKey)> = Vec::new();
        for state in states {
            let sql = sql_of(self.filter, How::OfState(state), sort, after, limit, self.now);
            for row in sql.rows(self.store.reads()).await?.iter() {
                keys.push((sort.position(row)?, read(row, self.now)?));
            }
        }
        keys.sort_by(|(one, _), (other, _)| if sort.descends() { other.cmp(one) } else { one.cmp(other) });
        let limit = limit as usize;
        let next =
            keys.get(limit.saturating_sub(1)).filter(|_| keys.len() > limit).map(|(position, _)| position.clone());
        let mut keys: Vec<ApiKey> = keys.into_iter().take(limit).map(|(_, key)| key).collect();
        keys.retain(|key| states.contains(&key.status));
        Ok((keys, next))
    }
}

/// One page of the keys that `filter` lets through, worked out: for who reads in a transaction of their own.
pub async fn page(
    on: impl On,
    filter: &Filter,
    sort: Sort,
    after: Option<&Position>,
    limit: u32,
    now: Time,
) -> Result<(Vec<ApiKey>, Option<Position>)> {
    one_page(on, filter, How::WorkedOut, sort, after, limit, now).await
}

/// How many keys `filter` lets through, worked out.
pub async fn count(on: impl On, filter: &Filter, now: Time) -> Result<u64> {
    count_sql(filter, How::WorkedOut, now).count(on).await
}

async fn one_page(
    on: impl On,
    filter: &Filter,
    how: How<'_>,
    sort: Sort,
    after: Option<&Position>,
    limit: u32,
    now: Time,
) -> Result<(Vec<ApiKey>, Option<Position>)> {
    let rows = sql_of(filter, how, sort, after, limit, now).rows(on).await?;
    let (shown, last) = rows.page(limit);
    let next = last.map(|row| sort.position(row)).transpose()?;
    let mut keys = shown.map(|row| read(row, now)).collect::<Result<Vec<_>>>()?;
    // while an act dates keys, and where one began in between, some are in another state than their rows say
    keys.retain(|key| filter.statuses.is_empty() || filter.statuses.contains(&key.status));
    Ok((keys, next))
}

fn count_sql(filter: &Filter, how: How<'_>, now: Time) -> Sql {
    let mut sql = Sql::new("SELECT COUNT(*) AS counted");
    sql.push(how.tables());
    filter.push(how, &mut sql, now);
    sql
}

/// The statement that reads a page of the keys as their rows say, and one row more.
pub fn page_sql(filter: &Filter, sort: Sort, after: Option<&Position>, limit: u32, now: Time) -> Sql {
    let how = match filter.statuses.as_slice() {
        [state] if filter.owner.is_none() => How::OfState(state),
        _ => How::Written,
    };
    sql_of(filter, how, sort, after, limit, now)
}

fn sql_of(filter: &Filter, how: How<'_>, sort: Sort, after: Option<&Position>, limit: u32, now: Time) -> Sql {
    let mut sql = select_from(how.tables());
    filter.push(how, &mut sql, now);
    if let Some((value, id)) = after {
        // The first comparison says no more than the second; it lets SQLite begin in the middle of an index.
        sql.and(sort.column()).push(if sort.descends() { " <= " } else { " >= " }).seek(value);
        sql.and("(").push(sort.column()).push(if sort.descends() { ", k.id) < " } else { ", k.id) > " });
        sql.seek_list([value, id]);
    }
    sql.push(" ORDER BY ").push(sort.column());
    sql.push(if sort.descends() { " DESC, k.id DESC" } else { " ASC, k.id ASC" });
    sql.push(" LIMIT ").bind(i64::from(limit) + 1);
    sql
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_name_is_sought_by() {
        for (name, pattern, parts) in [
            ("Deploy", "*deploy*", Some(r#""dep" "loy" "loy""#)),
            ("Deploys", "*deploys*", Some(r#""dep" "loy" "oys""#)),
            ("ab", "*ab*", None),
            ("a*b?c[d", "*a[*]b[?]c[[]d*", Some(r#""a*b" "?c[" "c[d""#)),
            ("say \"x\"", "*say \"x\"*", Some(r#""say" " ""x" """x""""#)),
            ("ÜNÏ", "*ünï*", Some(r#""ünï" "ünï""#)),
        ] {
            let sought = has_parts(name).then(|| sought_parts(name));
            assert_eq!((part_pattern(name).as_str(), sought.as_deref()), (pattern, parts), "{name}");
        }
    }
}
