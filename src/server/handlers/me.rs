//! `GET /me`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use crate::api::team::{MeAnswer, MeKey, MeUser};
use crate::domain::ids::{KeyId, UserId};
use crate::domain::untrusted::Untrusted;
use crate::server::app::App;
use crate::server::http::auth::Caller;

/// Who asks, with which key. There is no monthly allowance, so there are no operations to tell of.
pub async fn get(State(app): State<Arc<App>>, caller: Caller) -> Json<MeAnswer> {
    let user = &caller.user;
    Json(MeAnswer {
        user: MeUser {
            id: UserId(user.id),
            sub: Untrusted::from(user.id.to_string()),
            username: Untrusted::from(user.username.as_str()),
            email: Untrusted::from(user.email.as_str()),
            full_name: Untrusted::from(user.name.as_str()),
            avatar: None,
            is_public: false,
            email_verified: false,
            team_id: UserId(app.team.id),
            team_name: Untrusted::from(app.team.name.as_str()),
            team_domain: Untrusted::from(app.team.domain.as_str()),
            roles: user.roles.clone(),
        },
        operations: Vec::new(),
        api_key: Some(MeKey { id: KeyId::from(caller.key_id), expires_at: caller.key_expires, access: caller.access }),
    })
}
