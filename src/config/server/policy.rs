//! `[policy]` of `server.toml`: settings of the team that the file fixes, so that nobody changes them over the API.

use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use crate::config::error::ConfigError;
use crate::config::reading::place;
use crate::domain::key::Access;
use crate::domain::settings::{Settings, SettingsChange};

/// Settings that are fixed, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyConfig {
    /// What they are fixed to; what it is silent about the team's admins decide.
    pub fixed: SettingsChange,
    /// The file that says so, for people.
    pub file: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPolicy {
    members_may_generate: Option<bool>,
    expiry_days: Option<i64>,
    max_age_days: Option<i64>,
    inactivity_days: Option<i64>,
    auto_revoke_exposed: Option<bool>,
    notify_before_days: Option<Vec<i64>>,
    max_keys_per_user: Option<i64>,
    members_access: Option<String>,
}

/// What stands in it, each name with an example.
pub(super) const POLICY: [(&str, &str); 8] = [
    ("members_may_generate", "false"),
    ("expiry_days", "90"),
    ("max_age_days", "180"),
    ("inactivity_days", "30"),
    ("auto_revoke_exposed", "true"),
    ("notify_before_days", "[30, 14, 3, 1]"),
    ("max_keys_per_user", "20"),
    ("members_access", "\"read\""),
];
pub(super) const POLICY_KEYS: &[&str] = &[
    "members_may_generate",
    "expiry_days",
    "max_age_days",
    "inactivity_days",
    "auto_revoke_exposed",
    "notify_before_days",
    "max_keys_per_user",
    "members_access",
];

/// What is expected at a place of it.
pub(super) fn expected(name: &str) -> &'static str {
    match name {
        "members_may_generate" | "auto_revoke_exposed" => "true or false",
        "notify_before_days" => "days as whole numbers, [30, 14, 3, 1]",
        "members_access" => "\"full\", \"read\" or \"none\"",
        _ => "a whole number",
    }
}

/// Holds the settings to the bounds that they have over the API.
pub(super) fn checked(
    text: &str,
    path: &Path,
    raw: Option<Spanned<RawPolicy>>,
) -> Result<Option<PolicyConfig>, ConfigError> {
    let Some(raw) = raw else { return Ok(None) };
    let at = raw.span();
    let raw = raw.into_inner();
    let fixed = SettingsChange {
        members_may_generate: raw.members_may_generate,
        expiry_days: raw.expiry_days.map(Some),
        max_age_days: raw.max_age_days.map(Some),
        inactivity_days: raw.inactivity_days,
        auto_revoke_exposed: raw.auto_revoke_exposed,
        notify_before_days: raw.notify_before_days,
        max_keys_per_user: raw.max_keys_per_user.map(Some),
        members_access: raw.members_access.as_deref().map(Access::from_word),
        ..SettingsChange::default()
    };
    if let Err(wrong) = fixed.apply_to(&Settings::default()) {
        let name = snake(wrong.field);
        let what = format!("{}policy.{name} has the wrong form: {}", place(text, path, &at), wrong.reason);
        return Err(ConfigError::new(what, format!("write {}", expected(&name))));
    }
    let file = path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy()).into_owned();
    Ok(Some(PolicyConfig { fixed, file }))
}

/// A name of the wire as it stands in the file: `maxAgeDays` as `max_age_days`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}
