//! Makers of other keys than keydeck's own: how their values begin, what scanners call them, and where a person revokes
//! them. keydeck cannot revoke such a key; what it can do is say who can, and where.
//!
//! Signs and addresses are what each maker documents, as of 2026. Some of the signs begin ordinary words, so that a text is
//! only taken for a value when enough of one follows.

use memchr::memmem;

/// Who makes a kind of key, and where it is revoked.
#[derive(Debug, PartialEq, Eq)]
pub struct Vendor {
    /// Its name, for people.
    pub name: &'static str,
    /// Where a person revokes such a key: an https address, signed in as whoever owns the key.
    pub revoke_at: &'static str,
    /// The way from there, in words.
    pub how: &'static str,
    /// Lower-case words of which the name of a kind of secret holds one: gitleaks, trufflehog, GitHub and Postman call a
    /// kind by its maker.
    kinds: &'static [&'static str],
    /// What values begin with, in the case in which they are made.
    signs: &'static [&'static str],
}

const fn vendor(
    name: &'static str,
    revoke_at: &'static str,
    how: &'static str,
    kinds: &'static [&'static str],
    signs: &'static [&'static str],
) -> Vendor {
    Vendor { name, revoke_at, how, kinds, signs }
}

/// Every vendor that is known; one whose words another's hold stands first.
pub const ALL: &[Vendor] = &[
    vendor("postman.gov.sg", "https://postman.gov.sg/", "Settings, API keys", &["postman.gov.sg", "govsg"], &[]),
    vendor(
        "Postman",
        "https://go.postman.co/manage-postman-keys",
        "Team, Manage Postman Keys; one's own under Settings, API keys",
        &["postman", "pmak", "pmat"],
        &["PMAK-", "PMAT-"],
    ),
    vendor(
        "GitHub",
        "https://github.com/settings/tokens",
        "Settings, Developer settings",
        &["github"],
        &["github_pat_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
    ),
    vendor(
        "GitLab",
        "https://gitlab.com/-/user_settings/personal_access_tokens",
        "Preferences, Access tokens",
        &["gitlab"],
        &["glpat-", "gldt-", "glrt-", "glptt-", "glcbt-", "glsoat-"],
    ),
    vendor(
        "AWS",
        "https://console.aws.amazon.com/iam/home#/security_credentials",
        "IAM, Security credentials, Access keys",
        &["aws", "amazon"],
        &["AKIA", "ASIA"],
    ),
    vendor(
        "Google Cloud",
        "https://console.cloud.google.com/apis/credentials",
        "APIs and services, Credentials",
        &["google", "gcp", "firebase"],
        &["AIza", "GOCSPX-"],
    ),
    vendor(
        "Slack",
        "https://api.slack.com/apps",
        "the app, OAuth and permissions, Revoke tokens",
        &["slack"],
        &["xoxb-", "xoxp-", "xoxa-", "xoxs-", "xapp-"],
    ),
    vendor(
        "Stripe",
        "https://dashboard.stripe.com/apikeys",
        "Developers, API keys, Roll key",
        &["stripe"],
        &["sk_live_", "rk_live_", "sk_test_", "rk_test_"],
    ),
    vendor(
        "Anthropic",
        "https://console.anthropic.com/settings/keys",
        "Settings, API keys",
        &["anthropic", "claude"],
        &["sk-ant-"],
    ),
    vendor(
        "OpenAI",
        "https://platform.openai.com/api-keys",
        "API keys",
        &["openai"],
        &["sk-proj-", "sk-svcacct-", "sk-admin-"],
    ),
    vendor(
        "Hugging Face",
        "https://huggingface.co/settings/tokens",
        "Access tokens",
        &["hugging", "huggingface"],
        &["hf_"],
    ),
    vendor("npm", "https://www.npmjs.com/settings/~/tokens", "Access tokens", &["npm"], &["npm_"]),
    vendor(
        "PyPI",
        "https://pypi.org/manage/account/#api-tokens",
        "Account settings, API tokens",
        &["pypi"],
        &["pypi-"],
    ),
    vendor("crates.io", "https://crates.io/settings/tokens", "Account settings, API tokens", &["crates"], &[]),
    vendor(
        "Docker Hub",
        "https://app.docker.com/settings/personal-access-tokens",
        "Personal access tokens",
        &["docker"],
        &["dckr_pat_", "dckr_oat_"],
    ),
    vendor("SendGrid", "https://app.sendgrid.com/settings/api_keys", "Settings, API keys", &["sendgrid"], &["SG."]),
    vendor("Twilio", "https://console.twilio.com/", "Account, API keys and tokens", &["twilio"], &[]),
    vendor(
        "DigitalOcean",
        "https://cloud.digitalocean.com/account/api/tokens",
        "API, Tokens",
        &["digitalocean"],
        &["dop_v1_", "doo_v1_", "dor_v1_"],
    ),
    vendor(
        "Shopify",
        "https://admin.shopify.com/",
        "Settings, Apps",
        &["shopify"],
        &["shpat_", "shpca_", "shppa_", "shpss_"],
    ),
    vendor(
        "Atlassian",
        "https://id.atlassian.com/manage-profile/security/api-tokens",
        "Security, API tokens",
        &["atlassian", "jira", "bitbucket"],
        &["ATATT3", "ATBB"],
    ),
    vendor("Azure", "https://portal.azure.com/", "the resource, Keys", &["azure", "microsoft"], &[]),
    vendor(
        "HashiCorp Vault",
        "https://developer.hashicorp.com/vault/docs/commands/token/revoke",
        "vault token revoke",
        &["vault"],
        &["hvs.", "hvb."],
    ),
    vendor("Telegram", "https://t.me/BotFather", "/revoke to BotFather", &["telegram"], &[]),
];

/// Behind a sign so many characters at least are a value, and not a word that begins like one.
const LEAST_BEHIND: usize = 12;

/// The vendor of a kind of secret, by the name that a finding or a scanner gives it. keydeck's own kinds have none.
pub fn of_kind(kind: &str) -> Option<&'static Vendor> {
    let kind = kind.to_lowercase();
    if kind.starts_with("keydeck ") {
        return None;
    }
    let holds = |word: &&str| {
        // a word of a name, not a part of another: "aws" is not in "laws"
        memmem::find_iter(kind.as_bytes(), word).any(|at| {
            let before = kind[..at].chars().next_back();
            before.is_none_or(|c| !c.is_alphanumeric())
        })
    };
    ALL.iter().find(|vendor| vendor.kinds.iter().any(holds))
}

