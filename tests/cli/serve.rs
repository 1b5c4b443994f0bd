//! `keydeck serve` and `keydeck server init`.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::process::Stdio;

use keydeck::domain::key_value::{KeyKind, mint};
use rustix::process::Signal;

use crate::program::{Home, Running};

fn init(home: &Home, extra: &[&str]) -> String {
    let args = ["server", "init", "--team", "Acme", "--email", "ana@acme.example"];
    let ran = home.run(&[&args[..], extra].concat()).ended(0).says("told this once");
    ran.out.strip_suffix('\n').unwrap().to_owned()
}

/// Starts it on a free port and reads the address it tells.
fn serve(home: &Home, extra: &[&str]) -> (Running, String) {
    let running = Running::start(home.command(&[&["serve", "--listen", "127.0.0.1:0"], extra].concat()));
    let line = running.line();
    let url = line.split_whitespace().find(|word| word.starts_with("http://")).expect(&line);
    let url = url.trim_end_matches(';').to_owned();
    (running, url)
}

#[test]
fn a_server_begins_with_init_and_ends_in_order() {
    let home = Home::new();
    let key = init(&home, &[]);
    let database = home.path("data/keydeck/keydeck.db");
    assert_eq!(std::fs::metadata(&database).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(database.parent().unwrap()).unwrap().permissions().mode() & 0o777, 0o700);
    home.run(&["server", "init", "--team", "B", "--email", "b@b.example"]).ended(2).says("nothing was changed");
    for signal in [Signal::TERM, Signal::INT] {
        let (mut running, url) = serve(&home, &[]);
        let environment = [("KEYDECK_URL", url.as_str()), ("KEYDECK_API_KEY", key.as_str())];
        let document = home.run_with(&["list", "--json"], &environment).ended(0).json();
        assert_eq!(document["data"][0]["ownerEmail"], "ana@acme.example");
        running.signal(signal);
        assert_eq!(running.code(), Some(0));
        assert_eq!(running.rest(), Vec::<String>::new());
        home.run_with(&["list"], &environment).ended(4);
    }
    assert!(!home.log().contains(&key) && home.log().contains("status=200"));
}

#[test]
fn another_database_and_a_rate_limit_can_be_named() {
    let home = Home::new();
    let database = format!("sqlite:{}", home.path("team.db").display());
    let key = init(&home, &["--database", &database]);
    let (_running, url) = serve(&home, &["--database", &database, "--rate-limit", "7"]);
    let environment = [("KEYDECK_URL", url.as_str()), ("KEYDECK_API_KEY", key.as_str())];
    home.run_with(&["list"], &environment).ended(0);
    assert!(home.path("team.db").exists() && !home.path("data/keydeck").exists());
}

