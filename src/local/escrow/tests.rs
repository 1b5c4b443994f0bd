use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use async_trait::async_trait;

use super::passphrase::STRETCH_FILE;
use super::*;
use crate::local::journal::Journal;
use crate::local::keyring::KeyringError;

const VALUE: &str = "not-a-real-value-0123456789-new";
const BEFORE: &str = "not-a-real-value-0123456789-before";
const CHILD_DIR: &str = "KEYDECK_TEST_ESCROW_IN";
const NEW: &str = "01JQAA/new";
const KEPT_BEFORE: &str = "01JQAA/before/0";

/// A keyring in memory that can be made to fail.
#[derive(Default)]
struct Fake {
    entries: Mutex<BTreeMap<String, String>>,
    fails: Mutex<Option<KeyringError>>,
    deaf: Mutex<bool>,
}

impl Fake {
    fn check(&self) -> std::result::Result<(), KeyringError> {
        self.fails.lock().unwrap().clone().map_or(Ok(()), Err)
    }

    fn fail(&self, error: Option<KeyringError>) {
        *self.fails.lock().unwrap() = error;
    }

    fn slots(&self) -> Vec<String> {
        self.entries.lock().unwrap().keys().cloned().collect()
    }
}

#[async_trait]
impl Keyring for Fake {
    async fn answers(&self) -> std::result::Result<(), KeyringError> {
        self.check()
    }

    async fn get(&self, service: &str, account: &str) -> std::result::Result<Option<Secret>, KeyringError> {
        assert_eq!(service, SERVICE);
        self.check()?;
        Ok(self.entries.lock().unwrap().get(account).map(|value| Secret::new(value.clone())))
    }

    async fn put(&self, _: &str, account: &str, value: &Secret) -> std::result::Result<(), KeyringError> {
        self.check()?;
        if !*self.deaf.lock().unwrap() {
            self.entries.lock().unwrap().insert(account.to_owned(), value.expose().to_owned());
        }
        Ok(())
    }

    async fn delete(&self, _: &str, account: &str) -> std::result::Result<(), KeyringError> {
        self.check()?;
        self.entries.lock().unwrap().remove(account);
        Ok(())
    }
}

struct World {
    dir: tempfile::TempDir,
    keyring: Arc<Fake>,
}

impl World {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap(), keyring: Arc::default() }
    }

    fn open(&self, store: EscrowStore) -> Escrow {
        self.with(&EscrowSettings { store, passphrase: None })
    }

    fn with(&self, settings: &EscrowSettings) -> Escrow {
        Escrow::with(self.dir.path(), settings, Arc::clone(&self.keyring) as Arc<dyn Keyring>).unwrap()
    }

    fn passphrase(&self, line: &str) -> Escrow {
        let path = self.dir.path().join("passphrase");
        std::fs::write(&path, line).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        self.with(&EscrowSettings { store: EscrowStore::File, passphrase: Some(Credential::File(path)) })
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(FOLDER).join(name)
    }

    fn files(&self) -> Vec<String> {
        Folder::open(self.dir.path().join(FOLDER)).unwrap().names().unwrap()
    }
}

