//! What is recommended for a key, and why. A person decides.

use super::{Act, Answer, Facts, Incident, Known, Measure, Subject};
use crate::domain::finding::Source;
use crate::domain::key::Status;
use crate::domain::key_value::KeyKind;
use crate::domain::time::{Time, past};

/// What is recommended, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    pub measure: Measure,
    pub reason: String,
}

/// For so long a key of one's own is kept alive beside its successor.
const REPLACED_WITHIN_SECONDS: i64 = 3600;

impl Incident {
    /// What is recommended for the subject `number` at `now`; none where nothing can be done about it here.
    pub fn advice(&self, number: usize, now: Time) -> Option<Advice> {
        let subject = self.subjects.get(number)?;
        if !subject.can_be_acted_on() {
            return None;
        }
        let advice = |measure, reason: &str| Some(Advice { measure, reason: reason.to_owned() });
        if let Act::Answered { answer: Answer::Denied(_), .. } = &subject.act {
            return if may_delete_itself(subject) {
                advice(
                    Measure::SelfDelete,
                    "your own right does not reach it, and the key that was pasted may delete itself",
                )
            } else {
                advice(Measure::Leave, "your own right does not reach it: ask an admin of the team")
            };
        }
        if subject.by_hand {
            let page = self.opened.page.as_deref().unwrap_or_default();
            let reason = format!("it is alive and no call revokes it: revoke it at {page}, then say so here");
            return Some(Advice { measure: Measure::Revoke, reason });
        }
        let Known::Ours(facts) = &subject.known else {
            return if may_delete_itself(subject) {
                advice(
                    Measure::SelfDelete,
                    "it is alive and not yours to revoke, and the key that was pasted may delete itself",
                )
            } else {
                advice(Measure::Leave, "it is alive and not yours to see: ask an admin of the team")
            };
        };
        if !self.opened.admin && !facts.mine {
            return if may_delete_itself(subject) {
                advice(Measure::SelfDelete, "it is not yours to revoke, and the key that was pasted may delete itself")
            } else {
                advice(Measure::Leave, "it is not yours to revoke: ask an admin of the team")
            };
        }
        Some(of_own_right(facts, now))
    }
}

fn may_delete_itself(subject: &Subject) -> bool {
    subject.may_be_tried()
        && subject.was_alive() == Some(true)
        && subject.facts().is_none_or(|facts| !facts.is_only_revocable())
}

/// What is recommended for a key that may be revoked.
fn of_own_right(facts: &Facts, now: Time) -> Advice {
    let revoke = |reason: String| Advice { measure: Measure::Revoke, reason };
    if facts.kind() == KeyKind::CollectionAccessKey {
        return revoke("it opens a collection to whoever has it, and can only be revoked".to_owned());
    }
    if facts.is_only_revocable() {
        return revoke(format!(
            "it can only be revoked, and whatever uses it stops then: {}",
            facts.last_used_words(now)
        ));
    }
    if facts.is_used_since_detected() {
        return revoke(
            format!(
                "it was used {} after it was found where others can read it",
                facts.last_used_from.as_ref().map(|from| format!("from {from}")).unwrap_or_default()
            )
            .replace("  ", " "),
        );
    }
    if let Some(spot) = facts.open_spots().next() {
        let open = match &spot.source {
            Some(Source::GitHub | Source::GitLab | Source::Documentation | Source::Workspace) => "others can read it",
            Some(Source::Local | Source::Other(_)) | None => "it was found",
        };
        return revoke(format!("{open}: {}", spot.place()));
    }
    if facts.status == Status::Disabled {
        return revoke("it is disabled only, and could be enabled again".to_owned());
    }
    let in_use = facts.is_used_within_a_day(now);
    let used = past(&facts.last_used, now);
    if in_use && facts.mine {
        let by = now + chrono::TimeDelta::seconds(REPLACED_WITHIN_SECONDS);
        return Advice {
            measure: Measure::Replace { by },
            reason: format!(
                "it is yours and was used {used}, and nothing says that others found it: make its successor first, and \
                 the server ends it within the hour"
            ),
        };
    }
    if in_use {
        return Advice {
            measure: Measure::Freeze,
            reason: format!(
                "it was used {used}, so that something will stop: freezing can be taken back until its owner has another"
            ),
        };
    }
    revoke(match facts.last_used {
        crate::domain::time::When::Never => "it was never used, so that nothing will stop".to_owned(),
        _ => format!("it was last used {used}: nothing in use will stop"),
    })
}
