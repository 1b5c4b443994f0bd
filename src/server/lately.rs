//! What was found out a moment ago, by whoever asked first: however many ask, it is found out once in a while, and nobody
//! waits longer than they want to.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

/// What is known of one thing.
pub struct Lately<T> {
    known: watch::Sender<Known<T>>,
}

struct Known<T> {
    /// What was found out last, and when that was begun.
    found: Option<(Instant, T)>,
    /// Whether somebody is finding out.
    under_way: bool,
}

/// What somebody is told who asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told<T> {
    /// What is so, or was so a moment ago.
    Found(T),
    /// It takes longer than they wait; what was found out before, if anything was.
    Late(Option<T>),
}

impl<T> Default for Lately<T> {
    fn default() -> Self {
        Self { known: watch::Sender::new(Known { found: None, under_way: false }) }
    }
}

impl<T: Clone + Send + Sync + 'static> Lately<T> {
    /// What was found out at most `holds` ago. Where nothing was, `find` finds out on a task of its own, which ends whether
    /// or not somebody still waits; who asks meanwhile waits for the same, each for `patience` at most.
    pub async fn ask<F>(&self, holds: Duration, patience: Duration, find: impl FnOnce() -> F) -> Told<T>
    where
        F: Future<Output = T> + Send + 'static,
    {
        let asked = Instant::now();
        let mut known = self.known.subscribe();
        let mut fresh = None;
        let begins = self.known.send_if_modified(|known| {
            fresh = known.found.as_ref().filter(|(begun, _)| asked - *begun < holds).map(|(_, found)| found.clone());
            // those who wait are told of the end alone
            let begins = fresh.is_none() && !known.under_way;
            known.under_way |= begins;
            begins
        });
        if let Some(found) = fresh {
            return Told::Found(found);
        }
        if begins {
            let (find, ends) = (find(), Ends(self.known.clone()));
            tokio::spawn(async move {
                let found = find.await;
                ends.0.send_modify(|known| known.found = Some((asked, found)));
            });
        }
        let ended = tokio::time::timeout(patience, known.wait_for(|known| !known.under_way)).await;
        let before = self.known.borrow().found.as_ref().map(|(_, found)| found.clone());
        match (ended, before) {
            (Ok(_), Some(found)) => Told::Found(found),
            (_, before) => Told::Late(before),
        }
    }
}

/// Somebody is finding out; when this goes, even by a panic, they are not any more.
struct Ends<T>(watch::Sender<Known<T>>);

impl<T> Drop for Ends<T> {
    fn drop(&mut self) {
        self.0.send_modify(|known| known.under_way = false);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::sync::Notify;

    use super::*;

    const HOLDS: Duration = Duration::from_millis(500);
    const PATIENCE: Duration = Duration::from_millis(400);

    #[tokio::test(start_paused = true)]
    async fn it_is_found_out_once_in_a_while_however_many_ask() {
        let (lately, times) = (Arc::new(Lately::default()), Arc::new(AtomicUsize::new(0)));
        let ask = || {
            let (lately, times) = (Arc::clone(&lately), Arc::clone(&times));
            async move { lately.ask(HOLDS, PATIENCE, || async move { times.fetch_add(1, Ordering::Relaxed) }).await }
        };
        let all = futures_util::future::join_all((0..20).map(|_| tokio::spawn(ask()))).await;
        assert!(all.into_iter().all(|told| told.unwrap() == Told::Found(0)));
        assert_eq!(ask().await, Told::Found(0));
        tokio::time::advance(HOLDS).await;
        assert_eq!(ask().await, Told::Found(1));
        assert_eq!(times.load(Ordering::Relaxed), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_longer_than_they_want_to_and_what_comes_late_is_kept() {
        let (lately, come) = (Lately::default(), Arc::new(Notify::new()));
        let slow = || {
            let come = Arc::clone(&come);
            async move {
                come.notified().await;
                7
            }
        };
        let begun = Instant::now();
        assert_eq!(lately.ask(HOLDS, PATIENCE, slow).await, Told::Late(None));
        assert_eq!(begun.elapsed(), PATIENCE);
        come.notify_one();
        let never = || async { unreachable!("the first is still under way") };
        assert_eq!(lately.ask(Duration::from_hours(1), PATIENCE, never).await, Told::Found(7));
        // it counts from when it was begun
        tokio::time::advance(HOLDS).await;
        assert_eq!(lately.ask(HOLDS, PATIENCE, slow).await, Told::Late(Some(7)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_is_not_waited_for_and_the_next_finds_out() {
        let lately = Lately::default();
        let told = lately.ask(HOLDS, PATIENCE, || async { panic!("as a query that met what it should not") }).await;
        assert_eq!(told, Told::Late(None));
        assert_eq!(lately.ask(HOLDS, PATIENCE, || async { 1 }).await, Told::Found(1));
    }
}
