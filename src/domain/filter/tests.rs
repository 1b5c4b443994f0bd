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
        ("ΟΔΟΣ İ", "οδοσ i"),
        ("owner:ana,nora", "owner:ana,nora"),
        ("owner:ana|nora owner:=a|b", "owner:ana,nora owner:=a,b"),
        ("owner:ana OR owner:nora", "owner:ana,nora"),
        ("owner:ana OR OWNER:\"nora b\",=x", "owner:ana,\"nora b\",=x"),
        ("owner:=ana OR owner:nora", "owner:=ana OR owner:nora"),
        ("owner:#99,#-5,0 \"#99\" owner:\"#99\"", "owner:#99,#-5,0 #99 owner:\"#99\""),
        ("owner:#9a owner:=#9", "owner:#9a owner:=#9"),
        ("owner:me,gone,\"me\" -owner:=me", "owner:me,gone,\"me\" -owner:=me"),
        ("ana OR ben c", "ana OR ben c"),
        ("(ana OR ben) c", "(ana OR ben) c"),
        ("c (ana OR (ben OR ana))", "c (ana OR ben)"),
        ("((ana) (b c)", "ana b c"),
        ("-(a OR b) -(a b) -(a) -(-a)", "-(a OR b) -(a b) -a a"),
        ("a AND b", "a b"),
        ("a|b", "a OR b"),
        ("-a,b", "-(a OR b)"),
        ("https://x.example/a,b|c*", "https://x.example/a,b|c*"),
        ("name:ci* *ci name:* name:a*b*c name:*x*", "name:ci* *ci name:* name:a*b*c name:x"),
        ("name:\"ci prod\"* =\"a*b\" \"a*\"", "name:\"ci prod\"* =\"a*b\" \"a*\""),
        ("=ci name:=CI", "=ci name:=ci"),
        ("owner:Ana@acme.example", "owner:ana@acme.example"),
        ("owner:\"ana@acme.example\" owner:=ana@x", "owner:\"ana@acme.example\" owner:=ana@x"),
        ("REVOKED -disabled \"revoked\"", "status:revoked -status:disabled \"revoked\""),
        ("status:revoked,Disabled", "status:revoked,disabled"),
        ("expires:<14d,never used:never|>1y", "expires:<14d,never used:never,>1y"),
        ("expires:=2026 status:=revoked", "expires:=2026 status:revoked"),
        ("name:ci(old) a(b (ci(x) OR y)", "name:\"ci(old)\" \"a(b\" (\"ci(x)\" OR y)"),
        ("\"or\" or", "\"or\""),
        ("from:10.0. age:>90d rotated:never", "from:10.0. age:>90d rotated:never"),
        ("tried:<7d -tried:never tried:>=2026-11-01", "tried:<7d -tried:never tried:>=2026-11-01"),
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
        ("owner:ana or owner:nora", "or", "OR in capitals"),
        ("a and b", "and", "leave it out"),
        ("not revoked", "not", "-status:revoked"),
        ("a || b", "||", "write OR"),
        ("a && b", "&&", "leave it out"),
        ("!status:revoked", "!status:revoked", "write -status:revoked"),
        ("-!x", "!x", "write x"),
        ("status:!revoked", "!revoked", "write -status:revoked"),
        ("status!=revoked", "status!=revoked", "write -status:revoked"),
        ("owner=ana", "owner=ana", "write owner:=ana"),
        ("status=revoked", "status=revoked", "write status:revoked"),
        ("idle>90d", "idle>90d", "write idle:>90d"),
        ("/^ci/", "/^ci/", "write ci*"),
        ("name:/ci$/i", "/ci$/i", "write name:*ci"),
        ("-name:^ci$", "^ci$", "write -name:=ci"),
        (".*prod", ".*prod", "write *prod*"),
        ("/[ab]/", "/[ab]/", "write ci*"),
        ("owner:(ana OR nora)", "(ana", "write owner:a,b"),
        ("expires:7d..14d", "7d..14d", "write expires:>7d expires:<14d"),
        ("never", "never", "used:never or expires:never"),
        ("is:revoked", "is:", "did you mean status:?"),
        ("owner:ana,", ",", "a value is missing behind ,"),
        ("owner:,ana", ",", "a value is missing before"),
        (",", ",", "a value is missing before"),
        ("owner:ana,|b", ",", "a value is missing behind ,"),
        ("a OR", "OR", "missing behind OR"),
        ("OR a", "OR", "missing before OR"),
        ("a OR OR b", "OR", "missing behind OR"),
        ("a AND", "AND", "between two terms"),
        ("a ()", "()", "nothing stands between"),
        ("a)", ")", "no ( is open"),
        ("(a)b", "b", "a space is missing"),
        ("((((((((((((((((((a", "(", "16 groups"),
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
        for value in field.values.split(", ").chain([field.values.replace(", ", ",").as_str()]) {
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
    assert_eq!(query(&format!("{a} OR {b}")), query(&format!("{a} {b}")), "either will do");
    assert_eq!(query(&format!("(x {a}) OR owner:ana")).fingerprints(), [fingerprint(&a)]);
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
fn whose_keys_are_meant() {
    let mine = query("owner:me OR a");
    assert!(mine.matches_nothing() && !mine.has_secret(), "until it is known who asks");
    assert!(!mine.clone().asked_by(Some(UserId(7))).matches_nothing());
    assert_eq!(mine.clone().asked_by(Some(UserId(7))).to_string(), mine.to_string());
    assert_eq!(query("a").and(query("b OR c")).to_string(), "a (b OR c)");
    for (text, loose) in [
        ("owner:ana@acme.example", Some("ana@acme.example")),
        ("x OR ana@acme.example", Some("ana@acme.example")),
        ("owner:=ana@acme.example -owner:ana name:a@b", None),
    ] {
        assert_eq!(query(text).loose_address(), loose, "{text}");
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
        ("a b OR c a", "a"),
        ("a", "a OR b"),
        ("ab OR bc", "a OR b"),
        ("-a,b", "-a"),
        ("-(a OR b)", "-(ab b)"),
        ("owner:=ana", "owner:ana,ben"),
        ("name:ci-d*", "name:ci*"),
        ("owner:ana@acme", "owner:ana@a"),
        ("(a OR b) c", "b OR a"),
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
        ("a OR b", "a"),
        ("a OR b", "a b"),
        ("-(a b)", "-a"),
        ("owner:ana,nora", "owner:ana"),
        ("kdk_", "a"),
        ("a", "a OR kdk_"),
        ("owner:me", "owner:ana"),
    ]
    .into_iter()
    .filter(|(other, _)| !query(other).matches_nothing())
    {
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
        prop::sample::select(
            &[" OR ", " AND ", "(", ")", ",", "|", "=", "*", "!", "/", " or ", "revoked", "ana@x", "me"][..]
        )
        .prop_map(String::from),
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

/// Text that is a query, with groups in groups.
fn expression() -> impl Strategy<Value = String> {
    let term = prop::sample::select(
        &[
            "a",
            "b",
            "owner:a",
            "owner:a,=b",
            "owner:=b|a",
            "name:a*",
            "status:revoked",
            "revoked,a",
            "\"or\"",
            "owner:me",
        ][..],
    );
    let leaf = (any::<bool>(), term).prop_map(|(minus, term)| format!("{}{term}", if minus { "-" } else { "" }));
    leaf.prop_recursive(4, 24, 4, |inner| {
        (any::<bool>(), any::<bool>(), prop::collection::vec(inner, 1..4)).prop_map(|(minus, or, parts)| {
            format!("{}({})", if minus { "-" } else { "" }, parts.join(if or { " OR " } else { " " }))
        })
    })
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
    fn well_formed_queries_print_as_they_mean(text in expression()) {
        let parsed = query(&text);
        let printed = parsed.to_string();
        prop_assert_eq!(Query::parse(&printed), Ok(parsed), "{} {}", text, printed);
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
