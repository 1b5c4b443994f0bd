//! Which run of something an answer belongs to.

/// Names one run of something, a read, a write or a dialog's work, so that a late answer to an earlier run is known. The
/// default names no run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);
