//! What is done on the server's own machine rather than over the API: the first team and user, and further users.

use super::app::now;
use super::clock::Clock;
use super::error::ServerError;
use super::http::body::HOSTILE;
use super::http::once::Calls;
use super::life;
use super::people::{self, Change, LONGEST_NAME, NewPerson};
use super::policy;
use super::store::acts;
use super::store::api_keys;
use super::store::audit::{Cause, Origin};
use super::store::engine::Result;
use super::store::key_lists::{self, Filter, Sort};
use super::store::patch::{self, Patch};
use super::store::team::{self, Team, User};
use super::store::{Store, Write, revoke};
use tokio_util::sync::CancellationToken;

use crate::api::page::MAX_LIMIT;
use crate::domain::email::is_email;
use crate::domain::ids::KeyId;
use crate::domain::key::{DisabledReason, Revocation, Status};
use crate::domain::offboard::{Fate, Held};
use crate::domain::secret::Secret;
use crate::domain::settings::Settings;
use crate::domain::team::Role;
use crate::domain::time::{Time, When};
use crate::domain::untrusted::is_hostile;

/// The only team of a database.
const TEAM: i64 = 1;

/// Makes the schema, the team and its first superadmin in an empty database, and answers that user's key.
pub async fn init(database: &str, team: &str, email: &str) -> Result<Secret, ServerError> {
    check_name("team", team)?;
    check_email(email)?;
    let store = Store::create(database).await?;
    let made = begin_team(&store, database, team, email).await;
    // made now, so that no server has to write before it serves
    Calls::load(&store).await?;
    store.close().await;
    made
}

async fn begin_team(store: &Store, database: &str, team: &str, email: &str) -> Result<Secret, ServerError> {
    let mut write = store.write().await?;
    if Team::load(write.on()).await?.is_some() {
        return Err(ServerError::AlreadyInitialised { database: super::store::Location::parse(database)?.to_string() });
    }
    let now = now();
    let team = new_team(&mut write, team, now).await?;
    let name = email.split('@').next().unwrap_or_default();
    let person = NewPerson { name, email, roles: vec![Role::Superadmin] };
    let (_, _, value) = people::add(&mut write, person, &Cause::new(&machine(&team), now)).await?;
    write.commit().await?;
    Ok(value)
}

/// Writes the team and the settings it begins with.
pub async fn new_team(write: &mut Write, name: &str, now: Time) -> Result<Team> {
    let team = Team { id: TEAM, name: name.to_owned(), domain: slug(name) };
    team.insert(write.on(), now).await?;
    team::insert_settings(write.on(), &Settings::default()).await?;
    Ok(team)
}

/// Adds a user with a first key to a team, and answers that key.
pub async fn add_user(database: &str, name: &str, email: &str, roles: &[Role]) -> Result<Secret, ServerError> {
    check_name("name", name)?;
    check_email(email)?;
    let roles = check_roles(roles)?;
    on_team(database, async |write, team| {
        if !User::by_email(write.on(), email).await?.is_empty() {
            let reason = "somebody of the team has this address already".to_owned();
            return Err(ServerError::Invalid { field: "email", reason });
        }
        let person = NewPerson { name, email, roles };
        Ok(people::add(write, person, &Cause::new(&machine(team), now())).await?.2)
    })
    .await
}

/// Replaces a user's roles, and answers them as they are then. The last active superadmin stays one.
pub async fn set_roles(database: &str, email: &str, roles: &[Role]) -> Result<Member, ServerError> {
    let change = Change { roles: Some(check_roles(roles)?), ..Change::default() };
    change_user(database, email, "roles", change).await
}

/// Does to keys of a user what was chosen and stops all that are theirs then, at once or not at all, and answers the user.
/// The last active superadmin stays one.
pub async fn offboard(database: &str, email: &str, fates: &[(KeyId, Fate)]) -> Result<Member, ServerError> {
    on_team(database, async |write, team| {
        let (user, origin) = (named(write, email).await?, machine(team));
        let cause = Cause::new(&origin, now());
        for (id, fate) in fates {
            leave_behind(write, &user, id, *fate, &cause).await?;
        }
        deactivated(write, &user, "email", Change { active: Some(false), ..Change::default() }, &cause).await
    })
    .await
}

/// Does to one key of a user who leaves what was chosen. One that is theirs no more, or revoked, is left as it is.
async fn leave_behind(
    write: &mut Write,
    user: &User,
    id: &KeyId,
    fate: Fate,
    cause: &Cause<'_>,
) -> Result<(), ServerError> {
    let found = api_keys::by_id(write.on(), id.as_str(), cause.now).await?;
    let Some(key) = found.filter(|key| key.owner_id.0 == user.id && key.status != Status::Revoked) else {
        return Ok(());
    };
    match fate {
        Fate::Stop => {}
        Fate::Disable => {
            let disabled = Patch { disabled: Some(Some(DisabledReason::Admin)), ..Patch::default() };
            patch::apply(write, &key, user, &disabled, cause).await?;
        }
        Fate::HandOver(to) => {
            let to = User::by_id(write.on(), to.0).await?.ok_or_else(|| invalid("keys", "there is no such user"))?;
            may_receive(&Member::from(user), &Member::from(&to)).map_err(|why| invalid("keys", why))?;
            let given = Patch { owner: Some(to), ..Patch::default() };
            patch::apply(write, &key, user, &given, cause).await?;
        }
        Fate::Revoke => {
            let targets = revoke::targets(write.on(), [id.as_str()], cause.now).await?;
            let targets: Vec<_> = targets.into_iter().map(|key| (key, Revocation::Admin)).collect();
            revoke::revoke(write, &targets, cause).await?;
        }
    }
    Ok(())
}

