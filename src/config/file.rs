//! `config.toml`: its form.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::authorities::CaFile;
use super::backend::{Backend, Region};
use super::credential::{Credential, KeySource, RawCredential};
use super::error::{ConfigError, shown};
use super::escrow::{ESCROW_KEYS, EscrowSettings, RawEscrow};
use super::keys::{self, KeyLine};
use super::notice_days;
use super::reading::{
    self, CREDENTIAL_FORM, CREDENTIAL_KEYS, Form, KEY_SOURCE_FORM, KEY_SOURCE_KEYS, Place, did_you_mean, place,
};
use super::rotation::{self, ROTATION_KEYS, RawRotation, RawWhere, SINK_KEYS, WHERE_KEYS};
use crate::domain::rotation::{Defaults, Sink};
use crate::domain::views::{Origin, View, Views};
use crate::system::program::withhold;

/// A colour by which a person tells one profile from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProfileColor {
    Red,
    Green,
    Yellow,
    Blue,
    Magenta,
    Cyan,
    White,
}

impl ProfileColor {
    /// Every one.
    pub const ALL: [Self; 7] =
        [Self::Red, Self::Green, Self::Yellow, Self::Blue, Self::Magenta, Self::Cyan, Self::White];

    /// Its ANSI name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Green => "green",
            Self::Yellow => "yellow",
            Self::Blue => "blue",
            Self::Magenta => "magenta",
            Self::Cyan => "cyan",
            Self::White => "white",
        }
    }
}

/// One backend with one credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// What it speaks to.
    pub backend: Backend,
    /// Where it is. The credential goes there and nowhere else.
    pub base_url: String,
    /// Where the file says so.
    pub base_url_at: Place,
    /// The region by whose name the file says so, where it does.
    pub region: Option<Region>,
    /// Which authorities are trusted for it beside the system's.
    pub ca_file: Option<CaFile>,
    /// Where its key comes from.
    pub credential: KeySource,
    /// Nothing is ever changed through it.
    pub read_only: bool,
    /// Changes ask for the number of keys, and the screen says so.
    pub production: bool,
    pub color: Option<ProfileColor>,
    /// From how many percent of what its plan allows on a warning is due, 1 to 100.
    pub usage_warn: u8,
    /// How many days before they end one's own keys are told of, where the backend names none itself.
    pub notify_before_days: Vec<u32>,
}

/// From how many percent on a warning is due where nothing is said.
pub const USAGE_WARN: u8 = 80;

/// The configuration file, read and checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    /// Where it was read from, or would have been.
    pub path: PathBuf,
    /// The profile used when none is named.
    pub default_profile: Option<String>,
    pub theme: Option<String>,
    /// Which ground the console draws on.
    pub background: Background,
    /// Whether the console keeps to ASCII; none: as the locale says.
    pub ascii: Option<bool>,
    /// Whether the console heeds the mouse.
    pub mouse: bool,
    /// How often the console reads the tab in front again without being asked; none: never.
    pub auto_refresh: Option<Duration>,
    pub profiles: BTreeMap<String, Profile>,
    /// What `[keys]` says, not yet understood.
    pub keys: Vec<KeyLine>,
    /// Where the values of a rotation under way are kept.
    pub escrow: EscrowSettings,
    /// How keys are rotated, by their names.
    pub rotation: Defaults,
    /// Where keys may live beside the places that rotations know.
    pub places: Vec<Sink>,
    /// The filters of `[views]`, not yet read.
    pub views: Vec<View>,
}

