use super::*;
use crate::client::capabilities::{Capabilities, Minting};
use crate::client::error::ErrorKind;
use crate::client::fake::FakeService;
use crate::domain::exam::Measure;
use crate::domain::time::When;

/// An exam of `service`, and whether a throw-away key is left there.
async fn examine(service: &FakeService) -> Exam {
    let permit = WritePermit::unless_read_only(false).unwrap();
    let me = service.me().await.unwrap();
    let examiner = Examiner { service, permit: Ok(&permit), me: &me, patience: Duration::ZERO };
    let (mut made, mut exam) = (ThrowAway::default(), Exam::default());
    examiner.run(&mut made, &mut exam, &mut |_| ()).await;
    examiner.clean_up(&mut made, &mut exam).await;
    exam
}

fn measure(exam: &Exam, question: Question) -> &Measure {
    let all: Vec<&Measure> = exam.measures.iter().filter(|measure| measure.question == question).collect();
    let [one] = all[..] else { panic!("{question:?}: {exam:?}") };
    one
}

fn words(exam: &Exam, question: Question) -> String {
    measure(exam, question).answer.words()
}

fn alive(service: &FakeService) -> usize {
    service.state().keys.iter().filter(|key| key.status == Status::Enabled).count()
}

#[tokio::test]
async fn every_question_is_answered_and_the_throw_away_key_is_gone() {
    let service = FakeService::new(Vec::new());
    let exam = examine(&service).await;
    assert_eq!(exam.measures.len(), 4 + WITH_KEY.len(), "{exam:?}");
    assert!(exam.is_as_declared() && !exam.keeps_revoked(), "{exam:?}");
    assert_eq!(words(&exam, Question::MadeUp), "401 AuthenticationError");
    assert!(words(&exam, Question::Revoked).ends_with("401 AuthenticationError"), "{exam:?}");
    assert!(words(&exam, Question::LastUse).contains("does not move"), "{exam:?}");
    assert_eq!(alive(&service), 0);
    let made = service.state().keys[0].clone();
    assert_eq!(
        (made.access, made.expires != When::Never),
        (Access::None, true),
        "it may do nothing, and ends by itself"
    );
}

#[tokio::test]
async fn revoked_keys_that_keep_working_are_told() {
    let service = FakeService::new(Vec::new());
    service.state().accepts_revoked = true;
    let exam = examine(&service).await;
    assert!(exam.keeps_revoked() && !exam.is_as_declared(), "{exam:?}");
    assert!(words(&exam, Question::Revoked).contains("revoked keys keep working"), "{exam:?}");
}

#[tokio::test]
async fn a_backend_that_accepts_everything_is_unlike_what_it_is_taken_for() {
    let service = FakeService::new(Vec::new());
    service.state().accepts_everything = true;
    let exam = examine(&service).await;
    assert!(measure(&exam, Question::MadeUp).unlike_declared, "{exam:?}");
    assert_eq!(alive(&service), 0);
}

#[tokio::test]
async fn without_a_key_to_throw_away_only_what_changes_nothing_is_measured() {
    let why = "no call makes a key: use the page";
    let service =
        FakeService::new(Vec::new()).with_capabilities(Capabilities::all().without(Capability::CreateKeys, why));
    let exam = examine(&service).await;
    assert!(words(&exam, Question::Revoked).contains(why) && !exam.keeps_revoked(), "{exam:?}");
    assert_eq!(words(&exam, Question::MadeUp), "401 AuthenticationError");
    let me = service.me().await.unwrap();
    let permit = Err("read-only".into());
    let refused = Examiner { service: &service, permit, me: &me, patience: Duration::ZERO };
    let (mut made, mut exam) = (ThrowAway::default(), Exam::default());
    refused.run(&mut made, &mut exam, &mut |_| ()).await;
    refused.clean_up(&mut made, &mut exam).await;
    assert!(words(&exam, Question::Disabled).contains("read-only"), "{exam:?}");
    let changed = |call: &String| !["me", "probe"].iter().any(|read| call.starts_with(read));
    assert!(!service.state().calls.iter().any(changed), "{:?}", service.state().calls);
}

#[tokio::test]
async fn however_it_goes_wrong_no_key_is_left() {
    for method in ["create_api_key", "change_api_key", "delete_api_key", "keys", "api_key", "probe"] {
        for (kind, done) in [(ErrorKind::Server, true), (ErrorKind::LostAnswer, true), (ErrorKind::Denied, false)] {
            let service = FakeService::new(Vec::new());
            if done {
                service.lose_answer(method);
            } else {
                service.fail(method, kind);
            }
            let exam = examine(&service).await;
            assert!(alive(&service) == 0 || exam.left.is_some(), "{method} {kind:?}: {exam:?}");
        }
    }
    // where the backend makes the value, too
    let service = FakeService::new(Vec::new()).with_capabilities(Capabilities::all().minted_by(Minting::Server));
    let exam = examine(&service).await;
    assert!(alive(&service) == 0 && exam.is_as_declared(), "{exam:?}");
}

#[tokio::test]
async fn what_is_cut_off_in_the_middle_is_cleaned_up() {
    let service = FakeService::new(Vec::new());
    let permit = WritePermit::unless_read_only(false).unwrap();
    let me = service.me().await.unwrap();
    let (mut made, mut exam) = (ThrowAway::default(), Exam::default());
    // it waits until the disabled key is refused
    service.state().late = 100;
    let examiner = Examiner { service: &service, permit: Ok(&permit), me: &me, patience: Duration::from_mins(1) };
    let mut told = |_: &Exam| ();
    let is_made = async {
        while service.state().keys.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        () = examiner.run(&mut made, &mut exam, &mut told) => panic!("it was not cut off"),
        () = is_made => {}
    }
    assert_eq!(service.state().keys[0].status, Status::Disabled);
    examiner.clean_up(&mut made, &mut exam).await;
    assert_eq!((service.state().keys[0].status.clone(), exam.left), (Status::Revoked, None));
}

#[tokio::test]
async fn what_a_killed_exam_left_is_taken_away_by_the_next() {
    let service = FakeService::new(Vec::new());
    let me = service.me().await.unwrap();
    let now = service.clock().now();
    let key = |id: &str, name: &str, minutes: i64| Key {
        name: name.into(),
        owner_id: me.id,
        created: When::At(now - TimeDelta::minutes(minutes)),
        ..Key::sample(id)
    };
    let left = format!("{NAME}2026-11-21");
    service.state().keys.extend([key("left", &left, 30), key("running", &left, 1), key("other", "ci", 90)]);
    examine(&service).await;
    let alive: Vec<String> = service
        .state()
        .keys
        .iter()
        .filter(|key| key.status == Status::Enabled)
        .map(|key| key.id.as_str().to_owned())
        .collect();
    assert_eq!(alive, ["running", "other"]);
}
