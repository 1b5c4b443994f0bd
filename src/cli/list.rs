//! `keydeck list`: what the console would show.

use std::path::Path;

use serde::Serialize;

use super::args::{List, Tab};
use super::connect::{self, Connection};
use super::exit::{Exit, Stop};
use super::fields::{self, Field};
use super::output::Output;
use super::stream::{Begun, Counted};
use super::table::{Header, Narrow, lines};
use super::wire::{Document, FindingRow, KeyRow, WireKey};
use super::{rows, selection};
use crate::client::capabilities::Capability;
use crate::client::{KeyService, Scope};
use crate::config::Paths;
use crate::domain::finding::Finding;
use crate::domain::ids::KeyId;
use crate::domain::key::{DisabledReason, Key, Status};
use crate::domain::key_value::KeyKind;
use crate::domain::nearest::nearest;
use crate::domain::sort::{Column, Directed, Sort};
use crate::domain::time::{Time, day, future, length, past};
use crate::domain::untrusted::visible;
use crate::domain::values::secret_spans;

/// The columns of keys; LOOK's order of patience.
const KEYS: &[Header] = &[
    ("name", Narrow::Shrinks),
    ("key", Narrow::Drops(2)),
    ("owner", Narrow::Drops(1)),
    ("status", Narrow::Never),
    ("expires", Narrow::Never),
    ("last used", Narrow::Drops(3)),
    ("created", Narrow::Drops(4)),
    ("id", Narrow::Never),
];

/// The columns of findings.
const FINDINGS: &[Header] = &[
    ("key", Narrow::Shrinks),
    ("finding", Narrow::Never),
    ("owner", Narrow::Drops(3)),
    ("status", Narrow::Drops(2)),
    ("secret", Narrow::Drops(6)),
    ("source", Narrow::Drops(4)),
    ("where", Narrow::Drops(1)),
    ("exposed", Narrow::Drops(5)),
    ("last used", Narrow::Drops(7)),
    ("times", Narrow::Drops(9)),
    ("id", Narrow::Never),
    ("key id", Narrow::Drops(8)),
];

/// What is said about the rows.
#[derive(Serialize)]
struct Meta {
    /// How many there are, matching or not.
    total: usize,
    /// How many match.
    matched: usize,
}

/// Prints the rows of a tab.
pub async fn run(
    args: &List,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let columns = if args.tab == Tab::Exposed { Column::for_findings() } else { Column::for_keys() };
    let sort = args.sort.as_deref().map(|sort| read_sort(sort, columns)).transpose()?;
    let query = selection::query(args.filter.as_deref(), args.view.as_deref(), paths, config)?.unwrap_or_default();
    let known = if args.tab == Tab::Exposed { Finding::FIELDS } else { Key::FIELDS };
    let chosen = args.columns.as_deref().map(|names| fields::read(names, known)).transpose()?;
    let session = connect::choose(paths, profile, config).await?.1;
    let known = match args.tab {
        Tab::Mine => Some(Scope::Mine),
        Tab::Team => Some(Scope::Team),
        Tab::Collections => Some(Scope::Collections),
        Tab::All | Tab::Exposed => None,
    };
    // nothing needs all of the rows at once: they are printed as they come
    let streams = args.json && sort.is_none() && !query.has_secret();
    let beside = async |service: &dyn KeyService| {
        let Some(scope) = known else { return Ahead::Nothing };
        if streams && let Some(begun) = Begun::read(service, scope).await {
            return Ahead::Begun(begun);
        }
        rows::Ahead::read(service, scope).await.map_or(Ahead::Nothing, Ahead::Whole)
    };
    let (connection, ahead) = Connection::open_beside(session, None, output, beside).await?;
    let mut without = WithoutContacts::default();
    let matched = if args.tab == Tab::Exposed {
        let (findings, total) = rows::findings(&connection, &query, sort).await?;
        print(args, &findings, (total, connection.now()), chosen.as_deref(), output)?
    } else {
        let (keys, total) = match ahead {
            Ahead::Whole(ahead) => ahead.keys(&connection, &query, sort).await?,
            Ahead::Nothing => rows::keys(&connection, &scopes(args.tab, &connection), &query, sort).await?,
            Ahead::Begun(begun) => {
                let mut is_first = true;
                let counted = begun.print(&connection, &query, output, |key, output| {
                    without.count(key);
                    print_row(key, args.wire, chosen.as_deref(), std::mem::take(&mut is_first), output)
                });
                let Counted { total, matched } = counted.await?;
                output.end_json(&Meta { total, matched }, matched == 0);
                if let Some(words) = without.words(&connection) {
                    output.say(&words);
                }
                return Ok(if args.exit_code && matched > 0 { Exit::Matched } else { Exit::Done });
            }
        };
        let matched = print(args, &keys, (total, connection.now()), chosen.as_deref(), output)?;
        for key in &keys {
            without.count(key);
        }
        if let Some(words) = without.words(&connection) {
            output.say(&words);
        }
        matched
    };
    Ok(if args.exit_code && matched > 0 { Exit::Matched } else { Exit::Done })
}

