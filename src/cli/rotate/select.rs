//! Which keys are rotated by a filter, and what the rotations that are open have to do with a key.

use super::plan;
use crate::cli::args::Rotate;
use crate::cli::connect::Connection;
use crate::cli::exit::Stop;
use crate::cli::output::Output;
use crate::cli::{confirm, rows};
use crate::client::{KeyService, Scope};
use crate::config::{Config, Paths};
use crate::domain::filter::Query;
use crate::domain::key::{Key, Status};
use crate::domain::rotation::{Phase, Rotation};
use crate::domain::secret::Secret;
use crate::domain::settings::Settings;
use crate::domain::sort::{Column, Sort};
use crate::domain::table::Table;
use crate::domain::time::{Time, When, exact};
use crate::domain::untrusted::Untrusted;
use crate::local::escrow::Escrow;
use crate::local::journal::Journal;
use crate::ops::rotate::deliver::kept_new;

/// How many keys a filter may select without being told a number.
const MAX_BY_FILTER: usize = 100;

/// The rotations that are open on this machine; a journal that was never begun is not begun for that.
pub async fn open_rotations(paths: &Paths) -> plan::Others {
    if !Journal::is_there(paths.state()) {
        return Ok(Vec::new());
    }
    let journal = Journal::open(paths.state()).await?;
    let listing = journal.open_rotations().await;
    journal.close().await;
    Ok(listing?.rotations)
}

/// The new value of a rotation of the key that keydeck itself uses at this server, once the new key is proven: from then on
/// the old one would be used by nobody but keydeck, which would find it still in use. None when there is no such rotation, or
/// its value cannot be had here.
pub async fn moved_key(
    service: &impl std::ops::Deref<Target = dyn KeyService>,
    config: &Config,
    paths: &Paths,
) -> Option<Secret> {
    let address = service.address();
    let open = open_rotations(paths).await.ok()?;
    let moved = |one: &&Rotation| {
        one.old.own
            && one.address == address
            && one.proof.is_some()
            && one.phase == Phase::Forward
            && one.doubt.is_none()
    };
    let rotation = open.iter().find(moved)?;
    let escrow = Escrow::open(paths.state(), &config.escrow).ok()?;
    kept_new(&escrow, rotation).await.ok()?
}

/// A filter, and what the command line says of the keys that match.
pub struct Choice<'a> {
    pub query: &'a Query,
    pub args: &'a Rotate,
    pub config: &'a Config,
    pub settings: Option<&'a Settings>,
    pub now: Time,
}

impl Choice<'_> {
    /// The enabled keys of the caller's own that match and are to be rotated; those that are left out are said.
    ///
    /// # Errors
    /// When there are too many, one has no place to go to and `--placed-only` does not leave it out, or its successor would
    /// be rotated again for the same reason the next time.
    pub async fn keys(&self, connection: &Connection, paths: &Paths, output: &mut Output) -> anyhow::Result<Vec<Key>> {
        if self.query.is_empty() && self.args.max.is_none() {
            let hint = "pass --max N with the number of keys you mean";
            return Err(Stop::usage("an empty filter means every key of yours", hint).into());
        }
        let (found, _) = rows::keys(connection, &[Scope::Mine], self.query, None).await?;
        let open = open_rotations(paths).await?;
        let address = connection.service.address();
        let mut taken = Vec::new();
        for key in found {
            let mut leave_out = |why: &str| output.say(&format!("{} ({}): left out: {why}", key.name, key.id));
            if key.status != Status::Enabled {
                leave_out(&format!("it is {}", key.status));
            } else if let Some(about) = open.iter().find_map(|one| one.is_about(&address, &key.id)) {
                leave_out(&about);
            } else if self.args.placed_only && !self.has_places(&key) {
                leave_out("no places are saved for it in config.toml");
            } else {
                taken.push(key);
            }
        }
        let max = self.args.max.unwrap_or(MAX_BY_FILTER);
        if taken.len() > max {
            return Err(Stop::usage(
                format!("{} are more than {max}: nothing was changed", confirm::keys(taken.len())),
                format!("look with --dry-run, then pass --max {} if all of them are meant", taken.len()),
            )
            .into());
        }
        if let Some((key, expires)) = taken.iter().find_map(|key| Some((key, self.again(key)?))) {
            return Err(Stop::usage(
                format!(
                    "the new key of {} ({}) would expire {}, and the same filter would take it again: nothing was changed",
                    key.name,
                    key.id,
                    exact(expires)
                ),
                "pass --expires with a longer time, such as 90d, as far as the team's settings allow it",
            )
            .into());
        }
        Ok(taken)
    }

    fn has_places(&self, key: &Key) -> bool {
        self.config.rotation.for_key(key.name.as_received()).is_some_and(|saved| !saved.sinks.is_empty())
    }

    /// When the new key of `key` expires, where that alone makes the filter take it as well: each run of a timer would rotate
    /// it once more.
    fn again(&self, key: &Key) -> Option<Time> {
        let (name, expires) = plan::successor(self.args, key, self.settings, self.now).ok()?;
        let expires = expires?;
        let new = |expires: When| Key {
            name: Untrusted::from(name.as_str()),
            status: Status::Enabled,
            created: self.now.into(),
            value_created: self.now.into(),
            last_used: When::Never,
            last_used_from: None,
            expires,
            ..key.clone()
        };
        (self.takes(new(expires.into())) && !self.takes(new(When::Never))).then_some(expires)
    }

    fn takes(&self, key: Key) -> bool {
        let mut table = Table::new(Sort::by(Column::Name));
        table.begin_load();
        table.add_page(vec![key], self.now);
        table.finish_load(self.now);
        table.set_query(self.query.clone(), self.now);
        table.shown() > 0
    }
}
