//! The one door to a backend: what a profile says becomes a service, and nothing behind this asks again which backend it
//! is.

use std::sync::Arc;

use super::KeyService;
use super::error::ServiceError;
use super::keydeck::KeydeckService;
use super::postman::PostmanService;
use super::postman_gov_sg::GovSgService;
use super::transport::Limits;
use crate::config::{Backend, Session};

/// Whether a backend lists the keys that there are, so that none has to be written down.
pub fn lists_keys(backend: Backend) -> bool {
    match backend {
        Backend::Keydeck => KeydeckService::lists_keys(),
        Backend::Postman => false,
        Backend::PostmanGovSg => true,
    }
}

/// The backend of a session, as the owner of the session's credential. Asks nobody yet.
pub fn open(session: &Session) -> Result<Arc<dyn KeyService>, ServiceError> {
    let (url, key, limits) = (&session.base_url, session.key.duplicate(), Limits::default());
    let authorities = session.authorities.clone();
    let opened: Result<Arc<dyn KeyService>, _> = match session.backend {
        Backend::Keydeck => {
            KeydeckService::trusting(url, key, limits, authorities).map(|service| Arc::new(service) as _)
        }
        Backend::Postman => {
            PostmanService::trusting(url, key, limits, authorities).map(|service| Arc::new(service) as _)
        }
        Backend::PostmanGovSg => {
            GovSgService::trusting(url, key, limits, authorities).map(|service| Arc::new(service) as _)
        }
    };
    let said = &session.base_url_said;
    let place = said.at.as_ref().map(ToString::to_string);
    opened.map_err(|error| error.of_address_said(&said.name, place.as_deref()))
}
