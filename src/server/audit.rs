//! Verifying the audit log on the server's own machine.

use super::error::ServerError;
use super::store::Store;
use super::store::audit::{Chain, Head, verify};

/// Follows the chain of the log at `database` to its head, and to the one that somebody kept.
pub async fn verify_audit(database: &str, kept: Option<&Head>) -> Result<Chain, ServerError> {
    let store = Store::open_to_read(database).await?;
    let chain = verify(&store, kept).await;
    store.close().await;
    Ok(chain?)
}
