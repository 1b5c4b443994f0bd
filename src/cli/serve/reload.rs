//! Reading the configuration again while the server runs.

use tokio::signal::unix::Signal;
use tokio::sync::mpsc::Sender;

use super::sources;
use crate::cli::log::SAID;
use crate::config::{Paths, ServerConfig, ServerSources};
use crate::domain::failure::Failure;
use crate::server::{Control, RequestLine};

const OLD_STAYS: &str = "the configuration was not read again, and the old one stays";

/// All that is needed to read the configuration again.
pub struct Reload {
    pub sources: ServerSources,
    pub paths: Paths,
    pub control: Control,
    /// What the server began with, of which some cannot be changed.
    pub begun: ServerConfig,
    pub request_log: Sender<RequestLine>,
    /// Where what is said of it goes.
    pub say: Sender<String>,
}

impl Reload {
    /// Reads the configuration at each signal. What cannot be used is told, and changes nothing.
    pub async fn at_each(self, mut hangup: Signal) {
        while hangup.recv().await.is_some() {
            let told = match self.read().await {
                Ok(told) => {
                    tracing::info!("{told}");
                    told
                }
                Err(told) => {
                    tracing::error!(target: SAID, "{told}");
                    told
                }
            };
            // nobody listens any more when the server has stopped
            let _ = self.say.send(told).await;
        }
    }

    /// Takes what is configured now, and says what became of it.
    async fn read(&self) -> Result<String, String> {
        let refused = |error: &dyn Failure| format!("{OLD_STAYS}: {error}; {}", error.hint());
        let config = self.sources.load().map_err(|error| refused(&error))?;
        let (begun, tls) = (&self.begun, self.begun.tls.is_some());
        begun.listen.check(tls, config.behind_proxy.is_some()).map_err(|error| refused(&error))?;
        let settings = sources::settings(&config, &self.paths, &self.request_log).await;
        let settings = settings.map_err(|error| format!("{OLD_STAYS}: {error}; {}", crate::cli::exit::hint(&error)))?;
        self.control.reload(&settings).map_err(|error| refused(&error))?;
        let waits = [
            ("listen", config.listen != begun.listen),
            ("metrics", config.metrics != begun.metrics),
            ("database", config.database != begun.database),
            ("tls", config.tls.is_some() != tls),
            ("policy", config.policy != begun.policy),
        ];
        let waits: Vec<&str> = waits.iter().filter(|(_, changed)| *changed).map(|(name, _)| *name).collect();
        let told = "the configuration was read again";
        if waits.is_empty() {
            return Ok(told.to_owned());
        }
        Ok(format!("{told}; what it says of {} holds from the next start", waits.join(", ")))
    }
}
