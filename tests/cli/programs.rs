//! What programs that keydeck runs are told, and what they may do.

use std::path::Path;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use crate::git;
use crate::rotate::Scene;

/// Secrets under names of the user's own.
const PASSPHRASE: &str = "a passphrase of four words";

impl Scene {
    /// A profile whose key and whose escrow's passphrase stand in variables of the user's own naming.
    fn with_named_variables(&self) -> Vec<(String, String)> {
        // no key stands in config.toml
        std::fs::write(self.path("other.key"), self.key.expose()).unwrap();
        self.team.home.configure(&format!(
            "[profiles.test]\nbackend = \"keydeck\"\nbase_url = \"{}\"\ncredential = {{ env = \"TEAM_KEY\" }}\n\
             [profiles.other]\nbackend = \"keydeck\"\nbase_url = \"{0}\"\n\
             credential = {{ command = [\"sh\", \"-c\", \"env > {1}; cat {2}\"] }}\n\
             [escrow]\nstore = \"file\"\npassphrase = {{ env = \"ESCROW_WORDS\" }}\n",
            self.team.server.base_url,
            self.path("told-to-command"),
            self.path("other.key"),
        ));
        let secrets =
            [("TEAM_KEY", self.key.expose()), ("COPY_OF_IT", self.key.expose()), ("ESCROW_WORDS", PASSPHRASE)];
        let named = secrets.map(|(name, value)| (name.to_owned(), value.to_owned()));
        named.into_iter().chain([("HARMLESS".to_owned(), "yes".to_owned())]).collect()
    }

    #[track_caller]
    fn was_told_no_secret(&self, file: &str) {
        let told = self.read(file);
        assert!(told.contains("HARMLESS=yes"), "{file}");
        for secret in ["TEAM_KEY", "COPY_OF_IT", "ESCROW_WORDS", self.key.expose(), PASSPHRASE] {
            assert!(!told.contains(secret), "{file} was told a secret");
        }
    }
}

#[test]
fn no_program_is_told_a_configured_secret() {
    let scene = Scene::new();
    let variables = scene.with_named_variables();
    let run = |args: &[&str]| {
        let output = scene.team.home.command(args).envs(variables.iter().cloned()).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    };
    let (hook, health) = (scene.script("hook", "env > \"$1\""), scene.script("health", "env > \"$1\""));
    let (hook, health) =
        (format!("{hook} {}", scene.path("told-to-hook")), format!("{health} {}", scene.path("told-to-health")));
    run(&[
        "--profile",
        "test",
        "rotate",
        &scene.id,
        "--sink",
        &scene.env_sink(),
        "--hook",
        &hook,
        "--health",
        &health,
        "--overlap",
        "none",
        "--yes",
    ]);
    scene.was_told_no_secret("told-to-hook");
    scene.was_told_no_secret("told-to-health");
    run(&["--profile", "other", "list"]);
    scene.was_told_no_secret("told-to-command");
}

#[test]
fn a_credential_command_ends_with_keydeck_and_so_does_all_that_it_started() {
    let scene = Scene::new();
    let fifo = scene.team.home.path("alive");
    rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RWXU).unwrap();
    scene.team.home.configure(&format!(
        "[profiles.slow]\nbackend = \"keydeck\"\nbase_url = \"http://127.0.0.1:1\"\n\
         credential = {{ command = [\"sh\", \"-c\", \"(exec >'{0}'; echo begun; sleep 1000) & wait\"] }}\n",
        fifo.display()
    ));
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let mut child = scene.team.home.command(&["list"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut alive = std::fs::File::open(&fifo).unwrap();
        let mut begun = [0; 6];
        std::io::Read::read_exact(&mut alive, &mut begun).unwrap();
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal:?}");
        // the end of what it started closes the other side
        assert_eq!(std::io::Read::read(&mut alive, &mut begun).unwrap(), 0, "{signal:?}");
    }
}

#[test]
fn asking_git_about_a_path_runs_nothing_that_the_repository_names() {
    let scene = Scene::new();
    let home = scene.team.home.path("");
    let ran = scene.path("ran");
    let trap = scene.script("trap", &format!("echo \"$0 $*\" >> '{ran}'; exit 1"));
    let clone = git::partial_clone(&home, &trap);
    std::fs::create_dir_all(clone.join("inside/deep")).unwrap();
    std::fs::write(clone.join("inside/deep/file"), "API_KEY=\n").unwrap();
    let sink = format!("env-file:{}:API_KEY", clone.join("inside/deep/file").display());
    let checked = scene.run(&["rotate", &scene.id, "--sink", &sink, "--dry-run"]);
    assert!(checked.out.contains("place-1"), "{checked:?}");
    let told = || std::fs::read_to_string(&ran).unwrap_or_default();
    assert!(told().is_empty(), "git ran: {}", told());
    // and it would have, without the protection
    let unprotected = Command::new("git")
        .args(["-C", clone.to_str().unwrap(), "-c", "protocol.allow=never", "ls-files", "inside/deep/file"])
        .output()
        .unwrap();
    assert!(told().contains("trap"), "{unprotected:?}");
}

#[test]
fn a_configuration_that_others_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::new();
    scene.team.profile(&scene.key, "");
    let file = scene.team.home.path("config/keydeck/config.toml");
    let mode = |path: &Path, mode: u32| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    let list = || scene.team.home.run(&["list"]);
    for fine in [0o600, 0o644, 0o400] {
        mode(&file, fine);
        list().ended(0);
    }
    for wrong in [0o666, 0o602, 0o646] {
        mode(&file, wrong);
        list().ended(2).says("anybody may change").says("chmod go-w");
        scene.team.home.run(&["keys"]).ended(2).says("anybody may change");
    }
    mode(&file, 0o600);
    let folder = file.parent().unwrap();
    mode(folder, 0o777);
    list().ended(2).says("its folder is theirs to change");
    mode(folder, 0o1777);
    list().ended(0);
    mode(folder, 0o700);
}
