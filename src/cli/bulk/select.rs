//! Which keys a change is about: looked up before anything is sent, so that the review can name them.

use std::collections::HashSet;

use super::Wish;
use crate::cli::confirm::keys;
use crate::cli::connect::Connection;
use crate::cli::foresee::roles;
use crate::cli::output::Output;
use crate::cli::{named, rows};
use crate::client::capabilities::Capability;
use crate::client::error::ServiceError;
use crate::domain::bulk::{Outcome, Plan};
use crate::domain::deed::{Barred, Deed, Who};
use crate::domain::filter::Query;
use crate::domain::finding::exposed_keys;
use crate::domain::fresh::Looking;
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Status};
use crate::domain::names::Names;
use crate::ops;

/// Why a key that was to be deleted was not.
const OTHERS: &str = "not your own: keydeck revoke is for an admin";

/// What is to be changed, and what was named but will not be.
#[derive(Debug, Default)]
pub struct Selection {
    /// What is to be changed, and what is left out of it.
    pub plan: Plan,
    /// Keys named by id that are revoked already.
    pub already: Vec<Key>,
    /// Ids that no visible key has.
    pub missing: Vec<KeyId>,
    /// Whether the keys were named by id.
    pub by_id: bool,
}

impl Selection {
    /// The keys that are not sent, and what is told of them instead.
    pub fn left_out(&self) -> Vec<(&Key, Outcome)> {
        let deed = self.plan.deed;
        let already = self.already.iter().map(|key| (key, Outcome::AlreadyRevoked));
        let barred = self.plan.left_out.iter().map(|(key, barred)| (key, told(deed, *barred)));
        // a filter finds what it finds: what a key is keeps it out, and that is no failure
        let barred = barred.filter(|(_, outcome)| self.by_id || matches!(outcome, Outcome::Denied(_)));
        let meanwhile = self.plan.meanwhile.iter().map(|(key, what)| (key, what.outcome(deed)));
        already.chain(barred).chain(meanwhile).collect()
    }
}

impl Selection {
    /// What a filter found that it cannot be done to, a line for each reason.
    pub fn not_meant(&self) -> Vec<String> {
        let line = |barred: &Barred| {
            let of = self.plan.left_out.iter().filter(|(_, other)| other == barred).count();
            (of > 0).then(|| format!("Left out: {}, {}", keys(of), barred.words()))
        };
        let barred = Barred::ALL.iter().filter(|barred| !self.by_id && !barred.is_denied());
        barred.filter_map(line).collect()
    }
}

/// What is told of a key instead of what became of it.
pub(super) fn told(deed: Deed, barred: Barred) -> Outcome {
    match barred {
        Barred::Others if deed == Deed::Delete => Outcome::Denied(OTHERS.into()),
        barred if barred.is_done() => Outcome::done(deed, false),
        barred if barred.is_denied() => Outcome::Denied(barred.words().into()),
        barred => Outcome::Failed(format!("it is {}", barred.words()).into()),
    }
}

/// Finds the keys that the wish means, as they are now.
pub async fn select(
    (wish, ids): (&Wish, &[String]),
    query: Option<&Query>,
    connection: &Connection,
    output: &mut Output,
) -> anyhow::Result<Selection> {
    let now = connection.now();
    if let (Some(query), Some(scope)) = (query, wish.scope) {
        let (mut keys, _) = rows::keys(connection, &[scope], query, None).await?;
        // a filter means what can be done to what it finds; how many are revoked already the plan counts
        keys.retain(|key| wish.deed.is_final() || !wish.deed.is_done_to(key));
        let names = names(wish.deed, &keys, connection).await?;
        let plan = Plan::unread(wish.deed, keys, &Who { me: &connection.me, names: &names }, now);
        return Ok(Selection { plan: read_again(plan, connection, &names, output).await, ..Selection::default() });
    }
    // named by their ids they are read now, and once is enough
    let (found, missing) = named::find(ids, connection).await?;
    let (already, mut keys): (Vec<Key>, Vec<Key>) =
        found.into_iter().partition(|key| wish.deed.is_final() && key.status == Status::Revoked);
    // of what nobody reviews the server says itself what the role does not allow
    let reviewed = !(wish.how.yes && wish.deed == Deed::Revoke);
    let names = if reviewed { names(wish.deed, &keys, connection).await? } else { Names::default() };
    let mut findings = Vec::new();
    if reads_findings(wish.deed, connection) && !keys.is_empty() {
        let targets = Plan::new(keys.clone(), None, now).frozen();
        findings = ops::fresh::findings(&*connection.service, &targets).await?;
        let exposed = exposed_keys(&findings);
        for key in &mut keys {
            key.join(&names, &exposed);
        }
    }
    let mut plan = Plan::of(wish.deed, keys, &Who { me: &connection.me, names: &names }, now);
    plan.findings = findings;
    Ok(Selection { plan, already, missing, by_id: true })
}

/// What has to be known of users before it is done to these keys.
async fn names(deed: Deed, keys: &[Key], connection: &Connection) -> Result<Names, ServiceError> {
    match deed {
        // whom it goes to is looked at, and whom it comes from
        Deed::HandOver(_) => rows::names(connection).await,
        Deed::Revoke | Deed::Delete | Deed::Disable | Deed::Enable => roles(connection, keys).await,
    }
}

/// Whether the findings that name keys are read before it is done to them.
fn reads_findings(deed: Deed, connection: &Connection) -> bool {
    deed == Deed::Enable && connection.me.is_admin() && connection.has(Capability::Findings)
}

/// Reads the keys of a plan again, since the list that they are from may have taken a while. Where that fails, nothing is
/// said of their use.
pub async fn read_again(mut plan: Plan, connection: &Connection, names: &Names, output: &mut Output) -> Plan {
    let targets = plan.frozen();
    let exposed: HashSet<KeyId> = plan.keys().filter(|key| key.exposed).map(|key| key.id.clone()).collect();
    let mut told = false;
    let mut each = |looking: Looking| {
        if looking.by_page && !std::mem::replace(&mut told, true) {
            output.say("reading the keys again, page by page: this backend cannot be asked for them alone");
        }
    };
    let with_findings = reads_findings(plan.deed, connection);
    match ops::fresh::read(&*connection.service, &targets, with_findings, &mut each).await {
        Ok(mut fresh) => {
            let found = exposed_keys(&fresh.findings);
            for key in &mut fresh.keys {
                key.join(names, if with_findings { &found } else { &exposed });
            }
            plan.read_again(fresh, &Who { me: &connection.me, names }, connection.now());
        }
        Err(error) => {
            plan.not_read();
            output.say(&format!("the keys could not be read again, so nobody knows whether they are in use: {error}"));
        }
    }
    plan
}
