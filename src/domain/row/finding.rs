//! Findings as rows.

use std::ops::Range;

use super::{Row, RowState, add_line, holds, past};
use crate::domain::filter::{MomentField, Pattern, StatusWord, Term, TextField};
use crate::domain::finding::{Finding, Resolution, Source, Urgency};
use crate::domain::fold;
use crate::domain::ids::KeyId;
use crate::domain::key::Status;
use crate::domain::sort::Column;
use crate::domain::time::{Time, When};

impl Row for Finding {
    fn id(&self) -> &KeyId {
        &self.id
    }

    fn search_text(&self, out: &mut String) {
        // the first ones stand where `lines` says
        let texts = [
            &self.key_name,
            &self.obfuscated,
            &self.owner,
            &self.owner_email,
            &self.secret_type,
            &self.url,
            &self.workspace_id,
            &self.visibility,
        ];
        for text in texts {
            add_line(text, out);
        }
        for id in [&self.id, &self.secret_id].into_iter().chain(&self.key_id) {
            fold::fold_into(id.as_str(), out);
            out.push('\n');
        }
    }

    fn lines(field: TextField) -> Option<Range<usize>> {
        match field {
            TextField::Name => Some(0..1),
            TextField::Key => Some(1..2),
            TextField::Owner => Some(2..4),
            TextField::Secret => Some(4..5),
            TextField::Team | TextField::Id | TextField::From | TextField::Contact | TextField::Collection => None,
        }
    }

    fn field(&self, term: &Term, now: Time) -> bool {
        match term {
            Term::Text(field, text) => self.text_field(*field, text),
            Term::Status(word) => self.has_status(*word),
            Term::Moment(field, test) => self.moment_holds(*field, test, now),
            Term::Exposed(yes) => self.is_open() == *yes,
            Term::Source(wanted) => match (wanted, &self.source) {
                (None, source) => matches!(source, Some(Source::Other(_)) | None),
                (wanted, source) => wanted == source,
            },
            Term::Resolution(None) => matches!(self.resolution, Resolution::Other(_)),
            Term::Resolution(Some(wanted)) => self.resolution == *wanted,
            Term::Values(digests) => self.digest.is_some_and(|digest| digests.contains(&digest)),
            Term::Access(_) | Term::Any(_) | Term::Word(_) | Term::Incomplete(_) => false,
            Term::Mine(me) => me.is_some() && *me == self.owner_id,
            Term::OwnedBy(id) => self.owner_id == Some(*id),
            Term::OwnerGone => self.owner_gone,
        }
    }

    fn moment(&self, field: MomentField) -> Option<&When> {
        match field {
            // The key's age is not known here, so one that was never used is idle since it was found at least.
            MomentField::Idle if self.last_used == When::Never => Some(&self.detected),
            MomentField::Idle | MomentField::Used => Some(&self.last_used),
            MomentField::Detected => Some(&self.detected),
            MomentField::Expires
            | MomentField::Created
            | MomentField::Revoked
            | MomentField::Age
            | MomentField::Rotated
            | MomentField::Tried => None,
        }
    }

    fn is_of_key(&self, id: &KeyId) -> bool {
        self.key_id.as_ref() == Some(id)
    }

    fn sort_text(&self, column: Column) -> Option<&str> {
        match column {
            Column::Name => Some(self.key_name.as_received()),
            Column::Masked => Some(self.obfuscated.as_received()),
            Column::Owner => Some(self.owner.as_received()),
            Column::Secret => Some(self.secret_type.as_received()),
            Column::Source => Some(self.source.as_ref().map_or("", Source::word)),
            Column::Where => Some(self.url.as_received()),
            _ => None,
        }
    }

    fn rank(&self, column: Column) -> u128 {
        match column {
            Column::Status => match self.key_status {
                Some(Status::Enabled) if self.is_open() => 0,
                Some(Status::Enabled) => 1,
                Some(Status::Disabled) => 2,
                Some(Status::Revoked) => 3,
                Some(Status::Other(_)) | None => 4,
            },
            Column::LastUsed => past(&self.last_used),
            Column::Detected => past(&self.detected),
            Column::Occurrences => self.occurrences.into(),
            // the most urgent first; what somebody dealt with stands by what they said
            Column::Resolution => match (self.urgency(), &self.resolution) {
                (Urgency::InUse, _) => 0,
                (Urgency::Live, _) => 1,
                (Urgency::Open, _) => 2,
                (Urgency::Over, Resolution::Active | Resolution::AcceptedRisk) => 3,
                (Urgency::Over, Resolution::FalsePositive) => 4,
                (Urgency::Over, Resolution::Revoked) => 5,
                (Urgency::Over, Resolution::Other(_)) => 6,
            },
            // the earlier it was found, the longer; what is over is not exposed at all
            Column::Exposed if self.exposed_for(Time::default()).is_none() => 0,
            Column::Exposed => u128::MAX - past(&self.detected),
            _ => 0,
        }
    }

    fn state(&self) -> RowState {
        match self.key_status {
            Some(Status::Enabled) => RowState::Enabled,
            Some(Status::Disabled) => RowState::Disabled,
            Some(Status::Revoked) => RowState::Revoked,
            Some(Status::Other(_)) | None => RowState::Other,
        }
    }

    fn is_open_danger(&self) -> bool {
        self.is_open()
    }
}

impl Finding {
    fn text_field(&self, field: TextField, text: &Pattern) -> bool {
        match field {
            TextField::Owner => holds(&self.owner, text) || holds(&self.owner_email, text),
            TextField::Name => holds(&self.key_name, text),
            TextField::Id => {
                [&self.id, &self.secret_id].into_iter().chain(&self.key_id).any(|id| text.fits(id.as_str()))
            }
            TextField::Key => holds(&self.obfuscated, text),
            TextField::Secret => holds(&self.secret_type, text),
            TextField::Contact | TextField::Collection | TextField::From | TextField::Team => false,
        }
    }

    fn has_status(&self, word: StatusWord) -> bool {
        match word {
            StatusWord::Enabled => self.key_status == Some(Status::Enabled),
            StatusWord::Disabled => self.key_status == Some(Status::Disabled),
            StatusWord::Revoked => self.key_status == Some(Status::Revoked),
            StatusWord::Exposed | StatusWord::Active => self.is_open(),
            StatusWord::Other => matches!(self.key_status, Some(Status::Other(_)) | None),
            StatusWord::Expired => false,
        }
    }
}
