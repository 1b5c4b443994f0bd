//! What a filter finds.

use std::cell::Cell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use proptest::prelude::*;

use super::{filter, id, ids, loaded, named, now};
use crate::domain::filter::{MomentField, Query, Term, TextField};
use crate::domain::finding::{Finding, Resolution, Source};
use crate::domain::fold::fold;
use crate::domain::ids::{KeyId, UserId};
use crate::domain::key::{Key, Status};
use crate::domain::key_value::{KeyKind, digest, fingerprint, mint};
use crate::domain::row::{Row, RowState};
use crate::domain::sort::{Column, Sort};
use crate::domain::table::Table;
use crate::domain::time::{Time, When};

#[test]
fn nothing_is_found_across_fields_or_rows() {
    let mut table = loaded(vec![named("a", "one\ntwo"), named("b", "two"), named("c", "")]);
    for (query, found) in
        [("two", "a b"), ("one\\ntwo", "a"), ("\"one\ntwo\"", "a"), ("\"two\nb\"", ""), ("twob", ""), ("\\n", "a")]
    {
        let mut shown: Vec<_> = filter(&mut table, query).split_whitespace().map(String::from).collect();
        shown.sort();
        assert_eq!(shown.join(" "), found, "{query}");
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table of queries over the same few keys")]
fn fields_of_keys() {
    let keys = vec![
        Key {
            owner: "Ana Souza".into(),
            owner_email: "as@acme.example".into(),
            contacts: vec!["ops@acme.example".into()],
            expires: When::from_wire("2026-12-01T00:00:00Z"),
            last_used: When::from_wire("2026-11-21T11:00:00Z"),
            created: When::from_wire("2025-01-01T00:00:00Z"),
            masked: "kdk_…9fQ2".into(),
            value_created: When::from_wire("2026-11-01T00:00:00Z"),
            last_used_from: Some("10.0.4.17".into()),
            ..named("a", "ci")
        },
        Key {
            owner: "Ben".into(),
            owner_email: "bas@acme.example".into(),
            owner_gone: true,
            rotated_from: Some("c".into()),
            last_used_from: Some("210.0.4.1".into()),
            status: Status::Revoked,
            expires: When::from_wire("2026-11-01T00:00:00Z"),
            created: When::from_wire("2026-11-20T00:00:00Z"),
            revoked: When::from_wire("2026-11-02T00:00:00Z"),
            ..named("b", "ana")
        },
        Key {
            status: Status::Disabled,
            expires: When::from_wire("2026-11-01T00:00:00Z"),
            created: When::from_wire("2026-01-01T00:00:00Z"),
            exposed: true,
            owner_id: UserId(7),
            ..named("c", "old")
        },
        Key {
            kind: KeyKind::CollectionAccessKey,
            collection_id: Some("77-billing".into()),
            created: When::from_wire("garbage"),
            status: Status::from_word("paused"),
            ..named("d", "Billing API")
        },
    ];
    let mut table = loaded(keys);
    table.set_sort(Sort::of(Column::Source, false));
    for (query, found) in [
        ("ana", "a b"),
        ("owner:ana", "a"),
        ("owner:as@", "a"),
        ("owner:as@acme.example", "a"),
        ("owner:\"as@acme.example\"", "a b"),
        ("owner:=as@acme.example", "a"),
        ("owner:=as@acme.exampl", ""),
        ("owner:=\"ana souza\",ben", "a b"),
        ("owner:=souza", ""),
        ("owner:*@acme.example", "a b"),
        ("owner:gone", "b"),
        ("-owner:gone,me", "a d"),
        ("owner:me", "c"),
        ("from:10.0.", "a b"),
        ("from:10.0.*", "a"),
        ("-from:*", "c d"),
        ("age:<30d", "a b"),
        ("age:>30d", "c"),
        ("rotated:never", "c d"),
        ("rotated:<7d", "b"),
        ("rotated:=2026-11", "a b"),
        ("revoked", "b"),
        ("exposed OR disabled", "c"),
        ("\"revoked\"", ""),
        ("a*", "a b"),
        ("=old OR =ci", "a c"),
        ("contact:*", "a"),
        ("-owner:ana", "b c d"),
        ("owner:ana owner:souza -name:x", "a"),
        ("contact:OPS", "a"),
        ("key:9fq2", "a"),
        ("KDK_…9fQ2", "a"),
        ("id:d", "d"),
        ("collection:billing", "d"),
        ("collection:api", "d"),
        ("name:old", "c"),
        ("status:enabled", "a"),
        ("status:active", "a"),
        ("status:expired", "c"),
        ("status:exposed", "c"),
        ("status:other", "d"),
        ("exposed:no", "a b d"),
        ("expires:<14d", "a"),
        ("expires:expired", "c"),
        ("expires:never", "d"),
        ("-expires:never", "a b c"),
        ("used:<24h", "a"),
        ("used:never", "b c d"),
        ("idle:>90d", "c"),
        ("idle:<90d", "a b"),
        ("created:2026", "b c"),
        ("revoked:2026-11", "b"),
        ("secret:x", ""),
        ("-source:github", "a b c d"),
        ("kdk_", ""),
        ("-kdk_", ""),
    ] {
        assert_eq!(filter(&mut table, query), found, "{query}");
    }
}

fn finding(id: &str) -> Finding {
    Finding {
        secret_id: "s".into(),
        workspace_id: "w".into(),
        secret_type: "Postman API Key".into(),
        obfuscated: "PMAK-…1234".into(),
        url: "https://git.example/repo?x=1".into(),
        visibility: "public".into(),
        detected: When::from_wire("2026-11-20T00:00:00Z"),
        ..Finding::sample(id)
    }
}

/// A row that counts how often its fields are looked into.
struct Counted {
    key: Key,
    looked: Rc<Cell<usize>>,
}

impl Row for Counted {
    fn id(&self) -> &KeyId {
        self.key.id()
    }

    fn search_text(&self, out: &mut String) {
        self.key.search_text(out);
    }

    fn lines(field: TextField) -> Option<Range<usize>> {
        Key::lines(field)
    }

    fn field(&self, term: &Term, now: Time) -> bool {
        self.looked.set(self.looked.get() + 1);
        self.key.field(term, now)
    }

    fn moment(&self, field: MomentField) -> Option<&When> {
        self.key.moment(field)
    }

    fn is_of_key(&self, id: &KeyId) -> bool {
        self.key.is_of_key(id)
    }

    fn sort_text(&self, column: Column) -> Option<&str> {
        self.key.sort_text(column)
    }

    fn rank(&self, column: Column) -> u128 {
        Row::rank(&self.key, column)
    }

    fn state(&self) -> RowState {
        self.key.state()
    }

    fn is_open_danger(&self) -> bool {
        Row::is_open_danger(&self.key)
    }
}

#[test]
fn a_field_that_is_a_line_of_the_text_is_found_without_a_look_into_any_row() {
    let looked = Rc::new(Cell::new(0));
    let owners = ["Ana Souza", "Ben", ""];
    let row = |n: usize| {
        let owner = owners[n % 3];
        let key = Key {
            owner: owner.into(),
            owner_email: format!("{}@ana.example", n % 7).as_str().into(),
            masked: format!("kdk_…an{}", n % 5).as_str().into(),
            ..named(&format!("{n:04}"), if n.is_multiple_of(2) { "ana" } else { "" })
        };
        Counted { key, looked: Rc::clone(&looked) }
    };
    let mut table = Table::new(Sort::by(Column::Name));
    table.add_page((0..3000).map(row).collect(), now());
    for (query, found) in [
        ("owner:a", 3000),
        ("owner:souza", 1000),
        ("-owner:souza", 2000),
        ("owner:=ben", 1000),
        ("owner:b*", 1000),
        ("owner:3@*", 429),
        ("name:a", 1500),
        ("name:souza", 0),
        ("key:an3", 600),
        ("key:*an3 owner:ben -name:ana", 100),
    ] {
        looked.set(0);
        assert_eq!(filter(&mut table, query).split_whitespace().count(), found, "{query}");
        assert_eq!(looked.get(), 0, "{query}");
        filter(&mut table, "");
    }
    filter(&mut table, "id:1");
    assert!(looked.get() > 0, "an id stands on no fixed line");
}

#[test]
fn fields_of_findings() {
    let mut table = Table::new(Sort::by(Column::Secret));
    let other = Finding {
        source: Some(Source::GitHub),
        resolution: Resolution::Revoked,
        key_id: Some("k".into()),
        key_status: Some(Status::Revoked),
        occurrences: 12,
        ..finding("b")
    };
    table.add_page(vec![finding("a"), other], now());
    for (query, found) in [
        ("https://git.example/repo?x=1", "a b"),
        ("source:github", "b"),
        ("source:other", "a"),
        ("resolution:active", "a"),
        ("status:active", "a"),
        ("exposed:no", "b"),
        ("secret:postman", "a b"),
        ("detected:<2d", "a b"),
        ("status:revoked", "b"),
        ("created:never", ""),
        ("id:k", "b"),
    ] {
        assert_eq!(filter(&mut table, query), found, "{query}");
    }
    filter(&mut table, "");
    table.set_sort(Sort::by(Column::Occurrences));
    assert_eq!(ids(&table), "b a");
    assert_eq!((table.counts().exposed_open, table.counts().revoked, table.counts().other), (1, 1, 1));
}

#[test]
fn a_pasted_value_finds_its_key_by_digest_or_by_look_up() {
    let value = |seed: u8| {
        let fill = move |buffer: &mut [u8]| {
            buffer.fill(seed);
            Ok::<_, std::convert::Infallible>(())
        };
        mint(KeyKind::ApiKey, fill).unwrap().expose().to_owned()
    };
    let (known, looked_up) = (value(3), value(5));
    let mut table = loaded(vec![Key { digest: Some(digest(&known)), ..Key::sample("a") }, Key::sample("b")]);
    assert_eq!(filter(&mut table, &known), "a");
    assert_eq!(filter(&mut table, &format!("-{known}")), "b");
    assert_eq!(filter(&mut table, &looked_up), "");
    let answers = || HashMap::from([(fingerprint(&looked_up), id("b"))]);
    table.set_match_ids(answers());
    assert_eq!(ids(&table), "b");
    assert_eq!(filter(&mut table, &format!("{known} {looked_up}")), "a b");
    assert_eq!(filter(&mut table, &known[..39]), "");

    let mut findings = Table::new(Sort::by(Column::Detected));
    findings.add_page(vec![Finding { key_id: Some(id("b")), ..finding("x") }, finding("y")], now());
    findings.set_match_ids(answers());
    assert_eq!(filter(&mut findings, &looked_up), "x");
}

/// Words of a few letters, so that they often occur in each other.
fn word() -> impl Strategy<Value = String> {
    prop_oneof!["[aAbB]{1,3}", "[aAäÄßé\u{200b}]{1,2}", "[ab\\n\\\\ ]{1,3}"]
}

/// Terms that often hold, of which some imply others.
const TERMS: &[&str] = &[
    "a",
    "ab",
    "owner:a",
    "owner:ab",
    "owner:=ab",
    "name:a*",
    "name:ab*",
    "*b",
    "-a",
    "-owner:ab",
    "status:revoked",
    "revoked,disabled",
    "-status:revoked",
    "owner:a,b",
    "owner:b|a",
    "name:b",
    "-name:a*",
    "id:1",
];

fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(TERMS).prop_map(str::to_owned);
    leaf.prop_recursive(3, 12, 3, |inner| {
        (any::<bool>(), any::<bool>(), prop::collection::vec(inner, 1..4)).prop_map(|(minus, or, parts)| {
            format!("{}({})", if minus { "-" } else { "" }, parts.join(if or { " OR " } else { " " }))
        })
    })
}

proptest! {
    // What a longer query leaves out of the last result, the rows themselves would have left out.
    #[test]
    fn groups_match_as_the_plain_way_one_after_the_other(
        names in prop::collection::vec(("[ab]{0,3}", "[ab]{0,3}", 0_u8..3), 1..30),
        queries in prop::collection::vec(expression(), 1..4),
        joined in any::<bool>(),
    ) {
        let keys: Vec<Key> = names
            .iter()
            .enumerate()
            .map(|(n, (name, owner, status))| Key {
                owner: owner.as_str().into(),
                status: [Status::Enabled, Status::Disabled, Status::Revoked][usize::from(*status)].clone(),
                ..named(&format!("{n:03}"), name)
            })
            .collect();
        let mut table = loaded(keys.clone());
        let mut text = String::new();
        for query in queries {
            // each goes on from the one before, or does not
            text = if joined { format!("{text} {query}") } else { query };
            let query = Query::parse(&text).unwrap();
            table.set_query(query.clone(), now());
            let mut found: Vec<&str> = table.rows(0..usize::MAX).map(|key| key.id.as_str()).collect();
            found.sort_unstable();
            let expected: Vec<&str> =
                keys.iter().filter(|key| key.matches(&query, now())).map(|key| key.id.as_str()).collect();
            prop_assert_eq!(found, expected, "{}", text);
        }
    }

    #[test]
    fn words_match_as_the_plain_way(
        names in prop::collection::vec(("[aAbBäÄéß \\n]{0,9}", word()), 1..40),
        words in prop::collection::vec((word(), any::<bool>()), 1..4),
        steps in prop::collection::vec(1_usize..4, 1..6),
    ) {
        let keys: Vec<Key> = names
            .iter()
            .enumerate()
            .map(|(n, (name, owner))| Key { owner: owner.as_str().into(), ..named(&format!("{n:03}"), name) })
            .collect();
        let mut table = loaded(keys.clone());
        let text = |(word, negated): &(String, bool)| {
            let quoted = word.replace('\\', "\\\\").replace('"', "\\\"");
            format!("{}\"{quoted}\"", if *negated { "-" } else { "" })
        };
        let lower = |text: &str| fold(text);
        let expected: Vec<String> = keys
            .iter()
            .filter(|key| {
                let fields = [&key.name, &key.owner].map(|text| lower(text.as_received()));
                words.iter().all(|(word, negated)| {
                    fields.iter().any(|field| field.contains(&lower(word))) != *negated
                })
            })
            .map(|key| key.id.to_string())
            .collect();
        // Typed bit by bit, as a person does, each query perhaps extending the one before.
        let whole = words.iter().map(text).collect::<Vec<_>>().join(" ");
        let mut at = 0;
        for step in steps {
            at = (at + step).min(whole.len());
            while !whole.is_char_boundary(at) {
                at += 1;
            }
            if let Ok(query) = Query::parse(&whole[..at]) {
                table.set_query(query, now());
            }
        }
        table.set_query(Query::parse(&whole).unwrap(), now());
        let mut found: Vec<String> = table.rows(0..usize::MAX).map(|key| key.id.to_string()).collect();
        found.sort();
        prop_assert_eq!(found, expected);
    }
}
