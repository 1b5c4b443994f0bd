//! Keys as rows.

use std::cmp::Ordering;

use super::{Row, RowState};
use crate::domain::filter::Term;
use crate::domain::fold;
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Status};
use crate::domain::sort::Column;
use crate::domain::time::Time;

impl Row for Key {
    fn id(&self) -> &KeyId {
        &self.id
    }

    fn search_text(&self, out: &mut String) {
        for text in [&self.name, &self.masked, &self.owner, &self.owner_email] {
            fold::fold_into(text.as_received(), out);
            out.push('\n');
        }
    }

    fn field(&self, _term: &Term, _now: Time) -> bool {
        false
    }

    fn is_of_key(&self, id: &KeyId) -> bool {
        self.id == *id
    }

    fn compare(&self, other: &Self, column: Column) -> Ordering {
        match column {
            Column::Created => self.created.time().cmp(&other.created.time()),
            _ => fold::compare(self.name.as_received(), other.name.as_received()),
        }
    }

    fn rank(&self, _column: Column) -> u128 {
        0
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
