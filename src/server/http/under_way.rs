//! How many requests of one client are under way at a time. Behind a proxy that is what bounds a client: the connections are
//! the proxy's, and one client's slow requests could hold them all.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::server::source::Source;

/// The most connections of one address, and behind a proxy the most requests of one of its clients at a time.
pub const OF_ONE: usize = 256;

/// Requests that are under way, by where they come from.
#[derive(Clone, Debug, Default)]
pub struct UnderWay(Arc<Mutex<HashMap<Source, usize>>>);

impl UnderWay {
    fn counted(&self) -> MutexGuard<'_, HashMap<Source, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets one more in of `from`, unless there are as many as there may be.
    pub fn enter(&self, from: Source) -> Option<Entered> {
        let from = from.neighbourhood();
        let mut counted = self.counted();
        let of_one = counted.entry(from).or_default();
        if *of_one >= OF_ONE {
            return None;
        }
        *of_one += 1;
        Some(Entered { among: self.clone(), from })
    }
}

/// One request, until it is dropped.
#[derive(Debug)]
pub struct Entered {
    among: UnderWay,
    from: Source,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut counted = self.among.counted();
        if let Some(of_one) = counted.get_mut(&self.from) {
            *of_one -= 1;
            if *of_one == 0 {
                counted.remove(&self.from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(last: u8) -> Source {
        Source::Address([192, 0, 2, last].into())
    }

    #[test]
    fn one_client_takes_its_share_and_leaves_the_others_theirs() {
        let under_way = UnderWay::default();
        let mut first: Vec<_> = (0..OF_ONE).map(|_| under_way.enter(from(1)).unwrap()).collect();
        assert!(under_way.enter(from(1)).is_none());
        drop(under_way.enter(from(2)).unwrap());
        first.pop();
        first.push(under_way.enter(from(1)).unwrap());
        assert!(under_way.enter(from(1)).is_none());
        drop(first);
        assert!(under_way.counted().is_empty());
    }
}
