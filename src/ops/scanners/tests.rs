use rstest::rstest;
use serde_json::json;

use super::*;
use crate::domain::key_value::{fingerprint, hex};
use crate::domain::values::tests::inputs;

/// What was recognised, in a word, with the place.
fn told(findings: &Findings) -> Vec<(String, String)> {
    let word = |seen: &Seen| match seen {
        Seen::Values(values) => {
            let of = |name: &&str| values.iter().any(|(digest, ..)| hex(digest) == fingerprint(&inputs::value(name)));
            let names: Vec<&str> = ["K0", "K1", "K2", "K3", "PMAK"].into_iter().filter(|name| of(name)).collect();
            names.join(" ")
        }
        Seen::Masked(shown) => format!("masked {shown}"),
        Seen::Unknown => "unknown".to_owned(),
    };
    findings.occurrences.iter().map(|found| (word(&found.seen), found.address())).collect()
}

fn words(findings: &Findings) -> Vec<String> {
    told(findings).into_iter().map(|(word, _)| word).collect()
}

#[test]
fn gitleaks_report_is_read() {
    let findings = read(&inputs::input("gitleaks.json"), None).unwrap();
    assert_eq!(findings.scanner, Scanner::Gitleaks);
    let masked = "masked kdk_…";
    assert_eq!(words(&findings), ["K0", "K0", "PMAK", "masked …", "unknown", masked, "K3", "unknown"]);
    let told = told(&findings);
    assert!(told[0].1.starts_with("https://git.acme.example/acme/deploy/") && told[0].1.ends_with("/deploy/.env#L3"));
    assert_eq!(told[6].1, "hooks.txt:1", "without a link");
    assert_eq!(findings.occurrences[0].author.as_received(), "Ben Ito");
}

#[test]
fn ggshields_report_is_read() {
    let findings = read(&inputs::input("ggshield.json"), None).unwrap();
    assert_eq!(findings.scanner, Scanner::Ggshield);
    assert_eq!(words(&findings), ["masked kdk_…pTf1", "masked kdk_…pTf1", "PMAK"]);
    assert_eq!(findings.occurrences[2].address(), "deploy/.env:4");
    let key = inputs::value("K0");
    let commits = json!({"id": "range", "type": "scan", "total_incidents": 1, "scans": [
        {"id": "0f3c", "type": "commit", "extra_info": {"author": "Ana", "date": "Fri Oct 2"}, "entities_with_incidents": [
            {"filename": "a", "incidents": [{"type": "Generic", "occurrences": [{"match": key, "line_start": 3}]}]},
        ]},
        {"id": "1f3c", "type": "commit", "entities_with_incidents": null},
    ]});
    let findings = read(&commits.to_string(), None).unwrap();
    assert_eq!(told(&findings), [("K0".to_owned(), "a@0f3c:3".to_owned())]);
}

#[test]
fn trufflehogs_lines_are_read_between_those_of_its_log() {
    let [key, other] = [inputs::value("K0"), inputs::value("PMAK")];
    let finding = |raw: &str, data: serde_json::Value| {
        json!({"SourceMetadata": {"Data": data}, "SourceID": 1, "DetectorName": "Keydeck", "Verified": false, "Raw": raw,
            "RawV2": "", "Redacted": "", "ExtraData": null, "StructuredData": null})
    };
    let git = json!({"Git": {"commit": "0f3c", "file": "deploy/.env", "email": "Ben <ben@acme.example>",
        "repository": "https://github.com/acme/deploy.git", "timestamp": "2026-10-02 08:15:00 +0000", "line": 3}});
    let text = [
        "🐷🔑🐷  TruffleHog. Unearth your secrets. 🐷🔑🐷".to_owned(),
        "{\"level\":\"info-0\",\"ts\":\"2026-11-27T09:00:00Z\",\"logger\":\"trufflehog\",\"msg\":\"running source\"}"
            .to_owned(),
        finding(&key, git).to_string(),
        "2026-11-27T09:00:01Z\tinfo-0\ttrufflehog\tscanning repo".to_owned(),
        finding(&other, json!({"Filesystem": {"file": "/srv/x", "line": 9}})).to_string(),
        finding("hunter2", json!({"Docker": {"image": "acme/app:1"}})).to_string(),
        "{\"SourceMetadata\":{\"Data\":{\"Git\":{\"comm".to_owned(),
        "{\"level\":\"info-0\",\"msg\":\"finished scanning\"}".to_owned(),
    ];
    for text in [text.join("\n"), text.join("\r\n")] {
        let findings = read(&text, None).unwrap();
        assert_eq!((findings.scanner, findings.broken), (Scanner::Trufflehog, 1));
        let expected = [
            ("K0", "https://github.com/acme/deploy/blob/0f3c/deploy/.env#L3"),
            ("PMAK", "/srv/x:9"),
            ("unknown", "acme/app:1"),
        ];
        assert_eq!(told(&findings), expected.map(|(word, place)| (word.to_owned(), place.to_owned())));
    }
    assert_eq!(read("nothing but a log\n", Some(Scanner::Trufflehog)).unwrap().occurrences, []);
}

