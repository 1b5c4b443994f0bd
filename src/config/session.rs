//! Which server this run speaks to, as whom: flag before environment before file.

use std::path::PathBuf;

use async_trait::async_trait;

use super::authorities::CaFile;
use super::backend::Backend;
use super::credential::{KeySource, key};
use super::error::{ConfigError, shown, shown_path};
use super::file::{Config, Profile, ProfileColor, USAGE_WARN};
use super::notice_days::NOTICE_DAYS;
use super::reading::{Place, did_you_mean};
use crate::certificates::Certificate;
use crate::domain::secret::Secret;

/// The variable with a server's address; only together with [`KEY_VARIABLE`].
const URL_VARIABLE: &str = "KEYDECK_URL";
/// The variable with a key; only together with [`URL_VARIABLE`].
const KEY_VARIABLE: &str = "KEYDECK_API_KEY";

/// The variable with a profile's name; not together with the other two.
const PROFILE_VARIABLE: &str = "KEYDECK_PROFILE";

/// Where a profile's key is looked for that the configuration does not say where to get.
#[async_trait]
pub trait KeyKeeper: Send + Sync {
    /// What is kept of the profile's key for the server at this address; none where nothing is.
    ///
    /// # Errors
    /// When something is kept that cannot be had, or is for another address.
    async fn kept(&self, profile: &str, address: &str) -> Result<Option<Secret>, ConfigError>;

    /// The key as a person types it now; none where nobody can be asked.
    ///
    /// # Errors
    /// When nothing was typed, or what is no key.
    async fn ask(&self, profile: &str, address: &str) -> Result<Option<Secret>, ConfigError>;

    /// What is kept of a session in place of a key; an empty one where none is and a person can be asked to log in once the
    /// server says so.
    ///
    /// # Errors
    /// When there is none and nobody can be asked, or it cannot be had.
    async fn session(&self, profile: &str, address: &str) -> Result<Secret, ConfigError> {
        match self.kept(profile, address).await? {
            Some(session) => Ok(session),
            None => Err(nobody(profile, "nobody is logged in")),
        }
    }
}

/// Nothing is kept and nobody can be asked.
#[derive(Clone, Copy, Debug)]
pub struct NoKeeper;

#[async_trait]
impl KeyKeeper for NoKeeper {
    async fn kept(&self, _: &str, _: &str) -> Result<Option<Secret>, ConfigError> {
        Ok(None)
    }

    async fn ask(&self, _: &str, _: &str) -> Result<Option<Secret>, ConfigError> {
        Ok(None)
    }
}

/// What the profile is called that the two variables give.
const OF_ENVIRONMENT: &str = "environment";

/// What the environment says; an empty variable counts as unset.
#[derive(Debug, Default)]
pub struct Environment {
    /// `KEYDECK_PROFILE`.
    pub profile: Option<String>,
    /// `KEYDECK_URL`.
    pub url: Option<String>,
    /// `KEYDECK_API_KEY`.
    pub api_key: Option<Secret>,
}

impl Environment {
    /// This process's environment.
    ///
    /// # Errors
    /// When a variable is not text.
    pub fn of_process() -> Result<Self, ConfigError> {
        Ok(Self {
            profile: variable(PROFILE_VARIABLE)?,
            url: variable(URL_VARIABLE)?,
            api_key: variable(KEY_VARIABLE)?.map(Secret::new),
        })
    }
}

/// What a variable of this process says; an empty one counts as unset.
pub(super) fn variable(name: &str) -> Result<Option<String>, ConfigError> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value).filter(|value| !value.is_empty())),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(ConfigError::new(format!("{name} is not text"), format!("set {name} again, or unset it")))
        }
    }
}

/// What a setting is called where somebody wrote it, and where that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// `profiles.prod.base_url`, or the name of a variable.
    pub name: String,
    /// Its place in the file; none for a variable.
    pub at: Option<Place>,
}

