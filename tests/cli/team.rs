//! A real server with keys on it, and the program pointed at it.

use chrono::{TimeDelta, Utc};
use keydeck::client::keydeck::KeydeckService;
use keydeck::client::{KeyService, WritePermit};
use keydeck::domain::ids::KeyId;
use keydeck::domain::key_value::{KeyKind, mask, mint};
use keydeck::domain::listing::{MintedValue, NewKey};
use keydeck::domain::secret::Secret;
use keydeck::domain::untrusted::is_hostile;

use crate::program::{Home, Ran};
use crate::server::TestServer;

/// A server of six people, and a home.
pub struct Team {
    pub server: TestServer,
    pub home: Home,
}

impl Team {
    pub fn new() -> Self {
        Self { server: TestServer::start_blocking(keydeck::server::ServerSettings::default()), home: Home::new() }
    }

    /// Runs the program with this key; nothing it prints or logs may hold the key.
    #[track_caller]
    pub fn run(&self, key: &Secret, args: &[&str]) -> Ran {
        self.clean(self.home.run_with(args, &self.environment(key)), key)
    }

    /// The same with text on standard input.
    #[track_caller]
    pub fn run_reading(&self, key: &Secret, args: &[&str], input: impl AsRef<[u8]>) -> Ran {
        self.clean(self.home.run_reading(args, &self.environment(key), input), key)
    }

    /// Runs the program with its standard output where a shell's redirection leads it.
    #[track_caller]
    pub fn shell(&self, key: &Secret, args: &[&str], redirection: &str) -> Ran {
        let mut command = std::process::Command::new("sh");
        command.args(["-c", &format!("exec \"$0\" \"$@\" {redirection}"), crate::program::PROGRAM]).args(args);
        command
            .env_clear()
            .envs(self.home.environment())
            .envs(self.environment(key))
            .stdin(std::process::Stdio::null());
        self.clean(Ran::of(command.output().unwrap()), key)
    }

    #[track_caller]
    fn clean(&self, ran: Ran, key: &Secret) -> Ran {
        for text in [&ran.out, &ran.err, &self.home.log()] {
            assert!(!text.contains(key.expose()), "a key was told");
        }
        ran
    }

    pub fn environment<'a>(&'a self, key: &'a Secret) -> [(&'a str, &'a str); 2] {
        [("KEYDECK_URL", &self.server.base_url), ("KEYDECK_API_KEY", key.expose())]
    }

    /// Writes a profile with this key in a private file.
    pub fn profile(&self, key: &Secret, extra: &str) {
        use std::os::unix::fs::OpenOptionsExt;
        let path = self.home.path("config/keydeck/key");
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path).unwrap();
        std::io::Write::write_all(&mut file, key.expose().as_bytes()).unwrap();
        self.home.configure(&format!(
            "[profiles.test]\nbackend = \"keydeck\"\nbase_url = \"{}\"\ncredential = {{ file = \"key\" }}\n{extra}",
            self.server.base_url
        ));
    }

    /// Makes keys of these names for the owner of `owner`; their ids and values.
    pub fn make(&self, owner: &Secret, names: &[&str]) -> Vec<(KeyId, Secret)> {
        asked(async {
            let service = KeydeckService::new(&self.server.base_url, owner.duplicate()).unwrap();
            let permit = WritePermit::unless_read_only(false).unwrap();
            let mut made = Vec::new();
            for name in names {
                let value = mint(KeyKind::ApiKey, getrandom::fill).unwrap();
                let new = NewKey {
                    name: (*name).to_owned(),
                    expires: Some(Utc::now() + TimeDelta::days(30)),
                    contacts: Vec::new(),
                    value: Some(MintedValue::of(&value)),
                    ..NewKey::default()
                };
                let hostile = name.chars().any(is_hostile);
                // no server takes such a name any more, but an earlier one did
                let new = if hostile { NewKey { name: "named later".to_owned(), ..new } } else { new };
                let id = service.create_api_key(&permit, &new).await.unwrap().0.id;
                if hostile {
                    self.server.rename_as_once_was(id.as_str(), name);
                }
                made.push((id, value));
            }
            made
        })
    }

    /// Makes a collection access key; its id.
    pub fn make_collection_key(&self, owner: &Secret, collection: &str) -> KeyId {
        asked(async {
            let service = KeydeckService::new(&self.server.base_url, owner.duplicate()).unwrap();
            let permit = WritePermit::unless_read_only(false).unwrap();
            service.create_collection_access_key(&permit, collection, None, None).await.unwrap().0.id
        })
    }

    /// Somebody's scanner finds a value in a repository.
    pub fn report(&self, value: &Secret, url: &str) {
        let finding = serde_json::json!({
            "secretHash": keydeck::domain::key_value::fingerprint(value.expose()),
            "secretType": "keydeck API Key",
            "source": "github",
            "url": url,
        });
        asked(async {
            let answer = reqwest::Client::new()
                .post(format!("{}/detected-secrets", self.server.base_url))
                .header("x-api-key", self.server.keys.scanner.expose())
                .header("content-type", "application/json")
                .body(finding.to_string())
                .send()
                .await
                .unwrap();
            assert!(answer.status().is_success(), "{}", answer.status());
        });
    }

    /// From now on the server revokes keys that are reported as exposed.
    pub fn revoke_exposed(&self) {
        let path = self.server.database.strip_prefix("sqlite:").unwrap();
        let changed = rusqlite::Connection::open(path).unwrap().execute(
            "UPDATE api_key_settings SET body = REPLACE(body, '\"autoRevokeExposed\":false', '\"autoRevokeExposed\":true')",
            [],
        );
        assert_eq!(changed, Ok(1));
    }

    /// Whether the server accepts the key.
    pub fn accepts(&self, value: &Secret) -> bool {
        asked(async { KeydeckService::new(&self.server.base_url, value.duplicate()).unwrap().me().await.is_ok() })
    }
}

/// What confirms that the key with this value is revoked: the end of its masked form.
pub fn last_four(value: &Secret) -> String {
    let masked = mask(value.expose());
    masked.chars().skip(masked.chars().count() - 4).collect()
}

fn asked<T>(ask: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(ask)
}
