//! How far a tab is read.

use crate::client::error::ServiceError;
use crate::domain::time::Time;

/// How far the reading of a list is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Load {
    /// Not asked for.
    #[default]
    Idle,
    /// Under way.
    Loading,
    /// Whole.
    Ready,
    /// Failed, perhaps after some pages; what was loaded before still stands.
    Failed(ServiceError),
}

/// How far a tab is loaded.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// How far the reading is.
    pub load: &'a Load,
    /// When the rows are from; none before the first whole reading.
    pub as_of: Option<Time>,
    /// How many rows are loaded.
    pub loaded: usize,
    /// How many rows came in the reading under way; those from before may still be there beside them.
    pub came: usize,
    /// How many there are, where the server said so.
    pub total: Option<usize>,
}
