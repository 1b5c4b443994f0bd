//! What happened: keys, answers, time. The present comes with every event, since nothing here asks a clock.

use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;

use crate::client::error::ServiceError;
use crate::domain::act::{ActProgress, RevokedAll};
use crate::domain::audit::AuditEntry;
use crate::domain::bulk::Progress;
use crate::domain::call::{Call, Pause};
use crate::domain::campaign::{Campaign, CampaignId};
use crate::domain::changes::{ChangeId, ReadBack};
use crate::domain::exposed::{Retried, Unresolved};
use crate::domain::finding::{Finding, Resolution};
use crate::domain::fresh::{Fresh, Looking};
use crate::domain::incident::{Effect as ContainEffect, Incident};
use crate::domain::key::{Key, TriedFrom};
use crate::domain::listing::{RateLimit, Scope};
use crate::domain::location::Locations;
use crate::domain::notice::Notice;
use crate::domain::present::Present;
use crate::domain::rotation::{Check, Effect as RotationEffect, Rotation, RotationId};
use crate::domain::secret::Secret;
use crate::domain::settings::{Impact, Saved, Settings};
use crate::domain::team::{Me, User};
use crate::domain::time::Time;
use crate::domain::views::View;
use crate::tui::key::KeyPress;
use crate::tui::open_changes::OpenChange;
use crate::tui::open_incidents::OpenIncident;
use crate::tui::session::Seeding;
use crate::tui::ticket::Ticket;

/// The present, for people and for measuring. It comes with each event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// As the server has it.
    pub utc: Time,
    /// The earliest that it may be: what cannot be undone waits for it.
    pub sure: Time,
    /// How far this machine's clock is off, where that is to be told.
    pub off: Option<TimeDelta>,
    /// Since the program started; never jumps.
    pub running: Duration,
}

impl Moment {
    pub fn new(present: impl Into<Present>, running: Duration) -> Self {
        let Present { now, sure, off } = present.into();
        Self { utc: now, sure, off, running }
    }

    pub fn present(self) -> Present {
        Present { now: self.utc, sure: self.sure, off: self.off }
    }
}

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    Key(KeyPress),
    /// Text was pasted; it may be a key's value.
    Paste(Secret),
    Mouse(Mouse),
    /// The window has another size: columns, rows.
    Resize(u16, u16),
    /// The terminal said something by itself of which a part is missing: what follows may look like keys.
    Noise,
    /// What takes long may go on with its next slice.
    Continue,
    /// Another process asks the console to stop.
    StopAsked,
    /// The console goes on after it was stopped, with a window of this size: columns, rows.
    Returned(u16, u16),
    /// The console could not stop, since nobody would let it go on.
    NotStopped,
    /// A moment came that was asked for.
    Wake,
    /// A read-only profile can be changed through for so long; or why not.
    Unlocked(Ticket, Result<Duration, String>),
    /// Calls wait until somebody logs in again; with the address of whoever was the last time, or nothing.
    LoginNeeded(String),
    /// A one-time password was sent; or why not.
    PasswordSent(Ticket, Box<Result<(), ServiceError>>),
    /// Somebody is logged in; or why not.
    LoggedIn(Ticket, Box<Result<LoggedIn, ServiceError>>),
    /// The console stays on its profile, and why.
    NotSwitched(String),
    /// A theme is in use, or is not, and why.
    Themed(Result<String, String>),
    /// More of a demo's team is made; none: making it failed.
    Seeding(Option<Seeding>),
    /// What is left of the rate limit.
    Rate(RateLimit),
    /// An HTTP call is on its way.
    Calling(Call),
    /// An HTTP call was made, or could not be.
    Called(Call),
    /// Nothing is sent for a while.
    Paused(Pause),
    Answer(Slot, Ticket, Answer),
    /// News of a change of many keys.
    Bulk(Ticket, Progress),
    /// It is over: nothing more is sent, nor an answer awaited.
    BulkEnded(Ticket),
    /// A value was minted for a new key.
    Minted(Ticket, Result<Secret, String>),
    /// The server answered about a new key; with the value, where the server minted it.
    Created(Ticket, Box<Created>),
    /// The server answered about a change of a key.
    Changed(Ticket, Box<Result<Key, ServiceError>>),
    /// The server answered about a finding, by its place among those that were sent: what it is called now.
    Resolved(Ticket, usize, Result<Resolution, ServiceError>),
    /// The findings that stand on this machine, still open although their key was revoked, and what is told of those that
    /// cannot be read.
    UnresolvedListed(Vec<Unresolved>, Vec<String>),
    /// What a new try to resolve each of them came to.
    UnresolvedRetried(Vec<(Unresolved, Retried)>),
    /// The server answered about a change of the settings.
    SettingsSaved(Ticket, Box<Result<Saved, ServiceError>>),
    /// The server answered about revoking every key.
    RevokedAll(Ticket, Box<Result<RevokedAll, ServiceError>>),
    /// The server answered about a change of a user.
    UserChanged(Ticket, Box<Result<User, ServiceError>>),
    /// An act of the server's has come further.
    Act(Ticket, ActProgress),
    /// Text went to the clipboard, or did not; the words say how.
    Copied(Copied, Result<String, String>),
    /// The value was written to a file, or was not.
    Written(Ticket, Result<PathBuf, String>),
    /// What was to be remembered could not be kept, and why.
    NotRemembered(String),
    /// What was asked of the keys that are written down is done: what to say; or why not.
    Tracked(Ticket, Result<String, String>),
    /// A view was saved or taken away: what to say, and all that are saved now; or why not.
    ViewsKept(Result<(String, Vec<View>), String>),
    /// The changes of many keys that are open on this machine, and what is told of those that cannot be read.
    ChangesListed(Result<(Vec<OpenChange>, Vec<String>), String>),
    /// What a look at the keys of a change that was cut short showed, or why there was none.
    ChangeReadBack(Ticket, ChangeId, Result<Box<ReadBack>, String>),
    /// A change is offered no more, or could not be noted to be.
    ChangeForgotten(ChangeId, Result<(), String>),
    /// Results were written, with where, or were not, and why.
    Saved(Ticket, Result<String, String>),
    /// The incidents that are open on this machine, and what is told of those that cannot be read.
    IncidentsListed(Result<(Vec<OpenIncident>, Vec<String>), String>),
    /// An incident as it is on disk, and what is being done.
    Incident(Ticket, Box<Incident>, Option<ContainEffect>),
    /// An incident cannot be begun, taken up or gone on with; why.
    IncidentRefused(Ticket, String),
    /// An incident is let go.
    IncidentReleased(Ticket),
    /// The rotations that are open on this machine, and what is told of those that cannot be read.
    RotationsListed(Result<(Vec<Rotation>, Vec<String>), String>),
    /// What the places of a wizard's plans showed, plan by plan.
    PlacesLookedAt(Ticket, Vec<Vec<Check>>),
    /// The names in a folder; those of folders end with a slash.
    FolderListed(Ticket, String, Vec<String>),
    /// The rotations of a wizard, none of them begun.
    RotationsPlanned(Ticket, Vec<Rotation>),
    /// A rotation as it is on disk, and what is being done.
    Rotating(Ticket, Box<Rotation>, Option<RotationEffect>),
    /// A rotation, or all of a wizard, cannot be begun, taken up or gone on with.
    RotationRefused(Ticket, Option<RotationId>, String),
    /// A rotation is over; where its summary is, or why there is none.
    RotationSummarised(Ticket, RotationId, Result<String, String>),
    /// The rotations of a wizard are let go.
    RotationsReleased(Ticket),
    /// A rotation's new value is to go to the clipboard.
    HandOver(Ticket, Secret),
}

