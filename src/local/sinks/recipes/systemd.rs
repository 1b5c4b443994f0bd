//! A credential of systemd, sealed for this machine. Source: `systemd-creds(1)`, systemd.exec(5) `LoadCredentialEncrypted=`.
//!
//! The program never writes the file: what it prints takes the file's place whole, with the owner and mode it had.

use zeroize::Zeroizing;

use super::{Remote, secret};
use crate::domain::secret::Secret;
use crate::local::program::shown;
use crate::local::sinks::error::SinkError;
use crate::local::sinks::on_disk::Target;
use crate::local::sinks::{Found, blocking};

/// Whether the file could be replaced, without trying; with what a person should know of it.
pub async fn check(remote: &Remote<'_>) -> Result<Vec<String>, SinkError> {
    let path = remote.target.to_owned();
    let mut notes = blocking(move || Target::of(&path)?.check()).await?;
    // whether anything can be sealed here at all
    seal(remote, &secret("a trial")).await?;
    // what is sealed may be read by anybody
    notes.retain(|note| !note.starts_with("others can read"));
    notes.push("a service gets it when it is started anew".to_owned());
    Ok(notes)
}

pub async fn held(remote: &Remote<'_>) -> Result<Found, SinkError> {
    let path = remote.target.to_owned();
    if blocking(move || Ok(Target::of(&path)?.read()?.is_none())).await? {
        return Ok(Found::Nothing);
    }
    let name = format!("--name={}", remote.field);
    let ran = remote.get(&["decrypt", &name, remote.target, "-"]).await?;
    let text = remote.text(&ran).map_err(|_| {
        SinkError::unreadable(format!("what {} holds is not text", shown(remote.target)), "keep it yourself")
    })?;
    Ok(Found::Value(secret(&text)))
}

pub async fn write(remote: &Remote<'_>, value: &Secret) -> Result<(), SinkError> {
    let sealed = seal(remote, value).await?;
    let path = remote.target.to_owned();
    blocking(move || Target::of(&path)?.replace(|_| Ok(sealed.clone()))).await
}

pub async fn remove(remote: &Remote<'_>) -> Result<(), SinkError> {
    let path = remote.target.to_owned();
    blocking(move || Target::of(&path)?.delete()).await
}

async fn seal(remote: &Remote<'_>, value: &Secret) -> Result<Zeroizing<Vec<u8>>, SinkError> {
    let name = format!("--name={}", remote.field);
    let ran = remote.ask(&["encrypt", &name, "-", "-"], Some(value.expose()), &[value]).await?;
    if !ran.is_ok() {
        return Err(remote.failed(&ran));
    }
    match ran.output() {
        Some(sealed) if !sealed.is_empty() => Ok(Zeroizing::new(sealed.to_vec())),
        _ => Err(remote.unclear()),
    }
}
