//! Keys as rows.

use std::ops::Range;

use super::{Row, RowState, add_line, holds, past, place};
use crate::domain::filter::{MomentField, Pattern, StatusWord, Term, TextField};
use crate::domain::fold;
use crate::domain::ids::KeyId;
use crate::domain::key::{Access, DisabledReason, Key, Status};
use crate::domain::key_value::KeyKind;
use crate::domain::sort::Column;
use crate::domain::time::{Time, When};

impl Row for Key {
    fn id(&self) -> &KeyId {
        &self.id
    }

    fn search_text(&self, out: &mut String) {
        // the first ones stand where `lines` says
        for text in [&self.name, &self.masked, &self.owner, &self.owner_email] {
            add_line(text, out);
        }
        for text in self.contacts.iter().chain(&self.collection_id).chain(&self.last_used_from) {
            add_line(text, out);
        }
        fold::fold_into(self.id.as_str(), out);
        out.push('\n');
    }

    fn lines(field: TextField) -> Option<Range<usize>> {
        match field {
            TextField::Name => Some(0..1),
            TextField::Key => Some(1..2),
            TextField::Owner => Some(2..4),
            TextField::Team
            | TextField::Id
            | TextField::From
            | TextField::Contact
            | TextField::Collection
            | TextField::Secret => None,
        }
    }

    fn field(&self, term: &Term, now: Time) -> bool {
        match term {
            Term::Text(field, text) => self.text_field(*field, text),
            Term::Status(word) => self.has_status(*word, now),
            Term::Moment(field, test) => self.moment_holds(*field, test, now),
            Term::Access(access) => {
                let known = !matches!(self.access, Access::Other(_));
                self.kind == KeyKind::ApiKey && access.as_ref().map_or_else(|| !known, |access| self.access == *access)
            }
            Term::Exposed(yes) => self.exposed == *yes,
            Term::Values(digests) => self.digest.is_some_and(|digest| digests.contains(&digest)),
            Term::Mine(me) => *me == Some(self.owner_id),
            Term::OwnedBy(id) => self.owner_id == *id,
            Term::OwnerGone => self.owner_gone,
            Term::Any(_) | Term::Word(_) | Term::Source(_) | Term::Resolution(_) | Term::Incomplete(_) => false,
        }
    }

    fn moment(&self, field: MomentField) -> Option<&When> {
        match field {
            // A revoked key expires no more.
            MomentField::Expires => Some(&self.expires).filter(|_| self.status != Status::Revoked),
            MomentField::Idle if self.last_used == When::Never => Some(&self.created),
            MomentField::Idle | MomentField::Used => Some(&self.last_used),
            MomentField::Created => Some(&self.created),
            MomentField::Revoked => Some(&self.revoked),
            MomentField::Age if self.value_created == When::Never => Some(&self.created),
            MomentField::Age => Some(&self.value_created),
            MomentField::Rotated => Some(self.rotated()),
            MomentField::Tried => Some(&self.refused_uses.last_at),
            MomentField::Detected => None,
        }
    }

    fn is_of_key(&self, id: &KeyId) -> bool {
        self.id == *id
    }

    fn sort_text(&self, column: Column) -> Option<&str> {
        match column {
            Column::Name => Some(self.name.as_received()),
            Column::Masked => Some(self.masked.as_received()),
            Column::Owner => Some(self.owner.as_received()),
            _ => None,
        }
    }

    fn rank(&self, column: Column) -> u128 {
        match column {
            Column::Status => match self.status {
                _ if Key::is_open_danger(self) => 0,
                Status::Enabled => 1,
                Status::Disabled => 2,
                Status::Revoked => 3,
                Status::Other(_) => 4,
            },
            Column::Access => match self.access {
                _ if self.kind == KeyKind::CollectionAccessKey => 4,
                Access::Full => 0,
                Access::Read => 1,
                Access::None => 2,
                Access::Other(_) => 3,
            },
            // A revoked key expires no more: it stands beyond those that never will.
            Column::Expires if self.status == Status::Revoked => u128::MAX,
            Column::Expires => place(&self.expires, true),
            Column::LastUsed => past(&self.last_used),
            Column::Created => past(&self.created),
            Column::Tried => past(&self.refused_uses.last_at),
            _ => 0,
        }
    }

    fn state(&self) -> RowState {
        match self.status {
            Status::Enabled => RowState::Enabled,
            Status::Disabled => RowState::Disabled,
            Status::Revoked => RowState::Revoked,
            Status::Other(_) => RowState::Other,
        }
    }

    fn is_open_danger(&self) -> bool {
        Key::is_open_danger(self)
    }
}

impl Key {
    /// When it got another value, or took over from another key.
    fn rotated(&self) -> &When {
        match (&self.value_created, &self.created) {
            // both are written by the server at once when a key is made
            (When::At(value), When::At(key)) if *value > *key => &self.value_created,
            (When::Unreadable(_), _) => &self.value_created,
            _ if self.rotated_from.is_some() => &self.created,
            _ => &When::Never,
        }
    }

    fn text_field(&self, field: TextField, text: &Pattern) -> bool {
        match field {
            TextField::Owner => holds(&self.owner, text) || holds(&self.owner_email, text),
            TextField::Name => holds(&self.name, text),
            TextField::Team => self.team().is_some_and(|team| text.fits(team)),
            TextField::Id => text.fits(self.id.as_str()),
            TextField::From => self.last_used_from.as_ref().is_some_and(|from| holds(from, text)),
            TextField::Key => holds(&self.masked, text),
            TextField::Contact => self.contacts.iter().any(|contact| holds(contact, text)),
            TextField::Collection => {
                let named = self.kind == KeyKind::CollectionAccessKey && holds(&self.name, text);
                named || self.collection_id.as_ref().is_some_and(|id| holds(id, text))
            }
            TextField::Secret => false,
        }
    }

    fn has_status(&self, word: StatusWord, now: Time) -> bool {
        match word {
            StatusWord::Enabled | StatusWord::Active => self.status == Status::Enabled,
            StatusWord::Disabled => self.status == Status::Disabled,
            StatusWord::Revoked => self.status == Status::Revoked,
            StatusWord::Expired => {
                let over = self.expires.time().is_some_and(|time| time <= now);
                self.status != Status::Revoked && (over || self.disabled_reason == Some(DisabledReason::Expired))
            }
            StatusWord::Exposed => self.exposed,
            StatusWord::Other => matches!(self.status, Status::Other(_)),
        }
    }
}
