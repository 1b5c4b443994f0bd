//! The first start, where nothing is configured: a short dialog that makes a profile, or the demo.

use std::path::Path;

use super::exit::Stop;
use super::masked;
use super::output::Output;
use super::profile::place;
use crate::client;
use crate::config::{Config, ConfigFile, Environment, NewProfile, NewSource, Paths, Session, key_of, with_profile};
use crate::domain::secret::Secret;
use crate::domain::team::Me;
use crate::domain::time::Time;
use crate::domain::untrusted::visible;
use crate::local::kept_keys::{Keeping, KeptKeys, Kind, Store};

/// What the first start came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// Something is configured, now or before.
    Configured,
    /// The demo was chosen.
    Demo,
}

/// What was chosen.
#[derive(Clone, Copy)]
enum Which {
    OfTheTeam,
    Postman,
}

/// A profile that its server has answered.
struct Tried {
    new: NewProfile,
    /// The key, where keydeck is to keep it.
    key: Option<Secret>,
    /// Where that is sent to.
    address: String,
    /// When it answered.
    now: Time,
}

/// Asks for a server where nothing names one: no flag, no variable, no profile. The terminal is known to be there.
///
/// # Errors
/// When the configuration cannot be read or written, or the dialog was left.
pub async fn run(
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<First> {
    let environment = Environment::of_process()?;
    let named = profile.is_some()
        || environment.profile.is_some()
        || environment.url.is_some()
        || environment.api_key.is_some();
    if named || !Config::load(config, &paths.config_file())?.profiles.is_empty() {
        return Ok(First::Configured);
    }
    output.say("keydeck has no server to speak to yet.");
    output.say("");
    output.say("  1  the keydeck server of your team");
    output.say("  2  the public Postman API");
    output.say("  3  none: look at the demo, a made-up team that is gone when you leave");
    output.say("  4  postman.gov.sg, the messaging service of the Singapore government");
    let which = match choose("Which? [3] ", &["1", "2", "3", "4"], "3", output)?.as_str() {
        "1" => Which::OfTheTeam,
        "2" => Which::Postman,
        "4" => return gov_sg(paths, config, output),
        _ => return Ok(First::Demo),
    };
    let tried = loop {
        match attempt(which, output).await? {
            Ok(tried) => break tried,
            Err(why) => {
                output.say(&format!("It does not work: {why}"));
                output.say("Nothing was written. Once more, or ^C.");
            }
        }
    };
    write(tried, paths, config, output).await?;
    Ok(First::Configured)
}

/// Writes a profile of postman.gov.sg, which has no key: who opens the console is asked to log in.
fn gov_sg(paths: &Paths, config: Option<&Path>, output: &mut Output) -> anyhow::Result<First> {
    let backend = "postman-gov-sg".to_owned();
    let name = line("What is this profile to be called? [gov] ", output)?;
    let new = NewProfile {
        name: if name.is_empty() { "gov".to_owned() } else { name },
        backend,
        place: Vec::new(),
        ca_file: None,
        source: NewSource::Keyring,
        read_only: false,
        production: false,
        color: None,
        default: true,
    };
    let file = ConfigFile::of(config, &paths.config_file());
    file.change(|text, path| with_profile(text, path, &new))?;
    output.say(&format!("The profile {} is written to {}.", new.name, file.path().display()));
    Ok(First::Configured)
}

/// Asks for a place and a key, and the server whose that is; why it did not work, where it did not.
async fn attempt(which: Which, output: &mut Output) -> anyhow::Result<Result<Tried, String>> {
    let (place, backend) = match which {
        Which::OfTheTeam => {
            let question = "Its address (https://…, on this machine unix:/PATH or http://127.0.0.1:PORT): ";
            (("base_url", needed(question, output)?), "keydeck")
        }
        Which::Postman => (
            (
                "region",
                choose("Where is your team's data, global or eu? [global] ", &["global", "eu"], "global", output)?,
            ),
            "postman",
        ),
    };
    let name = line(&format!("What is this profile to be called? [{backend}] "), output)?;
    let name = if name.is_empty() { backend.to_owned() } else { name };
    let production = choose(
        "Is it in production, so that it is marked and more is asked for? y or n [n] ",
        &["y", "n"],
        "n",
        output,
    )? == "y";
    let mut new = NewProfile {
        name,
        backend: backend.to_owned(),
        place: vec![place],
        ca_file: None,
        source: NewSource::Keyring,
        read_only: false,
        production,
        color: None,
        default: true,
    };
    output.say("Where does its key come from?");
    output.say("  1  you paste it now, and keydeck keeps it, in the keyring or in a file that only you can read");
    output.say("  2  a program prints it, as a password manager does");
    if choose("Which? [1] ", &["1", "2"], "1", output)? == "2" {
        let words = shell_words::split(&needed("The program and its arguments: ", output)?).unwrap_or_default();
        new.source = NewSource::Command(words);
    }
    // as it would be read from the file
    let config = match with_profile("", Path::new("config.toml"), &new)
        .and_then(|text| Config::parse(&text, Path::new("config.toml")))
    {
        Ok(config) => config,
        Err(error) => return Ok(Err(format!("{error}; {}", error.hint()))),
    };
    let profile = config.profile(&new.name)?;
    let (address, name) = (profile.base_url.clone(), new.name.clone());
    let key = match profile.credential.named() {
        Some(source) => match source.fetch().await {
            Ok(key) => key,
            Err(error) => return Ok(Err(format!("{error}; {}", error.hint()))),
        },
        None => match pasted(&name, &address, output).await? {
            Ok(key) => key,
            Err(why) => return Ok(Err(why)),
        },
    };
    let kept = (new.source == NewSource::Keyring).then(|| key.duplicate());
    let session = Session::with_key(&name, profile, key)?;
    Ok(match who(&session).await {
        Ok((me, now)) => {
            output.say(&format!("It works: {} · {} · {}", me.name.marked(), me.role(), me.team.marked()));
            Ok(Tried { new, key: kept, address, now })
        }
        Err(why) => Err(why),
    })
}

/// Whose the session's key is, and what time it is there.
async fn who(session: &Session) -> Result<(Me, Time), String> {
    let words = |error: &crate::client::error::ServiceError| format!("{error}; {}", error.hint());
    let service = client::open(session).map_err(|error| words(&error))?;
    let me = service.me().await.map_err(|error| words(&error))?;
    Ok((me, service.clock().now()))
}

/// The key, of which nothing is shown.
async fn pasted(name: &str, address: &str, output: &mut Output) -> anyhow::Result<Result<Secret, String>> {
    output.flush();
    let question = format!("Key of {} at {}: ", visible(name), visible(address));
    let typed = tokio::task::spawn_blocking(move || masked::ask(&question, &mut Output::standard())).await??;
    Ok(key_of(&typed, "what was typed").map_err(|error| format!("{error}; {}", error.hint())))
}

/// Keeps the key, then writes the profile that needs it.
async fn write(tried: Tried, paths: &Paths, config: Option<&Path>, output: &mut Output) -> anyhow::Result<()> {
    let Tried { new, key, address, now } = tried;
    if let Some(value) = key {
        let keeping = Keeping { kind: Kind::Key, value, address, account: None, now, until: None };
        let went = KeptKeys::of(paths.state()).keep(&new.name, &keeping, Store::Auto).await?;
        let why = went.instead.map(|why| format!(", since {why}")).unwrap_or_default();
        output.say(&format!("The key is kept {}{why}.", place(went.place)));
    }
    let file = ConfigFile::of(config, &paths.config_file());
    file.change(|text, path| with_profile(text, path, &new))?;
    output.say(&format!("The profile {} is written to {}.", new.name, file.path().display()));
    Ok(())
}

/// What is typed, without the blanks around it.
fn line(question: &str, output: &mut Output) -> anyhow::Result<String> {
    match output.ask(question)? {
        Some(typed) => Ok(typed.trim().to_owned()),
        None => {
            Err(Stop::denied("the dialog was left: nothing was written", "run keydeck again, or keydeck demo").into())
        }
    }
}

/// The same, asked until it is not empty.
fn needed(question: &str, output: &mut Output) -> anyhow::Result<String> {
    loop {
        let typed = line(question, output)?;
        if !typed.is_empty() {
            return Ok(typed);
        }
    }
}

/// One of `words`, asked until it is; `usual` where nothing is typed.
fn choose(question: &str, words: &[&str], usual: &str, output: &mut Output) -> anyhow::Result<String> {
    loop {
        let typed = line(question, output)?.to_lowercase();
        if typed.is_empty() {
            return Ok(usual.to_owned());
        }
        if words.contains(&typed.as_str()) {
            return Ok(typed);
        }
        let (last, others) = words.split_last().map_or(("", &[][..]), |(last, others)| (*last, others));
        output.say(&format!("Type {} or {last}.", others.join(", ")));
    }
}
