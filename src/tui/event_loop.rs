//! The console's loop: wait for something to happen, take in everything that has, then draw once.

mod frames;
mod ground;
mod switch;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use self::frames::{Frames, Haste};
use self::ground::Asking;
use self::switch::{Step, Switching, next_step};
use super::app::{App, Tour};
use super::board::{Board, Clock, Surroundings, Themes};
use super::compose::view_with_links;
use super::effect::Effect;
use super::event::Event;
use super::input::{Input, Inputs};
use super::jobs::{Job, Jobs, somebody_waits};
use super::keymap::Keymap;
use super::profiles::Profiles;
use super::runtime::Runtime;
use super::session::Seeding;
use super::signals::{EndSignal, Signals};
use super::terminal::{Terminal, TerminalError};
use super::text::Signs;
use super::theme::{ColorDepth, Ground, Theme, ThemeError};
use super::ticket::Ticket;
use crate::client::error::ServiceError;
use crate::config::{self, EscrowSettings};
use crate::domain::bulk::Progress;
use crate::domain::failure::{Ending, Failure};
use crate::domain::rotation::Defaults;
use crate::domain::secret::Secret;
use crate::domain::views::View;

/// How many events are taken in before a frame at the most, so that a flood cannot hold the screen still.
const BATCH: usize = 4096;

/// How long to wait at the end for the answers of writes on their way, whose effect no longer depends on us.
const PATIENCE: Duration = Duration::from_secs(5);

/// The same when a signal or a lost terminal ends the console.
const LITTLE_PATIENCE: Duration = Duration::from_secs(1);

/// What using a terminal that is gone comes to.
const GONE: [Errno; 3] = [Errno::IO, Errno::NXIO, Errno::NOTTY];

/// What the console is opened on.
#[derive(Debug)]
pub struct Launch {
    /// The profile: a backend, the credential for it, and how careful to be.
    pub session: config::Session,
    /// The theme's name; none: the default.
    pub theme: Option<String>,
    pub themes_dir: Option<PathBuf>,
    /// The terminal's ground; none: the one that it tells.
    pub ground: Option<Ground>,
    /// What everything is drawn with.
    pub signs: Signs,
    /// Whether the mouse is heeded.
    pub mouse: bool,
    /// The views of the configuration.
    pub views: Vec<View>,
    /// How often the tab in front is read again without being asked; none: never.
    pub auto_refresh: Option<Duration>,
    /// Where it is remembered how the profile was seen, and views are saved; none: nowhere.
    pub state_dir: Option<PathBuf>,
    /// The directory of the rotations' journal, escrow and summaries.
    pub rotations_dir: PathBuf,
    /// Where the values of rotations are kept while they are under way.
    pub escrow: EscrowSettings,
    /// What is kept for the rotations to come.
    pub saved: Defaults,
    /// Which keys do what.
    pub keymap: Keymap,
    /// The profiles that the console can go to; none where there is no configuration.
    pub profiles: Option<Profiles>,
    /// A tour to walk through, of a demo.
    pub tour: Option<Tour>,
    /// Something to say at the start.
    pub banner: Option<String>,
    /// News of the demo's team that is made beside; closed before all of it is there: that failed.
    pub seeding: Option<watch::Receiver<Seeding>>,
    /// Told once the first frame is drawn; dropped where none ever is.
    pub drawn: Option<oneshot::Sender<()>>,
}

