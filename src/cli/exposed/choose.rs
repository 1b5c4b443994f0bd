//! Which findings a command is about.

use std::collections::BTreeSet;

use crate::cli::args::WhichFindings;
use crate::cli::connect::Connection;
use crate::cli::exit::Stop;
use crate::cli::{named, rows};
use crate::domain::filter::Query;
use crate::domain::finding::Finding;
use crate::domain::ids::KeyId;
use crate::domain::sort::Sort;
use crate::domain::untrusted::visible;

/// The fewest characters of an id that stand for all of it.
const SHORTEST: usize = 4;
/// How many findings a filter may select without being told a number.
const MAX_BY_FILTER: usize = 100;
/// How many are named where more than one begins so.
const AMONG: usize = 6;

/// Findings that a command is about.
#[derive(Debug, Default)]
pub struct Chosen {
    /// Every finding that there is, the most urgent first.
    pub all: Vec<Finding>,
    /// The ids of those that are meant, in the order given, or as they stand in the list.
    pub ids: Vec<KeyId>,
    /// What was given for an id and is none that there is.
    pub missing: Vec<KeyId>,
    /// Whether they were named by ids.
    pub by_id: bool,
}

impl Chosen {
    /// Those that are meant.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.ids.iter().filter_map(|id| self.all.iter().find(|finding| finding.id == *id))
    }
}

/// What the command line alone shows to be wrong, before anything is asked of anybody. Gives the ids, which may have stood
/// on standard input.
///
/// # Errors
/// When an empty filter was not agreed to, or something is no id.
pub fn check(which: &WhichFindings, query: Option<&Query>) -> Result<Vec<String>, Stop> {
    if query.is_some_and(Query::is_empty) && !which.all {
        return Err(Stop::usage(
            "an empty filter means every finding: nothing was sent",
            "pass --all if every open finding is meant, and --max N where they are more than 100",
        ));
    }
    named::given(&which.ids)
}

/// Why there are too many; none where there are not.
pub fn too_many(which: &WhichFindings, by_id: bool, count: usize) -> Option<Stop> {
    let max = which.max.or((!by_id).then_some(MAX_BY_FILTER))?;
    (count > max).then(|| {
        Stop::usage(
            format!("{} are more than {max}: nothing was sent", findings(count)),
            format!("look with --dry-run, then pass --max {count} if all of them are meant"),
        )
    })
}

/// `1 finding`, `2 findings`.
pub fn findings(count: usize) -> String {
    if count == 1 { "1 finding".to_owned() } else { format!("{count} findings") }
}

/// Reads the findings, and finds those that are meant. A filter means open ones.
///
/// # Errors
/// When they cannot be read, or an id is the beginning of several.
pub async fn choose(ids: &[String], query: Option<&Query>, connection: &Connection) -> anyhow::Result<Chosen> {
    let (all, _) = rows::findings(connection, &Query::default(), None).await?;
    if let Some(query) = query {
        let (found, _) = rows::select(connection, all.clone(), query, Sort::OF_FINDINGS).await?;
        let ids = found.into_iter().filter(Finding::is_open).map(|finding| finding.id).collect();
        return Ok(Chosen { all, ids, ..Chosen::default() });
    }
    let mut chosen = Chosen { by_id: true, ..Chosen::default() };
    for id in ids {
        let meant = meant(id, &all)?;
        if meant.is_empty() {
            chosen.missing.push(KeyId::from(id.as_str()));
        }
        for finding in meant {
            if !chosen.ids.contains(&finding.id) {
                chosen.ids.push(finding.id.clone());
            }
        }
    }
    chosen.all = all;
    Ok(chosen)
}

/// The findings of a secret or of a key, by its id or the beginning of it.
fn meant<'f>(id: &str, all: &'f [Finding]) -> Result<Vec<&'f Finding>, Stop> {
    let names = |finding: &'f Finding| [Some(&finding.secret_id), finding.key_id.as_ref()].into_iter().flatten();
    let of = |whole: &KeyId| all.iter().filter(|finding| names(finding).any(|name| name == whole)).collect();
    let whole = KeyId::from(id);
    if all.iter().flat_map(names).any(|name| *name == whole) {
        return Ok(of(&whole));
    }
    if id.len() < SHORTEST {
        return Ok(Vec::new());
    }
    let begins = |name: &KeyId| name.as_str().get(..id.len()).is_some_and(|start| start.eq_ignore_ascii_case(id));
    let found: BTreeSet<&str> =
        all.iter().flat_map(names).filter(|name| begins(name)).map(|name| name.as_str()).collect();
    match found.len() {
        0 => Ok(Vec::new()),
        1 => Ok(found.first().map(|one| of(&KeyId::from(*one))).unwrap_or_default()),
        many => {
            let some: Vec<&str> = found.into_iter().take(AMONG).collect();
            let more = if many > AMONG { ", …" } else { "" };
            Err(Stop::usage(
                format!("{} is the beginning of several ids: {}{more}", visible(id), visible(&some.join(", "))),
                "give more of it",
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(id: &str, secret: &str, key: Option<&str>) -> Finding {
        Finding { secret_id: secret.into(), key_id: key.map(KeyId::from), ..Finding::sample(id) }
    }

    #[test]
    fn an_id_is_a_secrets_or_a_keys_whole_or_begun() {
        let all = [
            finding("1", "SECRET1", Some("KEYAAAA1")),
            finding("2", "SECRET1", Some("KEYAAAA1")),
            finding("3", "SECRET2", Some("KEYBBBB1")),
            finding("4", "SECR", None),
        ];
        let ids = |id: &str| {
            meant(id, &all).map(|found| found.iter().map(|finding| finding.id.to_string()).collect::<Vec<_>>())
        };
        assert_eq!(ids("SECRET1").unwrap(), ["1", "2"], "in both places");
        assert_eq!(ids("KEYAAAA1").unwrap(), ["1", "2"]);
        assert_eq!(ids("keyb").unwrap(), ["3"]);
        assert_eq!(ids("SECR").unwrap(), ["4"], "a whole one is the beginning of no other");
        assert_eq!(ids("KEY").unwrap(), [""; 0], "too short");
        assert_eq!(ids("NOBODY").unwrap(), [""; 0]);
        assert!(ids("SECRE").unwrap_err().to_string().contains("SECRET1, SECRET2"));
    }
}
