//! Where a new value goes: standard output, or a file that only its owner can read. The file is made, and a value that
//! was minted here is in it, before the server hears of the key: a value is never lost after that.

use super::args::Sink;
use super::connect::Connection;
use super::exit::Stop;
use super::output::Output;
use crate::client::capabilities::Minting;
use crate::domain::key::Key;
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
    if sink.write_secret.is_some() {
        return Ok(());
    }
    if sink.print_secret {
        return can_be_printed("nothing was sent");
    }
    Err(Stop::usage("the value would go nowhere: nothing was sent", "pass --write-secret FILE or --print-secret"))
}

/// Refuses to print a value where it would be lost; `kept` says what was not done.
pub fn can_be_printed(kept: &str) -> Result<(), Stop> {
    Output::leads_somewhere().map_err(|why| {
        Stop::usage(
            format!("the value would be lost: standard output {why}; {kept}"),
            "let standard output lead to a program or a file, or write the value to a file of its own",
        )
    })
}

/// A key whose value was made by the backend and is lost: nobody has it.
#[derive(Debug)]
pub struct Lost {
    pub key: Key,
    /// How it was lost.
    pub what: String,
}

/// A new value of an API key, in the destination already, where the values of this backend are made here.
pub fn mint_for(connection: &Connection, destination: &mut Destination) -> Result<Option<Secret>, Stop> {
    match connection.service.capabilities().minting() {
        Minting::Server => Ok(None),
        Minting::Client => {
            let value = mint(KeyKind::ApiKey, getrandom::fill).map_err(|error| {
                Stop::failed(format!("no value could be made: {error}"), "try again; nothing was sent")
            })?;
            destination.write(&value)?;
            Ok(Some(value))
        }
    }
}

impl Destination {
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

    /// A key that was made, with its value: the one that was `minted` here and is in the file already, or the one that the
    /// backend `answered`, which is put there now.
    pub fn take(
        &mut self,
        key: Key,
        minted: Option<Secret>,
        answered: Option<Secret>,
    ) -> Result<(Key, Secret), Box<Lost>> {
        match (minted, answered) {
            (Some(value), _) => Ok((key, value)),
            (None, Some(value)) => match self.write(&value) {
                Err(stop) if self.printed(&value).is_none() => Err(Box::new(Lost { key, what: stop.to_string() })),
                _ => Ok((key, value)),
            },
            (None, None) => Err(Box::new(Lost { key, what: "the server did not tell the value".to_owned() })),
        }
    }

    /// Keeps the file; says where the value is.
    pub fn keep(&mut self) -> Option<String> {
        let file = self.file.take()?;
        let path = file.path().display().to_string();
        file.keep();
        Some(path)
    }

    pub fn printed<'a>(&self, value: &'a Secret) -> Option<&'a str> {
        self.print.then(|| value.expose())
    }
}

/// Whether the result arrived, which may hold the only copy of a value.
pub fn arrived(kept: bool, output: &mut Output) -> bool {
    output.arrived() || kept
}
