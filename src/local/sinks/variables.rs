//! A variable of an environment that a backend keeps, as a place: its shared value is read, written and read back; none is
//! made, and nothing else of the environment is touched.

use async_trait::async_trait;

use super::SinkError;
use crate::domain::secret::Secret;
use crate::local::program::shown;

/// What a person should know of every such place.
pub(super) const SHARED: &str = "the shared value is written: whoever may open the environment can read it, and a current \
                                 value that somebody set in their own app stays as it is";

/// Reads and writes the variables of environments.
#[async_trait]
pub trait Variables: Send + Sync {
    /// The shared value; none where the environment has no such variable.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn read(&self, environment: &str, name: &str) -> Result<Option<Secret>, SinkError>;

    /// Changes the shared value of a variable that there is.
    ///
    /// # Errors
    /// When that did not work, with whether it may have been done all the same.
    async fn write(&self, environment: &str, name: &str, value: &Secret) -> Result<(), SinkError>;
}

/// One variable, with what it is reached by.
pub(super) struct Variable<'a> {
    variables: &'a dyn Variables,
    environment: &'a str,
    name: &'a str,
}

impl<'a> Variable<'a> {
    pub fn of(variables: Option<&'a dyn Variables>, environment: &'a str, name: &'a str) -> Result<Self, SinkError> {
        let none = || {
            SinkError::new(
                "the variables of environments are not reached from here",
                "use a profile of the backend that keeps the environment",
            )
        };
        Ok(Self { variables: variables.ok_or_else(none)?, environment, name })
    }

    pub async fn read(&self) -> Result<Secret, SinkError> {
        let none = || {
            let name = shown(self.name);
            SinkError::new(
                format!("the environment has no variable {name}"),
                "make it in the app first, with any shared value, or name another",
            )
        };
        self.variables.read(self.environment, self.name).await?.ok_or_else(none)
    }

    pub async fn write(&self, value: &Secret) -> Result<(), SinkError> {
        self.variables.write(self.environment, self.name, value).await
    }
}
