//! What every request goes through before and after its handler: identity, limits, bodies, cursors, errors.

pub mod allowances;
pub mod auth;
pub mod body;
pub mod cursor;
pub mod failures;
pub mod fields;
pub mod front;
pub mod limits;
pub mod list;
pub mod observe;
pub mod once;
pub mod peer;
pub mod problem;
pub mod query;
pub mod request_log;
pub mod shared_limits;
pub mod under_way;
