//! What is to be done, by the runtime, since nothing here does it.

use std::time::Duration;

use super::event::{Copied, Slot};
use super::remembered::Remembered;
use super::session::Permission;
use super::ticket::Ticket;
use crate::domain::act::RevokeAll;
use crate::domain::bulk::Target;
use crate::domain::campaign::CampaignId;
use crate::domain::changes::ChangeId;
use crate::domain::deed::Deed;
use crate::domain::finding::{Address, Finding, Resolving};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::incident::{Decision as ContainDecision, IncidentId};
use crate::domain::key::Key;
use crate::domain::listing::{KeyChange, NewKey, Regeneration};
use crate::domain::notice::NoticeQuery;
use crate::domain::results::Results;
use crate::domain::rotation::{Decision, Defaults, OldKey, Plan, RotationId};
use crate::domain::secret::Secret;
use crate::domain::settings::{Settings, SettingsChange};
use crate::domain::team::{Me, UserChange};
use crate::domain::tracked::{TrackedChange, TrackedRequest};
use crate::domain::views::View;

/// Something to do.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Read; a read under way in the same slot is cancelled.
    Load(Slot, Ticket),
    /// Cancel the read in a slot.
    Cancel(Slot),
    /// Find keys by the hash of their value.
    Lookup(Ticket, Vec<String>),
    /// Read the audit trail of a key.
    Trail(Ticket, KeyId),
    /// Read what a user did since a day, where the backend keeps no trail of a key.
    OwnersTrail(Ticket, UserId, Option<chrono::NaiveDate>),
    /// Read places where a finding's secret stands, from a cursor on.
    Locations(Ticket, Address, Option<String>),
    /// Read from where a key is tried that no longer works.
    Tried(Ticket, KeyId),
    /// Read keys again as they are now, before something is done to them; with the open findings that name them, if so
    /// asked.
    ReadAgain(Ticket, Vec<Target>, WithFindings),
    /// Read all API keys of a user.
    KeysOf(Ticket, UserId),
    /// Read what people are told of their keys.
    Notices(Ticket, NoticeQuery),
    /// Read the campaigns of this machine, and hold one of them, or the latest, against the server; for who asks, with the places
    /// that are saved.
    Campaigns(Ticket, Box<Me>, Box<Defaults>, Option<CampaignId>),
    /// Ask what a change of the settings would do.
    Preview(Ticket, Box<SettingsChange>),
    /// Read one key that is not loaded, for the detail.
    Ancestor(Ticket, KeyId),
    /// Change something, which only this permission makes possible.
    Write(Permission, Write),
    /// Tell which findings stand on this machine whose key was revoked and that are still called open.
    ListUnresolved,
    /// Ring the terminal's bell.
    Bell,
    /// Send no more keys of the change under way.
    StopSending,
    /// Tell which changes of many keys are open on this machine.
    ListChanges,
    /// Look at the keys of a change that was cut short; with the key that the console itself uses.
    ReadBack(Ticket, ChangeId, Option<KeyId>),
    /// Offer a change no more.
    ForgetChange(ChangeId),
    /// Write what became of many keys to new files that only the user can read.
    SaveResults(Ticket, Box<Results>),
    Mint(Ticket),
    /// Send text to the clipboard.
    Copy(Copied, String),
    /// Send a value to the clipboard.
    CopySecret(Ticket, Secret),
    /// Write a value to a new file that only the user can read; the name is the key's, as a suggestion.
    WriteSecret(Ticket, String, Secret),
    /// Write down a key that no API lists, change or forget that, or ask the backend about its value.
    Track(Ticket, Box<TrackOrder>),
    /// Tell which rotations are open on this machine.
    ListRotations,
    /// Look at the places of these plans, changing nothing.
    LookAtPlaces(Ticket, Vec<(Plan, OldKey)>),
    /// Tell the names in a folder, of which a path is being typed.
    ListFolder(Ticket, String),
    /// End the step under way, and let the rotations go.
    ReleaseRotations(Ticket),
    /// Send a rotation's new value to the clipboard, and tell the wizard's executor how that went.
    HandOver(Ticket, Secret),
    /// Tell which incidents are open on this machine.
    ListIncidents,
    /// Begin an incident about what leaked; with who asks, where that is known.
    BeginIncident(Ticket, Option<Box<Me>>, Secret),
    /// Take up an incident that was cut short.
    TakeUpIncident(Ticket, Option<Box<Me>>, IncidentId),
    /// More that leaked, or values that are given again.
    GiveValues(Ticket, Secret),
    /// A decision about an incident that changes nothing at the backend.
    SteerIncident(Ticket, ContainDecision),
    /// Try again what an incident could not go on with.
    GoOnContaining(Ticket),
    /// Let an incident go, once the step under way has ended.
    ReleaseIncident(Ticket),
    /// Let something be changed through a read-only profile for so long, once that and why is written down.
    Unlock(Ticket, Duration, String),
    /// Let nothing be changed through it any more.
    Lock,
    /// Have a one-time password sent to this e-mail address.
    SendPassword(Ticket, String),
    /// Log in with an e-mail address and the password that came; what waits for that goes on then.
    LogIn(Ticket, String, Secret),
    /// Nobody logs in: what waits for it fails.
    StayLoggedOut,
    /// Go to the profile of this name.
    SwitchProfile(String),
    /// Draw with another theme.
    UseTheme(String),
    /// Say, once what was typed meanwhile is heard and drawn, that what takes long may go on.
    Continue,
    /// Remember how this profile is seen.
    Remember(Remembered),
    /// Save a view, in place of one of its name.
    SaveView(View),
    /// Take the saved view of this name away.
    RemoveView(String),
    /// Say when this much time has passed since the program started.
    WakeAt(Duration),
    /// Draw the whole screen anew.
    Redraw,
    /// Stop until the shell lets the console go on.
    Suspend,
    /// Leave.
    Quit,
}

