//! After `disable --for`: who tried the keys meanwhile.

use std::time::Duration;

use chrono::TimeDelta;

use super::Wish;
use super::report::Report;
use crate::cli::connect::Connection;
use crate::cli::output::Output;
use crate::cli::signals::Signals;
use crate::client::capabilities::Capability;
use crate::domain::bulk::{Outcome, Plan};
use crate::domain::paused::Paused;
use crate::domain::time::{Time, exact};
use crate::ops;
use crate::tui::tried_from;

/// Refused uses are written in batches: so long after a pause all of it is there.
const SETTLED: TimeDelta = TimeDelta::seconds(3);
/// The longest that is slept at once, so that a machine that slept itself is noticed.
const NAP: Duration = Duration::from_secs(20);

/// Waits for the end of the pause, if that is wished for, and tells who tried each key that was disabled; else says how to
/// see that later.
pub(super) async fn tell(
    (wish, span, since): (&Wish, TimeDelta, Time),
    plan: &Plan,
    report: &mut Report,
    connection: &Connection,
    output: &mut Output,
) -> anyhow::Result<()> {
    let disabled: Vec<Paused> = plan
        .keys()
        .filter(|key| report.outcomes().iter().any(|(id, outcome)| *id == key.id && *outcome == Outcome::Disabled))
        .map(|key| Paused { id: key.id.clone(), name: key.name.clone(), since, until: since + span })
        .collect();
    let Some(until) = disabled.iter().map(|paused| paused.until).max() else { return Ok(()) };
    if !connection.has(Capability::RefusedUses) {
        return Ok(());
    }
    if !wish.wait {
        let which = if let [one] = disabled.as_slice() { one.id.to_string() } else { "KEY".to_owned() };
        output.say(&format!("enabled again by itself at {}; keydeck show {which} tells who tried it", exact(until)));
        return Ok(());
    }
    output.say(&format!("waiting until {}; ^C tells who tried it so far, and enables nothing", exact(until)));
    let signals = Signals::catch()?;
    loop {
        let left = (until + SETTLED - connection.now()).to_std().unwrap_or_default();
        if left.is_zero() {
            break;
        }
        tokio::select! {
            () = signals.stop.cancelled() => break,
            () = tokio::time::sleep(left.min(NAP)) => {}
        }
    }
    for paused in disabled {
        let hits = paused.hits(ops::load::refused_uses(&*connection.service, &paused.id).await?);
        let now = connection.now();
        output.say(&paused.summary(hits.len(), now));
        for from in &hits {
            output.say(&format!("  {}", tried_from(from, now)));
        }
        report.hits(paused.id, hits);
    }
    Ok(())
}
