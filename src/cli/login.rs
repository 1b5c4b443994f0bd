//! `keydeck login` and `keydeck logout`: the key that is kept for a profile on this machine.

use std::io::{self, IsTerminal};
use std::path::Path;

use super::args::{Login, Logout};
use super::exit::{Exit, Stop};
use super::output::Output;
use super::profile::place;
use super::{input, masked, sign_in};
use crate::client::{self, ServerClock};
use crate::config::{Chosen, Config, Credential, Environment, KeySource, Paths, Profile, Session, key_of};
use crate::domain::key_value::fingerprint;
use crate::domain::secret::Secret;
use crate::domain::time::exact;
use crate::domain::untrusted::visible;
use crate::local::kept_keys::{Keeping, Kept, KeptKeys, Kind, Went};
use crate::ops::sessions::KeptSession;

/// Takes a key, asks the server whose it is, and keeps it.
pub async fn login(
    args: &Login,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let config = Config::load(config, &paths.config_file())?;
    let name = chosen(&config, profile)?;
    let profile = config.profile(&name)?;
    if let KeySource::From(source) = &profile.credential {
        let where_from = KeySource::From(source.clone()).words();
        return Err(Stop::usage(
            format!("profile {name} takes its key from the {where_from}: what login keeps would not be used"),
            "write credential = { keyring = true } in config.toml, or put the key there",
        )
        .into());
    }
    if profile.backend.signs_in() {
        return in_session(args, &name, profile, paths, output).await;
    }
    if args.email.is_some() {
        let what = format!("--email: profile {name} takes a key, and no e-mail address");
        return Err(Stop::usage(what, "leave it out").into());
    }
    let key = read(&name, &profile.base_url, output).await?;
    let session = Session::with_key(&name, profile, key.duplicate())?;
    let service = client::open(&session)?;
    // nothing is kept that does not work
    let me = service.me().await?;
    let keeping = Keeping {
        kind: Kind::Key,
        value: key,
        address: profile.base_url.clone(),
        account: None,
        now: service.clock().now(),
        until: None,
    };
    let Went { place: kept_at, instead } = KeptKeys::of(paths.state()).keep(&name, &keeping, args.store).await?;
    tracing::info!(profile = %visible(&name), place = ?kept_at, "a key is kept");
    output.say(&format!("{name}: {} · {} at {}", me.name.marked(), me.role(), service.address()));
    let why = instead.map(|why| format!(", since {why}")).unwrap_or_default();
    output.say(&format!("the key is kept {}{why}", place(kept_at)));
    Ok(Exit::Done)
}

/// Logs in where a session is what asks, and keeps that.
async fn in_session(
    args: &Login,
    name: &str,
    profile: &Profile,
    paths: &Paths,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let service = client::open(&Session::with_key(name, profile, Secret::new(String::new()))?)?;
    let kept = KeptSession::of(paths.state(), name, &profile.base_url);
    let before = kept.about().and_then(|kept| kept.account);
    let email = args.email.as_deref();
    let signed_in = sign_in::run(&*service, (email, before.as_deref()), output).await?;
    let now = service.clock().now();
    let went = kept.keep(&signed_in.session, &signed_in.email, now, args.store).await?;
    tracing::info!(profile = %visible(name), "a session is kept");
    output.say(&format!("{name}: {} at {}", visible(&signed_in.email), service.address()));
    let until = signed_in.session.until.map(|until| format!(" until {}", exact(until))).unwrap_or_default();
    if let Some(Went { place: kept_at, instead }) = went {
        let why = instead.map(|why| format!(", since {why}")).unwrap_or_default();
        let again = "each use lets it last 24 hours again";
        output.say(&format!("the session is kept {}{why}; it lasts{until}, and {again}", place(kept_at)));
    }
    Ok(Exit::Done)
}

/// Ends a session at the server; what is said where it did not say that it is over.
async fn end(name: &str, config: &Config, keys: &KeptKeys) -> Option<String> {
    let profile = config.profiles.get(name)?;
    let session = keys.get(name, &profile.base_url, ServerClock::default().now()).await.ok().flatten()?;
    let service = client::open(&Session::with_key(name, profile, session).ok()?).ok()?;
    let error = service.sign_in()?.leave().await.err()?;
    Some(format!("{error}: at the server it may last until its 24 hours are over; here it is gone"))
}