#[test]
fn a_key_in_a_query_is_not_logged() {
    let home = Home::new();
    init(&home, &[]);
    let mut command = home.command(&["serve", "--listen", "127.0.0.1:0"]);
    command.env("KEYDECK_LOG", "trace");
    let running = Running::start(command);
    let line = running.line();
    let (_, address) = line.split_once("http://").expect(&line);
    let mut stream = TcpStream::connect(address.split(';').next().unwrap()).unwrap();
    let value = mint(KeyKind::CollectionAccessKey, getrandom::fill).unwrap();
    write!(stream, "GET /collections/1-a?access_key={} HTTP/1.0\r\n\r\n", value.expose()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.0 401"), "{answer}");
    assert!(home.log().contains("/collections/1-a"));
    for text in [&home.log(), &answer] {
        assert!(!text.contains(value.expose()) && !text.contains("access_key="));
    }
}

#[test]
fn a_first_key_that_nobody_got_is_no_success() {
    let home = Home::new();
    let init = |out: Stdio| {
        let mut init = home.command(&["server", "init", "--team", "Acme", "--email", "ana@acme.example"]);
        let ended = init.stdout(out).stderr(Stdio::piped()).output().unwrap();
        (ended.status.code(), String::from_utf8_lossy(&ended.stderr).into_owned())
    };
    // where it would be lost for certain, nothing is made
    let (code, said) = init(Stdio::null());
    assert!(code == Some(2) && said.contains("the value would be lost") && said.contains("nothing was made"), "{said}");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let (code, said) = init(full.into());
    assert!(code == Some(1) && said.contains("remove the database"), "{said}");
}

#[test]
fn what_keeps_it_from_serving_is_told_with_what_to_do() {
    let home = Home::new();
    home.run(&["serve", "--listen", "127.0.0.1:0"]).ended(2).says("keydeck server init");
    home.run(&["serve", "--listen", "0.0.0.0:0"]).ended(2).says("loopback").says("127.0.0.1");
    home.run(&["serve", "--database", "mysql:x", "--listen", "127.0.0.1:0"]).ended(2).says("sqlite:");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    home.run(&["serve", "--listen", &address]).ended(2).says("cannot listen on").says("--listen");
    home.run(&["server", "init", "--team", "Acme", "--email", "nobody"]).ended(2).says("email");
    home.run(&["server", "init", "--team", "", "--email", "a@b.example"]).ended(2).says("team");
}

#[test]
fn requests_are_printed_as_lines_of_json_when_asked_for() {
    let home = Home::new();
    let key = init(&home, &[]);
    let (running, url) = serve(&home, &["--log-requests"]);
    home.run_with(&["list"], &[("KEYDECK_URL", url.as_str()), ("KEYDECK_API_KEY", key.as_str())]).ended(0);
    let line = running.line();
    let request: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!((&request["status"], &request["userId"]), (&200.into(), &1.into()));
    assert!(request["path"].as_str().unwrap().starts_with('/') && !line.contains(&key));
    assert!(home.log().contains("user=1") && !home.log().contains(&key));
}

/// The answer to a plain request, whole.
fn ask(url: &str, path: &str, key: &str) -> String {
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\nX-Api-Key: {key}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn what_goes_wrong_is_told_on_standard_error_with_the_id_that_its_answer_names() {
    let home = Home::new();
    let key = init(&home, &[]);
    let (running, url) = serve(&home, &[]);
    let database = rusqlite::Connection::open(home.path("data/keydeck/keydeck.db")).unwrap();
    database.execute_batch("ALTER TABLE api_key_settings RENAME TO away").unwrap();
    let answer = ask(&url, "/api-key-settings", &key);
    assert!(answer.starts_with("HTTP/1.0 500"), "{answer}");
    let id = answer.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap();
    // what tells of notices reads the settings too, and complains meanwhile
    let line = std::iter::from_fn(|| Some(running.line())).find(|line| line.contains(id)).unwrap();
    assert!(line.contains("ERROR") && line.contains("the database failed"), "{line}");
    let kept = |name: &str| std::fs::read_to_string(home.path("state/keydeck").join(name)).unwrap();
    assert!(kept("keydeck.log").contains(id), "beside the requests, not among them");
    assert!(kept("requests.log").contains(id) && kept("requests.log").contains("status=500"));
    assert!(!kept("keydeck.log").contains("answered"));
}

#[test]
fn a_flood_of_requests_rotates_no_error_away() {
    let home = Home::new();
    let key = init(&home, &[]);
    let (_running, url) = serve(&home, &[]);
    for _ in 0..700 {
        ask(&url, "/nowhere", "junk");
    }
    let log = home.log();
    let lines = log.lines().filter(|line| line.contains("answered")).count();
    assert_eq!(lines, 600, "of those who are not known, so many in a minute");
    assert_eq!(log.matches("more requests of this address are not logged").count(), 1);
    assert!(ask(&url, "/me", &key).starts_with("HTTP/1.0 200"));
    assert!(home.log().contains("left_out=100"));
}

#[test]
fn an_address_for_others_needs_protection() {
    let home = Home::new();
    init(&home, &[]);
    home.run(&["serve", "--listen", "0.0.0.0:0"]).ended(2).says("--tls-cert").says("--behind-proxy");
    home.run(&["serve", "--tls-cert", "cert.pem"]).ended(2).says("--tls-key");
    home.run(&["serve", "--listen", "127.0.0.1:0", "--tls-cert", "/none", "--tls-key", "/none"]).ended(2).says("/none");
    let running = Running::start(home.command(&["serve", "--listen", "0.0.0.0:0", "--behind-proxy", "192.0.2.1"]));
    assert!(running.line().contains("http://0.0.0.0:"));
}

#[test]
fn a_backup_is_made_while_it_serves_and_replaces_nothing() {
    let home = Home::new();
    let key = init(&home, &[]);
    let (_running, _) = serve(&home, &[]);
    let copy = home.path("copy.db");
    let copy = copy.to_str().unwrap();
    let head = home.run(&["server", "backup", copy]).ended(0).says("copied to").out;
    assert_eq!(std::fs::metadata(copy).unwrap().permissions().mode() & 0o777, 0o600);
    home.run(&["server", "backup", copy]).ended(2).says("never replaces");
    home.run(&["server", "backup", "/none/copy.db"]).ended(1).says("folder");
    let database = format!("sqlite:{copy}");
    home.run(&["audit", "verify", "--database", &database, "--expect", head.trim()]).ended(0);
    let (_second, url) = serve(&home, &["--database", &database]);
    let environment = [("KEYDECK_URL", url.as_str()), ("KEYDECK_API_KEY", key.as_str())];
    home.run_with(&["list"], &environment).ended(0);
}

/// Starts it on a socket in a folder of the home's, and tells the address.
fn serve_on_socket(home: &Home, extra: &[&str]) -> (Running, String) {
    let url = format!("unix:{}", home.path("socket").display());
    let running = Running::start(home.command(&[&["serve", "--listen", &url], extra].concat()));
    assert_eq!(running.line(), format!("keydeck serves on {url}; ^C stops it"));
    (running, url)
}

#[test]
fn a_socket_serves_its_own_user_and_goes_with_the_server() {
    let home = Home::new();
    let key = init(&home, &[]);
    let socket = home.path("socket");
    let (mut running, url) = serve_on_socket(&home, &["--log-requests"]);
    assert_eq!(std::fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let environment = [("KEYDECK_URL", url.as_str()), ("KEYDECK_API_KEY", key.as_str())];
    home.run_with(&["list"], &environment).ended(0);
    let request: serde_json::Value = serde_json::from_str(&running.line()).unwrap();
    assert_eq!((&request["status"], &request["address"]), (&200.into(), &"unix".into()));
    // the same in a profile, from the home directory on; a proxy is not for it
    home.configure("[profiles.a]\nbackend = 'keydeck'\nbase_url = 'unix:~/socket'\ncredential = { env = 'K' }\n");
    home.run_with(&["list"], &[("K", key.as_str()), ("http_proxy", "http://127.0.0.1:1")]).ended(0);
    // a live one is refused and goes on
    home.run(&["serve", "--listen", &url]).ended(2).says("another server listens there");
    home.run_with(&["list"], &environment).ended(0);
    running.signal(Signal::KILL);
    assert_eq!(running.code(), None);
    assert!(socket.exists());
    home.run_with(&["list"], &environment).ended(4).says(&format!("keydeck serve --listen {url}"));
    let mut document = serde_json::Value::Null;
    for signal in [Signal::TERM, Signal::INT] {
        let (mut running, _) = serve_on_socket(&home, &[]);
        document = home.run_with(&["list", "--json"], &environment).ended(0).json();
        running.signal(signal);
        assert_eq!(running.code(), Some(0));
        assert!(!socket.exists());
    }
    assert_eq!(document["data"][0]["lastUsedFrom"], "unix", "as the first of them wrote it when it ended");
}

#[test]
fn a_socket_that_cannot_be_served_is_told_with_what_to_do() {
    let home = Home::new();
    let at = |below: &str| format!("unix:{}", home.path(below).display());
    let told = |listen: &str| home.run(&["serve", "--listen", listen]).ended(2);
    // before the database is looked at, and without leaving anything
    told(&at("socket")).says("keydeck server init");
    assert!(!home.path("socket").exists());
    told("unix:socket").says("begin it with unix:/ or unix:~/");
    told("7878").says("ADDRESS:PORT or unix:PATH");
    told(&at(&"a".repeat(120))).says("bytes, and a socket's may have");
    told(&at("none/socket")).says("make its folder first");
    std::fs::write(home.path("file"), "precious").unwrap();
    told(&at("file")).says("something else than a socket").says("nothing was removed");
    assert_eq!(std::fs::read_to_string(home.path("file")).unwrap(), "precious");
    std::fs::create_dir(home.path("open")).unwrap();
    std::fs::set_permissions(home.path("open"), std::fs::Permissions::from_mode(0o1777)).unwrap();
    told(&at("open/socket")).says("can be written by anybody").says("a folder that only you can write");
    home.run(&["serve", "--listen", &at("socket"), "--behind-proxy", "127.0.0.1"]).ended(2).says("--behind-proxy");
    home.run(&["serve", "--listen", &at("socket"), "--tls-cert", "c", "--tls-key", "k"]).ended(2).says("takes no TLS");
    let long = at(&"a".repeat(120));
    for (url, why) in [("unix:socket", "unix:~/"), (long.as_str(), "bytes")] {
        let environment = [("KEYDECK_URL", url), ("KEYDECK_API_KEY", "not-a-real-key-0123456789")];
        home.run_with(&["list"], &environment).ended(2).says(why).says("KEYDECK_URL");
    }
}

#[test]
fn metrics_are_told_where_a_flag_says_and_nowhere_else() {
    let home = Home::new();
    init(&home, &[]);
    let folder = home.path("run");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    let socket = folder.join("metrics.sock");
    let asked = |stream: &mut dyn ReadWrite| {
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("\nkeydeck_ready 1\n"), "{answer}");
    };
    let start = |at: &str| Running::start(home.command(&["serve", "--listen", "127.0.0.1:0", "--metrics", at]));
    let mut running = start("127.0.0.1:0");
    let line = running.line();
    let address = line.strip_prefix("metrics on http://").and_then(|at| at.strip_suffix("/metrics")).expect(&line);
    assert!(running.line().starts_with("keydeck serves on http://"));
    asked(&mut TcpStream::connect(address).unwrap());
    let taken = home.run(&["serve", "--listen", "127.0.0.1:0", "--metrics", address]);
    taken.ended(2).says("another program listens there: stop it, or pass another --metrics");
    running.signal(Signal::TERM);
    assert_eq!(running.code(), Some(0));

    let mut running = start(&format!("unix:{}", socket.display()));
    assert!(running.line().starts_with("metrics on unix:"));
    running.line();
    asked(&mut UnixStream::connect(&socket).unwrap());
    running.signal(Signal::TERM);
    assert_eq!(running.code(), Some(0));
    assert!(!socket.exists(), "the socket goes with the server");
}

/// Either kind of connection.
trait ReadWrite: Read + Write {}

impl<T: Read + Write> ReadWrite for T {}
