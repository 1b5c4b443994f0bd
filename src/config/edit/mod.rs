//! Changes of `config.toml`, by `keydeck profile` and the first start: only what is asked for changes, comments and order
//! stay. What comes out is read before it is written, so that no change makes a file that keydeck refuses.

mod write;

use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, InlineTable, Item, Table, TableLike, Value};

use super::error::{ConfigError, shown, shown_path};
use super::file::{Config, ProfileColor};
use crate::domain::values::tells;
pub use write::ConfigFile;

/// Where a new profile's key comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewSource {
    Command(Vec<String>),
    /// What `keydeck login` keeps.
    Keyring,
    File(PathBuf),
    Env(String),
    /// Nothing is written: it is asked for at the start.
    Asked,
}

/// A profile to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProfile {
    pub name: String,
    /// As `backend = …` has it.
    pub backend: String,
    /// The keys that say where the backend is, with their values: `base_url`, or what else the backend takes.
    pub place: Vec<(&'static str, String)>,
    pub ca_file: Option<PathBuf>,
    pub source: NewSource,
    pub read_only: bool,
    pub production: bool,
    pub color: Option<ProfileColor>,
    /// Whether it is the one that is used when none is named.
    pub default: bool,
}

/// The text of the file at `path` with `new` in it.
///
/// # Errors
/// When there is such a profile, its name cannot be one, or what would be written is not what this version understands.
pub fn with_profile(text: &str, path: &Path, new: &NewProfile) -> Result<String, ConfigError> {
    check_name(&new.name)?;
    let mut document = parse(text, path)?;
    let profiles = document.entry("profiles").or_insert_with(implicit);
    let profiles = table(profiles, "profiles", path)?;
    if profiles.contains_key(&new.name) {
        return Err(ConfigError::new(
            format!("there is a profile {} in {}", shown(&new.name), shown_path(path)),
            "choose another name, change it there, or remove it first: keydeck profile remove",
        ));
    }
    profiles.insert(&new.name, Item::Table(profile(new)));
    if new.default {
        set_default(&mut document, &new.name);
    }
    checked(&document, path)
}

/// The text without the profile `name`, and without the line that makes it the default one.
///
/// # Errors
/// When there is no such profile.
pub fn without_profile(text: &str, path: &Path, name: &str) -> Result<String, ConfigError> {
    Config::parse(text, path)?.profile(name)?;
    let mut document = parse(text, path)?;
    if let Some(profiles) = document.get_mut("profiles").and_then(Item::as_table_like_mut) {
        profiles.remove(name);
        if profiles.is_empty() {
            document.remove("profiles");
        }
    }
    if document.get("default_profile").and_then(Item::as_str) == Some(name) {
        document.remove("default_profile");
    }
    checked(&document, path)
}

/// The text with `name` as the profile that is used when none is named.
///
/// # Errors
/// When there is no such profile.
pub fn with_default(text: &str, path: &Path, name: &str) -> Result<String, ConfigError> {
    Config::parse(text, path)?.profile(name)?;
    let mut document = parse(text, path)?;
    set_default(&mut document, name);
    checked(&document, path)
}

/// Refuses a name that would be hard to type or to tell from another, or holds a key.
fn check_name(name: &str) -> Result<(), ConfigError> {
    let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    if tells(name) {
        return Err(ConfigError::new("a profile's name holds a key's value", "name the profile otherwise"));
    }
    if name.is_empty() || name.chars().count() > 40 || !name.chars().all(plain) {
        return Err(ConfigError::new(
            format!("{} cannot be a profile's name", shown(name)),
            "take up to 40 letters, digits, dots, dashes and underscores",
        ));
    }
    Ok(())
}

fn parse(text: &str, path: &Path) -> Result<DocumentMut, ConfigError> {
    // its errors are told by line and column, and by nothing of the text
    Config::parse(text, path)?;
    text.parse().map_err(|_| ConfigError::new(format!("{} cannot be changed", shown_path(path)), "edit it by hand"))
}

/// The text, once it is seen that it would be understood.
fn checked(document: &DocumentMut, path: &Path) -> Result<String, ConfigError> {
    let text = document.to_string();
    match Config::parse(&text, path) {
        Ok(_) => Ok(text),
        Err(error) => Err(ConfigError::new(format!("nothing was written: {error}"), error.hint())),
    }
}

fn implicit() -> Item {
    let mut profiles = Table::new();
    profiles.set_implicit(true);
    Item::Table(profiles)
}

fn table<'a>(item: &'a mut Item, name: &str, path: &Path) -> Result<&'a mut dyn TableLike, ConfigError> {
    item.as_table_like_mut().ok_or_else(|| {
        ConfigError::new(format!("{name} in {} is no table", shown_path(path)), "write it as tables, [profiles.NAME]")
    })
}

/// Sets the default in its place, or as the first line.
fn set_default(document: &mut DocumentMut, name: &str) {
    if let Some(Item::Value(value)) = document.get_mut("default_profile") {
        let decor = value.decor().clone();
        *value = Value::from(name);
        *value.decor_mut() = decor;
    } else {
        document.insert("default_profile", toml_edit::value(name));
    }
}

fn profile(new: &NewProfile) -> Table {
    let mut table = Table::new();
    table.decor_mut().set_prefix("\n");
    table.insert("backend", toml_edit::value(new.backend.as_str()));
    for (key, value) in &new.place {
        table.insert(key, toml_edit::value(value.as_str()));
    }
    if let Some(file) = &new.ca_file {
        table.insert("ca_file", toml_edit::value(file.to_string_lossy().into_owned()));
    }
    if let Some(source) = source(&new.source) {
        table.insert("credential", toml_edit::value(source));
    }
    for (key, is) in [("production", new.production), ("read_only", new.read_only)] {
        if is {
            table.insert(key, toml_edit::value(true));
        }
    }
    if let Some(color) = new.color {
        table.insert("color", toml_edit::value(color.name()));
    }
    table
}