/// Whether the terminal's ground is dark or light.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Background {
    /// As the terminal says, when it is asked.
    #[default]
    Auto,
    Dark,
    Light,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConfig {
    default_profile: Option<Spanned<String>>,
    theme: Option<String>,
    #[serde(default)]
    background: Background,
    ascii: Option<bool>,
    #[serde(default)]
    mouse: bool,
    auto_refresh: Option<Spanned<String>>,
    #[serde(default)]
    profiles: BTreeMap<Spanned<String>, Spanned<RawProfile>>,
    // read apart, with the place of each line
    #[serde(default, rename = "keys")]
    _keys: toml::Table,
    #[serde(default)]
    escrow: RawEscrow,
    #[serde(default)]
    rotation: BTreeMap<Spanned<String>, RawRotation>,
    #[serde(default, rename = "where")]
    whereabouts: RawWhere,
    #[serde(default)]
    views: BTreeMap<Spanned<String>, Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawProfile {
    backend: Backend,
    base_url: Option<Spanned<String>>,
    region: Option<Spanned<Region>>,
    ca_file: Option<Spanned<PathBuf>>,
    credential: Option<Spanned<RawCredential>>,
    #[serde(default)]
    read_only: bool,
    #[serde(default)]
    production: bool,
    color: Option<ProfileColor>,
    #[serde(default)]
    usage_warn: Percent,
    notify_before_days: Option<Spanned<Vec<i64>>>,
}

/// A part of what is allowed, in percent.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "u8")]
struct Percent(u8);

impl TryFrom<u8> for Percent {
    type Error = &'static str;

    fn try_from(percent: u8) -> Result<Self, Self::Error> {
        if (1..=100).contains(&percent) { Ok(Self(percent)) } else { Err("not from 1 to 100") }
    }
}

impl Default for Percent {
    fn default() -> Self {
        Self(USAGE_WARN)
    }
}

const ROOT_KEYS: &[&str] = &[
    "default_profile",
    "theme",
    "background",
    "ascii",
    "mouse",
    "auto_refresh",
    "profiles",
    "keys",
    "escrow",
    "rotation",
    "where",
    "views",
];
const PROFILE_KEYS: &[&str] = &[
    "backend",
    "base_url",
    "region",
    "ca_file",
    "credential",
    "read_only",
    "production",
    "color",
    "usage_warn",
    "notify_before_days",
];
const FORM: Form = Form { known: known_keys, expected };

impl Config {
    /// Sees to it that no program is told a variable that holds one of the secrets.
    fn withhold_secrets(&self) {
        let keys = self.profiles.values().filter_map(|profile| profile.credential.named());
        let credentials = keys.chain(&self.escrow.passphrase);
        credentials.filter_map(Credential::variable).for_each(withhold);
    }

    /// Reads `flag`, which must exist, or else `usual`, which need not.
    ///
    /// # Errors
    /// When the file cannot be read or is not what this version understands.
    pub fn load(flag: Option<&Path>, usual: &Path) -> Result<Self, ConfigError> {
        let path = flag.unwrap_or(usual);
        match reading::read(flag, usual, "which says what is run and where keys are sent")? {
            Some(text) => {
                let config = Self::parse(&text, path)?;
                config.withhold_secrets();
                Ok(config)
            }
            None => Ok(Self { path: path.to_owned(), ..Self::default() }),
        }
    }

    /// Reads the file's text; `path` says where it is from, and relative credential files are beside it.
    ///
    /// # Errors
    /// When the text is not what this version understands.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        reading::no_values(text, path)?;
        let raw: RawConfig = reading::parse(text, path, &FORM)?;
        let default_profile = raw.default_profile.as_ref().map(|name| name.get_ref().clone());
        if let Some(name) = &raw.default_profile
            && !raw.profiles.keys().any(|known| known.get_ref() == name.get_ref())
        {
            let known = raw.profiles.keys().map(|known| known.get_ref().as_str());
            return Err(ConfigError::new(
                format!("{}default_profile names a profile that is not there", place(text, path, &name.span())),
                did_you_mean(name.get_ref(), known, "add it as [profiles.NAME], or name another"),
            ));
        }
        let mut profiles = BTreeMap::new();
        for (name, profile) in raw.profiles {
            let (at, profile) = (profile.span(), profile.into_inner());
            let credential = format!("profiles.{}.credential", shown(name.get_ref()));
            let credential = reading::key_source(text, path, &credential, profile.credential)?;
            let RawProfile {
                backend,
                base_url,
                region,
                ca_file,
                read_only,
                production,
                color,
                usage_warn,
                notify_before_days,
                ..
            } = profile;
            let notify_before_days = notice_days::checked(notify_before_days, backend.notice_days(), |span, what| {
                format!("{}profiles.{}.{what}", place(text, path, span), shown(name.get_ref()))
            })?;
            let (url_at, region_at) = (base_url.as_ref().map(Spanned::span), region.as_ref().map(Spanned::span));
            let (url, region) = (base_url.map(Spanned::into_inner), region.map(Spanned::into_inner));
            let base_url = backend.place(url.as_deref(), region).map_err(|(which, what, hint)| {
                let dot = if which.is_empty() { "" } else { "." };
                let at = place(text, path, region_at.as_ref().unwrap_or(&at));
                ConfigError::new(format!("{at}profiles.{}{dot}{which} {what}", shown(name.get_ref())), hint)
            })?;
            let base_url_at = Place::of(text, path, &url_at.or(region_at).unwrap_or(at));
            let ca_file = ca_file.map(|said| {
                let (at, name) = (Place::of(text, path, &said.span()), shown(name.get_ref()));
                CaFile::new(said.get_ref(), path, format!("profiles.{name}.ca_file"), at)
            });
            let profile = Profile {
                backend,
                base_url,
                base_url_at,
                region,
                ca_file,
                credential,
                read_only,
                production,
                color,
                usage_warn: usage_warn.0,
                notify_before_days,
            };
            profiles.insert(name.into_inner(), profile);
        }
        let keys = keys::lines(text, path);
        let at = raw.escrow.passphrase_at();
        let escrow = raw.escrow.checked(path).map_err(|(what, hint)| {
            ConfigError::new(format!("{}escrow.passphrase {what}", place(text, path, &at)), hint)
        })?;
        let rotation = rotation::checked(raw.rotation).map_err(|wrong| told(text, path, wrong))?;
        let places = raw.whereabouts.checked().map_err(|wrong| told(text, path, wrong))?;
        let views = raw.views.into_iter().map(|(name, filter)| view(text, path, name, filter));
        let views = views.collect::<Result<_, _>>()?;
        let auto_refresh = raw.auto_refresh.as_ref().map(|said| {
            span(said.get_ref()).ok_or_else(|| {
                let hint = "write a time from 5 seconds to a day, as \"60s\", \"5min\" or \"1h\", or leave it out";
                ConfigError::new(format!("{}auto_refresh is no such time", place(text, path, &said.span())), hint)
            })
        });
        let (theme, background, ascii, mouse) = (raw.theme, raw.background, raw.ascii, raw.mouse);
        let auto_refresh = auto_refresh.transpose()?;
        let path = path.to_owned();
        Ok(Self {
            path,
            default_profile,
            theme,
            background,
            ascii,
            mouse,
            auto_refresh,
            profiles,
            keys,
            escrow,
            rotation,
            places,
            views,
        })
    }
}

