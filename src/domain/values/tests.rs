use std::convert::Infallible;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use super::*;
use crate::domain::key_value::{KeyKind, mint};

#[path = "../../../tests/support/inputs.rs"]
pub mod inputs;

mod rules;

/// A value of a format, others for other seeds.
pub(super) fn value(format: Format, seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    let mut chars = |alphabet: &[u8], length: usize| -> String {
        (0..length).map(|_| char::from(alphabet[usize::from(next()) % alphabet.len()])).collect()
    };
    let base_62 = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    match format {
        Format::ApiKey | Format::CollectionAccessKey => {
            let kind = if format == Format::ApiKey { KeyKind::ApiKey } else { KeyKind::CollectionAccessKey };
            let mut random = chars(base_62, 64).into_bytes().into_iter().cycle();
            let fill = |buffer: &mut [u8]| {
                buffer.iter_mut().zip(&mut random).for_each(|(to, byte)| *to = byte);
                Ok::<_, Infallible>(())
            };
            mint(kind, fill).unwrap().expose().to_owned()
        }
        Format::PostmanApiKey => {
            format!("PMAK-{}-{}", chars(b"0123456789abcdef", 24), chars(b"0123456789abcdef", 34))
        }
        Format::PostmanCollectionAccessKey => format!("PMAT-{}", chars(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ", 26)),
        Format::GovSgApiKey => format!("{}_v1_{}", chars(b"abcdefgh12", 6), chars(&[base_62, &b"+/"[..]].concat(), 44)),
    }
}

fn key() -> String {
    value(Format::ApiKey, 7)
}

fn whole(text: &str) -> Vec<String> {
    find(text).iter().filter_map(Found::value).map(|value| value.expose().to_owned()).collect()
}

fn forms(text: &str) -> Vec<String> {
    let word = |found: Found| match found.form {
        Form::Whole(_) => "whole".to_owned(),
        Form::ChecksumWrong => "checksum wrong".to_owned(),
        Form::Part { shown } => format!("part {shown}"),
        Form::Masked { first, last } => format!("masked {first} {last}"),
    };
    find(text).into_iter().map(word).collect()
}

/// How people and programs write a value; the value is what is between them, `encode`d.
pub(super) type Embedding = (&'static str, fn(&str) -> String);

pub(super) const EMBEDDINGS: &[Embedding] = &[
    ("alone", str::to_owned),
    ("with a line end", |v| format!("{v}\r\n")),
    ("in quotes", |v| format!("\"{v}\",")),
    ("in single quotes", |v| format!("'{v}'")),
    ("in back-ticks", |v| format!("`{v}`")),
    ("in smart quotes", |v| format!("“{v}”, ‘{v}’")),
    ("in angle brackets", |v| format!("<{v}>")),
    ("in brackets at the end of a sentence", |v| format!("(it is {v}).")),
    ("in JSON", |v| serde_json::json!({ "key": v }).to_string()),
    ("in JSON in JSON", |v| serde_json::json!({ "log": serde_json::json!({ "key": v }).to_string() }).to_string()),
    ("in a path", |v| format!("https://hooks.acme.example/in/{v}/send")),
    ("in a query", |v| format!("https://acme.example/?a=b&key={v}&c=d#e")),
    ("as a bearer", |v| format!("Authorization: Bearer {v}")),
    ("in an export", |v| format!("export X=\"{v}\"; Y=1")),
    ("with a colon and no blank", |v| format!("token:{v}")),
    ("as a default", |v| format!("${{API_KEY:-{v}}}")),
    ("in curl", |v| format!("curl -H 'X-Api-Key: {v}' https://api.acme.example")),
    ("glued to an option", |v| format!("--token={v}")),
    ("in a log line", |v| format!("2026-11-27T09:00:00Z INFO [{v}] GET /x 200 12ms")),
    ("behind a diff's sign", |v| format!("@@ -1 +1 @@\n-A=b\n+{v}\n")),
    ("in a table", |v| format!("| ci | {v} | prod |")),
    ("in CSV", |v| format!("ci;{v};2026")),
    ("percent-encoded", |v| utf8_percent_encode(v, NON_ALPHANUMERIC).to_string()),
    ("every byte percent-encoded", |v| v.bytes().fold(String::new(), |out, byte| out + &format!("%{byte:02x}"))),
    ("percent-encoded twice", |v| utf8_percent_encode(v, NON_ALPHANUMERIC).to_string().replace('%', "%25")),
    ("as JSON escapes", |v| v.chars().fold(String::new(), |out, c| out + &format!("\\u{:04X}", u32::from(c)))),
    ("the prefix escaped", |v| v.replace('_', "\\u005f").replace('-', "\\u002d")),
    ("as shell escapes", |v| v.bytes().fold(String::new(), |out, byte| out + &format!("\\x{byte:02x}"))),
    ("octal", |v| v.bytes().fold(String::new(), |out, byte| out + &format!("\\{byte:03o}"))),
    ("as HTML", |v| v.replace('_', "&#95;").replace('-', "&#x2d;")),
    ("behind an escaped line end", |v| format!("\"log\\n{v}\\n\"")),
    ("with a zero-width space", |v| format!("{}\u{200b}{}", &v[..20], &v[20..])),
    ("with a soft hyphen and a joiner", |v| format!("{}\u{ad}{}\u{2060}{}", &v[..2], &v[2..30], &v[30..])),
    ("behind a byte order mark", |v| format!("\u{feff}{v}")),
    ("with colours", |v| format!("\u{1b}[31m{}\u{1b}[0;1m{}\u{1b}[m", &v[..6], &v[6..])),
    ("with a link", |v| format!("\u{1b}]8;;https://x.example\u{7}{v}\u{1b}]8;;\u{7}")),
    ("as UTF-16", |v| v.chars().fold(String::new(), |out, c| out + &format!("{c}\0"))),
    ("in base 64", |v| BASE64_STANDARD.encode(v)),
    ("in base 64 for addresses", |v| format!("?state={}", BASE64_URL_SAFE_NO_PAD.encode(format!("{{\"k\":\"{v}\"}}")))),
    ("as basic authentication", |v| format!("Authorization: Basic {}", BASE64_STANDARD.encode(format!("user:{v}")))),
    ("as another's basic authentication", |v| format!("Basic {}", BASE64_STANDARD.encode(format!("ab:{v}")))),
    ("in base 64 twice", |v| BASE64_STANDARD.encode(BASE64_STANDARD.encode(format!("key: {v}")))),
    ("in base 64 behind a slash", |v| format!("https://x/{}", BASE64_STANDARD.encode(v))),
    ("in base 64 over lines", |v| {
        let encoded =
            BASE64_STANDARD.encode(format!("# what the app needs to run in production\nAPI_KEY={v}\nPORT=80\n"));
        encoded
            .as_bytes()
            .chunks(64)
            .flat_map(|line| ["  ".into(), String::from_utf8_lossy(line), "\r\n".into()])
            .collect()
    }),
];

/// Values with a checksum only: broken where nothing says that they go on.
pub(super) const BROKEN: &[Embedding] = &[
    ("over two lines", |v| format!("{}\n{}", &v[..20], &v[20..])),
    ("over two lines with CRLF", |v| format!("{}\r\n{}\r\n", &v[..22], &v[22..])),
    ("with an indent", |v| format!("  key: {}\n       {}\n  next: 1", &v[..11], &v[11..])),
    ("within the prefix", |v| format!("x {}\n{}", &v[..3], &v[3..])),
    ("over three lines", |v| format!("{}\n{}\n{}", &v[..15], &v[15..27], &v[27..])),
    ("in a diff", |v| format!("+key={}\n+{}\n", &v[..20], &v[20..])),
    ("in a quoted mail", |v| format!("> > {}\n> > {}\n", &v[..20], &v[20..])),
    ("in a comment", |v| format!("# {}\n# {}\n", &v[..20], &v[20..])),
    ("in quoted-printable", |v| format!("{}=\r\n{}", &v[..30], &v[30..])),
    ("with a backslash", |v| format!("curl -H {}\\\n  {} x", &v[..20], &v[20..])),
    ("concatenated", |v| format!("k = \"{}\" +\n    \"{}\";", &v[..20], &v[20..])),
    ("with a blank", |v| format!("{} {}", &v[..20], &v[20..])),
    ("with an escaped line end", |v| format!("\"{}\\n  {}\"", &v[..20], &v[20..])),
];

#[test]
fn every_format_is_found_in_every_embedding() {
    for format in Format::ALL {
        for seed in 1..4 {
            let value = value(format, seed);
            for (name, embed) in EMBEDDINGS {
                let text = embed(&value);
                let found = find(&text);
                assert!(!found.is_empty(), "{name}, {format:?}");
                for found in &found {
                    let at = &text[found.span.clone()];
                    assert_eq!(found.value().map(Secret::expose), Some(value.as_str()), "{name}, {format:?}: {at}");
                    assert_eq!(found.format, format);
                }
            }
        }
    }
}

#[test]
fn a_broken_value_is_joined_when_its_checksum_fits_and_only_then() {
    for format in Format::ALL {
        for seed in 1..4 {
            let value = value(format, seed);
            for (name, embed) in BROKEN {
                let found = whole(&embed(&value));
                if format.has_checksum() {
                    assert_eq!(found, [value.as_str()], "{name}, {format:?}");
                    let mut wrong = value.clone();
                    wrong.replace_range(39..40, if value.ends_with('0') { "1" } else { "0" });
                    assert_eq!(whole(&embed(&wrong)), [""; 0], "{name}, {format:?}");
                } else if name != &"in quoted-printable" && format != Format::GovSgApiKey {
                    assert_eq!(found, [""; 0], "{name}, {format:?}");
                    assert!(find(embed(&value)).iter().any(Found::tells), "{name}, {format:?}");
                }
            }
        }
    }
}

#[test]
fn what_is_left_of_a_value_is_told() {
    let key = key();
    let [half, rest] = [&key[..20], &key[20..]];
    let wrong = format!("{}{}", &key[..39], if key.ends_with('0') { "1" } else { "0" });
    for (text, told) in [
        (key.clone(), vec!["whole"]),
        (format!("x{key}"), vec!["whole"]),
        (format!("{key}y"), vec!["whole"]),
        (wrong.clone(), vec!["checksum wrong"]),
        (format!("{wrong}abc"), vec!["checksum wrong"]),
        (half.to_owned(), vec!["part 16"]),
        (rest.to_owned(), vec![]),
        (format!("{half} or {key}, {wrong}"), vec!["part 16", "whole", "checksum wrong"]),
        (format!("kdk_{key}"), vec!["whole"]),
        ("kdk_ is the prefix".to_owned(), vec!["part 0"]),
        ("KDK_abc".to_owned(), vec!["part 3"]),
        ("kdk_…9fQ2".to_owned(), vec!["masked 0 9fQ2"]),
        ("\"kdk_\\u20269fQ2\"".to_owned(), vec!["masked 0 9fQ2"]),
        ("kdk_********************************pTf1".to_owned(), vec!["masked 0 pTf1"]),
        ("PMAT-**********************ABCD".to_owned(), vec!["masked 0 ABCD"]),
        ("PMAK-…".to_owned(), vec!["masked 0 "]),
        (format!("{half}..."), vec!["masked 16 "]),
        (format!("PMAK-{}", "a".repeat(24)), vec!["part 24"]),
        (format!("PMAK-{}-{}x", "a".repeat(24), "0".repeat(34)), vec!["part 60"]),
        (format!("PMAT-{}", "A".repeat(27)), vec!["part 27"]),
        (format!("ana_v1_{}", "b".repeat(45)), vec!["part 45"]),
        (format!("https://x/ana_v1_{}/y", "b".repeat(44)), vec!["whole"]),
        (format!("_v1_{}", "b".repeat(44)), vec!["part 44"]),
        ("api_v1_users".to_owned(), vec!["part 5"]),
        ("nothing at all, not_v2_, pm-ak".to_owned(), vec![]),
        (String::new(), vec![]),
    ] {
        assert_eq!(forms(&text), told, "{text}");
    }
    assert_eq!(whole(&format!("KDK_{}", &key[4..])), [key.as_str()], "the prefix in another case");
}

#[test]
fn several_are_found_each_in_its_place() {
    let [a, b] = [value(Format::ApiKey, 1), value(Format::PostmanApiKey, 2)];
    let text = format!("é {a}\n  \"{b}\", {a}\n{}\n", utf8_percent_encode(&a, NON_ALPHANUMERIC));
    let found = find(&text);
    let spans: Vec<&str> = found.iter().map(|found| &text[found.span.clone()]).collect();
    assert_eq!(spans, [&*a, &*b, &*a, &a.replace('_', "%5F")]);
    let places = positions(text.as_bytes(), found.iter().map(|found| found.span.start));
    let places: Vec<(usize, usize)> = places.into_iter().map(|place| (place.line, place.column)).collect();
    assert_eq!(places, [(1, 3), (2, 4), (2, 71), (3, 1)]);
    assert_eq!(digests(&found).len(), 2);
    let broken = format!("x\n{}\r\n    {}\ny", &a[..20], &a[20..]);
    assert_eq!(&broken[find(&broken)[0].span.clone()], &broken[2..broken.len() - 2]);
    let basic = format!("Basic {} x", BASE64_STANDARD.encode(format!("user:{a}")));
    let span = find(&basic)[0].span.clone();
    assert!(span.start >= 6 && span.end <= basic.len() - 2 && span.len() >= a.len() * 4 / 3, "{span:?}");
}

#[test]
fn files_as_people_have_them() {
    for (file, values, others) in [
        ("deploy.env", vec!["K0", "K1", "K2", "K3", "K4", "K5"], vec![]),
        (
            "gitleaks.json",
            vec!["K0", "PMAK", "K3"],
            vec!["masked 16 ", "masked 16 ", "checksum wrong", "checksum wrong"],
        ),
        ("ggshield.json", vec!["PMAK"], vec!["masked 0 pTf1", "masked 0 pTf1"]),
        ("acme.postman_environment.json", vec!["K0", "K8", "PMAK"], vec![]),
        ("inventory-excel.csv", vec!["K10"], vec!["masked 0 pTf1"]),
        (
            "leaked-list.txt",
            vec!["K0", "K1", "K2", "K3", "K4", "K5", "K6", "K8", "PMAK", "GOVSG"],
            vec!["masked 0 Z32p", "checksum wrong"],
        ),
    ] {
        for text in [inputs::input(file), inputs::input(file).replace('\n', "\r\n")] {
            let mut wholes: Vec<String> = Vec::new();
            for found in find(&text).iter().filter(|found| !found.is_example()) {
                let value = found.value().map(|value| value.expose().to_owned());
                wholes.extend(value.filter(|value| !wholes.contains(value)));
            }
            assert_eq!(wholes, values.iter().map(|name| inputs::value(name)).collect::<Vec<_>>(), "{file}");
            let told: Vec<String> = forms(&text).into_iter().filter(|form| form != "whole").collect();
            assert_eq!(told, others, "{file}");
        }
    }
}

#[test]
fn what_is_masked_of_a_text() {
    let key = key();
    let shown = mask(&key);
    for (text, clean) in [
        (format!("a \"{key}\" b"), format!("a \"{shown}\" b")),
        (format!("x{key}, {}", &key[..14]), format!("x{shown}, kdk_…")),
        (format!("k={}", key.replace('_', "%5f")), format!("k={shown}")),
        (format!("{}\n{} b", &key[..20], &key[20..]), format!("{shown} b")),
        (shown.clone(), shown.clone()),
        ("kdk_ and _v1_".to_owned(), "kdk_ and _v1_".to_owned()),
        (format!("{}…", &key[..20]), "kdk_…".to_owned()),
        // as a console in ASCII shows a mask
        (shown.replace('…', "~"), shown.replace('…', "~")),
    ] {
        assert_eq!(masked(&text), clean, "{text}");
    }
}

#[test]
fn runs_of_a_known_secret_are_found_however_they_are_dressed() {
    let key = key();
    let runs = Runs::of(&key);
    let reversed: String = key.chars().rev().collect();
    let encoded = base_32(key.as_bytes());
    let hex: String = key.bytes().fold(String::new(), |out, byte| out + &format!("{byte:02x}"));
    for text in [
        key[4..].to_owned(),
        key[28..].to_owned(),
        key[10..22].to_owned(),
        reversed.clone(),
        reversed[..20].to_owned(),
        key.to_uppercase(),
        key.replace('_', "\\u005f"),
        key.bytes().fold(String::new(), |out, byte| out + &format!("%{byte:02x}")),
        encoded.clone(),
        encoded.to_lowercase(),
        base_32(&[b"abc", key.as_bytes()].concat()),
        hex.clone(),
        hex.as_bytes().chunks(4).flat_map(|four| [String::from_utf8_lossy(four), " ".into()]).collect(),
        BASE64_STANDARD.encode(&key[7..30]),
        BASE64_STANDARD.encode(&reversed),
        key.chars().fold(String::new(), |out, c| out + &format!("\u{1b}[3{}m{c}", u32::from(c) % 8)),
        key.chars().fold(String::new(), |out, c| out + &format!("{c} ")),
        key.chars().fold(String::new(), |out, c| out + &format!("{c}\n")),
    ] {
        let text = format!("it says: {text} .");
        let spans = runs.find(&text);
        assert!(spans.len() == 1 && spans[0].start > 7, "{text}: {spans:?}");
        let rest = format!("{}{}", &text[..spans[0].start], &text[spans[0].end..]);
        assert!(rest.len() < 24, "{text}: {rest}");
        assert!(runs.find(&rest).is_empty());
    }
    assert!(runs.find(&key[10..21]).is_empty(), "eleven are not a run");
    assert_eq!(Runs::of("pass").find("a pass, ssap and PASS"), [2..6, 8..12, 17..21]);
    assert!(Runs::of("").find("x").is_empty() && Runs::of(" \n").find("x y").is_empty());
}

/// RFC 4648 without padding.
fn base_32(bytes: &[u8]) -> String {
    let bits = bytes.iter().fold(String::new(), |out, byte| out + &format!("{byte:08b}"));
    let digit = |five: &[u8]| {
        let text = format!("{:0<5}", String::from_utf8_lossy(five));
        char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[usize::from_str_radix(&text, 2).unwrap()])
    };
    bits.as_bytes().chunks(5).map(digit).collect()
}

/// Texts on which a careless search takes the square of their length; each is long enough to notice.
#[test]
fn hostile_texts_take_no_time() {
    for part in [
        "kdk_", "_v1_", "PMAK-a", "a", "=\n", " ", "\\", "%25", "\u{1b}]", "\u{1b}[", "kdk_…", "*", "kdk_*", "\\u{",
        "&#", "+\n", "YWFh", "-",
    ] {
        find(part.repeat(300_000 / part.len()));
    }
}

proptest! {
    // What fails holds text of the form of a key's value, which is not to be written to a file.
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_value_is_found_amid_anything(
        format in prop::sample::select(&Format::ALL[..]),
        seed in any::<u64>(),
        embed in prop::sample::select(EMBEDDINGS),
        before in "[^a-zA-Z0-9+/_%\\\\-]{0,12}",
        after in "[^a-zA-Z0-9+/=_-][ -~]{0,12}",
    ) {
        let value = value(format, seed);
        let text = format!("{before}\n{}\n{after}", embed.1(&value));
        prop_assert!(whole(&text).contains(&value), "{}: {:?}", embed.0, text);
    }

    #[test]
    fn no_bytes_break_it_and_spans_stand_in_the_text(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let found = find(&bytes);
        prop_assert!(found.windows(2).all(|two| two[0].span.end <= two[1].span.start));
        prop_assert!(found.iter().all(|found| !found.span.is_empty() && found.span.end <= bytes.len()));
        positions(&bytes, found.iter().map(|found| found.span.start));
        let text = String::from_utf8_lossy(&bytes);
        Runs::of("kdk_secret-secret").find(&text);
        masked(&text);
        for span in secret_spans(&text) {
            prop_assert!(text.get(span).is_some_and(|part| !part.is_empty()));
        }
    }

    #[test]
    fn noise_is_no_value(text in "[a-zA-Z0-9+/=_ \n-]{0,400}", bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(!holds_value(&text) && !holds_value(&bytes));
        prop_assert!(!holds_value(BASE64_STANDARD.encode(&bytes)));
    }

    #[test]
    fn a_changed_value_is_never_whole(seed in any::<u64>(), at in 4..40_usize, to in "[a-zA-Z0-9]") {
        let value = value(Format::CollectionAccessKey, seed);
        let mut changed = value.clone();
        changed.replace_range(at..=at, &to);
        prop_assert_eq!(whole(&changed).len(), usize::from(changed == value));
    }

    #[test]
    fn what_is_masked_holds_no_value(
        seed in any::<u64>(),
        embed in prop::sample::select(EMBEDDINGS),
        format in prop::sample::select(&Format::ALL[..]),
    ) {
        let value = value(format, seed);
        let text = embed.1(&value);
        prop_assert!(!holds_value(&*masked(&text)), "{}", masked(&text));
        prop_assert!(!masked(&text).contains(&value[value.len() - 12..]));
    }
}
