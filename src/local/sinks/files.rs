//! The kinds of file: one that holds a value and nothing else, one of `NAME=value` lines, and one of some form with a value
//! in it.

use zeroize::Zeroizing;

use super::Found;
use super::documents;
use super::env_lines::{self, Care, Foreign, Refused};
use super::error::{Failure, SinkError};
use super::look::{Holding, Look, Old, listed};
use super::on_disk::Target;
use crate::domain::rotation::{EnvRules, Format, Sink};
use crate::domain::secret::Secret;
use crate::local::program::shown;

/// A file, and what in it is meant.
#[derive(Clone, Debug)]
pub struct Place {
    pub path: String,
    pub part: Part,
}

/// What of a file is the value.
#[derive(Clone, Debug)]
pub enum Part {
    Whole,
    /// The line of this name.
    Line(String, EnvRules),
    /// The value of this key.
    Value(Format, String),
}

impl Place {
    /// Whether it could be written, without trying, and what it holds.
    ///
    /// # Errors
    /// When it could not.
    pub fn look(&self, old: Old<'_>) -> Result<Look, SinkError> {
        let target = Target::of(&self.path)?;
        let mut notes = target.check()?;
        let content = target.read()?;
        let text = content.as_ref().map(|content| content.bytes.as_slice());
        let holding = match &self.part {
            Part::Whole => self.look_at_whole(text, old, &mut notes),
            Part::Line(name, rules) => self.look_at_lines(text.unwrap_or_default(), (name, *rules), old, &mut notes)?,
            Part::Value(format, key) => self.look_at_values(text, (*format, key), old, &mut notes)?,
        };
        Ok(Look { holding, notes })
    }

    fn look_at_whole(&self, text: Option<&[u8]>, old: Old<'_>, notes: &mut Vec<String>) -> Holding {
        let Some(text) = text else {
            return Holding::Nothing("the file is made, readable by you only".to_owned());
        };
        let Ok(value) = std::str::from_utf8(without_end(text).0) else {
            return Holding::Other("it holds something that is no text: all of it would be replaced".to_owned());
        };
        if old.is(value.trim()) == Some(true) {
            return Holding::OldKey;
        }
        if !value.contains('\n') {
            return old.holding(&Found::from(Some(Secret::new(value.to_owned()))), "", false);
        }
        notes.push("this file has several lines; all of them are replaced".to_owned());
        let lines: Vec<String> = old.lines_in(text).iter().map(ToString::to_string).collect();
        if lines.is_empty() {
            return Holding::Other(
                "it holds several lines, and the old key in none: is it the file you mean?".to_owned(),
            );
        }
        let path = shown(&self.path);
        Holding::Other(format!(
            "the old key stands in line {} of it, and all of its lines would be replaced: name the value in it, as \
             env-file:{path}:NAME, yaml:{path}:KEY, json:{path}:KEY or toml:{path}:KEY",
            listed(&lines)
        ))
    }

    fn look_at_lines(
        &self,
        text: &[u8],
        (name, rules): (&str, EnvRules),
        old: Old<'_>,
        notes: &mut Vec<String>,
    ) -> Result<Holding, SinkError> {
        // whether it can be read at all
        self.values(text, name, rules)?;
        let all = env_lines::all(text, rules);
        let (ours, others): (Vec<_>, Vec<_>) = all.into_iter().partition(|line| line.name == name.as_bytes());
        let is_old = |value: &[u8]| std::str::from_utf8(value).is_ok_and(|value| old.is(value) == Some(true));
        let elsewhere: Vec<_> = others.iter().filter(|line| is_old(line.value)).collect();
        let also = elsewhere.iter().map(|line| {
            let name = String::from_utf8_lossy(line.name).into_owned();
            (line.number, Sink::EnvFile { path: self.path.clone(), name, rules })
        });
        let known: Vec<usize> = ours.iter().chain(elsewhere.iter().copied()).map(|line| line.number).collect();
        also_there(notes, also);
        not_written(notes, text, old, &known);
        let Some(last) = ours.last() else {
            if let Some(foreign) = env_lines::foreign(text, name, rules) {
                return Err(self.explain(&Refused::Foreign(foreign)));
            }
            let export = if env_lines::is_exported(text, rules) { "export " } else { "" };
            return Ok(Holding::Nothing(format!("a new last line, {export}{}=…", shown(name))));
        };
        if ours.len() > 1 {
            notes.push(format!("{} stands there {} times; all of them are changed", shown(name), ours.len()));
            if ours.windows(2).any(|two| two[0].value != two[1].value) {
                notes.push("they differ; a way back gives each what the last one has".to_owned());
                if !ours.iter().all(|line| is_old(line.value)) {
                    let lines: Vec<String> = ours.iter().map(|line| line.number.to_string()).collect();
                    return Ok(Holding::Other(format!(
                        "its lines {} hold different values, and not all of them the old key",
                        listed(&lines)
                    )));
                }
            }
        }
        let found = match std::str::from_utf8(last.value) {
            Ok(value) => Found::Value(Secret::new(value.to_owned())),
            Err(_) => Found::Untold("what it holds is not text".to_owned()),
        };
        Ok(old.holding(&found, "", last.expands))
    }

