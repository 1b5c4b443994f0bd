//! What is done on the server's own machine rather than over the API: the first team and user, and further users.

use super::app::now;
use super::error::ServerError;
use super::handlers::is_address;
use super::mint;
use super::store::audit::{Entry, Origin};
use super::store::changes;
use super::store::team::{self, Team, User};
use super::store::{Store, Write, api_keys};
use crate::domain::key_value::{self, KeyKind};
use crate::domain::secret::Secret;
use crate::domain::settings::Settings;
use crate::domain::team::Role;
use crate::domain::time::{Time, When};

/// The longest name of a team or a user, in characters.
const LONGEST_NAME: usize = 255;
/// The only team of a database.
const TEAM: i64 = 1;

/// Makes the schema, the team and its first superadmin in an empty database, and answers that user's key.
pub async fn init(database: &str, team: &str, email: &str) -> Result<Secret, ServerError> {
    check_name("team", team)?;
    check_email(email)?;
    let store = Store::create(database).await?;
    let made = begin_team(&store, database, team, email).await;
    store.close().await;
    made
}

async fn begin_team(store: &Store, database: &str, team: &str, email: &str) -> Result<Secret, ServerError> {
    let mut write = store.write().await?;
    if Team::load(write.on()).await?.is_some() {
        return Err(ServerError::AlreadyInitialised { path: super::store::Location::parse(database)?.path().into() });
    }
    let now = now();
    let team = new_team(&mut write, team, now).await?;
    let name = email.split('@').next().unwrap_or_default();
    let value = new_user(&mut write, &team, name, email, vec![Role::Superadmin], now).await?;
    write.commit().await?;
    Ok(value)
}

/// Writes the team and the settings it begins with.
pub async fn new_team(write: &mut Write, name: &str, now: Time) -> sqlx::Result<Team> {
    let team = Team { id: TEAM, name: name.to_owned(), domain: slug(name) };
    team.insert(write.on(), now).await?;
    team::insert_settings(write.on(), &Settings::default()).await?;
    Ok(team)
}

/// Adds a user with a first key to a team, and answers that key.
pub async fn add_user(database: &str, name: &str, email: &str, roles: &[Role]) -> Result<Secret, ServerError> {
    check_name("name", name)?;
    check_email(email)?;
    if roles.is_empty() || roles.iter().any(|role| matches!(role, Role::Other(_))) {
        let reason = format!("one or more of {}", Role::WORDS.join(", "));
        return Err(ServerError::Invalid { field: "roles", reason });
    }
    let store = Store::open(database).await?;
    let made = add_user_to(&store, database, name, email, roles).await;
    store.close().await;
    made
}

async fn add_user_to(
    store: &Store,
    database: &str,
    name: &str,
    email: &str,
    roles: &[Role],
) -> Result<Secret, ServerError> {
    let mut write = store.write().await?;
    let Some(team) = Team::load(write.on()).await? else {
        return Err(ServerError::NotInitialised { path: super::store::Location::parse(database)?.path().into() });
    };
    if User::by_email(write.on(), email).await?.is_some() {
        let reason = "somebody of the team has this address already".to_owned();
        return Err(ServerError::Invalid { field: "email", reason });
    }
    let value = new_user(&mut write, &team, name, email, roles.to_vec(), now()).await?;
    write.commit().await?;
    Ok(value)
}

async fn new_user(
    write: &mut Write,
    team: &Team,
    name: &str,
    email: &str,
    roles: Vec<Role>,
    now: Time,
) -> Result<Secret, ServerError> {
    let user = User {
        id: User::next_id(write.on()).await?,
        name: name.to_owned(),
        username: email.split('@').next().unwrap_or_default().to_owned(),
        email: email.to_owned(),
        roles,
        active: true,
        joined_at: When::At(now),
    };
    User::insert(write.on(), std::slice::from_ref(&user)).await?;
    let value = mint::value(KeyKind::ApiKey)?;
    let key = api_keys::NewRow {
        id: mint::id(),
        name: "first key".to_owned(),
        owner_id: user.id,
        contacts: Vec::new(),
        created_at: now,
        expires_at: team::settings(write.on()).await?.expiry_of(now, None),
        disabled_reason: None,
        last_used_at: None,
        last_used_from: None,
        revoked: None,
        rotated_from: None,
        secret_hash: key_value::fingerprint(value.expose()),
        masked_value: key_value::mask(value.expose()),
    };
    api_keys::insert(write.on(), [&key]).await?;
    for change in [changes::user_created(&user), changes::key_created(&key, "server")] {
        let origin = Origin { team: team.for_audit(), ..Origin::default() };
        write.record(Entry { at: now, origin, user: user.for_audit(), change });
    }
    Ok(value)
}

fn check_name(field: &'static str, name: &str) -> Result<(), ServerError> {
    let reason = if name.trim().is_empty() {
        "must not be empty".to_owned()
    } else if name.chars().count() > LONGEST_NAME || name.contains('\0') {
        format!("longer than {LONGEST_NAME} characters, or holds a NUL")
    } else {
        return Ok(());
    };
    Err(ServerError::Invalid { field, reason })
}

fn check_email(email: &str) -> Result<(), ServerError> {
    if is_address(email) {
        Ok(())
    } else {
        Err(ServerError::Invalid { field: "email", reason: "not an e-mail address".to_owned() })
    }
}

/// A name as the part of an address: lower-case letters and digits, joined by single hyphens.
fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs() {
        assert_eq!(slug("Northwind  Traders & Söhne 2"), "northwind-traders-s-hne-2");
        assert_eq!(slug("日本"), "");
    }
}
