//! The rows that a tab of the console would show, by the console's own table.

use std::collections::HashMap;
use std::ops::ControlFlow;

use super::connect::Connection;
use super::exit::Stop;
use super::input;
use crate::client::capabilities::Capability;
use crate::client::error::{ErrorKind, ServiceError};
use crate::client::{KeyService, Scope};
use crate::domain::filter::Query;
use crate::domain::finding::{Finding, exposed_keys};
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::key_value::KeyKind;
use crate::domain::names::Names;
use crate::domain::row::Row;
use crate::domain::sort::{Column, Sort};
use crate::domain::table::Table;
use crate::domain::values::secret_spans;
use crate::ops::{load, lookup};

/// Reads a filter; `-` takes all of standard input for it, where nobody sees it in a list of processes. Its lines are one
/// filter.
pub fn query(text: &str) -> anyhow::Result<Query> {
    let from_input;
    let text = if text == "-" {
        from_input = input::read()?;
        if from_input.trim().is_empty() {
            let hint = "pipe a filter into it; an empty one is written --filter ''";
            return Err(Stop::usage("standard input holds no filter", hint).into());
        }
        from_input.trim()
    } else {
        text
    };
    let query = Query::parse(text).map_err(|error| {
        let (before, wrong, after) = around(text, error.span.clone());
        Stop::usage(
            format!("the filter is wrong at {before}»{wrong}«{after}: {error}"),
            "correct it, or see keydeck list --help",
        )
    })?;
    if query.incomplete_secret() {
        return Err(Stop::usage(
            "the filter holds a part of a key's value, which finds nothing",
            "give the whole value; it is hashed here and never sent",
        )
        .into());
    }
    Ok(query)
}

/// The text before a span, in it and after it, with everything that looks like a key's value left out.
fn around(text: &str, span: std::ops::Range<usize>) -> (String, String, String) {
    let secret = secret_spans(text);
    let part = |range: std::ops::Range<usize>| {
        let mut part = String::new();
        for (at, c) in text.char_indices().filter(|(at, _)| range.contains(at)) {
            match secret.iter().find(|secret| secret.contains(&at)) {
                Some(secret) if at == secret.start.max(range.start) => part.push('…'),
                Some(_) => {}
                None => part.push(c),
            }
        }
        part
    };
    (part(0..span.start), part(span.start..span.end), part(span.end..text.len()))
}

/// The keys of these lists that match, in order, and how many there are in all.
pub async fn keys(
    connection: &Connection,
    scopes: &[Scope],
    query: &Query,
    sort: Option<Sort>,
) -> Result<(Vec<Key>, usize), ServiceError> {
    connection.require(scopes.iter().map(|scope| scope.needs()))?;
    let keys = read(&*connection.service, scopes).await?;
    of_read(connection, keys, None, query, sort).await
}

/// The keys of these lists, as they come.
async fn read(service: &dyn KeyService, scopes: &[Scope]) -> Result<Vec<Key>, ServiceError> {
    let mut keys = Vec::new();
    for scope in scopes {
        load::keys(service, *scope, &mut |page| {
            keys.extend(page.rows);
            ControlFlow::Continue(())
        })
        .await?;
    }
    Ok(keys)
}

/// All findings.
pub(super) async fn read_findings(service: &dyn KeyService) -> Result<Vec<Finding>, ServiceError> {
    let mut findings = Vec::new();
    load::findings(service, &mut |page| {
        findings.extend(page.rows);
        ControlFlow::Continue(())
    })
    .await?;
    Ok(findings)
}

/// What a list is made of, read before it is known who asks.
pub struct Ahead {
    keys: Result<Vec<Key>, ServiceError>,
    /// None: not read, since not everybody may.
    findings: Option<Result<Vec<Finding>, ServiceError>>,
}

impl Ahead {
    /// The list `scope`; with it the findings, where only those who may see both see the list.
    pub async fn read(service: &dyn KeyService, scope: Scope) -> Option<Self> {
        let can = service.capabilities();
        // what was written down here asks itself whose it is
        if !can.has(scope.needs()) || can.tracks().is_some() {
            return None;
        }
        let findings = async {
            let together = scope == Scope::Team && can.has(Capability::Findings);
            if together { Some(read_findings(service).await) } else { None }
        };
        let scopes = [scope];
        let (keys, findings) = tokio::join!(read(service, &scopes), findings);
        Some(Self { keys, findings })
    }

