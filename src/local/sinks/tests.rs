use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use async_trait::async_trait;

use super::*;
use crate::domain::key::Key;
use crate::domain::key_value::digest;
use crate::domain::rotation::{EnvRules, Hook};

pub const OLD: &str = "kdk_ABCDEFGHIJ0123456789ABCDEFGHIJ0000000";
pub const NEW: &str = "kdk_0123456789ABCDEFGHIJKLMNOPQRST1Ir0du";

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}

/// Entries in memory.
#[derive(Default)]
struct Entries(Mutex<std::collections::BTreeMap<(String, String), String>>);

#[async_trait]
impl Keyring for Entries {
    async fn answers(&self) -> Result<(), KeyringError> {
        Ok(())
    }

    async fn get(&self, service: &str, account: &str) -> Result<Option<Secret>, KeyringError> {
        Ok(self.0.lock().unwrap().get(&(service.into(), account.into())).map(|value| secret(value)))
    }

    async fn put(&self, service: &str, account: &str, value: &Secret) -> Result<(), KeyringError> {
        self.0.lock().unwrap().insert((service.into(), account.into()), value.expose().into());
        Ok(())
    }

    async fn delete(&self, service: &str, account: &str) -> Result<(), KeyringError> {
        self.0.lock().unwrap().remove(&(service.into(), account.into()));
        Ok(())
    }
}

/// The stand-ins on a path of their own, with a folder for what they keep.
struct Sandbox {
    folder: tempfile::TempDir,
    sinks: Sinks,
}

impl Sandbox {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("state")).unwrap();
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stand_ins");
        for name in ["op", "vault", "gh", "glab", "kubectl", "aws", "systemd-creds"] {
            symlink(from.join(name), folder.path().join(name)).unwrap();
        }
        let path = std::env::join_paths([folder.path(), Path::new("/usr/bin"), Path::new("/bin")]).unwrap();
        let sinks = Sinks::new(Tools::on_path(path), Arc::new(Entries::default()));
        Self { folder, sinks }
    }

    fn state(&self, name: &str) -> PathBuf {
        self.folder.path().join("state").join(name)
    }

    fn keep(&self, name: &str, text: &str) {
        fs::create_dir_all(self.state(name).parent().unwrap()).unwrap();
        fs::write(self.state(name), text).unwrap();
    }

    fn kept(&self, name: &str) -> String {
        fs::read_to_string(self.state(name)).unwrap()
    }

    /// What is seen when the old key has this value.
    async fn look(&self, sink: &Sink, old: &str) -> Result<Look, SinkError> {
        let key = Key { digest: Some(digest(old)), ..Key::sample("a") };
        self.sinks.look(sink, &OldKey::of(&key, None)).await
    }

    /// Writes, compares, does each again, and goes back to what was there.
    async fn there_and_back(&self, sink: &Sink, before: Option<&str>) {
        let new = secret(NEW);
        let look = self.look(sink, OLD).await.unwrap();
        match before {
            Some(OLD) => assert_eq!(look.holding, Holding::OldKey, "{sink}"),
            Some(_) => assert!(matches!(look.holding, Holding::Other(_)), "{sink}"),
            None => assert!(matches!(look.holding, Holding::Nothing(_)), "{sink}: {look:?}"),
        }
        let held = self.sinks.read(sink).await.unwrap();
        assert_eq!(held.as_ref().map(Secret::expose), before);
        assert_eq!(self.sinks.verify(sink, &new).await.unwrap(), Verified::Differs);
        for _ in 0..2 {
            self.sinks.write(sink, &new).await.unwrap();
            assert_eq!(self.sinks.verify(sink, &new).await.unwrap(), Verified::Same);
        }
        for _ in 0..2 {
            assert_eq!(self.sinks.undo(sink, held.as_ref(), &new).await.unwrap(), Undone::Restored);
            assert_eq!(self.sinks.read(sink).await.unwrap(), held);
        }
        // somebody writes something else meanwhile
        self.sinks.write(sink, &secret("another-value")).await.unwrap();
        let Undone::Cannot(why) = self.sinks.undo(sink, held.as_ref(), &new).await.unwrap() else { panic!("{sink}") };
        assert!(why.as_received().contains("somebody changed it"), "{why}");
        assert_eq!(self.sinks.read(sink).await.unwrap().unwrap().expose(), "another-value");
        self.no_value_was_told();
    }

    /// Neither an argument nor a variable of any stand-in had a value in it.
    fn no_value_was_told(&self) {
        let log = fs::read_to_string(self.state("log")).unwrap_or_default();
        for value in [OLD, NEW, "another-value"] {
            assert!(!log.contains(value));
        }
    }
}