/// What is asked of what is written down.
#[derive(Debug, PartialEq)]
pub enum TrackOrder {
    Add(TrackedRequest),
    Change(KeyId, TrackedChange),
    Remove(KeyId),
    Probe(KeyId, Secret),
}

/// What is to be done to which keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub deed: Deed,
    /// As they were reviewed, in the order they are sent.
    pub keys: Vec<Key>,
    /// The key that the console itself uses.
    pub own: Option<KeyId>,
    /// Who asks.
    pub user: UserId,
    /// The change on disk that this goes on with; none: a new one.
    pub resumes: Option<ChangeId>,
    /// What is to be called revoked once the keys are.
    pub findings: Vec<Finding>,
}

/// Whether the findings that name keys are read with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithFindings {
    Yes,
    No,
}

/// Something to change. A write that was sent is never aborted, and never sent again by itself.
#[derive(Debug, PartialEq)]
pub enum Write {
    /// Change many keys, or a single one.
    Bulk(Ticket, Box<Order>),
    /// Register a key whose value was minted here, for this user, who asks.
    Create(Ticket, NewKey, UserId),
    /// Change an API key.
    Change(Ticket, KeyId, KeyChange),
    /// Give an API key the value that was minted here.
    Regenerate(Ticket, KeyId, Regeneration),
    /// Make a collection access key: the collection's UID and name.
    CreateCollectionKey(Ticket, String, Option<String>),
    /// Resolve findings, one after the other.
    Resolve(Ticket, Vec<Resolving>),
    /// Try again to resolve what stayed open although its key was revoked.
    RetryUnresolved,
    /// Change the settings, which were these when they were read.
    Settings(Ticket, Box<Settings>, Box<SettingsChange>),
    /// Revoke every key of the team.
    RevokeAll(Ticket, Box<RevokeAll>),
    /// Change a user.
    User(Ticket, UserId, UserChange),
    /// Begin rotations, one after the other.
    StartRotations(Ticket, Vec<(Plan, OldKey)>),
    /// Take up a rotation, and wait for what is said.
    ResumeRotation(Ticket, RotationId),
    /// Carry on with what can be carried on.
    GoOnRotating(Ticket),
    /// Take a person's decision, and carry on.
    DecideRotation(Ticket, RotationId, Decision),
    /// Take a value that a rotation asks for, and carry on.
    GiveToRotation(Ticket, RotationId, Secret),
    /// Do to leaked keys what was decided.
    ContainKeys(Ticket, ContainDecision),
    /// Take another plan, and carry on.
    ReplanRotation(Ticket, RotationId, Box<Plan>),
}
