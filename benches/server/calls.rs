//! The calls whose cost must not grow with the team, and what each took of the processor.

use std::time::Duration;

use serde_json::json;

use crate::Failure;
use crate::process::Served;
use crate::team::Team;
use crate::wire::{Connection, ask_for, request};

/// How long each call is asked again and again in one round.
const ROUND: Duration = Duration::from_millis(900);
/// Rounds, of which the cheapest counts: whatever else the machine does only adds.
const ROUNDS: usize = 3;
/// Keys that are there to be deleted.
const SPARE: usize = 200 * ROUNDS;

/// What a call may cost.
#[derive(Clone, Copy, Debug)]
pub enum Bound {
    /// So many times what it costs in the small team.
    Growth(f64),
    /// So many times what nginx takes for a file, whatever the team.
    File(f64),
    /// So many milliseconds of processor time for a page of a thousand.
    Page(f64),
}

/// A call of the API.
pub struct Call {
    pub name: &'static str,
    pub bound: Bound,
    /// Whether what counts is a thousand rows of its answer, and not the answer.
    pub rows: bool,
    status: u16,
    make: Box<dyn Fn(usize) -> Vec<u8> + Sync>,
}

/// A team that is served.
pub struct Subject {
    pub team: Team,
    pub served: Served,
    spare: Vec<String>,
}

impl Subject {
    /// Serves a team of so many keys and users, and gives it keys to delete.
    pub fn prepare(keys: u64, users: u64) -> Result<Self, Failure> {
        let team = Team::make(keys, users)?;
        let served = Served::keydeck(&team.database)?;
        let mut connection = Connection::open(&served.address)?;
        let mut spare = Vec::new();
        for _ in 0..SPARE {
            let body = json!({ "name": "spare" }).to_string();
            let made = connection.ask(&request("POST", "/api-keys", &team.key, Some(&body)))?.expect(201)?.json()?;
            spare.push(made["apiKey"]["id"].as_str().ok_or("no id")?.to_owned());
        }
        team.settled()?;
        Ok(Self { team, served, spare })
    }

    /// Every call that is measured, in the same order for every team.
    pub fn calls(&self) -> Vec<Call> {
        let key = self.team.key.clone();
        let get = |path: String| -> Box<dyn Fn(usize) -> Vec<u8> + Sync> {
            let asked = request("GET", &path, &key, None);
            Box::new(move |_| asked.clone())
        };
        let post = |path: &str, body: serde_json::Value| -> Box<dyn Fn(usize) -> Vec<u8> + Sync> {
            let asked = request("POST", path, &key, Some(&body.to_string()));
            Box::new(move |_| asked.clone())
        };
        let (spare, deleting, renaming) = (self.spare.clone(), key.clone(), key.clone());
        let own = format!("/api-keys/{}", self.team.own);
        let patched = own.clone();
        let rare = self.team.rare.to_lowercase().replace(' ', "%20");
        let growth = Bound::Growth(1.3);
        let call = |name, bound, status, make| Call { name, bound, rows: false, status, make };
        let page = |name, bound, path: &str| Call { name, bound, rows: true, status: 200, make: get(path.to_owned()) };
        vec![
            call("GET /me", growth, 200, get("/me".to_owned())),
            call("GET /me, beside a file of nginx", Bound::File(6.0), 200, get("/me".to_owned())),
            call(
                "a verification, beside a file of nginx",
                Bound::File(6.0),
                200,
                post("/api-key-verifications", json!({ "sha256": self.team.hash })),
            ),
            call("a verification", growth, 200, post("/api-key-verifications", json!({ "sha256": self.team.hash }))),
            call(
                "390 verifications at once",
                growth,
                200,
                post("/api-key-verifications", json!({ "sha256": self.team.hashes })),
            ),
            call("one key", growth, 200, get(own)),
            call(
                "PATCH, another name",
                growth,
                200,
                Box::new(move |at| {
                    let body = json!({ "name": format!("name {at}") }).to_string();
                    request("PATCH", &patched, &renaming, Some(&body))
                }),
            ),
            call(
                "DELETE of a superadmin's own key",
                growth,
                204,
                Box::new(move |at| request("DELETE", &format!("/api-keys/{}", spare[at]), &deleting, None)),
            ),
            call("the team's by name", growth, 200, get(format!("/api-keys?scope=team&q={rare}"))),
            call("the team's, revoked", growth, 200, get("/api-keys?scope=team&status=revoked&limit=20".to_owned())),
            call("the team's, disabled", growth, 200, get("/api-keys?scope=team&status=disabled&limit=20".to_owned())),
            call(
                "the team's, enabled, soonest to expire",
                growth,
                200,
                get("/api-keys?scope=team&status=enabled&sort=expiring&limit=20".to_owned()),
            ),
            call("mine, recently used", growth, 200, get("/api-keys?sort=recentlyUsed".to_owned())),
            call("mine, enabled", growth, 200, get("/api-keys?status=enabled".to_owned())),
            call("the audit log", growth, 200, get("/audit/logs?limit=50".to_owned())),
            page("a first page, a thousand rows", Bound::Growth(1.5), "/api-keys?scope=team&limit=1000"),
            page("a page of a thousand, whole", Bound::Page(6.0), "/api-keys?scope=team&limit=1000"),
        ]
    }

    /// What a request of this call takes of the processor, in milliseconds, the cheapest of some rounds.
    pub fn round(&self, at: usize, round: usize) -> Result<f64, Failure> {
        let call = &self.calls()[at];
        let rows = if call.rows { self.rows(call)? } else { 0 };
        let deletes = call.status == 204;
        let most = if deletes { SPARE / ROUNDS } else { usize::MAX };
        let make = |number: usize| (call.make)(if deletes { round * most + number } else { number });
        let before = self.served.processor_time()?;
        let taken = ask_for(&self.served.address, ROUND, most, call.status, &make)?;
        let took = self.served.processor_time()?.saturating_sub(before);
        let each = took.as_secs_f64() * 1000.0 / count(taken.requests.max(1));
        Ok(if call.rows { each * 1000.0 / count(rows.max(1)) } else { each })
    }

    /// How many rows the call's answer has.
    fn rows(&self, call: &Call) -> Result<usize, Failure> {
        let answer = Connection::open(&self.served.address)?.ask(&(call.make)(0))?.expect(call.status)?.json()?;
        Ok(answer["data"].as_array().map_or(0, Vec::len))
    }
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

/// What each call takes in each of two teams, measured by turns.
pub fn measure(small: &Subject, large: &Subject) -> Result<Vec<(Call, f64, f64)>, Failure> {
    let mut measured = Vec::new();
    for (at, call) in large.calls().into_iter().enumerate() {
        let (mut least, mut least_large) = (f64::INFINITY, f64::INFINITY);
        for round in 0..ROUNDS {
            least = least.min(small.round(at, round)?);
            least_large = least_large.min(large.round(at, round)?);
        }
        measured.push((call, least, least_large));
    }
    Ok(measured)
}

/// What nginx takes of the processor for a file, in milliseconds.
pub fn file(nginx: &Served) -> Result<f64, Failure> {
    let mut least = f64::INFINITY;
    for _ in 0..ROUNDS {
        let asked = request("GET", "/me.json", "none", None);
        let before = nginx.processor_time()?;
        let taken = ask_for(&nginx.address, ROUND, usize::MAX, 200, &|_| asked.clone())?;
        let took = nginx.processor_time()?.saturating_sub(before);
        least = least.min(took.as_secs_f64() * 1000.0 / count(taken.requests.max(1)));
    }
    Ok(least)
}