fn sink(text: &str) -> Sink {
    text.parse().unwrap()
}

#[tokio::test]
async fn files_go_there_and_back() {
    let desk = Sandbox::new();
    desk.keep("file", &format!("{OLD}\n"));
    desk.keep("env", &format!("A=1\nKEY='{OLD}'\nB=2\n"));
    let path = |name: &str| desk.state(name).to_str().unwrap().to_owned();
    desk.there_and_back(&Sink::File { path: path("file") }, Some(OLD)).await;
    desk.there_and_back(&Sink::File { path: path("new-file") }, None).await;
    desk.there_and_back(&Sink::EnvFile { path: path("env"), name: "KEY".into(), rules: EnvRules::Common }, Some(OLD))
        .await;
    desk.there_and_back(&Sink::EnvFile { path: path("env"), name: "NONE".into(), rules: EnvRules::Common }, None).await;
    assert_eq!(desk.kept("env"), "A=1\nKEY='another-value'\nB=2\nNONE=another-value\n");
    let text = |value: &str| {
        [
            ("a.yaml", "yaml", ":app.key", format!("app:\n  key: '{value}' # why\n")),
            ("a.json", "json", ":app.key", format!("{{\"app\": {{ // why\n \"key\": \"{value}\" }} }}\n")),
            ("a.toml", "toml", ":app.key", format!("[app] # why\r\nkey = '{value}'\r\n")),
            ("newmanrc", "newmanrc", "", format!("{{\"postmanApiKey\":\"{value}\"}}")),
            ("p.json", "postman-env", ":k", format!("{{\"values\":[{{\"key\":\"k\",\"value\":\"{value}\"}}]}}")),
            ("unit.env", "env-file+systemd", ":KEY", format!("export A=1\nKEY=\"{value}\"\n")),
        ]
    };
    for ((name, word, key, before), (.., after)) in text(OLD).into_iter().zip(text("another-value")) {
        desk.keep(name, &before);
        desk.there_and_back(&sink(&format!("{word}:{}{key}", path(name))), Some(OLD)).await;
        assert_eq!(desk.kept(name), after);
    }
}

#[tokio::test]
async fn what_git_tracks_is_told() {
    let desk = Sandbox::new();
    desk.keep("env", "KEY=x\n");
    let folder = desk.state("");
    for arguments in [&["init", "-q"][..], &["add", "env"]] {
        let git = std::process::Command::new("git").arg("-C").arg(&folder).args(arguments).status();
        let Ok(status) = git else { return };
        assert!(status.success());
    }
    let place = |name: &str| Sink::EnvFile {
        path: desk.state(name).to_str().unwrap().into(),
        name: "KEY".into(),
        rules: EnvRules::Common,
    };
    let notes = desk.look(&place("env"), OLD).await.unwrap().notes.join("; ");
    assert!(notes.contains("git tracks this file"), "{notes}");
    assert!(desk.look(&place("other"), OLD).await.unwrap().notes.is_empty());
}

#[tokio::test]
async fn the_keyring_goes_there_and_back() {
    let desk = Sandbox::new();
    let entry = sink("keyring:acme:deploy");
    desk.there_and_back(&entry, None).await;
    desk.sinks.write(&entry, &secret(OLD)).await.unwrap();
    desk.there_and_back(&entry, Some(OLD)).await;
}

fn sh(script: String) -> Hook {
    Hook { argv: vec!["sh".into(), "-c".into(), script], seconds: 60 }
}

