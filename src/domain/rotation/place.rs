//! Where a new value is delivered, and what is run to put it to use, as a person writes them.

use std::fmt;
use std::str::FromStr;

/// How long a command may take when nothing else is said, in seconds.
const COMMAND_SECONDS: u64 = 60;

/// A ready way to hand a value to another program's store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Recipe {
    /// 1Password's `op`: `VAULT/ITEM:FIELD`.
    OnePassword,
    /// `HashiCorp` Vault's `vault kv`: `PATH:FIELD`.
    Vault,
    /// GitHub's `gh secret set`: `OWNER/REPOSITORY:NAME`.
    GitHub,
    /// GitLab's `glab variable`: `GROUP/PROJECT:NAME`.
    GitLab,
    /// `kubectl`: `NAMESPACE/SECRET:KEY`.
    Kubernetes,
    /// `aws secretsmanager`: `SECRET-ID`, or `SECRET-ID:KEY` for one key of a secret that is JSON.
    Aws,
    /// `systemd-creds`, for `LoadCredentialEncrypted=`: `PATH:NAME`, the file and the credential's name.
    Systemd,
}

impl Recipe {
    pub const ALL: [Self; 7] =
        [Self::OnePassword, Self::Vault, Self::GitHub, Self::GitLab, Self::Kubernetes, Self::Aws, Self::Systemd];

    /// Its word in a sink's notation.
    pub fn word(self) -> &'static str {
        match self {
            Self::OnePassword => "op",
            Self::Vault => "vault",
            Self::GitHub => "gh",
            Self::GitLab => "glab",
            Self::Kubernetes => "kubectl",
            Self::Aws => "aws",
            Self::Systemd => "systemd-creds",
        }
    }

    /// How what follows the word is written.
    pub fn form(self) -> &'static str {
        match self {
            Self::OnePassword => "op:VAULT/ITEM:FIELD",
            Self::Vault => "vault:PATH:FIELD",
            Self::GitHub => "gh:OWNER/REPOSITORY:NAME",
            Self::GitLab => "glab:GROUP/PROJECT:NAME",
            Self::Kubernetes => "kubectl:NAMESPACE/SECRET:KEY",
            Self::Aws => "aws:SECRET-ID or aws:SECRET-ID:KEY",
            Self::Systemd => "systemd-creds:PATH:NAME",
        }
    }
}

/// How the lines of an environment file are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EnvRules {
    /// As shells and the dotenv libraries agree on it.
    #[default]
    Common,
    /// As systemd reads an `EnvironmentFile=`: `export` is no word of it, and `#` behind a value no comment.
    Systemd,
}

/// A kind of file of which one value is changed, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// Its key is a [path](super::KeyPath).
    Yaml,
    /// JSON, with comments or without; its key is a [path](super::KeyPath).
    Json,
    /// Its key is a [path](super::KeyPath).
    Toml,
    /// Newman's settings, of which the key for Postman's API is changed.
    Newmanrc,
    /// An environment exported from Postman; its key is a variable.
    PostmanEnvironment,
}

impl Format {
    pub const ALL: [Self; 5] = [Self::Yaml, Self::Json, Self::Toml, Self::Newmanrc, Self::PostmanEnvironment];

    /// Its word in a sink's notation.
    pub fn word(self) -> &'static str {
        match self {
            Self::Yaml => "yaml",
            Self::Json => "json",
            Self::Toml => "toml",
            Self::Newmanrc => "newmanrc",
            Self::PostmanEnvironment => "postman-env",
        }
    }

    fn form(self) -> &'static str {
        match self {
            Self::Yaml => "yaml:PATH:KEY.KEY",
            Self::Json => "json:PATH:KEY.KEY",
            Self::Toml => "toml:PATH:KEY.KEY",
            Self::Newmanrc => "newmanrc or newmanrc:PATH",
            Self::PostmanEnvironment => "postman-env:PATH:VARIABLE",
        }
    }
}

/// Where Newman looks for its settings in a person's home. Source: newman's documentation, "Configuration".
const NEWMANRC: &str = "~/.postman/newmanrc";
/// Which of Newman's settings is the key for Postman's API: the option `--postman-api-key`.
const NEWMANRC_KEY: &str = "postmanApiKey";

/// The word of a variable of a Postman environment in a sink's notation.
const VARIABLE: &str = "postman-variable";
/// How such a place is written.
const VARIABLE_FORM: &str = "postman-variable:ENVIRONMENT-UID:VARIABLE";

/// A program that is run without a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// How long it may take, in seconds.
    pub seconds: u64,
}

