//! The team, its users and its settings.

use serde_json::{Value, json};

use super::audit::Cause;
use super::engine::{On, Result, Row, Transaction};
use super::sql::Sql;
use super::{Write, changes};
use crate::domain::settings::Settings;
use crate::domain::team::Role;
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
    pub name: String,
    pub username: String,
    pub email: String,
    /// What the user may do.
    pub roles: Vec<Role>,
    /// Whether the user's keys are accepted.
    pub active: bool,
    /// When the user joined.
    pub joined_at: When,
}

const USER_COLUMNS: &str = "SELECT u.id, u.name, u.username, u.email, u.roles, u.active, u.joined_at FROM users u ";

impl User {
    /// Reads a row that has the columns of `users`.
    pub fn from_row(row: Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            username: row.try_get("username")?,
            email: row.try_get("email")?,
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

    /// Whether the user manages keys at all, be it only their own: a scanner or verifier does not.
    pub fn manages_keys(&self) -> bool {
        self.is_admin() || self.roles.contains(&Role::User)
    }

    /// Every user, in the order they were added.
    pub async fn all(on: impl On) -> Result<Vec<Self>> {
        let mut sql = Sql::new(USER_COLUMNS);
        sql.push("ORDER BY u.id");
        sql.rows(on).await?.iter().map(Self::from_row).collect()
    }

    /// One user.
    pub async fn by_id(on: impl On, id: i64) -> Result<Option<Self>> {
        let mut sql = Sql::new(USER_COLUMNS);
        sql.push("WHERE u.id = ").bind(id);
        sql.row(on).await?.map(|row| Self::from_row(row.row())).transpose()
    }

    /// The user with this address, in whatever case it was written.
    pub async fn by_email(on: impl On, email: &str) -> Result<Option<Self>> {
        let mut sql = Sql::new(USER_COLUMNS);
        sql.push("WHERE LOWER(u.email) = ").bind(email.to_lowercase());
        sql.row(on).await?.map(|row| Self::from_row(row.row())).transpose()
    }

    /// The id the next user gets.
    pub async fn next_id(on: &mut Transaction) -> Result<i64> {
        let row = Sql::new("SELECT COALESCE(MAX(id), 0) + 1 AS next_id FROM users").only(on).await?;
        row.try_get("next_id")
    }

    /// Writes this user's roles, and whether they are active, and audits what that changed of `before`.
    pub async fn update(&self, write: &mut Write, before: &Self, cause: &Cause<'_>) -> Result<()> {
        let mut sql = Sql::new("UPDATE users SET roles = ");
        sql.bind(roles_to_column(&self.roles)).push(", active = ").bind(i64::from(self.active));
        sql.push(" WHERE id = ").bind(self.id);
        sql.run(write.on()).await?;
        write.record(cause, self.for_audit(), changes::user_updated(before, self));
        Ok(())
    }

    /// Whether any active user is a superadmin.
    pub async fn has_superadmin(on: impl On) -> Result<bool> {
        let mut sql = Sql::new("SELECT id FROM users WHERE active = 1 AND roles LIKE ");
        sql.bind(format!("% {} %", Role::Superadmin.word())).push(" LIMIT 1");
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
            "INSERT INTO users (id, name, username, email, roles, active, joined_at) VALUES ",
            users,
            |user, row| {
                row.add(user.id).add(user.name.as_str()).add(user.username.as_str()).add(user.email.as_str());
                row.add(roles_to_column(&user.roles)).add(i64::from(user.active));
                row.add(super::stamp(user.joined_at.time()));
            },
        )
        .await
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
