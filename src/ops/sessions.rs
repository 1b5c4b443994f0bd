//! The session in which a backend is asked, as it is kept for a profile on this machine: each use lets it last longer, and the
//! server may make it another, so that what is kept follows what is used.

use std::path::Path;
use std::sync::Arc;

use chrono::TimeDelta;
use tokio::sync::Mutex;

use crate::client::KeyService;
use crate::client::sign_in::SignedIn;
use crate::domain::key_value::fingerprint;
use crate::domain::time::Time;
use crate::local::kept_keys::{Keeping, Kept, KeptKeyError, KeptKeys, Kind, Place, Store, Went};

/// How much longer it has to last before that alone is written down: each write goes to the disk.
const WORTH_WRITING: TimeDelta = TimeDelta::minutes(10);

/// Where the session of a profile is kept.
pub struct KeptSession {
    keys: KeptKeys,
    profile: String,
    /// The address that the profile says, to which it is bound.
    address: String,
}

/// What is kept of a session follows one that is used, until this is dropped.
pub struct Following {
    shared: Arc<Shared>,
    task: tokio::task::JoinHandle<()>,
}

struct Shared {
    kept: Arc<KeptSession>,
    service: Arc<dyn KeyService>,
    /// The hash of the session that was last known to be the one that is kept; empty: none was.
    was: Mutex<String>,
}

impl KeptSession {
    /// That of the profile at this address, below the state directory.
    pub fn of(state: &Path, profile: &str, address: &str) -> Self {
        Self { keys: KeptKeys::of(state), profile: profile.to_owned(), address: address.to_owned() }
    }

    /// What is kept now, whose and until when; none where nothing is, or it cannot be told.
    pub fn about(&self) -> Option<Kept> {
        let kept = self.keys.about(&self.profile).ok().flatten()?;
        (kept.kind == Kind::Session && kept.address == self.address).then_some(kept)
    }

    /// Keeps the session that somebody of this e-mail address began; none where there is none to keep.
    ///
    /// # Errors
    /// When it could not be kept. It can be used all the same, by this process.
    pub async fn keep(
        &self,
        session: &SignedIn,
        account: &str,
        now: Time,
        store: Store,
    ) -> Result<Option<Went>, KeptKeyError> {
        let Some(value) = &session.value else { return Ok(None) };
        let keeping = Keeping {
            kind: Kind::Session,
            value: value.duplicate(),
            address: self.address.clone(),
            account: Some(account.to_owned()).filter(|account| !account.is_empty()),
            now,
            until: session.until,
        };
        self.keys.keep(&self.profile, &keeping, store).await.map(Some)
    }

    /// Keeps what became of the session that was kept with the hash `was`; the hash of what is kept then. Where something else
    /// is kept by now, or nothing, that stays so: somebody logged in or out meanwhile.
    async fn renew(&self, session: &SignedIn, was: &str, now: Time) -> Result<Option<String>, KeptKeyError> {
        let (Some(value), Some(kept)) = (&session.value, self.about()) else { return Ok(None) };
        let is = fingerprint(value.expose());
        let same = kept.fingerprint == is;
        let longer = session.until.zip(kept.until).is_none_or(|(is, was)| is - was >= WORTH_WRITING);
        if (same && (!longer || session.until.is_none())) || (!same && kept.fingerprint != was) {
            return Ok(same.then_some(is));
        }
        let store = if kept.place == Place::File { Store::File } else { Store::Auto };
        self.keep(session, kept.account.as_deref().unwrap_or_default(), now, store).await?;
        Ok(Some(is))
    }
}

impl Shared {
    async fn settle(&self) {
        let Some(way) = self.service.sign_in() else { return };
        let session = way.session().borrow().clone();
        let mut was = self.was.lock().await;
        match self.kept.renew(&session, &was, self.service.clock().now()).await {
            Ok(Some(is)) => *was = is,
            Ok(None) => {}
            Err(error) => tracing::warn!("the session in use could not be kept: {error}"),
        }
    }
}

impl Following {
    /// Follows the session in which `service` is asked; none where it is asked in no session.
    pub fn of(kept: KeptSession, service: Arc<dyn KeyService>) -> Option<Self> {
        let mut news = service.sign_in()?.session();
        let value = news.borrow_and_update().value.clone();
        let was = value.map(|value| fingerprint(value.expose())).unwrap_or_default();
        let shared = Arc::new(Shared { kept: Arc::new(kept), service, was: Mutex::new(was) });
        let following = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while news.changed().await.is_ok() {
                following.settle().await;
            }
        });
        Some(Self { shared, task })
    }

    /// Where it is kept.
    pub fn keeper(&self) -> Arc<KeptSession> {
        Arc::clone(&self.shared.kept)
    }

    /// Keeps what is not kept yet.
    pub async fn settle(&self) {
        self.shared.settle().await;
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Secret;

    fn session(value: &str, until: Time) -> SignedIn {
        SignedIn { value: Some(Arc::new(Secret::new(value.to_owned()))), until: Some(until) }
    }

    #[tokio::test]
    async fn what_is_kept_follows_what_is_used_and_nobody_elses_is_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let kept = KeptSession::of(dir.path(), "gov", "http://localhost:1/v1");
        let now = Time::UNIX_EPOCH + TimeDelta::days(20_000);
        let (day, hour) = (now + TimeDelta::hours(24), TimeDelta::hours(1));
        let print = |value: &str| fingerprint(value);
        assert_eq!(kept.renew(&session("a", day), "", now).await.unwrap(), None, "nothing is kept unasked");
        kept.keep(&session("a", day), "a@b.gov.sg", now, Store::File).await.unwrap();
        let about = || kept.about().unwrap();
        assert_eq!((about().account.as_deref(), about().until), (Some("a@b.gov.sg"), Some(day)));
        // a little longer is not worth a write, more is
        let a = print("a");
        assert_eq!(kept.renew(&session("a", day + TimeDelta::seconds(9)), &a, now).await.unwrap(), Some(a.clone()));
        assert_eq!(about().until, Some(day));
        kept.renew(&session("a", day + hour), &a, now).await.unwrap();
        assert_eq!(about().until, Some(day + hour));
        // another one in its place
        assert_eq!(kept.renew(&session("b", day + hour), &a, now).await.unwrap(), Some(print("b")));
        assert_eq!((about().fingerprint, about().account.as_deref()), (print("b"), Some("a@b.gov.sg")));
        // somebody logged in meanwhile, or out
        assert_eq!(kept.renew(&session("c", day + hour), &a, now).await.unwrap(), None);
        assert_eq!(about().fingerprint, print("b"));
        kept.keys.forget("gov").await.unwrap();
        assert_eq!(kept.renew(&session("b", day), &print("b"), now).await.unwrap(), None);
        assert!(kept.about().is_none());
    }
}
