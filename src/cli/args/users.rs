//! The team's users, over the API.

use clap::{Args, Subcommand};

use super::changes::{How, Sink};
use super::server::role;
use crate::domain::team::Role;

/// `keydeck users`.
#[derive(Debug, Subcommand)]
pub enum Users {
    /// Print the team's users
    List(UsersList),
    /// Add a person, with a first key, or a service, whose keys the admins look after
    Add(UsersAdd),
    /// Stop all keys of users at once, until they are activated again
    Deactivate(UsersChange),
    /// Make users active again, and accept the keys that deactivating stopped
    Activate(UsersChange),
    /// Replace a user's roles
    Role(UsersRole),
}

/// `keydeck users add`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck users add --service --name shop-gateway --contact ops@acme.example
  keydeck users add --name 'Ben Ito' --email ben@acme.example --role user --write-secret ben.key

A service takes an admin: it is nobody in person, so nobody's leaving ends its keys, and any admin makes, rotates and deletes \
them. A person takes a superadmin, and their first key has to go somewhere.")]
pub struct UsersAdd {
    /// A service instead of a person
    #[arg(long, conflicts_with_all = ["email", "roles", "print_secret", "write_secret"])]
    pub service: bool,
    /// The person's name, or the service's, which no other service has
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// The person's e-mail address, which nobody else of the team has
    #[arg(long, value_name = "ADDRESS", required_unless_present = "service")]
    pub email: Option<String>,
    /// What the person may do; may be given several times
    #[arg(long = "role", id = "roles", value_name = "ROLE", value_parser = role())]
    pub roles: Vec<Role>,
    /// Whom to tell of a service's keys; may be given several times
    #[arg(long = "contact", value_name = "ADDRESS", requires = "service")]
    pub contacts: Vec<String>,
    /// Where the person's first key goes.
    #[command(flatten)]
    pub sink: Sink,
    /// A note for the server's audit log
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Only say what would be done
    #[arg(long)]
    pub dry_run: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck users list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck users list
  keydeck users list --json | jq -r '.data[] | select(.active | not) | .email'")]
pub struct UsersList {
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck users deactivate` and `keydeck users activate`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck users deactivate ben@acme.example --dry-run     what would stop
  keydeck users deactivate ben@acme.example
  keydeck users activate 17 --yes --json

Takes a superadmin. The keys stay listed. The last active superadmin stays one.")]
pub struct UsersChange {
    /// E-mail addresses or numbers, as keydeck users list prints them
    #[arg(value_name = "USER", required = true)]
    pub users: Vec<String>,
    /// A note for the server's audit log
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// How.
    #[command(flatten)]
    pub how: How,
}

/// `keydeck users role`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck users role ben@acme.example admin
  keydeck users role 17 scanner verifier --yes

Takes a superadmin. The last active superadmin stays one.")]
pub struct UsersRole {
    /// The user's e-mail address or number, as keydeck users list prints them
    #[arg(value_name = "USER")]
    pub user: String,
    /// What the user may do from now on, and nothing else
    #[arg(value_name = "ROLE", required = true, value_parser = role())]
    pub roles: Vec<Role>,
    /// A note for the server's audit log
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// How.
    #[command(flatten)]
    pub how: How,
}