impl Hook {
    /// Splits a line as a shell would, without being one: quotes and backslashes, no variables.
    ///
    /// # Errors
    /// When a quote is not closed, or nothing is there.
    pub fn parse(line: &str) -> Result<Self, ParseSinkError> {
        match shell_words::split(line) {
            Ok(argv) if argv.first().is_some_and(|program| !program.is_empty()) => {
                Ok(Self { argv, seconds: COMMAND_SECONDS })
            }
            Ok(_) => Err(ParseSinkError("names no program".to_owned())),
            Err(_) => Err(ParseSinkError("has a quote that is not closed".to_owned())),
        }
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&shell_words::join(&self.argv))
    }
}

/// Where a new value is delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sink {
    /// A file that holds nothing but the value.
    File { path: String },
    /// One `NAME=` line of a file of such lines.
    EnvFile {
        path: String,
        /// Which line.
        name: String,
        rules: EnvRules,
    },
    /// One value in a file of some form, of which everything else stays as it is.
    Document {
        format: Format,
        path: String,
        /// Which value.
        key: String,
    },
    /// A program that takes the value on its standard input.
    Command {
        /// Takes the value on its standard input.
        write: Hook,
        /// Prints the value, or its SHA-256 in hexadecimal; none: it cannot be read back.
        verify: Option<Hook>,
        /// Takes the earlier value on its standard input; none: `write` is used, when the earlier value could be read.
        undo: Option<Hook>,
    },
    /// The operating system's keyring.
    Keyring { service: String, account: String },
    /// The clipboard of the person's terminal, which nobody can read back.
    Clipboard,
    /// Standard output, once, at the end; which nobody can read back.
    Print,
    /// A variable of a Postman environment, over the profile's own backend: the shared value.
    Variable {
        /// The environment's UID.
        environment: String,
        name: String,
    },
    /// A ready way to another program's store.
    Recipe {
        recipe: Recipe,
        /// The vault and item, the path, the repository, the project, the namespace and secret.
        target: String,
        /// The field, name or key in it; empty where there is none.
        field: String,
    },
}