/// One server, one key, and how careful to be.
#[derive(Debug)]
pub struct Session {
    /// The profile's name; `environment` when the variables gave it.
    pub profile: String,
    /// Which API the server speaks.
    pub backend: Backend,
    /// The server. The key goes there and nowhere else.
    pub base_url: String,
    /// Who says that it is there.
    pub base_url_said: Said,
    /// Which authorities are trusted for it beside the system's.
    pub authorities: Vec<Certificate>,
    pub key: Secret,
    /// Nothing may be changed.
    pub read_only: bool,
    /// Changes ask for the number of keys.
    pub production: bool,
    pub color: Option<ProfileColor>,
    /// From how many percent of what the plan allows on a warning is due.
    pub usage_warn: u8,
    /// The state directory, where keys are written down that the backend does not list; none: nothing is.
    pub state: Option<PathBuf>,
    /// How many days before they end one's own keys are told of, where the backend names none.
    pub notify_before_days: Vec<u32>,
}

impl Session {
    /// The profile that would be chosen, and its backend; its key is not fetched.
    ///
    /// # Errors
    /// When there is nothing to choose.
    pub fn named(
        config: &Config,
        flag: Option<&str>,
        environment: &Environment,
    ) -> Result<(String, Backend), ConfigError> {
        Ok(match Chosen::of(config, flag, environment)? {
            Chosen::Profile(name) => {
                let backend = config.profile(&name)?.backend;
                (name, backend)
            }
            Chosen::Variables(url, _) => (OF_ENVIRONMENT.to_owned(), Backend::at(&url)),
        })
    }

    /// Chooses the profile and fetches its key: the profile of the flag, else that of the environment or its address and
    /// key, else the default profile, else the only one.
    ///
    /// # Errors
    /// When there is nothing to choose, variables contradict each other or one stands alone, or the key cannot be had.
    pub async fn choose(
        config: &Config,
        flag: Option<&str>,
        environment: Environment,
        keeper: &dyn KeyKeeper,
    ) -> Result<Self, ConfigError> {
        match Chosen::of(config, flag, &environment)? {
            Chosen::Profile(name) => Self::of_profile(config, &name, keeper).await,
            Chosen::Variables(url, api_key) => Self::of_environment(url, &api_key),
        }
    }

    /// The session of the profile `name`, with its key.
    ///
    /// # Errors
    /// When there is no such profile, or its key cannot be had.
    pub async fn of_profile(config: &Config, name: &str, keeper: &dyn KeyKeeper) -> Result<Self, ConfigError> {
        let profile = config.profile(name)?;
        let of_profile =
            |error: ConfigError| ConfigError::new(format!("profile {}: {error}", shown(name)), error.hint());
        let address = profile.base_url.as_str();
        let key = match &profile.credential {
            KeySource::From(credential) => credential.fetch().await.map_err(of_profile)?,
            KeySource::Kept | KeySource::Asked if profile.backend.signs_in() => keeper.session(name, address).await?,
            KeySource::Kept => match keeper.kept(name, address).await.map_err(of_profile)? {
                Some(key) => key,
                None => return Err(not_kept(name, "no key of it is kept here")),
            },
            KeySource::Asked => match keeper.kept(name, address).await.map_err(of_profile)? {
                Some(key) => key,
                None => match keeper.ask(name, address).await.map_err(of_profile)? {
                    Some(key) => key,
                    None => return Err(not_kept(name, "no key of it is kept here, and nobody can be asked for it")),
                },
            },
        };
        Self::with_key(name, profile, key)
    }

