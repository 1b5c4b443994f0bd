//! Who asks and who is in the team, as the public Postman API tells it.

use serde::Deserialize;

use super::lenient;
use crate::domain::ids::UserId;
use crate::domain::key::Access;
use crate::domain::team::{Me, Role, User, UserKind};
use crate::domain::time::When;
use crate::domain::untrusted::Untrusted;
use crate::domain::usage::Allowance;

/// A limit from which on there is none, as is seen in practice.
const UNLIMITED: u64 = 99_999_999;

/// The answer of `GET /me`.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct MeAnswer {
    #[serde(deserialize_with = "lenient::part")]
    user: MeUser,
    /// Not there for guests and partners.
    operations: Option<Operations>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct MeUser {
    #[serde(deserialize_with = "lenient::user")]
    id: UserId,
    #[serde(deserialize_with = "lenient::text")]
    username: Untrusted,
    #[serde(deserialize_with = "lenient::text")]
    email: Untrusted,
    #[serde(deserialize_with = "lenient::text")]
    full_name: Untrusted,
    #[serde(deserialize_with = "lenient::text")]
    team_name: Untrusted,
    #[serde(deserialize_with = "lenient::texts")]
    roles: Vec<String>,
}

#[derive(Deserialize)]
#[serde(transparent)]
struct Operations(#[serde(deserialize_with = "lenient::rows")] Vec<Operation>);

#[derive(Default, Deserialize)]
#[serde(default)]
struct Operation {
    #[serde(deserialize_with = "lenient::text")]
    name: Untrusted,
    #[serde(deserialize_with = "lenient::count")]
    limit: Option<u64>,
    #[serde(deserialize_with = "lenient::count")]
    usage: Option<u64>,
    #[serde(deserialize_with = "lenient::count")]
    overage: Option<u64>,
}

impl MeAnswer {
    /// Who asks; an error where the answer names nobody.
    pub(super) fn me(self) -> Result<Me, &'static str> {
        let user = self.user;
        if user.id == UserId::default() && user.email.is_empty() && user.username.is_empty() {
            return Err("an answer that names no user");
        }
        let guest = self.operations.is_none();
        let operations = self.operations.map(|Operations(operations)| operations).unwrap_or_default();
        Ok(Me {
            id: user.id,
            name: [user.full_name, user.username].into_iter().find(|name| !name.is_empty()).unwrap_or_default(),
            email: user.email,
            team: user.team_name,
            roles: user.roles.iter().map(|role| role_of(role)).collect(),
            // nothing is told of the key itself
            own_key: None,
            own_key_expires: When::Never,
            own_access: Access::Full,
            roles_tell: false,
            guest,
            allowances: operations.into_iter().map(allowance).collect(),
        })
    }
}

fn allowance(operation: Operation) -> Allowance {
    Allowance {
        name: operation.name,
        limit: operation.limit.filter(|limit| *limit < UNLIMITED),
        usage: operation.usage.unwrap_or_default(),
        overage: operation.overage.unwrap_or_default(),
    }
}

/// A role by the word that the API has for it.
fn role_of(word: &str) -> Role {
    match word.to_ascii_lowercase().replace([' ', '_', '-'], "").as_str() {
        "user" => Role::User,
        "admin" => Role::Admin,
        "superadmin" => Role::Superadmin,
        _ => Role::Other(Untrusted::from(word)),
    }
}

/// A member of the team, as `GET /users` lists them.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct UserAnswer {
    #[serde(deserialize_with = "lenient::user")]
    id: UserId,
    #[serde(deserialize_with = "lenient::text")]
    name: Untrusted,
    #[serde(deserialize_with = "lenient::text")]
    username: Untrusted,
    #[serde(deserialize_with = "lenient::text")]
    email: Untrusted,
    #[serde(deserialize_with = "lenient::texts")]
    roles: Vec<String>,
}

impl UserAnswer {
    pub(super) fn user(self) -> User {
        User {
            id: self.id,
            kind: UserKind::Person,
            name: [self.name, self.username].into_iter().find(|name| !name.is_empty()).unwrap_or_default(),
            email: self.email,
            contacts: Vec::new(),
            roles: self.roles.iter().map(|role| role_of(role)).collect(),
            active: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn me(wire: Value) -> Result<Me, &'static str> {
        serde_json::from_value::<MeAnswer>(wire).unwrap().me()
    }

    #[test]
    fn who_asks_and_what_the_plan_allows_is_read() {
        let me = me(json!({
            "user": {"id": 12.0, "username": "ada", "email": "ada@team.example", "fullName": "", "teamId": 0,
                     "roles": ["user", "super-admin", "flow-editor", null], "avatar": null},
            "operations": [{"name": "api_usage", "limit": 10000.0, "usage": 412, "overage": 0},
                           {"name": "flow_runs", "limit": 99_999_999, "usage": 3.0}, null],
        }));
        let me = me.unwrap();
        assert_eq!((me.id, me.name.as_received(), me.team.is_empty(), me.guest), (UserId(12), "ada", true, false));
        assert_eq!(me.roles, [Role::User, Role::Superadmin, Role::Other("flow-editor".into())]);
        let told: Vec<_> = me.allowances.iter().map(|allowance| (allowance.limit, allowance.usage)).collect();
        assert_eq!(told, [(Some(10_000), 412), (None, 3)]);
        assert!(me.is_admin(), "what the user may do is Postman's to say");
    }

    #[test]
    fn a_guest_is_known_by_what_is_absent_and_nobody_is_no_user() {
        let guest = me(json!({"user": {"id": 7, "email": "g@team.example"}})).unwrap();
        assert!(guest.guest && guest.allowances.is_empty());
        assert!(!me(json!({"user": {"id": 7}, "operations": []})).unwrap().guest);
        for wire in [json!({}), json!({"user": null}), json!({"user": []}), json!({"operations": []})] {
            assert!(me(wire).is_err());
        }
    }

    #[test]
    fn a_user_without_a_name_has_the_short_one() {
        let user: UserAnswer = serde_json::from_value(json!({"id": "7", "username": "ada", "roles": null})).unwrap();
        let user = user.user();
        assert_eq!((user.id, user.name.as_received(), user.active), (UserId(7), "ada", true));
    }
}
