//! What a profile speaks to, and where that is.

use serde::Deserialize;

use crate::domain::web_address::host;

/// What a profile speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// keydeck's own server.
    Keydeck,
    /// The public Postman API.
    Postman,
}

/// Where the data of a Postman team is kept. An account of one region is unknown in the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Region {
    #[default]
    Global,
    Eu,
}

/// Every backend, as `backend = …` has it.
pub const BACKENDS: [&str; 2] = [Backend::Keydeck.name(), Backend::Postman.name()];

impl Region {
    /// Where the API of this region is.
    pub const fn base_url(self) -> &'static str {
        match self {
            Self::Global => "https://api.postman.com",
            Self::Eu => "https://api.eu.postman.com",
        }
    }

    /// As a profile has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Eu => "eu",
        }
    }
}

/// Hosts of the public Postman API; the last is its older name.
const POSTMAN_HOSTS: [&str; 3] = ["api.postman.com", "api.eu.postman.com", "api.getpostman.com"];

impl Backend {
    /// As `backend = …` has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keydeck => "keydeck",
            Self::Postman => "postman",
        }
    }

    /// What speaks at an address that no profile tells of: a known host's own API, else keydeck's server.
    pub fn at(base_url: &str) -> Self {
        let known = host(base_url).is_some_and(|host| POSTMAN_HOSTS.contains(&host.as_str()));
        if known { Self::Postman } else { Self::Keydeck }
    }

    /// Where it is, as a profile's `base_url` and `region` say.
    ///
    /// # Errors
    /// Why these two say nothing, or not the same: which of them is wrong, what, and what to do.
    pub(super) fn place(
        self,
        base_url: Option<&str>,
        region: Option<Region>,
    ) -> Result<String, (&'static str, &'static str, &'static str)> {
        match (self, base_url, region) {
            (Self::Keydeck, _, Some(_)) => {
                Err(("region", "is only of Postman", "remove it; base_url says where a keydeck server is"))
            }
            (Self::Postman, Some(_), Some(_)) => {
                Err(("region", "stands beside base_url", "keep one of them: either says where the API is"))
            }
            (Self::Keydeck | Self::Postman, Some(base_url), None) => Ok(base_url.to_owned()),
            (Self::Keydeck, None, None) => Err(("", "has no base_url", "add base_url = \"https://keys.acme.example\"")),
            (Self::Postman, None, region) => Ok(region.unwrap_or_default().base_url().to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_or_an_address_says_where_postman_is() {
        let postman = |base_url, region| Backend::Postman.place(base_url, region);
        assert_eq!(postman(None, None).as_deref(), Ok("https://api.postman.com"));
        assert_eq!(postman(None, Some(Region::Eu)).as_deref(), Ok("https://api.eu.postman.com"));
        assert_eq!(postman(Some("https://gateway.acme.example"), None).as_deref(), Ok("https://gateway.acme.example"));
        assert_eq!(postman(Some("https://x.example"), Some(Region::Eu)).unwrap_err().0, "region");
        assert_eq!(Backend::Keydeck.place(Some("https://x.example"), Some(Region::Eu)).unwrap_err().0, "region");
        assert_eq!(Backend::Keydeck.place(None, None).unwrap_err().1, "has no base_url");
    }

    #[test]
    fn a_known_host_is_told_from_a_keydeck_server() {
        for (address, backend) in [
            ("https://api.postman.com", Backend::Postman),
            (" https://API.EU.postman.com/ ", Backend::Postman),
            ("http://api.eu.postman.com", Backend::Postman),
            ("https://api.getpostman.com", Backend::Postman),
            ("https://api.postman.com.acme.example", Backend::Keydeck),
            ("https://keys.acme.example", Backend::Keydeck),
            ("unix:/run/keydeck/socket", Backend::Keydeck),
            ("no address", Backend::Keydeck),
        ] {
            assert_eq!(Backend::at(address), backend, "{address}");
        }
    }
}
