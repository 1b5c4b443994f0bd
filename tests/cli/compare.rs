//! `keydeck compare`: an inventory in a spreadsheet, held against the server.

use keydeck::domain::key_value::mask;

use crate::inputs::input;
use crate::team::Team;

#[test]
fn what_is_missing_on_either_side_is_told() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let made = team.make(user, &["deploy-eu", "ci zweizeilig", "left-out", "gone"]);
    team.run(user, &["delete", made[3].0.as_str(), "--yes"]).ended(0);
    let first = team.run(user, &["list", "--json", "--filter", "-deploy -ci -left -gone"]).ended(0).json();
    let first = first["data"][0]["id"].as_str().unwrap().to_owned();
    let file = team.home.path("keys.csv");
    let value = made[1].1.expose();
    let text = format!(
        "\u{feff}Name;Schlüssel;Notiz\r\n\"deploy-eu\";{};\"a; \"\"b\"\"\"\r\n\"ci\nzweizeilig\";{value};=1\r\n;;\r\n\
         tote seele;;31.02.2027\r\ngone;{};\r\n{first};;\r\n",
        mask(made[0].1.expose()),
        made[3].0.as_str(),
    );
    std::fs::write(&file, text).unwrap();
    let path = file.to_str().unwrap();
    let ran = team.run(user, &["compare", path, "--json"]).ended(1);
    let rows = ran.json();
    let outcome = |line: u64| {
        let row = rows["data"].as_array().unwrap().iter().find(|row| row["line"] == line).unwrap();
        (row["outcome"].as_str().unwrap().to_owned(), row["by"].as_str().unwrap_or_default().to_owned())
    };
    let is = |outcome: &str, by: &str| (outcome.to_owned(), by.to_owned());
    assert_eq!(outcome(2), is("same", "masked value"));
    assert_eq!(outcome(3), is("same", "value"));
    assert_eq!(outcome(6), is("notOnServer", ""));
    assert_eq!(outcome(7), is("revoked", "id"));
    assert_eq!(outcome(8), is("same", "id"));
    let left: Vec<_> = rows["data"].as_array().unwrap().iter().filter(|row| row["line"].is_null()).collect();
    assert_eq!(left.len(), 1, "{rows}");
    assert_eq!((&left[0]["outcome"], &left[0]["text"]), (&"notInFile".into(), &"left-out".into()));
    assert!(!ran.out.contains(value) && !team.home.log().contains(value));

    let told = team.run(user, &["compare", path]).ended(1).says("a whole value stands there").says("1 not in the file");
    assert!(
        told.out.contains("tote seele  is no key") && !told.out.contains(value) && !told.err.contains(value),
        "{told:?}"
    );
}

#[test]
fn a_list_of_all_keys_agrees_with_the_server_it_came_from() {
    let team = Team::new();
    let user = &team.server.keys.user;
    team.make(user, &["=1+1", "two\nlines", "same", "same"]);
    let list = team.run(user, &["list", "--tab", "all", "--csv"]).ended(0).out;
    team.run_reading(user, &["compare", "-"], &list).ended(0).says("0 not on the server, 0 not in the file");
}

#[test]
fn a_file_that_people_have_is_read_and_one_that_is_none_is_refused() {
    let team = Team::new();
    let user = &team.server.keys.user;
    let rows = team.run_reading(user, &["compare", "-", "--json"], input("inventory-excel.csv")).ended(1).json();
    let lines: Vec<_> = rows["data"].as_array().unwrap().iter().filter_map(|row| row["line"].as_u64()).collect();
    assert_eq!(lines, [2, 3, 6]);
    assert_eq!(rows["data"][1]["holdsValue"], true);
    team.run_reading(user, &["compare", "-"], ";;\n").ended(2).says("no line");
    // only the first line may name the columns: a list of bare names is one of keys
    team.make(user, &["ci", "deploy"]);
    let rows = team.run_reading(user, &["compare", "-", "--json"], "\nName\nci\ndeploy\n").ended(1).json();
    let outcomes: Vec<_> =
        rows["data"].as_array().unwrap().iter().map(|row| row["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["same", "same", "notInFile"]);
    team.run(user, &["compare", "no-such.csv"]).ended(2).says("no-such.csv cannot be read");
}
