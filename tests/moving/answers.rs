//! Everything that the API answers of a team.

use std::collections::{BTreeMap, BTreeSet};

use keydeck::domain::secret::Secret;
use keydeck::server::{self, Served as Partners};
use serde_json::Value;

use crate::database::TestDatabase;
use crate::scene::Served;

/// What cannot be asked without more than its path, or is not about the team.
const LEFT_OUT: [&str; 3] = ["/healthz", "/readyz", "/openapi.json"];

/// The answer to every GET there is, page by page, also of each key.
pub fn of(database: &TestDatabase, key: &Secret) -> BTreeMap<String, (u16, Value)> {
    let server = Served::of(database);
    let mut answers = BTreeMap::new();
    let contract = server::contract(Partners::default());
    let paths = contract["paths"].as_object().unwrap();
    let lists = paths.iter().filter(|(path, item)| item.get("get").is_some() && !path.contains('{'));
    for (path, _) in lists.filter(|(path, _)| !LEFT_OUT.contains(&path.as_str())) {
        for scope in ["", "&scope=team"] {
            every_page(&server, path, scope, key, &mut answers);
        }
    }
    let keys: BTreeSet<String> = answers
        .iter()
        .filter(|(path, _)| path.starts_with("/api-keys"))
        .flat_map(|(_, (_, page))| page["data"].as_array().cloned().unwrap_or_default())
        .map(|key| key["id"].as_str().unwrap().to_owned())
        .collect();
    for id in &keys {
        let path = format!("/api-keys/{id}");
        answers.insert(path.clone(), server.get(&path, key));
    }
    assert!(keys.len() >= 300 && answers.len() > 310, "{} {}", keys.len(), answers.len());
    let there = answers.values().filter(|(status, _)| *status == 200).count();
    assert!(there > 310, "{there}");
    answers
}

fn every_page(server: &Served, path: &str, scope: &str, key: &Secret, answers: &mut BTreeMap<String, (u16, Value)>) {
    let mut cursor = String::new();
    loop {
        let page = format!("{path}?limit=100{scope}{cursor}");
        let mut answer = server.get(&page, key);
        if answer.0 == 400 {
            // no list
            answer = server.get(path, key);
        }
        let next = answer.1["meta"]["nextCursor"].as_str().map(str::to_owned);
        answers.insert(page, answer);
        match next {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return,
        }
    }
}
