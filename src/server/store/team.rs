//! The team, its users and its settings.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use super::audit::Cause;
use super::engine::{On, Result, Row, Transaction};
use super::sql::Sql;
use super::standing::IS_SUPERADMIN;
use super::{Write, changes};
use crate::domain::fold::fold;
use crate::domain::settings::Settings;
use crate::domain::team::{Role, UserKind};
use crate::domain::time::{Time, When, wire};

/// The one team a database holds.
#[derive(Clone, Debug)]
pub struct Team {
    pub id: i64,
    pub name: String,
    /// The part of its address that names it.
    pub domain: String,
}

impl Team {
    /// As the audit log shows it.
    pub fn for_audit(&self) -> Value {
        json!({ "id": self.id, "name": self.name })
    }

    /// Reads it.
    pub async fn load(on: impl On) -> Result<Option<Self>> {
        let row = Sql::new("SELECT id, name, domain FROM team").row(on).await?;
        row.map(|row| Ok(Self { id: row.try_get("id")?, name: row.try_get("name")?, domain: row.try_get("domain")? }))
            .transpose()
    }

    /// Writes it, once.
    pub async fn insert(&self, on: &mut Transaction, now: Time) -> Result<()> {
        let mut sql = Sql::new("INSERT INTO team (id, name, domain, created_at) VALUES ");
        sql.push("(").bind(self.id).push(", ").bind(self.name.as_str()).push(", ");
        sql.bind(self.domain.as_str()).push(", ").bind(wire(now)).push(")");
        sql.run(on).await?;
        Ok(())
    }
}

/// A user.
#[derive(Clone, Debug)]
pub struct User {
    pub id: i64,
    pub kind: UserKind,
    pub name: String,
    pub username: String,
    /// A person's address; empty for a service.
    pub email: String,
    /// Whom to tell of a service's keys; a person is told at their own address.
    pub contacts: Vec<String>,
    /// What the user may do.
    pub roles: Vec<Role>,
    /// Whether the user's keys are accepted.
    pub active: bool,
    /// When the user joined.
    pub joined_at: When,
}

/// What [`User::from_row`] reads of `users u`.
pub const USER_FIELDS: &str = "u.id, u.kind, u.name, u.username, u.email, u.contacts, u.roles, u.active, u.joined_at";
/// Before a service's id, in the place of an address.
const NO_ADDRESS: &str = "service:";

/// The address that is told of what stands in the column `email`: a service has none.
pub fn told_email(stored: &str) -> &str {
    if stored.starts_with(NO_ADDRESS) { "" } else { stored }
}

/// The beginning of a statement that reads users.
fn select() -> Sql {
    let mut sql = Sql::new("SELECT ");
    sql.push(USER_FIELDS).push(" FROM users u ");
    sql
}

