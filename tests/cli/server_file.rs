//! `server.toml`: where it is found, what comes before it, and reading it again while the server runs.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use keydeck::config::ServerConfig;
use keydeck::manual::Chapter;
use rustix::process::Signal;

use crate::program::{Home, Running};

const INIT: &[&str] = &["server", "init", "--team", "Acme", "--email", "ana@acme.example"];

fn configure(home: &Home, text: &str) {
    std::fs::write(home.path("config/keydeck/server.toml"), text).unwrap();
}

/// Starts it; its address is told first.
fn serve(home: &Home) -> (Running, String) {
    let running = Running::start(home.command(&["serve"]));
    let line = running.line();
    let url = line.split_whitespace().find(|word| word.starts_with("http")).expect(&line);
    let url = url.trim_end_matches(';').to_owned();
    (running, url)
}

/// What the server would do, of the settings that stand in the file as they are.
fn printed(home: &Home, args: &[&str], environment: &[(&str, &str)]) -> ServerConfig {
    let ran = home.run_with(&[&["serve", "--print-config"], args].concat(), environment).ended(0);
    ServerConfig::parse(&ran.out, Path::new("/server.toml")).unwrap()
}

#[test]
fn what_is_printed_without_a_file_is_the_default_and_stands_in_the_manual() {
    let home = Home::new();
    assert_eq!(printed(&home, &[], &[]), ServerConfig::default());
    let chapter = Chapter::named("server").unwrap().markdown();
    let (_, after) = chapter.split_once("# server.toml").unwrap();
    let (_, block) = after.split_once("```toml\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    assert_eq!(block, home.run(&["serve", "--print-config"]).out, "run keydeck serve --print-config and put it there");
    assert!(!home.path("data/keydeck").exists(), "nothing is served");
}

#[test]
fn a_flag_comes_before_a_variable_and_that_before_the_file() {
    let home = Home::new();
    configure(&home, "listen = \"127.0.0.1:1\"\nlog_requests = true\n[rate_limit]\nrequests = 11\n");
    let seen = |args: &[&str], environment: &[(&str, &str)]| {
        let config = printed(&home, args, environment);
        (config.listen.to_string(), config.rate_limit, config.log_requests)
    };
    assert_eq!(seen(&[], &[]), ("127.0.0.1:1".to_owned(), 11, true));
    let environment = [("KEYDECK_LISTEN", "127.0.0.1:2"), ("KEYDECK_RATE_LIMIT", "12"), ("KEYDECK_LOG_REQUESTS", "")];
    assert_eq!(seen(&[], &environment), ("127.0.0.1:2".to_owned(), 12, true), "an empty variable says nothing");
    assert_eq!(seen(&["--listen", "127.0.0.1:3"], &environment), ("127.0.0.1:3".to_owned(), 12, true));
    assert_eq!(seen(&["--rate-limit", "13"], &environment), ("127.0.0.1:2".to_owned(), 13, true));
    for (name, value) in [
        ("KEYDECK_LISTEN", "7878"),
        ("KEYDECK_RATE_LIMIT", "0"),
        ("KEYDECK_METRICS", "on"),
        ("KEYDECK_LOG_REQUESTS", "yes"),
    ] {
        home.run_with(&["serve", "--print-config"], &[(name, value)]).ended(2).says(name).says("or unset it");
    }
    home.run_with(&["serve", "--print-config"], &[("KEYDECK_TLS_CERT", "a")]).ended(2).says("KEYDECK_TLS_KEY is not");
}

#[test]
fn the_file_is_the_one_that_is_named_and_only_its_owner_may_write_it() {
    let home = Home::new();
    configure(&home, "[rate_limit]\nrequests = 11\n");
    let (one, other) = (home.path("one.toml"), home.path("other.toml"));
    std::fs::write(&one, "[rate_limit]\nrequests = 21\n").unwrap();
    std::fs::write(&other, "[rate_limit]\nrequests = 22\n").unwrap();
    let (one, other) = (one.to_str().unwrap(), other.to_str().unwrap());
    let variable = [("KEYDECK_SERVER_CONFIG", other)];
    assert_eq!(printed(&home, &[], &variable).rate_limit, 22);
    assert_eq!(printed(&home, &["--config", one], &variable).rate_limit, 21);
    home.run(&["serve", "--config", "/none.toml"]).ended(2).says("cannot read /none.toml");
    configure(&home, "[rate_limit]\nrequest = 11\n");
    home.run(&["serve"])
        .ended(2)
        .says("server.toml:2:1: unknown key rate_limit.request")
        .says("did you mean requests?");
    std::fs::set_permissions(one, std::fs::Permissions::from_mode(0o666)).unwrap();
    home.run(&["serve", "--config", one]).ended(2).says("who is let in").says("chmod go-w");
    home.run(&["demo", "--config", one]).ended(2).says("leave out --config");
}

#[test]
fn commands_on_the_servers_machine_go_to_the_database_that_is_served() {
    let home = Home::new();
    configure(&home, "database = \"sqlite:team.db\"\n");
    home.run(INIT).ended(0);
    assert!(home.path("config/keydeck/team.db").exists() && !home.path("data/keydeck").exists());
    home.run(&["server", "user", "list"]).ended(0);
    home.run(&["audit", "verify"]).ended(0);
    home.run(&["server", "backup", home.path("copy.db").to_str().unwrap()]).ended(0);
    home.run_with(&["server", "user", "list"], &[("KEYDECK_DATABASE", "sqlite:/none.db")]).ended(2).says("/none.db");
    let other = home.path("other.toml");
    std::fs::write(&other, "database = \"sqlite:/nowhere.db\"\n").unwrap();
    home.run(&["server", "user", "list", "--config", other.to_str().unwrap()]).ended(2).says("/nowhere.db");
    // where a flag says it, a broken file is not in the way
    configure(&home, "nonsense");
    home.run(&["server", "user", "list"]).ended(2).says("server.toml:1:");
    let database = format!("sqlite:{}", home.path("config/keydeck/team.db").display());
    home.run(&["server", "user", "list", "--database", &database]).ended(0);
}

/// A certificate for loopback in the files that the configuration names.
fn certificate(home: &Home) -> String {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = home.path("config/keydeck/key.pem");
    std::fs::write(home.path("config/keydeck/cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    made.cert.pem()
}

#[test]
fn a_hangup_reads_configuration_and_certificate_again_and_ends_nothing() {
    let home = Home::new();
    let key = home.run(INIT).ended(0).out;
    let old = certificate(&home);
    let tls = "listen = \"127.0.0.1:0\"\n[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n";
    configure(&home, &format!("{tls}[rate_limit]\nrequests = 1000\n"));
    let (mut running, url) = serve(&home);
    // another test of this process may have been first
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = |pem: &str| {
        let root = reqwest::Certificate::from_pem(pem.as_bytes()).unwrap();
        reqwest::Client::builder().tls_certs_only([root]).build().unwrap()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ask = |client: &reqwest::Client| {
        let request = client.get(format!("{url}/me")).header("X-Api-Key", key.trim());
        let answer = runtime.block_on(request.send()).ok()?;
        Some(answer.headers()["ratelimit-limit"].to_str().unwrap().to_owned())
    };
    let limit = |pem: &str| ask(&client(pem));
    let open = client(&old);
    assert_eq!(ask(&open).as_deref(), Some("1000"));

    let new = certificate(&home);
    configure(&home, &format!("log_requests = true\n{tls}[rate_limit]\nrequests = 7\n"));
    assert_eq!((limit(&old).as_deref(), limit(&new)), (Some("1000"), None), "nothing changes by itself");
    running.signal(Signal::HUP);
    assert_eq!(running.line(), "the configuration was read again");
    assert_eq!((limit(&new).as_deref(), limit(&old)), (Some("7"), None));
    assert!(running.line().contains("\"path\":\"/me\""));
    assert_eq!(ask(&open).as_deref(), Some("7"), "an open connection goes on");
    assert!(running.line().contains("\"path\":\"/me\""));

    for (bad, told) in [
        ("[rate_limit]\nrequests = 'many'\n".to_owned(), "server.toml:2:12: rate_limit.requests has the wrong form"),
        (format!("{}\n[rate_limit]\nrequests = 9\n", tls.replace("key.pem", "none.pem")), "none.pem"),
    ] {
        configure(&home, &bad);
        running.signal(Signal::HUP);
        let line = running.line();
        assert!(line.contains("the old one stays") && line.contains(told), "{line}");
        assert!(home.log().contains(told));
        assert_eq!(limit(&new).as_deref(), Some("7"), "all of the old one stays");
        assert!(running.line().contains("\"path\":\"/me\""));
    }
    configure(&home, "listen = \"127.0.0.1:9\"\ndatabase = \"sqlite:other.db\"\n");
    running.signal(Signal::HUP);
    let line = running.line();
    assert!(line.ends_with("what it says of listen, database, tls holds from the next start"), "{line}");
    assert_eq!(limit(&new).as_deref(), Some("300"));
    running.signal(Signal::TERM);
    assert_eq!(running.code(), Some(0));
    assert!(!running.rest().concat().contains(key.trim()));
}

#[test]
fn a_key_file_that_a_group_may_read_is_warned_of_and_one_that_everybody_may_is_refused() {
    let home = Home::new();
    home.run(INIT).ended(0);
    certificate(&home);
    let key = home.path("config/keydeck/key.pem");
    let mode = |bits| std::fs::set_permissions(&key, std::fs::Permissions::from_mode(bits)).unwrap();
    configure(&home, "listen = \"127.0.0.1:0\"\n[tls]\ncertificate = \"cert.pem\"\nkey = \"key.pem\"\n");
    mode(0o604);
    home.run(&["serve"]).ended(2).says("key.pem").says("everybody on this machine may read it");
    mode(0o640);
    let mut running = Running::start(home.command(&["serve"]));
    let line = running.line();
    assert!(line.contains("may be read by its group") && line.contains("key.pem"), "{line}");
    assert!(running.line().contains("https://"));
    mode(0o644);
    running.signal(Signal::HUP);
    let line = running.line();
    assert!(line.contains("the old one stays") && line.contains("everybody on this machine"), "{line}");
    running.signal(Signal::TERM);
    assert_eq!(running.code(), Some(0));
}

#[test]
fn a_hangup_takes_no_protection_away() {
    let home = Home::new();
    home.run(INIT).ended(0);
    configure(&home, "listen = \"0.0.0.0:0\"\nbehind_proxy = \"192.0.2.1\"\n");
    let (mut running, _) = serve(&home);
    configure(&home, "listen = \"127.0.0.1:0\"\n");
    running.signal(Signal::HUP);
    let line = running.line();
    assert!(line.contains("the old one stays") && line.contains("not a loopback address"), "{line}");
    running.signal(Signal::INT);
    assert_eq!(running.code(), Some(0));
}