/// What is wrong in a table that a file of its own reads, with its place.
fn told(text: &str, path: &Path, wrong: rotation::Wrong) -> ConfigError {
    ConfigError::new(format!("{}{}", place(text, path, &wrong.at), wrong.what), wrong.hint)
}

/// A filter with a name, which must be one that is understood.
fn view(text: &str, path: &Path, name: Spanned<String>, filter: Spanned<String>) -> Result<View, ConfigError> {
    let (names, filters) = (place(text, path, &name.span()), place(text, path, &filter.span()));
    let view = View::new(name.into_inner(), filter.into_inner(), Origin::Config);
    let shown_name = shown(&view.name);
    if Views::new([], []).to_save(&view.name, "x").is_err() {
        let hint = "a view's name has one to 40 characters that can be seen";
        return Err(ConfigError::new(format!("{names}views.{shown_name} has no name that can be used"), hint));
    }
    match view.query() {
        Ok(_) => Ok(view),
        Err(error) => Err(ConfigError::new(
            format!("{filters}views.{shown_name} is no filter: {error}"),
            "F1 in the console explains the filter's language",
        )),
    }
}

/// Reads `60s`, `5min` or `1h`: from 5 seconds, so that nobody's rate limit is used up, to a day.
fn span(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = digits.trim().parse().ok()?;
    let seconds = match &text[digits.len()..] {
        "s" => number,
        "min" => number.checked_mul(60)?,
        "h" => number.checked_mul(3600)?,
        _ => return None,
    };
    (5..=86_400).contains(&seconds).then(|| Duration::from_secs(seconds))
}

