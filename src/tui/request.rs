//! What a screen or a dialog is told, and what it asks for in return. The app carries requests out or turns them into
//! effects; nothing else changes what does not belong to the screen or the dialog itself.

use std::path::PathBuf;

use crate::client::error::ServiceError;
use crate::domain::act::{ActProgress, RevokedAll};
use crate::domain::bulk::Progress;
use crate::domain::changes::{ChangeId, ReadBack};
use crate::domain::finding::Resolution;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::incident::{Effect as ContainEffect, Incident};
use crate::domain::key::Key;
use crate::domain::key_value::KeyKind;
use crate::domain::listing::Scope;
use crate::domain::rotation::{Check, Effect as RotationEffect, Rotation, RotationId};
use crate::domain::secret::Secret;
use crate::domain::settings::{Saved as SavedSettings, Settings};
use crate::domain::sort::Column;
use crate::domain::table::States;
use crate::domain::team::User;
use crate::tui::action::{Action, Context};
use crate::tui::effect::{Effect, Write};
use crate::tui::event::{Answer, Created, Slot};
use crate::tui::key::KeyPress;
use crate::tui::session::{Permission, Session, Tone};

/// What a screen or a dialog is told.
#[derive(Debug)]
pub enum Input<'a> {
    /// A person asked for something.
    Action(Action),
    Text(char),
    /// A key was pressed that is no action and no character: it may edit text.
    Edit(KeyPress),
    /// Text was pasted.
    Paste(&'a str),
    /// The wheel was turned, by so many rows.
    Scroll(isize),
    /// What it asked for came to something.
    Reply(Reply),
    /// A moment came that was asked for.
    Wake,
    /// What is shown for a moment only must go: a key was pressed, or the terminal is left to the shell.
    Conceal,
    /// The console is about to quit: what must not be cut off is to be put in order.
    Quit,
}

/// What became of something that was asked for with a ticket.
#[derive(Debug)]
pub enum Reply {
    Read(Slot, Answer),
    /// News of a change of many keys.
    Bulk(Progress),
    /// It is over.
    BulkEnded,
    /// A value was minted for a new key.
    Minted(Result<Secret, String>),
    /// The server answered about a new key or a new value.
    Created(Box<Created>),
    /// The server answered about a change of a key.
    Changed(Box<Result<Key, ServiceError>>),
    /// The server answered about a finding, by its place among those that were sent: what it is called now.
    Resolved(usize, Result<Resolution, ServiceError>),
    /// The server answered about a change of the settings.
    SettingsSaved(Box<Result<SavedSettings, ServiceError>>),
    /// The server answered about revoking every key.
    RevokedAll(Box<Result<RevokedAll, ServiceError>>),
    /// The server answered about a change of a user.
    UserChanged(Box<Result<User, ServiceError>>),
    /// An act of the server's has come further.
    Act(ActProgress),
    /// What was asked of the keys that are written down is done: what to say; or why not.
    Tracked(Result<String, String>),
    /// The value went to the clipboard, or did not; the words say how.
    Copied(Result<String, String>),
    /// The value was written to a file, or was not.
    Written(Result<PathBuf, String>),
    /// What the places of the plans showed, plan by plan.
    Looked(Vec<Vec<Check>>),
    /// The names in a folder; those of folders end with a slash.
    Folder(String, Vec<String>),
    /// The rotations have their ids; none is begun.
    Planned(Vec<Rotation>),
    /// A rotation as it is now, and the step under way.
    Rotating(Box<Rotation>, Option<RotationEffect>),
    /// A rotation, or all of them, cannot be begun or go on; why.
    Refused(Option<RotationId>, String),
    /// What a look at the keys of a change showed, or why there was none.
    ReadBack(ChangeId, Result<Box<ReadBack>, String>),
    /// A one-time password was sent; or why not.
    PasswordSent(Box<Result<(), ServiceError>>),
    /// Somebody is logged in, with what to say; or why not.
    LoggedIn(Box<Result<String, ServiceError>>),
    /// A read-only profile can be changed through for a time; or why not.
    Unlocked(Result<(), String>),
    /// Results were written, with where, or were not, and why.
    Saved(Result<String, String>),
    /// An incident as it is now, and what is being done.
    Incident(Box<Incident>, Option<ContainEffect>),
    /// An incident cannot be begun, taken up or gone on with; why.
    IncidentRefused(String),
    /// Where a rotation's summary is, or why there is none.
    Summarised(RotationId, Result<String, String>),
}

