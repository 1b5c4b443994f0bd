//! Where a new value goes: standard output, or a file that only its owner can read. The file is made, and a value that
//! was minted here is in it, before the server hears of the key: a value is never lost after that.

use super::args::Sink;
use super::exit::Stop;
use super::output::Output;
use crate::domain::key_value::{KeyKind, mint};
use crate::domain::secret::Secret;
use crate::ops::secret_file::SecretFile;

/// Where the value of this run goes.
#[derive(Debug)]
pub struct Destination {
    print: bool,
    file: Option<SecretFile>,
}

/// Refuses a value that would go nowhere.
pub fn check(sink: &Sink) -> Result<(), Stop> {
    if sink.print_secret || sink.write_secret.is_some() {
        return Ok(());
    }
    Err(Stop::usage("the value would go nowhere: nothing was sent", "pass --write-secret FILE or --print-secret"))
}

/// A new value of an API key.
pub fn new() -> Result<Secret, Stop> {
    mint(KeyKind::ApiKey, getrandom::fill)
        .map_err(|error| Stop::failed(format!("no value could be made: {error}"), "try again; nothing was sent"))
}

impl Destination {
    /// Opens it.
    pub fn open(sink: &Sink) -> Result<Self, Stop> {
        let file = match &sink.write_secret {
            None => None,
            Some(path) => Some(SecretFile::create(path).map_err(|error| {
                Stop::usage(
                    format!("cannot make the file {}: {error}; nothing was sent", path.display()),
                    "name a new file in a directory that you can write to",
                )
            })?),
        };
        Ok(Self { print: sink.print_secret, file })
    }

    /// Puts the value into the file, where there is one.
    pub fn write(&mut self, value: &Secret) -> Result<(), Stop> {
        let Some(file) = &mut self.file else { return Ok(()) };
        file.write(value).map_err(|error| {
            Stop::failed(
                format!("the value could not be written to {}: {error}", file.path().display()),
                "make room, or name another file",
            )
        })
    }

    /// Keeps the file; says where the value is.
    pub fn keep(&mut self) -> Option<String> {
        let file = self.file.take()?;
        let path = file.path().display().to_string();
        file.keep();
        Some(path)
    }

    /// The value, if it is to be printed.
    pub fn printed<'a>(&self, value: &'a Secret) -> Option<&'a str> {
        self.print.then(|| value.expose())
    }
}

/// Fails when the result, which may hold the only copy of a value, did not arrive.
pub fn arrived(kept: bool, id: &str, output: &mut Output) -> Result<(), Stop> {
    if output.arrived() || kept {
        return Ok(());
    }
    Err(Stop::failed("the value could not be printed and is lost", format!("keydeck regenerate {id}, or delete it")))
}