    fn look_at_values(
        &self,
        text: Option<&[u8]>,
        (format, key): (Format, &str),
        old: Old<'_>,
        notes: &mut Vec<String>,
    ) -> Result<Holding, SinkError> {
        let text = self.there(text)?;
        let value = documents::value(format, text, key).map_err(|refused| self.refused(&refused))?;
        let all = documents::all(format, text).map_err(|refused| self.refused(&refused))?;
        let (ours, others): (Vec<_>, Vec<_>) = all.iter().partition(|held| held.key == key);
        let elsewhere: Vec<_> = others.iter().filter(|held| old.is(&held.value) == Some(true)).collect();
        let also = elsewhere.iter().map(|held| {
            // the notation of one value of a form that has more of them
            let format = if format == Format::Newmanrc { Format::Json } else { format };
            (held.line, Sink::Document { format, path: self.path.clone(), key: held.key.clone() })
        });
        let known: Vec<usize> = ours.iter().chain(elsewhere.iter().copied()).map(|held| held.line).collect();
        also_there(notes, also);
        not_written(notes, text, old, &known);
        if ours.iter().any(|held| held.is_off) {
            notes.push("this variable is turned off there".to_owned());
        }
        if format == Format::PostmanEnvironment {
            notes.push("Postman itself reads the file only when it is imported again".to_owned());
        }
        let value = Secret::new(value.to_string());
        Ok(old.holding(&Found::Value(value), "", true))
    }

    /// What it holds; none when there is no such file or line.
    pub fn read(&self) -> Result<Option<Secret>, SinkError> {
        let content = Target::of(&self.path)?.read()?;
        let text = content.as_ref().map(|content| content.bytes.as_slice());
        let value = match (&self.part, text) {
            (Part::Value(format, key), text) => {
                let value = documents::value(*format, self.there(text)?, key);
                let value = value.map_err(|refused| self.refused(&refused).to(Failure::Unreadable))?;
                return Ok(Some(Secret::new(value.to_string())));
            }
            (_, None) => None,
            (Part::Line(name, rules), Some(text)) => self.values(text, name, *rules)?.last().copied(),
            (Part::Whole, Some(text)) => Some(without_end(text).0),
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

    /// The same for whoever only asks what stands there: a folder, a file or a value that is missing is nothing.
    pub fn read_if_there(&self) -> Result<Option<Secret>, SinkError> {
        let Some(target) = Target::if_there(&self.path)? else { return Ok(None) };
        if let Part::Value(format, key) = &self.part {
            let Some(content) = target.read()? else { return Ok(None) };
            if documents::value(*format, &content.bytes, key) == Err(documents::Refused::Missing) {
                return Ok(None);
            }
        }
        self.read()
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
        Target::of(&self.path)?.replace(|now| match &self.part {
            Part::Line(name, rules) => {
                let now = now.unwrap_or_default();
                env_lines::set(now, (name, *rules), value, care).map_err(|refused| self.explain(&refused))
            }
            Part::Value(format, key) => {
                documents::set(*format, self.there(now)?, key, value).map_err(|refused| self.refused(&refused))
            }
            Part::Whole => {
                let end: &[u8] = now.map_or(b"\n", |now| without_end(now).1);
                let mut whole = Zeroizing::new(Vec::with_capacity(value.len() + end.len()));
                whole.extend_from_slice(value.as_bytes());
                whole.extend_from_slice(end);
                Ok(whole)
            }
        })
    }

    /// Removes the line, or the file that is the value.
    pub fn remove(&self) -> Result<(), SinkError> {
        let target = Target::of(&self.path)?;
        match &self.part {
            Part::Whole => target.delete(),
            Part::Line(..) if target.read()?.is_none() => Ok(()),
            Part::Line(name, rules) => target.replace(|now| {
                env_lines::remove(now.unwrap_or_default(), name, *rules).map_err(|refused| self.explain(&refused))
            }),
            Part::Value(..) => Err(SinkError::cannot_undo(
                format!("{} is not removed from a file of this form", self.shown()),
                "take it out yourself",
            )),
        }
    }

    fn values<'a>(&self, text: &'a [u8], name: &str, rules: EnvRules) -> Result<Vec<&'a [u8]>, SinkError> {
        env_lines::values(text, name, rules).map_err(|refused| self.explain(&refused).to(Failure::Unreadable))
    }

