//! The variables of environments, over a backend that keeps them, as places that a value is delivered to.

use std::sync::Arc;

use async_trait::async_trait;

use super::pace;
use crate::client::error::ServiceError;
use crate::client::{KeyService, WritePermit};
use crate::domain::secret::Secret;
use crate::local::program::Tools;
use crate::local::sinks::{SinkError, Sinks, Variables};

/// The places that `tools` and the backend reach; without a permit nothing is written at the backend.
pub fn places(tools: &Tools, service: &Arc<dyn KeyService>, permit: Option<&Arc<WritePermit>>) -> Sinks {
    let (service, permit) = (Arc::clone(service), permit.cloned());
    Sinks::of(tools).with_variables(Arc::new(OfBackend { service, permit }))
}

struct OfBackend {
    service: Arc<dyn KeyService>,
    permit: Option<Arc<WritePermit>>,
}

fn failed(error: &ServiceError) -> SinkError {
    let make = if error.outcome_unknown() { SinkError::of_lost } else { SinkError::of_place };
    make(error.reason(), error.hint())
}

#[async_trait]
impl Variables for OfBackend {
    async fn read(&self, environment: &str, name: &str) -> Result<Option<Secret>, SinkError> {
        let read = || self.service.variable(environment, name);
        pace::through_limit(&*self.service, read).await.map_err(|error| failed(&error))
    }

    async fn write(&self, environment: &str, name: &str, value: &Secret) -> Result<(), SinkError> {
        let Some(permit) = &self.permit else { return Err(failed(&ServiceError::read_only())) };
        let write = || self.service.set_variable(permit, environment, name, value);
        pace::through_limit(&*self.service, write).await.map_err(|error| failed(&error))
    }
}
