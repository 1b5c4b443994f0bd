//! Time cut into spans, each of which is a condition of the filter language.

use chrono::TimeDelta;

use crate::domain::filter::MomentField;
use crate::domain::time::{Time, When};

/// The spans that a field's moments fall into: those between edges, ascending, then what never is, then what cannot be
/// told.
#[derive(Clone, Debug)]
pub struct Cuts {
    field: MomentField,
    edges: Vec<Time>,
    /// Whether a moment at an edge belongs to the span after it, as midnight does to its day; else to the one before, as
    /// a value that is just 90 d old does to those of 90 d and more.
    begins: bool,
}

impl Cuts {
    /// Cut at these moments, each of which begins a span. They ascend.
    pub fn beginning_at(field: MomentField, edges: Vec<Time>) -> Self {
        Self { field, edges, begins: true }
    }

    /// Cut these many days before `now`, each of which ends a span. They ascend.
    pub fn days_before(field: MomentField, days: impl DoubleEndedIterator<Item = i64>, now: Time) -> Self {
        Self { field, edges: days.rev().map(|days| now - TimeDelta::days(days)).collect(), begins: false }
    }

    pub fn field(&self) -> MomentField {
        self.field
    }

    pub fn edges(&self) -> &[Time] {
        &self.edges
    }

    /// How many spans there are.
    pub fn spans(&self) -> usize {
        self.edges.len() + 1
    }

    /// The place behind the spans of what never is.
    pub fn never(&self) -> usize {
        self.spans()
    }

    /// The last place, of what is no moment: a row without the field, or with a text that cannot be read.
    pub fn odd(&self) -> usize {
        self.spans() + 1
    }

    /// How many places there are: the spans and the two behind them.
    pub fn places(&self) -> usize {
        self.spans() + 2
    }

    /// Where a moment belongs.
    pub fn place(&self, when: Option<&When>) -> usize {
        match when {
            Some(When::At(time)) => {
                self.edges.partition_point(|edge| if self.begins { edge <= time } else { edge < time })
            }
            Some(When::Never) => self.never(),
            Some(When::Unreadable(_)) | None => self.odd(),
        }
    }

    /// Whether every moment in the minute of `edge` belongs to the span after it.
    pub(in crate::domain) fn decides_at_its_minute(&self, edge: Time) -> bool {
        self.begins && edge.timestamp().rem_euclid(60) == 0 && edge.timestamp_subsec_nanos() == 0
    }
}
