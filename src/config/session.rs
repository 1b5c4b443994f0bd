//! Which server this run speaks to, as whom: flag before environment before file.

use super::authorities::CaFile;
use super::backend::Backend;
use super::credential::key;
use super::error::{ConfigError, shown, shown_path};
use super::file::{Config, ProfileColor};
use super::notice_days::NOTICE_DAYS;
use super::reading::{Place, did_you_mean};
use crate::certificates::Certificate;
use crate::domain::secret::Secret;

/// The variable with a server's address; only together with [`KEY_VARIABLE`].
const URL_VARIABLE: &str = "KEYDECK_URL";
/// The variable with a key; only together with [`URL_VARIABLE`].
const KEY_VARIABLE: &str = "KEYDECK_API_KEY";

/// What the environment says; an empty variable counts as unset.
#[derive(Debug, Default)]
pub struct Environment {
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
        Ok(Self { url: variable(URL_VARIABLE)?, api_key: variable(KEY_VARIABLE)?.map(Secret::new) })
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
    /// How many days before they end one's own keys are told of, where the backend names none.
    pub notify_before_days: Vec<u32>,
}

impl Session {
    /// Chooses the profile and fetches its key: the profile of the flag, else the two variables, else the default
    /// profile, else the only one.
    ///
    /// # Errors
    /// When there is nothing to choose, one variable stands alone, or the key cannot be had.
    pub async fn choose(config: &Config, flag: Option<&str>, environment: Environment) -> Result<Self, ConfigError> {
        let name = match (flag, environment.url, environment.api_key) {
            (Some(name), _, _) => name,
            (None, Some(url), Some(api_key)) => return Self::of_environment(url, &api_key),
            (None, Some(_), None) => return Err(alone(URL_VARIABLE, KEY_VARIABLE)),
            (None, None, Some(_)) => return Err(alone(KEY_VARIABLE, URL_VARIABLE)),
            (None, None, None) => default_profile(config)?,
        };
        let Some(profile) = config.profiles.get(name) else {
            let known = config.profiles.keys().map(String::as_str);
            let otherwise = format!("add [profiles.NAME] to {}", shown_path(&config.path));
            return Err(ConfigError::new(
                format!("there is no profile {}", shown(name)),
                did_you_mean(name, known, &otherwise),
            ));
        };
        let authorities = profile.ca_file.as_ref().map_or_else(|| Ok(Vec::new()), CaFile::read)?;
        let key = profile
            .credential
            .fetch()
            .await
            .map_err(|error| ConfigError::new(format!("profile {}: {error}", shown(name)), error.hint()))?;
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
            notify_before_days: profile.notify_before_days.clone(),
        })
    }

    fn of_environment(url: String, api_key: &Secret) -> Result<Self, ConfigError> {
        let base_url_said = Said { name: URL_VARIABLE.to_owned(), at: None };
        let backend = Backend::at(&url);
        let session = Self::to_server("environment", url, key(api_key.expose(), KEY_VARIABLE)?);
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
            notify_before_days: NOTICE_DAYS.to_vec(),
        }
    }
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
                format!("pass --profile, or set default_profile in {}: {}", shown_path(&config.path), known.join(", ")),
            ))
        }
        (None, _) => Err(ConfigError::new(
            "there is no server to speak to",
            format!(
                "try keydeck demo; or set {URL_VARIABLE} and {KEY_VARIABLE}; or add [profiles.NAME] to {}",
                shown_path(&config.path)
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
            let session = Session::choose(&config, flag, environment(env, env)).await.unwrap();
            assert_eq!(session.base_url, format!("https://{chosen}.example"));
            assert_eq!(session.key.expose(), format!("{VALUE}-{chosen}"));
        }
    }

    #[tokio::test]
    async fn a_lone_variable_names_the_other_unless_a_flag_decides() {
        let (_dir, config) = config("", &["a"]);
        for (url, key, missing) in [(true, false, KEY_VARIABLE), (false, true, URL_VARIABLE)] {
            let error = Session::choose(&config, None, environment(url, key)).await.unwrap_err();
            assert!(error.to_string().ends_with(&format!("{missing} is not set")) || error.hint().contains(missing));
            let session = Session::choose(&config, Some("a"), environment(url, key)).await.unwrap();
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
            let error = Session::choose(&config, flag, Environment::default()).await.unwrap_err();
            assert!(error.to_string().contains(what), "{error}");
            assert!(error.hint().contains(hint), "{}", error.hint());
        }
    }
}
