//! The wire contract that client and server share: paths, bodies and errors of keydeck's management API, which is the
//! public Postman API's dialect, extended.
//!
//! Types here are read leniently (a missing or null field is its default, an unknown word is kept) and written strictly.

pub mod acts;
pub mod audit;
pub mod collection;
pub mod error;
pub mod key;
pub mod page;
pub mod partners;
pub mod paths;
pub mod secrets;
pub mod team;
