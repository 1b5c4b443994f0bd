//! The request to stop: ^C, a termination, a terminal that hung up.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Stops that were asked for.
#[derive(Clone, Debug)]
pub struct Signals {
    /// Cancelled by the first signal: finish in order.
    pub stop: CancellationToken,
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
        let signals = Self { stop: CancellationToken::new(), now: CancellationToken::new() };
        let caught = signals.clone();
        tokio::spawn(async move {
            any(&mut interrupt, &mut terminate, &mut hangup).await;
            caught.stop.cancel();
            any(&mut interrupt, &mut terminate, &mut hangup).await;
            caught.now.cancel();
        });
        Ok(signals)
    }
}

async fn any(a: &mut Signal, b: &mut Signal, c: &mut Signal) {
    tokio::select! {
        _ = a.recv() => {}
        _ = b.recv() => {}
        _ = c.recv() => {}
    }
}
