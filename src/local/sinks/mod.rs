//! The places a new value is delivered to: each can be looked at, read, written, compared and put back, and each of these
//! may be done again after a crash at any point.

mod command;
mod contents;
mod documents;
mod env_lines;
mod error;
mod files;
mod git;
mod look;
mod on_disk;
mod recipes;
mod search;
mod variables;
mod way_back;

use std::sync::Arc;

use crate::domain::key_value::{fingerprint, is_fingerprint};
use crate::domain::rotation::{OldKey, Sink};
use crate::domain::secret::Secret;
use crate::domain::untrusted::Untrusted;
use crate::local::keyring::{Keyring, KeyringError, SessionKeyring};
use crate::local::program::Tools;
use command::Commands;
pub use contents::{Contents, Held};
pub use error::{Failure, SinkError};
use files::{Part, Place};
use look::Old;
pub use look::{Holding, Look};
pub use on_disk::names_in;
use recipes::Remote;
pub use search::{FileKind, Files, Spot, files_below, spots};
use variables::Variable;
pub use variables::Variables;

/// What reading a written value back showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verified {
    /// The place holds the value.
    Same,
    /// The place cannot be read; with the reason.
    Blind(Untrusted),
    /// The place holds something else, or nothing.
    Differs,
}

/// What going back came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undone {
    Restored,
    /// That cannot be; with the reason.
    Cannot(Untrusted),
}

/// What a place holds, as far as it tells.
#[derive(Debug)]
enum Found {
    Nothing,
    Value(Secret),
    /// The fingerprint of what it holds.
    Fingerprint(String),
    /// It does not tell; with the reason.
    Untold(String),
}

impl Found {
    /// Whether it is `value`; none where nobody knows.
    fn is(&self, value: &Secret) -> Option<bool> {
        match self {
            Self::Nothing => Some(false),
            Self::Value(held) => Some(held == value),
            Self::Fingerprint(held) => Some(*held == fingerprint(value.expose())),
            Self::Untold(_) => None,
        }
    }
}

/// The places, with what they are reached by.
#[derive(Clone)]
pub struct Sinks {
    tools: Tools,
    keyring: Arc<dyn Keyring>,
    variables: Option<Arc<dyn Variables>>,
}