fn value(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

async fn held(escrow: &Escrow, slot: &str) -> Option<String> {
    escrow.get(slot).await.unwrap().map(|value| value.expose().to_owned())
}

#[tokio::test]
async fn a_value_is_kept_replaced_and_wiped_in_every_store() {
    for (store, passphrase) in [
        (EscrowStore::Auto, false),
        (EscrowStore::Keyring, false),
        (EscrowStore::File, false),
        (EscrowStore::File, true),
    ] {
        let world = World::new();
        let open = || if passphrase { world.passphrase("two words") } else { world.open(store) };
        let escrow = open();
        assert_eq!(held(&escrow, NEW).await, None);
        escrow.put(NEW, &value("first")).await.unwrap();
        escrow.put(NEW, &value(VALUE)).await.unwrap();
        escrow.put(KEPT_BEFORE, &value(BEFORE)).await.unwrap();
        escrow.put("01JQAB/new", &value("another rotation's")).await.unwrap();
        let after = open();
        assert_eq!(held(&after, NEW).await.as_deref(), Some(VALUE), "{store:?}");
        assert_eq!(held(&after, KEPT_BEFORE).await.as_deref(), Some(BEFORE), "{store:?}");
        let slots: Vec<String> = after.contents("01JQAA").unwrap().into_iter().map(|(slot, _)| slot).collect();
        assert_eq!(slots, [KEPT_BEFORE, NEW]);
        assert_eq!(world.keyring.slots().is_empty(), store == EscrowStore::File);
        after.wipe("01JQAA").await.unwrap();
        after.wipe("01JQAA").await.unwrap();
        assert_eq!((held(&after, NEW).await, held(&after, KEPT_BEFORE).await), (None, None));
        assert!(!world.files().iter().any(|name| name.contains("01JQAA")), "{:?}", world.files());
        assert!(!world.keyring.slots().iter().any(|slot| slot.contains("01JQAA")));
        assert_eq!(held(&after, "01JQAB/new").await.as_deref(), Some("another rotation's"));
    }
}

#[tokio::test]
async fn where_it_lies_is_said() {
    let world = World::new();
    let folder = world.file("").display().to_string();
    let folder = folder.trim_end_matches('/');
    assert_eq!(world.open(EscrowStore::Auto).place().await, "the keyring of this desktop session");
    world.keyring.fail(Some(KeyringError::Locked));
    let escrow = world.open(EscrowStore::Auto);
    assert_eq!(escrow.place().await, format!("sealed files in {folder}, with their key beside them"));
    escrow.put(NEW, &value(VALUE)).await.unwrap();
    let escrow = world.passphrase("words");
    assert_eq!(escrow.place().await, format!("sealed files in {folder}, opened by the passphrase"));
    escrow.put("01JQAA/before/1", &value(BEFORE)).await.unwrap();
    let places: Vec<bool> =
        escrow.contents("01JQAA").unwrap().iter().map(|(_, place)| place.ends_with("by the passphrase")).collect();
    assert_eq!(places, [true, false], "each as it was put");
}

#[tokio::test]
async fn a_rotation_finds_its_values_where_they_were_put_whatever_is_configured_now() {
    let world = World::new();
    world.open(EscrowStore::Auto).put(NEW, &value(VALUE)).await.unwrap();
    assert_eq!(held(&world.open(EscrowStore::File), NEW).await.as_deref(), Some(VALUE));
    world.keyring.fail(Some(KeyringError::Absent));
    let gone = world.open(EscrowStore::Auto);
    let error = gone.get(NEW).await.unwrap_err();
    assert_eq!(error.to_string(), "the value 01JQAA/new lies in the keyring: there is no keyring here");
    assert!(error.hint().contains("desktop session"), "{}", error.hint());
    assert!(gone.put(NEW, &value("other")).await.is_err(), "a second place for one value is none");
    assert!(gone.wipe("01JQAA").await.is_err());
    gone.put(KEPT_BEFORE, &value(BEFORE)).await.unwrap();
    world.keyring.fail(None);
    assert_eq!(held(&gone, NEW).await.as_deref(), Some(VALUE));
    assert_eq!(held(&world.open(EscrowStore::Keyring), KEPT_BEFORE).await.as_deref(), Some(BEFORE));
    gone.wipe("01JQAA").await.unwrap();
    assert!(world.keyring.slots().is_empty());
    world.open(EscrowStore::Auto).put(NEW, &value(VALUE)).await.unwrap();
    world.keyring.entries.lock().unwrap().clear();
    assert!(matches!(gone.get(NEW).await, Err(EscrowError::Missing { .. })));
}

#[tokio::test]
async fn a_keyring_that_fails_is_an_error_when_asked_for_and_else_passed_by() {
    let world = World::new();
    *world.keyring.deaf.lock().unwrap() = true;
    let error = world.open(EscrowStore::Keyring).put(NEW, &value(VALUE)).await.unwrap_err();
    assert!(matches!(error, EscrowError::NotTheSame { .. }), "{error:?}");
    assert!(error.hint().contains("store = \"file\""));
    assert_eq!(held(&world.open(EscrowStore::Keyring), NEW).await, None, "nobody was told that it is kept");
    world.open(EscrowStore::Auto).put(NEW, &value(VALUE)).await.unwrap();
    assert_eq!(held(&world.open(EscrowStore::Auto), NEW).await.as_deref(), Some(VALUE));
    // what a call that was given up may have left in the keyring all the same goes with the rest
    world.keyring.entries.lock().unwrap().insert(NEW.to_owned(), VALUE.to_owned());
    world.open(EscrowStore::Auto).wipe("01JQAA").await.unwrap();
    assert!(world.keyring.slots().is_empty());
    for (fails, said) in [
        (KeyringError::Absent, "there is no keyring here"),
        (KeyringError::NoAnswer(60), "the keyring did not answer within 60 s"),
    ] {
        world.keyring.fail(Some(fails));
        let error = world.open(EscrowStore::Keyring).put(NEW, &value(VALUE)).await.unwrap_err().to_string();
        assert_eq!(error, format!("the value 01JQAA/new cannot be kept in the keyring: {said}"));
    }
}

#[tokio::test]
async fn a_file_that_was_changed_cut_or_exchanged_never_gives_a_value() {
    let world = World::new();
    let escrow = world.open(EscrowStore::File);
    escrow.put(NEW, &value(VALUE)).await.unwrap();
    escrow.put(KEPT_BEFORE, &value(BEFORE)).await.unwrap();
    let path = world.file("01JQAA.new.sealed");
    let good = std::fs::read(&path).unwrap();
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 0x20;
        std::fs::write(&path, &bytes).unwrap();
        assert!(escrow.get(NEW).await.is_err(), "byte {at}");
    }
    for cut in [0, 10, good.len() - 1] {
        std::fs::write(&path, &good[..cut]).unwrap();
        let error = escrow.get(NEW).await.unwrap_err();
        assert!(matches!(error, EscrowError::Damaged { .. }), "cut at {cut}: {error}");
    }
    std::fs::copy(world.file("01JQAA.before.0.sealed"), &path).unwrap();
    let error = escrow.get(NEW).await.unwrap_err();
    assert!(error.to_string().ends_with("01JQAA.new.sealed is damaged or was tampered with"), "{error}");
    std::fs::write(&path, &good).unwrap();
    assert_eq!(held(&escrow, NEW).await.as_deref(), Some(VALUE));
}

