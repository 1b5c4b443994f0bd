//! Every command of the README and of the manual, run as it stands there against a real server, with ids, addresses and
//! paths of this machine in place of the made-up ones.

use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use keydeck::manual::{CHAPTERS, Chapter};
use rustix::process::Signal;

use crate::inputs::input;
use crate::program::Running;
use crate::team::Team;

/// The lines that begin with a command of ours, or hand something to one.
fn commands() -> Vec<String> {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let fenced = readme.split("```sh\n").skip(1).filter_map(|part| part.split_once("```")).map(|(code, _)| code);
    let readme = fenced.flat_map(str::lines).map(str::to_owned);
    let all = readme.chain(CHAPTERS.iter().flat_map(Chapter::commands)).collect::<Vec<_>>().join("\n");
    let mut seen = BTreeSet::new();
    let ours = |line: &&str| {
        // sudo and pbpaste are not everywhere, and the demo draws; the pseudo-terminal tests run it
        line.starts_with("keydeck ") || line.starts_with("eval ")
    };
    let lines = all.replace("\\\n", " ");
    let lines = lines.lines().map(|line| line.split(" # ").next().unwrap_or_default().trim()).filter(ours);
    lines.map(str::to_owned).filter(|line| seen.insert(line.clone())).collect()
}

#[test]
fn every_command_of_the_readme_and_the_manual_does_something_here() {
    let team = Team::new();
    let superadmin = &team.server.keys.superadmin;
    let folder = team.home.path("");
    let path = |name: &str| team.home.path(name).to_str().unwrap().to_owned();
    std::fs::write(path("leaked-list.txt"), input("leaked-list.txt")).unwrap();
    std::fs::write(path("leaks.json"), input("gitleaks.json")).unwrap();
    std::fs::write(path("yesterday.csv"), "name\nci\n").unwrap();
    std::fs::write(path("policy.toml"), "max-age-days = 365\n").unwrap();
    std::fs::write(path("config/keydeck/server.toml"), "[notices]\nfolder = \"mail\"\n").unwrap();
    for folder in ["run", "src"] {
        std::fs::create_dir_all(path(folder)).unwrap();
    }
    let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(path("cert.pem"), certified.cert.pem()).unwrap();
    std::fs::write(path("key.pem"), certified.signing_key.serialize_pem()).unwrap();
    std::fs::set_permissions(path("key.pem"), Permissions::from_mode(0o600)).unwrap();
    let profile = |name: &str| {
        let url = &team.server.base_url;
        format!("[profiles.{name}]\nbackend = \"keydeck\"\nbase_url = \"{url}\"\ncredential = {{ env = \"OTHER\" }}\n")
    };
    // where nobody is logged in, and nothing is asked before somebody is
    let gov = "[profiles.gov]\nbackend = \"postman-gov-sg\"\nbase_url = \"http://localhost:9/v1\"\n";
    team.home.configure(&(profile("staging") + &profile("old") + gov));
    // the key of a profile comes from a program here, as from a password manager
    std::fs::write(path("prod.key"), superadmin.expose()).unwrap();
    std::fs::write(path("run/pass"), format!("#!/bin/sh\nexec cat '{}'\n", path("prod.key"))).unwrap();
    std::fs::set_permissions(path("run/pass"), Permissions::from_mode(0o700)).unwrap();
    let program = Path::new(env!("CARGO_BIN_EXE_keydeck")).parent().unwrap();
    let found = format!("{}:{}:{}", program.display(), path("run"), std::env::var("PATH").unwrap());

    let commands = commands();
    assert!(commands.len() > 30, "{commands:?}");
    for line in commands {
        // only for who names one: the server counts what a user asks in a minute
        let named = ["01JQ8ZK", " ID "].iter().any(|name| line.contains(name));
        let whose = if line.starts_with("keydeck offboard") { &team.server.keys.colleague } else { superadmin };
        let made = if named { team.make(whose, &["one", "two"]) } else { Vec::new() };
        let id = |at: usize| made.get(at).map(|key| key.0.as_str()).unwrap_or_default();
        let here = line
            .replace("01JQ8ZK3", id(0))
            .replace("01JQ8ZK9", id(1))
            .replace(" ID ", &format!(" {} ", id(0)))
            .replace("/backup/", &path("backup-"))
            .replace("/run/user/1000/", &path("run/"))
            .replace("https://keys.acme.example", &team.server.base_url)
            .replace("postgres://keydeck@db.acme.example/keydeck", &format!("sqlite:{}", path("shared.db")))
            .replace("0.0.0.0:8443", "127.0.0.1:0")
            .replace("127.0.0.1:7878", "127.0.0.1:0")
            .replace("127.0.0.1:9464", "127.0.0.1:0")
            .replace("10.0.0.5:7878", "127.0.0.1:0")
            .replace("10.0.0.2", "127.0.0.2")
            .replace("offboard ben@acme.example", "offboard colleague@test.example");
        let mut command = Command::new("bash");
        command.args(["-c", &format!("leaver=user@test.example; umask 077; exec 2>&1; {here}")]);
        command.current_dir(&folder).env_clear().envs(team.home.environment()).envs(team.environment(superadmin));
        command.env("PATH", &found);
        let endless = ["keydeck serve ", "keydeck demo", "keydeck audit export --follow"];
        if endless.iter().any(|begin| line.starts_with(begin)) {
            let here = here.trim_end_matches('&').split(" > ").next().unwrap().to_owned();
            command = Command::new("bash");
            command.args(["-c", &format!("exec {here}")]);
            command.current_dir(&folder).env_clear().envs(team.home.environment()).env("PATH", &found);
            if line.starts_with("keydeck audit") {
                command.envs(team.environment(superadmin));
            }
            let mut server = Running::start(command);
            let said = server.line();
            assert!(!said.starts_with("error"), "{line}: {said}, {:?}", server.rest());
            server.signal(Signal::TERM);
            assert_eq!(server.code(), Some(0), "{line}: {:?}", server.rest());
            continue;
        }
        let ran = command.stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&ran.stdout);
        // 1 and 3: some of it is not done, or nobody can be asked; 10: something matches; 11 and 12: keys were found
        let code = ran.status.code().unwrap();
        // keydeck's own server lists its keys, so that none is written down for it
        let not_here = code == 5 && line.starts_with("keydeck track ");
        assert!(not_here || [0, 1, 3, 10, 11, 12].contains(&code), "{line} ended with {code}: {said}");
        assert!(!said.contains("unexpected argument") && !said.contains("panicked"), "{line}: {said}");
    }
}