/// What a screen or a dialog asks for; `D` is the dialogs that can be opened.
#[derive(Debug)]
pub enum Request<D> {
    /// Close the dialog that asks.
    Close,
    /// Open a dialog in front.
    Open(D),
    /// Something else stands in the dialog from now on, which must be read before it is answered.
    ContentChanged,
    /// Say something in the footer.
    Say(Tone, String),
    /// Carry an effect out.
    Do(Effect),
    /// Do what an action does in a context, as if its key were pressed there.
    Act(Context, Action),
    /// Review these keys, to revoke them.
    Review(Vec<KeyId>),
    Rotate(Vec<KeyId>),
    /// Begin what an action means with these keys of the list in front: revoke, disable or rotate them.
    ActOn(Action, Vec<KeyId>),
    /// Mark these keys of the list in front as well; where all of them are marked, take their marks away.
    ToggleMarks(Vec<KeyId>),
    /// Ask whom these keys are to be handed over to.
    ChooseRecipient(Vec<KeyId>),
    /// Review these keys, to hand them over to this user.
    HandOver(Vec<KeyId>, UserId),
    /// Go to Team Keys with these marked, and no others.
    MarkInTeam(Vec<KeyId>),
    /// Off-board this user.
    Offboard(UserId),
    /// Review these keys, to disable those that are enabled, or to enable them where none is.
    Toggle(Vec<KeyId>),
    /// Do this to findings, or to the keys behind them.
    OnFindings(OnFindings, Vec<KeyId>),
    /// Go to a key where it is listed, or back where one came from.
    GoToKey(KeyId, KeyKind),
    /// Look for new findings from now on, or no more.
    Watch,
    /// Show the list in front in another way.
    List(ListChange),
    Rows(RowChange),
    /// Show the row under the cursor in full.
    Detail,
    /// Forget which values were looked up: the next one is asked about anew.
    ForgetLookups,
    /// Find the keys of these fingerprints, which no loaded row has.
    LookUp(Vec<String>),
    Read(Slot),
    /// Stage these settings to be reviewed; none: nothing any more.
    Stage(Option<Box<Settings>>),
    /// Go to the profile of this name.
    SwitchProfile(String),
    /// Let something be changed through this read-only profile, for what was typed as a length and with this reason.
    Unlock(String, String),
    /// Draw with this theme from now on, and remember it.
    KeepTheme(String),
    /// Remember a line that the palette obeyed.
    KeepCommand(String),
    /// Remember a filter, which holds no key's value.
    KeepFilter(String),
}

/// What can be done to findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnFindings {
    /// Revoke the keys behind them.
    Revoke,
    /// Disable the keys behind them.
    Disable,
    /// Say what they are.
    Resolve(Resolution),
}

/// Another way to show a list.
#[derive(Debug)]
pub enum ListChange {
    /// Sorted by a column; by the same one again: reversed.
    Sort(Column),
    /// With rows alike in the column by a second one; again: reversed, then not any more.
    SortThen(Column),
    /// With the rows in these states.
    States(States),
    Columns(Vec<Column>),
    /// Filtered by this text, which parses.
    Filter(String),
}

/// What became of rows.
#[derive(Debug)]
pub enum RowChange {
    /// A key was made, of those that stand in this list.
    Made(Scope, Box<Key>),
    Changed(Box<Key>),
    Revoked(KeyId),
    /// A finding is called so now.
    Resolved(KeyId, Resolution),
    /// These keys are not to be marked any more.
    Unmarked(Vec<KeyId>),
    /// Of the list in front these keys, or findings of these keys, are to be marked, and no others.
    Marked(Vec<KeyId>),
}

impl<D> Request<D> {
    /// Something to know.
    pub fn info(text: impl Into<String>) -> Self {
        Self::Say(Tone::Info, text.into())
    }

    /// Something went well.
    pub fn good(text: impl Into<String>) -> Self {
        Self::Say(Tone::Good, text.into())
    }

    /// Something did not work.
    pub fn bad(text: impl Into<String>) -> Self {
        Self::Say(Tone::Bad, text.into())
    }

    /// A write, with the session's permission; without one, why there is none.
    pub fn write(session: &Session, write: Write) -> Self {
        match session.permission() {
            Ok(permission) => Self::permitted(permission, write),
            Err(why) => Self::info(why),
        }
    }

    pub fn permitted(permission: Permission, write: Write) -> Self {
        Self::Do(Effect::Write(permission, write))
    }
}