    /// Those that match, in order, and how many there are in all.
    pub async fn keys(
        self,
        connection: &Connection,
        query: &Query,
        sort: Option<Sort>,
    ) -> Result<(Vec<Key>, usize), ServiceError> {
        of_read(connection, self.keys?, self.findings.transpose()?, query, sort).await
    }
}

async fn of_read(
    connection: &Connection,
    mut keys: Vec<Key>,
    findings: Option<Vec<Finding>>,
    query: &Query,
    sort: Option<Sort>,
) -> Result<(Vec<Key>, usize), ServiceError> {
    join_with(connection, &mut keys, findings, query.asks_who_left()).await?;
    select(connection, keys, query, sort.unwrap_or(Sort::by(Column::Created))).await
}

/// The findings that match, in order, and how many there are in all.
pub async fn findings(
    connection: &Connection,
    query: &Query,
    sort: Option<Sort>,
) -> Result<(Vec<Finding>, usize), ServiceError> {
    connection.require([Capability::Findings])?;
    let mut findings = read_findings(&*connection.service).await?;
    if findings.iter().any(|finding| finding.owner.is_empty()) {
        let names = names(connection).await?;
        for finding in &mut findings {
            names.fill_finding(finding);
        }
    }
    select(connection, findings, query, sort.unwrap_or(Sort::OF_FINDINGS)).await
}

/// Owners' names; a role that may not ask for them sees ids only.
pub async fn names(connection: &Connection) -> Result<Names, ServiceError> {
    if !connection.has(Capability::Users) {
        return Ok(Names::default());
    }
    match connection.service.users().await {
        Ok(users) => Ok(Names::new(users)),
        Err(error) if error.kind == ErrorKind::Denied => Ok(Names::default()),
        Err(error) => Err(error),
    }
}

/// What keys are joined with.
pub struct Joined {
    /// Users' names, where they were asked for.
    pub names: Names,
    /// All findings, as far as this user may know them.
    pub findings: Vec<Finding>,
}

/// Names the keys' owners, and says which keys are exposed. Users are asked for where a key came without its owner's name,
/// or where others are to be named as well.
pub async fn join(connection: &Connection, keys: &mut [Key], name_others: bool) -> Result<Joined, ServiceError> {
    join_with(connection, keys, None, name_others).await
}

/// The same with the findings that were read already, where they were.
pub(super) async fn join_with(
    connection: &Connection,
    keys: &mut [Key],
    findings: Option<Vec<Finding>>,
    name_others: bool,
) -> Result<Joined, ServiceError> {
    let asks = name_others || keys.iter().any(|key| key.owner.is_empty());
    let exposable = keys.iter().any(|key| key.kind == KeyKind::ApiKey);
    let reads = exposable && connection.me.is_admin() && connection.has(Capability::Findings);
    let of_users = async { if asks { names(connection).await } else { Ok(Names::default()) } };
    let found = async {
        match findings {
            Some(findings) => Ok(findings),
            None if reads => read_findings(&*connection.service).await,
            None => Ok(Vec::new()),
        }
    };
    let (names, mut findings) = tokio::try_join!(of_users, found)?;
    for finding in &mut findings {
        names.fill_finding(finding);
    }
    let exposed = exposed_keys(&findings);
    for key in keys {
        key.join(&names, &exposed);
    }
    Ok(Joined { names, findings })
}

/// Those of these rows that match, in order, and how many there are in all.
pub async fn select<R: Row + Clone>(
    connection: &Connection,
    rows: Vec<R>,
    query: &Query,
    sort: Sort,
) -> Result<(Vec<R>, usize), ServiceError> {
    let now = connection.now();
    let mut table = Table::new(sort);
    table.begin_load();
    table.add_page(rows, now);
    table.finish_load(now);
    table.set_query(query.clone().asked_by(Some(connection.me.id)), now);
    if !query.fingerprints().is_empty() && connection.has(Capability::Lookup) {
        let found = lookup::by_fingerprints(&*connection.service, query.fingerprints()).await?;
        let ids: HashMap<String, KeyId> =
            found.into_iter().filter_map(|found| Some((found.fingerprint, found.key?.id))).collect();
        table.set_match_ids(ids);
    }
    Ok((table.rows(0..table.shown()).cloned().collect(), table.len()))
}
