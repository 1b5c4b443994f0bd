use std::os::unix::fs::PermissionsExt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use proptest::prelude::*;

use super::*;
use crate::domain::key_value::{fingerprint, hex};

const VALUE: &str = "kdk_0123456789ABCDEFGHIJKLMNOPQRST1Ir0du";

fn sh(script: &str) -> Hook {
    Hook { argv: vec!["sh".into(), "-c".into(), script.into(), "sh".into()], seconds: 60 }
}

fn value() -> Secret {
    Secret::new(VALUE.to_owned())
}

async fn run(script: &str, input: Option<&str>) -> Ran {
    Tools::default().run(&sh(script), input.map(str::as_bytes), &[&value()]).await.unwrap()
}

#[tokio::test]
async fn the_input_arrives_and_the_output_is_had() {
    let ran = run("cat", Some(VALUE)).await;
    assert!(ran.is_ok());
    assert_eq!(ran.text().unwrap().as_str(), VALUE);
    assert_eq!(ran.said().to_string(), "kdk_…r0du");
}

#[tokio::test]
async fn one_that_reads_nothing_is_no_failure() {
    let much = "x".repeat(1 << 20);
    assert!(run("exec true", Some(&much)).await.is_ok());
}

#[tokio::test]
async fn how_it_ended_is_told_with_its_last_lines() {
    let ran = run("echo a >&2; echo b >&2; echo c >&2; echo d >&2; echo out; exit 3", None).await;
    assert_eq!(ran.code(), Some(3));
    assert_eq!(ran.how(), "ended with 3: b / c / d");
    assert_eq!(run("kill -9 $$", None).await.how(), "was ended by signal 9");
}

#[tokio::test]
async fn more_than_is_kept_is_read_all_the_same_and_the_end_is_told() {
    let ran = run(
        "i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done; echo end",
        None,
    )
    .await;
    assert!(ran.is_ok() && ran.output().is_none());
    assert!(ran.says("END"));
}

#[tokio::test]
async fn what_takes_too_long_is_stopped_with_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("alive");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RWXU).unwrap();
    // a grandchild that hears no TERM holds the pipe open
    let script =
        format!("(trap '' TERM; exec >'{}'; while :; do sleep 1000; done) & cat >/dev/null; wait", fifo.display());
    let reader = tokio::task::spawn_blocking(move || std::fs::read(fifo));
    let mut hook = sh(&script);
    hook.seconds = 1;
    let error = Tools::default().run(&hook, None, &[]).await.unwrap_err();
    assert!(error.maybe_done());
    assert_eq!(error.to_string(), "sh did not end within 1 s, and was stopped");
    // ends only when nobody holds the other end
    reader.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_is_dropped_is_stopped_with_all_that_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("alive");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RWXU).unwrap();
    let script = format!("(sleep 1000 >'{}') & wait", fifo.display());
    let mut opened = tokio::task::spawn_blocking(move || std::fs::File::open(fifo));
    let (hook, tools) = (sh(&script), Tools::default());
    let mut file = tokio::select! {
        file = &mut opened => file.unwrap().unwrap(),
        ran = tools.run(&hook, None, &[]) => panic!("{ran:?}"),
    };
    let read = tokio::task::spawn_blocking(move || io::Read::read_to_end(&mut file, &mut Vec::new()));
    assert_eq!(read.await.unwrap().unwrap(), 0);
}

#[tokio::test]
async fn what_it_leaves_running_is_left_alone() {
    let ran = run("sleep 5 & echo started", None).await;
    assert!(ran.is_ok());
    assert_eq!(ran.text().unwrap().as_str(), "started");
}

#[tokio::test]
async fn a_program_is_looked_for_before_it_is_run() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    std::fs::write(&plain, "").unwrap();
    std::fs::set_permissions(&plain, std::fs::Permissions::from_mode(0o600)).unwrap();
    let tools = Tools::on_path(folder.path());
    let hook = |program: &str| Hook { argv: vec![program.into()], seconds: 1 };
    assert_eq!(tools.find(&hook("sh")), Err(ProgramError::NotFound("sh".into())));
    assert_eq!(tools.find(&hook("plain")), Err(ProgramError::NotExecutable("plain".into())));
    assert_eq!(tools.find(&hook("/bin/sh")), Ok(PathBuf::from("/bin/sh")));
    assert_eq!(tools.find(&hook("/")), Err(ProgramError::NotExecutable("/".into())));
    assert!(Tools::default().find(&hook("sh")).is_ok());
    let error = tools.run(&hook(VALUE), None, &[]).await.unwrap_err();
    assert_eq!(error.to_string(), "kdk_…r0du is not installed, or not on the PATH");
}

