//! Memory that is not written to swap.

/// Memory that stays where it is until this is dropped.
pub struct Locked {
    _guard: region::LockGuard,
}

/// Keeps the memory of `text` out of swap; none where the system refuses, as it does past a limit (`ulimit -l`). The page
/// it stands on is let go as soon as one of the locks on that page is: keep those of one purpose together.
pub fn lock(text: &str) -> Option<Locked> {
    if text.is_empty() {
        return None;
    }
    region::lock(text.as_ptr(), text.len()).ok().map(|guard| Locked { _guard: guard })
}
