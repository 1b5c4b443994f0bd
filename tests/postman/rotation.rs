//! An assisted rotation in a pseudo-terminal, from start to end: a person makes and revokes keys on Postman's page, keydeck
//! checks, delivers and proves.

use crate::api::{Asked, Postman, api_key, me};
use crate::cli::home;
use crate::console::{DIALOG_LISTENS, console};

#[test]
fn a_key_is_rotated_with_a_persons_help_into_a_file_and_an_environment() {
    let server = Postman::start();
    let home = home(&server);
    let (old, new, bens) = (api_key(5), api_key(6), api_key(7));
    server.team().accepted.push((old.clone(), me(7, "Ada")));
    server.team().environments[0].1[1]["value"] = old.clone().into();
    home.run_reading(&["track", "add", "deploy-app", "--value"], &[], &old).ended(0);
    let file = home.path("app.env");
    std::fs::write(&file, format!("PORT=1\nAPI_KEY={old}\n")).unwrap();
    server.asked();

    let mut console = console(&home, (36, 120));
    console.keys("1");
    console.wait_for("deploy-app");
    console.keys("o");
    console.wait_for("Rotate deploy-app");
    console.paste(&format!("env-file:{}:API_KEY; postman-variable:7-env:postman-api-key", file.display()));
    console.keys("<Tab><Tab><Tab><Tab><ctrl-u>none<Enter>");
    console.wait_for("the plan");
    console.settle(DIALOG_LISTENS);
    console.keys("y");
    // nothing makes a key here but a person
    console.wait_for("Your turn: make the new key");
    console.wait_for("https://go.postman.co/settings/me/api-keys");
    server.team().accepted.push((bens.clone(), me(8, "Ben")));
    console.settle(DIALOG_LISTENS);
    console.keys("n");
    console.settle(DIALOG_LISTENS);
    console.paste(&bens);
    console.keys("<Enter>");
    console.wait_for("another user");
    server.team().accepted.push((new.clone(), me(7, "Ada")));
    console.settle(DIALOG_LISTENS);
    console.keys("n");
    console.settle(DIALOG_LISTENS);
    console.paste(&new);
    console.keys("<Enter>");
    console.wait_for("Your turn: revoke deploy-app");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("PORT=1\nAPI_KEY={new}\n"));
    assert_eq!(server.team().environments[0].1[1]["value"], new.as_str());
    assert_eq!(server.team().environments[0].1[0]["value"], "https://x.example");
    // said before it is so: the old value is tried, and works
    server.team().accepted.retain(|(value, _)| *value != old);
    console.settle(DIALOG_LISTENS);
    console.keys("y");
    console.settle(DIALOG_LISTENS);
    console.keys(&format!("{}<Enter>", &old[old.len() - 4..]));
    console.wait_for("The old value was tried, and is refused");
    console.settle(DIALOG_LISTENS);
    console.keys("<Enter>");
    console.wait_for("is rotated; its summary is");
    console.keys("q");
    assert!(console.exit_with_the_terminal_as_it_was().success());

    let asked = server.asked();
    let changed: Vec<String> = asked.iter().filter(|asked| asked.method == "PATCH").map(Asked::line).collect();
    assert_eq!(changed, ["PATCH /environments/7-env"], "by its index, once");
    let tracked = home.run(&["track", "list", "--json"]).ended(0).json();
    let (states, names): (Vec<_>, Vec<_>) =
        tracked["data"].as_array().unwrap().iter().map(|row| (row["state"].clone(), row["name"].clone())).unzip();
    assert!(states.contains(&"removed".into()) && states.contains(&"live".into()), "{names:?} {states:?}");
    let written = String::from_utf8_lossy(&console.bytes_since(0)).into_owned();
    for value in [&old, &new, &bens] {
        assert!(!written.contains(&value[6..30]) && !home.log().contains(value.as_str()), "a value was shown");
    }
}
