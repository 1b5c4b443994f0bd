//! The address of a server's database, which may hold a password.

use std::fmt;
use std::sync::Arc;

use super::secret::Secret;

/// `sqlite:PATH` or `postgres://…`. What is printed of it has no password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseUrl(Arc<Secret>);

impl DatabaseUrl {
    /// The whole, to open the database with.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Whether there is a password in it.
    pub fn holds_password(&self) -> bool {
        self.to_string() != self.expose()
    }
}

impl Default for DatabaseUrl {
    fn default() -> Self {
        Self::from("")
    }
}

impl From<String> for DatabaseUrl {
    fn from(url: String) -> Self {
        Self(Arc::new(Secret::new(url)))
    }
}

impl From<&str> for DatabaseUrl {
    fn from(url: &str) -> Self {
        Self::from(url.to_owned())
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = self.expose();
        let Some((scheme, rest)) = url.split_once("://").filter(|(scheme, _)| *scheme != "sqlite") else {
            return f.write_str(url);
        };
        let (rest, parameters) = rest.split_once('?').map_or((rest, None), |(rest, found)| (rest, Some(found)));
        // as lax as can be: what stands before the last @ is who asks, whatever it holds
        let (user, place) = rest.rsplit_once('@').map_or((None, rest), |(user, place)| (Some(user), place));
        write!(f, "{scheme}://")?;
        if let Some(user) = user {
            write!(f, "{}@", user.split(':').next().unwrap_or_default())?;
        }
        f.write_str(place)?;
        let shown = parameters.into_iter().flat_map(|all| all.split('&')).filter(|one| !one.starts_with("password="));
        for (at, parameter) in shown.enumerate() {
            write!(f, "{}{parameter}", if at == 0 { '?' } else { '&' })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_has_no_password() {
        for (url, shown) in [
            ("sqlite:/a:b@c.db", "sqlite:/a:b@c.db"),
            ("sqlite:///a:b@c.db", "sqlite:///a:b@c.db"),
            ("postgres://ana@db/keys", "postgres://ana@db/keys"),
            ("postgres://db:5432/keys?sslmode=disable", "postgres://db:5432/keys?sslmode=disable"),
            ("postgres://ana:hunter2@db/keys", "postgres://ana@db/keys"),
            ("postgres://ana:hun/ter@2@db/keys", "postgres://ana@db/keys"),
            (
                "postgresql://db/keys?user=ana&password=hunter2&sslmode=disable",
                "postgresql://db/keys?user=ana&sslmode=disable",
            ),
            ("postgres://db/keys?password=hunter2", "postgres://db/keys"),
            ("other://ana:hunter2@db", "other://ana@db"),
        ] {
            let url = DatabaseUrl::from(url);
            assert_eq!((url.to_string().as_str(), url.holds_password()), (shown, shown != url.expose()));
            assert!(!format!("{url:?}").contains("hunter2"));
        }
    }
}
