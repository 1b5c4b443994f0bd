use rstest::rstest;

use super::*;
use crate::client::RateLimit;
use crate::client::capabilities::Capabilities;
use crate::client::error::ErrorKind;
use crate::client::fake::FakeService;
use crate::domain::ids::UserId;
use crate::domain::key::{Key, Status};
use crate::domain::untrusted::Untrusted;

const REVOKE: &str = "revoke_api_keys";
const DELETE: &str = "delete_collection_access_key";

fn permit() -> WritePermit {
    WritePermit::unless_read_only(false).unwrap()
}

/// Keys by their ids; an id that begins with `c` is a collection access key's.
fn keys(ids: &str) -> Vec<Key> {
    let key = |id: &str| Key { kind: kind(id), owner_id: UserId(1), ..Key::sample(id) };
    ids.split_whitespace().map(key).collect()
}

fn kind(id: &str) -> KeyKind {
    if id.starts_with('c') { KeyKind::CollectionAccessKey } else { KeyKind::ApiKey }
}

async fn revoke(
    service: &FakeService,
    keys: &[Key],
    own: Option<&KeyId>,
    stop: &CancellationToken,
    report: &mut Report<'_>,
) -> Vec<(KeyId, Outcome)> {
    carry_out(service, &permit(), Order::new(Deed::Revoke, keys, own), None, stop, report).await
}

/// Revokes; gives `id: outcome` a line, and what was reported in short.
async fn run(service: &FakeService, ids: &str, own: Option<&str>) -> (Vec<String>, Vec<String>) {
    run_until(service, ids, own, |_| false).await
}

/// The same, and stops when `until` says so of what is reported.
async fn run_until(
    service: &FakeService,
    ids: &str,
    own: Option<&str>,
    until: impl Fn(&str) -> bool + Sync,
) -> (Vec<String>, Vec<String>) {
    let (stop, own) = (CancellationToken::new(), own.map(KeyId::from));
    let mut told = Vec::new();
    let mut report = |progress| {
        let line = match progress {
            Progress::Sent(ids) => format!("sent {}", join(&ids)),
            Progress::ReadingBack(ids) => format!("reading back {}", join(&ids)),
            Progress::Waiting(seconds) => format!("waiting {seconds}"),
            Progress::Done(id, outcome) => format!("{id}: {}", outcome.word()),
            Progress::Changed(_) | Progress::Recorded(_) | Progress::NotRecorded(_) | Progress::Settled(..) => return,
        };
        if until(&line) {
            stop.cancel();
        }
        told.push(line);
    };
    let outcomes = revoke(service, &keys(ids), own.as_ref(), &stop, &mut report).await;
    let lines: Vec<String> = outcomes.iter().map(|(id, outcome)| format!("{id}: {}", outcome.word())).collect();
    for line in &lines {
        assert_eq!(told.iter().filter(|told| *told == line).count(), 1, "told once: {line} in {told:?}");
    }
    (lines, told)
}

fn join(ids: &[KeyId]) -> String {
    ids.iter().map(KeyId::as_str).collect::<Vec<_>>().join(" ")
}

fn writes(service: &FakeService) -> Vec<String> {
    let state = service.state();
    state.calls.iter().filter(|call| call.starts_with(REVOKE) || call.starts_with("delete_")).cloned().collect()
}

#[tokio::test]
async fn api_keys_go_in_one_call_collection_keys_one_by_one_and_the_own_key_last() {
    let service = FakeService::new(keys("a own c1 b c2"));
    let (outcomes, told) = run(&service, "own a c1 b c2", Some("own")).await;
    assert_eq!(outcomes, ["own: revoked", "a: revoked", "c1: revoked", "b: revoked", "c2: revoked"]);
    assert_eq!(
        writes(&service),
        [
            "revoke_api_keys a b",
            "delete_collection_access_key c1",
            "delete_collection_access_key c2",
            "revoke_api_keys own"
        ]
    );
    assert_eq!(told.first().unwrap(), "sent a b");
    assert_eq!(told.last().unwrap(), "own: revoked");
}

