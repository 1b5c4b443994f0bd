//! Connections: how many there are at most, and how each is set up.

use deadpool_postgres::{Client, Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio_postgres::NoTls;

use super::address::{Address, AddressError, Encryption};
use super::{PATIENCE, tls};
use crate::server::store::engine::error::{Error, Result};
use crate::sqlite::Kind;

/// What connections are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Write,
    Read,
    /// For a write of everything.
    Hold,
    /// For what is worth nothing after a crash.
    Aside,
    /// For steps of the schema, which may take long.
    Steps,
}

impl Use {
    /// What a connection is told once it is made. A commit that is answered is on disk, whatever the database is set to; a server that
    /// stops in the middle of a write does not keep the others from writing for ever; and nothing is compiled for
    /// statements that take microseconds.
    fn setup(self) -> &'static str {
        match self {
            Self::Write => {
                "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'; \
                 SET jit = off; SET TimeZone = 'UTC'; SET lock_timeout = '10s'; SET statement_timeout = '30s'; \
                 SET idle_in_transaction_session_timeout = '10s'"
            }
            Self::Read => {
                "SET jit = off; SET TimeZone = 'UTC'; SET statement_timeout = '60s'; \
                 SET idle_in_transaction_session_timeout = '60s'; SET default_transaction_read_only = on"
            }
            Self::Hold => {
                "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'; \
                 SET jit = off; SET TimeZone = 'UTC'; SET lock_timeout = '10s'; SET statement_timeout = 0; \
                 SET idle_in_transaction_session_timeout = 0"
            }
            Self::Aside => {
                "SET jit = off; SET TimeZone = 'UTC'; SET synchronous_commit = off; SET statement_timeout = '2s'"
            }
            Self::Steps => "SET jit = off; SET TimeZone = 'UTC'; SET statement_timeout = 0; SET lock_timeout = 0",
        }
    }
}

/// At most `most` connections. None is made before it is used.
pub(super) fn of(address: &Address, most: usize, purpose: Use) -> Result<Pool, AddressError> {
    let config = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let manager = match address.encryption() {
        Encryption::None => Manager::from_config(address.config().clone(), NoTls, config),
        Encryption::Verified(file) => {
            Manager::from_config(address.config().clone(), tls::connector(file.as_deref())?, config)
        }
    };
    let set_up = Hook::async_fn(move |client, _| {
        Box::pin(async move { client.batch_execute(purpose.setup()).await.map_err(HookError::Backend) })
    });
    let pool = Pool::builder(manager)
        .max_size(most)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(PATIENCE))
        .create_timeout(Some(PATIENCE))
        .post_create(set_up)
        .build();
    pool.map_err(|error| AddressError::new(error.to_string(), "see the server's log"))
}

/// One connection of its own, for steps of the schema.
pub(super) async fn once(address: &Address) -> Result<Client> {
    let pool = of(address, 1, Use::Steps).map_err(|wrong| Error::Failed(Kind::Other, wrong.reason))?;
    Ok(pool.get().await?)
}
