//! Reporting to the server what was found, for the commands that find something.

use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::confirm;
use super::connect::Connection;
use super::exit::Stop;
use super::output::Output;
use super::signals;
use crate::client::capabilities::Capability;
use crate::client::error::ServiceError;
use crate::domain::finding::Resolution;
use crate::domain::report::Report;
use crate::ops;

/// What became of the reports.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Filed {
    /// How many there were.
    pub reports: usize,
    /// How many of them the server took.
    #[serde(rename = "filed")]
    pub taken: usize,
    /// How many it took whose key is revoked by now.
    pub revoked: usize,
    /// Those that it did not take, and those whose answer was lost.
    pub failed: usize,
    /// Those that were not sent.
    pub not_sent: usize,
    #[serde(skip)]
    pub first_error: Option<ServiceError>,
}

impl Filed {
    /// Whether the server took all of them.
    pub fn is_all(&self) -> bool {
        self.taken == self.reports
    }

    pub fn say(&self, output: &mut Output) {
        let Self { reports, taken, revoked, failed, not_sent, first_error } = self;
        let more = [(revoked, "of a revoked key"), (failed, "failed"), (not_sent, "not sent")];
        let more = more.iter().filter(|(count, _)| **count > 0).map(|(count, word)| format!(", {count} {word}"));
        output.say(&format!("{taken} of {reports} places reported{}", more.collect::<String>()));
        if let Some(error) = first_error {
            output.say(&format!("error: a report failed: {error}"));
            output.say(&format!("hint: {}", error.hint()));
        }
    }
}

/// Reports each place. A server that revokes exposed keys is given those of `alive` keys only once that was confirmed, or
/// with `yes`.
///
/// # Errors
/// When the profile is read-only, the backend takes no reports, or nobody confirmed: then nothing was sent.
pub async fn file(
    connection: &Connection,
    reports: Vec<Report>,
    (alive, yes): (usize, bool),
    stop: &CancellationToken,
    output: &mut Output,
) -> anyhow::Result<Filed> {
    let permit = connection.permit()?;
    connection.require([Capability::ReportFindings])?;
    let reports = ops::report::each_once(reports);
    if alive > 0 && !yes && revokes_exposed(connection).await {
        let keys = confirm::keys(alive);
        if !Output::can_ask() {
            return Err(Stop::denied(
                format!(
                    "nothing was reported: the server revokes what is reported, here {keys}, and nobody can be asked"
                ),
                "pass --yes to agree",
            )
            .into());
        }
        output
            .say(&format!("{}: the server revokes what is reported: {keys} in use or usable now", connection.named()));
        // a signal that somebody else finishes in order on ends this at once
        let asking = tokio::spawn({
            let stop = stop.clone();
            async move {
                stop.cancelled().await;
                std::process::exit(signals::STOPPED)
            }
        });
        let agreed = confirm::typed(&format!("Type {alive} and Enter to report: "), &alive.to_string(), output);
        asking.abort();
        agreed?;
    }
    let mut filed = Filed { reports: reports.len(), ..Filed::default() };
    let sent = ops::report::send(&*connection.service, permit, &reports, stop, |_, outcome| match outcome {
        Ok(reported) => {
            filed.taken += 1;
            filed.revoked += usize::from(reported.resolution == Resolution::Revoked);
            Output::progress(&format!("{} of {} places reported", filed.taken, filed.reports));
        }
        Err(error) => {
            filed.failed += 1;
            filed.first_error.get_or_insert(error);
        }
    })
    .await;
    Output::progress("");
    filed.not_sent = filed.reports - sent;
    Ok(filed)
}

/// Whether the server revokes a key as soon as it is reported. Who only reports is not told, and reports all the same.
async fn revokes_exposed(connection: &Connection) -> bool {
    connection.has(Capability::Settings)
        && connection.service.settings().await.is_ok_and(|settings| settings.auto_revoke_exposed)
}