#[tokio::test]
async fn commands_go_there_and_back() {
    let desk = Sandbox::new();
    desk.keep("stored", OLD);
    let at = desk.state("stored").display().to_string();
    let write = sh(format!("cat >'{at}'"));
    let verify = sh(format!("cat '{at}' 2>/dev/null || true"));
    let undo = sh(format!(
        "cat >'{at}.new'; if [ -s '{at}.new' ]; then mv '{at}.new' '{at}'; else rm -f '{at}' '{at}.new'; fi"
    ));
    let both = Sink::Command { write: write.clone(), verify: Some(verify), undo: None };
    desk.there_and_back(&both, Some(OLD)).await;
    fs::remove_file(&at).unwrap();
    let Sink::Command { verify, .. } = both else { unreachable!() };
    let all = Sink::Command { write: write.clone(), verify, undo: Some(undo) };
    desk.there_and_back(&all, None).await;

    // one that prints the hash: enough to compare, not to put back
    let hash = sh(format!("printf %s \"$(sha256sum '{at}' | cut -c1-64 | tr a-f A-F)\""));
    let hashed = Sink::Command { write: write.clone(), verify: Some(hash), undo: None };
    desk.sinks.write(&hashed, &secret(NEW)).await.unwrap();
    assert_eq!(desk.sinks.verify(&hashed, &secret(NEW)).await.unwrap(), Verified::Same);
    assert_eq!(desk.sinks.verify(&hashed, &secret(OLD)).await.unwrap(), Verified::Differs);
    assert_eq!(desk.sinks.read(&hashed).await.unwrap_err().failure(), Failure::Unreadable);
    assert_eq!(desk.sinks.undo(&hashed, Some(&secret(OLD)), &secret(NEW)).await.unwrap(), Undone::Restored);
    assert_eq!(desk.kept("stored"), OLD);

    // one that tells nothing
    let blind = Sink::Command { write, verify: None, undo: None };
    desk.sinks.write(&blind, &secret(NEW)).await.unwrap();
    assert!(matches!(desk.sinks.verify(&blind, &secret(NEW)).await.unwrap(), Verified::Blind(_)));
    assert_eq!(desk.sinks.read(&blind).await.unwrap_err().failure(), Failure::Unreadable);
    assert!(matches!(desk.sinks.undo(&blind, None, &secret(NEW)).await.unwrap(), Undone::Cannot(_)));
}

#[tokio::test]
async fn a_command_that_fails_and_tells_the_value_is_told_of_without_it() {
    let desk = Sandbox::new();
    let tells = sh("tee /dev/stderr; exit 7".into());
    let place = Sink::Command { write: tells, verify: None, undo: None };
    let error = desk.sinks.write(&place, &secret(NEW)).await.unwrap_err();
    assert_eq!(error.to_string(), "sh ended with 7: kdk_…r0du");
    assert!(error.maybe_done());
    let missing = Sink::Command { write: Hook::parse("no-such-program").unwrap(), verify: None, undo: None };
    let error = desk.look(&missing, OLD).await.unwrap_err();
    assert_eq!(error.to_string(), "no-such-program is not installed, or not on the PATH");
}

#[tokio::test]
async fn one_password_goes_there_and_back() {
    let item = |value: &str| {
        format!(
            "{{\"category\":\"API_CREDENTIAL\",\"fields\":[{{\"id\":\"username\",\"label\":\"user\",\"type\":\"STRING\",\
             \"value\":\"x\"}},{{\"id\":\"a1\",\"label\":\"credential\",\"reference\":\"op://Prod/deploy/credential\",\
             \"type\":\"CONCEALED\",\"value\":\"{value}\"}}],\"title\":\"deploy\"}}"
        )
    };
    let desk = Sandbox::new();
    desk.keep("item.json", &item(OLD));
    desk.there_and_back(&sink("op:Prod/deploy:credential"), Some(OLD)).await;
    assert_eq!(desk.kept("item.json"), item("another-value"));
    desk.there_and_back(&sink("op:Prod/deploy:other"), None).await;
    desk.keep("item.json", &item(OLD).replace("user\"", "credential\""));
    let error = desk.look(&sink("op:Prod/deploy:credential"), OLD).await.unwrap_err();
    assert!(error.to_string().contains("several fields credential"), "{error}");
    fs::remove_file(desk.state("item.json")).unwrap();
    let error = desk.look(&sink("op:Prod/deploy:credential"), OLD).await.unwrap_err();
    assert!(error.to_string().contains("isn't an item"), "{error}");
}