/// Why the console could not be opened or go on.
#[derive(Debug, thiserror::Error)]
pub enum ConsoleError {
    /// The terminal cannot be used.
    #[error(transparent)]
    Terminal(#[from] TerminalError),
    /// The profile is unusable.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The theme is unusable.
    #[error(transparent)]
    Theme(#[from] ThemeError),
    /// The system refused something the console cannot do without.
    #[error("the console cannot go on: {0}")]
    Io(#[from] std::io::Error),
}

impl ConsoleError {
    /// What to do next.
    pub fn hint(&self) -> String {
        match self {
            Self::Terminal(error) => error.hint().to_owned(),
            Self::Service(error) => error.hint(),
            Self::Theme(error) => error.hint(),
            Self::Io(_) => "try again; the log says more".to_owned(),
        }
    }
}

impl Failure for ConsoleError {
    fn hint(&self) -> String {
        self.hint()
    }

    fn ending(&self) -> Ending {
        match self {
            Self::Terminal(_) | Self::Theme(_) => Ending::Usage,
            Self::Service(error) => error.ending(),
            Self::Io(_) => Ending::Partly,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    Quit,
    Signal(EndSignal),
    Vanished,
}

/// Opens the console and runs it until the person leaves, a signal comes or the terminal goes away.
pub async fn run(launch: Launch) -> Result<Ended, ConsoleError> {
    if let Err(error) = super::hardening::protect_memory() {
        tracing::warn!(%error, "memory is not protected");
    }
    let surroundings = Surroundings {
        theme: launch.theme,
        themes: Themes {
            folder: launch.themes_dir,
            depth: ColorDepth::of_environment(),
            ground: launch.ground.unwrap_or_else(Ground::of_environment),
        },
        signs: launch.signs,
        views: launch.views,
        auto_refresh: launch.auto_refresh,
        state_dir: launch.state_dir,
        rotations_dir: launch.rotations_dir,
        escrow: launch.escrow,
        saved: launch.saved,
        keymap: launch.keymap,
        profiles: launch.profiles,
        start: Instant::now(),
    };
    let size = crossterm::terminal::size().unwrap_or((80, 24));
    // what is wrong with the profile or the theme is told on the plain terminal
    let Board { mut app, runtime, happened, clock, theme } =
        surroundings.board(&launch.session, size, launch.banner, launch.seeding)?;
    app.tour = launch.tour;
    let mut signals = Signals::listen()?;
    let mut jobs = Jobs::listen()?;
    let terminal = Terminal::enter(launch.mouse)?;
    let inputs = Inputs::start()?;
    let colours = surroundings.themes.depth != ColorDepth::Mono;
    let asking = Asking::new(colours && launch.ground.is_none() && terminal.knows_strings());
    let console = Console {
        app,
        theme,
        surroundings,
        terminal,
        inputs,
        happened,
        runtime,
        clock,
        frames: Frames::default(),
        anew: false,
        asking,
        switching: None,
        left: Vec::new(),
    };
    let mut console = Box::new(console);
    let ended = match console.live(launch.drawn, &mut signals, &mut jobs).await {
        Err(error) if GONE.iter().any(|gone| error.raw_os_error() == Some(gone.raw_os_error())) => Ok(Ended::Vanished),
        ended => ended.map_err(ConsoleError::Io),
    };
    if matches!(ended, Ok(Ended::Quit)) {
        console.let_it_answer().await;
    }
    let Console { terminal, inputs, runtime, left, .. } = *console;
    drop(terminal);
    let patience = if matches!(ended, Ok(Ended::Quit)) { PATIENCE } else { LITTLE_PATIENCE };
    runtime.finish(patience).await;
    for left in left {
        let _ = tokio::time::timeout(patience, left).await;
    }
    drop(inputs);
    ended
}

struct Console {
    app: App,
    theme: Theme,
    surroundings: Surroundings,
    terminal: Terminal,
    inputs: Inputs,
    happened: UnboundedReceiver<Event>,
    runtime: Runtime,
    clock: Clock,
    frames: Frames,
    /// Whether the next frame is drawn over whatever stands on the screen.
    anew: bool,
    /// Whether the terminal was asked for its ground.
    asking: Asking,
    /// The way to another profile, while it is gone.
    switching: Option<Switching>,
    /// What still ends of profiles that were left.
    left: Vec<JoinHandle<()>>,
}

/// What woke the loop.
enum Woken {
    Signal(EndSignal),
    Job(Job),
    Input(Option<Input>),
    Event(Option<Event>),
    /// The next step on the way to another profile is done.
    Stepped(Step),
    /// A moment that was asked for, or the next frame is due.
    Due,
}

impl Console {
    async fn live(
        &mut self,
        drawn: Option<oneshot::Sender<()>>,
        signals: &mut Signals,
        jobs: &mut Jobs,
    ) -> std::io::Result<Ended> {
        // the skeleton stands before anything is asked, and says that it waits
        let first_reads = self.app.start();
        self.draw()?;
        if let Some(drawn) = drawn {
            // whoever waited for it may be gone
            let _ = drawn.send(());
        }
        self.ask_for_ground()?;
        for effect in first_reads {
            self.runtime.run(effect, &mut self.terminal);
        }
        loop {
            let due = self.due();
            let sleep = async {
                match due {
                    Some(at) => tokio::time::sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            let woken = tokio::select! {
                biased;
                signal = signals.next() => Woken::Signal(signal),
                job = jobs.next() => Woken::Job(job),
                input = self.inputs.next() => Woken::Input(input),
                step = next_step(&mut self.switching) => Woken::Stepped(step),
                () = sleep => Woken::Due,
                happened = self.happened.recv() => Woken::Event(happened),
            };
            match woken {
                Woken::Signal(signal) => return Ok(Ended::Signal(signal)),
                Woken::Job(Job::Stop) => self.handle(Event::StopAsked),
                Woken::Job(Job::GoOn) => self.come_back()?,
                Woken::Input(None) => return Ok(Ended::Vanished),
                Woken::Input(Some(input)) => self.input(input),
                Woken::Event(Some(happened)) => self.handle(happened),
                Woken::Event(None) => {}
                Woken::Stepped(step) => self.step(step).await?,
                Woken::Due => self.wake(),
            }
            self.drain();
            if self.runtime.quit {
                return Ok(Ended::Quit);
            }
            if std::mem::take(&mut self.runtime.suspend) {
                self.suspend(jobs).await?;
            }
            if self.frames.is_due(Instant::now()) {
                self.draw()?;
            }
        }
    }

    /// When to go on although nothing happens: the next frame, if one is owed, or the moment the app asked for.
    fn due(&self) -> Option<Instant> {
        let frame = self.frames.due();
        let wake = self.runtime.wake.map(|wake| self.clock.start + wake);
        frame.into_iter().chain(wake).min()
    }

    /// Takes in what has come already, keys first, so that one frame shows all of it.
    fn drain(&mut self) {
        let mut news = Vec::new();
        for _ in 0..BATCH {
            if self.runtime.quit || self.runtime.suspend {
                break;
            }
            if let Some(input) = self.inputs.already_here() {
                self.news(&mut news);
                self.input(input);
                continue;
            }
            // a page of a large list takes its time: a load does not hold up a frame that somebody waits for, nor the next
            if self.frames.is_awaited() || (self.frames.is_owed() && self.frames.is_long_ago(Instant::now())) {
                break;
            }
            match self.happened.try_recv() {
                Ok(Event::Bulk(ticket, progress)) => news.push((ticket, progress)),
                Ok(happened) => {
                    self.news(&mut news);
                    self.handle(happened);
                }
                Err(_) => break,
            }
        }
        self.news(&mut news);
    }

    /// Takes in what came together of changes of many keys.
    fn news(&mut self, news: &mut Vec<(Ticket, Progress)>) {
        if news.is_empty() {
            return;
        }
        let effects = self.app.take_news(self.clock.now(), std::mem::take(news));
        if !self.app.was_quiet() {
            self.frames.owe(Haste::Beside);
        }
        self.carry_out(effects);
    }

    fn input(&mut self, input: Input) {
        self.handle(match input {
            Input::Ground(rgb) => return self.ground_is(rgb),
            Input::Key(press) => Event::Key(press),
            Input::Paste(text) => Event::Paste(Secret::new(text)),
            Input::Mouse(mouse) => Event::Mouse(mouse),
            Input::Resized => {
                let (columns, rows) = self.terminal.size();
                Event::Resize(columns, rows)
            }
            Input::Noise => Event::Noise,
        });
    }

    /// Leaves the terminal to the shell and stops until it lets the console go on.
    async fn suspend(&mut self, jobs: &mut Jobs) -> std::io::Result<()> {
        if !somebody_waits().unwrap_or(false) {
            self.handle(Event::NotStopped);
            return Ok(());
        }
        self.inputs.pause();
        self.terminal.suspend();
        let stopped = jobs.stop().await;
        let back = stopped.and_then(|()| self.come_back());
        self.inputs.resume();
        back
    }

    /// Takes the terminal again, whatever became of it, and draws everything anew at once.
    fn come_back(&mut self) -> std::io::Result<()> {
        self.terminal.resume()?;
        let (columns, rows) = self.terminal.size();
        self.handle(Event::Returned(columns, rows));
        self.frames.forget();
        // it may be another terminal by now
        self.ask_for_ground()
    }

    fn wake(&mut self) {
        if self.runtime.wake.is_some_and(|wake| self.clock.start.elapsed() >= wake) {
            self.runtime.wake = None;
            let counted = self.app.counts_time();
            let effects = self.app.handle(self.clock.now(), Event::Wake);
            if counted || self.app.counts_time() {
                self.frames.owe(Haste::Beside);
            }
            self.carry_out(effects);
        }
    }

    fn handle(&mut self, what: Event) {
        let (haste, is_slice) = (Haste::of(&what), matches!(what, Event::Continue));
        let effects = self.app.handle(self.clock.now(), what);
        if !self.app.was_quiet() {
            self.frames.owe(haste.after(is_slice, &effects));
        }
        self.carry_out(effects);
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::UseTheme(name) => self.use_theme(name),
                Effect::SwitchProfile(name) => self.begin_to_switch(name),
                Effect::Redraw => self.anew = true,
                effect => self.runtime.run(effect, &mut self.terminal),
            }
        }
    }

    fn use_theme(&mut self, name: String) {
        let themed = match self.surroundings.themes.load(&name) {
            Ok(theme) => {
                self.theme = theme;
                Ok(name)
            }
            Err(error) => Err(format!("{error}; {}", error.hint())),
        };
        self.handle(Event::Themed(themed));
    }

    fn draw(&mut self) -> std::io::Result<()> {
        if std::mem::take(&mut self.anew) {
            self.terminal.forget();
        }
        let (app, theme) = (&self.app, &self.theme);
        self.terminal.draw(|frame| view_with_links(app, theme, frame))?;
        self.app.drawn(self.clock.now());
        self.frames.drawn(Instant::now());
        Ok(())
    }
}