    /// The text of a file that must be there already.
    fn there<'a>(&self, text: Option<&'a [u8]>) -> Result<&'a [u8], SinkError> {
        text.ok_or_else(|| {
            SinkError::new(
                format!("there is no file {}", shown(&self.path)),
                "make it with the key in it and \"\" as its value, or name another place",
            )
        })
    }

    fn shown(&self) -> String {
        let path = shown(&self.path);
        match &self.part {
            Part::Whole => path,
            Part::Line(name, _) | Part::Value(_, name) => format!("{} in {path}", shown(name)),
        }
    }

    fn explain(&self, refused: &Refused) -> SinkError {
        let path = shown(&self.path);
        let (name, rules) = match &self.part {
            Part::Line(name, rules) => (shown(name), *rules),
            Part::Whole | Part::Value(..) => (String::new(), EnvRules::Common),
        };
        let hint = match refused {
            Refused::NotText => "name a text file with NAME=value lines".to_owned(),
            Refused::Odd => {
                "put its value into one pair of quotes, with nothing behind them but a comment or another NAME=value"
                    .to_owned()
            }
            Refused::NotFit => "edit the file yourself, or use a file that holds nothing but the value".to_owned(),
            Refused::Shared => "edit the line yourself".to_owned(),
            Refused::Foreign(foreign) => match foreign {
                Foreign::Json => format!("name the value as json:{path}:KEY"),
                Foreign::Yaml => format!("name the value as yaml:{path}:KEY"),
                Foreign::Sections { unit: true } => {
                    "name the file of its EnvironmentFile= as env-file+systemd:PATH:NAME, or a credential as \
                     systemd-creds:PATH:NAME"
                        .to_owned()
                }
                Foreign::Sections { unit: false } => format!("if it is TOML, name the value as toml:{path}:KEY"),
                Foreign::OtherShell(_) | Foreign::Other => {
                    "name a file with NAME=value lines, or a command that writes this one".to_owned()
                }
                Foreign::OtherForm { form, .. } if form.starts_with("export") => {
                    format!("systemd reads no export: take the word out, or name env-file:{path}:{name}")
                }
                Foreign::OtherForm { form, .. } if form.contains(':') => {
                    format!("write it as {name}=value, or name yaml:{path}:{name} if the file is YAML")
                }
                Foreign::OtherForm { .. } => format!("write it as {name}=value, or name a command that writes it"),
                Foreign::OtherCase { name: other, .. } => {
                    let other = Sink::EnvFile { path: self.path.clone(), name: other.clone(), rules };
                    format!("name {} if that is the one", shown(&other.to_string()))
                }
            },
        };
        SinkError::new(format!("{} {refused}", self.shown()), hint)
    }

    fn refused(&self, refused: &documents::Refused) -> SinkError {
        let format = match self.part {
            Part::Value(format, _) => format,
            Part::Whole | Part::Line(..) => Format::Json,
        };
        let what = match refused {
            documents::Refused::Malformed { .. } | documents::Refused::Sops => shown(&self.path),
            documents::Refused::Missing => {
                return SinkError::new(
                    format!("{} has no value {}", shown(&self.path), self.key_shown()),
                    refused.hint(format),
                );
            }
            _ => self.shown(),
        };
        SinkError::new(format!("{what} {refused}"), refused.hint(format))
    }

    fn key_shown(&self) -> String {
        match &self.part {
            Part::Line(name, _) | Part::Value(_, name) => shown(name),
            Part::Whole => String::new(),
        }
    }
}

/// Offers the other places in the same file where the old key stands.
fn also_there(notes: &mut Vec<String>, found: impl Iterator<Item = (usize, Sink)>) {
    let (lines, places): (Vec<String>, Vec<String>) =
        found.map(|(line, place)| (line.to_string(), shown(&place.to_string()))).unzip();
    let (line, too) = match lines.len() {
        0 => return,
        1 => ("line", "a place"),
        _ => ("lines", "places"),
    };
    notes.push(format!(
        "the old key stands at {line} {} too: name {} as {too} as well",
        listed(&lines),
        listed(&places)
    ));
}

/// Tells the lines in which the old key stands where no value is written, as in a comment or an address.
fn not_written(notes: &mut Vec<String>, text: &[u8], old: Old<'_>, known: &[usize]) {
    let lines = old.lines_in(text);
    let lines: Vec<String> = lines.iter().filter(|line| !known.contains(line)).map(ToString::to_string).collect();
    if !lines.is_empty() {
        let line = if lines.len() == 1 { "line" } else { "lines" };
        notes.push(format!(
            "the old key stands in {line} {} too, in a comment or within a longer text, which keydeck does not write",
            listed(&lines)
        ));
    }
}

/// A value and the end of its line.
fn without_end(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = if bytes.ends_with(b"\r\n") { 2 } else { usize::from(bytes.ends_with(b"\n")) };
    bytes.split_at(bytes.len() - end)
}

#[cfg(test)]
mod tests;