/// Whether a place can get back what it held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayBack {
    Yes,
    /// That is seen when it is read, before anything is written there; on what it depends.
    If(&'static str),
    /// Not by keydeck; why.
    No(&'static str),
}

/// Why a sink's notation was not understood; never repeats what was typed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParseSinkError(pub String);

impl FromStr for Sink {
    type Err = ParseSinkError;

    fn from_str(text: &str) -> Result<Self, ParseSinkError> {
        let (word, rest) = text.split_once(':').unwrap_or((text, ""));
        let need = |form: &str| ParseSinkError(format!("is incomplete: write {form}"));
        let two = |form: &str| match rest.rsplit_once(':') {
            Some((first, last)) if !first.is_empty() && !last.is_empty() => Ok((first.to_owned(), last.to_owned())),
            _ => Err(need(form)),
        };
        match word {
            "file" if !rest.is_empty() => Ok(Self::File { path: rest.to_owned() }),
            "file" => Err(need("file:PATH")),
            "env-file" | "env-file+systemd" => {
                let (rules, form) = match word {
                    "env-file" => (EnvRules::Common, "env-file:PATH:NAME"),
                    _ => (EnvRules::Systemd, "env-file+systemd:PATH:NAME"),
                };
                let (path, name) = two(form)?;
                if !is_variable(&name) {
                    return Err(ParseSinkError(
                        "names no variable: letters, digits and _, not a digit first".to_owned(),
                    ));
                }
                Ok(Self::EnvFile { path, name, rules })
            }
            "command" => Ok(Self::Command { write: Hook::parse(rest)?, verify: None, undo: None }),
            "keyring" => two("keyring:SERVICE:ACCOUNT").map(|(service, account)| Self::Keyring { service, account }),
            VARIABLE => match two(VARIABLE_FORM)? {
                (environment, _) if !is_uid(&environment) => Err(ParseSinkError(
                    "names no environment by its UID: a user's number, - and a UUID, as its address in the app has it"
                        .to_owned(),
                )),
                (environment, name) => Ok(Self::Variable { environment, name }),
            },
            "clipboard" if rest.is_empty() => Ok(Self::Clipboard),
            _ if Format::ALL.iter().any(|format| format.word() == word) => Self::document(word, rest),
            _ => {
                let Some(recipe) = Recipe::ALL.into_iter().find(|recipe| recipe.word() == word) else {
                    return Err(ParseSinkError(format!(
                        "begins with no known kind of place: file, env-file, env-file+systemd, command, keyring, \
                         clipboard, {VARIABLE}, {}, {}",
                        Format::ALL.map(Format::word).join(", "),
                        Recipe::ALL.map(Recipe::word).join(", ")
                    )));
                };
                let (target, field) = match rest.rsplit_once(':') {
                    // an ARN has colons of its own
                    _ if recipe == Recipe::Aws && rest.starts_with("arn:") => match rest.split_once('#') {
                        Some((arn, key)) => (arn.to_owned(), key.to_owned()),
                        None => (rest.to_owned(), String::new()),
                    },
                    Some((target, field)) => (target.to_owned(), field.to_owned()),
                    None if recipe == Recipe::Aws => (rest.to_owned(), String::new()),
                    None => return Err(need(recipe.form())),
                };
                let incomplete = target.is_empty()
                    || (field.is_empty() && recipe != Recipe::Aws)
                    || (matches!(recipe, Recipe::OnePassword | Recipe::GitHub | Recipe::GitLab | Recipe::Kubernetes)
                        && !target.contains('/'));
                if incomplete || target.starts_with('-') || field.starts_with('-') {
                    return Err(need(recipe.form()));
                }
                Ok(Self::Recipe { recipe, target, field })
            }
        }
    }
}

impl Sink {
    /// A value in a file of the form that `word` names.
    fn document(word: &str, rest: &str) -> Result<Self, ParseSinkError> {
        let format = Format::ALL.into_iter().find(|format| format.word() == word).unwrap_or(Format::Json);
        if format == Format::Newmanrc {
            let path = if rest.is_empty() { NEWMANRC } else { rest };
            return Ok(Self::Document { format, path: path.to_owned(), key: NEWMANRC_KEY.to_owned() });
        }
        let (path, key) = rest
            .rsplit_once(':')
            .filter(|(path, key)| !path.is_empty() && !key.is_empty())
            .ok_or_else(|| ParseSinkError(format!("is incomplete: write {}", format.form())))?;
        if format != Format::PostmanEnvironment {
            key.parse::<super::KeyPath>().map_err(|why| ParseSinkError(format!("has a path of keys that {why}")))?;
        }
        Ok(Self::Document { format, path: path.to_owned(), key: key.to_owned() })
    }

    /// Whether a text begins as a place does: with the word of a kind.
    pub fn begins(text: &str) -> bool {
        let word = text.split(':').next().unwrap_or_default();
        let plain = ["file", "env-file", "env-file+systemd", "command", "keyring", VARIABLE];
        let has_more = text.len() > word.len();
        match word.trim_end() {
            "clipboard" | "newmanrc" => true,
            word => {
                has_more
                    && (plain.contains(&word)
                        || Format::ALL.iter().any(|format| format.word() == word)
                        || Recipe::ALL.iter().any(|recipe| recipe.word() == word))
            }
        }
    }

    /// Whether a path follows the word of a kind.
    pub fn takes_path(word: &str) -> bool {
        matches!(word, "file" | "env-file" | "env-file+systemd")
            || word == Recipe::Systemd.word()
            || Format::ALL.iter().any(|format| format.word() == word)
    }

    /// The file it is, or is in; none of what is no file.
    pub fn path(&self) -> Option<&str> {
        match self {
            Self::File { path } | Self::EnvFile { path, .. } | Self::Document { path, .. } => Some(path),
            Self::Recipe { recipe: Recipe::Systemd, target, .. } => Some(target),
            _ => None,
        }
    }

    /// The same with another path, where it has one.
    #[must_use]
    pub fn at(mut self, new: String) -> Self {
        match &mut self {
            Self::File { path } | Self::EnvFile { path, .. } | Self::Document { path, .. } => *path = new,
            Self::Recipe { recipe: Recipe::Systemd, target, .. } => *target = new,
            _ => {}
        }
        self
    }
}

/// Whether `text` can be the UID of an environment: nothing that could lead a request elsewhere. Source: Postman API, whose
/// UIDs are `<userId>-<uuid>`.
fn is_uid(text: &str) -> bool {
    text.len() <= 128 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Whether `name` can be a variable of an environment file. Source: POSIX, "Environment Variables".
fn is_variable(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !name.starts_with(|c: char| c.is_ascii_digit())
}

impl Sink {
    /// What kind of place it is, in a word or two.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::File { .. } => "file",
            Self::EnvFile { .. } => "env file",
            Self::Document { format: Format::Yaml, .. } => "YAML file",
            Self::Document { format: Format::Json, .. } => "JSON file",
            Self::Document { format: Format::Toml, .. } => "TOML file",
            Self::Document { format: Format::Newmanrc, .. } => "newmanrc",
            Self::Document { format: Format::PostmanEnvironment, .. } => "Postman environment",
            Self::Command { .. } => "command",
            Self::Keyring { .. } => "keyring",
            Self::Clipboard => "clipboard",
            Self::Print => "standard output",
            Self::Variable { .. } => "environment variable",
            Self::Recipe { recipe, .. } => match recipe {
                Recipe::OnePassword => "1Password",
                Recipe::Vault => "Vault",
                Recipe::GitHub => "GitHub",
                Recipe::GitLab => "GitLab",
                Recipe::Kubernetes => "Kubernetes",
                Recipe::Aws => "AWS",
                Recipe::Systemd => "systemd credential",
            },
        }
    }

    /// Where exactly, in words a person knows it by.
    pub fn detail(&self) -> String {
        match self {
            Self::File { path } | Self::Document { format: Format::Newmanrc, path, .. } => path.clone(),
            Self::EnvFile { path, name, .. } => format!("{path}  {name}"),
            Self::Document { path, key, .. } => format!("{path}  {key}"),
            Self::Command { write, .. } => write.to_string(),
            Self::Keyring { service, account } => format!("{service}  {account}"),
            Self::Clipboard | Self::Print => String::new(),
            Self::Variable { environment, name } => format!("{environment}  {name}"),
            Self::Recipe { target, field, .. } => format!("{target}  {field}").trim_end().to_owned(),
        }
    }

    /// Its kind and where exactly, fit to be shown.
    pub fn named(&self) -> String {
        let named = format!("{} {}", self.kind(), self.detail());
        crate::domain::untrusted::visible(named.trim_end()).into_owned()
    }

    /// Why what is written there cannot be read back; none where it can.
    pub fn blind(&self) -> Option<&'static str> {
        match self {
            Self::Clipboard => Some("a clipboard does not answer"),
            Self::Print => Some("who reads standard output is not known"),
            Self::Command { verify: None, .. } => Some("the command has no verify command beside it"),
            Self::Recipe { recipe: Recipe::GitHub, .. } => Some("GitHub never shows a secret"),
            _ => None,
        }
    }

    /// Whether it can get back what it held, as far as that can be told before it is read.
    pub fn way_back(&self) -> WayBack {
        match self {
            Self::Clipboard | Self::Print => WayBack::No("what was handed out cannot be taken back"),
            Self::Command { undo: Some(_), .. } => WayBack::Yes,
            Self::Command { verify: Some(_), .. } => WayBack::If("if its verify command prints the value, not a hash"),
            Self::Command { .. } => WayBack::No("it has neither a verify nor an undo command"),
            Self::Recipe { recipe: Recipe::GitHub, .. } => WayBack::No("GitHub never shows what a secret was"),
            _ => WayBack::Yes,
        }
    }
}