/// What is read of a list before it is known who asks.
enum Ahead {
    Nothing,
    Whole(rows::Ahead),
    /// The first page of what is printed as it comes.
    Begun(Begun),
}

/// Prints one row of a document.
fn print_row(
    key: &Key,
    wire: bool,
    chosen: Option<&[Field]>,
    is_first: bool,
    output: &mut Output,
) -> anyhow::Result<()> {
    match chosen {
        Some(chosen) => output.json_row(&fields::picked(&KeyRow::from(key), chosen)?, is_first),
        None if wire => output.json_row(&WireKey::from(key), is_first),
        None => output.json_row(&KeyRow::from(key), is_first),
    }
    Ok(())
}

/// Keys about whose end nobody is told who was named for it.
#[derive(Default)]
struct WithoutContacts {
    count: usize,
    first: Option<KeyId>,
}

impl WithoutContacts {
    fn count(&mut self, key: &Key) {
        if key.contacts.is_empty() && key.kind == KeyKind::ApiKey {
            self.count += 1;
            self.first.get_or_insert_with(|| key.id.clone());
        }
    }

    /// What is said of them, where the backend wants somebody named.
    fn words(&self, connection: &Connection) -> Option<String> {
        let otherwise = connection.service.capabilities().without_contacts()?;
        let first = self.first.as_ref()?;
        let keys = if self.count == 1 { "1 key has".to_owned() } else { format!("{} keys have", self.count) };
        Some(format!("{keys} no contacts: {otherwise}; set some first: keydeck edit {first} --contact ADDRESS"))
    }
}

/// The lists that a tab of keys is made of.
fn scopes(tab: Tab, connection: &Connection) -> Vec<Scope> {
    match tab {
        Tab::Mine => vec![Scope::Mine],
        Tab::Team => vec![Scope::Team],
        Tab::Collections => vec![Scope::Collections],
        Tab::All => every_key(connection),
        Tab::Exposed => Vec::new(),
    }
}

/// The lists that together are every key that this user may see.
pub fn every_key(connection: &Connection) -> Vec<Scope> {
    let team = connection.me.is_admin() && connection.has(Capability::TeamKeys);
    let api_keys = if team { Scope::Team } else { Scope::Mine };
    [api_keys, Scope::Collections].into_iter().filter(|scope| connection.has(scope.needs())).collect()
}

/// A kind of row that can be listed.
trait Listed: Sized {
    /// One of them, in messages.
    const WHAT: &'static str;
    const HEADS: &'static [Header];
    /// The fields of [`Row`](Self::Row).
    const FIELDS: &'static [Field];
    /// What programs are given.
    type Row: Serialize + for<'a> From<&'a Self>;
    /// The same in the form of the backend's own API.
    type Wire: Serialize + for<'a> From<&'a Self>;

    /// What people are shown, a cell a head.
    fn cells(&self, now: Time) -> Vec<String>;
}

