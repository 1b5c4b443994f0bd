//! Figures that are read from the database: how keys stand, what waits for somebody, how far the audit log has come.

use std::sync::Arc;
use std::time::Duration;

use prometheus::proto::MetricFamily;

use super::{Moment, number};
use crate::domain::finding::Resolution;
use crate::domain::key::Status;
use crate::domain::notice::NoticeState;
use crate::domain::time::{Time, When};
use crate::server::app::App;
use crate::server::store::engine::Result;
use crate::server::store::sql::Sql;
use crate::server::store::{Store, audit, moment};

/// How long reading them may take.
const LONGEST: Duration = Duration::from_secs(10);

/// What the database says of one moment.
#[derive(Clone, Debug)]
pub(super) struct Figures {
    /// How many API keys there are of each state, by its word.
    keys: Vec<(&'static str, u64)>,
    /// Findings that nobody has resolved.
    exposed: u64,
    /// Notices that wait to be sent.
    pending: u64,
    /// Since when the one waits that has waited longest; never: none does.
    oldest: When,
    /// The number of the audit log's last entry.
    head: i64,
}

/// Reads them; none where they cannot be read.
pub(super) async fn found(app: Arc<App>) -> Option<Figures> {
    match tokio::time::timeout(LONGEST, Figures::read(&app.store)).await {
        Ok(Ok(figures)) => return Some(figures),
        Ok(Err(error)) => tracing::warn!(%error, "the metrics are told without what the database says"),
        Err(_too_long) => tracing::warn!("reading what the metrics tell of the database took too long"),
    }
    None
}

impl Figures {
    async fn read(store: &Store) -> Result<Self> {
        let mut snapshot = store.snapshot().await?;
        // counted where keys change, whatever their number: of everybody, so of owner 0
        let counted = Sql::new("SELECT state, keys FROM key_counts WHERE owner_id = 0").rows(&mut snapshot).await?;
        let mut keys: Vec<(&str, u64)> = Status::WORDS.iter().map(|state| (*state, 0)).collect();
        for row in counted.iter() {
            let state: &str = row.try_get("state")?;
            let count = u64::try_from(row.try_get::<i64>("keys")?).unwrap_or_default();
            if let Some(known) = keys.iter_mut().find(|(known, _)| *known == state) {
                known.1 = count;
            }
        }
        let mut sql = Sql::new("SELECT COUNT(*) AS counted FROM detected_secrets WHERE resolution = ");
        sql.bind(Resolution::Active.word());
        let exposed = sql.count(&mut snapshot).await?;
        let mut sql = Sql::new("SELECT COUNT(*) AS counted, MIN(due) AS oldest FROM notices WHERE state = ");
        sql.bind(NoticeState::Waiting.word());
        let notices = sql.only(&mut snapshot).await?;
        let pending = u64::try_from(notices.try_get::<i64>("counted")?).unwrap_or_default();
        let oldest = moment(notices.row(), "oldest")?;
        let head = audit::head(&mut snapshot).await?.seq;
        Ok(Self { keys, exposed, pending, oldest, head })
    }

    /// As they are told at `now`.
    pub(super) fn families(&self, now: Time) -> prometheus::Result<Vec<MetricFamily>> {
        let told = Moment::new();
        let keys = told.gauges("keydeck_api_keys", "API keys, by how they stand.", &["state"])?;
        for (state, count) in &self.keys {
            keys.with_label_values(&[*state]).set(number(*count));
        }
        let what = "Findings of secrets in the open that nobody has resolved.";
        told.gauge("keydeck_exposed_findings_open", what, number(self.exposed))?;
        told.gauge("keydeck_notices_pending", "Notices that wait to be sent.", number(self.pending))?;
        let waits = self.oldest.time().map_or(0, |since| (now - since).num_seconds().max(0));
        let what = "How long the notice waits that has waited longest; 0 where none does.";
        told.gauge("keydeck_notices_oldest_pending_seconds", what, waits)?;
        told.gauge("keydeck_audit_head_seq", "The number of the audit log's last entry.", self.head)?;
        Ok(told.0.gather())
    }
}