fn known_keys(parents: &[&str]) -> &'static [&'static str] {
    match parents {
        [] => ROOT_KEYS,
        ["profiles", _] => PROFILE_KEYS,
        ["profiles", _, "credential"] => KEY_SOURCE_KEYS,
        ["escrow", "passphrase"] => CREDENTIAL_KEYS,
        ["escrow"] => ESCROW_KEYS,
        ["rotation", _] => ROTATION_KEYS,
        ["rotation", _, "sinks"] | ["where", "places"] => SINK_KEYS,
        ["where"] => WHERE_KEYS,
        _ => &[],
    }
}

/// What belongs at a path, in the file's own notation.
fn expected(path: &[&str]) -> &'static str {
    match path {
        ["auto_refresh"] => "a time, as \"60s\"",
        ["keys"] => "it as a table, [keys]",
        ["profiles"] => "it as tables, [profiles.NAME]",
        ["profiles", _] => "it as a table, [profiles.NAME]",
        ["profiles", _, "backend"] => "\"keydeck\" or \"postman\"",
        ["profiles", _, "region"] => "\"global\" or \"eu\"",
        ["profiles", _, "base_url"] => "\"https://keys.acme.example\"",
        ["profiles", _, "notify_before_days"] => "whole numbers, as [30, 14, 3, 1]",
        ["profiles", _, "ca_file"] => "the path of a file as text in quotes",
        ["profiles", _, "credential"] => KEY_SOURCE_FORM,
        ["escrow", "passphrase"] => CREDENTIAL_FORM,
        ["profiles", _, "credential", "command"]
        | ["escrow", "passphrase", "command"]
        | ["rotation", _, "health"]
        | ["rotation", _, "sinks", "write" | "verify" | "undo"]
        | ["where", "places", "write" | "verify" | "undo"] => "[\"PROGRAM\", \"ARGUMENT\"]",
        ["views"] => "it as a table, [views]",
        ["views", _] => "the filter as text in quotes, as after / in the console",
        ["escrow"] => "it as a table, [escrow]",
        ["escrow", "store"] => "\"auto\", \"keyring\" or \"file\"",
        ["rotation"] => "it as tables, [rotation.\"NAME\"]",
        ["rotation", _] => "it as a table, [rotation.\"NAME\"]",
        ["where"] => "it as a table, [where]",
        ["rotation", _, "sinks"] | ["where", "places"] => {
            "[\"env-file:/PATH:NAME\", { write = [\"PROGRAM\", \"ARGUMENT\"] }]"
        }
        ["rotation", _, "hooks"] => "[\"PROGRAM ARGUMENT\"]",
        ["rotation", _, "checklist"] => "[\"what a person does\"]",
        ["rotation", _, "seconds"] | ["rotation", _, "sinks", "seconds"] => "a whole number",
        ["background"] => "\"auto\", \"dark\" or \"light\"",
        ["ascii" | "mouse"]
        | ["profiles", _, "read_only" | "production"]
        | ["profiles", _, "credential", "keyring"] => "true or false",
        ["profiles", _, "usage_warn"] => "a whole number from 1 to 100",
        ["profiles", _, "color"] => "\"red\", \"green\", \"yellow\", \"blue\", \"magenta\", \"cyan\" or \"white\"",
        _ => "it as text in quotes",
    }
}