#[test]
fn a_value_is_masked_in_every_dress() {
    let odd = "pa/ss+w@rd=1\"2\\3 4567";
    for (value, text) in [
        (VALUE, format!("set {VALUE} ok")),
        (VALUE, format!("sha256={}", fingerprint(VALUE))),
        (VALUE, format!("SHA256={}", fingerprint(VALUE).to_uppercase())),
        (VALUE, format!("hex {}", hex(VALUE.as_bytes()))),
        (VALUE, BASE64_STANDARD.encode(VALUE)),
        (VALUE, BASE64_STANDARD.encode(format!("{VALUE}\n"))),
        (VALUE, BASE64_STANDARD.encode(format!("user:{VALUE}"))),
        (VALUE, BASE64_STANDARD.encode(format!("token:{VALUE}:x"))),
        (odd, format!("https://x/?k={}", utf8_percent_encode(odd, QUERY_ALL))),
        (odd, serde_json::json!({ "k": odd }).to_string()),
    ] {
        let clean = redacted(&text, &[&Secret::new(value.to_owned())]);
        assert!(clean.contains('…'), "{text} → {}", clean.as_str());
        for part in [&value[4..14], &BASE64_STANDARD.encode(value)[8..16], &fingerprint(value)[..8]] {
            assert!(!clean.contains(part), "{text} → {}", clean.as_str());
        }
    }
    let two = redacted("-BEGIN-\nabcdefgh\n-END-", &[&Secret::new("-BEGIN-\nabcdefgh\n-END-\n".into())]);
    assert!(!two.contains("abcdefgh"));
}

#[test]
fn what_holds_a_value_across_its_lines_is_masked() {
    let encoded = BASE64_STANDARD.encode(format!("# the app, and what it needs: API_KEY={VALUE} and PORT=80"));
    let wrapped: Vec<&str> = encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let clean = redacted(&wrapped.join("\n"), &[&Secret::new(VALUE.to_owned())]);
    assert!(clean.contains('…') && clean.starts_with("IyB0aGUgYXBw"), "{}", clean.as_str());
    for at in 0..VALUE.len() - 9 {
        let part = BASE64_STANDARD.encode(&VALUE[at..at + 9]);
        assert!(!clean.replace('\n', "").contains(&part), "{}", clean.as_str());
    }
}

const QUERY_ALL: &percent_encoding::AsciiSet = percent_encoding::NON_ALPHANUMERIC;
use percent_encoding::utf8_percent_encode;

#[test]
fn what_looks_like_a_value_is_masked_though_nobody_named_it() {
    for text in [
        format!("key={VALUE}"),
        format!("https://x.example/{VALUE}/y"),
        format!("PMAK-{}-{}", "a".repeat(24), "0".repeat(34)),
        "kdk_0123456789".to_owned(),
        format!("alice_v1_{}", "+".repeat(44)),
    ] {
        let clean = redacted(&text, &[]);
        assert!(clean.contains('…'), "{text}");
        assert!(!clean.contains("0123456789") && !clean.contains("aaaa"), "{}", clean.as_str());
    }
    assert_eq!(redacted("nothing, kdk_ and kdk_…r0du\n", &[]).as_str(), "nothing, kdk_ and kdk_…r0du\n");
}

#[test]
fn no_twelve_characters_of_a_value_are_told_in_any_dress() {
    let reversed: String = VALUE.chars().rev().collect();
    let colours = VALUE.chars().fold(String::new(), |out, c| out + &format!("\u{1b}[3{}m{c}", u32::from(c) % 8));
    for text in [
        VALUE[4..].to_owned(),
        VALUE[26..].to_owned(),
        VALUE[9..21].to_owned(),
        reversed.clone(),
        VALUE.replace('_', "\\u005f"),
        VALUE.bytes().fold(String::new(), |out, byte| out + &format!("%{byte:02x}")),
        VALUE.to_uppercase(),
        colours,
        VALUE.chars().fold(String::new(), |out, c| out + &format!("{c} ")),
        BASE64_STANDARD.encode(&reversed),
    ] {
        let clean = redacted(&format!("it is {text}."), &[&value()]);
        assert_eq!(
            clean.replace("\u{1b}[33m", "").replace(" .", ".").replace("==.", "."),
            "it is kdk_…r0du.",
            "{text}"
        );
    }
    // base 32 of the value
    let base_32 = ["NNSGWXZQGEZDGNBVGY3TQOKBIJBUIRKGI5EESSSL", "JRGU4T2QKFJFGVBRJFZDAZDV"].concat();
    let clean = redacted(&format!("it is {base_32}."), &[&value()]);
    assert!(clean.contains('…') && clean.len() < 30, "{}", clean.as_str());
    let eleven = &VALUE[9..20];
    assert_eq!(redacted(eleven, &[&value()]).as_str(), eleven, "fewer stand anywhere");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_value_survives_wherever_it_stands(before in ".{0,20}", after in ".{0,20}", value in "[!-~]{4,60}") {
        let secret = Secret::new(value.clone());
        let clean = redacted(&format!("{before}{value}{after}"), &[&secret]);
        let masked = crate::domain::key_value::mask(&value);
        // what the mask itself shows, and what is around it, may spell it again
        let around = format!("{before}{masked}{after}");
        prop_assert!(!clean.contains(&value) || around.contains(&value));
    }
}
