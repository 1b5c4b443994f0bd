//! The management server over HTTP: every endpoint, every status it can answer, and what the store holds afterwards.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests, whose helpers stand outside of test functions")]

#[path = "../support/mail.rs"]
mod mail;
#[path = "../support/server.rs"]
mod support;

mod access;
mod acts;
mod addresses;
mod api_keys;
mod audit;
mod auth;
mod bodies;
mod carried_on;
mod changing;
mod changing_people;
mod collection_keys;
mod collection_use;
mod contract;
mod door;
mod exposing;
mod findings;
mod full_disk;
mod hands;
mod http;
mod idempotency;
mod key_lists;
mod life;
mod limits;
mod lookups;
mod matrix;
mod metrics;
mod notices;
mod paging;
mod partners;
mod people;
mod plans;
mod races;
mod refused_uses;
mod regenerating;
mod repeats;
mod reports;
mod revocations;
mod seeding;
mod services;
mod serving;
mod settings;
mod storage;
mod texts;
mod trail;
mod upgrading;
mod verifying;
