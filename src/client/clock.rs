//! What a server's answers tell of its time, kept for everybody who asks what time it is.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::Utc;

use crate::domain::present::{Dated, Heard, Present, Reading, ServerTime};
use crate::domain::time::Time;
use crate::system::clock::running;

/// The present as one server's answers tell it. Clones share what is known.
#[derive(Clone)]
pub struct ServerClock {
    known: Arc<Mutex<ServerTime>>,
    machine: Arc<dyn Fn() -> Reading + Send + Sync>,
}

impl ServerClock {
    /// Over clocks of a machine that `machine` reads.
    pub fn new(machine: impl Fn() -> Reading + Send + Sync + 'static) -> Self {
        Self { known: Arc::default(), machine: Arc::new(machine) }
    }

    /// The present; as this machine's clock has it before a server told.
    pub fn present(&self) -> Present {
        self.known().present(self.read())
    }

    /// The present by the server's time.
    pub fn now(&self) -> Time {
        self.present().now
    }

    /// Both clocks of this machine, now.
    pub fn read(&self) -> Reading {
        (self.machine)()
    }

    /// Takes in the `Date` of an answer that came now, to a request of which `sent` tells when it was sent.
    pub fn hear(&self, sent: Reading, date: Time) {
        let heard = self.known().hear(&Dated { sent, received: self.read(), date });
        match heard {
            Heard::Believed => {}
            Heard::Doubted => tracing::warn!(target: "keydeck::client", %date, "the server's date jumps: not believed"),
            Heard::Confirmed => {
                tracing::warn!(target: "keydeck::client", %date, "the server's date stays where it jumped to");
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, ServerTime> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ServerClock {
    /// Over this machine's clocks.
    fn default() -> Self {
        Self::new(|| Reading { own: Utc::now(), running: running() })
    }
}

impl fmt::Debug for ServerClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServerClock").field(&self.present()).finish()
    }
}
