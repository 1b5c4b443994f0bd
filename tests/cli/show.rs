//! `keydeck show`: keys in full.

use keydeck::domain::secret::Secret;
use keydeck::domain::team::Role;

use crate::inputs;
use crate::server::TestServer;
use crate::team::Team;

#[test]
fn a_key_is_shown_by_its_id_or_by_its_value() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["ci\u{202e}"]);
    let id = made[0].0.as_str();
    let ran = team.run(user, &["show", id]).ended(0);
    for text in ["ci\\u{202e}", "user@test.example", id, "UTC", "enabled"] {
        assert!(ran.out.contains(text), "{text}\n{}", ran.out);
    }
    let by_value = team.run_reading(user, &["show", "-"], format!("{}\n", made[0].1.expose())).ended(0);
    assert_eq!(by_value.out, ran.out);
    assert!(!team.home.log().contains(made[0].1.expose()));
    team.run_reading(user, &["show", "-"], "\n").ended(2).says("no value");
    team.run_reading(user, &["show", "--any-form", id], "\n").ended(2).says("give - to read it");
}

#[test]
fn a_value_is_found_however_it_is_pasted() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["ci"]);
    let (id, value) = (made[0].0.as_str(), made[0].1.expose());
    for text in [
        format!("\"{value}\"\n"),
        format!("{value},"),
        format!("2026-11-27T09:00:00Z INFO key={value} GET /x 200"),
        format!("https://hooks.acme.example/in/{value}/send"),
        format!("\u{feff}\n\n{value}\n"),
        format!("{}\r\n   {}\r\n", &value[..20], &value[20..]),
        format!("{}\u{200b}{}", &value[..20], &value[20..]),
        format!("zur\u{fc}ck {value}"),
    ] {
        let shown = team.run_reading(user, &["show", "-", "--json"], &text).ended(0).json();
        assert_eq!(shown["data"][0]["id"], id, "{text}");
        let row = &shown["meta"]["values"][0];
        assert_eq!((&row["form"], &row["keyId"]), (&"whole".into(), &id.into()), "{shown}");
    }
    let utf_16: Vec<u8> = format!("\u{feff}{value}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin_1 = [b"zur\xfcck ", value.as_bytes()].concat();
    for bytes in [utf_16, latin_1] {
        assert!(team.run_reading(user, &["show", "-"], &bytes).ended(0).out.contains(id));
    }
    team.run_reading(user, &["show", "-"], b"\x7fELF\0\0\0").ended(2).says("it is binary").says("hint: ");
    let filter = team.run_reading(user, &["list", "--filter", "-"], b"zur\xfcck").ended(2);
    filter.says("line 1 is not UTF-8").says("iconv");
}

#[test]
fn what_is_no_whole_value_is_not_sent_and_not_called_nobodys() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let value = team.make(user, &["ci"])[0].1.duplicate();
    let value = value.expose();
    let wrong = format!("{}{}", &value[..39], if value.ends_with('0') { "1" } else { "0" });
    for (text, says) in [
        ("hunter2".to_owned(), "nothing was sent"),
        (value[..20].to_owned(), "a part of a keydeck API Key, 16 characters of it"),
        (value[20..].to_owned(), "nothing was sent"),
        (wrong, "wrong checksum"),
        ("kdk_…9fQ2".to_owned(), "keydeck list --filter 'kdk_…9fQ2'"),
        (format!("kdk_{}1Ir0du", "0123456789ABCDEFGHIJKLMNOPQRST"), "the documentation prints"),
    ] {
        // there is no server here that could be asked
        let ran = team.home.run_reading(&["show", "-"], &[], &text).ended(2).says(says);
        assert!(!ran.err.contains("belongs to no key"), "{ran:?}");
    }
    team.run_reading(user, &["show", "-", "--any-form"], "hunter2").ended(1).says("belongs to no key that you may see");
}

#[test]
fn each_value_of_a_list_is_shown() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["one", "two"]);
    let [one, two] = [made[0].1.expose(), made[1].1.expose()];
    let text = inputs::input("leaked-list.txt")
        .replace(&inputs::value("K0"), one)
        .replace(&inputs::value("K4")[..22], &two[..22])
        .replace(&inputs::value("K4")[22..], &two[22..]);
    let ran = team.run_reading(user, &["show", "-", "--json"], &text).ended(1);
    let shown = ran.json();
    let ids: Vec<&str> = shown["data"].as_array().unwrap().iter().map(|key| key["id"].as_str().unwrap()).collect();
    assert_eq!(ids, [made[0].0.as_str(), made[1].0.as_str()]);
    let rows = shown["meta"]["values"].as_array().unwrap();
    let forms: Vec<&str> = rows.iter().map(|row| row["form"].as_str().unwrap()).collect();
    let whole = ["whole"; 7];
    assert_eq!(forms, [&whole[..], &["masked"], &["whole"; 3], &["example", "checksumWrong"]].concat(), "{shown}");
    assert_eq!((&rows[4]["line"], &rows[4]["keyId"]), (&6.into(), &made[1].0.as_str().into()));
    let ran = team.run_reading(user, &["show", "-"], &text).ended(1);
    assert!(ran.out.contains("standard input, line 2") && ran.out.contains("standard input, line 6"), "{}", ran.out);
    for says in ["(line 3) belongs to no key", "line 9: a masked", "line 14: a keydeck API Key with a wrong checksum"] {
        assert!(ran.err.contains(says), "{says}\n{}", ran.err);
    }
    for value in [one, two, &inputs::value("K1")] {
        assert!(!ran.out.contains(&value[4..16]) && !ran.err.contains(&value[4..16]));
    }
}