fn source(source: &NewSource) -> Option<InlineTable> {
    let (key, value) = match source {
        NewSource::Asked => return None,
        NewSource::Keyring => ("keyring", Value::from(true)),
        NewSource::Env(name) => ("env", Value::from(name.as_str())),
        NewSource::File(path) => ("file", Value::from(path.to_string_lossy().into_owned())),
        NewSource::Command(words) => ("command", Value::Array(words.iter().map(String::as_str).collect::<Array>())),
    };
    Some(InlineTable::from_iter([(key, value)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"# mine
theme = "mono"   # as at work

[views]
leavers = "owner:gone"

# the one that matters
[profiles.prod]
backend = "keydeck"   # ours
base_url = "https://keys.acme.example"
credential = { env = "PROD" }

[escrow]
store = "file"
"#;

    fn new(name: &str) -> NewProfile {
        NewProfile {
            name: name.to_owned(),
            backend: "keydeck".to_owned(),
            place: vec![("base_url", "https://dev.acme.example".to_owned())],
            ca_file: None,
            source: NewSource::Keyring,
            read_only: false,
            production: false,
            color: None,
            default: false,
        }
    }

    fn path() -> &'static Path {
        Path::new("c.toml")
    }

    #[test]
    fn what_is_added_stands_beside_the_others_and_nothing_else_moves() {
        let whole = NewProfile {
            source: NewSource::Command(vec!["pass".to_owned(), "show".to_owned(), "it's".to_owned()]),
            production: true,
            read_only: true,
            color: Some(ProfileColor::Red),
            default: true,
            ca_file: Some(PathBuf::from("ca.pem")),
            ..new("dev")
        };
        let text = with_profile(FILE, path(), &whole).unwrap();
        let added = r#"
[profiles.dev]
backend = "keydeck"
base_url = "https://dev.acme.example"
ca_file = "ca.pem"
credential = { command = ["pass", "show", "it's"] }
production = true
read_only = true
color = "red"
"#;
        let without = text.replace(added, "").replace("default_profile = \"dev\"\n", "");
        assert_eq!(without, FILE, "{text}");
        let config = Config::parse(&text, path()).unwrap();
        assert_eq!(config.default_profile.as_deref(), Some("dev"));
        assert!(config.profiles["dev"].production);
    }

    #[test]
    fn the_first_one_of_an_empty_file_is_plain() {
        let text = with_profile("", path(), &NewProfile { default: true, ..new("dev") }).unwrap();
        assert_eq!(
            text,
            "default_profile = \"dev\"\n\n[profiles.dev]\nbackend = \"keydeck\"\nbase_url = \
             \"https://dev.acme.example\"\ncredential = { keyring = true }\n"
        );
    }

    #[test]
    fn what_is_removed_takes_its_comment_and_its_default_along_and_nothing_else() {
        let text = with_profile(FILE, path(), &new("dev")).unwrap();
        let text = with_default(&text, path(), "prod").unwrap();
        assert!(text.contains("# mine") && text.contains("default_profile = \"prod\""));
        let again = with_default(&text, path(), "dev").unwrap();
        assert_eq!(again, text.replace("default_profile = \"prod\"", "default_profile = \"dev\""));
        let text = without_profile(&text, path(), "prod").unwrap();
        assert!(!text.contains("prod") && !text.contains("default_profile") && !text.contains("the one that matters"));
        for stays in ["# mine", "# as at work", "[profiles.dev]", "[escrow]", "leavers = \"owner:gone\""] {
            assert!(text.contains(stays), "{stays}\n{text}");
        }
        let text = without_profile(&text, path(), "dev").unwrap();
        assert!(Config::parse(&text, path()).unwrap().profiles.is_empty(), "{text}");
    }

    #[test]
    fn profiles_in_any_form_are_found() {
        let inline = "profiles = { a = { backend = 'keydeck', base_url = 'x', credential = { env = 'A' } } }\n";
        let text = with_profile(inline, path(), &new("b"));
        assert!(text.is_ok_and(|text| Config::parse(&text, path()).unwrap().profiles.len() == 2));
        assert!(!without_profile(inline, path(), "a").unwrap().contains("keydeck"));
        let dotted = "[profiles]\na.backend = 'keydeck'\na.base_url = 'x'\na.credential.env = 'A'\n";
        assert!(Config::parse(&without_profile(dotted, path(), "a").unwrap(), path()).unwrap().profiles.is_empty());
    }

    #[test]
    fn what_cannot_be_is_refused_and_says_why() {
        let value = "kdk_0123456789ABCDEFGHIJKLMNOPQRST1Ir0du";
        for (text, new, says) in [
            (FILE, new("prod"), "there is a profile prod"),
            (FILE, new(""), "cannot be a profile's name"),
            (FILE, new("a b"), "cannot be a profile's name"),
            (FILE, new(value), "holds a key's value"),
            (FILE, NewProfile { source: NewSource::Env(value.to_owned()), ..new("x") }, "nothing was written"),
            (FILE, NewProfile { backend: "postgres".to_owned(), ..new("x") }, "nothing was written"),
            ("theme = 3", new("x"), "c.toml:1:9: theme has the wrong form"),
        ] {
            let error = with_profile(text, path(), &new).unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
            assert!(!format!("{error}{}", error.hint()).contains("0123456789"), "{error}");
        }
        assert!(without_profile(FILE, path(), "prdo").unwrap_err().hint().contains("did you mean prod?"));
        assert!(with_default(FILE, path(), "x").is_err());
    }
}
