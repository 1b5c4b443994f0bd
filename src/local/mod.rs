//! What keydeck keeps and does on this machine: the journal of rotations, the record of incidents, the escrow of values
//! under way, the places that values are delivered to, the programs that it runs for them, and the files and histories that it
//! looks through.

pub mod drills;
pub mod escrow;
pub mod git;
pub mod incidents;
pub mod journal;
pub mod kept_keys;
pub mod keyring;
pub mod profile_name;
pub mod program;
pub mod scan;
pub mod sinks;
pub mod unlocks;
pub mod unresolved;
pub mod views;
