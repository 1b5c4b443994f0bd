//! Themes: a style for every role, read from a TOML file that is embedded or the user's own.

mod depth;
mod file;
mod ground;
mod roles;

use std::path::Path;

use ratatui::style::Style;

pub use depth::ColorDepth;
pub use ground::Ground;
pub use roles::{ROLES, Theme};

use crate::domain::key::Status;
use crate::domain::untrusted::visible;

/// The themes that come with keydeck.
const EMBEDDED: [(&str, &str); 6] = [
    (DEFAULT, include_str!("../../../themes/default.toml")),
    (MONO, include_str!("../../../themes/mono.toml")),
    ("dark", include_str!("../../../themes/dark.toml")),
    ("light", include_str!("../../../themes/light.toml")),
    ("high-contrast", include_str!("../../../themes/high-contrast.toml")),
    ("colour-blind", include_str!("../../../themes/colour-blind.toml")),
];

/// The theme that is used when none is named.
pub const DEFAULT: &str = "default";

/// The theme without colours, used whatever is named where [`ColorDepth::Mono`] holds.
pub const MONO: &str = "mono";

/// Why a theme could not be used.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    /// There is no theme with this name, neither embedded nor in the user's folder.
    #[error("there is no theme \"{}\"{}", visible(.name), .nearest.as_deref().map(|near| format!(", did you mean \"{}\"?", visible(near))).unwrap_or_default())]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The nearest name there is.
        nearest: Option<String>,
        /// All names there are, in order.
        known: Vec<String>,
    },
    /// The theme inherits from itself, perhaps through others.
    #[error("theme \"{}\" inherits from itself", visible(.name))]
    Circle { name: String },
    /// The file could not be read.
    #[error("theme \"{}\" cannot be read: {source}", visible(.name))]
    Unreadable {
        name: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file does not say what a theme says.
    #[error("theme \"{}\", line {line}, column {column}: {problem}", visible(.name))]
    Malformed {
        name: String,
        /// Line of the problem, from 1.
        line: usize,
        /// Column of the problem in characters, from 1.
        column: usize,
        /// What is wrong, in terms of the file's keys.
        problem: String,
    },
}

impl ThemeError {
    /// What a person can do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Unknown { known, .. } => {
                let names: Vec<_> = known.iter().map(|name| visible(name)).collect();
                format!("themes there are: {}", names.join(", "))
            }
            Self::Circle { .. } => "let it inherit from another theme, such as \"default\"".to_owned(),
            Self::Unreadable { .. } => "check the file's permissions, or choose theme = \"default\"".to_owned(),
            Self::Malformed { .. } => "correct the file, or choose theme = \"default\"".to_owned(),
        }
    }
}

impl Theme {
    /// The theme called `name`: an embedded one, else `NAME.toml` in `folder`, where roles that the file leaves out look
    /// as in the default theme. Its colours are brought down to what the terminal shows; without colours it is the
    /// mono theme.
    pub fn load(name: &str, folder: Option<&Path>, depth: ColorDepth) -> Result<Self, ThemeError> {
        Self::load_on(Ground::Dark, name, folder, depth)
    }

    /// The same in its form for a ground: with the colours of its `[palette-light]` on a light one.
    pub fn load_on(ground: Ground, name: &str, folder: Option<&Path>, depth: ColorDepth) -> Result<Self, ThemeError> {
        let theme = Self::named(name, folder, &[], ground)?;
        match depth {
            ColorDepth::Mono => embedded(MONO),
            depth => Ok(theme.within(depth)),
        }
    }

    /// The theme called `name`, which those in `heirs` inherit from, one from the next.
    fn named(name: &str, folder: Option<&Path>, heirs: &[&str], ground: Ground) -> Result<Self, ThemeError> {
        if heirs.contains(&name) {
            return Err(ThemeError::Circle { name: name.to_owned() });
        }
        let heirs: Vec<&str> = heirs.iter().copied().chain([name]).collect();
        match EMBEDDED.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => file::read(name, text, ground, |parent| match parent {
                Some(parent) => Self::named(parent, folder, &heirs, ground),
                None => Ok(Self::default()),
            }),
            None => Self::of_user(name, folder, &heirs, ground),
        }
    }

    fn of_user(name: &str, folder: Option<&Path>, heirs: &[&str], ground: Ground) -> Result<Self, ThemeError> {
        let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        let path = folder.filter(|_| plain).map(|folder| folder.join(format!("{name}.toml")));
        match path.map(std::fs::read_to_string) {
            Some(Ok(text)) => {
                file::read(name, &text, ground, |parent| Self::named(parent.unwrap_or(DEFAULT), folder, heirs, ground))
            }
            Some(Err(source)) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(ThemeError::Unreadable { name: name.to_owned(), source })
            }
            _ => {
                let known = names(folder);
                let nearest = nearest(name, known.iter().map(String::as_str)).map(str::to_owned);
                Err(ThemeError::Unknown { name: name.to_owned(), nearest, known })
            }
        }
    }

    fn within(mut self, depth: ColorDepth) -> Self {
        for role in ROLES {
            if let Some(style) = self.role_mut(role) {
                style.fg = style.fg.map(|color| depth.nearest(color));
                style.bg = style.bg.map(|color| depth.nearest(color));
            }
        }
        self
    }

    /// The style of a key's status, exposure aside.
    pub fn status(&self, status: &Status) -> Style {
        match status {
            Status::Enabled => self.status_enabled,
            Status::Disabled => self.status_disabled,
            Status::Revoked => self.status_revoked,
            Status::Other(_) => self.unknown,
        }
    }
}

/// The names of all themes: the embedded and those in `folder`, in order.
pub fn names(folder: Option<&Path>) -> Vec<String> {
    let mut names: Vec<String> = EMBEDDED.iter().map(|(name, _)| (*name).to_owned()).collect();
    let entries = folder.and_then(|folder| std::fs::read_dir(folder).ok()).into_iter().flatten().flatten();
    names.extend(entries.map(|entry| entry.path()).filter_map(|path| {
        let toml = path.extension().is_some_and(|extension| extension == "toml");
        toml.then(|| path.file_stem()?.to_str().map(str::to_owned)).flatten()
    }));
    names.sort();
    names.dedup();
    names
}

fn embedded(name: &str) -> Result<Theme, ThemeError> {
    Theme::named(name, None, &[], Ground::Dark)
}

/// The name of `known` that `name` was probably meant to be.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|known| (strsim::jaro_winkler(known, name), known))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests;
