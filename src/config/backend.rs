//! What a profile speaks to, and where that is.

use serde::Deserialize;

use super::notice_days::NOTICE_DAYS;
use crate::domain::web_address::host;

/// What a profile speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// keydeck's own server.
    Keydeck,
    /// The public Postman API.
    Postman,
    /// postman.gov.sg, the messaging service of the Singapore government.
    #[serde(rename = "postman-gov-sg")]
    PostmanGovSg,
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
pub const BACKENDS: [&str; 3] = [Backend::Keydeck.name(), Backend::Postman.name(), Backend::PostmanGovSg.name()];

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

/// Where the API of postman.gov.sg is, with its version.
const GOV_SG: &str = "https://api.postman.gov.sg/v1";

/// Hosts of postman.gov.sg's API, in use and for trying out.
const GOV_SG_HOSTS: [&str; 2] = ["api.postman.gov.sg", "api-staging.postman.gov.sg"];

impl Backend {
    /// As `backend = …` has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keydeck => "keydeck",
            Self::Postman => "postman",
            Self::PostmanGovSg => "postman-gov-sg",
        }
    }

    /// Whether a person signs in to it, and a session that `keydeck login` keeps is what asks, in place of a key.
    pub const fn signs_in(self) -> bool {
        match self {
            Self::Keydeck | Self::Postman => false,
            Self::PostmanGovSg => true,
        }
    }

    /// How many days before they end its keys are told of, where it names none itself and nobody says otherwise; the most
    /// first.
    pub(super) const fn notice_days(self) -> [u32; 4] {
        match self {
            Self::Keydeck | Self::Postman => NOTICE_DAYS,
            // source: its own job, which writes to a key's contacts
            Self::PostmanGovSg => [28, 14, 3, 1],
        }
    }

    /// What speaks at an address that no profile tells of: a known host's own API, else keydeck's server.
    pub fn at(base_url: &str) -> Self {
        match host(base_url).as_deref() {
            Some(host) if POSTMAN_HOSTS.contains(&host) => Self::Postman,
            Some(host) if GOV_SG_HOSTS.contains(&host) => Self::PostmanGovSg,
            Some(_) | None => Self::Keydeck,
        }
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
            (Self::PostmanGovSg, _, Some(_)) => {
                Err(("region", "is only of Postman", "remove it; base_url says where else than in use its API is"))
            }
            (Self::Postman, Some(_), Some(_)) => {
                Err(("region", "stands beside base_url", "keep one of them: either says where the API is"))
            }
            (Self::Keydeck | Self::Postman | Self::PostmanGovSg, Some(base_url), None) => Ok(base_url.to_owned()),
            (Self::Keydeck, None, None) => Err(("", "has no base_url", "add base_url = \"https://keys.acme.example\"")),
            (Self::PostmanGovSg, None, None) => Ok(GOV_SG.to_owned()),
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
        assert_eq!(Backend::PostmanGovSg.place(None, None).as_deref(), Ok("https://api.postman.gov.sg/v1"));
        assert_eq!(Backend::PostmanGovSg.place(None, Some(Region::Eu)).unwrap_err().0, "region");
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
            ("https://api.postman.gov.sg/v1", Backend::PostmanGovSg),
            ("https://api-staging.postman.gov.sg/v1/", Backend::PostmanGovSg),
            ("https://postman.gov.sg", Backend::Keydeck),
            ("https://keys.acme.example", Backend::Keydeck),
            ("unix:/run/keydeck/socket", Backend::Keydeck),
            ("no address", Backend::Keydeck),
        ] {
            assert_eq!(Backend::at(address), backend, "{address}");
        }
    }
}