impl User {
    /// Reads a row that has the columns of `users`.
    pub fn from_row(row: Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            kind: UserKind::from_word(row.try_get("kind")?),
            name: row.try_get("name")?,
            username: row.try_get("username")?,
            email: told_email(row.try_get("email")?).to_owned(),
            contacts: serde_json::from_str(row.try_get("contacts")?)?,
            roles: roles_from_column(&row.try_get::<String>("roles")?),
            active: row.try_get::<i64>("active")? != 0,
            joined_at: super::moment(row, "joined_at")?,
        })
    }

    /// As the audit log shows it.
    pub fn for_audit(&self) -> Value {
        json!({
            "id": self.id, "name": self.name, "username": self.username, "email": self.email, "active": self.active,
        })
    }

    /// Whether the user may see and change the team's keys.
    pub fn is_admin(&self) -> bool {
        self.roles.iter().any(|role| matches!(role, Role::Admin | Role::Superadmin))
    }

    /// Whether the user may do everything.
    pub fn is_superadmin(&self) -> bool {
        self.roles.contains(&Role::Superadmin)
    }

    pub fn is_service(&self) -> bool {
        self.kind == UserKind::Service
    }

    /// Whether the user manages keys at all, be it only their own: a scanner or verifier does not.
    pub fn manages_keys(&self) -> bool {
        self.is_admin() || self.roles.contains(&Role::User)
    }

    /// Every user, in the order they were added.
    pub async fn all(on: impl On) -> Result<Vec<Self>> {
        let mut sql = select();
        sql.push("ORDER BY u.id");
        sql.rows(on).await?.iter().map(Self::from_row).collect()
    }

    /// The users with these ids, however often each is named, at most as many as a list in a statement holds.
    pub async fn by_ids(on: impl On, ids: impl IntoIterator<Item = i64>) -> Result<HashMap<i64, Self>> {
        let ids: BTreeSet<i64> = ids.into_iter().collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let mut sql = select();
        sql.push("WHERE u.id IN (");
        for (at, id) in ids.into_iter().enumerate() {
            sql.push(if at > 0 { ", " } else { "" }).bind(id);
        }
        sql.push(")");
        let user = |row| Self::from_row(row).map(|user| (user.id, user));
        sql.rows(on).await?.iter().map(user).collect()
    }

    /// One user.
    pub async fn by_id(on: impl On, id: i64) -> Result<Option<Self>> {
        let mut sql = select();
        sql.push("WHERE u.id = ").bind(id);
        sql.row(on).await?.map(|row| Self::from_row(row.row())).transpose()
    }

    /// The people with this address, in whatever case and script it was written: several where an earlier keydeck told their
    /// addresses apart. Whoever acts by an address has to refuse those.
    pub async fn by_email(on: impl On, email: &str) -> Result<Vec<Self>> {
        let mut sql = select();
        sql.push("WHERE u.email_folded = ").seek(&fold(email)).push(" ORDER BY u.id");
        sql.rows(on).await?.iter().map(Self::from_row).collect()
    }

    /// The ids of those whose address is, but for its case or its spelling, also somebody else's.
    pub async fn sharing(on: impl On) -> Result<Vec<i64>> {
        let shared = Sql::new("SELECT id FROM users WHERE email_shared = 1 ORDER BY id");
        shared.rows(on).await?.iter().map(|row| row.try_get("id")).collect()
    }

    /// The services with this name, in whatever case it was written.
    pub async fn services_named(on: impl On, name: &str) -> Result<Vec<Self>> {
        let wanted = name.to_lowercase();
        let mut sql = select();
        sql.push("WHERE u.kind = 'service' ORDER BY u.id");
        let services = sql.rows(on).await?.iter().map(Self::from_row).collect::<Result<Vec<_>>>()?;
        Ok(services.into_iter().filter(|service| service.name.to_lowercase() == wanted).collect())
    }

    /// The id the next user gets.
    pub async fn next_id(on: &mut Transaction) -> Result<i64> {
        let row = Sql::new("SELECT COALESCE(MAX(id), 0) + 1 AS next_id FROM users").only(on).await?;
        row.try_get("next_id")
    }

    /// Writes this user's name, contacts, roles, and whether they are active, and audits what that changed of `before`.
    pub async fn update(&self, write: &mut Write, before: &Self, cause: &Cause<'_>) -> Result<()> {
        let mut sql = Sql::new("UPDATE users SET roles = ");
        sql.bind(roles_to_column(&self.roles)).push(", active = ").bind(i64::from(self.active));
        sql.push(", name = ").bind(self.name.as_str()).push(", contacts = ").bind(self.contacts_column());
        sql.push(" WHERE id = ").bind(self.id);
        sql.run(write.on()).await?;
        write.record(cause, self.for_audit(), changes::user_updated(before, self));
        Ok(())
    }

    /// Whether any active user is a superadmin.
    pub async fn has_superadmin(on: impl On) -> Result<bool> {
        let mut sql = Sql::new("SELECT id FROM users WHERE active = 1 AND ");
        sql.push(IS_SUPERADMIN).push(" LIMIT 1");
        Ok(sql.row(on).await?.is_some())
    }

    /// Adds this user and audits it.
    pub async fn create(&self, write: &mut Write, cause: &Cause<'_>) -> Result<()> {
        Self::insert(write.on(), std::slice::from_ref(self)).await?;
        write.record(cause, self.for_audit(), changes::user_created(self));
        Ok(())
    }

    /// Writes new users, unaudited: for a team that is made up.
    pub async fn insert(on: &mut Transaction, users: &[Self]) -> Result<()> {
        super::sql::insert(
            on,
            "INSERT INTO users (id, kind, name, username, email, email_folded, contacts, roles, active, joined_at) VALUES ",
            users,
            |user, row| {
                let email = if user.is_service() { format!("{NO_ADDRESS}{}", user.id) } else { user.email.clone() };
                row.add(user.id).add(user.kind.word()).add(user.name.as_str()).add(user.username.as_str());
                let folded = (!user.is_service()).then(|| fold(&user.email));
                row.add(email).add(folded).add(user.contacts_column());
                row.add(roles_to_column(&user.roles)).add(i64::from(user.active));
                row.add(super::stamp(user.joined_at.time()));
            },
        )
        .await
    }
}

impl User {
    fn contacts_column(&self) -> String {
        Value::from(self.contacts.as_slice()).to_string()
    }
}

fn roles_from_column(text: &str) -> Vec<Role> {
    text.split_whitespace().map(Role::from_word).collect()
}

fn roles_to_column(roles: &[Role]) -> String {
    let words: Vec<&str> = roles.iter().map(Role::word).collect();
    format!(" {} ", words.join(" "))
}

/// The team's settings.
pub async fn settings(on: impl On) -> Result<Settings> {
    let row = Sql::new("SELECT body FROM api_key_settings WHERE id = 1").only(on).await?;
    Ok(serde_json::from_str(row.try_get("body")?)?)
}

/// Writes the settings a new team begins with.
pub async fn insert_settings(on: &mut Transaction, settings: &Settings) -> Result<()> {
    let body = serde_json::to_string(settings)?;
    let mut sql = Sql::new("INSERT INTO api_key_settings (id, body) VALUES (1, ");
    sql.bind(body).push(")");
    sql.run(on).await?;
    Ok(())
}

/// Puts `after` in the place of the settings `before`, and audits that.
pub async fn update_settings(write: &mut Write, before: &Settings, after: &Settings, cause: &Cause<'_>) -> Result<()> {
    let mut sql = Sql::new("UPDATE api_key_settings SET body = ");
    sql.bind(serde_json::to_string(after)?).push(" WHERE id = 1");
    sql.run(write.on()).await?;
    write.record(cause, Value::Null, changes::settings_updated(before, after));
    Ok(())
}
