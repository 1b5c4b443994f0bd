//! Who is connected: how many at most, in all and of one address, and who goes when there are too many.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio_util::sync::CancellationToken;

use super::connection::Connection;
use crate::server::http::under_way::OF_ONE;
use crate::server::source::Source;

/// The most connections at a time, where the system allows as many.
const MOST: usize = 10_000;
/// The most connections of those who watch the server, which are few programs.
const FEW: usize = 32;
/// Files that are kept for everything but connections: the database, certificates, logs, what goes out.
const OTHER_FILES: u64 = 128;

/// All connections that are open.
#[derive(Debug)]
pub struct Crowd {
    most: usize,
    of_one: usize,
    here: Mutex<Here>,
}

#[derive(Debug, Default)]
struct Here {
    next: u64,
    all: HashMap<u64, Guest>,
    of: HashMap<Source, usize>,
}

#[derive(Debug)]
struct Guest {
    from: Option<Source>,
    connection: Arc<Connection>,
    put_out: CancellationToken,
}

impl Crowd {
    /// A crowd within what this process may open, which is raised to what the system lets it be raised to.
    pub fn of_this_process() -> Arc<Self> {
        let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
        let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
        if let Err(error) = raised {
            tracing::warn!(%error, "the number of files this process may open could not be raised");
        }
        // none means as many as one likes
        let files = if raised.is_ok() { maximum } else { current }.unwrap_or(u64::MAX);
        let most = usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX).clamp(16, MOST);
        Self::new(most, OF_ONE)
    }

    /// A crowd of those who watch the server.
    pub fn of_few() -> Arc<Self> {
        Self::new(FEW, FEW / 2)
    }

    fn new(most: usize, of_one: usize) -> Arc<Self> {
        Arc::new(Self { most, of_one, here: Mutex::default() })
    }

    fn here(&self) -> MutexGuard<'_, Here> {
        self.here.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets one in, `from` whom they are counted with. Where there are too many, the one that has waited longest for its
    /// client is put out: of the same address, or of all. None where each of those is being answered.
    pub fn enter(self: &Arc<Self>, from: Option<Source>) -> Option<Place> {
        let mut here = self.here();
        let of_one = from.and_then(|from| here.of.get(&from).copied()).unwrap_or_default();
        if of_one >= self.of_one {
            here.put_out(|guest| guest.from == from)?;
        } else if here.all.len() >= self.most {
            here.put_out(|_| true)?;
        }
        let (connection, put_out) = (Arc::new(Connection::new()), CancellationToken::new());
        let number = here.next;
        here.next += 1;
        if let Some(from) = from {
            *here.of.entry(from).or_default() += 1;
        }
        here.all.insert(number, Guest { from, connection: Arc::clone(&connection), put_out: put_out.clone() });
        Some(Place { crowd: Arc::clone(self), number, connection, put_out })
    }
}

impl Here {
    /// Puts out whoever of these has waited longest. They are not counted any more, though their connection takes a
    /// moment to close.
    fn put_out(&mut self, among: impl Fn(&Guest) -> bool) -> Option<()> {
        let waiting = self.all.iter().filter(|(_, guest)| among(guest));
        let waiting = waiting.filter_map(|(number, guest)| Some((guest.connection.waits_since()?, *number)));
        let (_, longest) = waiting.min()?;
        if let Some(guest) = self.leave(longest) {
            guest.put_out.cancel();
        }
        Some(())
    }

    fn leave(&mut self, number: u64) -> Option<Guest> {
        let guest = self.all.remove(&number)?;
        if let Some(from) = guest.from
            && let Some(count) = self.of.get_mut(&from)
        {
            *count -= 1;
            if *count == 0 {
                self.of.remove(&from);
            }
        }
        Some(guest)
    }
}

/// The place of one connection, given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    crowd: Arc<Crowd>,
    number: u64,
    connection: Arc<Connection>,
    put_out: CancellationToken,
}

impl Place {
    pub fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Cancelled when the place is needed for somebody else.
    pub fn put_out(&self) -> &CancellationToken {
        &self.put_out
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.crowd.here().leave(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From an address of this network.
    fn from(last: u8) -> Option<Source> {
        std::num::NonZero::new(last).map(|last| Source::Address([192, 0, 2, last.get()].into()))
    }

    #[tokio::test]
    async fn a_full_house_puts_out_who_waits_longest() {
        let crowd = Crowd::new(3, 2);
        let [first, second, other] = [from(1), from(1), from(2)].map(|from| crowd.enter(from).unwrap());
        let answering = Connection::answer(first.connection());
        let third = crowd.enter(from(1)).unwrap();
        assert!(second.put_out().is_cancelled(), "its address has too many, and it has waited longest of them");
        assert!(!other.put_out().is_cancelled() && !first.put_out().is_cancelled());
        let stranger = crowd.enter(from(3)).unwrap();
        assert!(other.put_out().is_cancelled(), "there are too many in all");
        let _busy = [&third, &stranger].map(|place| Connection::answer(place.connection()));
        assert!(crowd.enter(from(4)).is_none(), "everybody is being answered");
        drop(answering);
        assert!(crowd.enter(None).is_some());
    }

    #[tokio::test]
    async fn who_leaves_is_not_counted() {
        let crowd = Crowd::new(8, 1);
        for _ in 0..20 {
            drop(crowd.enter(from(1)).unwrap());
        }
        let all: Vec<_> = (0..8).map(|_| crowd.enter(None).unwrap()).collect();
        assert!(all.iter().all(|place| !place.put_out().is_cancelled()));
        drop(all);
        let here = crowd.here();
        assert!(here.all.is_empty() && here.of.is_empty());
    }
}
