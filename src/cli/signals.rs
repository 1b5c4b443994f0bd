//! The request to stop: ^C, a termination, a terminal that hung up.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Stops that were asked for.
#[derive(Clone, Debug)]
pub struct Signals {
    /// Cancelled by the first signal: finish in order.
    pub stop: CancellationToken,
    /// Cancelled just before that where it was no ^C: nobody said that the rest is not to be done.
    pub left: CancellationToken,
    /// Cancelled by the second: finish at once.
    pub now: CancellationToken,
}

impl Signals {
    /// Catches SIGINT, SIGTERM and SIGHUP from here on, for the rest of the process.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn catch() -> io::Result<Self> {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let mut hangup = signal(SignalKind::hangup())?;
        let new = CancellationToken::new;
        let signals = Self { stop: new(), left: new(), now: new() };
        let caught = signals.clone();
        tokio::spawn(async move {
            if any(&mut interrupt, &mut terminate, &mut hangup).await == Caught::Other {
                caught.left.cancel();
            }
            caught.stop.cancel();
            any(&mut interrupt, &mut terminate, &mut hangup).await;
            caught.now.cancel();
        });
        Ok(signals)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caught {
    Interrupt,
    Other,
}

async fn any(interrupt: &mut Signal, b: &mut Signal, c: &mut Signal) -> Caught {
    tokio::select! {
        _ = interrupt.recv() => Caught::Interrupt,
        _ = b.recv() => Caught::Other,
        _ = c.recv() => Caught::Other,
    }
}