impl Listed for Key {
    const WHAT: &'static str = "key";
    const HEADS: &'static [Header] = KEYS;
    const FIELDS: &'static [Field] = fields::OF_KEYS;
    type Row = KeyRow;
    type Wire = WireKey;

    fn cells(&self, now: Time) -> Vec<String> {
        key_cells(self, now)
    }
}

impl Listed for Finding {
    const WHAT: &'static str = "finding";
    const HEADS: &'static [Header] = FINDINGS;
    const FIELDS: &'static [Field] = fields::OF_FINDINGS;
    type Row = FindingRow;
    type Wire = FindingRow;

    fn cells(&self, now: Time) -> Vec<String> {
        finding_cells(self, now)
    }
}

/// Prints the rows in the form that was asked for, and says how many there are.
fn print<R: Listed>(
    args: &List,
    rows: &[R],
    (total, now): (usize, Time),
    chosen: Option<&[Field]>,
    output: &mut Output,
) -> anyhow::Result<usize> {
    let meta = Meta { total, matched: rows.len() };
    match chosen {
        _ if args.csv => fields::csv(rows.iter().map(R::Row::from), chosen.unwrap_or(R::FIELDS), output),
        Some(chosen) if args.json => {
            let data = rows.iter().map(|row| fields::picked(&R::Row::from(row), chosen));
            output.json(&Document { data: data.collect::<Result<_, _>>()?, meta });
        }
        None if args.json && args.wire => {
            output.json(&Document { data: rows.iter().map(R::Wire::from).collect(), meta });
        }
        None if args.json => output.json(&Document { data: rows.iter().map(R::Row::from).collect(), meta }),
        Some(chosen) => {
            let heads: Vec<Header> = chosen.iter().map(|field| (*field, Narrow::Shrinks)).collect();
            let mut cells = Vec::with_capacity(rows.len());
            for row in rows {
                let row = serde_json::to_value(R::Row::from(row))?;
                cells.push(chosen.iter().map(|field| row.get(field).map(fields::text).unwrap_or_default()).collect());
            }
            table::<R>(&heads, cells.into_iter(), &meta, output);
        }
        None => {
            table::<R>(R::HEADS, rows.iter().map(|row| row.cells(now)), &meta, output);
        }
    }
    Ok(rows.len())
}

/// The table; nothing but a message when there are no rows.
fn table<R: Listed>(heads: &[Header], rows: impl Iterator<Item = Vec<String>>, meta: &Meta, output: &mut Output) {
    let (Meta { total, matched }, what) = (meta, R::WHAT);
    if *matched == 0 {
        let none =
            if *total == 0 { format!("there is no {what}") } else { format!("no {what} matches; {total} do not") };
        return output.say(&none);
    }
    for line in lines(heads, rows, Output::width()) {
        output.line(&line);
    }
    if matched < total {
        output.say(&format!("{matched} of {total}"));
    }
}

/// A key's cells: name, key, owner, status, expires, last used, created, id.
fn key_cells(key: &Key, now: Time) -> Vec<String> {
    let over = key.status == Status::Revoked;
    let expired = !over && key.expires.time().is_some_and(|at| at <= now);
    let status = match &key.status {
        _ if key.is_open_danger() => "exposed".to_owned(),
        Status::Enabled | Status::Disabled => {
            let word = if expired { "expired".to_owned() } else { key.status.to_string() };
            let word = if key.disabled_reason == Some(DisabledReason::OwnerLeft) && !expired {
                format!("{word}, owner left")
            } else {
                word
            };
            if key.exposed { format!("{word}, exposed") } else { word }
        }
        other => other.to_string(),
    };
    vec![
        key.name.marked().into_owned(),
        key.masked.to_string(),
        owner(&key.owner.marked(), key.owner_id.0),
        status,
        if over { "–".to_owned() } else { future(&key.expires, now) },
        past(&key.last_used, now),
        key.created.time().map_or_else(|| "?".to_owned(), day),
        key.id.to_string(),
    ]
}

