use proptest::prelude::*;

use super::*;
use crate::domain::key_value::{KeyKind, digest, fingerprint, mint};
use crate::domain::values::secret_spans;

fn query(text: &str) -> Query {
    Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn value(seed: u8) -> String {
    let constant = |buffer: &mut [u8]| {
        buffer.fill(seed);
        Ok::<_, std::convert::Infallible>(())
    };
    mint(KeyKind::ApiKey, constant).unwrap().expose().to_owned()
}

#[test]
fn canonical_text() {
    for (text, canonical) in [
        ("", ""),
        ("  Ana\tSOUZA  ", "ana souza"),
        ("ana ana -ana", "ana -ana"),
        ("\"Ana Souza\"", "\"ana souza\""),
        ("\"ana\" \"unfinished bus", "ana \"unfinished bus\""),
        (r#""say \"hi\" \\ \x""#, r#""say \"hi\" \\ \\x""#),
        ("\"-ana\" -\"owner:x\"", "\"-ana\" -\"owner:x\""),
        ("https://a.example/?b=c", "https://a.example/?b=c"),
        ("08:30 a-b:c 5\"", "08:30 a-b:c 5\""),
        ("OWNER:Ana owner:\"Ana Souza\" -name:x", "owner:ana owner:\"ana souza\" -name:x"),
        ("status:Revoked exposed:YES -exposed:no", "status:revoked exposed:yes -exposed:no"),
        ("expires:<14D expires:never expires:EXPIRED", "expires:<14d expires:never expires:expired"),
        ("created:2026-01 used:>=2026-01-01 revoked:=2026", "created:=2026-01 used:>=2026-01-01 revoked:=2026"),
        ("idle:>=3mo detected:<=2w", "idle:>=3mo detected:<=2w"),
        (
            "source:GitHub resolution:FALSE_POSITIVE source:other",
            "source:github resolution:false-positive source:other",
        ),
        ("key:kdk_…9fQ2 kdk_…9fQ2", "key:kdk_…9fq2 kdk_…9fq2"),
        ("a\u{1b}b \u{200b}", "a\\x1bb \\u{200b}"),
        ("ΟΔΟΣ İ", "οδοσ i\u{307}"),
        ("kdk_abc -PMAK-x _v1_", "kdk_ -PMAK- _v1_"),
        ("\u{212a}dk_abc", "kdk_"),
        ("Σ\u{3000}x", "σ x"),
    ] {
        let parsed = query(text);
        assert_eq!(parsed.to_string(), canonical, "{text}");
        assert_eq!(query(canonical), parsed, "{text}");
    }
}

#[test]
fn errors_say_where_and_what_is_possible() {
    for (text, wrong, says) in [
        ("ana onwer:ben", "onwer:", "did you mean owner:?"),
        ("zzz:1", "zzz:", "there are owner name id"),
        ("owner:", "owner:", "missing behind owner:"),
        ("-Owner:\"\"", "Owner:\"\"", "missing behind owner:"),
        ("status:revokd", "revokd", "did you mean revoked? It takes enabled, disabled"),
        ("-status:", "status:", "status: takes enabled, disabled"),
        ("exposed:maybe", "maybe", "yes, no"),
        ("expires:14d x", "14d", "<14d or >14d"),
        ("idle:never", "never", "<90d or >90d"),
        ("source:githb", "githb", "did you mean github?"),
        ("resolution:x", "x", "accepted-risk"),
        ("a - b", "-", "leaves out what follows"),
        ("\"a\"b c", "b", "space is missing"),
        ("x \"\"", "\"\"", "nothing between"),
        ("key:sha256:12", "sha256:12", "64 hexadecimal"),
        ("é status:\u{202e}x", "\u{202e}x", "\\u{202e}x"),
    ] {
        let error = Query::parse(text).expect_err(text);
        assert_eq!(&text[error.span.clone()], wrong, "{text}");
        assert!(error.message.contains(says), "{text}: {}", error.message);
    }
}

#[test]
fn the_help_names_only_what_is_understood() {
    for field in FIELDS {
        for value in field.values.split(", ") {
            query(&format!("{}:{value}", field.name));
        }
    }
    for known in Source::WORDS.iter().map(|word| format!("source:{word}")) {
        assert!(FIELDS.iter().any(|field| field.name == "source" && field.values.contains(&known[7..])), "{known}");
    }
    for status in StatusWord::ALL {
        query(&format!("status:{}", status.word()));
    }
}

#[test]
fn a_key_value_is_hashed_and_forgotten() {
    let (a, b) = (value(7), value(9));
    for text in [a.clone(), format!("key:{a}"), format!("\"{a}\""), format!("X-Api-Key={a};"), format!("key:\"{a}\"")] {
        let query = query(&text);
        assert_eq!(query.fingerprints(), [fingerprint(&a)], "{text}");
        assert!(query.has_secret() && !query.incomplete_secret());
        assert_eq!(query.to_string(), format!("key:sha256:{}", fingerprint(&a)));
        assert!(!format!("{query:?}").contains(&a[4..]));
    }
    let several = query(&format!("{a} -{b} name:x {b} {a} -{a}"));
    let [first, other] = [digest(&a), digest(&b)];
    assert_eq!(several.clauses()[0], Clause { negated: false, term: Term::Values(vec![first, other]) });
    assert_eq!(several.clauses()[1], Clause { negated: true, term: Term::Values(vec![other, first]) });
    assert_eq!(query(&several.to_string()), several);
}

#[test]
fn an_unfinished_key_value_matches_nothing_and_is_forgotten() {
    let value = value(7);
    for text in [&value[..4], &value[..39], &format!("{}X", &value[..39]), &format!("-{}", &value[..20])] {
        let query = query(text);
        assert!(query.incomplete_secret() && query.has_secret(), "{text}");
        assert!(query.fingerprints().is_empty());
        assert!(format!("{query:?} {query}").matches(&value[4..12]).next().is_none());
    }
}

#[test]
fn errors_never_quote_a_key_value() {
    let value = value(7);
    let half = &value[..30];
    for text in [
        format!("owner:{half}"),
        format!("status:{half}"),
        format!("-expires:\"{half}\""),
        format!("{half}:x status:{half}"),
        format!("nofield:{half}"),
        format!("\"a\"{half}"),
        format!("name:\u{212a}{}", &half[1..]),
        format!("key:sha256:{half}x status:zzz"),
    ] {
        let error = Query::parse(&text).expect_err(&text);
        assert!(!error.message.contains(&half[1..]), "{text}: {error}");
    }
}

#[test]
fn what_narrows() {
    for (longer, earlier) in [
        ("ana", ""),
        ("an", "a"),
        ("xany ben", "an"),
        ("owner:ana x", "owner:an"),
        ("-a", "-ab"),
        ("-owner:a", "-owner:ab"),
        ("status:revoked a", "status:revoked"),
        ("kdk_", "anything"),
    ] {
        assert!(query(longer).extends(&query(earlier)), "{longer} | {earlier}");
    }
    for (other, earlier) in [
        ("", "a"),
        ("a", "an"),
        ("-ab", "-a"),
        ("-a", "a"),
        ("owner:ana", "ana"),
        ("ana", "owner:ana"),
        ("status:enabled", "status:revoked"),
        ("expires:<14d", "expires:<30d"),
        ("a", "kdk_"),
    ] {
        assert!(!query(other).extends(&query(earlier)), "{other} | {earlier}");
    }
    let (a, b) = (value(7), value(9));
    assert!(query(&a).extends(&query(&format!("{a} {b}"))));
    assert!(!query(&format!("{a} {b}")).extends(&query(&a)));
    assert!(query(&format!("-{a} -{b}")).extends(&query(&format!("-{a}"))));
}

/// Text that is likely to be a query or nearly one.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        Just(String::from(" ")),
        Just(String::from("-")),
        Just(String::from("\"")),
        Just(String::from("\\")),
        Just(String::from("\n")),
        prop::sample::select(FIELDS).prop_map(|field| format!("{}:", field.name)),
        prop::sample::select(FIELDS).prop_flat_map(|field| {
            let values: Vec<_> = field.values.split(", ").map(String::from).collect();
            prop::sample::select(values).prop_map(move |value| format!("{}:{value}", field.name))
        }),
        prop::sample::select(secrets::signs().collect::<Vec<_>>()).prop_map(String::from),
        (0_u8..4).prop_map(value),
        "[a-zA-Z0-9:=<>_]{1,6}",
        "\\PC{0,4}",
        any::<String>(),
    ];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    // What fails may hold text of the form of a key's value, which is not to be written to a file.
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_printed_parses_to_the_same(text in text()) {
        if let Ok(parsed) = Query::parse(&text) {
            let printed = parsed.to_string();
            prop_assert_eq!(Query::parse(&printed), Ok(parsed.clone()), "{}", printed);
            prop_assert_eq!(query(&printed).to_string(), printed);
        }
    }

    #[test]
    fn nothing_panics_and_spans_can_be_sliced(text in text()) {
        for span in secret_spans(&text) {
            prop_assert!(text.get(span).is_some_and(|part| !part.is_empty()));
        }
        if let Err(error) = Query::parse(&text) {
            prop_assert!(text.get(error.span).is_some_and(|part| !part.is_empty()));
        }
    }

    #[test]
    fn no_key_value_comes_out(text in text(), seed in 0_u8..4, at in 0_usize..100) {
        let value = value(seed);
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
        let text = format!("{}{value}{}", &text[..at], &text[at..]);
        let rest = secret_spans(&text).into_iter().rev().fold(text.clone(), |mut rest, span| {
            rest.replace_range(span, "");
            rest
        });
        prop_assert!(!rest.contains(&value[4..]), "shown: {}", text);
        let out = match Query::parse(&text) {
            Ok(query) => format!("{query} {query:?}"),
            Err(error) => format!("{error} {error:?}"),
        };
        prop_assert!(!out.to_ascii_lowercase().contains(&value[4..].to_ascii_lowercase()), "{}", out);
    }
}
