use proptest::prelude::*;

use super::*;

fn set_text(format: Format, text: &str, key: &str, value: &str) -> Result<String, Refused> {
    set(format, text.as_bytes(), key, value).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

#[test]
fn a_value_changes_in_the_quotes_it_had() {
    for (format, key, before, after) in [
        (Format::Yaml, "key", "key: old\n", "key: NEW\n"),
        (Format::Yaml, "key", "key:   'old'  # why\r\nb: 1\r\n", "key:   'NEW'  # why\r\nb: 1\r\n"),
        (Format::Yaml, "a.key", "ä: \"ö\"\na: {key: \"old\", b: [1, 2]}\n", "ä: \"ö\"\na: {key: \"NEW\", b: [1, 2]}\n"),
        (
            Format::Yaml,
            "env.1.value",
            "env:\n- name: a\n- name: b\n  value: old\n",
            "env:\n- name: a\n- name: b\n  value: NEW\n",
        ),
        (Format::Yaml, "key", "\u{feff}---\nkey: &k old\nb: *k\n...\n", "\u{feff}---\nkey: &k NEW\nb: *k\n...\n"),
        (Format::Yaml, "b.key", "a: 1\n---\nb:\n  key: !!str old\n", "a: 1\n---\nb:\n  key: !!str NEW\n"),
        (Format::Yaml, "t", "s: |\n  t: no\n  x\nt: old", "s: |\n  t: no\n  x\nt: NEW"),
        (Format::Yaml, "\"a.b/c\".key", "a.b/c:\n    key: old\n", "a.b/c:\n    key: NEW\n"),
        (Format::Yaml, "key", "key: \"a\\n\\\"b\"\n", "key: \"NEW\"\n"),
        (Format::Yaml, "key", "key: 'it''s' # it's\n", "key: 'NEW' # it's\n"),
        (Format::Yaml, "key", "key: !!str &k  \"old\"   \n", "key: !!str &k  \"NEW\"   \n"),
        (Format::Yaml, "key", "key: 'old'\n  # c\n\nb: 'x'\n", "key: 'NEW'\n  # c\n\nb: 'x'\n"),
        (Format::Json, "key", "{\"key\":\"old\"}", "{\"key\":\"NEW\"}"),
        (
            Format::Json,
            "a.1.key",
            "{\"ä\":\"ö\",\r\n\t\"a\":[1,{\"key\" : \"o\\u006cd\"}]}",
            "{\"ä\":\"ö\",\r\n\t\"a\":[1,{\"key\" : \"NEW\"}]}",
        ),
        (Format::Json, "key", "// x\n{ /* y */ \"key\": \"old\", }\n", "// x\n{ /* y */ \"key\": \"NEW\", }\n"),
        (Format::Json, "", "\u{feff}{\"key\":\"old\"}", ""),
        (Format::Toml, "key", "key = 'old' # why\r\n", "key = 'NEW' # why\r\n"),
        (Format::Toml, "a.key", "ä = 1\n", ""),
        (Format::Toml, "a.key", "[b]\nx='ö'\n[a]\n  key=\"old\"\n", "[b]\nx='ö'\n[a]\n  key=\"NEW\"\n"),
        (Format::Toml, "a.b.key", "a.b = { c = 1, key = 'old' }\n", "a.b = { c = 1, key = 'NEW' }\n"),
        (Format::Toml, "a.1.key", "[[a]]\nkey = 'x'\n[[a]]\nkey = 'old'\n", "[[a]]\nkey = 'x'\n[[a]]\nkey = 'NEW'\n"),
    ] {
        match set_text(format, before, key, "NEW") {
            Ok(edited) => assert_eq!(edited, after, "{before:?}"),
            Err(_) => assert_eq!(after, "", "{before:?}"),
        }
    }
}

#[test]
fn a_value_gets_the_quotes_it_needs() {
    for (format, before, value, after) in [
        (Format::Yaml, "key: old\n", "a b", "key: 'a b'\n"),
        (Format::Yaml, "key: old\n", "it's", "key: \"it's\"\n"),
        (Format::Yaml, "key: 'old'\n", "a\"'\\", "key: \"a\\\"'\\\\\"\n"),
        (Format::Yaml, "key: old\n", "12", "key: '12'\n"),
        (Format::Yaml, "key: old\n", "true", "key: 'true'\n"),
        (Format::Yaml, "key: old\n", "a: b", "key: 'a: b'\n"),
        (Format::Json, "{\"key\":\"old\"}", "a\"\\\n", "{\"key\":\"a\\\"\\\\\\u000a\"}"),
        (Format::Toml, "key='old'\n", "it's", "key=\"it's\"\n"),
    ] {
        assert_eq!(set_text(format, before, "key", value).unwrap(), after);
        assert_eq!(super::value(format, after.as_bytes(), "key").unwrap().as_str(), value);
    }
}

#[test]
fn what_is_not_one_text_is_refused_by_name() {
    let not_text = |what, line| Refused::NotText { what, line };
    for (format, text, why) in [
        (Format::Yaml, "a: 1\n", Refused::Missing),
        (Format::Yaml, "a: 1\nkey: 2\n", not_text("a number", 2)),
        (Format::Yaml, "key:\n", not_text("nothing", 1)),
        (Format::Yaml, "key: ~\n", not_text("nothing", 1)),
        (Format::Yaml, "key: yes\nkey: no\n", Refused::Several { lines: vec![1, 2] }),
        (Format::Yaml, "key: a\n---\nkey: b\n", Refused::Several { lines: vec![1, 3] }),
        (Format::Yaml, "key: |\n  a\n", not_text("a text of several lines", 2)),
        (Format::Yaml, "key: a\n  b\n", not_text("a text of several lines", 1)),
        (Format::Yaml, "key: \"a\n  b\"\n", not_text("a text of several lines", 1)),
        (Format::Yaml, "key: [a]\n", not_text("a list", 1)),
        (Format::Yaml, "key: !vault x\n", Refused::Elsewhere { what: "a value with the tag !vault".into(), line: 1 }),
        (Format::Yaml, "key: x\nsops:\n  mac: ENC[x]\n", Refused::Sops),
        (Format::Yaml, "key: [\n", Refused::Malformed { form: "YAML", line: Some(2) }),
        (Format::Json, "{\"key\": null}", not_text("nothing", 1)),
        (Format::Json, "{\"key\": \"a\",\n\"key\": \"b\"}", Refused::Several { lines: vec![1, 2] }),
        (Format::Json, "", Refused::Malformed { form: "JSON", line: None }),
        (Format::Json, "{\n'key': 1}", Refused::Malformed { form: "JSON", line: Some(2) }),
        (Format::Toml, "key = 1\n", not_text("a number", 1)),
        (Format::Toml, "key = '''\na'''\n", not_text("a text of several lines", 1)),
        (Format::Toml, "a = 1\nkey = \n", Refused::Malformed { form: "TOML", line: Some(2) }),
        (Format::Toml, "[key]\na = 1\n", not_text("a table", 1)),
    ] {
        let error = set_text(format, text, "key", "NEW").unwrap_err();
        match (&error, &why) {
            // what exactly is said of a line that cannot be read is the parser's
            (Refused::Malformed { form: a, .. }, Refused::Malformed { form: b, .. }) => assert_eq!(a, b),
            _ => assert_eq!(error, why, "{text:?}"),
        }
        assert!(!error.hint(format).is_empty());
    }
    let alias = set_text(Format::Yaml, "a: &a x\nkey: *a\n", "key", "NEW").unwrap_err();
    assert!(matches!(alias, Refused::Elsewhere { line: 2, .. }), "{alias:?}");
    assert_eq!(
        set(Format::Json, b"{\"a\":\"\xff\"}", "a", "x"),
        Err(Refused::Malformed { form: "JSON", line: Some(1) })
    );
}

/// What stands around the value.
fn yaml_around() -> impl Strategy<Value = (String, String)> {
    let line = prop_oneof![
        Just("# a comment: 'x".to_owned()),
        Just("a: {b: [1, \"two\"], c: ~}".to_owned()),
        Just("ünï: 'it''s'".to_owned()),
        Just("block: |\n  key: no\n\n  more".to_owned()),
        Just("folded: >-\n  a\n  b".to_owned()),
        Just("list:\n- x: 1\n  y: 2\n-   z".to_owned()),
        Just("anchored: &a {n: 1}\nalias: *a".to_owned()),
        Just(String::new()),
        "[a-z]{1,4}[0-9]: [a-zA-Z0-9 ]{0,8}[a-z]",
    ];
    let lines = || proptest::collection::vec(line.clone(), 0..5);
    (lines(), lines()).prop_map(|(before, after)| (before.join("\n"), after.join("\n")))
}

fn value_text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-zA-Z0-9_]{1,40}", "[ -~]{1,20}", "\\PC{1,8}"]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn everything_but_the_values_bytes_stays(
        (before, after) in yaml_around(),
        crlf in any::<bool>(),
        quote in prop_oneof![Just(""), Just("'"), Just("\"")],
        value in value_text(),
    ) {
        let comment = "  # the key";
        let text = format!("{before}\nkey: {quote}old{quote}{comment}\n{after}\n");
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        let (head, tail) = text.split_once(&format!("key: {quote}old{quote}")).unwrap();
        let Ok(edited) = set_text(Format::Yaml, &text, "key", &value) else { return Ok(()) };
        prop_assert!(edited.starts_with(&format!("{head}key: ")), "{edited:?}");
        prop_assert!(edited.ends_with(tail), "{edited:?}");
        let read = super::value(Format::Yaml, edited.as_bytes(), "key").unwrap();
        prop_assert_eq!(read.as_str(), value.as_str());
        let back = set_text(Format::Yaml, &edited, "key", "old").unwrap();
        let read = super::value(Format::Yaml, back.as_bytes(), "key").unwrap();
        prop_assert_eq!(read.as_str(), "old");
        if value.bytes().all(|byte| byte.is_ascii_alphanumeric()) && value.parse::<f64>().is_err() {
            prop_assert_eq!(back, text);
        }
    }

    #[test]
    fn in_json_and_toml_too(
        words in proptest::collection::vec("[a-zA-Zäöü ]{0,6}", 0..5),
        at in 0_usize..5,
        value in value_text(),
    ) {
        let others: Vec<String> = words.iter().enumerate().map(|(n, word)| format!("\"k{n}\": \"{word}\"")).collect();
        let at = at.min(others.len());
        let of = |value: &str| {
            let mut all = others.clone();
            all.insert(at, format!("\"key\":{value}"));
            all
        };
        let json = |value: &str| format!("\u{feff}{{ // c\r\n\t{}\n}}\n\n", of(value).join(" ,\n  "));
        let toml = |value: &str| of(value).join("\n").replacen("\":", "\" = ", others.len() + 1) + " # end";
        let dressed = serde_json::to_string(&value).unwrap();
        for (format, text) in [(Format::Json, json("\"old\"")), (Format::Toml, toml("\"old\""))] {
            let edited = set_text(format, &text, "key", &value).unwrap();
            let (head, tail) = text.split_once("\"old\"").unwrap();
            prop_assert!(edited.starts_with(head) && edited.ends_with(tail), "{edited:?}");
            let read = super::value(format, edited.as_bytes(), "key").unwrap();
            prop_assert_eq!(read.as_str(), value.as_str());
            prop_assert_eq!(set_text(format, &edited, "key", "old").unwrap(), text);
            if format == Format::Json && !dressed.contains("\\u") && value.chars().all(|c| !c.is_control()) {
                prop_assert_eq!(edited, json(&dressed));
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "[a-z:{}\\[\\]\"'\n &*!|>#,=-]{0,60}") {
        for format in Format::ALL {
            if let Ok(edited) = set(format, text.as_bytes(), "a", "NEW") {
                let read = super::value(format, &edited, "a").unwrap();
                prop_assert_eq!(read.as_str(), "NEW");
            }
            let _ = all(format, text.as_bytes());
        }
    }
}