/// Whether keys of `from` can be handed over to `to`.
///
/// # Errors
/// Why not.
pub fn may_receive(from: &Member, to: &Member) -> Result<(), &'static str> {
    match () {
        () if to.id == from.id => Err("that is who leaves"),
        () if !to.active => Err("not active: none of their keys is accepted"),
        () if !policy::within(&to.roles, &from.roles) => Err(policy::STRONGER),
        () => Ok(()),
    }
}

fn invalid(field: &'static str, reason: &str) -> ServerError {
    ServerError::Invalid { field, reason: reason.to_owned() }
}

async fn change_user(database: &str, email: &str, field: &'static str, change: Change) -> Result<Member, ServerError> {
    on_team(database, async |write, team| {
        let (user, origin) = (named(write, email).await?, machine(team));
        deactivated(write, &user, field, change, &Cause::new(&origin, now())).await
    })
    .await
}

async fn deactivated(
    write: &mut Write,
    user: &User,
    field: &'static str,
    change: Change,
    cause: &Cause<'_>,
) -> Result<Member, ServerError> {
    let changed = people::change(write, user, change, cause).await?;
    if !User::has_superadmin(write.on()).await? {
        return Err(invalid(field, "the last active superadmin stays one: make another one first"));
    }
    Ok(Member::from(&changed))
}

/// A key that is not revoked, as commands on the server's own machine show one.
#[derive(Clone, Debug)]
pub struct KeyOfUser {
    pub id: KeyId,
    pub name: String,
    pub masked: String,
    /// Whether it is accepted.
    pub works: bool,
    /// When it was last used; none: never.
    pub last_used: Option<Time>,
}

impl Held for KeyOfUser {
    fn id(&self) -> &KeyId {
        &self.id
    }

    fn works(&self) -> bool {
        self.works
    }

    fn last_used(&self) -> Option<Time> {
        self.last_used
    }
}

