use proptest::prelude::*;

use super::*;

const COMMON: EnvRules = EnvRules::Common;
const KEY: (&str, EnvRules) = ("KEY", COMMON);
const VALUE: &str = "kdk_0123456789ABCDEFGHIJKLMNOPQRST1Ir0du";

fn set_text(text: &str, value: &str) -> Result<String, Refused> {
    set(text.as_bytes(), KEY, value, Care::Literal).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

#[test]
fn one_line_changes_and_its_form_stays() {
    for (before, after) in [
        ("KEY=old\n", "KEY=NEW\n"),
        ("KEY=old", "KEY=NEW"),
        ("A=1\r\nKEY=old\r\nB=2\r\n", "A=1\r\nKEY=NEW\r\nB=2\r\n"),
        ("export KEY=old # why\n", "export KEY=NEW # why\n"),
        ("\texport  KEY = \"old\"   # why\n", "\texport  KEY = \"NEW\"   # why\n"),
        ("KEY='old'#why\n", "KEY='NEW'#why\n"),
        ("KEY=`old`\n", "KEY=`NEW`\n"),
        ("KEY=\n", "KEY=NEW\n"),
        ("KEY=''\n", "KEY='NEW'\n"),
        ("KEY = a b#c  \n", "KEY = NEW  \n"),
        ("KEY=a\t# why\n", "KEY=NEW\t# why\n"),
        ("KEY=${OTHER}\n", "KEY=NEW\n"),
        ("\u{feff}KEY=old\n", "\u{feff}KEY=NEW\n"),
        ("# KEY=old\n#KEY=old\nKEY=x\n", "# KEY=old\n#KEY=old\nKEY=NEW\n"),
        ("KEY_2=a\nMY_KEY=b\nKEY=c\n", "KEY_2=a\nMY_KEY=b\nKEY=NEW\n"),
        ("KEY=a\nB=1\nKEY='b'\n", "KEY=NEW\nB=1\nKEY='NEW'\n"),
        ("PEM=\"-----\nKEY=no\n-----\"\nKEY=old\n", "PEM=\"-----\nKEY=no\n-----\"\nKEY=NEW\n"),
        ("A=\"x\\\"\nKEY=no\"\nKEY=old\n", "A=\"x\\\"\nKEY=no\"\nKEY=NEW\n"),
        // an apostrophe opens nothing
        ("A='tis\nKEY=old\nB='y'\n", "A='tis\nKEY=NEW\nB='y'\n"),
        ("KEY=\"a\nb\"\nB=1\n", "KEY=\"NEW\"\nB=1\n"),
        ("", "KEY=NEW\n"),
        ("\u{feff}", "\u{feff}KEY=NEW\n"),
        ("A=1\n", "A=1\nKEY=NEW\n"),
        ("A=1", "A=1\nKEY=NEW"),
        ("A=1\r\nB=2", "A=1\r\nB=2\r\nKEY=NEW"),
        ("# KEY=old\n", "# KEY=old\nKEY=NEW\n"),
    ] {
        assert_eq!(set_text(before, "NEW").unwrap(), after, "{before:?}");
    }
}

#[test]
fn what_else_stands_in_a_line_stays() {
    for (before, after) in [
        ("export KEY=old B=2\n", "export KEY=NEW B=2\n"),
        ("export A=1\tKEY='old'\tB=\"2\" # why\n", "export A=1\tKEY='NEW'\tB=\"2\" # why\n"),
        ("KEY=old B=2\n", "KEY=NEW B=2\n"),
        ("KEY=old; export B=2\n", "KEY=NEW; export B=2\n"),
        ("A=1; export KEY=old\n", "A=1; export KEY=NEW\n"),
        ("A=1;KEY=old;B=2\n", "A=1;KEY=NEW;B=2\n"),
        ("KEY=old;\n", "KEY=NEW;\n"),
        ("KEY=old && run it\n", "KEY=NEW && run it\n"),
        ("KEY=\"old\" || exit 1\n", "KEY=\"NEW\" || exit 1\n"),
        ("A=1 && KEY=old && echo KEY=no\n", "A=1 && KEY=NEW && echo KEY=no\n"),
        ("KEY=$(op read \"op://a/b/c\") B=2\n", "KEY=NEW B=2\n"),
        ("KEY=${OTHER:-a b} B=2\n", "KEY=NEW B=2\n"),
        ("export KEY=old \\\n  B=2\n", ""),
        ("KEY=old\\\n", ""),
        ("KEY=old run it\n", ""),
        ("export KEY=old B\n", ""),
        ("KEY=a b#c  \n", ""),
        ("KEY=it's\n", ""),
        ("KEY=a\"b c\"d\n", ""),
        ("KEY=old >file\n", ""),
        ("KEY=old & B=2\n", ""),
        ("KEY=old | tee x\n", ""),
        ("KEY=old;; B=2\n", ""),
        ("KEY=$(unclosed\n", ""),
    ] {
        let wanted = if after.is_empty() { Err(Refused::Odd) } else { Ok(after.to_owned()) };
        assert_eq!(set_text(before, "NEW"), wanted, "{before:?}");
    }
    // nor is a line removed that others share
    for text in ["A=1 KEY=x\n", "KEY=x; B=2\n", "KEY=x && run\n"] {
        assert_eq!(remove(text.as_bytes(), "KEY", COMMON), Err(Refused::Shared), "{text:?}");
    }
    assert_eq!(remove(b"A=1\nKEY=x;\n", "KEY", COMMON).unwrap().as_slice(), b"A=1\n");
}

#[test]
fn systemd_reads_no_export_and_no_comment_behind_a_value() {
    let set = |text: &str| {
        set(text.as_bytes(), ("KEY", EnvRules::Systemd), "NEW", Care::Literal)
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    };
    for (before, after) in [
        ("KEY=a # b\n", "KEY=NEW\n"),
        ("; KEY=no\n# KEY=no\nKEY=\"old\"\n", "; KEY=no\n# KEY=no\nKEY=\"NEW\"\n"),
        ("KEY=a b; c && d  \n", "KEY=NEW  \n"),
        ("A='x\nKEY=no'\nKEY=old\n", "A='x\nKEY=no'\nKEY=NEW\n"),
        ("export A=1\nB=2\n", "export A=1\nB=2\nKEY=NEW\n"),
    ] {
        assert_eq!(set(before).unwrap(), after, "{before:?}");
    }
    for text in ["KEY=a\\\n  b\n", "KEY='a' # b\n", "KEY=a\"b\"\n"] {
        assert_eq!(set(text), Err(Refused::Odd), "{text:?}");
    }
    let error = set("export KEY=old\n").unwrap_err();
    assert_eq!(error, Refused::Foreign(Foreign::OtherForm { line: 1, form: "export NAME=value" }));
}

#[test]
fn a_new_line_is_written_only_into_a_file_of_such_lines() {
    let other_form = |line, form| Foreign::OtherForm { line, form };
    for (text, why) in [
        ("{\n  \"A\": 1\n}\n", Foreign::Json),
        ("[\n  1\n]\n", Foreign::Json),
        ("app:\n  KEY: x\n", Foreign::OtherForm { line: 2, form: "NAME: value" }),
        ("app:\n  other: x\n", Foreign::Yaml),
        ("---\n- A=1\n", Foreign::Yaml),
        ("services:\n  web:\n    environment:\n      - A=1\n", Foreign::Yaml),
        ("# a unit\n[Unit]\nDescription=x\n[Service]\nEnvironment=A=1\n", Foreign::Sections { unit: true }),
        ("[default]\na = 1\n", Foreign::Sections { unit: false }),
        ("setenv A 1\n", Foreign::OtherShell("csh")),
        ("setenv A 1\nsetenv KEY x\n", other_form(2, "setenv NAME value")),
        ("set -gx A 1\n", Foreign::OtherShell("fish")),
        ("A=1\nset -gx KEY x\n", other_form(2, "set -gx NAME value")),
        ("A=1\nKEY: x\n", other_form(2, "NAME: value")),
        ("A=1\nkey=x\n", Foreign::OtherCase { line: 2, name: "key".to_owned() }),
        ("kdk_something\n", Foreign::Other),
    ] {
        assert_eq!(set_text(text, "NEW"), Err(Refused::Foreign(why)), "{text:?}");
    }
    for (before, after) in [
        ("export A=1\nexport B='2'\n", "export A=1\nexport B='2'\nexport KEY=NEW\n"),
        ("export A=1\nB=2\n", "export A=1\nB=2\nKEY=NEW\n"),
        ("set -a\nA=1\nset +a\n", "set -a\nA=1\nset +a\nexport KEY=NEW\n"),
        ("set -euo pipefail\nA=1\nOTHER: x\n", "set -euo pipefail\nA=1\nOTHER: x\nKEY=NEW\n"),
        ("# only a comment\n", "# only a comment\nKEY=NEW\n"),
    ] {
        assert_eq!(set_text(before, "NEW").unwrap(), after, "{before:?}");
    }
}

#[test]
fn what_is_not_clear_is_refused() {
    for (text, why) in [
        ("KEY='a'b\n", Refused::Odd),
        ("KEY=\"a\n", Refused::Odd),
        ("KEY=#a\n", Refused::Odd),
        ("K\0E\0Y\0", Refused::NotText),
    ] {
        assert_eq!(set_text(text, "NEW"), Err(why), "{text:?}");
    }
}

#[test]
fn a_value_gets_the_quotes_it_needs_or_is_refused() {
    for (text, value, after) in [
        ("KEY=old\n", "a b", Ok("KEY='a b'\n")),
        ("KEY=old\n", "a$b", Ok("KEY='a$b'\n")),
        ("KEY=\"old\"\n", "a$b", Ok("KEY='a$b'\n")),
        ("KEY=old\n", "a'b", Ok("KEY=\"a'b\"\n")),
        ("KEY=old\n", "a'b$c", Err(Refused::NotFit)),
        ("KEY=old\n", "a\nb", Err(Refused::NotFit)),
        ("KEY=old\n", "a#b", Ok("KEY='a#b'\n")),
    ] {
        assert_eq!(set_text(text, value), after.map(str::to_owned), "{text:?} {value:?}");
    }
}

#[test]
fn what_was_added_is_removed_again() {
    for text in ["", "A=1\n", "A=1", "A=1\r\nB=2", "\u{feff}", "A=1\n\n# end", "A=\"x\ny\""] {
        let with = set(text.as_bytes(), KEY, VALUE, Care::Literal).unwrap();
        assert_eq!(remove(&with, "KEY", COMMON).unwrap().as_slice(), text.as_bytes(), "{text:?}");
    }
    assert_eq!(remove(b"A=1\nKEY=x\nB=2\nKEY=y", "KEY", COMMON).unwrap().as_slice(), b"A=1\nB=2");
}

/// Lines of every form, and torn ones.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        Just(b"A=1".to_vec()),
        Just(b"export B = \"two\" # c".to_vec()),
        Just(b"C='multi".to_vec()),
        Just(b"line'".to_vec()),
        Just(b"# KEY=no".to_vec()),
        Just(b"D=\"x\\\"y\"".to_vec()),
        Just(b"\xff\xfe=raw".to_vec()),
        Just(b"E='tis".to_vec()),
        Just(b"export F=1 G='2'; H=3 && run".to_vec()),
        Just(b"KEY=old I=2".to_vec()),
        Just(Vec::new()),
        "[ -~]{0,12}".prop_map(String::into_bytes),
        proptest::collection::vec(1_u8..=255, 0..8),
    ]
}