#[tokio::test]
async fn a_call_holds_a_thousand_ids_at_most() {
    let ids = (0..2001).map(|n| format!("k{n}")).collect::<Vec<_>>().join(" ");
    let service = FakeService::new(keys(&ids));
    let (outcomes, _) = run(&service, &ids, None).await;
    assert!(outcomes.iter().all(|line| line.ends_with(": revoked")));
    assert_eq!(writes(&service).iter().map(|call| call.split(' ').count() - 1).collect::<Vec<_>>(), [1000, 1000, 1]);
}

#[tokio::test]
async fn each_key_has_its_own_outcome() {
    let service = FakeService::new(keys("a b c1 c2"));
    service.state().keys[1].status = Status::Revoked;
    service.state().keys[3].status = Status::Revoked;
    service.state().forbidden.push("z".into());
    let (outcomes, _) = run(&service, "a b gone z c1 c2 c3", None).await;
    assert_eq!(
        outcomes,
        [
            "a: revoked",
            "b: already revoked",
            "gone: not found",
            "z: denied",
            "c1: revoked",
            "c2: already revoked",
            "c3: not found"
        ]
    );
}

#[tokio::test]
async fn a_target_that_stands_twice_is_sent_once() {
    let service = FakeService::new(keys("a"));
    let (stop, targets) = (CancellationToken::new(), keys("a a"));
    let outcomes = revoke(&service, &targets, None, &stop, &mut |_| ()).await;
    assert_eq!(outcomes, vec![("a".into(), Outcome::Revoked); 2]);
    assert_eq!(writes(&service), ["revoke_api_keys a"]);
}

#[tokio::test]
async fn a_key_without_an_id_is_never_sent() {
    let service = FakeService::new(keys("a"));
    let (stop, target) = (CancellationToken::new(), Key { kind: KeyKind::CollectionAccessKey, ..Key::sample("") });
    let outcomes = revoke(&service, &[target], None, &stop, &mut |_| ()).await;
    assert_eq!(outcomes[0].1.word(), "failed");
    assert!(service.state().calls.is_empty());
}

#[rstest]
#[case::arrived(true, "revoked")]
#[case::got_lost(false, "failed")]
#[tokio::test]
async fn a_lost_answer_is_read_back_and_never_sent_again(#[case] arrived: bool, #[case] word: &str) {
    for (ids, method) in [("a b", REVOKE), ("c1", DELETE)] {
        let service = FakeService::new(keys("a b c1"));
        if arrived {
            service.lose_answer(method);
        } else {
            service.fail(method, ErrorKind::LostAnswer);
        }
        let (outcomes, told) = run(&service, ids, None).await;
        assert!(outcomes.iter().all(|line| line.ends_with(word)), "{outcomes:?}");
        assert!(told.contains(&format!("reading back {ids}")), "{told:?}");
        assert_eq!(service.count(method), 1);
    }
}

#[rstest]
#[case(ErrorKind::Server)]
#[case(ErrorKind::NotUnderstood)]
#[tokio::test]
async fn an_answer_that_tells_nothing_is_read_back(#[case] kind: ErrorKind) {
    let service = FakeService::new(keys("a b c1"));
    service.fail(REVOKE, kind);
    service.fail(DELETE, kind);
    let (outcomes, _) = run(&service, "a c1", None).await;
    assert_eq!(outcomes, ["a: failed", "c1: failed"]);
    let stop = CancellationToken::new();
    service.fail(REVOKE, kind);
    let again = revoke(&service, &keys("b"), None, &stop, &mut |_| ()).await;
    assert!(again[0].1.reason().unwrap().to_string().starts_with("not revoked: "), "{again:?}");
}

#[tokio::test]
async fn what_cannot_be_read_back_is_unknown_and_nothing_more_is_sent() {
    let service = FakeService::new(keys("a b c1"));
    service.fail(REVOKE, ErrorKind::LostAnswer);
    service.fail("api_key", ErrorKind::Unreachable);
    let (outcomes, _) = run(&service, "a b c1", None).await;
    assert_eq!(outcomes, ["a: unknown", "b: unknown", "c1: not sent"]);
    // one look was enough to see that nothing gets through
    assert_eq!(service.count("api_key"), 1);
}

