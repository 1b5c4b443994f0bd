//! Changing the team's settings, and what takes the server a while: shared by console and command line.

use std::time::Duration;

use super::pace;
use crate::client::error::ServiceError;
use crate::client::{KeyService, WritePermit};
use crate::domain::act::{ActProgress, RevokeAll, RevokedAll};
use crate::domain::settings::{Saved, Settings, SettingsChange};

/// How long is waited between two looks at an act.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);
/// Looks at an act that may fail in a row before nobody waits any longer.
const PATIENCE: usize = 5;

/// Saves a change of the settings `before`. A lost answer is settled by reading them back.
pub async fn save(
    service: &dyn KeyService,
    permit: &WritePermit,
    before: &Settings,
    change: &SettingsChange,
) -> Result<Saved, ServiceError> {
    let saved = pace::through_limit(service, || service.change_settings(permit, change)).await;
    match saved {
        Err(error) if error.outcome_unknown() => {
            let now = service.settings().await.map_err(|_unread| error.clone())?;
            let is_so = |wished: Settings| Settings { version: now.version, ..wished } == now;
            if now.version == before.version + 1 && change.apply_to(before).is_ok_and(is_so) {
                Ok(Saved::Done(now))
            } else {
                Err(error)
            }
        }
        saved => saved,
    }
}

/// Revokes all. Sent with a key that makes it one request, so that a refusal for the rate's sake is sent again safely.
pub async fn revoke_all(
    service: &dyn KeyService,
    permit: &WritePermit,
    which: &RevokeAll,
) -> Result<RevokedAll, ServiceError> {
    pace::through_limit(service, || service.revoke_all(permit, which)).await
}

/// Looks at an act until it is over, telling `each` how far it is.
///
/// # Errors
/// When it cannot be looked at any more; the server goes on with it all the same.
pub async fn follow(
    service: &dyn KeyService,
    act: ActProgress,
    mut each: impl FnMut(&ActProgress),
) -> Result<ActProgress, ServiceError> {
    let (mut act, mut failed) = (act, 0);
    each(&act);
    while act.running {
        tokio::time::sleep(BETWEEN_LOOKS).await;
        match pace::through_limit(service, || service.act(&act.id)).await {
            Ok(now) => {
                failed = 0;
                if now != act {
                    each(&now);
                }
                act = now;
            }
            Err(error) => {
                failed += 1;
                if failed == PATIENCE || error.kind == crate::client::error::ErrorKind::Unauthenticated {
                    return Err(error);
                }
            }
        }
    }
    Ok(act)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::error::ErrorKind;
    use crate::client::fake::FakeService;

    fn wished(service: &FakeService) -> (Settings, SettingsChange) {
        let before = service.state().settings.clone();
        let after = Settings { expiry_days: Some(90), ..before.clone() };
        (before.clone(), SettingsChange::between(&before, &after))
    }

    #[tokio::test]
    async fn a_lost_answer_is_settled_by_reading_back() {
        let permit = WritePermit::unless_read_only(false).unwrap();
        let service = FakeService::new(Vec::new());
        let (before, change) = wished(&service);
        service.lose_answer("change_settings");
        let saved = save(&service, &permit, &before, &change).await.unwrap();
        assert!(matches!(saved, Saved::Done(Settings { version: 2, expiry_days: Some(90), .. })), "{saved:?}");
        let service = FakeService::new(Vec::new());
        service.fail("change_settings", ErrorKind::LostAnswer);
        let error = save(&service, &permit, &before, &change).await.unwrap_err();
        assert_eq!((error.kind, service.count("change_settings")), (ErrorKind::LostAnswer, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_act_is_followed_to_its_end_through_failures() {
        let service = FakeService::new(Vec::new());
        let at = |done, running| ActProgress { id: "a".into(), running, done, total: 1000 };
        service.state().acts = [at(500, true), at(1000, false)].into();
        service.fail("act", ErrorKind::LostAnswer);
        let mut told = Vec::new();
        let end = follow(&service, at(0, true), |act| told.push(act.done)).await.unwrap();
        assert_eq!((end.done, told), (1000, vec![0, 500, 1000]));
        for _ in 0..PATIENCE {
            service.fail("act", ErrorKind::LostAnswer);
        }
        assert!(follow(&service, at(0, true), |_| {}).await.is_err());
    }
}
