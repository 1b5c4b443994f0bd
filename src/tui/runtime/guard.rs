//! Tasks whose panic somebody must hear of.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

/// What `task` comes to; none if it panics, so that nobody waits for its news for ever.
pub async fn survives<T>(task: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(task).catch_unwind().await.ok()
}