impl fmt::Display for WayBack {
    /// As it stands behind a place in a plan.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yes => f.write_str("can be put back"),
            Self::If(on) => write!(f, "can be put back {on}"),
            Self::No(why) => write!(f, "cannot be put back: {why}"),
        }
    }
}

impl fmt::Display for Sink {
    /// The notation that [`FromStr`] reads, as far as there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path } => write!(f, "file:{path}"),
            Self::EnvFile { path, name, rules: EnvRules::Common } => write!(f, "env-file:{path}:{name}"),
            Self::EnvFile { path, name, rules: EnvRules::Systemd } => write!(f, "env-file+systemd:{path}:{name}"),
            Self::Document { format: Format::Newmanrc, path, .. } => write!(f, "newmanrc:{path}"),
            Self::Document { format, path, key } => write!(f, "{}:{path}:{key}", format.word()),
            Self::Command { write, .. } => write!(f, "command:{write}"),
            Self::Keyring { service, account } => write!(f, "keyring:{service}:{account}"),
            Self::Clipboard => f.write_str("clipboard"),
            Self::Print => f.write_str("print"),
            Self::Variable { environment, name } => write!(f, "{VARIABLE}:{environment}:{name}"),
            Self::Recipe { recipe, target, field } if field.is_empty() => write!(f, "{}:{target}", recipe.word()),
            Self::Recipe { recipe, target, field } if target.starts_with("arn:") => {
                write!(f, "{}:{target}#{field}", recipe.word())
            }
            Self::Recipe { recipe, target, field } => write!(f, "{}:{target}:{field}", recipe.word()),
        }
    }
}
