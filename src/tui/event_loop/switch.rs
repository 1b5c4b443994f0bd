//! Going to another profile: its key is fetched while the console goes on, then what is on its way here ends, then all is
//! made anew. At any step it can come to nothing, and the console stays where it is.

use std::time::Duration;

use tokio::task::JoinHandle;

use super::{Console, PATIENCE};
use crate::config;
use crate::domain::untrusted::visible;
use crate::tui::board::Board;
use crate::tui::event::Event;
use crate::tui::profiles::NotThere;

/// How long a change that is still on its way is waited for before the console stays where it is.
const ENDS_WITHIN: Duration = Duration::from_secs(10);

/// The way to another profile.
pub(super) enum Switching {
    /// Its key is fetched.
    Fetching(String, JoinHandle<Result<Box<config::Session>, NotThere>>),
    /// What is on its way here ends; whether it did.
    Leaving(Option<Box<config::Session>>, JoinHandle<bool>),
}

/// A step on that way is done.
pub(super) enum Step {
    Fetched(String, Result<Box<config::Session>, NotThere>),
    Left(Option<Box<config::Session>>, bool),
}

/// The next step that is done, of which there is none where nobody goes anywhere.
pub(super) async fn next_step(switching: &mut Option<Switching>) -> Step {
    let step = match switching {
        None => std::future::pending().await,
        Some(Switching::Fetching(name, fetching)) => {
            let fetched = fetching.await.unwrap_or(Err(NotThere::Mistake));
            Step::Fetched(std::mem::take(name), fetched)
        }
        Some(Switching::Leaving(session, leaving)) => {
            let ended = leaving.await.unwrap_or(false);
            Step::Left(session.take(), ended)
        }
    };
    *switching = None;
    step
}

impl Console {
    /// Fetches the key of a profile.
    pub(super) fn begin_to_switch(&mut self, name: String) {
        let Some(profiles) = self.surroundings.profiles.clone() else { return };
        let fetching = tokio::spawn(profiles.session(name.clone(), false));
        self.switching = Some(Switching::Fetching(name, fetching));
    }

    /// Goes on from a step that is done.
    pub(super) async fn step(&mut self, step: Step) -> std::io::Result<()> {
        match step {
            Step::Fetched(name, Err(NotThere::Asks)) => {
                let asked = self.ask_for_key(name).await?;
                self.fetched(asked);
            }
            Step::Fetched(_, fetched) => self.fetched(fetched),
            Step::Left(Some(session), true) => self.go_to(&session),
            Step::Left(..) => {
                let why = "Not now: a change is still on its way, whose answer is waited for";
                self.handle(Event::NotSwitched(why.to_owned()));
            }
        }
        Ok(())
    }

    fn fetched(&mut self, fetched: Result<Box<config::Session>, NotThere>) {
        match fetched {
            Ok(session) => {
                self.runtime.let_go();
                let on_their_way = self.runtime.on_their_way();
                let leaving = tokio::spawn(async move {
                    on_their_way.close();
                    let ended = tokio::time::timeout(ENDS_WITHIN, on_their_way.wait()).await.is_ok();
                    if !ended {
                        on_their_way.reopen();
                    }
                    ended
                });
                self.switching = Some(Switching::Leaving(Some(session), leaving));
            }
            Err(why) => self.handle(Event::NotSwitched(why.to_string())),
        }
    }

    /// Asks for a key on the plain terminal, as at the start.
    async fn ask_for_key(&mut self, name: String) -> std::io::Result<Result<Box<config::Session>, NotThere>> {
        let Some(profiles) = self.surroundings.profiles.clone() else { return Ok(Err(NotThere::Mistake)) };
        self.inputs.pause();
        self.terminal.suspend();
        let session = profiles.session(name, true).await;
        let back = self.come_back();
        self.inputs.resume();
        back.map(|()| session)
    }

    /// Makes all anew for a profile. What was left ends beside.
    fn go_to(&mut self, session: &config::Session) {
        let marks = [(session.production, ", PRODUCTION"), (session.read_only, ", read-only")];
        let marks: String = marks.into_iter().filter_map(|(is, word)| is.then_some(word)).collect();
        let said = format!("The console is on {}{marks}", visible(&session.profile));
        tracing::info!(profile = %visible(&session.profile), "profile chosen");
        let board = match self.surroundings.board(session, self.app.size, Some(said), None) {
            Ok(board) => board,
            Err(error) => return self.handle(Event::NotSwitched(format!("{error}; {}", error.hint()))),
        };
        let Board { app, runtime, happened, clock, theme } = board;
        (self.app, self.happened, self.clock, self.theme) = (app, happened, clock, theme);
        let before = std::mem::replace(&mut self.runtime, runtime);
        self.left.retain(|left| !left.is_finished());
        self.left.push(tokio::spawn(before.finish(PATIENCE)));
        for effect in self.app.start() {
            self.runtime.run(effect, &mut self.terminal);
        }
        self.frames.forget();
    }
}
