//! The signals that end the console, as a stream, and the end that comes anyway if the console does not heed them.

use std::io;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::terminal::restore;

/// How long the console has to end by itself after a signal, and after its terminal is gone.
const PATIENCE: Duration = Duration::from_millis(1500);

/// A signal that ends the console.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndSignal {
    /// SIGHUP: the terminal's line was dropped.
    HangUp,
    /// SIGINT, from another process: in raw mode ctrl-c is a key.
    Interrupt,
    /// SIGQUIT, from another process.
    Quit,
    /// SIGTERM.
    Terminate,
}

impl EndSignal {
    const ALL: [Self; 4] = [Self::HangUp, Self::Interrupt, Self::Quit, Self::Terminate];

    fn kind(self) -> SignalKind {
        match self {
            Self::HangUp => SignalKind::hangup(),
            Self::Interrupt => SignalKind::interrupt(),
            Self::Quit => SignalKind::quit(),
            Self::Terminate => SignalKind::terminate(),
        }
    }

    /// The exit code that tells of this signal: 128 and its number.
    pub fn exit_code(self) -> u8 {
        u8::try_from(128 + self.kind().as_raw_value()).unwrap_or(1)
    }
}

/// The signals that end the console, from [`listen`](Self::listen) on.
pub struct Signals {
    received: mpsc::UnboundedReceiver<EndSignal>,
    listener: JoinHandle<()>,
}

impl Signals {
    /// Begins to listen, on the current runtime, which needs a thread besides the one that draws. If the process has not
    /// ended 1.5 s after a signal, or when a second one comes, it is ended, with the terminal put back.
    pub fn listen() -> io::Result<Self> {
        let mut signals = EndSignal::ALL
            .into_iter()
            .map(|end| Ok((end, signal(end.kind())?)))
            .collect::<io::Result<Vec<(EndSignal, Signal)>>>()?;
        let (sender, received) = mpsc::unbounded_channel();
        let listener = tokio::spawn(async move {
            let mut armed: Option<LastResort> = None;
            loop {
                let waits = signals.iter_mut().map(|(end, signal)| Box::pin(async { (signal.recv().await, *end) }));
                let ((_, end), _, _) = futures_util::future::select_all(waits).await;
                if armed.is_some() {
                    end_now(i32::from(end.exit_code()));
                }
                armed = Some(LastResort::arm(i32::from(end.exit_code())));
                // Nobody receives any more when the console is ending already.
                let _ = sender.send(end);
            }
        });
        Ok(Self { received, listener })
    }

    /// The next signal. Cancelling it loses none.
    pub async fn next(&mut self) -> EndSignal {
        match self.received.recv().await {
            Some(end) => end,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

/// Ends the process after a while, unless it is dropped before.
pub(super) struct LastResort(#[expect(dead_code, reason = "dropping it is what tells the thread")] Sender<()>);

impl LastResort {
    pub(super) fn arm(exit_code: i32) -> Self {
        let (sender, dropped) = channel();
        std::thread::spawn(move || {
            if dropped.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                end_now(exit_code);
            }
        });
        Self(sender)
    }
}

fn end_now(exit_code: i32) -> ! {
    tracing::error!(exit_code, "ended without waiting for the console");
    restore();
    std::process::exit(exit_code)
}