#[cfg(test)]
mod tests {
    use super::super::escrow::EscrowStore;
    use super::*;

    const GOOD: &str = r#"
default_profile = "prod"
theme = "mono"

[profiles.prod]
backend = "keydeck"
base_url = "https://keys.acme.example"
credential = { command = ["pass", "show", "keydeck"] }
read_only = true
production = true
color = "red"

[profiles.dev]
backend = "keydeck"
base_url = "http://127.0.0.1:7878"
credential = { env = "DEV_KEY" }

[views]
leavers = "owner:gone -revoked"

[escrow]
store = "file"
passphrase = { command = ["pass", "show", "keydeck-escrow"] }
"#;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(text, Path::new("c.toml"))
    }

    fn refused(text: &str) -> (String, String) {
        let error = parse(text).unwrap_err();
        (error.to_string(), error.hint().to_owned())
    }

    #[test]
    fn a_whole_file_is_read() {
        let config = parse(GOOD).unwrap();
        assert_eq!(config.default_profile.as_deref(), Some("prod"));
        assert_eq!(config.theme.as_deref(), Some("mono"));
        let prod = &config.profiles["prod"];
        assert!(prod.read_only && prod.production);
        assert_eq!(prod.color, Some(ProfileColor::Red));
        let dev = &config.profiles["dev"];
        assert!(!dev.read_only && !dev.production && dev.color.is_none());
        assert_eq!(config.views, [View::new("leavers", "owner:gone -revoked", Origin::Config)]);
        assert_eq!(config.escrow.store, EscrowStore::File);
        assert!(matches!(config.escrow.passphrase, Some(Credential::Command(_))));
        let every = |text: &str| parse(&format!("auto_refresh = '{text}'")).unwrap().auto_refresh.map(|s| s.as_secs());
        assert_eq!((every("60s"), every("5 min"), every("24h")), (Some(60), Some(300), Some(86_400)));
        assert_eq!(config.auto_refresh, None);
        assert_eq!(parse("").unwrap().escrow, EscrowSettings::default());
    }

    #[test]
    fn the_profiles_of_the_manual_are_read_and_say_what_they_say() {
        let chapter = include_str!("../manual/profiles.md");
        let sample = chapter.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let config = parse(sample.trim_start()).unwrap();
        let sources: Vec<String> = config.profiles.values().map(|profile| profile.credential.words()).collect();
        let login = "keydeck login, else asked for";
        assert_eq!(sources, [login, "variable CI_KEY", login, "command pass", "keydeck login"]);
        let prod = &config.profiles["prod"];
        assert!(prod.production && prod.read_only && prod.ca_file.is_some() && prod.color == Some(ProfileColor::Red));
        assert_eq!(config.default_profile.as_deref(), Some("staging"));
        let known: std::collections::BTreeSet<&str> =
            sample.lines().filter_map(|line| line.split_once(" = ")).map(|(key, _)| key).collect();
        assert!(PROFILE_KEYS.iter().all(|key| known.contains(key)), "the sample shows every key: {known:?}");
    }

    #[test]
    fn a_key_source_has_one_of_its_forms() {
        let start = "[profiles.a]\nbackend = 'keydeck'\nbase_url = 'x'\n";
        let of = |line: &str| parse(&format!("{start}{line}")).map(|config| config.profiles["a"].credential.clone());
        assert_eq!(of(""), Ok(KeySource::Asked));
        assert_eq!(of("credential = { keyring = true }"), Ok(KeySource::Kept));
        for (line, says) in [
            ("credential = { keyring = false }", "names no source"),
            ("credential = { keyring = true, env = 'A' }", "names more than one source"),
            ("credential = { keyring = 'yes' }", "has the wrong form"),
        ] {
            assert!(of(line).unwrap_err().to_string().contains(says), "{line}");
        }
        assert!(refused("[escrow]\npassphrase = { keyring = true }").0.contains("is no key of a profile's"));
    }

    #[test]
    fn errors_name_line_column_and_key_and_say_what_to_write() {
        let start = "[profiles.a]\nbackend = 'keydeck'\nbase_url = 'x'\n";
        for (text, what, hint) in [
            ("thene = 'mono'".to_owned(), "c.toml:1:1: unknown key thene", "did you mean theme?"),
            (
                "zzz = 1".to_owned(),
                "c.toml:1:1: unknown key zzz",
                "known: default_profile, theme, background, ascii, mouse, auto_refresh, profiles, keys, escrow, rotation, where, views",
            ),
            ("auto_refresh = 60".to_owned(), "c.toml:1:16: auto_refresh has the wrong form", "\"60s\""),
            ("auto_refresh = '1s'".to_owned(), "c.toml:1:16: auto_refresh is no such time", "from 5 seconds"),
            ("auto_refresh = '60'".to_owned(), "c.toml:1:16: auto_refresh is no such time", "\"60s\""),
            ("keys = 3".to_owned(), "c.toml:1:8: keys has the wrong form", "[keys]"),
            ("\n  theme = 3".to_owned(), "c.toml:2:11: theme has the wrong form", "write it as text in quotes"),
            ("profiles = 3".to_owned(), "c.toml:1:12: profiles has the wrong form", "[profiles.NAME]"),
            ("theme = 'a\n".to_owned(), "c.toml:1:11: this is not valid TOML", "check quotes"),
            ("theme = 'a'\ntheme = 'b'".to_owned(), "c.toml:2:1: this is not valid TOML", "stands twice"),
            ("default_profile = 'b'".to_owned(), "c.toml:1:19: default_profile names a profile", "[profiles.NAME]"),
            ("[profiles.a]\nbase_url = 'x'".to_owned(), "c.toml:1:1: profiles.a has no backend", "\"keydeck\""),
            (
                "[profiles.a]\nbackend = 'keydeck'\ncredential = { env = 'A' }".to_owned(),
                "c.toml:1:1: profiles.a has no base_url",
                "https://",
            ),
            (
                "[profiles.a]\nbackend = 'postman'\nregion = 'us'\ncredential = { env = 'A' }".to_owned(),
                "c.toml:3:10: profiles.a.region has the wrong form",
                "\"global\" or \"eu\"",
            ),
            (
                "[profiles.a]\nbackend = 'postman'\nregion = 'eu'\nbase_url = 'x'\ncredential = { env = 'A' }"
                    .to_owned(),
                "c.toml:3:10: profiles.a.region stands beside base_url",
                "keep one",
            ),
            (
                format!("{start}region = 'eu'\ncredential = {{ env = 'A' }}"),
                "c.toml:4:10: profiles.a.region is only of Postman",
                "remove it",
            ),
            (format!("{start}credential = 'x'"), "c.toml:4:14: profiles.a.credential has the wrong form", "env ="),
            (format!("{start}credential = {{}}"), "c.toml:4:14: profiles.a.credential names no source", "env ="),
            (
                format!("{start}credential = {{ enw = 'x' }}"),
                "c.toml:4:16: unknown key profiles.a.credential.enw",
                "did you mean env?",
            ),
            (
                format!("{start}credential = {{ env = 'A', file = 'b' }}"),
                "c.toml:4:14: profiles.a.credential names more than one source",
                "env",
            ),
            (
                format!("{start}[profiles.a.credential]\ncommand = ['a', 3]"),
                "c.toml:5:17: profiles.a.credential.command has the wrong form",
                "[\"PROGRAM\", \"ARGUMENT\"]",
            ),
            (
                format!("{start}credential = {{ env = 'A' }}\nca_file = 3"),
                "c.toml:5:11: profiles.a.ca_file has the wrong form",
                "the path of a file",
            ),
            ("views = 3".to_owned(), "c.toml:1:9: views has the wrong form", "[views]"),
            ("[views]\nx = 3".to_owned(), "c.toml:2:5: views.x has the wrong form", "as text in quotes"),
            ("[views]\nx = 'owner:'".to_owned(), "c.toml:2:5: views.x is no filter: what to look for", "F1"),
            ("[views]\n'' = 'a'".to_owned(), "c.toml:2:1: views. has no name", "40 characters"),
            ("escrow = 3".to_owned(), "c.toml:1:10: escrow has the wrong form", "[escrow]"),
            ("[escrow]\nstor = 'x'".to_owned(), "c.toml:2:1: unknown key escrow.stor", "did you mean store?"),
            ("[escrow]\nstore = 'x'".to_owned(), "c.toml:2:9: escrow.store has the wrong form", "\"auto\""),
            ("[escrow]\npassphrase = {}".to_owned(), "c.toml:2:14: escrow.passphrase names no source", "env"),
            (
                "[escrow]\nstore = 'keyring'\npassphrase = { env = 'A' }".to_owned(),
                "c.toml:3:14: escrow.passphrase is of no use",
                "remove it",
            ),
            (
                format!("{start}credential = {{ env = 'A' }}\nread_only = 'yes'"),
                "c.toml:5:13: profiles.a.read_only has the wrong form",
                "true or false",
            ),
            (
                format!("{start}credential = {{ env = 'A' }}\ncolour = 'red'"),
                "c.toml:5:1: unknown key profiles.a.colour",
                "did you mean color?",
            ),
        ] {
            let (was, hinted) = refused(&text);
            assert!(was.starts_with(what), "{text}\n{was}");
            assert!(hinted.contains(hint), "{text}\n{hinted}");
        }
    }

    #[test]
    fn a_profile_of_postman_needs_no_address() {
        let config = parse(
            "[profiles.a]\nbackend = 'postman'\ncredential = { env = 'A' }\n\
             [profiles.b]\nbackend = 'postman'\nregion = 'eu'\ncredential = { env = 'A' }",
        );
        let profiles = config.unwrap().profiles;
        let (a, b) = (&profiles["a"], &profiles["b"]);
        assert_eq!((a.backend, a.base_url.as_str(), a.region), (Backend::Postman, "https://api.postman.com", None));
        assert_eq!((b.base_url.as_str(), b.region), ("https://api.eu.postman.com", Some(Region::Eu)));
        assert_eq!(b.base_url_at.to_string(), "c.toml:6:10");
    }

    #[test]
    fn a_value_is_never_quoted_wherever_it_stands() {
        let value = "kdk_0123456789ABCDEFGHIJKLMNOPQRST1Ir0du";
        let start = "[profiles.a]\nbackend = 'keydeck'\nbase_url = 'x'\n";
        let (what, hint) = refused(&format!("# {value}\n[profiles.a]\ncredential = '{value}'"));
        assert!(what.starts_with("c.toml:1:3: a key's value stands here (kdk_…r0du)"), "{what}");
        assert!(hint.contains("keydeck login"), "{hint}");
        for text in [
            format!("{value} = 1"),
            format!("theme = {value}"),
            format!("theme = '{value}\n"),
            format!("default_profile = '{value}'"),
            format!("[profiles.{value}]"),
            format!("[profiles.a]\nbackend = '{value}'"),
            format!("{start}credential = '{value}'"),
            format!("{start}credential = {{ key = '{value}' }}"),
            format!("{start}credential = {{ env = '{value}' }}"),
            format!("{start}credential = {{ {value} = '' }}"),
            format!("{start}credential = {{ env = 'A' }}\nread_only = '{value}'"),
            format!("[escrow]\nstore = '{value}'"),
            format!("[views]\nx = '{value}'"),
            format!("[views]\n'{value}' = 'a'"),
            format!("[views]\nx = 'owner:{value}'"),
            format!("[views]\nx = ['{value}']"),
            format!("[escrow]\npassphrase = '{value}'"),
            format!("[escrow]\npassphrase = {{ env = '{value}' }}"),
        ] {
            let (what, hint) = refused(&text);
            assert!(!what.contains("0123456789") && !hint.contains("0123456789"), "{what} {hint}");
        }
    }
}
