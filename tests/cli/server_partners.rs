//! `[partners]` of `server.toml`, from the file to the endpoint.

use std::os::unix::fs::PermissionsExt;

use rustix::process::Signal;

use crate::program::{Home, Running};

const SECRET: &str = "a-secret-of-the-test-alone";

fn configure(home: &Home, text: &str) {
    std::fs::write(home.path("config/keydeck/server.toml"), format!("listen = \"127.0.0.1:0\"\n{text}")).unwrap();
}

fn write_secret(home: &Home, text: &str, mode: u32) {
    let path = home.path("config/keydeck/gitlab-secret");
    std::fs::write(&path, text).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_partner_comes_and_goes_with_the_file() {
    let home = Home::new();
    home.run(&["server", "init", "--team", "Acme", "--email", "ana@acme.example"]).ended(0);
    configure(&home, "");
    let mut running = Running::start(home.command(&["serve"]));
    let line = running.line();
    let url = line.split_whitespace().find(|word| word.starts_with("http")).unwrap().trim_end_matches(';').to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // another test of this process may have been first
    let _ = rustls::crypto::ring::default_provider().install_default();
    let ask = |path: &str| {
        let request = reqwest::Client::new().get(format!("{url}{path}")).header("Authorization", SECRET);
        runtime.block_on(request.send()).unwrap().status().as_u16()
    };
    let contract = || {
        let request = reqwest::Client::new().get(format!("{url}/openapi.json"));
        let text = runtime.block_on(async { request.send().await.unwrap().text().await.unwrap() });
        ["/partners/github", "/partners/gitlab/token-types"].map(|path| text.contains(path))
    };
    let types = "/partners/gitlab/token-types";
    assert_eq!((ask(types), ask("/no-such-thing"), contract()), (401, 401, [false, false]));

    write_secret(&home, &format!("{SECRET}\n"), 0o600);
    configure(&home, "[partners.gitlab]\nsecret = { file = \"gitlab-secret\" }\n[partners.github]\n");
    running.signal(Signal::HUP);
    assert_eq!(running.line(), "the configuration was read again");
    assert_eq!((ask(types), contract()), (200, [true, true]));

    for (text, mode, told) in [("short", 0o600, "less than 16 characters"), (SECRET, 0o644, "chmod 600")] {
        write_secret(&home, text, mode);
        running.signal(Signal::HUP);
        let line = running.line();
        assert!(line.contains("the old one stays") && line.contains(told), "{line}");
        assert!(!line.contains(SECRET) && !line.contains("short"));
        assert_eq!(ask(types), 200);
    }
    configure(&home, "");
    running.signal(Signal::HUP);
    assert_eq!(running.line(), "the configuration was read again");
    assert_eq!((ask(types), contract()), (401, [false, false]));
    running.signal(Signal::TERM);
    assert_eq!(running.code(), Some(0));
    assert!(!running.rest().concat().contains(SECRET) && !home.log().contains(SECRET));
}
