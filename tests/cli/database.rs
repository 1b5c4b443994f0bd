//! Which database a command is about, and that its password is nowhere to be seen.

use std::os::unix::fs::PermissionsExt;

use crate::program::Home;

#[test]
fn a_password_in_an_argument_is_refused_and_not_repeated() {
    let home = Home::new();
    for url in [
        "postgres://keydeck:hunter2@db.acme.example/keydeck",
        "postgresql://db.acme.example/keydeck?user=keydeck&password=hunter2",
    ] {
        for command in
            [&["serve"][..], &["server", "user", "list"], &["audit", "verify"], &["server", "backup", "copy.db"]]
        {
            let ran = home.run(&[command, &["--database", url]].concat()).ended(2);
            assert!(!ran.err.contains("hunter2") && !ran.out.contains("hunter2"), "{ran:?}");
            ran.says("holds a password").says("PGPASSWORD").says("--database-url-file");
        }
    }
}

#[test]
fn a_file_may_hold_it_if_nobody_else_can_read_it() {
    let home = Home::new();
    let file = home.path("database-url");
    let list = ["server", "user", "list", "--database-url-file", file.to_str().unwrap()];
    home.run(&list).ended(2).says("database-url");
    std::fs::write(&file, "postgres://keydeck:hunter2@127.0.0.1:1/keydeck\n").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    home.run(&list).ended(2).says("chmod");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let ran = home.run(&list).ended(1).says("postgres://127.0.0.1:1/keydeck cannot be reached");
    assert!(!ran.err.contains("hunter2"), "{ran:?}");
    let both = [&list[..], &["--database", "sqlite:/a.db"]].concat();
    home.run(&both).ended(2).says("cannot be used with");
}

#[test]
fn the_environment_and_the_file_may_hold_it_and_it_is_not_printed() {
    let home = Home::new();
    let url = "postgres://keydeck:hunter2@127.0.0.1:1/keydeck";
    let by_variable = home.run_with(&["serve", "--print-config"], &[("KEYDECK_DATABASE", url)]);
    std::fs::write(home.path("config/keydeck/server.toml"), format!("database = \"{url}\"\n")).unwrap();
    for ran in [by_variable, home.run(&["serve", "--print-config"])] {
        let ran = ran.ended(0);
        assert!(ran.out.contains("database = \"postgres://keydeck@127.0.0.1:1/keydeck\""), "{ran:?}");
        assert!(!ran.out.contains("hunter2"), "{ran:?}");
    }
    let ran = home.run(&["serve"]).ended(1).says("cannot be reached");
    assert!(!ran.err.contains("hunter2"), "{ran:?}");
}

#[test]
fn whoever_listens_elsewhere_has_to_prove_itself() {
    let home = Home::new();
    let serve = |database: &str| home.run(&["serve", "--database", database]);
    serve("postgres://keydeck@db.acme.example/keydeck?sslmode=prefer").ended(2).says("verify-full");
    serve("postgres://keydeck@db.acme.example/keydeck?sslrootcert=/none.pem").ended(2).says("/none.pem");
    serve("postgres://keydeck@db.acme.example:port/keydeck").ended(2).says("cannot be read");
    serve("mysql://db.acme.example/keydeck").ended(2).says("postgres://USER@HOST/NAME");
}
