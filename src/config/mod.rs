//! Where settings come from: flag, environment, file, default; profiles and their credentials; paths.

mod credential;
mod error;
mod file;
mod paths;
pub mod rotation;
mod session;

pub use credential::Credential;
pub use error::{ConfigError, nearest};
pub use file::{Backend, Config, Profile, ProfileColor};
pub use paths::Paths;
pub use session::{Environment, Session};
