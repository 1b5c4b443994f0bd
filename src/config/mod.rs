//! Where settings come from: flag, environment, file, default; profiles and their credentials; paths.

mod authorities;
mod backend;
mod credential;
mod edit;
mod error;
mod escrow;
mod file;
mod guarded;
mod keys;
mod listen;
mod notice_days;
mod paths;
mod reading;
mod rotation;
mod server;
mod session;

pub use authorities::{CaFile, named_by as authorities_named_by};
pub use backend::{BACKENDS, Backend, Region};
pub use credential::{Credential, KeySource, key as key_of};
pub use edit::{ConfigFile, NewProfile, NewSource, with_default, with_profile, without_profile};
pub use error::ConfigError;
pub use escrow::{EscrowSettings, EscrowStore};
pub use file::{Background, Config, Profile, ProfileColor};
pub use keys::{KeyLine, KeyValue};
pub use listen::Listen;
pub use notice_days::NOTICE_DAYS;
pub use paths::Paths;
pub use reading::Place;
pub use server::{
    DEFAULT_RATE_LIMIT, DEFAULT_VERIFICATION_LIMIT, GITHUB_PUBLIC_KEYS, MailSecurity, NoticesConfig, PolicyConfig,
    ServerConfig, ServerLayer, ServerSources, SmtpConfig, TlsFiles, WebhookConfig, WebhookForm, WebhookPlace,
    database_of_environment,
};
pub use session::{Chosen, Environment, KeyKeeper, NoKeeper, Said, Session, nobody};