    /// The session of a profile with this key in place of its own.
    ///
    /// # Errors
    /// When the authorities that the profile trusts cannot be read.
    pub fn with_key(name: &str, profile: &Profile, key: Secret) -> Result<Self, ConfigError> {
        let authorities = profile.ca_file.as_ref().map_or_else(|| Ok(Vec::new()), CaFile::read)?;
        Ok(Self {
            profile: name.to_owned(),
            backend: profile.backend,
            base_url: profile.base_url.clone(),
            base_url_said: Said {
                name: format!(
                    "profiles.{}.{}",
                    shown(name),
                    if profile.region.is_some() { "region" } else { "base_url" }
                ),
                at: Some(profile.base_url_at.clone()),
            },
            authorities,
            key,
            read_only: profile.read_only,
            production: profile.production,
            color: profile.color,
            usage_warn: profile.usage_warn,
            state: None,
            notify_before_days: profile.notify_before_days.clone(),
        })
    }

    fn of_environment(url: String, api_key: &Secret) -> Result<Self, ConfigError> {
        let base_url_said = Said { name: URL_VARIABLE.to_owned(), at: None };
        let backend = Backend::at(&url);
        let session = Self::to_server(OF_ENVIRONMENT, url, key(api_key.expose(), KEY_VARIABLE)?);
        Ok(Self { backend, base_url_said, ..session })
    }

    /// A session with a keydeck server that no configured profile names.
    pub fn to_server(profile: &str, base_url: String, key: Secret) -> Self {
        Self {
            profile: profile.to_owned(),
            backend: Backend::Keydeck,
            base_url,
            base_url_said: Said { name: "base_url".to_owned(), at: None },
            authorities: Vec::new(),
            key,
            read_only: false,
            production: false,
            color: None,
            usage_warn: USAGE_WARN,
            state: None,
            notify_before_days: NOTICE_DAYS.to_vec(),
        }
    }
}

/// What flag, environment and file choose, before any key is fetched.
#[derive(Debug)]
pub enum Chosen {
    /// A profile of this name.
    Profile(String),
    /// The address and the key that the variables give.
    Variables(String, Secret),
}

impl Chosen {
    /// What is chosen.
    ///
    /// # Errors
    /// When there is nothing to choose, variables contradict each other or one stands alone, or the profile of
    /// `KEYDECK_PROFILE` is not there.
    pub fn of(config: &Config, flag: Option<&str>, environment: &Environment) -> Result<Self, ConfigError> {
        let Environment { profile, url, api_key } = environment;
        match (flag, profile, url, api_key) {
            (Some(name), ..) => Ok(Self::Profile(name.to_owned())),
            (None, Some(name), None, None) => match config.profile(name) {
                Ok(_) => Ok(Self::Profile(name.clone())),
                Err(error) => Err(ConfigError::new(format!("{PROFILE_VARIABLE}: {error}"), error.hint())),
            },
            (None, Some(_), ..) => Err(ConfigError::new(
                format!("{PROFILE_VARIABLE} names a profile, and {URL_VARIABLE} or {KEY_VARIABLE} another server"),
                "unset one or the other, or pass --profile",
            )),
            (None, None, Some(url), Some(api_key)) => Ok(Self::Variables(url.clone(), api_key.duplicate())),
            (None, None, Some(_), None) => Err(alone(URL_VARIABLE, KEY_VARIABLE)),
            (None, None, None, Some(_)) => Err(alone(KEY_VARIABLE, URL_VARIABLE)),
            (None, None, None, None) => default_profile(config).map(|name| Self::Profile(name.to_owned())),
        }
    }
}

impl Config {
    /// The profile of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn profile(&self, name: &str) -> Result<&Profile, ConfigError> {
        self.profiles.get(name).ok_or_else(|| {
            let known = self.profiles.keys().map(String::as_str);
            let otherwise =
                format!("add it: keydeck profile add NAME, or [profiles.NAME] in {}", shown_path(&self.path));
            ConfigError::new(format!("there is no profile {}", shown(name)), did_you_mean(name, known, &otherwise))
        })
    }
}

fn not_kept(name: &str, what: &str) -> ConfigError {
    let name = shown(name);
    ConfigError::new(
        format!("profile {name}: {what}"),
        format!("run: keydeck login --profile {name}; or say where it comes from: credential = {{ … }} in config.toml"),
    )
}