/// The vendors whose values a text holds by their form, in the order in which they stand there, each once. Nothing that is
/// found so proves that the value is or ever was one; the text is only looked at, and nothing of it is kept.
pub fn in_text(text: &str) -> Vec<&'static Vendor> {
    let bytes = text.as_bytes();
    let of_value = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let mut found: Vec<(usize, &'static Vendor)> = Vec::new();
    for vendor in ALL {
        let begins = |sign: &&str| {
            memmem::find_iter(bytes, sign).find(|at| {
                let alone = at.checked_sub(1).is_none_or(|before| !bytes[before].is_ascii_alphanumeric());
                let behind = bytes[at + sign.len()..].iter().take_while(|byte| of_value(**byte)).count();
                alone && behind >= LEAST_BEHIND
            })
        };
        found.extend(vendor.signs.iter().filter_map(begins).min().map(|at| (at, vendor)));
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, vendor)| vendor).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::domain::link::https;
    use crate::domain::values::Format;

    #[rstest]
    #[case("Postman API Key", Some("Postman"))]
    #[case("postman collection access key", Some("Postman"))]
    #[case("postman.gov.sg API Key", Some("postman.gov.sg"))]
    #[case("aws-access-token", Some("AWS"))]
    #[case("GitHub Personal Access Token", Some("GitHub"))]
    #[case("gitlab-pat", Some("GitLab"))]
    #[case("SlackWebhook", Some("Slack"))]
    #[case("keydeck API Key", None)]
    #[case("bylaws of the club", None)]
    #[case("generic-api-key", None)]
    #[case("", None)]
    fn a_kind_is_known_by_its_name(#[case] kind: &str, #[case] name: Option<&str>) {
        assert_eq!(of_kind(kind).map(|vendor| vendor.name), name);
    }

    #[test]
    fn every_format_of_another_maker_has_a_vendor_and_none_of_ours() {
        for format in Format::ALL {
            assert_eq!(of_kind(format.name()).is_none(), format.kind().is_some(), "{}", format.name());
        }
    }

    #[test]
    fn a_value_is_known_by_how_it_begins() {
        let names = |text: &str| in_text(text).into_iter().map(|vendor| vendor.name).collect::<Vec<_>>();
        let tail = "0123456789abcdef";
        assert_eq!(names(&format!("TOKEN=glpat-{tail}")), ["GitLab"]);
        assert_eq!(names(&format!("npm_{tail} and then \"ghp_{tail}\", ghp_{tail}")), ["npm", "GitHub"]);
        assert_eq!(names(&format!("sk-ant-{tail}")), ["Anthropic"]);
        assert_eq!(names(&format!("xnpm_{tail}")), [""; 0], "in the middle of another word");
        assert_eq!(names("npm_config_x AKIA hf_hub"), [""; 0], "too short for a value");
    }

    #[test]
    fn every_address_is_one_that_a_terminal_may_open() {
        for vendor in ALL {
            assert!(https(&vendor.revoke_at.into()).is_some(), "{}", vendor.name);
            assert!(vendor.kinds.iter().all(|kind| *kind == kind.to_lowercase()) && !vendor.how.is_empty());
        }
    }
}
