//! The terminal that this is run in.

use std::io::{self, IsTerminal};
use std::time::Duration;

use tokio::process::Command;

use super::Check;
use crate::cli::output::Output;
use crate::domain::untrusted::visible;
use crate::system::program;
use crate::tui::{ClipboardRoute, ColorDepth, SMALLEST, is_utf8};

/// How long tmux may take.
const LIMIT: Duration = Duration::from_secs(3);
/// A longer wait for what follows Esc is felt.
const ESCAPE_MILLISECONDS: u32 = 100;

/// The terminal, its colours, its clipboard, and tmux.
pub(super) async fn look() -> Vec<Check> {
    let env = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let mut checks = vec![terminal(&env), letters(&env), colours(&env)];
    let route = ClipboardRoute::of_environment();
    let tmux = match route {
        ClipboardRoute::Tmux => Some(Tmux::ask().await),
        ClipboardRoute::Terminal | ClipboardRoute::Screen => None,
    };
    checks.push(clipboard(route, tmux.as_ref()));
    checks.extend(tmux.as_ref().map(Tmux::check));
    checks
}

fn terminal(env: &impl Fn(&str) -> Option<String>) -> Check {
    const NAME: &str = "terminal";
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Check::skipped(NAME, "there is none here: commands need none, the console does");
    }
    let term = env("TERM").unwrap_or_default();
    if term.is_empty() || term == "dumb" {
        let says = if term.is_empty() { "TERM is not set" } else { "TERM is dumb" };
        return Check::wrong(NAME, says, "export TERM=xterm-256color, or what your terminal is");
    }
    let size = Output::size().unwrap_or_default();
    let says = format!("{}, {}×{}", visible(&term), size.0, size.1);
    if size.0 < SMALLEST.0 || size.1 < SMALLEST.1 {
        return Check::warning(NAME, says, format!("the console needs {}×{}: make it larger", SMALLEST.0, SMALLEST.1));
    }
    Check::fine(NAME, says)
}

fn letters(env: &impl Fn(&str) -> Option<String>) -> Check {
    const NAME: &str = "letters";
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| Some((name, env(name)?)));
    let Some((name, locale)) = locale else {
        let says =
            if is_utf8(env) { "no locale is set, UTF-8 is taken for granted" } else { "no locale is set: ASCII" };
        return Check::warning(NAME, says, "export LANG=C.UTF-8, or keydeck --ascii where signs are drawn wrong");
    };
    let says = format!("{name}={}", visible(&locale));
    if is_utf8(env) {
        Check::fine(NAME, says)
    } else {
        let todo =
            "the console is drawn in ASCII; where the terminal shows UTF-8: export LANG=C.UTF-8, or ascii = false";
        Check::warning(NAME, says, todo)
    }
}

fn colours(env: &impl Fn(&str) -> Option<String>) -> Check {
    const NAME: &str = "colours";
    match ColorDepth::of_environment() {
        ColorDepth::Mono if env("NO_COLOR").is_some() => Check::fine(NAME, "none, as NO_COLOR asks"),
        ColorDepth::Mono => Check::warning(NAME, "none, by TERM", "set TERM to what your terminal is, to have them"),
        ColorDepth::Ansi16 => {
            Check::fine(NAME, "16; where the terminal has more, TERM=xterm-256color or COLORTERM=truecolor says so")
        }
        ColorDepth::Indexed256 => Check::fine(NAME, "256"),
        ColorDepth::TrueColor => Check::fine(NAME, "all"),
    }
}

fn clipboard(route: ClipboardRoute, tmux: Option<&Tmux>) -> Check {
    const NAME: &str = "clipboard";
    match (route, tmux) {
        (ClipboardRoute::Terminal, _) => Check::fine(
            NAME,
            "OSC 52, which terminals do not answer: if a copy does not arrive, allow it in the terminal",
        ),
        (ClipboardRoute::Screen, _) => {
            Check::warning(NAME, "OSC 52 through screen", "screen passes 500 bytes on; tmux has no such bound")
        }
        (ClipboardRoute::Tmux, Some(tmux)) if tmux.clipboard == "off" => {
            Check::warning(NAME, "tmux keeps it to itself", "run: tmux set -g set-clipboard external")
        }
        (ClipboardRoute::Tmux, _) => Check::fine(NAME, "through tmux, which passes a buffer on to the terminal"),
    }
}

/// What tmux says of itself; empty where it says nothing.
struct Tmux {
    version: String,
    clipboard: String,
    escape: String,
}

impl Tmux {
    async fn ask() -> Self {
        Self {
            version: said(&["-V"]).await,
            clipboard: said(&["show", "-sv", "set-clipboard"]).await,
            escape: said(&["show", "-sv", "escape-time"]).await,
        }
    }

    fn check(&self) -> Check {
        const NAME: &str = "tmux";
        let number: f32 = self
            .version
            .trim_start_matches("tmux ")
            .trim_end_matches(|c: char| c.is_ascii_alphabetic())
            .parse()
            .unwrap_or_default();
        if self.version.is_empty() {
            return Check::wrong(NAME, "TMUX is set, and tmux cannot be run", "unset TMUX, or put tmux on the PATH");
        }
        if number < 3.2 {
            let todo = "values are handed to the clipboard by tmux 3.2 or newer only";
            return Check::warning(NAME, visible(&self.version), todo);
        }
        if self.escape.parse().is_ok_and(|milliseconds: u32| milliseconds > ESCAPE_MILLISECONDS) {
            let says = format!("{}, Esc waits {} ms", visible(&self.version), visible(&self.escape));
            return Check::warning(NAME, says, "run: tmux set -sg escape-time 10");
        }
        Check::fine(NAME, visible(&self.version))
    }
}

/// The first line that tmux prints.
async fn said(arguments: &[&str]) -> String {
    let ran = program::run(Command::new("tmux").args(arguments), None, LIMIT).await;
    let Ok(ran) = ran else { return String::new() };
    let text = String::from_utf8_lossy(ran.out.beginning()).into_owned();
    text.lines().next().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    fn tmux(version: &str, escape: &str) -> Tmux {
        Tmux { version: version.to_owned(), clipboard: "external".to_owned(), escape: escape.to_owned() }
    }

    #[test]
    fn each_says_what_to_do() {
        let none = |_: &str| None;
        let utf8 = |name: &str| (name == "LANG").then(|| "de_DE.UTF-8".to_owned());
        assert_eq!((letters(&none).state, letters(&utf8).state), (State::Warning, State::Fine));
        for (version, escape, state) in [
            ("tmux 3.4", "10", State::Fine),
            ("tmux 3.3a", "500", State::Warning),
            ("tmux 2.9a", "10", State::Warning),
            ("", "", State::Wrong),
        ] {
            let check = tmux(version, escape).check();
            assert_eq!(check.state, state, "{version}");
            assert_eq!(check.todo.is_some(), state != State::Fine);
        }
        let off = Tmux { clipboard: "off".to_owned(), ..tmux("tmux 3.4", "10") };
        assert_eq!(clipboard(ClipboardRoute::Tmux, Some(&off)).state, State::Warning);
        assert_eq!(clipboard(ClipboardRoute::Terminal, None).state, State::Fine);
    }
}
