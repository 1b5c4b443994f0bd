//! What keydeck keeps and does on this machine: the journal of rotations, the records of incidents and campaigns, the escrow of values
//! under way, the keys that no API lists, the places that values are delivered to, the programs that it runs for them, and the files and histories that it
//! looks through.

pub mod campaigns;
pub mod drills;
pub mod escrow;
pub mod git;
pub mod incidents;
pub mod journal;
pub mod kept_keys;
pub mod keyring;
pub mod profile_name;
pub mod program;
mod record;
pub mod scan;
pub mod sinks;
pub mod tracked;
pub mod unlocks;
pub mod unresolved;
pub mod views;
