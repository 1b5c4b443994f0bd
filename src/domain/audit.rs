//! The audit log as the console and the command line show it: who did what, when, from where, and what it changed.

use chrono::NaiveDate;
use serde::{Serialize, Serializer};

use super::ids::{KeyId, UserId};
use super::time::When;
use super::untrusted::Untrusted;

/// Which entries of the log, and in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Those that tell of this key, of either kind.
    pub key: Option<KeyId>,
    /// Those of this acting user.
    pub actor: Option<UserId>,
    /// Those of this action, such as `api_key.revoke`.
    pub action: Option<String>,
    /// Those of this day in UTC and later.
    pub since: Option<NaiveDate>,
    /// Those of this day in UTC and earlier.
    pub until: Option<NaiveDate>,
    /// Those with a higher number than this.
    pub after: Option<i64>,
    /// The oldest first; otherwise the latest.
    pub oldest_first: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    pub number: i64,
    /// When it happened.
    pub at: When,
    /// What was done, such as `api_key.revoke`.
    pub action: Untrusted,
    /// The same as a sentence.
    pub message: Untrusted,
    /// Who did it; none when nobody did.
    pub actor: Option<AuditPerson>,
    /// The key it was done with, where the log tells.
    pub with_key: Option<KeyId>,
    /// Whom it was done to, such as a key's owner.
    pub user: Option<AuditPerson>,
    /// The address it came from.
    pub from: Option<Untrusted>,
    /// The program that sent it.
    pub user_agent: Option<Untrusted>,
    /// What it was done to; none for the team's settings and for what this version does not know.
    pub target: Option<AuditTarget>,
    /// The key it tells of: the target, or the key whose value was found.
    pub key: Option<KeyId>,
    /// Why, in the words of who did it.
    pub note: Option<Untrusted>,
    pub before: Vec<(Untrusted, Fact)>,
    pub after: Vec<(Untrusted, Fact)>,
    /// The entry's hash in the chain, where the server keeps one.
    pub hash: Option<Untrusted>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPerson {
    pub id: UserId,
    pub name: Untrusted,
    pub email: Untrusted,
}

/// The kinds of things that entries tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditTargetKind {
    ApiKey,
    CollectionAccessKey,
    Finding,
    User,
}

/// What an entry's change was done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditTarget {
    pub kind: AuditTargetKind,
    pub id: Untrusted,
    /// Its name at that time; empty where the log does not tell.
    pub name: Untrusted,
}

/// A field's value before or after a change. Serialising gives it as received, for the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// null.
    Nothing,
    /// Yes or no.
    Flag(bool),
    Whole(i64),
    /// Text, or what is none of the others, as text.
    Text(Untrusted),
    /// Several.
    List(Vec<Fact>),
}

impl Fact {
    fn is_nothing(&self) -> bool {
        match self {
            Self::Nothing => true,
            Self::List(facts) => facts.is_empty(),
            _ => false,
        }
    }
}

impl std::fmt::Display for Fact {
    /// For people: a moment stays as it travels, an empty list and null are `none`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("none"),
            Self::Flag(flag) => f.write_str(if *flag { "yes" } else { "no" }),
            Self::Whole(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
            Self::List(facts) if facts.is_empty() => f.write_str("none"),
            Self::List(facts) => {
                for (at, fact) in facts.iter().enumerate() {
                    if at > 0 {
                        f.write_str(", ")?;
                    }
                    fact.fmt(f)?;
                }
                Ok(())
            }
        }
    }
}

impl Serialize for Fact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Nothing => serializer.serialize_unit(),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Whole(number) => serializer.serialize_i64(*number),
            Self::Text(text) => text.serialize(serializer),
            Self::List(facts) => facts.serialize(serializer),
        }
    }
}

/// One field that a change gave another value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed<'a> {
    /// The field, as the wire names it.
    pub field: &'a Untrusted,
    /// Its value before; none where the entry does not tell.
    pub before: Option<&'a Fact>,
    /// Its value after; none where the entry does not tell.
    pub after: Option<&'a Fact>,
}

impl AuditEntry {
    /// The fields whose values differ, in the order of the entry; a field that is null or an empty list and was not
    /// there before says nothing and is left out.
    pub fn changed(&self) -> impl Iterator<Item = Changed<'_>> {
        let find = |facts: &'_ [(Untrusted, Fact)], field: &Untrusted| facts.iter().position(|(name, _)| name == field);
        let gone = self.before.iter().filter(move |(field, _)| find(&self.after, field).is_none());
        let gone = gone.map(|(field, fact)| Changed { field, before: Some(fact), after: None });
        let now = self.after.iter().map(move |(field, fact)| {
            let before = find(&self.before, field).map(|at| &self.before[at].1);
            Changed { field, before, after: Some(fact) }
        });
        let told = |fact: Option<&Fact>| fact.filter(|fact| !fact.is_nothing()).cloned();
        gone.chain(now).filter(move |changed| told(changed.before) != told(changed.after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(before: &[(&str, Fact)], after: &[(&str, Fact)]) -> AuditEntry {
        let facts = |facts: &[(&str, Fact)]| {
            facts.iter().map(|(name, fact)| (Untrusted::from(*name), fact.clone())).collect::<Vec<_>>()
        };
        AuditEntry {
            number: 1,
            at: When::Never,
            action: "api_key.rename".into(),
            message: Untrusted::default(),
            actor: None,
            with_key: None,
            user: None,
            from: None,
            user_agent: None,
            target: None,
            key: None,
            note: None,
            before: facts(before),
            after: facts(after),
            hash: None,
        }
    }

    #[test]
    fn only_what_differs_is_told() {
        let text = |text: &str| Fact::Text(text.into());
        let entry = entry(
            &[("name", text("ci")), ("status", text("enabled")), ("dropped", Fact::Flag(true))],
            &[
                ("name", text("cd")),
                ("status", text("enabled")),
                ("note", Fact::Nothing),
                ("contacts", Fact::List(Vec::new())),
                ("overlap", Fact::Whole(7)),
            ],
        );
        let told: Vec<_> = entry
            .changed()
            .map(|changed| {
                let shown = |fact: Option<&Fact>| fact.map_or("-".to_owned(), ToString::to_string);
                format!("{} {} {}", changed.field, shown(changed.before), shown(changed.after))
            })
            .collect();
        assert_eq!(told, ["dropped yes -", "name ci cd", "overlap - 7"]);
    }

    #[test]
    fn a_fact_is_shown_without_what_is_hostile_and_sent_as_it_came() {
        let facts = Fact::List(vec![Fact::Text("a\u{1b}[2J".into()), Fact::Nothing, Fact::Whole(2)]);
        assert_eq!(facts.to_string(), "a\\x1b[2J, none, 2");
        assert_eq!(serde_json::to_string(&facts).unwrap(), "[\"a\\u001b[2J\",null,2]");
        assert_eq!(Fact::List(Vec::new()).to_string(), "none");
    }
}