#[tokio::test]
async fn a_key_that_is_gone_exposed_or_another_is_said() {
    let world = World::new();
    world.open(EscrowStore::File).put(NEW, &value(VALUE)).await.unwrap();
    let key = world.file(KEY_FILE);
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o640)).unwrap();
    let error = world.open(EscrowStore::File).get(NEW).await.unwrap_err();
    assert_eq!(error.hint(), format!("run: chmod 600 {}", key.display()));
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let good = std::fs::read(&key).unwrap();
    std::fs::write(&key, "keydeck escrow key 1 00\n").unwrap();
    assert!(matches!(world.open(EscrowStore::File).get(NEW).await, Err(EscrowError::KeyFile { .. })));
    std::fs::remove_file(&key).unwrap();
    let error = world.open(EscrowStore::File).get(NEW).await.unwrap_err();
    assert!(matches!(error, EscrowError::OtherKey { key: "key file", .. }), "{error}");
    std::fs::write(&key, good).unwrap();
    assert_eq!(held(&world.open(EscrowStore::File), NEW).await.as_deref(), Some(VALUE));
}

#[tokio::test]
async fn a_passphrase_is_needed_and_has_to_be_the_same() {
    let world = World::new();
    world.passphrase("right").put(NEW, &value(VALUE)).await.unwrap();
    let error = world.passphrase("wrong").get(NEW).await.unwrap_err();
    assert!(matches!(error, EscrowError::OtherKey { key: "passphrase", .. }), "{error}");
    let error = world.open(EscrowStore::File).get(NEW).await.unwrap_err();
    assert!(matches!(error, EscrowError::NoPassphrase { .. }), "{error}");
    assert!(matches!(world.passphrase("").get(NEW).await, Err(EscrowError::Passphrase(_))));
    assert_eq!(held(&world.passphrase("right\n"), NEW).await.as_deref(), Some(VALUE));
    assert!(!world.file(KEY_FILE).exists());
    std::fs::write(world.file(STRETCH_FILE), "keydeck escrow kdf 1 argon2id m=9 t=9999 p=1 00\n").unwrap();
    assert!(matches!(world.passphrase("right").get(NEW).await, Err(EscrowError::KeyFile { .. })));
}