/// Somebody who logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedIn {
    /// Their e-mail address.
    pub account: String,
    /// What to say: who it is, and where the session is kept.
    pub words: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    /// The left button was pressed at this column and row of the window.
    Click(u16, u16),
    /// The wheel was turned by a notch towards the user.
    WheelDown,
    /// The wheel was turned by a notch away from the user.
    WheelUp,
}

/// The key that was made, with its value where the server minted it.
pub type Created = Result<(Key, Option<Secret>), ServiceError>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copied {
    Id,
    Masked,
    /// A command to run.
    Command,
    Secret(Ticket),
}

/// The campaigns of this machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CampaignsRead {
    /// The open ones first, then the latest first.
    pub campaigns: Vec<Campaign>,
    /// What is told of those that cannot be read.
    pub unreadable: Vec<String>,
    /// The one that was held against the server, or is now, and what came of it.
    pub look: Option<(CampaignId, CampaignLook)>,
}

/// How far a campaign was held against the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CampaignLook {
    Looking,
    Seen,
    /// It could not be; why, and what to do.
    Failed(String),
}

/// A place for a read: a new one in it supersedes the old.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// Who asks.
    Me,
    Users,
    Keys(Scope),
    Findings,
    Settings,
    /// Keys by the hash of their value.
    Lookup,
    /// The audit trail of the key in the detail.
    Trail,
    /// Where the secret of the finding in the detail stands.
    Locations,
    /// All findings, to tell whether there are new ones.
    Watch,
    /// From where the key in the detail is tried.
    Tried,
    /// A key that the one in the detail was rotated from.
    Ancestor,
    /// Keys that something is about to be done to, as they are now.
    Again,
    /// What a change of the settings would do.
    Impact,
    /// The keys of somebody who leaves.
    OfUser,
    /// What people are told of their keys.
    Notices,
    /// The campaigns of this machine.
    Campaigns,
}

/// What a read gave.
#[derive(Debug)]
pub enum Answer {
    /// Who asks.
    Me(Box<Me>),
    Users(Vec<User>),
    /// A page of keys, and how many there are in all if the server said.
    Keys(Vec<Key>, Option<u64>),
    Findings(Vec<Finding>, Option<u64>),
    Settings(Box<Settings>),
    /// What a change of them would do.
    Impact(Box<Impact>),
    /// What people are told, the latest first, and how many there are in all if the server said.
    Notices(Vec<Notice>, Option<u64>),
    /// The campaigns of this machine: first as they were seen last, then one of them as it is.
    Campaigns(Box<CampaignsRead>),
    /// Fingerprints and the keys they belong to.
    Lookup(Vec<(String, Option<Box<Key>>)>),
    /// The latest entries of a key's audit trail, and whether there are older ones.
    Trail(Vec<AuditEntry>, bool),
    /// From where a key is tried that no longer works, the latest first.
    Tried(Vec<TriedFrom>),
    Key(Box<Key>),
    /// A page of the places where a secret stands.
    Locations(Box<Locations>),
    /// All findings there are.
    Watched(Vec<Finding>),
    /// Keys are being read again; how far that is.
    Looking(Looking),
    /// Keys as they are now.
    Fresh(Box<Fresh>),
    End,
    /// The read failed, perhaps after some pages.
    Failed(ServiceError),
}