fn finding_cells(finding: &Finding, now: Time) -> Vec<String> {
    let exposed = finding.exposed_for(now).and_then(|span| span.to_std().ok());
    vec![
        if finding.key_name.is_empty() {
            finding.obfuscated.to_string()
        } else {
            finding.key_name.marked().into_owned()
        },
        if finding.is_open() { finding.urgency().words().to_owned() } else { resolution(finding) },
        owner(&finding.owner.marked(), finding.owner_id.unwrap_or_default().0),
        finding.key_status.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string),
        finding.secret_type.to_string(),
        finding.source.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string),
        finding.spot(),
        exposed.map_or_else(|| "–".to_owned(), |span| length(span.as_secs())),
        finding.key_id.as_ref().map_or_else(|| "–".to_owned(), |_| past(&finding.last_used, now)),
        finding.occurrences.to_string(),
        finding.secret_id.to_string(),
        finding.key_id.as_ref().map_or_else(|| "–".to_owned(), ToString::to_string),
    ]
}

/// What became of a finding, by the word that the filter takes.
fn resolution(finding: &Finding) -> String {
    finding.resolution.to_string().to_lowercase().replace('_', "-")
}

/// The owner's name, else the number.
fn owner(name: &str, id: i64) -> String {
    match (name.is_empty(), id) {
        (false, _) => name.to_owned(),
        (true, 0) => "–".to_owned(),
        (true, id) => format!("user {id}"),
    }
}

/// Reads `COLUMN` or `COLUMN,COLUMN`, each perhaps behind a `-`.
fn read_sort(text: &str, columns: &[Column]) -> Result<Sort, Stop> {
    let mut parts = text.splitn(2, ',');
    let first = read_directed(parts.next().unwrap_or_default(), columns)?;
    let then = parts.next().map(|then| {
        if then.contains(',') {
            return Err(Stop::usage("there are more than two columns to sort by", "name two: --sort status,expires"));
        }
        let then = read_directed(then, columns)?;
        if then.column == first.column {
            return Err(Stop::usage("both columns to sort by are the same", "leave one out"));
        }
        Ok(then)
    });
    Ok(Sort::of(first.column, first.descending).then(then.transpose()?))
}

/// Reads `COLUMN` or `-COLUMN`; titles of two words are written with a hyphen.
fn read_directed(text: &str, columns: &[Column]) -> Result<Directed, Stop> {
    let (name, turned) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
    let title = |column: Column| column.title().replace(' ', "-");
    if let Some(column) = columns.iter().find(|column| title(**column) == name.to_lowercase()) {
        let by = Directed::by(*column);
        return Ok(if turned { by.turned() } else { by });
    }
    let titles: Vec<String> = columns.iter().map(|column| title(*column)).collect();
    let hint = match nearest(name, titles.iter().map(String::as_str)) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("columns: {}", titles.join(", ")),
    };
    let shown = if secret_spans(name).is_empty() { visible(name).into_owned() } else { "…".to_owned() };
    Err(Stop::usage(format!("there is no column {shown} to sort by"), hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_sorted_by_name_and_turned_by_a_minus() {
        let read = |text: &str| read_sort(text, Column::for_keys());
        assert_eq!(read("last-used").unwrap(), Sort::of(Column::LastUsed, true));
        assert_eq!(read("-last-used").unwrap(), Sort::of(Column::LastUsed, false));
        assert_eq!(read("Name").unwrap(), Sort::of(Column::Name, false));
        assert!(read("detected").is_err());
        let then = |column, descending| Some(Directed { column, descending });
        assert_eq!(read("status,-expires").unwrap(), Sort::by(Column::Status).then(then(Column::Expires, true)));
        assert_eq!(read("-name,created").unwrap(), Sort::of(Column::Name, true).then(then(Column::Created, true)));
        for wrong in ["name,", ",name", "name,name", "name,owner,status", "name owner"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert_eq!(
            read("exprs").unwrap_err(),
            Stop::usage("there is no column exprs to sort by", "did you mean expires?")
        );
    }
}
