//! Keys that are read again before something is done to them: what a review vouches for is what was read when it opened.

use super::finding::Finding;
use super::key::Key;

/// What was read. A key that was asked for and is not among them is no longer there, or not to be seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fresh {
    /// The keys as they are now, in no order.
    pub keys: Vec<Key>,
    /// The open findings that name them; none where they were not asked for, or are not to be seen.
    pub findings: Vec<Finding>,
}

/// How far the reading is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looking {
    /// Keys read so far, or pages of a whole list where [`by_page`](Self::by_page).
    pub read: usize,
    /// Whether the backend cannot be asked about some keys, so that whole lists are read for them.
    pub by_page: bool,
}
