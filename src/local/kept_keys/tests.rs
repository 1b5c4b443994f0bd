use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;
use std::sync::Mutex;

use async_trait::async_trait;

use super::*;
use crate::domain::failure::Failure;
use crate::domain::time::When;

const VALUE: &str = "not-a-real-key-0123456789";
const ADDRESS: &str = "https://keys.acme.example";

/// A keyring of the test's own.
#[derive(Default)]
struct Made {
    entries: Mutex<HashMap<String, String>>,
    trouble: Mutex<Option<KeyringError>>,
    /// Whether what is put there is lost.
    forgets: bool,
}

#[async_trait]
impl Keyring for Made {
    async fn answers(&self) -> std::result::Result<(), KeyringError> {
        self.trouble.lock().unwrap().clone().map_or(Ok(()), Err)
    }

    async fn get(&self, _: &str, account: &str) -> std::result::Result<Option<Secret>, KeyringError> {
        Ok(self.entries.lock().unwrap().get(account).cloned().map(Secret::new))
    }

    async fn put(&self, _: &str, account: &str, value: &Secret) -> std::result::Result<(), KeyringError> {
        if !self.forgets {
            self.entries.lock().unwrap().insert(account.to_owned(), value.expose().to_owned());
        }
        Ok(())
    }

    async fn delete(&self, _: &str, account: &str) -> std::result::Result<(), KeyringError> {
        self.entries.lock().unwrap().remove(account);
        Ok(())
    }
}

fn time(text: &str) -> Time {
    When::from_wire(text).time().unwrap()
}

fn now() -> Time {
    time("2026-11-21T08:30:00Z")
}

fn keeping(kind: Kind, until: Option<Time>) -> Keeping {
    Keeping {
        kind,
        value: Secret::new(VALUE.to_owned()),
        address: ADDRESS.to_owned(),
        account: None,
        now: now(),
        until,
    }
}

fn kept_keys(keyring: Made) -> (tempfile::TempDir, KeptKeys, Arc<Made>) {
    let (dir, keyring) = (tempfile::tempdir().unwrap(), Arc::new(keyring));
    let keys = KeptKeys::with(dir.path(), Arc::clone(&keyring) as _);
    (dir, keys, keyring)
}

fn files(keys: &KeptKeys) -> String {
    let entries = std::fs::read_dir(keys.folder()).unwrap();
    entries.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect()
}

#[tokio::test]
async fn in_the_keyring_where_it_answers_with_a_note_that_holds_no_value() {
    let (_dir, keys, keyring) = kept_keys(Made::default());
    let went = keys.keep("prod", &keeping(Kind::Key, None), Store::Auto).await.unwrap();
    assert_eq!(went, Went { place: Place::Keyring, instead: None });
    assert!(!files(&keys).contains(VALUE));
    assert_eq!(keys.get("prod", ADDRESS, now()).await.unwrap().unwrap().expose(), VALUE);
    assert_eq!(keys.about("prod").unwrap().unwrap().place, Place::Keyring);
    assert_eq!(keys.forget("prod").await.unwrap().unwrap().place, Place::Keyring);
    assert!(keyring.entries.lock().unwrap().is_empty());
    assert_eq!(keys.get("prod", ADDRESS, now()).await.unwrap(), None);
    assert_eq!(keys.forget("prod").await.unwrap(), None);
}

#[tokio::test]
async fn in_a_private_file_where_the_keyring_is_absent_slow_or_loses_it() {
    for trouble in [KeyringError::Absent, KeyringError::Locked, KeyringError::NoAnswer(3)] {
        let (_dir, keys, keyring) = kept_keys(Made::default());
        *keyring.trouble.lock().unwrap() = Some(trouble.clone());
        assert!(keys.keep("prod", &keeping(Kind::Key, None), Store::Keyring).await.is_err(), "it was told where");
        let went = keys.keep("prod", &keeping(Kind::Key, None), Store::Auto).await.unwrap();
        assert_eq!(went, Went { place: Place::File, instead: Some(trouble) });
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(keys.folder()), mode(&keys.path("prod"))), (0o700, 0o600));
        assert_eq!(keys.get("prod", ADDRESS, now()).await.unwrap().unwrap().expose(), VALUE);
        keys.forget("prod").await.unwrap();
        assert_eq!(std::fs::read_dir(keys.folder()).unwrap().count(), 0);
    }
    let (_dir, keys, _) = kept_keys(Made { forgets: true, ..Made::default() });
    assert!(matches!(keys.keep("prod", &keeping(Kind::Key, None), Store::Keyring).await, Err(KeptKeyError::Missing)));
    assert_eq!(keys.get("prod", ADDRESS, now()).await.unwrap(), None, "nobody was told that it is kept");
}

