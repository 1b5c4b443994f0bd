//! The record of campaigns: each event on disk before what it announces is done.
//!
//! A campaign is a file of its own in the state directory, `campaigns/ID.jsonl`: a first line that says what it is and in which
//! form, then one line an event, only ever appended to and brought to the disk each time. A line that a kill or a full disk cut
//! short is none; what it announced was not begun. Values are never in it.
//!
//! Who goes on with a campaign holds it [locked](Record). Looking at one needs no lock.

mod error;

use std::path::{Path, PathBuf};

pub use error::{CampaignsError, Unreadable};

use super::journal::lock::{self, What};
use super::record::{self, Damage, Kind, NotWritten, RecordFile, line};
use crate::domain::campaign::{Campaign, CampaignId, Entry, Event, Opened};
use crate::domain::time::Time;
use crate::domain::untrusted::visible;
use crate::fault::point;
use crate::sqlite::on_thread;
use crate::system::file::make_private_folder;

/// The folder in the state directory.
pub const FOLDER: &str = "campaigns";
const ENDING: &str = ".jsonl";
/// The record of one. What a form has more than the one before is read with a default from lines that lack it.
const KIND: Kind = Kind { what: "campaign", form: 1 };

type Result<T> = std::result::Result<T, CampaignsError>;

/// The campaigns of this machine's user.
#[derive(Clone, Debug)]
pub struct Campaigns {
    dir: PathBuf,
}

/// Campaigns that are kept, the latest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    pub campaigns: Vec<Campaign>,
    /// Those that cannot be read.
    pub unreadable: Vec<Unreadable>,
}

/// The record of one campaign, held open by this process until it is dropped.
#[derive(Debug)]
pub struct Record(RecordFile);

impl Campaigns {
    /// Those in the state directory `state`.
    pub fn of(state: &Path) -> Self {
        Self { dir: state.join(FOLDER) }
    }

    /// Begins the record of a new campaign.
    ///
    /// # Errors
    /// When one that is not over has its name, or it cannot be written.
    pub async fn begin(&self, opened: Opened, now: Time) -> Result<(Campaign, Record)> {
        point!("campaign.begin.before");
        let dir = self.dir.clone();
        let begun = on_thread(move || {
            let failed = |path: &Path| {
                let path = path.to_owned();
                move |source| CampaignsError::File { path, source }
            };
            make_private_folder(&dir).map_err(failed(&dir))?;
            let open =
                listing(&dir)?.campaigns.into_iter().find(|one| one.over.is_none() && one.opened.name == opened.name);
            if let Some(taken) = open {
                return Err(CampaignsError::NameTaken { name: taken.opened.name.to_string() });
            }
            let id = CampaignId(record::new_id(now).map_err(CampaignsError::Random)?);
            let lock = lock::lock(&dir, What::Campaign, &id.0, now)?;
            let path = dir.join(format!("{id}{ENDING}"));
            let campaign = Campaign::new(id.clone(), opened.clone(), now);
            let first = line(&Entry { at: now, event: Event::Opened(opened) }).ok_or(CampaignsError::NotText)?;
            let text = KIND.header(&id.0) + &first;
            let record = Record(RecordFile::create(path.clone(), &text, lock).map_err(failed(&path))?);
            Ok((campaign, record))
        });
        let begun = begun.await.unwrap_or(Err(CampaignsError::Ending))?;
        point!("campaign.begin.after");
        Ok(begun)
    }

    /// Takes up a campaign, to go on with it.
    ///
    /// # Errors
    /// When another process is at it, or it cannot be read.
    pub async fn take_up(&self, id: &CampaignId, now: Time) -> Result<(Campaign, Record)> {
        let (dir, id) = (self.dir.clone(), id.clone());
        let taken = on_thread(move || {
            let lock = lock::lock(&dir, What::Campaign, &id.0, now)?;
            let path = dir.join(format!("{id}{ENDING}"));
            let (campaign, length) = read(&path, &id)?;
            let file = RecordFile::reopen(path.clone(), length, lock)
                .map_err(|source| CampaignsError::File { path, source })?;
            Ok((campaign, Record(file)))
        });
        taken.await.unwrap_or(Err(CampaignsError::Ending))
    }

