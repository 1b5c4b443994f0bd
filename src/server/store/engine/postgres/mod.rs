//! The engine of several servers: a PostgreSQL database that they all reach.
//!
//! Writers take turns here as they do with a file, and on however many machines they run: whoever begins to write locks one row
//! first, and waits for whoever has it. From then on each statement sees all that was committed before, so that what a
//! change rests on (who is the last superadmin, which id is the next, what a key was before) is still so when it is
//! made. A reader waits for nobody. Nothing else is asked of the database that its relatives, which spread rows over many machines, do
//! not know as well: no notifications, no advisory locks.

mod address;
mod bind;
mod migrations;
mod passfile;
mod pool;
mod problem;
mod read;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use deadpool_postgres::{Object, Pool};
use futures_util::TryStreamExt;
use tokio::runtime::Handle;

pub use self::address::{Address, AddressError, Process, Surroundings};
use self::bind::Bound;
use self::pool::Use;
use super::error::{Error, Result};
use super::rows::Rows;
use super::statement::Statement;
use super::steps::{MigrationError, Schema, Step};
use super::usage::{Failures, KINDS, Usage};
use super::{Done, On};
use crate::sqlite::Kind;

/// How many of a server's requests may read at the same time.
const READERS: usize = 8;
/// How many may tell the other servers something at the same time.
const ASIDE: usize = 2;
/// How long a statement waits for its turn, for the database to answer a connection, and for another server's write.
const PATIENCE: Duration = Duration::from_secs(10);

/// A PostgreSQL database.
#[derive(Clone)]
pub struct Postgres {
    address: Arc<Address>,
    /// One connection: more would wait for one another.
    writer: Pool,
    readers: Pool,
    aside: Pool,
    failures: Arc<Failures>,
}

impl Postgres {
    /// The database at `address`. No connection is made before it is used.
    ///
    /// # Errors
    /// When the certificates that vouch for it cannot be read.
    pub fn of(address: &Address) -> Result<Self, AddressError> {
        let writer = pool::of(address, 1, Use::Write)?;
        let readers = pool::of(address, READERS, Use::Read)?;
        let aside = pool::of(address, ASIDE, Use::Aside)?;
        Ok(Self { writer, readers, aside, address: Arc::new(address.clone()), failures: Arc::default() })
    }

    /// How it is named to people.
    pub fn name(&self) -> &str {
        self.address.name()
    }

    /// Begins a transaction that writes, once it is this one's turn among all servers.
    pub async fn write(&self) -> Result<Transaction> {
        let begin = async {
            let mut begun = self.begin(&self.writer, "BEGIN").await?;
            begun.batch("SELECT number FROM writing WHERE id = 1 FOR UPDATE").await?;
            Ok(begun)
        };
        self.failures.counting(begin.await)
    }

    /// The same on a connection of its own, whose statements and pauses may be as long as they are.
    pub async fn hold(&self) -> Result<Transaction> {
        let begin = async {
            let alone =
                pool::of(&self.address, 1, Use::Hold).map_err(|wrong| Error::Failed(Kind::Other, wrong.reason))?;
            let mut begun = self.begin(&alone, "BEGIN").await?;
            begun.batch("SELECT number FROM writing WHERE id = 1 FOR UPDATE").await?;
            Ok(begun)
        };
        self.failures.counting(begin.await)
    }