/// That nobody is logged in to a profile, or not any more, and how to.
pub fn nobody(name: &str, what: &str) -> ConfigError {
    let name = shown(name);
    ConfigError::nobody(
        format!("profile {name}: {what}"),
        format!("run: keydeck login --profile {name}; it takes an e-mail address and a one-time password"),
    )
}

/// A key for an address that somebody else chose, or the other way round, would send the key to the wrong place.
fn alone(set: &str, unset: &str) -> ConfigError {
    ConfigError::new(format!("{set} is set but {unset} is not"), format!("set {unset} too, or unset {set}"))
}

fn default_profile(config: &Config) -> Result<&str, ConfigError> {
    if let Some(name) = &config.default_profile {
        return Ok(name);
    }
    let mut names = config.profiles.keys();
    match (names.next(), names.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => {
            let known: Vec<String> = config.profiles.keys().map(|name| shown(name)).collect();
            Err(ConfigError::new(
                "no profile was chosen",
                format!(
                    "pass --profile, or choose one for good: keydeck profile use NAME; known: {}",
                    known.join(", ")
                ),
            ))
        }
        (None, _) => Err(ConfigError::new(
            "there is no server to speak to",
            format!(
                "try keydeck demo; or run keydeck in a terminal, which asks; or keydeck profile add NAME; or set \
                 {URL_VARIABLE} and {KEY_VARIABLE}",
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUE: &str = "not-a-real-key-0123456789";

    fn config(extra: &str, profiles: &[&str]) -> (tempfile::TempDir, Config) {
        use std::fmt::Write as _;
        use std::io::Write as _;
        use std::os::unix::fs::OpenOptionsExt;
        let dir = tempfile::tempdir().unwrap();
        let mut text = extra.to_owned();
        for name in profiles {
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(dir.path().join(name))
                .unwrap();
            write!(file, "{VALUE}-{name}").unwrap();
            writeln!(text, "\n[profiles.{name}]\nbackend = 'keydeck'\nbase_url = 'https://{name}.example'").unwrap();
            writeln!(text, "credential = {{ file = '{name}' }}").unwrap();
        }
        let config = Config::parse(&text, &dir.path().join("config.toml")).unwrap();
        (dir, config)
    }

    fn environment(url: bool, key: bool) -> Environment {
        Environment {
            url: url.then(|| "https://env.example".to_owned()),
            api_key: key.then(|| Secret::new(format!("{VALUE}-env"))),
            profile: None,
        }
    }

    #[tokio::test]
    async fn flag_before_environment_before_file_and_each_key_only_with_its_own_address() {
        for (extra, profiles, flag, env, chosen) in [
            ("default_profile = 'a'", vec!["a", "b"], Some("b"), true, "b"),
            ("default_profile = 'a'", vec!["a", "b"], None, true, "env"),
            ("default_profile = 'a'", vec!["a", "b"], None, false, "a"),
            ("", vec!["b"], None, false, "b"),
        ] {
            let (_dir, config) = config(extra, &profiles);
            let session = Session::choose(&config, flag, environment(env, env), &NoKeeper).await.unwrap();
            assert_eq!(session.base_url, format!("https://{chosen}.example"));
            assert_eq!(session.key.expose(), format!("{VALUE}-{chosen}"));
        }
    }

    /// Keeps a key for one profile at one address, and is asked for those of others.
    struct Made(&'static str, &'static str);

    #[async_trait]
    impl KeyKeeper for Made {
        async fn kept(&self, profile: &str, address: &str) -> Result<Option<Secret>, ConfigError> {
            Ok((profile == self.0 && address == self.1).then(|| Secret::new(format!("{VALUE}-kept"))))
        }

        async fn ask(&self, _: &str, _: &str) -> Result<Option<Secret>, ConfigError> {
            Ok(Some(Secret::new(format!("{VALUE}-typed"))))
        }
    }

    #[tokio::test]
    async fn a_key_that_is_kept_comes_before_one_that_is_asked_for_which_a_keyring_profile_never_is() {
        let text = "[profiles.kept]\nbackend = 'keydeck'\nbase_url = 'https://k.example'\n\
                    credential = { keyring = true }\n\
                    [profiles.asked]\nbackend = 'keydeck'\nbase_url = 'https://k.example'\n";
        let config = Config::parse(text, std::path::Path::new("c.toml")).unwrap();
        let at = "https://k.example";
        for (profile, keeper, key) in [
            ("kept", Made("kept", at), Some("kept")),
            ("asked", Made("asked", at), Some("kept")),
            ("asked", Made("kept", at), Some("typed")),
            ("kept", Made("asked", at), None),
        ] {
            let session = Session::of_profile(&config, profile, &keeper).await;
            match (session, key) {
                (Ok(session), Some(key)) => assert_eq!(session.key.expose(), format!("{VALUE}-{key}")),
                (Err(error), None) => assert!(error.hint().contains("keydeck login --profile kept"), "{error}"),
                (other, _) => panic!("{profile}: {other:?}"),
            }
        }
        let error = Session::of_profile(&config, "asked", &NoKeeper).await.unwrap_err();
        assert!(error.to_string().contains("nobody can be asked"), "{error}");
    }

    #[test]
    fn a_profile_by_variable_contradicts_a_server_by_variable() {
        let (_dir, config) = config("", &["a", "b"]);
        let by_name = |name: &str| Environment { profile: Some(name.to_owned()), ..Environment::default() };
        let chosen = |flag, environment: &Environment| match Chosen::of(&config, flag, environment) {
            Ok(Chosen::Profile(name)) => name,
            Ok(Chosen::Variables(..)) => "variables".to_owned(),
            Err(error) => format!("{error}; {}", error.hint()),
        };
        assert_eq!(chosen(None, &by_name("b")), "b");
        assert_eq!(chosen(Some("a"), &by_name("b")), "a");
        assert!(chosen(None, &by_name("bb")).starts_with("KEYDECK_PROFILE: there is no profile bb; did you mean b?"));
        for (url, key) in [(true, true), (true, false), (false, true)] {
            let both = Environment { profile: Some("b".to_owned()), ..environment(url, key) };
            assert!(chosen(None, &both).starts_with("KEYDECK_PROFILE names a profile, and"), "{url} {key}");
            assert_eq!(chosen(Some("a"), &both), "a");
        }
    }

    #[tokio::test]
    async fn a_lone_variable_names_the_other_unless_a_flag_decides() {
        let (_dir, config) = config("", &["a"]);
        for (url, key, missing) in [(true, false, KEY_VARIABLE), (false, true, URL_VARIABLE)] {
            let error = Session::choose(&config, None, environment(url, key), &NoKeeper).await.unwrap_err();
            assert!(error.to_string().ends_with(&format!("{missing} is not set")) || error.hint().contains(missing));
            let session = Session::choose(&config, Some("a"), environment(url, key), &NoKeeper).await.unwrap();
            assert_eq!(session.key.expose(), format!("{VALUE}-a"));
        }
    }

    #[tokio::test]
    async fn nothing_to_choose_says_what_to_do() {
        for (profiles, flag, what, hint) in [
            (vec![], None, "there is no server", "keydeck demo"),
            (vec!["a", "b"], None, "no profile was chosen", "a, b"),
            (vec!["prod"], Some("prdo"), "there is no profile prdo", "did you mean prod?"),
        ] {
            let (_dir, config) = config("", &profiles);
            let error = Session::choose(&config, flag, Environment::default(), &NoKeeper).await.unwrap_err();
            assert!(error.to_string().contains(what), "{error}");
            assert!(error.hint().contains(hint), "{}", error.hint());
        }
    }
}