#[tokio::test]
async fn many_keys_are_read_back_from_the_list() {
    let ids = (0..120).map(|n| format!("k{n}")).collect::<Vec<_>>().join(" ");
    for denied in [false, true] {
        let service = FakeService::new(keys(&ids));
        service.lose_answer(REVOKE);
        if denied {
            service.fail("keys", ErrorKind::Denied);
        }
        let (outcomes, _) = run(&service, &ids, None).await;
        assert!(outcomes.iter().all(|line| line.ends_with(": revoked")));
        assert_eq!((service.count("keys"), service.count("api_key")), (1 + usize::from(denied), 0));
    }
}

#[tokio::test]
async fn the_own_key_that_opens_nothing_any_more_counts_as_revoked() {
    let service = FakeService::new(keys("own"));
    service.lose_answer(REVOKE);
    let mut refused = crate::client::error::ServiceError::new(
        ErrorKind::Unauthenticated,
        crate::client::error::Asked::nothing("https://keys.team.example"),
        "",
    );
    refused.name = Some("AuthenticationError".into());
    service.fail_with("api_key", refused, false);
    assert_eq!(run(&service, "own", Some("own")).await.0, ["own: revoked"]);
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_ends_the_run() {
    let service = FakeService::new(keys("a own c1"));
    service.fail(REVOKE, ErrorKind::Unreachable);
    let (outcomes, _) = run(&service, "a own c1", Some("own")).await;
    assert_eq!(outcomes, ["a: failed", "own: not sent", "c1: not sent"]);
    assert_eq!(writes(&service).len(), 1);
}

#[tokio::test]
async fn once_the_key_in_use_is_refused_the_rest_is_not_sent_and_says_why() {
    let service = FakeService::new(keys("a own c1"));
    service.fail(REVOKE, ErrorKind::Unauthenticated);
    let (stop, own) = (CancellationToken::new(), KeyId::from("own"));
    let targets = keys("a own c1");
    let outcomes = revoke(&service, &targets, Some(&own), &stop, &mut |_| ()).await;
    let why = Untrusted::from("Unauthenticated, as the test says");
    let not_sent = || Outcome::NotSent(why.clone());
    let expected = [("a", Outcome::Failed(why.clone())), ("own", not_sent()), ("c1", not_sent())];
    assert_eq!(outcomes, expected.map(|(id, outcome)| (id.into(), outcome)));
    assert_eq!(writes(&service).len(), 1);
}

#[tokio::test]
async fn collection_keys_behind_a_refused_one_are_not_sent() {
    let ids = (0..30).map(|n| format!("c{n}")).collect::<Vec<_>>().join(" ");
    let service = FakeService::new(keys(&ids));
    service.fail(DELETE, ErrorKind::Unauthenticated);
    let (stop, targets) = (CancellationToken::new(), keys(&ids));
    let outcomes = revoke(&service, &targets, None, &stop, &mut |_| ()).await;
    let unsent = outcomes.iter().filter(|(_, outcome)| outcome.word() == "not sent");
    assert_eq!(unsent.clone().count(), 30 - writes(&service).len());
    assert!(writes(&service).len() < 30);
    assert!(unsent.into_iter().all(|(_, outcome)| outcome.reason().is_some()), "{outcomes:?}");
}

#[tokio::test]
async fn what_the_role_may_not_is_denied() {
    let service = FakeService::new(keys("a c1 c2"));
    service.fail(REVOKE, ErrorKind::Denied);
    service.fail(DELETE, ErrorKind::Denied);
    let (outcomes, _) = run(&service, "a c1 c2", None).await;
    assert_eq!(outcomes, ["a: denied", "c1: denied", "c2: revoked"]);
}

#[tokio::test]
async fn a_call_over_the_rate_limit_waits_and_goes_again() {
    let service = FakeService::new(keys("a c1 c2 c3"));
    service.fail(REVOKE, ErrorKind::RateLimited);
    service.fail(DELETE, ErrorKind::RateLimited);
    service.fail(DELETE, ErrorKind::RateLimited);
    let (outcomes, told) = run(&service, "a c1 c2 c3", None).await;
    assert_eq!(outcomes, ["a: revoked", "c1: revoked", "c2: revoked", "c3: revoked"]);
    assert_eq!(told.iter().filter(|line| line.starts_with("waiting")).count(), 2, "{told:?}");
    assert_eq!((service.count(REVOKE), service.count(DELETE)), (2, 5));
}

#[tokio::test]
async fn a_rate_limit_without_end_ends_the_run() {
    let service = FakeService::new(keys("a b c1 c2"));
    for _ in 0..40 {
        service.fail(REVOKE, ErrorKind::RateLimited);
        service.fail(DELETE, ErrorKind::RateLimited);
    }
    assert_eq!(run(&service, "a b", None).await.0, ["a: failed", "b: failed"]);
    let outcomes = run(&service, "c1 c2", None).await.0;
    assert!(outcomes.iter().all(|line| line.ends_with("failed") || line.ends_with("not sent")), "{outcomes:?}");
}

#[tokio::test]
async fn calls_in_flight_never_outnumber_what_is_left_of_the_window() {
    let ids = (0..9).map(|n| format!("c{n}")).collect::<Vec<_>>().join(" ");
    let service = FakeService::new(keys(&ids));
    service.state().rate_limit = Some(RateLimit { limit: 300, remaining: 2, reset_seconds: 9, window_seconds: 60 });
    let (outcomes, told) = run(&service, &ids, None).await;
    assert!(outcomes.iter().all(|line| line.ends_with(": revoked")));
    assert!(told.windows(3).all(|three| !three.iter().all(|line| line.starts_with("sent"))), "{told:?}");
    service.state().rate_limit = Some(RateLimit { limit: 300, remaining: 0, reset_seconds: 9, window_seconds: 60 });
    let (_, told) = run(&service, "c0 c1", None).await;
    assert_eq!(told[..2], ["waiting 9", "sent c0"]);
}

#[tokio::test]
async fn a_server_that_loses_every_answer_is_not_asked_for_ever() {
    let ids = (0..100).map(|n| format!("c{n}")).collect::<Vec<_>>().join(" ");
    let service = FakeService::new(keys(&ids));
    for _ in 0..100 {
        service.lose_answer(DELETE);
    }
    let (outcomes, _) = run(&service, &ids, None).await;
    let sent = service.count(DELETE);
    assert!(sent < 30, "{sent}");
    assert_eq!(outcomes.iter().filter(|line| line.ends_with(": revoked")).count(), sent);
    assert_eq!(outcomes.iter().filter(|line| line.ends_with(": not sent")).count(), 100 - sent);
}

#[tokio::test]
async fn stopping_sends_no_more_and_waits_for_what_is_on_its_way() {
    let ids = (0..1500).map(|n| format!("k{n}")).collect::<Vec<_>>().join(" ");
    let service = FakeService::new(keys(&ids));
    let (outcomes, _) = run_until(&service, &ids, None, |line| line.starts_with("sent")).await;
    assert_eq!(outcomes.iter().filter(|line| line.ends_with(": revoked")).count(), 1000);
    assert_eq!(outcomes.iter().filter(|line| line.ends_with(": not sent")).count(), 500);

    let service = FakeService::new(keys("c1 c2 c3"));
    let (outcomes, _) = run_until(&service, "c1 c2 c3", None, |line| line == "sent c2").await;
    assert_eq!(outcomes, ["c1: revoked", "c2: revoked", "c3: not sent"]);
}

#[tokio::test]
async fn stopping_ends_a_wait() {
    let service = FakeService::new(keys("a"));
    service.fail(REVOKE, ErrorKind::RateLimited);
    let (outcomes, _) = run_until(&service, "a", None, |line| line.starts_with("waiting")).await;
    assert_eq!(outcomes, ["a: not sent"]);
    assert_eq!(service.count(REVOKE), 1);
}

#[tokio::test]
async fn an_owner_deletes_one_key() {
    let delete_one = async |service: &FakeService| {
        let (keys, stop) = (keys("a"), CancellationToken::new());
        let order = Order::new(Deed::Delete, &keys, None);
        carry_out(service, &permit(), order, None, &stop, &mut |_| ()).await.remove(0).1
    };
    let service = FakeService::new(keys("a"));
    assert_eq!(delete_one(&service).await, Outcome::Revoked);
    assert_eq!(delete_one(&service).await, Outcome::AlreadyRevoked);
    assert_eq!(delete_one(&FakeService::new(Vec::new())).await, Outcome::NotFound);

    let service = FakeService::new(keys("a"));
    service.lose_answer("delete_api_key");
    assert_eq!(delete_one(&service).await, Outcome::Revoked);
    assert_eq!(service.count("delete_api_key"), 1);
}

#[tokio::test]
async fn where_nothing_revokes_many_at_once_each_key_is_deleted_and_the_own_one_last() {
    let capabilities = Capabilities::all().without(Capability::RevokeMany, "one at a time");
    let service = FakeService::new(keys("a b d")).with_capabilities(capabilities);
    let (outcomes, _) = run(&service, "a b d", Some("a")).await;
    assert_eq!(outcomes, ["a: revoked", "b: revoked", "d: revoked"]);
    assert_eq!(service.state().calls, ["delete_api_key b", "delete_api_key d", "delete_api_key a"]);
}

async fn change(service: &FakeService, deed: Deed, ids: &str, own: Option<&str>) -> Vec<String> {
    let (stop, own) = (CancellationToken::new(), own.map(KeyId::from));
    let keys: Vec<Key> =
        keys(ids).into_iter().map(|key| service_key(service, key.id.as_str()).unwrap_or(key)).collect();
    let order = Order::new(deed, &keys, own.as_ref());
    let done = carry_out(service, &permit(), order, None, &stop, &mut |_| ()).await;
    done.iter().map(|(id, outcome)| format!("{id}: {}", outcome.word())).collect()
}

fn service_key(service: &FakeService, id: &str) -> Option<Key> {
    service.state().keys.iter().find(|key| key.id.as_str() == id).cloned()
}

const CHANGE: &str = "change_api_key";

#[tokio::test]
async fn keys_are_disabled_and_enabled_one_after_the_other_each_with_its_own_result_and_the_own_one_last() {
    let service = FakeService::new(keys("own a b d c1"));
    service.fail(CHANGE, ErrorKind::Denied);
    service.state().keys[2].status = Status::Disabled;
    let done = change(&service, Deed::Disable, "own a b d gone c1", Some("own")).await;
    let expected =
        ["own: disabled", "a: denied", "b: already disabled", "d: disabled", "gone: not found", "c1: failed"];
    assert_eq!(done, expected);
    assert_eq!(service.state().calls.last().unwrap(), "change_api_key own");
    assert_eq!(change(&service, Deed::Enable, "a d", None).await, ["a: already enabled", "d: enabled"]);
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_is_read_back_and_never_sent_again() {
    for deed in [Deed::Disable, Deed::Enable] {
        let service = FakeService::new(keys("a b"));
        for key in &mut service.state().keys {
            key.status = if deed == Deed::Enable { Status::Disabled } else { Status::Enabled };
        }
        service.lose_answer(CHANGE);
        let done = ["a", "b"].map(|id| format!("{id}: {}", deed.result()));
        assert_eq!(change(&service, deed, "a b", None).await, done);
        assert_eq!(service.count(CHANGE), 2);
        for key in &mut service.state().keys {
            key.status = if deed == Deed::Enable { Status::Disabled } else { Status::Enabled };
        }
        service.fail(CHANGE, ErrorKind::LostAnswer);
        assert_eq!(change(&service, deed, "a", None).await, ["a: failed"], "it was seen not to be so");
        service.fail(CHANGE, ErrorKind::LostAnswer);
        service.fail("api_key", ErrorKind::Unreachable);
        assert_eq!(change(&service, deed, "a b", None).await, ["a: unknown", "b: not sent"]);
    }
}

#[tokio::test]
async fn no_more_changes_are_sent_once_the_key_in_use_is_refused() {
    let service = FakeService::new(keys("a b d"));
    service.fail(CHANGE, ErrorKind::Unauthenticated);
    assert_eq!(change(&service, Deed::Disable, "a b d", None).await, ["a: failed", "b: not sent", "d: not sent"]);
    assert_eq!(service.count(CHANGE), 1);
}

#[tokio::test]
async fn a_change_over_the_rate_limit_waits_and_goes_again() {
    let service = FakeService::new(keys("a b"));
    service.fail(CHANGE, ErrorKind::RateLimited);
    assert_eq!(change(&service, Deed::Disable, "a b", None).await, ["a: disabled", "b: disabled"]);
    assert_eq!(service.count(CHANGE), 3);
}
