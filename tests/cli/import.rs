//! `keydeck exposed import`: what other scanners found.

use serde_json::{Value, json};

use crate::inputs;
use crate::program::Ran;
use crate::team::Team;

/// A report in which a key of the team stands where the file has `K0`.
fn report(file: &str, team: &Team) -> (String, String, keydeck::domain::ids::KeyId) {
    let (id, value) = team.make(&team.server.keys.user, &["ci"]).remove(0);
    (inputs::input(file).replace(&inputs::value("K0"), value.expose()), value.expose().to_owned(), id)
}

#[track_caller]
fn clean(ran: Ran, value: &str) -> Ran {
    for value in [value, &inputs::value("K3"), &inputs::value("PMAK"), &inputs::value("K1")[..20]] {
        assert!(!ran.out.contains(&value[6..18]) && !ran.err.contains(&value[6..18]), "{ran:?}");
    }
    ran
}

#[test]
fn what_gitleaks_found_is_reported_with_every_place() {
    let team = Team::new();
    let admin = &team.server.keys.admin;
    let (text, value, id) = report("gitleaks.json", &team);
    let file = team.home.path("leaks.json");
    std::fs::write(&file, &text).unwrap();
    let path = file.to_string_lossy().into_owned();
    let ran = clean(team.run(admin, &["exposed", "import", &path, "--dry-run"]), &value).ended(0);
    assert!(
        ran.out.contains("ALIVE: its key is enabled\n    key ci (") && ran.out.contains("deploy/.env.bak#L3"),
        "{}",
        ran.out
    );
    for says in [
        "nothing was reported",
        "masked only: keydeck-api-key kdk_…, ",
        "generic-api-key",
        "private-key",
        "3 keys in 4 places, 2 masked only",
    ] {
        assert!(ran.err.contains(says), "{says}\n{}", ran.err);
    }
    let listed =
        || team.run(admin, &["list", "--tab", "exposed", "--json"]).ended(0).json()["data"].as_array().unwrap().clone();
    assert_eq!(listed().len(), 0);
    let document = clean(team.run(admin, &["exposed", "import", &path, "--json"]), &value).ended(0).json();
    assert_eq!(
        document["meta"]["reported"],
        json!({"reports": 4, "filed": 4, "revoked": 0, "failed": 0, "notSent": 0})
    );
    let count = |form: &str| document["data"].as_array().unwrap().iter().filter(|row| row["form"] == form).count();
    assert_eq!((count("whole"), count("masked"), count("unknown")), (3, 2, 2), "{document}");
    assert_eq!(listed().len(), 3);
    let row = listed().into_iter().find(|row| row["apiKeyId"] == id.as_str()).unwrap();
    assert_eq!((&row["occurrences"], &row["source"]), (&json!(2), &json!("local")));
    // the same from standard input, as UTF-16 as well
    let utf_16: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for input in [text.into_bytes(), utf_16] {
        clean(team.run_reading(admin, &["exposed", "import", "-", "--dry-run"], input), &value)
            .ended(0)
            .says("3 keys in 4");
    }
}

#[test]
fn what_is_only_masked_is_called_that_and_not_none() {
    let team = Team::new();
    let admin = &team.server.keys.admin;
    let text = inputs::input("ggshield.json");
    let ran = team.run_reading(admin, &["exposed", "import", "-"], &text).ended(0);
    assert!(ran.err.contains("masked only: Generic High Entropy Secret kdk_…pTf1, deploy/.env:3"), "{ran:?}");
    ran.says("1 key in 1 place, 2 masked only").says("1 of 1 places reported");
    let masked: Value = serde_json::from_str(&text).unwrap();
    let masked = masked.to_string().replace(&inputs::value("PMAK"), "PMAK-****************2222");
    // nobody has to be asked
    team.home.run_reading(&["exposed", "import", "-"], &[], masked).ended(0).says("0 keys in 0 places, 3 masked only");
}

#[test]
fn a_report_that_revokes_is_agreed_to_first_and_what_cannot_be_filed_is_told() {
    let team = Team::new();
    let admin = &team.server.keys.admin;
    let (text, value, id) = report("gitleaks.json", &team);
    let import =
        |key, more: &[&str]| clean(team.run_reading(key, &[&["exposed", "import", "-"], more].concat(), &text), &value);
    import(&team.server.keys.user, &[]).ended(1).says("a report failed");
    team.revoke_exposed();
    import(admin, &[]).ended(3).says("nothing was reported").says("--yes");
    import(admin, &["--yes"]).ended(0).says("2 of a revoked key");
    let shown = team.run(admin, &["show", id.as_str(), "--json"]).ended(0).json();
    assert_eq!((&shown["data"][0]["status"], &shown["data"][0]["revocation"]), (&json!("revoked"), &json!("exposed")));
    team.profile(admin, "read_only = true\n");
    let read_only = |more: &[&str]| {
        team.home.run_reading(&[&["--profile", "test", "exposed", "import", "-"], more].concat(), &[], &text)
    };
    read_only(&[]).ended(3).says("read-only");
    read_only(&["--dry-run"]).ended(0);
}

#[test]
fn what_is_no_report_is_refused_and_says_what_would_be_one() {
    let team = Team::new();
    let run =
        |input: &str, more: &[&str]| team.home.run_reading(&[&["exposed", "import", "-"], more].concat(), &[], input);
    run("hello", &[]).ended(2).says("no report of gitleaks").says("keydeck scan -");
    run("{\"version\": \"2.1.0\", \"runs\": []}", &[]).ended(2).says("SARIF");
    run(&format!("[{{\"RuleID\": \"x\", \"Secret\": \"{}", inputs::value("K0")), &[])
        .ended(2)
        .says("it is broken at line 1");
    run("[]", &[]).ended(0).says("0 keys");
    run("only a log\n", &["--format", "trufflehog"]).ended(0).says("a report of trufflehog: 0 keys");
    team.home.run(&["exposed", "import", "/gone"]).ended(2).says("/gone cannot be read");
    team.home.run(&["exposed", "import", "/dev/zero"]).ended(2).says("not a regular file");
}