#[tokio::test]
async fn an_interrupted_put_leaves_what_was_there_and_its_rest_is_cleared_away() {
    let world = World::new();
    let escrow = world.open(EscrowStore::File);
    escrow.put(NEW, &value(VALUE)).await.unwrap();
    let rest = world.file(".new-Ab12Cd");
    std::fs::write(&rest, "half a").unwrap();
    let marked = world.file("01JQAA.before.0.keyring");
    std::fs::write(&marked, BEGUN).unwrap();
    let after = world.open(EscrowStore::File);
    assert_eq!(held(&after, NEW).await.as_deref(), Some(VALUE));
    assert_eq!(held(&after, KEPT_BEFORE).await, None, "begun in the keyring and never kept");
    assert_eq!(after.contents("01JQAA").unwrap().len(), 1);
    after.put("01JQAB/new", &value("x")).await.unwrap();
    assert!(!rest.exists());
    after.wipe("01JQAA").await.unwrap();
    assert!(!marked.exists());
}

#[tokio::test]
async fn files_are_their_owners_alone_and_hold_no_value() {
    let world = World::new();
    let journal = Journal::open(world.dir.path()).await.unwrap();
    for escrow in [world.open(EscrowStore::File), world.passphrase("a passphrase")] {
        escrow.put(NEW, &value(VALUE)).await.unwrap();
        escrow.put(KEPT_BEFORE, &value(BEFORE)).await.unwrap();
    }
    world.open(EscrowStore::Keyring).put("01JQAB/new", &value(VALUE)).await.unwrap();
    journal.close().await;
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&world.file("")), 0o700);
    assert!(world.files().len() > 4);
    for name in world.files() {
        let path = world.file(&name);
        assert_eq!(mode(&path), 0o600, "{name}");
        let bytes = std::fs::read(&path).unwrap();
        for text in [VALUE, BEFORE, "a passphrase", "not-a-real"] {
            assert!(!bytes.windows(text.len()).any(|window| window == text.as_bytes()), "{name} holds a value");
        }
    }
}

#[tokio::test]
async fn no_slot_leads_out_of_the_folder() {
    let world = World::new();
    let escrow = world.open(EscrowStore::File);
    for slot in ["", "/", "a//b", "../a", "a.b", "a/", "a\n", "ü"] {
        assert!(matches!(escrow.put(slot, &value(VALUE)).await, Err(EscrowError::Slot(_))), "{slot}");
        assert!(matches!(escrow.wipe(slot).await, Err(EscrowError::Slot(_))), "{slot}");
    }
}

#[tokio::test]
async fn two_processes_that_make_the_key_make_one() {
    let world = World::new();
    let (one, two) = (world.open(EscrowStore::File), world.open(EscrowStore::File));
    let (first, second) = (value("first"), value("second"));
    let (a, b) = tokio::join!(one.put("01JQAA/new", &first), two.put("01JQAB/new", &second));
    a.and(b).unwrap();
    let after = world.open(EscrowStore::File);
    assert_eq!(held(&after, "01JQAA/new").await.as_deref(), Some("first"));
    assert_eq!(held(&after, "01JQAB/new").await.as_deref(), Some("second"));
}

/// What the next test runs as a process of its own; alone it does nothing.
#[tokio::test]
async fn child_without_a_bus() {
    let Some(dir) = std::env::var_os(CHILD_DIR) else { return };
    let settings = EscrowSettings::default();
    let escrow = Escrow::open(Path::new(&dir), &settings).unwrap();
    assert!(escrow.place().await.starts_with("sealed files in"));
    escrow.put(NEW, &value(VALUE)).await.unwrap();
    assert_eq!(held(&Escrow::open(Path::new(&dir), &settings).unwrap(), NEW).await.as_deref(), Some(VALUE));
    let asked = EscrowSettings { store: EscrowStore::Keyring, ..settings };
    let error = Escrow::open(Path::new(&dir), &asked).unwrap().put("01JQAB/new", &value(VALUE)).await.unwrap_err();
    assert!(matches!(error, EscrowError::NotKept { source: KeyringError::Absent, .. }), "{error:?}");
}

