//! The two kinds of file: one that holds a value and nothing else, and one of `NAME=value` lines.

use zeroize::Zeroizing;

use super::env_lines::{self, Care, Refused};
use super::error::{Failure, SinkError};
use super::on_disk::Target;
use crate::domain::secret::Secret;
use crate::local::program::shown;

/// A file, and the name of the line in it; none: the file is the value.
#[derive(Clone, Debug)]
pub struct Place {
    pub path: String,
    /// Which line.
    pub name: Option<String>,
}

impl Place {
    /// Whether it could be written, without trying; with what a person should know of it.
    pub fn check(&self) -> Result<Vec<String>, SinkError> {
        let target = Target::of(&self.path)?;
        let mut notes = target.check()?;
        let Some(content) = target.read()? else { return Ok(notes) };
        if let Some(name) = &self.name {
            let values = self.values(&content.bytes, name)?;
            if values.len() > 1 {
                notes.push(format!("{} stands there {} times; all of them are changed", shown(name), values.len()));
                if values.windows(2).any(|two| two[0] != two[1]) {
                    notes.push("they differ; a way back gives each what the last one has".to_owned());
                }
            }
        } else if content.bytes.strip_suffix(b"\n").unwrap_or(&content.bytes).contains(&b'\n') {
            notes.push("this file has several lines; all of them are replaced".to_owned());
        }
        Ok(notes)
    }

    /// What it holds; none when there is no such file or line.
    pub fn read(&self) -> Result<Option<Secret>, SinkError> {
        let Some(content) = Target::of(&self.path)?.read()? else { return Ok(None) };
        let value = match &self.name {
            Some(name) => self.values(&content.bytes, name)?.last().copied(),
            None => Some(without_end(&content.bytes).0),
        };
        let Some(value) = value else { return Ok(None) };
        match std::str::from_utf8(value) {
            Ok(value) => Ok(Some(Secret::new(value.to_owned()))),
            Err(_) => Err(SinkError::unreadable(
                format!("what {} holds is not text", self.shown()),
                "keep it yourself if you may want it back",
            )),
        }
    }

    /// Writes a new value.
    pub fn write(&self, value: &Secret) -> Result<(), SinkError> {
        self.put(value, Care::Literal)
    }

    /// Puts back what was read before.
    pub fn put_back(&self, value: &Secret) -> Result<(), SinkError> {
        self.put(value, Care::AsItStood)
    }

    fn put(&self, value: &Secret, care: Care) -> Result<(), SinkError> {
        let value = value.expose();
        Target::of(&self.path)?.replace(|now| {
            if let Some(name) = &self.name {
                let now = now.unwrap_or_default();
                return env_lines::set(now, name, value, care).map_err(|refused| self.explain(refused));
            }
            let end: &[u8] = now.map_or(b"\n", |now| without_end(now).1);
            let mut whole = Zeroizing::new(Vec::with_capacity(value.len() + end.len()));
            whole.extend_from_slice(value.as_bytes());
            whole.extend_from_slice(end);
            Ok(whole)
        })
    }

    /// Removes the line, or the file that is the value.
    pub fn remove(&self) -> Result<(), SinkError> {
        let target = Target::of(&self.path)?;
        match &self.name {
            None => target.delete(),
            Some(_) if target.read()?.is_none() => Ok(()),
            Some(name) => target.replace(|now| {
                env_lines::remove(now.unwrap_or_default(), name).map_err(|refused| self.explain(refused))
            }),
        }
    }

    fn values<'a>(&self, text: &'a [u8], name: &str) -> Result<Vec<&'a [u8]>, SinkError> {
        env_lines::values(text, name).map_err(|refused| self.explain(refused).to(Failure::Unreadable))
    }

    fn shown(&self) -> String {
        let path = shown(&self.path);
        self.name.as_ref().map_or_else(|| path.clone(), |name| format!("{} in {path}", shown(name)))
    }

    fn explain(&self, refused: Refused) -> SinkError {
        let hint = match refused {
            Refused::NotText => "name a text file with NAME=value lines",
            Refused::Odd => "put its value into one pair of quotes, without anything behind them but a comment",
            Refused::NotFit => "edit the file yourself, or use a file that holds nothing but the value",
        };
        SinkError::new(format!("{} {refused}", self.shown()), hint)
    }
}

/// A value and the end of its line.
fn without_end(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = if bytes.ends_with(b"\r\n") { 2 } else { usize::from(bytes.ends_with(b"\n")) };
    bytes.split_at(bytes.len() - end)
}

#[cfg(test)]
mod tests;