    /// All campaigns, the latest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn all(&self) -> Result<Listing> {
        let dir = self.dir.clone();
        on_thread(move || listing(&dir)).await.unwrap_or(Err(CampaignsError::Ending))
    }

    /// The campaign of this name, an open one before those that are over, or the only one whose id begins so.
    ///
    /// # Errors
    /// When there is none, or more than one, or it cannot be read.
    pub async fn find(&self, wanted: &str) -> Result<Campaign> {
        let Listing { campaigns, unreadable } = self.all().await?;
        let named = |one: &&Campaign| one.opened.name.as_received() == wanted;
        if let Some(open) = campaigns.iter().filter(named).find(|one| one.over.is_none()) {
            return Ok(open.clone());
        }
        let mut found: Vec<&Campaign> = campaigns.iter().filter(named).collect();
        let prefix = wanted.to_ascii_uppercase();
        if found.is_empty() && !prefix.is_empty() {
            found = campaigns.iter().filter(|one| one.id.0.starts_with(&prefix)).collect();
        }
        let shown = visible(wanted).into_owned();
        match found.as_slice() {
            [one] => Ok((*one).clone()),
            [] => match unreadable.iter().find(|one| !prefix.is_empty() && one.id.0.starts_with(&prefix)) {
                // reading it again tells what is wrong with it
                Some(one) => Ok(self.read(&one.id).await?),
                None => Err(CampaignsError::NoSuch { wanted: shown }),
            },
            [..] => Err(CampaignsError::Ambiguous {
                wanted: shown,
                among: found.iter().map(|one| one.id.clone()).collect(),
            }),
        }
    }

    /// A campaign as it stands.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn read(&self, id: &CampaignId) -> Result<Campaign> {
        let (dir, id) = (self.dir.clone(), id.clone());
        let read = on_thread(move || read(&dir.join(format!("{id}{ENDING}")), &id));
        Ok(read.await.unwrap_or(Err(CampaignsError::Ending))?.0)
    }
}

impl Record {
    /// Puts what happened on disk.
    ///
    /// # Errors
    /// When that could not be written; what it announces must not be done then.
    pub async fn append(&mut self, entries: &[Entry]) -> Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        point!("campaign.append.before");
        let mut text = String::new();
        for entry in entries {
            text += &line(entry).ok_or(CampaignsError::NotText)?;
        }
        self.0.append(text).await?;
        point!("campaign.append.after");
        Ok(())
    }
}

/// The campaign in a file, and how long the file is up to its last whole line.
fn read(path: &Path, id: &CampaignId) -> Result<(Campaign, u64)> {
    let failed = |source| CampaignsError::File { path: path.to_owned(), source };
    let bytes = record::read(path).map_err(failed)?.ok_or_else(|| CampaignsError::NoSuch { wanted: id.0.clone() })?;
    let damaged = |damage| CampaignsError::Damaged { path: path.to_owned(), damage };
    let (entries, whole) = KIND.read(&bytes, &id.0).map_err(damaged)?;
    let campaign = Campaign::of_entries(id.clone(), entries).ok_or_else(|| damaged(Damage::Unfit))?;
    Ok((campaign, whole))
}

fn listing(dir: &Path) -> Result<Listing> {
    let failed = |source| CampaignsError::File { path: dir.to_owned(), source };
    let names = record::names(dir).map_err(failed)?.into_iter();
    let ids = names.filter_map(|name| name.strip_suffix(ENDING).filter(|id| record::is_id(id)).map(str::to_owned));
    let mut ids: Vec<CampaignId> = ids.map(CampaignId).collect();
    ids.sort();
    let mut listing = Listing::default();
    for id in ids.into_iter().rev() {
        match read(&dir.join(format!("{id}{ENDING}")), &id) {
            Ok((campaign, _)) => listing.campaigns.push(campaign),
            Err(error) => listing.unreadable.push(Unreadable { id, why: error.to_string() }),
        }
    }
    Ok(listing)
}

impl From<NotWritten> for CampaignsError {
    fn from(why: NotWritten) -> Self {
        match why {
            NotWritten::File { path, source } => Self::File { path, source },
            NotWritten::Ending => Self::Ending,
        }
    }
}

#[cfg(test)]
mod tests;