    /// Begins a transaction that sees one moment and changes nothing.
    pub async fn snapshot(&self) -> Result<Transaction> {
        let begun = self.begin(&self.readers, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await;
        self.failures.counting(begun)
    }

    async fn begin(&self, pool: &Pool, how: &str) -> Result<Transaction> {
        let mut tried = 0;
        loop {
            let (client, failures) = (Some(pool.get().await?), Arc::clone(&self.failures));
            let mut begun = Transaction { client, failed: false, failures };
            match begun.batch(how).await {
                Err(Error::Lost(_)) if tried < READERS => tried += 1,
                done => return done.map(|()| begun),
            }
            // it is of no use any more
            drop(begun.client.take().map(Object::take));
        }
    }

    /// Brings the schema up to date.
    pub async fn migrate(&self, steps: &[Step]) -> Result<(), MigrationError> {
        let mut client = pool::once(&self.address).await?;
        migrations::run(&mut client, steps).await
    }

    /// Whether a step was ever applied, and whether all were: asked by reading alone.
    ///
    /// # Errors
    /// When the database cannot be reached or keeps text in another encoding, or a step was applied that is none of
    /// these and does not go together with them.
    pub async fn examine(&self, steps: &[Step]) -> Result<Schema, MigrationError> {
        let client = self.readers.get().await.map_err(Error::from)?;
        migrations::examine(&client, steps).await
    }

    /// Writes something that means nothing, to find out whether anything can be written.
    pub async fn write_nothing(&self, number: i32) -> Result<()> {
        let write = async {
            let client = self.writer.get().await?;
            Ok(client.batch_execute(&format!("UPDATE writing SET number = {number} WHERE id = 1")).await?)
        };
        self.failures.counting(write.await)
    }

    /// Makes no more connections, and closes those that are idle.
    pub fn close(&self) {
        self.writer.close();
        self.readers.close();
        self.aside.close();
    }

    /// The connections of each purpose.
    pub fn usage(&self) -> Vec<Usage> {
        let of = |purpose, pool: &Pool| {
            let status = pool.status();
            Usage {
                purpose,
                in_use: status.size.saturating_sub(status.available),
                idle: status.available,
                most: status.max_size,
            }
        };
        vec![of("write", &self.writer), of("read", &self.readers), of("aside", &self.aside)]
    }

    /// How often it failed since the start, by the kind of failure.
    pub fn failures(&self) -> [(&'static str, u64); KINDS.len()] {
        self.failures.counted()
    }

    /// Runs a statement that is worth nothing after a crash: it waits for no writer and for no disk.
    pub(super) async fn aside(&self, statement: &Statement) -> Result<Done> {
        let run = async { run(&self.aside.get().await?, statement).await };
        self.failures.counting(run.await)
    }

    /// What only reads may be asked again where the connection was ended since it was used last, as when the database is
    /// started anew: each that is left from before may be.
    async fn read(&self, statement: &Statement) -> Result<Done> {
        let mut tried = 0;
        loop {
            let client = self.readers.get().await?;
            match run(&client, statement).await {
                Err(Error::Lost(_)) if tried < READERS => tried += 1,
                done => return done,
            }
            drop(Object::take(client));
        }
    }
}

impl On for &Postgres {
    async fn run(self, statement: Statement) -> Result<Done> {
        self.failures.counting(self.read(&statement).await)
    }
}

/// Runs a statement to its end.
async fn run(client: &Object, statement: &Statement) -> Result<Done> {
    tracing::trace!(statement = %statement.text, "running");
    let prepared = if statement.is_kept() {
        client.prepare_cached(&statement.text).await?
    } else {
        client.prepare(&statement.text).await?
    };
    statement.check(prepared.params().len())?;
    let answered = client.query_raw(&prepared, statement.values.iter().map(Bound)).await?;
    let mut rows = Rows::with(prepared.columns().iter().map(tokio_postgres::Column::name));
    let mut answered = std::pin::pin!(answered);
    while let Some(row) = answered.try_next().await? {
        read::row(&mut rows, &row)?;
    }
    Ok(Done { rows, changed: answered.rows_affected().unwrap_or_default() })
}

/// A transaction. Dropped without a commit it never was.
pub struct Transaction {
    /// None once it is over.
    client: Option<Object>,
    /// Whether a statement failed: the database takes back what was done before it, and does nothing more.
    failed: bool,
    failures: Arc<Failures>,
}

impl Transaction {
    async fn batch(&mut self, text: &str) -> Result<()> {
        let Some(client) = &self.client else { return Err(Error::Over) };
        Ok(client.batch_execute(text).await?)
    }

    /// Makes everything last.
    ///
    /// # Errors
    /// [`Error::Uncertain`] when the connection was lost before the database said what became of it.
    pub async fn commit(mut self) -> Result<()> {
        if self.failed {
            return Err(Error::Over);
        }
        let Some(client) = &self.client else { return Err(Error::Over) };
        if let Err(error) = client.batch_execute("COMMIT").await {
            let error = if error.as_db_error().is_some() { error.into() } else { Error::Uncertain };
            return self.failures.counting(Err(error));
        }
        // nothing is left to be taken back
        drop(self.client.take());
        Ok(())
    }
}

impl On for &mut Transaction {
    async fn run(self, statement: Statement) -> Result<Done> {
        let Some(client) = self.client.as_ref().filter(|_| !self.failed) else { return Err(Error::Over) };
        // until it is known how it ended, also when nobody waits for that any more
        self.failed = true;
        let done = self.failures.counting(run(client, &statement).await);
        self.failed = !matches!(done, Ok(_) | Err(Error::Value(_)));
        done
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else { return };
        let Ok(runtime) = Handle::try_current() else {
            // without its connection the database ends it by itself
            drop(Object::take(client));
            return;
        };
        runtime.spawn(async move {
            if client.batch_execute("ROLLBACK").await.is_err() {
                drop(Object::take(client));
            }
        });
    }
}
