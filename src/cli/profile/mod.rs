//! `keydeck profile`: the profiles of `config.toml`.

mod add;
mod list;
mod test;

use std::path::Path;

use super::args::{Profile, ProfileRemove, ProfileUse};
use super::exit::{Exit, Stop};
use super::output::Output;
use crate::config::{ConfigFile, Paths, with_default, without_profile};
use crate::local::journal::Journal;
use crate::local::kept_keys::{KeptKeys, Place};

/// Lists or changes profiles.
pub async fn run(
    args: &Profile,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    if let Profile::Test(args) = args {
        return test::run(args, paths, profile, config, output).await;
    }
    if profile.is_some() {
        return Err(Stop::usage("this command takes the profile's name as it is", "leave out --profile").into());
    }
    let file = ConfigFile::of(config, &paths.config_file());
    match args {
        Profile::List(args) => list::run(args, paths, config, output),
        Profile::Add(args) => add::run(args, &file, output),
        Profile::Use(args) => use_it(args, &file, output),
        Profile::Remove(args) => remove(args, &file, paths, output).await,
        Profile::Test(_) => Ok(Exit::Done),
    }
}

fn use_it(args: &ProfileUse, file: &ConfigFile, output: &mut Output) -> anyhow::Result<Exit> {
    file.change(|text, path| with_default(text, path, &args.name))?;
    output.say(&format!("{} is used from now on where no profile is named", args.name));
    Ok(Exit::Done)
}

/// Removes a profile and the key that is kept for it, unless something of it is under way.
async fn remove(args: &ProfileRemove, file: &ConfigFile, paths: &Paths, output: &mut Output) -> anyhow::Result<Exit> {
    let name = &args.name;
    let open = open_rotations(paths.state(), name).await?;
    if open > 0 {
        let many = if open == 1 { "a rotation".to_owned() } else { format!("{open} rotations") };
        return Err(Stop::usage(
            format!("{many} of profile {name} is not over: nothing was removed"),
            format!("end it first: keydeck rotations --profile {name}"),
        )
        .into());
    }
    file.change(|text, path| without_profile(text, path, name))?;
    output.say(&format!("profile {name} is removed from {}", file.path().display()));
    match KeptKeys::of(paths.state()).forget(name).await? {
        Some(kept) => output.say(&format!(
            "the {} that was kept for it {} is removed; it still works at {}: revoke it there",
            kept.kind.word(),
            place(kept.place),
            kept.address
        )),
        None => output.say("its key, wherever it is kept, still works at its server: revoke it there"),
    }
    Ok(Exit::Done)
}

/// Where a key is kept, after "kept".
pub fn place(place: Place) -> &'static str {
    match place {
        Place::Keyring => "in the keyring",
        Place::File => "in a file that only you can read",
    }
}

/// How many rotations of the profile are open on this machine.
async fn open_rotations(state: &Path, profile: &str) -> anyhow::Result<usize> {
    if !Journal::is_there(state) {
        return Ok(0);
    }
    let open = Journal::open(state).await?.open_rotations().await?;
    Ok(open.rotations.iter().filter(|rotation| rotation.profile == profile).count())
}