/// This user, everybody, and the keys of this user that are not revoked.
pub async fn keys_left(database: &str, who: &str) -> Result<(Member, Vec<Member>, Vec<KeyOfUser>), ServerError> {
    let now = now();
    on_team(database, async |write, _team| {
        let user = named(write, who).await?;
        let (mut keys, mut after) = (Vec::new(), None);
        let statuses = vec![Status::Enabled, Status::Disabled];
        let filter = Filter { owner: Some(user.id), statuses, name: None };
        loop {
            let (page, next) =
                key_lists::page(write.on(), &filter, Sort::RecentlyUsed, after.as_ref(), MAX_LIMIT, now).await?;
            keys.extend(page.into_iter().map(|key| KeyOfUser {
                works: key.status == Status::Enabled,
                last_used: key.last_used_at.time(),
                id: key.id,
                name: key.name.as_received().to_owned(),
                masked: key.masked_value.as_received().to_owned(),
            }));
            match next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let members = User::all(write.on()).await?.iter().map(Member::from).collect();
        Ok((Member::from(&user), members, keys))
    })
    .await
}

fn working_keys_of(user: &User) -> Filter {
    Filter { owner: Some(user.id), statuses: vec![Status::Enabled], name: None }
}

/// Makes a key for an active user, or a service, none of whose keys works any more.
pub async fn key_for(database: &str, who: &str) -> Result<Secret, ServerError> {
    give_key(database, who, false).await
}

/// Makes a key for an active user beside those they have: for a demo that is gone on with, since nothing keeps its values.
pub async fn another_key_for(database: &str, who: &str) -> Result<Secret, ServerError> {
    give_key(database, who, true).await
}

async fn give_key(database: &str, who: &str, beside_others: bool) -> Result<Secret, ServerError> {
    let now = now();
    on_team(database, async |write, team| {
        let mut services = User::services_named(write.on(), who).await?;
        let user = match services.pop() {
            Some(service) => service,
            None => named(write, who).await?,
        };
        let refuse = |reason: String| Err(ServerError::Invalid { field: "user", reason });
        if !user.active {
            return refuse("they are not active, so no key of theirs would be accepted".to_owned());
        }
        let working = key_lists::count(write.on(), &working_keys_of(&user), now).await?;
        if working > 0 && !beside_others {
            return refuse(format!("they have {working} that work: with one of those they make another"));
        }
        Ok(people::give_key(write, &user, "key from the server's machine", &Cause::new(&machine(team), now)).await?.1)
    })
    .await
}

/// What recovering by a user's key would change of them.
#[derive(Clone, Debug)]
pub struct Recovery {
    pub member: Member,
    /// How many keys their leaving stopped, which are accepted again once they are active.
    pub keys_back: u64,
}

/// What [`recover`] would do.
pub async fn recovery(database: &str, who: &str) -> Result<Recovery, ServerError> {
    let now = now();
    on_team(database, async |write, _team| {
        let user = named(write, who).await?;
        let keys_back = if user.active { 0 } else { acts::keys_of(write.on(), user.id, now).await? };
        Ok(Recovery { member: Member::from(&user), keys_back })
    })
    .await
}

/// Makes a new key for a user and makes them an active superadmin if they are none: the way back in for whoever has the
/// server's own machine. Audited like all else.
pub async fn recover(database: &str, email: &str) -> Result<Secret, ServerError> {
    on_team(database, async |write, team| {
        let (user, origin) = (named(write, email).await?, machine(team));
        let cause = Cause::new(&origin, now());
        let mut roles = user.roles.clone();
        if !user.is_superadmin() {
            roles.push(Role::Superadmin);
        }
        let change = Change { roles: Some(roles), active: Some(true), ..Change::default() };
        let user = people::change(write, &user, change, &cause).await?;
        Ok(people::give_key(write, &user, "recovery key", &cause).await?.1)
    })
    .await
}

/// A user, as commands on the server's own machine show one.
#[derive(Clone, Debug)]
pub struct Member {
    pub id: i64,
    pub name: String,
    pub email: String,
    /// What the user may do.
    pub roles: Vec<Role>,
    /// Whether the user's keys are accepted.
    pub active: bool,
    /// When the user joined.
    pub joined_at: When,
    /// Whether the address is, but for its case or its spelling, also somebody else's.
    pub email_shared: bool,
    /// Nobody in person.
    pub is_service: bool,
}

impl From<&User> for Member {
    fn from(user: &User) -> Self {
        Self {
            id: user.id,
            name: user.name.clone(),
            email: user.email.clone(),
            roles: user.roles.clone(),
            active: user.active,
            joined_at: user.joined_at.clone(),
            email_shared: false,
            is_service: user.is_service(),
        }
    }
}

/// Every user, in the order they were added.
pub async fn users(database: &str) -> Result<Vec<Member>, ServerError> {
    let store = Store::open(database).await?;
    let users = async {
        let (all, sharing) = (User::all(store.reads()).await?, User::sharing(store.reads()).await?);
        let marked = |user: &User| Member { email_shared: sharing.contains(&user.id), ..Member::from(user) };
        Ok(all.iter().map(marked).collect())
    }
    .await;
    store.close().await;
    users
}

/// Does something in one transaction on the database of a team.
async fn on_team<T>(
    database: &str,
    act: impl AsyncFnOnce(&mut Write, &Team) -> Result<T, ServerError>,
) -> Result<T, ServerError> {
    let store = Store::open(database).await?;
    let done = async {
        let mut write = store.write().await?;
        let Some(team) = Team::load(write.on()).await? else {
            return Err(ServerError::NotInitialised { database: super::store::Location::parse(database)?.to_string() });
        };
        let done = act(&mut write, &team).await?;
        write.commit().await?;
        life::finish_acts(&store, &Clock::default(), &CancellationToken::new(), || {}).await?;
        Ok(done)
    }
    .await;
    store.close().await;
    done
}

/// The person who is named by their address, or their id. An address that several have names nobody: whom it means is not
/// guessed.
async fn named(write: &mut Write, who: &str) -> Result<User, ServerError> {
    let mut found = match who.parse() {
        Ok(id) => User::by_id(write.on(), id).await?.into_iter().filter(|user| !user.is_service()).collect(),
        Err(_no_id) => User::by_email(write.on(), who).await?,
    };
    let reason = if found.len() > 1 {
        let ids: Vec<String> = found.iter().map(|user| format!("{} ({})", user.id, user.email)).collect();
        format!("{} people have this address, but for its case: name one by id: {}", found.len(), ids.join(", "))
    } else if let Some(one) = found.pop() {
        return Ok(one);
    } else {
        "nobody of the team has this address: keydeck server user list shows who there is".to_owned()
    };
    Err(ServerError::Invalid { field: "email", reason })
}

/// Nobody asked over the API: the origin of what is done on the server's own machine.
fn machine(team: &Team) -> Origin {
    Origin { team: team.for_audit(), ..Origin::default() }
}

fn check_roles(roles: &[Role]) -> Result<Vec<Role>, ServerError> {
    people::known_roles(roles).ok_or_else(|| ServerError::Invalid {
        field: "roles",
        reason: format!("one or more of {}", Role::WORDS.join(", ")),
    })
}

fn check_name(field: &'static str, name: &str) -> Result<(), ServerError> {
    let reason = if name.trim().is_empty() {
        "must not be empty".to_owned()
    } else if name.chars().count() > LONGEST_NAME {
        format!("longer than {LONGEST_NAME} characters")
    } else if name.chars().any(is_hostile) {
        HOSTILE.to_owned()
    } else {
        return Ok(());
    };
    Err(ServerError::Invalid { field, reason })
}

fn check_email(email: &str) -> Result<(), ServerError> {
    if is_email(email) {
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