#[tokio::test]
async fn a_file_takes_the_place_of_the_keyring_and_leaves_nothing_there() {
    let (_dir, keys, keyring) = kept_keys(Made::default());
    keys.keep("prod", &keeping(Kind::Key, None), Store::Auto).await.unwrap();
    keys.keep("prod", &keeping(Kind::Key, None), Store::File).await.unwrap();
    assert!(keyring.entries.lock().unwrap().is_empty());
    assert_eq!(keys.get("prod", ADDRESS, now()).await.unwrap().unwrap().expose(), VALUE);
}

#[tokio::test]
async fn it_goes_to_no_other_address_and_a_session_ends() {
    let (_dir, keys, _) = kept_keys(Made::default());
    let until = time("2026-11-22T08:30:00Z");
    keys.keep("gov", &keeping(Kind::Session, Some(until)), Store::File).await.unwrap();
    let error = keys.get("gov", "https://keys.acme.example.evil.example", now()).await.unwrap_err();
    assert!(matches!(error, KeptKeyError::OtherAddress { .. }), "{error}");
    assert!(!format!("{error} {error:?} {}", error.hint()).contains(VALUE));
    assert!(keys.get("gov", ADDRESS, now()).await.unwrap().is_some());
    let error = keys.get("gov", ADDRESS, until).await.unwrap_err();
    assert!(error.to_string().contains("the session that is kept ended"), "{error}");
}

#[tokio::test]
async fn names_of_any_kind_are_kept_apart() {
    let (_dir, keys, _) = kept_keys(Made::default());
    let names = ["prod", "Prod", "../prod", "prod/x", "prod.json", "größe"];
    for name in names {
        keys.keep(name, &keeping(Kind::Key, None), Store::File).await.unwrap();
    }
    let kept: Vec<String> = keys.all().unwrap().into_iter().map(|kept| kept.profile).collect();
    let mut sorted = names.to_vec();
    sorted.sort_unstable();
    assert_eq!(kept, sorted);
}

#[tokio::test]
async fn each_form_that_was_ever_written_is_read_and_a_newer_one_left_alone() {
    let (_dir, keys, _) = kept_keys(Made::default());
    keys.keep("prod", &keeping(Kind::Key, None), Store::File).await.unwrap();
    let path = keys.path("prod");
    let form_1 = "{\"version\":1,\"stage\":\"kept\",\"about\":{\"profile\":\"prod\",\"kind\":\"key\",\"place\":\"file\",\
                  \"address\":\"https://keys.acme.example\",\"fingerprint\":\"\",\"since\":\"2026-11-21T08:30:00Z\"},\
                  \"value\":\"not-a-real-key-0123456789\"}";
    std::fs::write(&path, form_1).unwrap();
    assert_eq!(keys.get("prod", ADDRESS, now()).await.unwrap().unwrap().expose(), VALUE);
    for (text, newer) in [("{\"version\":2,\"value\":\"not-a-real-key\"}", true), ("not-a-real-key", false)] {
        std::fs::write(&path, text).unwrap();
        let error = keys.get("prod", ADDRESS, now()).await.unwrap_err();
        assert_eq!(matches!(error, KeptKeyError::Newer(_)), newer, "{error}");
        assert!(!format!("{error} {error:?}").contains("not-a-real-key"), "{error:?}");
    }
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(keys.get("prod", ADDRESS, now()).await, Err(KeptKeyError::Exposed(_))));
}
