//! Who asks, and users.

use serde_json::json;
use utoipa::openapi::HttpMethod::{Get, Patch, Post};

use super::one;
use crate::api::paths;
use crate::api::team::{CreatedUser, MeAnswer, NewUser, UserAnswer, UserPatch};
use crate::server::handlers::{me, users};
use crate::server::openapi::{Doc, Parameter, Routes};
use crate::server::policy::Effect::{Changes, Identifies, Reads};

pub fn routes(routes: Routes) -> Routes {
    routes
        .about("Users", "Who asks, the team's people, and services, which are nobody in person.")
        .add(Get, paths::ME, me::get, Doc::new("getAuthenticatedUser", Identifies, "Who asks").answer::<MeAnswer>(200))
        .add(
            Get,
            paths::USERS,
            users::list,
            Doc::new("getTeamUsers", Reads, "The team's users")
                .reads([Parameter::integer("groupId", "Only users of this group; there are none here.")])
                .answer::<users::Users>(200),
        )
        .add(Get, &one(paths::USERS), users::get, Doc::new("getTeamUser", Reads, "One user").answer::<UserAnswer>(200))
        .add(
            Post,
            paths::USERS,
            users::create,
            Doc::new("createUser", Changes, "Add a user")
                .body::<NewUser>()
                .such_as(json!({ "name": "Ben Ito", "email": "ben@acme.example", "roles": ["user"] }))
                .answer::<CreatedUser>(201)
                .once(),
        )
        .add(
            Patch,
            &one(paths::USERS),
            users::patch,
            Doc::new("updateUser", Changes, "Change a user")
                .body::<UserPatch>()
                .or_lockout()
                .such_as(json!({ "active": false, "note": "left in spring" }))
                .answer::<UserAnswer>(200),
        )
}
