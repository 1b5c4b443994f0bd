//! What the configuration changes while the server runs.

use std::sync::{Arc, PoisonError};

use tokio::sync::watch;

use super::ServerSettings;
use super::app::{App, Changeable};
use super::error::ServerError;
use super::partners::Partners;
use super::tls::ServerConfig;

impl Changeable {
    /// What these settings say; of what was so `before`, what was learnt is kept.
    pub(super) fn of(settings: &ServerSettings, before: Option<&Self>) -> Self {
        Self {
            behind_proxy: settings.behind_proxy,
            request_log: settings.request_log.clone(),
            notices: settings.notices.clone(),
            partners: Partners::of(&settings.partners, before.map(|before| &before.partners)),
            verification_max_age: settings.verification_max_age,
        }
    }
}

/// A running server's configuration.
#[derive(Clone)]
pub struct Control {
    app: Arc<App>,
    tls: Option<watch::Sender<Arc<ServerConfig>>>,
}

impl Control {
    pub(super) fn new(app: Arc<App>, tls: Option<watch::Sender<Arc<ServerConfig>>>) -> Self {
        Self { app, tls }
    }

    /// Takes the rate limit, the proxy, the request log, the partners and the certificate of these settings, for requests and connections
    /// from now on; open ones are not disturbed. The certificate is read again, also where its files have the same names.
    /// The database and whether there is TLS at all stay what they were at the start.
    ///
    /// # Errors
    /// When something cannot be used; then all stays as it was.
    pub fn reload(&self, settings: &ServerSettings) -> Result<(), ServerError> {
        settings.check()?;
        let served = self.tls.as_ref().zip(settings.tls.as_ref());
        let served = served.map(|(tls, files)| Ok::<_, ServerError>((tls, files.load()?))).transpose()?;
        if let Some((tls, config)) = served {
            tls.send_replace(config);
        }
        self.app.limiter.set(settings.rate_limit);
        self.app.verifications.set(settings.verification_limit);
        self.app.collection_uses.set(settings.rate_limit);
        self.app.partner_calls.set(settings.rate_limit);
        let mut changeable = self.app.changeable.write().unwrap_or_else(PoisonError::into_inner);
        *changeable = Arc::new(Changeable::of(settings, Some(&changeable)));
        Ok(())
    }
}
