//! Settings of the team that the server's own configuration fixes: made so at the start, and refused to be changed over the
//! API.

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::clock::Clock;
use super::error::ServerError;
use super::http::problem::Problem;
use super::life;
use super::store::acts::{self, Kind};
use super::store::audit::{Cause, Origin};
use super::store::team::{self, Team};
use super::store::{Store, impact};
use crate::config::PolicyConfig;
use crate::domain::settings::{Redating, Settings};

/// Makes the team's settings what is fixed, and dates keys by that, audited like any change of them. Nothing to change is
/// nothing to audit. Exposed keys that are enabled now stay as they are, as an admin would have to say otherwise.
pub async fn apply(store: &Store, team: &Team, policy: &PolicyConfig, clock: &Clock) -> Result<(), ServerError> {
    // the dates of the change before are given first
    life::finish_acts(store, clock, &CancellationToken::new(), || {}).await?;
    let now = clock.now();
    let mut write = store.write().await?;
    let before = team::settings(write.on()).await?;
    let mut after = policy.fixed.apply_to(&before).map_err(|wrong| ServerError::Invalid {
        field: "policy",
        reason: format!("{} {}", wrong.field, wrong.reason),
    })?;
    if after == before {
        return Ok(());
    }
    after.version = before.version + 1;
    let origin = Origin { team: team.for_audit(), ..Origin::default() };
    let note = format!("fixed by {}", policy.file);
    let cause = Cause { note: Some(&note), ..Cause::new(&origin, now) };
    team::update_settings(&mut write, &before, &after, &cause).await?;
    if let Some(redating) = Redating::of(&before, &after, now) {
        let keys = impact::changed(write.on(), &redating).await?;
        if keys > 0 && impact::locks_out(write.on(), &redating).await? {
            let reason = "no superadmin's key would outlive it by 24 h: make one that does first".to_owned();
            return Err(ServerError::Invalid { field: "policy", reason });
        }
        if keys > 0 {
            acts::begin(&mut write, Kind::Date(redating), keys, &[], &cause).await?;
        }
    }
    write.commit().await?;
    Ok(())
}

/// Refuses settings that depart from what is fixed.
pub fn check(policy: Option<&PolicyConfig>, after: &Settings) -> Result<(), Problem> {
    let Some(policy) = policy else { return Ok(()) };
    let fields = departing(policy, after);
    if fields.is_empty() {
        return Ok(());
    }
    let are = if fields.len() == 1 { "is" } else { "are" };
    let file = &policy.file;
    let message = format!("{} {are} fixed by {file} on the server's machine: change it there", fields.join(", "));
    Err(Problem::conflict_with("fixed", message, json!({ "fields": fields, "file": file })))
}

/// The settings, by their names on the wire, that are not what is fixed.
fn departing(policy: &PolicyConfig, after: &Settings) -> Vec<String> {
    let (Ok(Value::Object(fixed)), Ok(after)) = (serde_json::to_value(&policy.fixed), serde_json::to_value(after))
    else {
        return Vec::new();
    };
    fixed.into_iter().filter(|(name, value)| after.get(name) != Some(value)).map(|(name, _)| name).collect()
}
