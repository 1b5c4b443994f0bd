//! `keydeck profile add`.

use crate::cli::args::ProfileAdd;
use crate::cli::exit::{Exit, Stop};
use crate::cli::output::Output;
use crate::config::{Config, ConfigFile, NewProfile, NewSource, with_profile};

/// Writes the profile, and says what comes next.
pub(super) fn run(args: &ProfileAdd, file: &ConfigFile, output: &mut Output) -> anyhow::Result<Exit> {
    let mut new = NewProfile {
        name: args.name.clone(),
        backend: args.backend.clone(),
        place: args
            .base_url
            .iter()
            .map(|url| ("base_url", url.clone()))
            .chain(args.region.iter().map(|region| ("region", region.clone())))
            .collect(),
        ca_file: args.ca_file.clone(),
        source: source(args)?,
        read_only: args.read_only,
        production: args.production,
        color: args.color,
        default: args.default,
    };
    file.change(|text, path| {
        new.default |= Config::parse(text, path).is_ok_and(|config| config.profiles.is_empty());
        with_profile(text, path, &new)
    })?;
    output.say(&format!("profile {} is written to {}", new.name, file.path().display()));
    let next = match &new.source {
        NewSource::Keyring => format!("next: keydeck login --profile {}", new.name),
        NewSource::Asked | NewSource::Command(_) | NewSource::File(_) | NewSource::Env(_) => {
            format!("next: keydeck profile test {}", new.name)
        }
    };
    output.say(&next);
    Ok(Exit::Done)
}

fn source(args: &ProfileAdd) -> Result<NewSource, Stop> {
    let from = &args.source;
    if let Some(line) = &from.command {
        let words = shell_words::split(line).ok().filter(|words| !words.is_empty());
        return words
            .map(NewSource::Command)
            .ok_or_else(|| Stop::usage("the command cannot be told apart into words", "check its quotes"));
    }
    if let Some(path) = &from.file {
        // a path of the folder where this is typed, and not of that of the configuration
        let path = if path.starts_with("~") { Ok(path.clone()) } else { std::path::absolute(path) };
        return path.map(NewSource::File).map_err(|_| Stop::usage("the file has no path", "name it from the root on"));
    }
    Ok(match &from.env {
        Some(name) => NewSource::Env(name.clone()),
        None if from.ask => NewSource::Asked,
        None => NewSource::Keyring,
    })
}