#[test]
fn without_a_session_bus_files_take_the_values_and_nobody_is_asked() {
    let dir = tempfile::tempdir().unwrap();
    let done = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "local::escrow::tests::child_without_a_bus"])
        .env(CHILD_DIR, dir.path())
        .env("XDG_RUNTIME_DIR", dir.path())
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
    assert!(dir.path().join(FOLDER).join("01JQAA.new.sealed").exists());
}

/// What the program wrote when it had the first form: the key file, and a value of this test that is sealed with it.
const FORM_1_KEY: &str = "keydeck escrow key 1 4bc9bac4e6227e32f13387875aac0928c9e4f868493b752dd76109c14e0fc8c9\n";
const FORM_1_SEALED: &str = "6b65796465636b20657363726f772031206b65790aeb877e45aadf02e63073d3a604772d\
     bdef9f0e6954e938d2b589b65aa8b6a8b959cd74d88c95e741a0d224ed6d728aabfeaf01\
     82cf6700d605e4cdd6203a2aecc46a4dd984f40419429e98ca67692f";

#[tokio::test]
async fn what_stands_in_the_first_form_is_read() {
    let world = World::new();
    drop(world.open(EscrowStore::File));
    std::fs::write(world.file(KEY_FILE), FORM_1_KEY).unwrap();
    std::fs::set_permissions(world.file(KEY_FILE), std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(world.file("01JQAA.new.sealed"), unhex::<{ FORM_1_SEALED.len() / 2 }>(FORM_1_SEALED).unwrap())
        .unwrap();
    // a value that is in the keyring has a file that says so
    std::fs::write(world.file("01JQAA.before.0.keyring"), "keydeck escrow 1 kept\n").unwrap();
    world.keyring.entries.lock().unwrap().insert(KEPT_BEFORE.to_owned(), BEFORE.to_owned());
    let escrow = world.open(EscrowStore::Auto);
    assert_eq!(escrow.get(NEW).await.unwrap().unwrap().expose(), VALUE);
    assert_eq!(escrow.get(KEPT_BEFORE).await.unwrap().unwrap().expose(), BEFORE);
}

/// What the program wrote with a passphrase when it stretched it by `m=47104 t=1 p=1`: the file on the stretching, and a
/// value of this test.
const PASSPHRASE: &str = "two words of a test";
const FIRST_STRETCH: &str = "keydeck escrow kdf 1 argon2id m=47104 t=1 p=1 015f9f77bcd31f5dfe1d3d490b9df843\n";
const FIRST_STRETCHED: &str = "6b65796465636b20657363726f77203120706173737068726173650a95bb8155939ffcedcca264c3\
     80c55c34510e618028664bbdf881a42a6165437c90013042f187d0ea4d8891eebc541d480f9417304b7cb1cb77dcd70f9cdfb975a2\
     4205cfef5ac5e12cbbdf0e8c2954";
/// The same as it is written now, by `m=65536 t=3 p=4`.
const SECOND_STRETCH: &str = "keydeck escrow kdf 1 argon2id m=65536 t=3 p=4 eb55572bc3af7a30f2d707bf54545109\n";
const SECOND_STRETCHED: &str = "6b65796465636b20657363726f77203120706173737068726173650a7cea5b00630a302eb8fb\
     72becd3d691215cd9436ae4966660ded50f2eb6244b8bb63901875aa14fc991d8154b10e8cd76b605abed0f3804559dd9176\
     97331339cfb528862780c8858a4d621a69647f";

/// Puts a value that stands here in hexadecimal into a file of the escrow.
fn put_sealed(world: &World, name: &str, sealed: &str) {
    let bytes = (0..sealed.len()).step_by(2).map(|at| u8::from_str_radix(&sealed[at..at + 2], 16).unwrap());
    std::fs::write(world.file(name), bytes.collect::<Vec<u8>>()).unwrap();
}

/// An escrow as the program left it with the first stretching.
fn stretched_first(world: &World) {
    drop(world.open(EscrowStore::File));
    std::fs::write(world.file(STRETCH_FILE), FIRST_STRETCH).unwrap();
    put_sealed(world, "01JQAA.new.sealed", FIRST_STRETCHED);
}

#[tokio::test]
async fn what_the_first_stretching_sealed_is_read_and_sealed_anew() {
    let world = World::new();
    stretched_first(&world);
    let before = std::fs::read(world.file("01JQAA.new.sealed")).unwrap();
    // another passphrase changes nothing
    let error = world.passphrase("wrong").get(NEW).await.unwrap_err();
    assert!(matches!(error, EscrowError::OtherKey { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(world.file(STRETCH_FILE)).unwrap(), FIRST_STRETCH);
    assert_eq!(held(&world.passphrase(PASSPHRASE), NEW).await.as_deref(), Some(VALUE));
    let now = std::fs::read_to_string(world.file(STRETCH_FILE)).unwrap();
    assert!(now.starts_with("keydeck escrow kdf 1 argon2id m=65536 t=3 p=4 ") && now.lines().count() == 1, "{now}");
    assert_ne!(std::fs::read(world.file("01JQAA.new.sealed")).unwrap(), before);
    assert_eq!(held(&world.passphrase(PASSPHRASE), NEW).await.as_deref(), Some(VALUE));
}

#[tokio::test]
async fn what_is_stretched_as_it_is_now_is_read_and_stays() {
    let world = World::new();
    drop(world.open(EscrowStore::File));
    std::fs::write(world.file(STRETCH_FILE), SECOND_STRETCH).unwrap();
    put_sealed(&world, "01JQAA.new.sealed", SECOND_STRETCHED);
    let before = std::fs::read(world.file("01JQAA.new.sealed")).unwrap();
    assert_eq!(held(&world.passphrase(PASSPHRASE), NEW).await.as_deref(), Some(VALUE));
    assert_eq!(std::fs::read(world.file("01JQAA.new.sealed")).unwrap(), before);
    assert_eq!(std::fs::read_to_string(world.file(STRETCH_FILE)).unwrap(), SECOND_STRETCH);
}

#[tokio::test]
async fn a_sealing_anew_that_was_cut_short_loses_nothing_and_is_finished() {
    let world = World::new();
    stretched_first(&world);
    // cut short behind the new line, with one value sealed by each: a value of another passphrase keeps the old line
    let both = format!("{SECOND_STRETCH}{FIRST_STRETCH}");
    std::fs::write(world.file(STRETCH_FILE), &both).unwrap();
    put_sealed(&world, "01JQAB.new.sealed", &FIRST_STRETCHED.replace("95bb8155939ffced", "0000000000000000"));
    assert_eq!(held(&world.passphrase(PASSPHRASE), NEW).await.as_deref(), Some(VALUE));
    assert_eq!(std::fs::read_to_string(world.file(STRETCH_FILE)).unwrap(), both, "its line may still be needed");
    std::fs::remove_file(world.file("01JQAB.new.sealed")).unwrap();
    assert_eq!(held(&world.passphrase(PASSPHRASE), NEW).await.as_deref(), Some(VALUE));
    assert_eq!(std::fs::read_to_string(world.file(STRETCH_FILE)).unwrap(), SECOND_STRETCH);
}

#[tokio::test]
async fn a_weaker_stretching_than_was_ever_written_is_refused_with_the_way_out() {
    for weak in ["m=8 t=1 p=1", "m=19456 t=2 p=1", "m=47103 t=1 p=1"] {
        let world = World::new();
        stretched_first(&world);
        let changed = FIRST_STRETCH.replace("m=47104 t=1 p=1", weak);
        std::fs::write(world.file(STRETCH_FILE), &changed).unwrap();
        let escrow = world.passphrase(PASSPHRASE);
        let error = escrow.get(NEW).await.unwrap_err();
        assert!(matches!(error, EscrowError::Weak { .. }), "{weak}: {error}");
        assert!(error.hint().contains("bring it back from a copy"), "{}", error.hint());
        assert!(escrow.put(NEW, &value(VALUE)).await.is_err(), "{weak}: nothing is sealed with it");
    }
}
