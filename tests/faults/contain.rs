//! A leak at servers that lie: what is contained and what is only said to be.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use keydeck::client::KeyService;
use keydeck::client::keydeck::KeydeckService;
use keydeck::domain::ids::UserId;
use keydeck::domain::incident::{Decision, Intake, Measure, Next, Question, Taken, Tried};
use keydeck::domain::key_value::fingerprint;
use keydeck::domain::secret::Secret;
use keydeck::domain::values::Runs;
use keydeck::ops::contain::{CallLog, Containment, Desk};
use serde_json::{Value, json};

use super::faults::{Asked, Faulty, Reply};
use super::{key, limits, permit};

/// How a server answers questions about values.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Lie {
    /// 200 to anything.
    Anything,
    /// 403 to what it never made, 401 to what it revoked.
    MadeUpOtherwise,
    /// It says that it deleted the key, and goes on accepting it.
    Undead,
    /// The same for so many questions.
    Late(usize),
    /// Once the key is revoked, nothing is answered any more.
    Gone,
    None,
}

/// The one key it has, as it stands.
fn api_key(value: &str, revoked: bool) -> Value {
    json!({
        "id": "k", "name": "ci", "maskedValue": "kdk_…abcd", "secretHash": fingerprint(value),
        "status": if revoked { "revoked" } else { "enabled" }, "ownerId": 9, "ownerName": "Bea",
        "createdAt": "2026-11-01T00:00:00.000Z",
    })
}

fn whose(user: i64, key: &str) -> Reply {
    Reply::json(&json!({
        "user": {"id": user, "fullName": "Somebody", "email": "x@team.example", "roles": ["admin"]}, "apiKey": {"id": key},
    }))
}

async fn server(lie: Lie, own: &Secret, leaked: &Secret) -> Faulty {
    let (own, leaked) = (own.expose().to_owned(), leaked.expose().to_owned());
    let (revoked, asked_since) = (AtomicUsize::new(0), AtomicUsize::new(0));
    Faulty::start(move |_, asked: &Asked| {
        let dead = revoked.load(Ordering::SeqCst) > 0;
        if dead && lie == Lie::Gone {
            return Reply::Reset;
        }
        match asked.line().as_str() {
            "GET /me" => {
                let with = asked.header("x-api-key").unwrap_or_default();
                let since = if dead && with == leaked { asked_since.fetch_add(1, Ordering::SeqCst) } else { 0 };
                match (lie, with) {
                    (_, with) if with == own => whose(1, "own"),
                    (Lie::Anything, _) => whose(9, "k"),
                    (Lie::Undead, with) if with == leaked => whose(9, "k"),
                    (Lie::Late(questions), with) if with == leaked && since < questions => whose(9, "k"),
                    (_, with) if with == leaked && !dead => whose(9, "k"),
                    (Lie::MadeUpOtherwise, with) if with != leaked => Reply::error(403, "forbiddenError"),
                    _ => Reply::error(401, "AuthenticationError"),
                }
            }
            "POST /api-key-lookups" => {
                let body: Value = serde_json::from_str(&asked.body).unwrap();
                let hashes = body["sha256"].as_array().cloned().unwrap_or_default();
                let ids = body["ids"].as_array().cloned().unwrap_or_default();
                let by_hash = hashes.iter().map(|hash| json!({"sha256": hash, "apiKey": api_key(&leaked, dead)}));
                let by_id = ids.iter().map(|id| json!({"id": id, "apiKey": api_key(&leaked, dead)}));
                Reply::json(&json!({"data": by_hash.chain(by_id).collect::<Vec<_>>(), "meta": {}}))
            }
            "POST /api-key-revocations" => {
                revoked.fetch_add(1, Ordering::SeqCst);
                Reply::json(&json!({"data": [{"id": "k", "outcome": "revoked"}], "meta": {"revoked": 1}}))
            }
            "GET /api-keys" => Reply::json(&json!({"data": [api_key(&leaked, dead)], "meta": {"total": 1}})),
            _ => Reply::json(&json!({"data": [], "meta": {"total": 0}})),
        }
    })
    .await
}

fn taken(value: &Secret) -> Taken {
    let own_form = |value: &str| keydeck::domain::key_value::recognise(value).is_some();
    let mut intake = Intake::new(&own_form);
    intake.feed(value.expose().as_bytes());
    intake.finish()
}

async fn begin(server: &Faulty, own: Secret, leaked: &Secret, folder: &Path) -> Containment {
    let service: Arc<dyn KeyService> = Arc::new(KeydeckService::with_limits(&server.url(), own, limits()).unwrap());
    let calls = CallLog::default();
    let heard = calls.clone();
    service.on_call(Box::new(move |news| heard.hear(&news)));
    let me = service.me().await.unwrap();
    assert_eq!(me.id, UserId(1));
    let desk = Desk {
        service,
        permit: Ok(permit()),
        me,
        profile: "acme".to_owned(),
        production: false,
        state: folder.join("state"),
        calls,
    };
    Containment::begin(desk, taken(leaked), folder).await.unwrap()
}

