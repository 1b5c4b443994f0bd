//! The request to stop: ^C, a termination, a terminal that hung up.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

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

/// Whether a signal is somebody's to finish in order on.
static CAUGHT: AtomicBool = AtomicBool::new(false);

/// From here on signals are somebody else's.
pub fn leave_to_others() {
    CAUGHT.store(true, Ordering::SeqCst);
}

/// Does `work`, which runs a program: a signal meanwhile drops it, which ends the program with all that it started, and then
/// keydeck, as the signal alone would have. So does one after it, until somebody finishes in order on it.
///
/// # Errors
/// When the system refuses.
pub async fn ending_programs<T>(work: impl Future<Output = T>) -> io::Result<T> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let done = tokio::select! {
        done = work => Some(done),
        _ = any(&mut interrupt, &mut terminate, Some(&mut hangup)) => None,
    };
    let Some(done) = done else { std::process::exit(STOPPED) };
    tokio::spawn(async move {
        any(&mut interrupt, &mut terminate, Some(&mut hangup)).await;
        if !CAUGHT.load(Ordering::SeqCst) {
            std::process::exit(STOPPED);
        }
    });
    Ok(done)
}

/// The exit code of a program that a person stopped: 128 and the number of SIGINT.
pub const STOPPED: i32 = 130;

impl Signals {
    /// Catches SIGINT, SIGTERM and SIGHUP from here on, for the rest of the process.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn catch() -> io::Result<Self> {
        Self::catch_with(Some(signal(SignalKind::hangup())?))
    }

    /// Catches SIGINT and SIGTERM from here on. SIGHUP, which ends no server, is given out instead.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn catch_for_server() -> io::Result<(Self, Signal)> {
        let hangup = signal(SignalKind::hangup())?;
        Ok((Self::catch_with(None)?, hangup))
    }

    fn catch_with(mut hangup: Option<Signal>) -> io::Result<Self> {
        leave_to_others();
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let new = CancellationToken::new;
        let signals = Self { stop: new(), left: new(), now: new() };
        let caught = signals.clone();
        tokio::spawn(async move {
            if any(&mut interrupt, &mut terminate, hangup.as_mut()).await == Caught::Other {
                caught.left.cancel();
            }
            caught.stop.cancel();
            any(&mut interrupt, &mut terminate, hangup.as_mut()).await;
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

async fn any(interrupt: &mut Signal, terminate: &mut Signal, hangup: Option<&mut Signal>) -> Caught {
    let hung_up = async {
        match hangup {
            Some(hangup) => hangup.recv().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = interrupt.recv() => Caught::Interrupt,
        _ = terminate.recv() => Caught::Other,
        _ = hung_up => Caught::Other,
    }
}
