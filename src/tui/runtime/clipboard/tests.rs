use std::process::Command as StdCommand;

use rstest::rstest;

use super::*;

#[rstest]
#[case(&[], Route::Terminal)]
#[case(&[("TMUX", "/tmp/tmux-0/default,1,0")], Route::Tmux)]
#[case(&[("STY", "1.pts-0")], Route::Screen)]
#[case(&[("STY", "1.pts-0"), ("TMUX", "/tmp/tmux-0/default,1,0")], Route::Tmux)]
#[case(&[("TMUX", "")], Route::Terminal)]
fn the_environment_tells_the_way(#[case] variables: &[(&str, &str)], #[case] route: Route) {
    let env = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    assert_eq!(Route::detect(env), route);
    assert!(!route.done().contains("copied"));
}

#[test]
fn the_sequences() {
    let bytes =
        |route, text: &str| sequence(route, text).unwrap().map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
    assert_eq!(bytes(Route::Terminal, "hello").unwrap(), "\x1b]52;c;aGVsbG8=\x07");
    assert_eq!(bytes(Route::Screen, "hello").unwrap(), "\x1bP\x1b]52;c;aGVsbG8=\x07\x1b\\");
    assert_eq!(bytes(Route::Tmux, "hello"), None);
    assert!(matches!(sequence(Route::Screen, &"a".repeat(501)), Err(ClipboardError::TooLong)));
}

/// A tmux server of its own, ended with the test.
struct Tmux(tempfile::TempDir);

impl Tmux {
    fn start() -> Option<Self> {
        let there = StdCommand::new("tmux").arg("-V").output();
        if there.is_err() {
            println!("SKIPPED: tmux is not installed, so the way through tmux was not tested");
            return None;
        }
        let tmux = Self(tempfile::tempdir().unwrap());
        assert!(tmux.run(&["-f", "/dev/null", "new-session", "-d", "cat"]).status.success());
        Some(tmux)
    }

    fn socket(&self) -> String {
        self.0.path().join("socket").display().to_string()
    }

    fn run(&self, arguments: &[&str]) -> std::process::Output {
        StdCommand::new("tmux").args(["-S", &self.socket()]).args(arguments).env_remove("TMUX").output().unwrap()
    }

    fn command(&self) -> Command {
        let mut command = Command::new("tmux");
        command.args(["-S", &self.socket()]).env_remove("TMUX");
        command
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

#[tokio::test]
async fn tmux_takes_the_text_and_keeps_no_buffer() {
    let Some(tmux) = Tmux::start() else { return };
    run_tmux(&mut tmux.command(), "not a real secret").await.unwrap();
    assert_eq!(String::from_utf8(tmux.run(&["list-buffers"]).stdout).unwrap(), "");
}

#[tokio::test]
async fn what_tmux_says_is_told_with_nothing_hostile_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut nobody = Command::new("tmux");
    nobody.args(["-S", &folder.path().join("none").display().to_string()]).env_remove("TMUX");
    match run_tmux(&mut nobody, "not a real secret").await {
        Err(ClipboardError::Refused(said)) => assert!(!said.is_empty()),
        Err(ClipboardError::Run(error)) if error.kind() == io::ErrorKind::NotFound => {
            println!("SKIPPED: tmux is not installed");
        }
        Err(ClipboardError::Run(error)) => assert_eq!(error.kind(), io::ErrorKind::BrokenPipe),
        other => panic!("{other:?}"),
    }
}