fn file() -> impl Strategy<Value = Vec<u8>> {
    let end = prop_oneof![Just(b"\n".to_vec()), Just(b"\r\n".to_vec()), Just(b"\r".to_vec())];
    (any::<bool>(), proptest::collection::vec((piece(), end), 0..8), piece()).prop_map(|(bom, lines, last)| {
        let mut text = if bom { BOM.to_vec() } else { Vec::new() };
        for (line, end) in lines {
            text.extend(line);
            text.extend(end);
        }
        text.extend(last);
        text
    })
}

fn key_line() -> impl Strategy<Value = Vec<u8>> {
    let open = prop_oneof![Just("KEY="), Just("export KEY="), Just("  KEY = "), Just("KEY=\"q\"#"), Just("KEY='q'  ")];
    let value = prop_oneof![Just("old"), Just("a b"), Just("${X}"), Just("x#y"), Just("")];
    (open, value).prop_map(|(open, value)| match open.find('q') {
        Some(at) => format!("{}{value}{}", &open[..at], &open[at + 1..]).into_bytes(),
        None => format!("{open}{value}").into_bytes(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn set_and_set_back_is_the_same_file(before in file(), line in key_line(), after in file()) {
        let text = [&before[..], b"\n", &line, b"\n", &after].concat();
        if let Ok(old) = values(&text, "KEY", COMMON) {
            let old: Vec<Vec<u8>> = old.into_iter().map(<[u8]>::to_vec).collect();
            // several that differ cannot all be remembered
            prop_assume!(old.windows(2).all(|two| two[0] == two[1]));
            let Some(value) = old.last().and_then(|old| String::from_utf8(old.clone()).ok()) else { return Ok(()) };
            // torn quotes elsewhere may pair up in another way
            let Ok(new) = set(&text, KEY, VALUE, Care::Literal) else { return Ok(()) };
            prop_assert_eq!(values(&new, "KEY", COMMON).unwrap(), vec![VALUE.as_bytes(); old.len()]);
            let back = set(&new, KEY, &value, Care::AsItStood).unwrap();
            prop_assert_eq!(&back[..], &text[..]);
        }
    }

    #[test]
    fn other_names_keep_what_they_have(text in file()) {
        if let Ok(new) = set(&text, KEY, VALUE, Care::Literal) {
            prop_assert!(others(&text, "KEY", COMMON).eq(others(&new, "KEY", COMMON)));
            let set_twice = set(&new, KEY, VALUE, Care::Literal).unwrap();
            prop_assert_eq!(&set_twice[..], &new[..]);
            if values(&text, "KEY", COMMON).unwrap().is_empty() {
                prop_assert!(new.starts_with(&text));
                prop_assert_eq!(&remove(&new, "KEY", COMMON).unwrap()[..], &text[..]);
            }
        }
    }
}
