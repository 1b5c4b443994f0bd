//! Waiting until something is seen at the backend, and telling after how long.

use std::time::Duration;

use chrono::TimeDelta;

use super::{Examiner, pace};

/// How long the first wait is; each is half as long again as the one before.
const FIRST: Duration = Duration::from_millis(50);
/// The longest wait between two looks.
const LONGEST: Duration = Duration::from_secs(2);
/// So often something is looked for at most, whatever a clock says.
const MOST: usize = 500;

/// What a look showed.
pub(super) enum Look<T> {
    /// It is there.
    There(T),
    /// It is not yet.
    NotYet(T),
}

/// What was waited for.
pub(super) enum Waited<T> {
    /// It came, after so long.
    Came(TimeDelta, T),
    /// It did not come within so long; with the last look.
    Never(TimeDelta, T),
}

impl Examiner<'_> {
    /// Looks again and again until it is there, from `since` on.
    ///
    /// # Errors
    /// What a look failed with; one that the rate limit kept back is made again.
    pub(super) async fn until<T, E>(
        &self,
        since: TimeDelta,
        mut look: impl AsyncFnMut() -> Result<Look<T>, E>,
    ) -> Result<Waited<T>, E> {
        let patience = TimeDelta::from_std(self.patience).unwrap_or(TimeDelta::MAX);
        let mut wait = FIRST;
        let mut looks = 0;
        loop {
            looks += 1;
            let seen = look().await?;
            let gone = self.running() - since;
            match seen {
                Look::There(what) => return Ok(Waited::Came(gone, what)),
                Look::NotYet(what) if gone >= patience || looks >= MOST => return Ok(Waited::Never(gone, what)),
                Look::NotYet(_) => {}
            }
            pace::sleep(wait).await;
            wait = (wait * 3 / 2).min(LONGEST);
        }
    }
}
