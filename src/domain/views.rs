//! Filters that go by a name: those that come built in, those of the configuration, those that a person saved.

use super::filter::{Query, QueryError};
use super::fold::fold;
use super::untrusted::visible;
use super::values::holds_value;

/// The longest name of a view, in characters.
const LONGEST: usize = 40;

/// Who made a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    BuiltIn,
    /// `[views]` of config.toml: changed there.
    Config,
    /// Saved in the console.
    Saved,
}

impl Origin {
    /// Where it stands, in a few words.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::BuiltIn => "built in",
            Self::Config => "config.toml",
            Self::Saved => "saved",
        }
    }
}

/// A filter with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    pub name: String,
    /// Its text, which was perhaps never read.
    pub filter: String,
    pub origin: Origin,
}

impl View {
    pub fn new(name: impl Into<String>, filter: impl Into<String>, origin: Origin) -> Self {
        Self { name: name.into(), filter: filter.into(), origin }
    }

    /// What it filters by.
    ///
    /// # Errors
    /// When its text is no query, or holds a key's value, which no view does.
    pub fn query(&self) -> Result<Query, QueryError> {
        let query = Query::parse(&self.filter)?;
        if query.has_secret() {
            let message = "a view holds no key's value: it would stand in a file".to_owned();
            return Err(QueryError { span: 0..self.filter.len(), message });
        }
        Ok(query)
    }
}

/// The views that there always are.
pub const BUILT_IN: [(&str, &str); 6] = [
    ("stale", "status:enabled idle:>90d"),
    ("never used", "status:enabled used:never"),
    ("expiring", "status:enabled expires:<14d"),
    ("exposed and alive", "exposed:yes status:enabled"),
    ("stopped and tried", "tried:<7d -status:enabled"),
    ("owners gone", "owner:gone -status:revoked"),
];

/// All views, each name once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Views(Vec<View>);

/// Why a view cannot be saved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ViewError {
    #[error("a view needs a name of one to {LONGEST} characters that can be seen")]
    Name,
    #[error("{0} stands in config.toml: it is changed there, or take another name")]
    Configured(String),
    #[error("the filter holds a key's value, which no file is to hold")]
    Secret,
    #[error("there is no filter to save")]
    Empty,
}

impl Views {
    /// The built-in ones, those `configured` and those `saved`; of one name the latest.
    pub fn new(configured: impl IntoIterator<Item = View>, saved: impl IntoIterator<Item = View>) -> Self {
        let built_in = BUILT_IN.map(|(name, filter)| View::new(name, filter, Origin::BuiltIn));
        let mut views: Vec<View> = Vec::new();
        for view in built_in.into_iter().chain(saved).chain(configured) {
            match views.iter_mut().find(|other| same(&other.name, &view.name)) {
                Some(other) => *other = view,
                None => views.push(view),
            }
        }
        Self(views)
    }

    /// The same with other saved ones.
    #[must_use]
    pub fn with_saved(&self, saved: impl IntoIterator<Item = View>) -> Self {
        Self::new(self.0.iter().filter(|view| view.origin == Origin::Config).cloned(), saved)
    }

    pub fn all(&self) -> &[View] {
        &self.0
    }

    /// The view of this name, without regard to case; `-` and `_` are blanks.
    pub fn find(&self, name: &str) -> Option<&View> {
        self.0.iter().find(|view| same(&view.name, name))
    }

    /// A view to save, checked.
    ///
    /// # Errors
    /// When the name or the filter cannot be one.
    pub fn to_save(&self, name: &str, filter: &str) -> Result<View, ViewError> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > LONGEST || visible(name) != name || holds_value(name) {
            return Err(ViewError::Name);
        }
        if let Some(view) = self.find(name).filter(|view| view.origin == Origin::Config) {
            return Err(ViewError::Configured(view.name.clone()));
        }
        match Query::parse(filter) {
            Ok(query) if query.has_secret() => Err(ViewError::Secret),
            Ok(query) if query.is_empty() => Err(ViewError::Empty),
            _ => Ok(View::new(name, filter.trim(), Origin::Saved)),
        }
    }
}

/// Whether two names are one.
pub fn same(a: &str, b: &str) -> bool {
    let plain = |name: &str| fold(name.trim()).replace(['-', '_'], " ");
    plain(a) == plain(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_ones_are_understood_and_found_however_they_are_written() {
        let views = Views::new([], []);
        assert_eq!(views.all().len(), BUILT_IN.len());
        for view in views.all() {
            assert!(!view.query().unwrap().is_empty(), "{}", view.name);
        }
        for name in ["never-used", "Never_Used", " never used "] {
            assert_eq!(views.find(name).map(|view| view.name.as_str()), Some("never used"));
        }
        assert_eq!(views.find("never"), None);
    }

    #[test]
    fn of_one_name_the_configurations_comes_first_then_ones_own() {
        let view = |filter: &str, origin| View::new("Stale", filter, origin);
        let filter = |views: &Views| views.find("stale").map(|view| view.filter.clone()).unwrap();
        assert_eq!(filter(&Views::new([], [view("a", Origin::Saved)])), "a");
        let both = Views::new([view("b", Origin::Config)], [view("a", Origin::Saved)]);
        assert_eq!((filter(&both).as_str(), both.all().len()), ("b", BUILT_IN.len()));
        assert_eq!(filter(&both.with_saved([])), "b");
        assert_eq!(both.to_save("STALE", "x"), Err(ViewError::Configured("Stale".into())));
    }

    #[test]
    fn what_cannot_be_saved_is_not() {
        let views = Views::new([], []);
        assert_eq!(views.to_save(" mine ", " owner:me ").unwrap(), View::new("mine", "owner:me", Origin::Saved));
        for name in ["", "  ", "a\u{202e}b", &"x".repeat(41)] {
            assert_eq!(views.to_save(name, "a"), Err(ViewError::Name), "{name:?}");
        }
        assert_eq!(views.to_save("x", " "), Err(ViewError::Empty));
        assert_eq!(views.to_save("x", "kdk_abc"), Err(ViewError::Secret));
        assert!(View::new("x", "kdk_abc", Origin::Config).query().is_err());
        assert!(View::new("x", "owner:", Origin::Config).query().is_err());
    }
}
