//! What keydeck keeps and does on this machine: the journal of rotations, the record of incidents, the escrow of values under way, the places that
//! values are delivered to, and the programs that it runs for them.

pub mod escrow;
pub mod incidents;
pub mod journal;
pub mod keyring;
pub mod program;
pub mod sinks;
pub mod unresolved;
pub mod views;
