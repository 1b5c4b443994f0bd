//! Findings as rows.

use std::cmp::Ordering;

use super::{Row, RowState};
use crate::domain::filter::Term;
use crate::domain::fold;
use crate::domain::ids::KeyId;
use crate::domain::sort::Column;
use crate::domain::time::Time;
use crate::domain::{finding::Finding, key::Status};

impl Row for Finding {
    fn id(&self) -> &KeyId {
        &self.id
    }

    fn search_text(&self, out: &mut String) {
        for text in [&self.key_name, &self.obfuscated, &self.owner, &self.url] {
            fold::fold_into(text.as_received(), out);
            out.push('\n');
        }
    }

    fn field(&self, _term: &Term, _now: Time) -> bool {
        false
    }

    fn is_of_key(&self, id: &KeyId) -> bool {
        self.key_id.as_ref() == Some(id)
    }

    fn compare(&self, other: &Self, column: Column) -> Ordering {
        match column {
            Column::Detected => self.detected.time().cmp(&other.detected.time()),
            _ => fold::compare(self.key_name.as_received(), other.key_name.as_received()),
        }
    }

    fn rank(&self, _column: Column) -> u128 {
        0
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
