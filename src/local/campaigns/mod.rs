//! The record of campaigns: each event on disk before what it announces is done.
//!
//! A campaign is a file of its own in the state directory, `campaigns/ID.jsonl`: a first line that says what it is and in which
//! form, then one line an event, only ever appended to and brought to the disk each time. A line that a kill or a full disk cut
//! short is none; what it announced was not begun. Values are never in it.
//!
//! Who goes on with a campaign holds it [locked](Record). Looking at one needs no lock.

mod error;
mod line;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ulid::Ulid;

pub use error::{CampaignsError, Unreadable};

use super::journal::lock::{self, Lock, What};
use crate::domain::campaign::{Campaign, CampaignId, Entry, Event, Opened};
use crate::domain::time::Time;
use crate::domain::untrusted::visible;
use crate::fault::point;
use crate::sqlite::on_thread;
use crate::system::file::{make_private_folder, private, read_small, sync_folder};

/// The folder in the state directory.
pub const FOLDER: &str = "campaigns";
const ENDING: &str = ".jsonl";
/// The most that is read of one file, in bytes.
const MOST: u64 = 256 << 20;

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
pub struct Record {
    path: PathBuf,
    /// None only while a line is being written.
    file: Option<File>,
    /// How long the file is, up to the last whole line.
    length: u64,
    _lock: Lock,
}

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
            let id = new_id(now)?;
            let lock = lock::lock(&dir, What::Campaign, &id.0, now)?;
            let path = dir.join(format!("{id}{ENDING}"));
            let file = private().append(true).create_new(true).open(&path).map_err(failed(&path))?;
            sync_folder(&dir).map_err(failed(&dir))?;
            let mut record = Record { path, file: Some(file), length: 0, _lock: lock };
            let campaign = Campaign::new(id.clone(), opened.clone(), now);
            let text = line::header(&id) + &line::entry(&Entry { at: now, event: Event::Opened(opened) })?;
            record.write(text.as_bytes())?;
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
            let failed = |source| CampaignsError::File { path: path.clone(), source };
            let file = private().append(true).open(&path).map_err(failed)?;
            // what was cut short of a line goes, so that the next one begins as a line does
            file.set_len(length).map_err(failed)?;
            Ok((campaign, Record { path, file: Some(file), length, _lock: lock }))
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
            text += &line::entry(entry)?;
        }
        let (mut file, path, length) = (self.file.take(), self.path.clone(), self.length);
        let written = on_thread(move || {
            let done = match &mut file {
                Some(file) => write(file, text.as_bytes(), length),
                None => Err(io::Error::other("it is closed")),
            };
            (file, done.map(|()| text.len() as u64))
        });
        let (file, done) = written.await.ok_or(CampaignsError::Ending)?;
        self.file = file;
        self.length += done.map_err(|source| CampaignsError::File { path, source })?;
        point!("campaign.append.after");
        Ok(())
    }

    fn write(&mut self, text: &[u8]) -> Result<()> {
        let failed = |source| CampaignsError::File { path: self.path.clone(), source };
        if let Some(file) = &mut self.file {
            write(file, text, self.length).map_err(failed)?;
        }
        self.length += text.len() as u64;
        Ok(())
    }
}

/// Appends whole lines, down to the disk; on failure the file is as long as it was.
fn write(file: &mut File, text: &[u8], length: u64) -> io::Result<()> {
    let written = file.write_all(text).and_then(|()| file.sync_data());
    if written.is_err() {
        // a part of a line is no line to whoever reads it, should this fail too
        let _ = file.set_len(length);
    }
    written
}

/// The campaign in a file, and how long the file is up to its last whole line.
fn read(path: &Path, id: &CampaignId) -> Result<(Campaign, u64)> {
    let bytes = match read_small(path, MOST) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(CampaignsError::NoSuch { wanted: id.0.clone() });
        }
        Err(source) => return Err(CampaignsError::File { path: path.to_owned(), source }),
    };
    line::read(&bytes, id).map_err(|damage| CampaignsError::Damaged { path: path.to_owned(), damage })
}

fn listing(dir: &Path) -> Result<Listing> {
    let failed = |source| CampaignsError::File { path: dir.to_owned(), source };
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Listing::default()),
        Err(error) => return Err(failed(error)),
    };
    let mut ids = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        let id = name.to_str().and_then(|name| name.strip_suffix(ENDING));
        if let Some(id) = id.filter(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
            ids.push(CampaignId(id.to_owned()));
        }
    }
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

/// An id that no other campaign has.
fn new_id(now: Time) -> Result<CampaignId> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(CampaignsError::Random)?;
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
    Ok(CampaignId(Ulid::from_parts(millis, u128::from_be_bytes(bytes)).to_string()))
}

#[cfg(test)]
mod tests;
