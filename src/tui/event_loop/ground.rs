//! Asking the terminal for its background, so that what is drawn can be read on it. No frame waits for the answer: the first
//! is drawn for the ground that the environment tells, and drawn again if it turns out to be the other one.

use std::io;
use std::time::{Duration, Instant};

use super::{Console, Haste};
use crate::tui::input::Input;
use crate::tui::runtime::Output as _;
use crate::tui::theme::Ground;

/// OSC 11 with a question mark, as xterm has it.
const QUESTION: &[u8] = b"\x1b]11;?\x1b\\";

/// How long an answer counts: one that comes later changes nothing under somebody's hands.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long leaving waits for one that is still to come, and would be typed into the shell.
const LEAVING: Duration = Duration::from_millis(300);

/// Whether the terminal is asked, and since when.
pub(super) struct Asking {
    wanted: bool,
    until: Option<Instant>,
}

impl Asking {
    pub(super) fn new(wanted: bool) -> Self {
        Self { wanted, until: None }
    }
}

impl Console {
    /// Asks, where the answer would matter.
    pub(super) fn ask_for_ground(&mut self) -> io::Result<()> {
        if self.asking.wanted {
            self.asking.until = Some(Instant::now() + PATIENCE);
            self.terminal.send(QUESTION)?;
        }
        Ok(())
    }

    /// The terminal answered: from now on the theme is drawn in its form for that ground.
    pub(super) fn ground_is(&mut self, rgb: [u8; 3]) {
        let in_time = self.asking.until.take().is_some_and(|until| Instant::now() <= until);
        let ground = Ground::of(rgb);
        if !in_time || ground == self.surroundings.themes.ground {
            return;
        }
        self.surroundings.themes.ground = ground;
        match self.surroundings.themes.load(&self.app.themes.1) {
            Ok(theme) => self.theme = theme,
            Err(error) => tracing::warn!("the theme cannot be had for this ground: {error}"),
        }
        self.frames.owe(Haste::Now);
    }

    /// Takes in an answer that is still on its way when the console is left at once.
    pub(super) async fn let_it_answer(&mut self) {
        let Some(until) = self.asking.until.take() else { return };
        let left = until.saturating_duration_since(Instant::now()).min(LEAVING);
        let answer = async {
            while let Some(input) = self.inputs.next().await {
                if matches!(input, Input::Ground(_)) {
                    return;
                }
            }
        };
        let _ = tokio::time::timeout(left, answer).await;
    }
}
