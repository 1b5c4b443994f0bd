//! What the console needs for one profile: the app, the runtime and their events, made anew where it goes to another.

use std::path::PathBuf;
use std::time::Instant;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;

use super::app::App;
use super::event::{Event, Moment};
use super::event_loop::ConsoleError;
use super::keymap::Keymap;
use super::memory::MemoryFile;
use super::profiles::Profiles;
use super::runtime::Runtime;
use super::runtime::incidents::IncidentSettings;
use super::runtime::rotations::RotationSettings;
use super::session::{Message, Seeding, Session, Tone};
use super::text::Signs;
use super::theme::{ColorDepth, Ground, Theme, ThemeError};
use crate::client::{self, ServerClock, WritePermit};
use crate::config::{self, EscrowSettings};
use crate::domain::rotation::Defaults;
use crate::domain::views::{View, Views};
use crate::local::tracked::TrackedFile;
use crate::local::views::ViewsFile;
use crate::ops::sessions::KeptSession;
use crate::ops::tracking;

/// What is the same for every profile.
pub(super) struct Surroundings {
    /// The theme that the configuration names.
    pub theme: Option<String>,
    pub themes: Themes,
    /// What everything is drawn with.
    pub signs: Signs,
    pub views: Vec<View>,
    pub auto_refresh: Option<std::time::Duration>,
    pub state_dir: Option<PathBuf>,
    pub rotations_dir: PathBuf,
    pub escrow: EscrowSettings,
    pub saved: Defaults,
    pub keymap: Keymap,
    pub profiles: Option<Profiles>,
    /// When the console began.
    pub start: Instant,
}

/// A profile's part of the console.
pub(super) struct Board {
    pub app: App,
    pub runtime: Runtime,
    pub happened: UnboundedReceiver<Event>,
    pub clock: Clock,
    pub theme: Theme,
}

impl Surroundings {
    /// The console on a profile, in a window of this size; nothing is asked of its server yet. `said` is told at the start,
    /// `seeding` is news of a demo's team.
    pub(super) fn board(
        &self,
        profile: &config::Session,
        size: (u16, u16),
        said: Option<String>,
        seeding: Option<watch::Receiver<Seeding>>,
    ) -> Result<Board, ConsoleError> {
        let name = profile.profile.clone();
        let rotations =
            RotationSettings { profile: name.clone(), state: self.rotations_dir.clone(), escrow: self.escrow.clone() };
        let incidents = IncidentSettings {
            profile: name.clone(),
            production: profile.production,
            state: rotations.state.clone(),
            // where nobody can say which folder it is, the present one is meant all the same
            out: std::env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
        };
        let memory = self.state_dir.as_deref().map(|folder| MemoryFile::of(folder, &name).open());
        let (memory, remembered) = memory.unwrap_or_default();
        let keeps_theme = memory.is_some() && self.theme.is_none();
        let chosen = remembered.as_ref().and_then(|remembered| remembered.theme.clone()).filter(|_| keeps_theme);
        let (theme_name, theme) = self.themes.load_first(self.theme.clone(), chosen)?;
        let state = self.rotations_dir.as_path();
        let service = tracking::over(client::open(profile)?, Some(state), &name, &profile.key);
        let tracked = TrackedFile::of(state, &name);
        let session = Session {
            profile: name,
            address: service.address(),
            read_only: profile.read_only,
            unlocked: None,
            switching: false,
            production: profile.production,
            color: profile.color.map(|color| color.name().to_owned()),
            capabilities: service.capabilities().clone(),
            notice_days: profile.notify_before_days.clone(),
            saved: self.saved.clone(),
        };
        let (events, happened) = unbounded_channel();
        if let Some(news) = seeding {
            tokio::spawn(tell_of_seeding(news, events.clone()));
        }
        let clock = Clock { start: self.start, server: service.clock().clone() };
        let permit = WritePermit::unless_read_only(profile.read_only).ok();
        let mut runtime = Runtime::new(service, permit, memory, rotations, incidents, events);
        let views_file = self.state_dir.as_deref().map(ViewsFile::of);
        let (saved, trouble) = match views_file.as_ref().map(ViewsFile::read) {
            Some(Err(error)) => (Vec::new(), Some(format!("Saved views are not there: {error}; {}", error.hint()))),
            Some(Ok(saved)) => (saved, None),
            None => (Vec::new(), None),
        };
        runtime.views = views_file;
        runtime.follow_session(|| KeptSession::of(state, &profile.profile, &profile.base_url));
        runtime.tracked = Some(tracked);
        let mut app = App::new(session, size, clock.now());
        let told: Vec<String> = said.into_iter().chain(trouble).collect();
        app.message = (!told.is_empty()).then(|| Message { tone: Tone::Info, text: told.join(". ") });
        app.views = Views::new(self.views.clone(), saved);
        app.themes = (self.themes.names(), theme_name);
        app.signs = self.signs;
        app.keymap = self.keymap.clone();
        app.auto_refresh = self.auto_refresh;
        app.keeps_theme = keeps_theme;
        app.profiles = self.profiles.as_ref().map(Profiles::lines).unwrap_or_default();
        if let Some(remembered) = remembered {
            app.recall(remembered);
        }
        Ok(Board { app, runtime, happened, clock, theme })
    }
}

/// Hands on how far the demo's team is made, until it is or nobody listens.
async fn tell_of_seeding(mut news: watch::Receiver<Seeding>, events: UnboundedSender<Event>) {
    loop {
        let seeding = *news.borrow_and_update();
        if events.send(Event::Seeding(Some(seeding))).is_err() || seeding.is_done() {
            return;
        }
        if news.changed().await.is_err() {
            let _ = events.send(Event::Seeding(None));
            return;
        }
    }
}

/// Tells the present. The only clock of the console.
pub(super) struct Clock {
    pub start: Instant,
    server: ServerClock,
}

impl Clock {
    pub(super) fn now(&self) -> Moment {
        Moment::new(self.server.present(), self.start.elapsed())
    }
}

/// Where themes come from.
pub(super) struct Themes {
    pub folder: Option<PathBuf>,
    pub depth: ColorDepth,
    /// What they are drawn on.
    pub ground: Ground,
}

impl Themes {
    pub(super) fn load(&self, name: &str) -> Result<Theme, ThemeError> {
        Theme::load_on(self.ground, name, self.folder.as_deref(), self.depth)
    }

    /// The theme to begin with, and its name: the configured one, else the one that was chosen the last time, if it still
    /// can be had, else the default.
    fn load_first(&self, configured: Option<String>, chosen: Option<String>) -> Result<(String, Theme), ThemeError> {
        if let Some(name) = configured {
            return self.load(&name).map(|theme| (name, theme));
        }
        if let Some(name) = chosen {
            match self.load(&name) {
                Ok(theme) => return Ok((name, theme)),
                Err(error) => tracing::warn!("the theme that was chosen the last time cannot be had: {error}"),
            }
        }
        let name = super::theme::DEFAULT.to_owned();
        self.load(&name).map(|theme| (name, theme))
    }

    /// The names there are to choose from; none without colours, where all themes are one.
    fn names(&self) -> Vec<String> {
        if self.depth == ColorDepth::Mono { Vec::new() } else { super::theme::names(self.folder.as_deref()) }
    }
}
