//! The table of routes: every endpoint with its handler and what the contract says of it.

mod keys;
mod people;
mod watch;

use utoipa::openapi::HttpMethod::Get;

use super::{collections, health, tell};
use crate::api::collection::CollectionAnswer;
use crate::api::paths;
use crate::server::openapi::{Contract, Doc, Parameter, Routes};

/// The path of one thing of a list.
fn one(path: &str) -> String {
    format!("{path}/{{id}}")
}

/// Every endpoint that takes a key.
pub fn keyed(routes: Routes) -> Routes {
    watch::routes(keys::routes(people::routes(routes)))
}

/// Those that take none.
pub fn open(routes: Routes) -> Routes {
    routes
        .about("Collections", "What a collection access key opens.")
        .add(
            Get,
            &one(paths::COLLECTIONS),
            collections::get,
            Doc::without_key("getCollection", "A collection, read with a collection access key")
                .reads(
                    [Parameter::text("access_key", 255, "The collection access key; no other is needed.").required()],
                )
                .answer::<CollectionAnswer>(200),
        )
        .about("Server", "How the server is, and this contract.")
        .add(
            Get,
            paths::HEALTHZ,
            health::lives,
            Doc::without_key("getHealth", "Whether the server lives").answer::<health::Health>(200),
        )
        .add(
            Get,
            paths::READYZ,
            health::ready,
            Doc::without_key("getReadiness", "Whether the database takes writes").answer::<health::Health>(200),
        )
        .add(Get, paths::OPENAPI, tell, Doc::without_key("getContract", "This contract").answer::<Contract>(200))
}