/// Revokes the leaked key and carries on to the end; gives up proving after so many attempts.
async fn contained(lie: Lie, give_up_after: usize) -> (Containment, tempfile::TempDir, Faulty) {
    let (own, leaked, folder) = (key(), key(), tempfile::tempdir().unwrap());
    let server = server(lie, &own, &leaked).await;
    let mut containment = begin(&server, own, &leaked, folder.path()).await;
    loop {
        if containment.incident().subjects[0].attempts.len() == give_up_after {
            // one more would be made otherwise
            let _ = containment.decide(&Decision::GiveUp(0)).await;
        }
        match containment.next() {
            Next::Do(_) => drop(containment.step(&mut |_| ()).await.unwrap()),
            Next::Wait(_) => containment.rest().await,
            Next::Ask(Question::Decide(_)) => {
                containment.decide(&Decision::Measures(vec![(0, Measure::Revoke)])).await.unwrap();
            }
            Next::Ask(Question::Trouble(_)) => containment.decide(&Decision::WriteDown).await.unwrap(),
            Next::Ask(Question::Leads | Question::Values(_)) => {
                containment.decide(&Decision::Follow(Vec::new(), Measure::Revoke)).await.unwrap();
            }
            Next::Over => break,
        }
    }
    let bundle = containment.incident().written.clone().unwrap().folder;
    for file in std::fs::read_dir(&bundle).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        assert!(Runs::of(leaked.expose()).find(&text).is_empty());
    }
    let sent = server.asked().iter().filter(|asked| asked.line() == "POST /api-key-revocations").count();
    assert_eq!(sent, 1, "{lie:?}");
    for asked in server.asked() {
        let told = asked.target.contains(leaked.expose()) || asked.body.contains(leaked.expose());
        assert!(!told, "the value is a credential and nothing else");
    }
    (containment, folder, server)
}

fn says(containment: &Containment) -> String {
    let report = containment.incident().written.clone().unwrap().folder.join("report.md");
    let report = std::fs::read_to_string(report).unwrap();
    let says = containment.incident().subjects[0].standing_in_words(containment.now());
    assert!(report.contains(says.split("; ").last().unwrap()), "{says}\n{report}");
    says
}

#[tokio::test]
async fn an_honest_server_is_proven_at_the_first_attempt() {
    let (containment, _folder, _server) = contained(Lie::None, 9).await;
    assert!(says(&containment).starts_with("proven dead"), "{}", says(&containment));
    assert_eq!(containment.incident().subjects[0].attempts.len(), 1);
}

#[tokio::test]
async fn one_that_answers_200_to_anything_proves_nothing() {
    let (containment, _folder, _server) = contained(Lie::Anything, 9).await;
    assert!(says(&containment).ends_with("cannot be proven: answers 200 to anything"), "{}", says(&containment));
}

#[tokio::test]
async fn one_that_answers_made_up_keys_otherwise_proves_nothing() {
    let (containment, _folder, _server) = contained(Lie::MadeUpOtherwise, 9).await;
    assert!(says(&containment).ends_with("made-up keys answered otherwise"), "{}", says(&containment));
}

#[tokio::test]
async fn deleted_and_still_accepted_is_said_in_these_words() {
    let (containment, _folder, _server) = contained(Lie::Undead, 3).await;
    assert!(says(&containment).ends_with("deleted, and still accepted"), "{}", says(&containment));
    assert!(!containment.incident().is_contained(containment.now()));
}

#[tokio::test]
async fn a_slow_one_is_not_proven_before_it_refuses_twice() {
    for questions in [1, 2, 3, 4] {
        let (containment, _folder, _server) = contained(Lie::Late(questions), 99).await;
        let attempts = &containment.incident().subjects[0].attempts;
        assert!(says(&containment).starts_with("proven dead"), "{}", says(&containment));
        let early = attempts.iter().filter(|attempt| attempt.tried != Tried::Refused).count();
        assert_eq!((early, attempts.len()), (questions.div_ceil(2), questions.div_ceil(2) + 1), "{attempts:?}");
    }
}

#[tokio::test]
async fn one_that_is_gone_half_way_leaves_it_asserted_and_open() {
    let (containment, folder, _server) = contained(Lie::Gone, 2).await;
    assert!(says(&containment).ends_with("cannot be proven: not answered"), "{}", says(&containment));
    assert!(!containment.incident().over, "it can be gone on with");
    let kept = std::fs::read_dir(folder.path().join("state/incidents")).unwrap();
    let names: Vec<String> = kept.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.iter().any(|name| name.contains(".jsonl") && !name.contains(".over.")), "{names:?}");
}
