//! What there is to do, what it came to, and what a person is asked.

use super::{Before, Check, Minted, OldProof, Orphan, Registered, Seen, Trouble};
use crate::domain::ids::KeyId;
use crate::domain::time::Time;
use crate::domain::untrusted::Untrusted;

/// Something to carry out. Each may be carried out again after a crash, except a hook, which a person is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Look at everything that must be right before anything is changed.
    Check,
    /// Mint a value into escrow, or find the one there, and read it back.
    Mint,
    /// Take the value that a person gave, which is in escrow: it is accepted, the same user's, and another than the old one.
    Adopt,
    /// See which keys there are, before the backend makes one: after a lost answer, what is new is told by that.
    ListKeys,
    /// Make the value known to the server as a new key; or have the backend make a key with a value of its own, which goes
    /// into escrow before anything else.
    Register,
    /// After a lost answer of a backend that mints: which keys are there that were not.
    FindOrphans,
    /// Delete the keys that came of a lost answer: nobody has their values.
    DeleteOrphans,
    /// Keep what the place holds, write the new value, read it back, compare.
    Deliver(usize),
    /// Run a hook of the cutover.
    Hook(usize),
    /// Ask the health command.
    Health,
    /// Prove that the new key is accepted and a made-up one is not.
    Verify,
    /// Bring the old key's expiry forward to the end of the overlap.
    SetDeadline(Time),
    /// See when the old key was last used.
    LookAtOld,
    /// Disable the old key.
    Disable,
    /// Enable the old key again.
    Enable,
    /// Revoke the old key, for ever.
    Revoke,
    /// Try the old value, where it is known.
    ProveOld,
    /// Put back what a place held before.
    Restore(usize),
    /// Run a hook again, so that the systems take up the restored value.
    RerunHook(usize),
    /// Revoke the new key, if the server knows it.
    RevokeNew,
    /// Wipe what is in escrow.
    Wipe,
}

/// What an effect came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Checked(Vec<Check>),
    /// The value is in escrow and was read back.
    Minted(Minted),
    Listed(Vec<KeyId>),
    /// The server knows the new key.
    Registered(Registered),
    /// The backend made a key, and its value is in escrow and was read back.
    RegisteredThere(Registered, Minted),
    /// The keys that may have come of a lost answer, and whose values nobody has.
    Orphans(Vec<Orphan>),
    /// The place has the new value; with what it held before, and why it could not be read back, if it could not.
    Delivered(Before, Option<Untrusted>),
    /// A command ended well; or something was done that there is no more to tell of.
    Done,
    /// The old key as it is now.
    Old(Seen),
    /// What became of the old value.
    OldProved(OldProof),
    /// A place could not be restored; with the reason.
    CannotRestore(Untrusted),
    /// It did not work.
    Failed {
        reason: Untrusted,
        /// Whether it may have been done all the same.
        maybe_done: bool,
    },
}

/// What a person has to say before it goes on.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    Plan,
    /// It is doubted, for this reason, that the plan is the one that was agreed: is it right as it stands?
    Doubt(Untrusted),
    /// These checks, by their place in the list, are not green: waive them, or try again.
    Checks(Vec<usize>),
    /// This line of the checklist: done?
    Checklist(usize),
    /// The old key was used after the cutover.
    StillUsed(Seen),
    /// The old key was enabled again on request: when may it go?
    Reenabled,
    /// Revoke the old key, for ever?
    Revoke,
    /// The new key, which a person makes, and gives its value.
    Value,
    /// The old value, which no place told, to prove that it is refused.
    OldValue,
    /// The answer was lost that told the value of these keys: delete them and begin again?
    Orphans(Vec<Orphan>),
    /// Something did not work.
    Trouble(Trouble),
    /// These places still hold the new value, or may: revoke the new key all the same?
    RevokeNew(Vec<usize>),
}

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Carry this out.
    Do(Effect),
    /// Ask a person.
    Ask(Question),
    /// Nothing before this moment, unless a person ends the overlap.
    Wait(Time),
    /// Nothing any more.
    Over,
}