#[tokio::test]
async fn vault_goes_there_and_back() {
    for v1 in [false, true] {
        let desk = Sandbox::new();
        if v1 {
            desk.keep("v1", "");
        }
        let place = sink("vault:secret/app:key");
        // nothing at the path
        desk.there_and_back(&place, None).await;
        desk.keep("kv/key", OLD);
        desk.keep("kv/other", "kept");
        desk.there_and_back(&place, Some(OLD)).await;
        desk.there_and_back(&sink("vault:secret/app:third"), None).await;
        assert_eq!(desk.kept("kv/other"), "kept");
    }
}

#[tokio::test]
async fn github_is_written_blindly_and_removed() {
    let desk = Sandbox::new();
    let place = sink("gh:acme/app:API_KEY");
    let new = secret(NEW);
    assert!(desk.sinks.read(&place).await.unwrap().is_none());
    assert_eq!(desk.sinks.verify(&place, &new).await.unwrap(), Verified::Differs);
    desk.sinks.write(&place, &new).await.unwrap();
    assert_eq!(desk.kept("secrets/API_KEY"), NEW);
    assert_eq!(
        desk.sinks.verify(&place, &new).await.unwrap(),
        Verified::Blind(Untrusted::from("GitHub never shows a secret"))
    );
    assert_eq!(desk.sinks.read(&place).await.unwrap_err().failure(), Failure::Unreadable);
    assert_eq!(desk.sinks.undo(&place, Some(&secret(OLD)), &new).await.unwrap(), Undone::Restored);
    assert_eq!(desk.kept("secrets/API_KEY"), OLD);
    assert_eq!(desk.sinks.undo(&place, None, &new).await.unwrap(), Undone::Restored);
    assert_eq!(desk.sinks.undo(&place, None, &new).await.unwrap(), Undone::Restored);
    assert!(!desk.state("secrets/API_KEY").exists());
    desk.no_value_was_told();
}

#[tokio::test]
async fn gitlab_goes_there_and_back_and_keeps_its_flags() {
    let desk = Sandbox::new();
    let place = sink("glab:acme/app:API_KEY");
    desk.there_and_back(&place, None).await;
    assert_eq!(desk.kept("flags/API_KEY"), "\"masked\":true,\"protected\":false,\"raw\":true");
    desk.keep("variables/API_KEY", OLD);
    desk.keep("flags/API_KEY", "\"masked\":true,\"protected\":true,\"raw\":false");
    desk.there_and_back(&place, Some(OLD)).await;
    assert_eq!(desk.kept("flags/API_KEY"), "\"masked\":true,\"protected\":true,\"raw\":false");
    desk.keep("flags/API_KEY", "\"hidden\":true");
    assert!(matches!(desk.sinks.verify(&place, &secret(NEW)).await.unwrap(), Verified::Blind(_)));
}

#[tokio::test]
async fn kubernetes_goes_there_and_back() {
    use base64::Engine;
    let desk = Sandbox::new();
    let place = sink("kubectl:prod/app:api.key");
    let error = desk.look(&place, OLD).await.unwrap_err();
    assert!(error.to_string().contains("NotFound"), "{error}");
    desk.keep("data/other", "b3RoZXI=");
    desk.there_and_back(&place, None).await;
    desk.keep("data/api.key", &base64::prelude::BASE64_STANDARD.encode(OLD));
    desk.there_and_back(&place, Some(OLD)).await;
    assert_eq!(desk.kept("data/other"), "b3RoZXI=");
}