/// A place, with what it is reached by.
enum Reach<'a> {
    Files(Place),
    Command(Commands<'a>),
    Keyring(&'a dyn Keyring, &'a str, &'a str),
    Remote(Remote<'a>),
    Variable(Variable<'a>),
}

impl Sinks {
    /// Programs are found by `tools`, entries kept in the session's keyring.
    pub fn of(tools: &Tools) -> Self {
        Self::new(tools.clone(), Arc::new(SessionKeyring))
    }

    /// Programs are found by `tools`, entries kept in `keyring`.
    pub fn new(tools: Tools, keyring: Arc<dyn Keyring>) -> Self {
        Self { tools, keyring, variables: None }
    }

    /// The same, with the variables of environments, which `variables` reads and writes.
    #[must_use]
    pub fn with_variables(mut self, variables: Arc<dyn Variables>) -> Self {
        self.variables = Some(variables);
        self
    }

    fn reach<'a>(&'a self, sink: &'a Sink) -> Result<Reach<'a>, SinkError> {
        Ok(match sink {
            Sink::File { path } => Reach::Files(Place { path: path.clone(), part: Part::Whole }),
            Sink::EnvFile { path, name, rules } => {
                Reach::Files(Place { path: path.clone(), part: Part::Line(name.clone(), *rules) })
            }
            Sink::Document { format, path, key } => {
                Reach::Files(Place { path: path.clone(), part: Part::Value(*format, key.clone()) })
            }
            Sink::Command { write, verify, undo } => {
                let (verify, undo) = (verify.as_ref(), undo.as_ref());
                Reach::Command(Commands { tools: &self.tools, write, verify, undo })
            }
            Sink::Keyring { service, account } => Reach::Keyring(self.keyring.as_ref(), service, account),
            Sink::Recipe { recipe, target, field } => {
                Reach::Remote(Remote { tools: &self.tools, recipe: *recipe, target, field })
            }
            Sink::Variable { environment, name } => {
                Reach::Variable(Variable::of(self.variables.as_deref(), environment, name)?)
            }
            Sink::Clipboard | Sink::Print => {
                return Err(SinkError::new(
                    format!("the {} is not written from here", sink.kind()),
                    "it is where the person is that it is handed over",
                ));
            }
        })
    }

    /// Whether a new value could be written there, without writing, and whether it holds the old key.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn look(&self, sink: &Sink, old: &OldKey) -> Result<Look, SinkError> {
        let reach = self.reach(sink)?;
        let mut look = match reach {
            Reach::Files(place) => {
                let old = old.clone();
                blocking(move || place.look(Old::of(&old))).await?
            }
            Reach::Command(commands) => {
                commands.check()?;
                // many a verify command fails where nothing is yet, and none of that keeps a value from being written
                let found = commands.held().await.unwrap_or_else(|error| Found::Untold(error.to_string()));
                Look {
                    holding: Old::of(old).holding(&found, "it tells of nothing there yet", false),
                    notes: commands.no_way_back(&found).into_iter().map(str::to_owned).collect(),
                }
            }
            Reach::Keyring(keyring, service, account) => {
                keyring.answers().await.map_err(|error| of_keyring(&error))?;
                let found = match keyring.get(service, account).await {
                    Ok(value) => Found::from(value),
                    Err(KeyringError::NotText) => Found::Untold(KeyringError::NotText.to_string()),
                    Err(error) => return Err(of_keyring(&error)),
                };
                Look { holding: Old::of(old).holding(&found, "the entry is made", false), notes: Vec::new() }
            }
            Reach::Remote(remote) => {
                let notes = remote.check().await?;
                let found = match remote.held().await {
                    Err(error) if error.failure() == Failure::Unreadable => Found::Untold(error.to_string()),
                    found => found?,
                };
                Look { holding: Old::of(old).holding(&found, &remote.made(), false), notes }
            }
            Reach::Variable(variable) => {
                let found = Found::Value(variable.read().await?);
                Look { holding: Old::of(old).holding(&found, "", false), notes: vec![variables::SHARED.to_owned()] }
            }
        };
        if let Some(path) = sink.path()
            && git::tracks(&self.tools, path).await
        {
            look.notes.push("git tracks this file: the value would be in the next commit".to_owned());
        }
        look.notes.dedup();
        Ok(look)
    }

    /// What it holds now, to be put back if need be; none when it holds nothing.
    ///
    /// # Errors
    /// [`Failure::Unreadable`] when it does not tell; another failure when it may another time.
    pub async fn read(&self, sink: &Sink) -> Result<Option<Secret>, SinkError> {
        let held = self.held(sink).await.map_err(|error| match sink {
            // many a verify command fails where nothing is yet
            Sink::Command { .. } => error.to(Failure::Unreadable),
            _ => error,
        });
        match held? {
            Found::Nothing => Ok(None),
            Found::Value(value) => Ok(Some(value)),
            Found::Fingerprint(_) => {
                Err(SinkError::unreadable("it tells only the hash of what it holds", "keep what is there yourself"))
            }
            Found::Untold(why) => Err(SinkError::unreadable(why, "keep what is there yourself")),
        }
    }

    async fn held(&self, sink: &Sink) -> Result<Found, SinkError> {
        match self.reach(sink)? {
            Reach::Files(place) => blocking(move || place.read()).await.map(Found::from),
            Reach::Command(commands) => commands.held().await,
            Reach::Keyring(keyring, service, account) => {
                keyring.get(service, account).await.map(Found::from).map_err(|error| of_keyring(&error))
            }
            Reach::Remote(remote) => remote.held().await,
            Reach::Variable(variable) => variable.read().await.map(Found::Value),
        }
    }

    /// Writes a new value; not again where it is seen to be there.
    ///
    /// # Errors
    /// When that did not work, with whether it may have been done all the same.
    pub async fn write(&self, sink: &Sink, value: &Secret) -> Result<(), SinkError> {
        let reach = self.reach(sink)?;
        if let Reach::Files(place) = reach {
            let value = value.duplicate();
            return blocking(move || place.write(&value)).await;
        }
        // what cannot be read may still be written
        if self.held(sink).await.is_ok_and(|held| held.is(value) == Some(true)) {
            return Ok(());
        }
        self.put(reach, value, None).await
    }

    /// Whether it holds `value`.
    ///
    /// # Errors
    /// When asking it did not work.
    pub async fn verify(&self, sink: &Sink, value: &Secret) -> Result<Verified, SinkError> {
        let held = self.held(sink).await?;
        Ok(match (held.is(value), held) {
            (Some(true), _) => Verified::Same,
            (None, Found::Untold(why)) => Verified::Blind(Untrusted::from(why)),
            _ => Verified::Differs,
        })
    }

    /// Puts back what was there `before` the `new` value, or removes that where there was nothing; only while the new
    /// value is what it holds, as far as it tells.
    ///
    /// # Errors
    /// When that did not work, and may another time.
    pub async fn undo(&self, sink: &Sink, before: Option<&Secret>, new: &Secret) -> Result<Undone, SinkError> {
        let held = self.held(sink).await?;
        let is_restored = |held: &Found| match before {
            Some(before) => held.is(before),
            None => match held {
                Found::Untold(_) => None,
                held => Some(matches!(held, Found::Nothing)),
            },
        };
        if is_restored(&held) == Some(true) {
            return Ok(Undone::Restored);
        }
        if held.is(new) == Some(false) {
            let why = "somebody changed it meanwhile: it holds neither the new value nor what was there before";
            return Ok(Undone::Cannot(why.into()));
        }
        match self.put_back(sink, before, new).await {
            Err(error) if error.failure() == Failure::CannotUndo => {
                return Ok(Undone::Cannot(format!("{error}; {}", error.hint()).into()));
            }
            done => done?,
        }
        if is_restored(&self.held(sink).await?) == Some(false) {
            let what = "what was there before was written, and is not what it holds";
            return Err(SinkError::new(what, "see what it holds now").maybe(true));
        }
        Ok(Undone::Restored)
    }

    async fn put_back(&self, sink: &Sink, before: Option<&Secret>, new: &Secret) -> Result<(), SinkError> {
        let reach = self.reach(sink)?;
        if let Some(before) = before {
            return self.put(reach, before, Some(new)).await;
        }
        match reach {
            Reach::Files(place) => blocking(move || place.remove()).await,
            Reach::Command(commands) => commands.remove(new).await,
            Reach::Keyring(keyring, service, account) => {
                keyring.delete(service, account).await.map_err(|error| of_keyring(&error).maybe(true))
            }
            Reach::Remote(remote) => remote.remove(new).await,
            // it was there before, since none is made
            Reach::Variable(variable) => variable.write(&Secret::new(String::new())).await,
        }
    }

    /// Writes `value`; on a way back from `undone`, what was there before it.
    async fn put(&self, reach: Reach<'_>, value: &Secret, undone: Option<&Secret>) -> Result<(), SinkError> {
        match reach {
            Reach::Files(place) => {
                let value = value.duplicate();
                blocking(move || place.put_back(&value)).await
            }
            Reach::Command(commands) => match undone {
                Some(new) => commands.put_back(value, new).await,
                None => commands.write(value).await,
            },
            Reach::Keyring(keyring, service, account) => {
                keyring.put(service, account, value).await.map_err(|error| of_keyring(&error).maybe(true))
            }
            Reach::Remote(remote) => remote.write(value).await,
            Reach::Variable(variable) => variable.write(value).await,
        }
    }
}

/// `sink` as it means the same wherever keydeck is started: with its path from the root.
///
/// # Errors
/// When that cannot be told.
pub fn settled(sink: Sink) -> Result<Sink, SinkError> {
    match sink.path().map(on_disk::absolute).transpose()? {
        Some(path) => Ok(sink.at(path)),
        None => Ok(sink),
    }
}

impl From<Option<Secret>> for Found {
    fn from(value: Option<Secret>) -> Self {
        value.map_or(Self::Nothing, Self::Value)
    }
}

/// What a program printed of what a place holds: the value, or its fingerprint.
fn told(text: &str) -> Found {
    match text.trim() {
        "" => Found::Nothing,
        text if is_fingerprint(&text.to_ascii_lowercase()) => Found::Fingerprint(text.to_ascii_lowercase()),
        text => Found::Value(Secret::new(text.to_owned())),
    }
}

fn of_keyring(error: &KeyringError) -> SinkError {
    let hint = match error {
        KeyringError::Absent => "use a file or a command instead; over SSH there is seldom a keyring",
        KeyringError::Locked | KeyringError::NoAnswer(_) => "unlock it in your desktop session, then try again",
        KeyringError::NotText | KeyringError::Failed(_) => "look at the entry with your keyring's own program",
    };
    SinkError::new(error.to_string(), hint)
}

/// The number of the line that the byte `at` of a text is in, from 1.
fn line_number(text: &[u8], at: usize) -> usize {
    1 + memchr::memchr_iter(b'\n', &text[..at]).count()
}

/// Runs what waits for a disk where it holds up nothing else.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SinkError> + Send + 'static,
) -> Result<T, SinkError> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(SinkError::new("it was broken off", "try again").maybe(true)))
}

#[cfg(test)]
mod tests;