#[test]
fn what_is_not_there_is_told_beside_what_is() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["a"]);
    let collection = team.make_collection_key(user, "12345-collection");
    let ids = ["show", made[0].0.as_str(), "gone", collection.as_str(), "--json"];
    let document = team.run(user, &ids).ended(1).says("not found: gone").json();
    assert_eq!(document["data"][0]["id"], made[0].0.as_str());
    assert_eq!(document["data"][1]["collectionId"], "12345-collection");
    assert_eq!(document["meta"]["notFound"], serde_json::json!(["gone"]));
    team.run(&team.server.keys.colleague, &["show", made[0].0.as_str()]).ended(1).says("not found");
    let ran = team.run(user, &["show", made[0].1.expose()]).ended(2).says("show -");
    assert!(!ran.err.contains(made[0].1.expose()));
}

#[test]
fn an_admin_sees_the_findings_that_name_a_key() {
    let mut team = Team::new();
    team.server = TestServer::seeded_blocking(60, Role::Admin);
    let admin: Secret = team.server.keys.admin.duplicate();
    let exposed = team.run(&admin, &["list", "--tab", "exposed", "--json"]).ended(0).json();
    let rows = exposed["data"].as_array().unwrap();
    let finding = rows.iter().find(|row| row["apiKeyId"].is_string()).unwrap();
    let id = finding["apiKeyId"].as_str().unwrap();
    let shown = team.run(&admin, &["show", id, "--json"]).ended(0).json();
    let findings = shown["data"][0]["findings"].as_array().unwrap();
    assert!(findings.iter().any(|shown| shown["secretId"] == finding["secretId"]), "{shown}");
    assert!(team.run(&admin, &["show", id]).ended(0).out.contains("Finding"));

    let all = team.run(&admin, &["list", "--tab", "team", "--json"]).ended(0).json();
    if let Some(newer) = all["data"].as_array().unwrap().iter().find(|row| row["rotatedFrom"].is_string()) {
        let older = newer["rotatedFrom"].as_str().unwrap();
        let shown = team.run(&admin, &["show", older, "--json"]).ended(0).json();
        assert!(shown["data"][0]["successors"].as_array().unwrap().contains(&newer["id"]), "{shown}");
    }
}

#[test]
fn what_a_dead_key_is_still_tried_from_is_told() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["forgotten", "quiet"]);
    let (id, value) = &made[0];
    team.run(user, &["show", id.as_str()]).ended(0);
    team.run(user, &["delete", id.as_str(), "--yes"]).ended(0);
    assert!(!team.accepts(value));
    let shown = loop {
        let shown = team.run(user, &["show", id.as_str(), "--json"]).ended(0).json();
        if shown["data"][0]["refusedUses"]["count"].as_u64() > Some(0) {
            break shown["data"][0].clone();
        }
    };
    assert_eq!(shown["refusedUses"]["lastFrom"], "127.0.0.1");
    let from = &shown["refusedFrom"][0];
    assert_eq!((&from["address"], &from["count"]), (&"127.0.0.1".into(), &shown["refusedUses"]["count"]));
    let ran = team.run(user, &["show", id.as_str()]).ended(0);
    for words in ["still tried", "Tried from", "127.0.0.1"] {
        assert!(ran.out.contains(words), "{words}\n{}", ran.out);
    }
    let list = ["list", "--filter", "tried:<7d", "--columns", "name,tried", "--sort", "tried"];
    let ran = team.run(user, &list).ended(0);
    assert!(
        ran.out.contains("forgotten") && ran.out.contains("127.0.0.1") && !ran.out.contains("quiet"),
        "{}",
        ran.out
    );
    let ran = team.run(&team.server.keys.admin, &["audit", "--key", id.as_str()]).ended(0);
    for words in ["api_key.refused", "use of API key", "count ", "addresses 127.0.0.1"] {
        assert!(ran.out.contains(words), "{words}\n{}", ran.out);
    }
}
