//! A key's audit trail in words: when, what, who, from where, and what it changed.

use super::DetailLine;
use crate::client::error::{ErrorKind, ServiceError};
use crate::domain::audit::{AuditEntry, Changed, Fact};
use crate::domain::time::When;
use crate::domain::untrusted::Untrusted;
use crate::tui::text::thousands;

/// How far the reading of the trail is.
#[derive(Debug, PartialEq, Eq)]
pub enum Trail {
    /// Not to be had: a finding that names no key, or a backend without a log; why.
    None(String),
    /// Asked for.
    Loading,
    /// Here, the latest entry first; not all of it where there are a great many.
    Here {
        entries: Vec<AuditEntry>,
        /// Whether there are older ones.
        more: bool,
        /// Whether they are what the key's owner did, since the backend keeps no trail of a key.
        of_owner: bool,
    },
    Failed(ServiceError),
}

impl Trail {
    pub fn lines(&self) -> Vec<DetailLine> {
        let head = match self {
            Self::None(why) => why.clone(),
            Self::Loading => "loading …".to_owned(),
            Self::Failed(error) if error.kind == ErrorKind::Denied => {
                format!("you may not read it: {}", error.message)
            }
            Self::Failed(error) => format!("not here: {}; {}", error.reason(), error.hint()),
            Self::Here { entries, more, of_owner } => {
                let of = if *of_owner { " of what its owner did since it was made" } else { "" };
                match (entries.len(), more) {
                    (many, true) => {
                        format!("the latest {}{of}, the newest first; there are older ones", thousands(many))
                    }
                    (0, false) if *of_owner => "nothing is recorded of its owner since it was made".to_owned(),
                    (0, false) => "nothing is recorded of this key".to_owned(),
                    (1, false) => format!("one entry{of}"),
                    (many, false) => format!("{} entries{of}, the newest first", thousands(many)),
                }
            }
        };
        let entries = match self {
            Self::Here { entries, .. } => entries.as_slice(),
            _ => &[],
        };
        std::iter::once(DetailLine::new("Audit trail", head)).chain(entries.iter().flat_map(lines)).collect()
    }
}

fn lines(entry: &AuditEntry) -> Vec<DetailLine> {
    let (day, time) = match &entry.at {
        When::At(at) => (at.format("%Y-%m-%d").to_string(), at.format("%H:%M:%S UTC  ").to_string()),
        other => (String::new(), format!("{}  ", other.exact())),
    };
    let from = entry.from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
    let mut lines = vec![DetailLine::new(day, format!("{time}{} by {}{from}", verb(&entry.action), who(entry)))];
    let changed: Vec<String> = entry.changed().map(change).collect();
    if !changed.is_empty() {
        lines.push(DetailLine::below(changed.join(" · ")));
    }
    if let Some(note) = &entry.note {
        lines.push(DetailLine::below(format!("note: {note}")));
    }
    let mut means = Vec::new();
    means.extend(entry.with_key.as_ref().map(|key| format!("with the key {key}")));
    means.extend(entry.user_agent.as_ref().map(|program| format!("through {program}")));
    if !means.is_empty() {
        lines.push(DetailLine::below(means.join(", ")));
    }
    lines
}

/// The action as a person says it; one that this version does not know stays as it is.
fn verb(action: &Untrusted) -> String {
    let known = match action.as_received() {
        "api_key.create" | "collection_access_key.create" => "made",
        "api_key.rename" => "changed",
        "api_key.disable" => "disabled",
        "api_key.enable" => "enabled",
        "api_key.regenerate" => "given a new value",
        "api_key.revoke" | "collection_access_key.revoke" => "revoked",
        "api_key.expire" => "expired, marked",
        "api_key.refused" => "uses refused",
        "detected_secret.report" => "reported exposed",
        "detected_secret.resolve" => "finding resolved",
        "auth.failure" => "refused",
        _ => return action.to_string(),
    };
    known.to_owned()
}

fn who(entry: &AuditEntry) -> String {
    match &entry.actor {
        // whoever sent a refused key, it was not they who refused it
        _ if entry.action.as_received() == "auth.failure" => "the server, sent".to_owned(),
        None if entry.action.as_received() == "api_key.refused" => "the server, the last sent".to_owned(),
        None => "the server".to_owned(),
        Some(person) if !person.name.is_empty() => person.name.to_string(),
        Some(person) if !person.email.is_empty() => person.email.to_string(),
        Some(person) => format!("user {}", person.id),
    }
}

/// `status: enabled → disabled`.
fn change(changed: Changed<'_>) -> String {
    let field = spaced(&changed.field.to_string());
    match (changed.before.filter(|before| **before != Fact::Nothing), changed.after) {
        (None, Some(after)) => format!("{field}: {}", value(after)),
        (Some(before), Some(after)) => format!("{field}: {} → {}", value(before), value(after)),
        (before, None) => format!("{field}: {} → none", before.map(value).unwrap_or_default()),
    }
}

/// A moment stands as people read it.
fn value(fact: &Fact) -> String {
    match fact {
        Fact::Text(text) => match When::from_wire(text.as_received()) {
            When::At(time) => crate::domain::time::exact(time),
            _ => text.to_string(),
        },
        other => other.to_string(),
    }
}

/// `expiresAt` as `expires at`.
fn spaced(field: &str) -> String {
    let mut out = String::with_capacity(field.len() + 4);
    for c in field.chars() {
        if c.is_ascii_uppercase() {
            out.push(' ');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_said_in_words() {
        let field = Untrusted::from("expiresAt");
        let moment = Fact::Text("2026-12-01T00:00:00.000Z".into());
        let said = |before: Option<&Fact>, after: Option<&Fact>| change(Changed { field: &field, before, after });
        assert_eq!(said(None, Some(&moment)), "expires at: 2026-12-01 00:00:00 UTC");
        assert_eq!(said(Some(&Fact::Nothing), Some(&Fact::Whole(7))), "expires at: 7");
        assert_eq!(said(Some(&Fact::Flag(true)), Some(&Fact::Flag(false))), "expires at: yes → no");
        assert_eq!(said(Some(&moment), Some(&Fact::Nothing)), "expires at: 2026-12-01 00:00:00 UTC → none");
        assert_eq!(said(Some(&moment), None), "expires at: 2026-12-01 00:00:00 UTC → none");
    }
}
