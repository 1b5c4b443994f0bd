//! What one connection waits for, and until when it may.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

/// How long a client may take for the head of a request, its first one included.
pub const HEAD: Duration = Duration::from_secs(10);
/// How long a connection may be open between two requests. Longer than what common clients keep unused connections for
/// behind a proxy, so that it is they who close.
pub const IDLE: Duration = Duration::from_secs(75);
/// How long a client may take nothing of an answer.
pub const STALLED: Duration = Duration::from_secs(30);
/// How long a client may take for the head of a request that it had begun when the server was told to stop.
pub const STOPPING: Duration = Duration::from_secs(1);
/// How long it may take then for the rest of a body, or to take the rest of an answer.
pub const STOPPING_HALFWAY: Duration = Duration::from_secs(3);

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    /// For the rest of a head, or for the first request; since then.
    Head(Instant),
    /// For another request, since then.
    Request(Instant),
    /// For nothing of its client's: a request is being answered.
    Nothing,
}

#[derive(Debug)]
struct State {
    waiting: Waiting,
    /// Whether the body of the request is still on its way.
    arriving: bool,
    /// Since when the client takes nothing of what is written.
    stalled: Option<Instant>,
    /// When the server was told to stop.
    stopped: Option<Instant>,
}

/// One connection.
#[derive(Debug)]
pub struct Connection {
    state: Mutex<State>,
    /// A deadline is nearer than it was.
    nearer: Notify,
}

impl Connection {
    pub fn new() -> Self {
        let state = State { waiting: Waiting::Head(Instant::now()), arriving: false, stalled: None, stopped: None };
        Self { state: Mutex::new(state), nearer: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client said something.
    pub fn heard(&self) {
        let mut state = self.state();
        if let Waiting::Request(_) = state.waiting {
            state.waiting = Waiting::Head(Instant::now());
            self.nearer.notify_one();
        }
    }

    /// The client took something of what is written, or takes nothing now.
    pub fn wrote(&self, anything: bool) {
        let mut state = self.state();
        if anything {
            state.stalled = None;
        } else if state.stalled.is_none() {
            state.stalled = Some(Instant::now());
            self.nearer.notify_one();
        }
    }

    /// A request is there whole, but for its body: until the answer ends nothing is waited for.
    pub fn answer(connection: &Arc<Self>) -> Answering {
        connection.state().waiting = Waiting::Nothing;
        Answering(Arc::clone(connection))
    }

    /// The request that is answered has a body that is still on its way, or is not any more.
    pub fn arrives(&self, body: bool) {
        self.state().arriving = body;
        self.nearer.notify_one();
    }

    /// The server is told to stop.
    pub fn stop(&self) {
        self.state().stopped = Some(Instant::now());
        self.nearer.notify_one();
    }

    /// Since when it waits for its client to ask something.
    pub fn waits_since(&self) -> Option<Instant> {
        match self.state().waiting {
            Waiting::Head(since) | Waiting::Request(since) => Some(since),
            Waiting::Nothing => None,
        }
    }

    /// The nearest deadline, and what is late after it.
    fn deadline(&self) -> Option<(Instant, &'static str)> {
        let state = self.state();
        let waiting = match (state.waiting, state.stopped) {
            (Waiting::Nothing, Some(stopped)) if state.arriving => {
                Some((stopped + STOPPING_HALFWAY, "the server stops, and a body is not here"))
            }
            (Waiting::Nothing, _) => None,
            (Waiting::Head(_) | Waiting::Request(_), Some(stopped)) => Some((stopped + STOPPING, "the server stops")),
            (Waiting::Head(since), None) => Some((since + HEAD, "the head of a request took too long")),
            (Waiting::Request(since), None) => Some((since + IDLE, "nothing was asked for a while")),
        };
        let stalled = state.stalled.map(|since| {
            let stopping = state.stopped.map(|stopped| stopped.max(since) + STOPPING_HALFWAY);
            let until = since + STALLED;
            (stopping.map_or(until, |stopping| stopping.min(until)), "an answer is not taken")
        });
        waiting.into_iter().chain(stalled).min_by_key(|(until, _)| *until)
    }

    /// Waits until a deadline has passed, and says which.
    pub async fn overdue(&self) -> &'static str {
        loop {
            let Some((until, why)) = self.deadline() else {
                self.nearer.notified().await;
                continue;
            };
            if until <= Instant::now() {
                return why;
            }
            tokio::select! {
                () = tokio::time::sleep_until(until) => {}
                () = self.nearer.notified() => {}
            }
        }
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub struct Answering(Arc<Connection>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.state().waiting = Waiting::Request(Instant::now());
        // whoever watches the deadlines has none for a connection that answers
        self.0.nearer.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn seconds_until_overdue(connection: &Connection) -> (u64, &'static str) {
        let begun = Instant::now();
        let why = connection.overdue().await;
        (begun.elapsed().as_secs(), why)
    }

    #[tokio::test(start_paused = true)]
    async fn each_wait_has_its_own_deadline() {
        let connection = Arc::new(Connection::new());
        connection.heard();
        let (seconds, why) = seconds_until_overdue(&connection).await;
        assert_eq!((seconds, why), (HEAD.as_secs(), "the head of a request took too long"));
        drop(Connection::answer(&connection));
        assert_eq!(seconds_until_overdue(&connection).await.0, IDLE.as_secs());
        drop(Connection::answer(&connection));
        connection.heard();
        tokio::time::advance(Duration::from_secs(4)).await;
        connection.heard();
        assert_eq!(seconds_until_overdue(&connection).await.0, HEAD.as_secs() - 4, "a drop now and then buys no time");
    }

    #[tokio::test(start_paused = true)]
    async fn while_a_request_is_answered_only_a_client_that_takes_nothing_is_late() {
        let connection = Arc::new(Connection::new());
        let answering = Connection::answer(&connection);
        let long = tokio::time::timeout(Duration::from_hours(1), connection.overdue()).await;
        assert!(long.is_err());
        connection.wrote(false);
        tokio::time::advance(STALLED / 2).await;
        connection.wrote(true);
        connection.wrote(false);
        connection.wrote(false);
        assert_eq!(seconds_until_overdue(&connection).await, (STALLED.as_secs(), "an answer is not taken"));
        drop(answering);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_stops_waits_for_its_own_work_and_not_long_for_clients() {
        let connection = Arc::new(Connection::new());
        let _answering = Connection::answer(&connection);
        connection.arrives(true);
        let waits = async || tokio::time::timeout(Duration::from_hours(1), seconds_until_overdue(&connection)).await;
        assert!(waits().await.is_err(), "a body has a deadline of its own while the server runs");
        connection.stop();
        assert_eq!(waits().await.unwrap().0, STOPPING_HALFWAY.as_secs());
        connection.arrives(false);
        assert!(waits().await.is_err(), "what is being done is finished");
        connection.wrote(false);
        assert_eq!(waits().await.unwrap(), (STOPPING_HALFWAY.as_secs(), "an answer is not taken"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_deadline_that_comes_nearer_is_heeded() {
        let connection = Arc::new(Connection::new());
        drop(Connection::answer(&connection));
        let watched = tokio::spawn({
            let connection = Arc::clone(&connection);
            async move { seconds_until_overdue(&connection).await }
        });
        tokio::time::sleep(Duration::from_secs(5)).await;
        connection.stop();
        assert_eq!(watched.await.unwrap(), (6, "the server stops"));
    }
}
