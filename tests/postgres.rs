//! Several servers and one database, a PostgreSQL that `.ci/postgres/run` brings: what one of them is told holds for all, and what rests
//! on there being one writer also holds where there are many.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "postgres/calls.rs"]
mod calls;
#[path = "postgres/engine.rs"]
mod engine;
#[path = "postgres/limits.rs"]
mod limits;
#[path = "postgres/migrating.rs"]
mod migrating;
#[path = "postgres/rules.rs"]
mod rules;
#[path = "support/server.rs"]
mod support;
