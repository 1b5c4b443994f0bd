//! Printing a list of keys as it comes, where nothing needs all of it at once: the memory of a page, however long it is.

use std::collections::HashSet;

use super::connect::Connection;
use super::output::Output;
use super::rows;
use crate::client::capabilities::Capability;
use crate::client::error::ServiceError;
use crate::client::{KeyService, Rows, Scope};
use crate::domain::filter::Query;
use crate::domain::finding::{Finding, exposed_keys};
use crate::domain::ids::KeyId;
use crate::domain::key::Key;
use crate::domain::names::Names;
use crate::domain::row::Row;
use crate::domain::sort::Column;
use crate::ops::load::{self, Rest};

/// A list of which the first page is read, before it is known who asks.
pub struct Begun {
    scope: Scope,
    first: Result<(Option<Rows<Key>>, Rest), ServiceError>,
    /// None: not read, since not everybody may.
    findings: Option<Result<Vec<Finding>, ServiceError>>,
}

/// How many keys there are and how many match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    pub total: usize,
    pub matched: usize,
}

impl Begun {
    /// Begins to read the list `scope`, where it comes in the order in which it is printed; with it the findings, where only
    /// those who may see both see the list.
    pub async fn read(service: &dyn KeyService, scope: Scope) -> Option<Self> {
        let can = service.capabilities();
        if !service.lists_latest_first(scope) || !can.has(scope.needs()) || can.tracks().is_some() {
            return None;
        }
        let first = async {
            let mut pages = load::key_pages(service, scope, Rest::default());
            let page = pages.next().await?;
            Ok((page, pages.rest()))
        };
        let together = scope == Scope::Team && can.has(Capability::Findings);
        let findings = async { if together { Some(rows::read_findings(service).await) } else { None } };
        let (first, findings) = tokio::join!(first, findings);
        Some(Self { scope, first, findings })
    }

    /// Reads the rest, and gives `print` each key that matches, in the order in which they were made, the latest first. Ends
    /// early where nobody takes what is printed.
    pub async fn print(
        self,
        connection: &Connection,
        query: &Query,
        output: &mut Output,
        mut print: impl FnMut(&Key, &mut Output) -> anyhow::Result<()>,
    ) -> anyhow::Result<Counted> {
        let (mut page, rest) = self.first?;
        let mut findings = self.findings.transpose()?;
        let mut pages = load::key_pages(&*connection.service, self.scope, rest);
        let (query, now) = (query.clone().asked_by(Some(connection.me.id)), connection.now());
        let mut joined: Option<(Names, HashSet<KeyId>)> = None;
        let (mut order, mut counted) = (InOrder::default(), Counted::default());
        loop {
            let Some(Rows { rows: mut keys, .. }) = page else { break };
            match &mut joined {
                None if !keys.is_empty() => {
                    let asks = query.asks_who_left();
                    let with = rows::join_with(connection, &mut keys, findings.take(), asks).await?;
                    joined = Some((with.names, exposed_keys(&with.findings)));
                }
                None => {}
                Some((names, exposed)) => {
                    if names.is_empty() && keys.iter().any(|key| key.owner.is_empty()) {
                        *names = rows::names(connection).await?;
                    }
                    for key in &mut keys {
                        key.join(names, exposed);
                    }
                }
            }
            for key in order.page(keys) {
                counted.take(&key, &query, |key| print(key, output), now)?;
            }
            if !output.arrived() {
                return Ok(counted);
            }
            page = pages.next().await?;
        }
        for key in order.end() {
            counted.take(&key, &query, |key| print(key, output), now)?;
        }
        Ok(counted)
    }
}

impl Counted {
    fn take(
        &mut self,
        key: &Key,
        query: &Query,
        mut print: impl FnMut(&Key) -> anyhow::Result<()>,
        now: crate::domain::time::Time,
    ) -> anyhow::Result<()> {
        self.total += 1;
        if query.is_empty() || key.matches(query, now) {
            self.matched += 1;
            print(key)?;
        }
        Ok(())
    }
}

/// Puts the pages of a list that comes latest first into the order of the table, of which keys made at the same moment stand by
/// id, and leaves out what comes twice because the pages shifted meanwhile.
#[derive(Debug, Default)]
struct InOrder {
    /// Those made at the moment of the last one: others of that moment may follow.
    held: Vec<Key>,
    /// The ids of the last page.
    seen: HashSet<KeyId>,
}

impl InOrder {
    /// Takes a page; gives what no later page can come before.
    fn page(&mut self, keys: Vec<Key>) -> Vec<Key> {
        let before = std::mem::take(&mut self.seen);
        for key in keys {
            if self.seen.insert(key.id.clone()) && !before.contains(&key.id) {
                self.held.push(key);
            }
        }
        let Some(last) = self.held.last() else { return Vec::new() };
        let alike = self.held.iter().rev().take_while(|key| key.compare(last, Column::Created).is_eq()).count();
        let open = self.held.split_off(self.held.len() - alike);
        sorted(std::mem::replace(&mut self.held, open))
    }

    fn end(self) -> Vec<Key> {
        sorted(self.held)
    }
}

fn sorted(mut keys: Vec<Key>) -> Vec<Key> {
    keys.sort_by(|a, b| b.compare(a, Column::Created).then_with(|| a.id.cmp(&b.id)));
    keys
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::sort::Sort;
    use crate::domain::table::Table;
    use crate::domain::time::{Time, When};

    fn key(number: usize, minute: usize) -> Key {
        Key {
            created: When::from_wire(&format!("2026-11-21T08:{minute:02}:00Z")),
            ..Key::sample(&format!("k{number:03}"))
        }
    }

    proptest! {
        #[test]
        fn pages_come_out_as_the_table_orders_them(
            mut minutes in prop::collection::vec(0..9_usize, 0..60),
            sizes in prop::collection::vec(1..12_usize, 60),
            shifts: bool,
        ) {
            minutes.sort_unstable_by(|a, b| b.cmp(a));
            let keys: Vec<Key> = minutes.iter().enumerate().map(|(at, minute)| key(97 * at % 61, *minute)).collect();
            let mut table = Table::new(Sort::by(Column::Created));
            table.add_page(keys.clone(), Time::default());
            let expected: Vec<&Key> = table.rows(0..usize::MAX).collect();
            let (mut order, mut out, mut rest) = (InOrder::default(), Vec::new(), keys.as_slice());
            for size in sizes {
                let (page, after) = rest.split_at(size.min(rest.len()));
                let most = page.len() + order.held.len();
                out.extend(order.page(page.to_vec()));
                prop_assert!(order.held.len() <= most, "no more than a moment's keys are held");
                let alike = order.held.iter().all(|key| key.created == order.held[0].created);
                prop_assert!(alike);
                // a key that was made meanwhile moves the last one of a page to the next page
                rest = if shifts && !page.is_empty() && !after.is_empty() && size > 1 {
                    &rest[page.len() - 1..]
                } else {
                    after
                };
            }
            while !rest.is_empty() {
                let (page, after) = rest.split_at(12.min(rest.len()));
                out.extend(order.page(page.to_vec()));
                rest = after;
            }
            out.extend(order.end());
            prop_assert_eq!(out.iter().collect::<Vec<_>>(), expected);
        }
    }
}
