//! Seven months of a team's keys, by a clock that is driven through them, and everything that was sent counted again.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use keydeck::domain::time::wire;
use keydeck::server::{NoticeSettings, Teller, init};
use mail_parser::MessageParser;
use rusqlite::{Connection, params};

use crate::hands::{Hands, shown};

/// When people are told, in days before.
const DAYS: [i64; 4] = [30, 14, 3, 1];
const KEYS: u32 = 200;
/// How far the clock is moved each time.
const STEP: TimeDelta = TimeDelta::hours(12);
const STEPS: i64 = 2 * 213;

/// A key, as the recount knows it.
#[derive(Clone)]
struct Key {
    id: String,
    people: Vec<String>,
    made: DateTime<Utc>,
    expires: DateTime<Utc>,
    /// From when on it is not accepted, and until when.
    gone: Option<(DateTime<Utc>, Option<DateTime<Utc>>)>,
    /// When it is dated anew, and to when.
    dated: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

impl Key {
    fn expires_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        self.dated.filter(|(at, _)| *at <= now).map_or(self.expires, |(_, to)| to)
    }

    fn is_accepted(&self, now: DateTime<Utc>) -> bool {
        let gone = self.gone.is_some_and(|(from, until)| from <= now && until.is_none_or(|until| now < until));
        !gone && now < self.expires_at(now)
    }

    /// The day to be told at `now`: the most urgent that has come.
    fn day(&self, now: DateTime<Utc>) -> Option<i64> {
        let left = self.expires_at(now) - now;
        let day = DAYS.into_iter().filter(|days| left <= TimeDelta::days(*days)).min()?;
        (self.expires_at(now) - TimeDelta::days(day) > self.made).then_some(day)
    }
}

fn team(begin: DateTime<Utc>) -> Vec<Key> {
    let mut keys = Vec::new();
    for at in 0..KEYS {
        let hours = i64::from(at);
        // dates over seven months and beyond, at all times of the day
        let expires = begin + TimeDelta::hours(20 + hours * 29) + TimeDelta::minutes(hours * 7);
        let people = match at % 5 {
            0 => vec!["root@test.example".to_owned()],
            1 => vec![format!("one{}@test.example", at % 7), "ops@test.example".to_owned()],
            rest => vec![format!("p{rest}-{}@test.example", at % 11)],
        };
        // some were made a while before, some with less to live than a notice takes
        let made = if at % 9 == 0 { begin - TimeDelta::hours(1) } else { begin - TimeDelta::days(400) };
        let third = TimeDelta::days(hours * 29 / 24 / 3);
        let gone = match at % 13 {
            3 => Some((begin + third * 2, None)),
            5 => Some((begin + third, Some(begin + third * 2))),
            _ => None,
        };
        let dated =
            (at % 11 == 4).then(|| (begin + third, begin + third + TimeDelta::days(hours % 40) + TimeDelta::hours(5)));
        keys.push(Key { id: format!("key-{at:03}"), people, made, expires, gone, dated });
    }
    keys
}

fn write(database: &Connection, keys: &[Key]) {
    for key in keys {
        let contacts = if key.people == ["root@test.example"] {
            "[]".to_owned()
        } else {
            serde_json::to_string(&key.people).unwrap()
        };
        let statement = "INSERT INTO api_keys (id, name, name_folded, owner_id, contacts, created_at, expires_at) \
                         VALUES (?1, ?1, ?1, 1, ?2, ?3, ?4)";
        database.execute(statement, params![key.id, contacts, wire(key.made), wire(key.expires)]).unwrap();
    }
}

/// Does to the rows what came to pass in the half day before `now`.
fn pass(database: &Connection, keys: &[Key], now: DateTime<Utc>) {
    let came = |at: DateTime<Utc>| now - STEP < at && at <= now;
    for key in keys {
        if let Some((from, until)) = key.gone {
            if came(from) && until.is_none() {
                database
                    .execute("UPDATE api_keys SET revoked_at = ?2 WHERE id = ?1", params![key.id, wire(from)])
                    .unwrap();
            } else if came(from) {
                database
                    .execute("UPDATE api_keys SET disabled_reason = 'admin' WHERE id = ?1", params![key.id])
                    .unwrap();
            }
            if until.is_some_and(came) {
                database.execute("UPDATE api_keys SET disabled_reason = NULL WHERE id = ?1", params![key.id]).unwrap();
            }
        }
        if let Some((_, to)) = key.dated.filter(|(at, _)| came(*at)) {
            database.execute("UPDATE api_keys SET expires_at = ?2 WHERE id = ?1", params![key.id, wire(to)]).unwrap();
        }
    }
}

/// Whom, of which key, that expires when, how many days before.
type Sent = (String, String, String);

#[tokio::test]
async fn each_notice_of_seven_months_is_sent_once_and_after_an_outage_the_most_urgent() {
    let folder = tempfile::tempdir().unwrap();
    let (file, mail) = (folder.path().join("keydeck.db"), folder.path().join("mail"));
    let database = format!("sqlite:{}", file.display());
    init(&database, "Test Team", "root@test.example").await.unwrap();
    let begin: DateTime<Utc> = "2027-08-20T07:30:00Z".parse().unwrap();
    let (hands, keys) = (Hands::at(begin), team(begin));
    let rows = Connection::open(&file).unwrap();
    write(&rows, &keys);
    let ways = NoticeSettings { folder: Some(mail.clone()), ..NoticeSettings::default() };
    let teller = Teller::open(&database, hands.clock(), ways).await.unwrap();
    let mut expected: BTreeMap<Sent, usize> = BTreeMap::new();
    let mut told: Vec<(String, DateTime<Utc>, i64)> = Vec::new();
    for step in 0..STEPS {
        let now = shown(&hands);
        pass(&rows, &keys, now);
        // down for three days, twice, once over the end of a year
        let down = (100..106).contains(&step) || (266..272).contains(&step);
        if !down {
            teller.tell().await.unwrap();
            for key in keys.iter().filter(|key| key.is_accepted(now)) {
                let Some(day) = key.day(now) else { continue };
                let once = (key.id.clone(), key.expires_at(now), day);
                if told.contains(&once) {
                    continue;
                }
                for person in &key.people {
                    *expected.entry((person.clone(), key.id.clone(), wire(once.1))).or_default() += 1;
                }
                told.push(once);
            }
        }
        hands.forward(STEP);
    }
    let mut sent: BTreeMap<Sent, usize> = BTreeMap::new();
    for entry in std::fs::read_dir(&mail).unwrap() {
        let raw = std::fs::read(entry.unwrap().path()).unwrap();
        let mail = MessageParser::default().parse(&raw).unwrap();
        let to = mail.to().unwrap().first().unwrap().address().unwrap().to_owned();
        let text = mail.body_text(0).unwrap();
        // - key-001 (key-001), expires 2027-08-21T03:30:00.000Z
        for line in text.lines().filter_map(|line| line.strip_prefix("- ")) {
            let (key, expires) = line.split_once(", expires ").unwrap();
            let key = key.split(' ').next().unwrap();
            *sent.entry((to.clone(), key.to_owned(), expires[..24].to_owned())).or_default() += 1;
        }
    }
    let differ: Vec<_> =
        expected.iter().filter(|(sent_to, times)| sent.get(*sent_to) != Some(*times)).take(5).collect();
    assert!(differ.is_empty(), "expected, but sent otherwise: {differ:#?}");
    assert_eq!(sent.len(), expected.len(), "nothing else was sent");
    let notices: usize = expected.values().sum();
    assert!(notices > 500, "{notices}");
    teller.close().await;
}