/// The key, typed at the terminal or all of standard input.
async fn read(name: &str, address: &str, output: &mut Output) -> anyhow::Result<Secret> {
    if !io::stdin().is_terminal() {
        let given = input::read()?;
        if given.trim().is_empty() {
            return Err(Stop::denied(
                "no key was given: standard input is empty, and nobody can be asked",
                "run it in a terminal, or pipe the key into it",
            )
            .into());
        }
        return Ok(key_of(&given, "standard input")?);
    }
    output.flush();
    let question = format!("Key of profile {} at {} (nothing of it is shown): ", visible(name), visible(address));
    let typed = tokio::task::spawn_blocking(move || masked::ask(&question, &mut Output::standard())).await??;
    Ok(key_of(&typed, "what was typed")?)
}

/// Removes what is kept, and says what else holds the key.
pub async fn logout(
    _: &Logout,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let config = Config::load(config, &paths.config_file())?;
    let keys = KeptKeys::of(paths.state());
    // what is kept may outlive its profile
    let name = match profile {
        Some(name) if keys.about(name).ok().flatten().is_some() => name.to_owned(),
        other => chosen(&config, other)?,
    };
    let known = config.profiles.contains_key(&name);
    let is_session = keys.about(&name).ok().flatten().is_some_and(|kept| kept.kind == Kind::Session);
    let trouble = if is_session { end(&name, &config, &keys).await } else { None };
    let forgotten = keys.forget(&name).await?;
    match &forgotten {
        Some(kept) => {
            tracing::info!(profile = %visible(&name), "a key is kept no more");
            output.say(&format!("the {} of {name} that was kept {} is removed", kept.kind.word(), place(kept.place)));
        }
        None if known => output.say(&format!("no key is kept for {name}")),
        None => {
            config.profile(&name)?;
        }
    }
    if is_session {
        output.say(&trouble.clone().unwrap_or_else(|| "nobody is logged in any more, at the server either".to_owned()));
        return Ok(if trouble.is_some() { Exit::Partly } else { Exit::Done });
    }
    for line in still(&name, forgotten.as_ref(), &config, &keys).await {
        output.say(&line);
    }
    Ok(Exit::Done)
}

/// What else on this machine still holds a key of the profile's, a line each, and the server.
async fn still(name: &str, forgotten: Option<&Kept>, config: &Config, keys: &KeptKeys) -> Vec<String> {
    let mut lines = Vec::new();
    let source = config.profiles.get(name).and_then(|profile| profile.credential.named());
    if let Some(source) = source {
        let words = KeySource::From(source.clone()).words();
        let holds = match source {
            // no program is run for it, which might ask somebody
            Credential::Command(_) => Some("may give"),
            Credential::Env(_) | Credential::File(_) => source.fetch().await.is_ok().then_some("still holds"),
        };
        lines.extend(holds.map(|holds| format!("the {words} {holds} a key of {name}, and config.toml names it")));
    }
    if let Some(kept) = forgotten {
        let others = keys.all().unwrap_or_default();
        let same = others.iter().filter(|other| other.fingerprint == kept.fingerprint);
        lines.extend(same.map(|other| format!("the same key is kept for {}, {}", other.profile, place(other.place))));
        let variable = Environment::of_process().ok().and_then(|environment| environment.api_key);
        if variable.is_some_and(|key| fingerprint(key.expose()) == kept.fingerprint) {
            lines.push("KEYDECK_API_KEY holds it in this shell".to_owned());
        }
        lines.push(format!("the key itself still works at {}: revoke it there if it is not needed", kept.address));
    }
    lines
}

/// The profile that is meant, whose key may be kept.
fn chosen(config: &Config, profile: Option<&str>) -> anyhow::Result<String> {
    match Chosen::of(config, profile, &Environment::of_process()?) {
        Ok(Chosen::Profile(name)) => Ok(name),
        Ok(Chosen::Variables(..)) => Err(Stop::usage(
            "KEYDECK_URL and KEYDECK_API_KEY are set, which are no profile",
            "pass --profile, or unset them",
        )
        .into()),
        Err(error) if config.profiles.is_empty() && profile.is_none() => Err(Stop::usage(
            "there is no profile to keep a key for",
            format!("keydeck profile add NAME; {}", error.hint()),
        )
        .into()),
        Err(error) => Err(error.into()),
    }
}
