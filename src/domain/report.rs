//! Reporting to a backend that a value was found where others can read it, by its hash.

use super::finding::{Resolution, Source};
use super::key::Status;

/// The longest address of a place, in characters. Source: the management API.
pub const LONGEST_URL: usize = 2048;

/// That a value was found in a place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Report {
    /// The SHA-256 of the value, in 64 lower-case hexadecimal digits.
    pub fingerprint: String,
    /// The name of the kind of secret.
    pub secret_type: String,
    /// The value as it may be shown.
    pub masked: String,
    pub source: Source,
    /// The address of the place, at most [`LONGEST_URL`] characters.
    pub url: String,
    /// The kind of thing that it stands in, such as `file` or `commit`.
    pub resource: String,
}

/// What a report led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reported {
    /// What became of the finding.
    pub resolution: Resolution,
    /// What became of the key, where the backend tells.
    pub key_status: Option<Status>,
}

impl Report {
    /// Whose pages an address leads to; what is nobody's known is somebody's own machine.
    pub fn source_of(url: &str) -> Source {
        let host = url.split_once("://").map_or("", |(_, rest)| rest.split(['/', ':']).next().unwrap_or_default());
        let is_at = |name: &str| host.split('.').any(|part| part.eq_ignore_ascii_case(name));
        match (is_at("github"), is_at("gitlab")) {
            (true, _) => Source::GitHub,
            (false, true) => Source::GitLab,
            (false, false) => Source::Local,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_whose_pages_it_leads_to() {
        for (url, source) in [
            ("https://github.com/acme/deploy/blob/main/.env#L3", Source::GitHub),
            ("https://github.acme.example/acme/deploy", Source::GitHub),
            ("https://gitlab.com/acme/deploy/-/blob/main/.env", Source::GitLab),
            ("https://git.acme.example/github/gitlab", Source::Local),
            ("file://laptop/home/ana/gitlab/x", Source::Local),
            ("deploy/.env:3", Source::Local),
        ] {
            assert_eq!(Report::source_of(url), source, "{url}");
        }
    }
}
