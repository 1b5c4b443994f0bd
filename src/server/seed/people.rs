//! The demo's thirty people, and its services.

use chrono::TimeDelta;

use super::dice::Dice;
use crate::domain::team::{Role, UserKind};
use crate::domain::time::{Time, When};
use crate::server::store::team::User;

/// The team's name.
pub const TEAM: &str = "Harbourline Logistics";
const DOMAIN: &str = "harbourline.example";

/// Who the console acts as, first; then the two who always are superadmins, the four who are admins, and the others; the
/// last three have left.
const NAMES: [&str; 30] = [
    "Olivia Hart",
    "Marcus Feld",
    "Ingrid Solberg",
    "Priya Raman",
    "Tomasz Nowak",
    "Chloe Bennett",
    "Samuel Okafor",
    "Ana Ribeiro",
    "Benjamin Cole",
    "Dalia Haddad",
    "Emil Lindqvist",
    "Fatima Zahra",
    "George Papadakis",
    "Hana Kobayashi",
    "Ivan Petrov",
    "Julia Brandt",
    "Kwame Mensah",
    "Lena Vogel",
    "Mateo Alvarez",
    "Nora Walsh",
    "Oscar Nilsen",
    "Paula Ferrari",
    "Quentin Moreau",
    "Rosa Delgado",
    "Stefan Kovač",
    "Tessa van Dijk",
    "Umar Farouk",
    "Viktor Sørensen",
    "Wanda Zielińska",
    "Yusuf Demir",
];
/// Those who always are superadmins.
const SUPERADMINS: std::ops::Range<usize> = 1..3;
/// Those who always are admins.
const ADMINS: std::ops::Range<usize> = 3..7;
/// Those who have left; their keys are stopped and still theirs.
const LEFT: std::ops::Range<usize> = 27..30;

/// The people; the first is the console's user, with `role`.
pub fn people(role: &Role, now: Time, dice: &mut Dice) -> Vec<User> {
    let founded = now - TimeDelta::days(1200);
    NAMES
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let username = username(name);
            let joined = match at {
                0 => now - TimeDelta::days(420),
                at if SUPERADMINS.contains(&at) => founded,
                _ => dice.between(founded, now - TimeDelta::days(45)),
            };
            User {
                kind: UserKind::Person,
                contacts: Vec::new(),
                id: 1001 + i64::try_from(at).unwrap_or_default(),
                name: (*name).to_owned(),
                email: format!("{username}@{DOMAIN}"),
                username,
                roles: vec![match at {
                    0 => role.clone(),
                    at if SUPERADMINS.contains(&at) => Role::Superadmin,
                    at if ADMINS.contains(&at) => Role::Admin,
                    _ => Role::User,
                }],
                active: !LEFT.contains(&at),
                joined_at: When::At(joined),
            }
        })
        .collect()
}

/// The services: what a key for one of these is called begins so. Their keys only open other services.
pub const SERVICES: [&str; 2] = ["mobile-app", "edge-cache"];

/// The services, which have been there as long as the team; their numbers go on from those of the people.
pub fn services(people: &[User]) -> Vec<User> {
    let last = people.iter().map(|user| user.id).max().unwrap_or_default();
    let service = |(id, name): (i64, &&str)| User {
        id,
        kind: UserKind::Service,
        name: (*name).to_owned(),
        username: (*name).to_owned(),
        email: String::new(),
        contacts: vec![format!("{name}@{DOMAIN}"), format!("oncall@{DOMAIN}")],
        roles: vec![Role::User],
        active: true,
        joined_at: people[SUPERADMINS.start].joined_at.clone(),
    };
    (last + 1..).zip(&SERVICES).map(service).collect()
}

fn username(name: &str) -> String {
    let plain = |c: char| match c {
        'č' => 'c',
        'ø' => 'o',
        'ń' => 'n',
        ' ' => '.',
        other => other.to_ascii_lowercase(),
    };
    name.chars().map(plain).collect()
}

/// Somebody who could have revoked or disabled another's key at that time.
pub fn some_admin<'a>(people: &'a [User], dice: &mut Dice) -> &'a User {
    dice.pick(&people[SUPERADMINS.start..ADMINS.end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_nobody_in_person_and_tell_somebody() {
        let people = people(&Role::Admin, chrono::Utc::now(), &mut Dice::new(1, 0));
        let services = services(&people);
        assert_eq!(services.len(), SERVICES.len());
        for service in &services {
            assert!(service.is_service() && service.email.is_empty() && !service.contacts.is_empty());
            assert!(people.iter().all(|user| user.id != service.id));
        }
    }

    #[test]
    fn addresses_are_plain_and_unique() {
        let mut people = people(&Role::Admin, chrono::Utc::now(), &mut Dice::new(1, 0));
        assert!(people.iter().all(|user| user.email.is_ascii() && user.email.ends_with(".example")));
        people.sort_by(|a, b| a.email.cmp(&b.email));
        people.dedup_by(|a, b| a.email == b.email);
        assert_eq!(people.len(), 30);
    }
}