#[test]
fn githubs_alerts_are_read() {
    let key = inputs::value("K0");
    let alert = |secret: serde_json::Value| {
        json!({"number": 7, "created_at": "2026-10-02T08:15:00Z", "state": "open", "secret_type": "keydeck_api_key",
            "secret_type_display_name": "keydeck API Key", "secret": secret,
            "html_url": "https://github.com/acme/deploy/security/secret-scanning/7",
            "repository": {"full_name": "acme/deploy", "html_url": "https://github.com/acme/deploy"}})
    };
    let mut located = alert(json!(key));
    located["first_location_detected"] =
        json!({"path": "a b/.env", "start_line": 3, "start_column": 9, "commit_sha": "0f3c", "blob_sha": "1"});
    let page = json!([located, alert(json!(key)), alert(json!(null))]).to_string();
    for text in [page.clone(), format!("[{page}]"), format!("{page}{page}"), format!("{page}\n[]\n")] {
        let findings = read(&text, None).unwrap();
        assert_eq!(findings.scanner, Scanner::GitHub);
        let expected = [
            ("K0", "https://github.com/acme/deploy/blob/0f3c/a%20b/.env#L3"),
            ("K0", "https://github.com/acme/deploy/security/secret-scanning/7"),
            ("masked …", "https://github.com/acme/deploy/security/secret-scanning/7"),
        ];
        let expected = expected.map(|(word, place)| (word.to_owned(), place.to_owned()));
        assert_eq!(told(&findings)[..3], expected);
    }
}

#[rstest]
#[case("", NotRead::Unknown)]
#[case("hello\n", NotRead::Unknown)]
#[case("{\"a\": 1}", NotRead::Unknown)]
#[case("[{\"RuleID\": 1}, {\"a", NotRead::Broken { scanner: Scanner::Gitleaks, line: 1, column: 19 })]
#[case("[{\"RuleID\": 1},\n\n", NotRead::Broken { scanner: Scanner::Gitleaks, line: 2, column: 1 })]
#[case("{\"version\": \"2.1.0\", \"runs\": []}", NotRead::Sarif)]
fn what_is_no_report_is_said_to_be_none(#[case] text: &str, #[case] error: NotRead) {
    assert_eq!(read(text, None), Err(error));
    assert!(!error.hint().is_empty());
}

#[test]
fn odd_fields_cost_no_report_and_nothing_of_a_value_is_kept() {
    assert_eq!(read("[]\n", None).unwrap().occurrences, []);
    let key = inputs::value("K0");
    let odd = json!([{"RuleID": 7, "Secret": {"a": 1}, "Match": format!("key={key}"), "StartLine": "x", "File": null}]);
    let findings = read(&odd.to_string(), None).unwrap();
    assert_eq!(words(&findings), ["K0"], "from what stands around it");
    assert!(!format!("{findings:?}").contains(&key[8..20]));
    for secret in [json!(1), json!(true), json!([1]), json!(1.5), json!(-1)] {
        assert_eq!(
            words(&read(&json!([{"RuleID": "x", "Secret": secret, "Match": "y"}]).to_string(), None).unwrap()),
            ["unknown"]
        );
    }
}