#[tokio::test]
async fn aws_goes_there_and_back() {
    let desk = Sandbox::new();
    desk.keep("value", OLD);
    desk.there_and_back(&sink("aws:prod/app"), Some(OLD)).await;
    let error = desk.look(&sink("aws:prod/app:key"), OLD).await.unwrap_err();
    assert!(error.to_string().contains("is not JSON"), "{error}");
    desk.keep("value", &format!("{{\"key\":\"{OLD}\",\"user\":\"deploy\"}}"));
    desk.there_and_back(&sink("aws:prod/app:key"), Some(OLD)).await;
    desk.there_and_back(&sink("aws:prod/app:other"), None).await;
    assert!(desk.kept("value").contains("\"user\":\"deploy\""));
    fs::remove_file(desk.state("value")).unwrap();
    assert!(desk.look(&sink("aws:prod/app"), OLD).await.is_err());
    // made, and never given a value
    desk.keep("empty", "");
    assert!(desk.sinks.read(&sink("aws:prod/app")).await.unwrap().is_none());
    desk.sinks.write(&sink("aws:prod/app"), &secret(NEW)).await.unwrap();
    let undone = desk.sinks.undo(&sink("aws:prod/app"), None, &secret(NEW)).await.unwrap();
    assert!(matches!(undone, Undone::Cannot(_)));
}

#[tokio::test]
async fn a_credential_of_systemd_goes_there_and_back() {
    let desk = Sandbox::new();
    let path = desk.state("api.cred").display().to_string();
    let place = sink(&format!("systemd-creds:{path}:api-key"));
    desk.there_and_back(&place, None).await;
    let sealed = desk.kept("api.cred");
    assert!(!sealed.contains("another-value"), "{sealed}");
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    desk.sinks.write(&place, &secret(OLD)).await.unwrap();
    desk.there_and_back(&place, Some(OLD)).await;
    let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(&path).unwrap());
    assert_eq!(mode & 0o777, 0o640);
    // one that is sealed under another name is of another service
    let other = sink(&format!("systemd-creds:{path}:other"));
    let error = desk.look(&other, OLD).await.unwrap_err();
    assert!(error.to_string().contains("Embedded credential name"), "{error}");
    let nowhere = sink("systemd-creds:/no/such/folder/x.cred:x");
    assert!(desk.look(&nowhere, OLD).await.unwrap_err().to_string().contains("no such file or folder"));
}

#[tokio::test]
async fn a_place_that_holds_something_else_is_seen_whatever_it_is() {
    let desk = Sandbox::new();
    desk.keep("value", "hunter2 is no key");
    desk.keep("kv/key", "op://Prod/deploy/credential");
    desk.keep("variables/API_KEY", "ENC[AES256_GCM,data:x]");
    desk.keep("flags/API_KEY", "\"raw\":true");
    desk.keep("cmd", NEW);
    let at = desk.state("cmd").display().to_string();
    let hash = sh(format!("sha256sum '{at}' | cut -c1-64"));
    let command = Sink::Command { write: sh("cat".into()), verify: Some(hash), undo: None };
    let entry = sink("keyring:acme:deploy");
    desk.sinks.write(&entry, &secret(NEW)).await.unwrap();
    for (place, why) in [
        (sink("aws:prod/app"), "another value"),
        (sink("vault:secret/app:key"), "name op:Prod/deploy:credential"),
        (sink("glab:acme/app:API_KEY"), "ciphertext of sops"),
        (command.clone(), "another value"),
        (entry, "another value"),
    ] {
        let Holding::Other(other) = desk.look(&place, OLD).await.unwrap().holding else { panic!("{place}") };
        assert!(other.contains(why), "{place}: {other}");
    }
    assert_eq!(desk.look(&command, NEW).await.unwrap().holding, Holding::OldKey);
    let failing = Sink::Command { write: sh("cat".into()), verify: Some(sh("exit 3".into())), undo: None };
    let holding = desk.look(&failing, OLD).await.unwrap().holding;
    assert!(matches!(&holding, Holding::Unknown(why) if why.contains("ended with 3")), "{holding:?}");
    desk.no_value_was_told();
}

#[tokio::test]
async fn what_the_face_hands_over_is_not_written_here() {
    let desk = Sandbox::new();
    for place in [Sink::Clipboard, Sink::Print] {
        assert!(
            desk.sinks.write(&place, &secret(NEW)).await.unwrap_err().to_string().contains("not written from here")
        );
    }
}

#[test]
fn a_place_is_settled_from_the_root() {
    let Sink::File { path } = settled(sink("file:a/b")).unwrap() else { unreachable!() };
    assert!(path.starts_with('/') && path.ends_with("/a/b"));
    assert_eq!(settled(sink("file:/a/b")).unwrap(), sink("file:/a/b"));
}
