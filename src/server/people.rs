//! Adding and changing users, alike over the API and on the server's own machine: with a first key for who is new, each
//! change audited, and never without an active superadmin.

use super::error::ServerError;
use super::mint;
use super::store::acts::{self, Kind};
use super::store::audit::Cause;
use super::store::engine::Result;
use super::store::team::{self, User};
use super::store::{Write, api_keys};
use crate::domain::key::Access;
use crate::domain::key_value::{self, KeyKind};
use crate::domain::secret::Secret;
use crate::domain::team::{Role, UserKind};
use crate::domain::time::When;

/// The longest name of a user or a team, in characters.
pub const LONGEST_NAME: usize = 255;

/// A new user, as asked for; checked by the caller.
#[derive(Clone, Debug)]
pub struct NewPerson<'a> {
    pub name: &'a str,
    /// The address, which nobody else has.
    pub email: &'a str,
    /// What the user may do.
    pub roles: Vec<Role>,
}

/// A new service, as asked for; checked by the caller.
#[derive(Clone, Debug)]
pub struct NewService<'a> {
    /// A name that no other service has.
    pub name: &'a str,
    /// Whom to tell of its keys.
    pub contacts: Vec<String>,
}

/// A change to a user; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub name: Option<String>,
    /// Replaces a service's contacts.
    pub contacts: Option<Vec<String>>,
    pub roles: Option<Vec<Role>>,
    /// Whether the user's keys are accepted.
    pub active: Option<bool>,
}

/// These roles, each once; none when there is no role, or one that nobody knows.
pub fn known_roles(roles: &[Role]) -> Option<Vec<Role>> {
    let mut known: Vec<Role> = Vec::new();
    for role in roles {
        if matches!(role, Role::Other(_)) {
            return None;
        }
        if !known.contains(role) {
            known.push(role.clone());
        }
    }
    (!known.is_empty()).then_some(known)
}

/// Adds a user with a first key, and answers both and the key's value.
pub async fn add(
    write: &mut Write,
    new: NewPerson<'_>,
    cause: &Cause<'_>,
) -> Result<(User, api_keys::NewRow, Secret), ServerError> {
    let user = User {
        id: User::next_id(write.on()).await?,
        kind: UserKind::Person,
        contacts: Vec::new(),
        name: new.name.to_owned(),
        username: new.email.split('@').next().unwrap_or_default().to_owned(),
        email: new.email.to_owned(),
        roles: new.roles,
        active: true,
        joined_at: When::At(cause.now),
    };
    user.create(write, cause).await?;
    let (key, value) = give_key(write, &user, "first key", cause).await?;
    Ok((user, key, value))
}

/// Adds a service, which begins without a key: whoever needs one makes it.
pub async fn add_service(write: &mut Write, new: NewService<'_>, cause: &Cause<'_>) -> Result<User> {
    let service = User {
        id: User::next_id(write.on()).await?,
        kind: UserKind::Service,
        name: new.name.to_owned(),
        username: new.name.to_lowercase().split_whitespace().collect::<Vec<_>>().join("-"),
        email: String::new(),
        contacts: new.contacts,
        roles: vec![Role::User],
        active: true,
        joined_at: When::At(cause.now),
    };
    service.create(write, cause).await?;
    Ok(service)
}

/// Makes a key for a user, and answers it with its value.
pub async fn give_key(
    write: &mut Write,
    user: &User,
    name: &str,
    cause: &Cause<'_>,
) -> Result<(api_keys::NewRow, Secret), ServerError> {
    let value = mint::value(KeyKind::ApiKey)?;
    let key = api_keys::NewRow {
        id: mint::id(),
        name: name.to_owned(),
        owner_id: user.id,
        contacts: Vec::new(),
        created_at: cause.now,
        expires_at: team::settings(write.on()).await?.expiry_of(cause.now, None),
        disabled_reason: None,
        last_used_at: None,
        last_used_from: None,
        revoked: None,
        rotated_from: None,
        access: Access::Full,
        minted_with: None,
        secret_hash: key_value::fingerprint(value.expose()),
        masked_value: key_value::mask(value.expose()),
    };
    api_keys::create(write, &key, user, "server", cause).await?;
    Ok((key, value))
}

/// Changes a user and answers them as they are now. Nothing to change is nothing to audit.
pub async fn change(write: &mut Write, user: &User, change: Change, cause: &Cause<'_>) -> Result<User> {
    let changed = User {
        name: change.name.unwrap_or_else(|| user.name.clone()),
        contacts: change.contacts.unwrap_or_else(|| user.contacts.clone()),
        roles: change.roles.unwrap_or_else(|| user.roles.clone()),
        active: change.active.unwrap_or(user.active),
        ..user.clone()
    };
    let same = changed.name == user.name && changed.contacts == user.contacts;
    if same && changed.roles == user.roles && changed.active == user.active {
        return Ok(changed);
    }
    changed.update(write, user, cause).await?;
    if changed.active != user.active {
        let keys = acts::keys_at_most(write.on(), user.id, user.active).await?;
        let user = user.id;
        let kind = if changed.active { Kind::Activate { user } } else { Kind::Deactivate { user } };
        // also where it tells of none: every key's row says whether its owner is active
        acts::begin(write, kind, keys, &[], cause).await?;
    }
    Ok(changed)
}
