//! Where settings come from: flag, environment, file, default; profiles and their credentials; paths.

mod authorities;
mod credential;
mod error;
mod escrow;
mod file;
mod guarded;
mod keys;
mod paths;
mod rotation;
mod session;

pub use authorities::CaFile;
pub use credential::Credential;
pub use error::{ConfigError, nearest};
pub use escrow::{EscrowSettings, EscrowStore};
pub use file::{Backend, Config, Place, Profile, ProfileColor};
pub use keys::{KeyLine, KeyValue};
pub use paths::Paths;
pub use session::{Environment, Said, Session};
