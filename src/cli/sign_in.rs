//! Logging in with a one-time password, at the terminal or from standard input, line by line.

use std::io::{self, IsTerminal};
use std::time::Duration;

use tokio::time::{Instant, sleep};
use zeroize::Zeroizing;

use super::exit::Stop;
use super::masked;
use super::output::Output;
use crate::client::KeyService;
use crate::client::error::{Asked, ErrorKind, ServiceError};
use crate::client::sign_in::{SignIn, SignedIn};
use crate::config::Session;
use crate::domain::email::is_email;
use crate::domain::one_time::{Terms, normal};
use crate::domain::secret::Secret;
use crate::domain::team::Me;
use crate::domain::time::length;
use crate::domain::untrusted::visible;
use crate::local::kept_keys::Store;
use crate::ops::sessions::KeptSession;

/// Somebody who logged in.
pub struct Entered {
    pub email: String,
    pub session: SignedIn,
}

/// What there is to say where nobody can be asked.
const NO_MORE: &str = "run it in a terminal, or pipe the address and then the password into it, a line each";

/// Logs in to `service`, which is asked in the session from then on. The address is the one that is passed, else the one that
/// is typed, else the one from before.
///
/// # Errors
/// When nobody answers, or the server refuses what no other answer would change.
pub async fn run(
    service: &dyn KeyService,
    (passed, before): (Option<&str>, Option<&str>),
    output: &mut Output,
) -> anyhow::Result<Entered> {
    let (Some(way), Some(terms)) = (service.sign_in(), service.capabilities().sign_in()) else {
        return Err(Stop::usage("this server is asked with a key", "keydeck login keeps one").into());
    };
    let email = address(passed, before, &service.address(), output)?;
    let mut next = send((way, terms), &email, output).await?;
    let mut wrong = 0;
    loop {
        let typed = ask(output).await?;
        if typed.is_empty() || wrong == terms.tries {
            wait(next, output).await;
            next = send((way, terms), &email, output).await?;
            wrong = 0;
            continue;
        }
        if let Err(why) = terms.check(&typed) {
            output.say(&format!("{why}: nothing was sent"));
            continue;
        }
        match way.enter(&email, &Secret::new(typed.as_str().to_owned())).await {
            Ok(()) => return Ok(Entered { email, session: way.session().borrow().clone() }),
            Err(error) if error.kind == ErrorKind::Unauthenticated => {
                wrong += 1;
                let left = terms.left(wrong, "Enter alone, an empty line, for another");
                output.say(&format!("not accepted: {}; {left}", error.hint()));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn address(passed: Option<&str>, before: Option<&str>, server: &str, output: &mut Output) -> Result<String, Stop> {
    let wrong =
        |text: &str| Stop::usage(format!("{} is no e-mail address", visible(text)), "write it as ana@agency.gov.sg");
    if let Some(email) = passed {
        return if is_email(email.trim()) { Ok(email.trim().to_owned()) } else { Err(wrong(email)) };
    }
    let or = before.map(|before| format!(" [{}]", visible(before))).unwrap_or_default();
    loop {
        let asked = output.ask(&format!("E-mail address to log in with at {server}{or}: "));
        let failed = |error: io::Error| Stop::usage(format!("it cannot be read: {}", error.kind()), NO_MORE);
        let Some(answer) = asked.map_err(failed)? else {
            return Err(Stop::denied("no e-mail address was given: nothing was sent", NO_MORE));
        };
        match (answer.trim(), before) {
            ("", Some(before)) => return Ok(before.to_owned()),
            (email, _) if is_email(email) => return Ok(email.to_owned()),
            (email, _) if !io::stdin().is_terminal() => return Err(wrong(email)),
            (email, _) => output.say(&wrong(email).to_string()),
        }
    }
}

/// Has a password sent, or says that one was just now; when another can be asked for.
async fn send((way, terms): (&dyn SignIn, Terms), email: &str, output: &mut Output) -> Result<Instant, ServiceError> {
    let (wait, said) = match way.send_password(email).await {
        Ok(()) => {
            let lives = length(terms.lives_seconds);
            let said = format!(
                "a one-time password of {} letters and digits goes to {} by mail; it is good for {lives}",
                terms.length,
                visible(email)
            );
            (terms.pause_seconds, said)
        }
        Err(error) if error.kind == ErrorKind::RateLimited => {
            let wait = error.retry_after.unwrap_or(terms.pause_seconds);
            let wait = wait.min(2 * terms.pause_seconds);
            (wait, format!("one was sent just now, which is the one to enter; another can be asked for in {wait} s"))
        }
        Err(error) => return Err(error),
    };
    output.say(&said);
    Ok(Instant::now() + Duration::from_secs(wait))
}

/// Counts down until another password can be asked for.
async fn wait(until: Instant, output: &mut Output) {
    let left = || until.saturating_duration_since(Instant::now());
    if !left().is_zero() && !Output::is_watched() {
        output.say(&format!("another can be asked for in {} s", left().as_millis().div_ceil(1000)));
    }
    while !left().is_zero() {
        let seconds = left().as_millis().div_ceil(1000);
        Output::progress(&format!("another can be asked for in {seconds} s"));
        sleep(left().min(Duration::from_secs(1))).await;
    }
    Output::progress("");
}

/// The password as it is typed, in capitals; nothing where another is wished for.
async fn ask(output: &mut Output) -> Result<Zeroizing<String>, Stop> {
    const QUESTION: &str = "One-time password (Enter alone has another sent): ";
    output.flush();
    if io::stdin().is_terminal() {
        let asked = tokio::task::spawn_blocking(|| masked::ask_in_capitals(QUESTION, &mut Output::standard())).await;
        return asked.unwrap_or_else(|_| Err(Stop::failed("it could not be asked for", "try again")));
    }
    let mut line = Zeroizing::new(String::new());
    output.prompt(QUESTION);
    let read = io::stdin().read_line(&mut line);
    output.say("");
    match read {
        Ok(0) => Err(Stop::denied("no password was given: nobody is logged in", NO_MORE)),
        Ok(_) => Ok(Zeroizing::new(normal(&line))),
        Err(error) => Err(Stop::usage(format!("it cannot be read: {}", error.kind()), NO_MORE)),
    }
}

/// What becomes of a command whose session is over, as `error` says: at a terminal a person logs in and it goes on; without
/// one it ends, and says how to.
///
/// # Errors
/// When nobody logs in.
pub async fn again(
    session: &Session,
    service: &dyn KeyService,
    error: ServiceError,
    output: &mut Output,
) -> Result<Me, ServiceError> {
    if service.sign_in().is_none() {
        return Err(error);
    }
    let profile = visible(&session.profile);
    let advice = Some(format!("run: keydeck login --profile {profile}"));
    if !Output::can_ask() {
        return Err(ServiceError { advice, ..error });
    }
    output.say(&format!("{profile}: {}", error.message));
    let kept = session.state.as_ref().map(|state| KeptSession::of(state, &session.profile, &session.base_url));
    let before = kept.as_ref().and_then(KeptSession::about).and_then(|kept| kept.account);
    let entered = run(service, (None, before.as_deref()), output).await.map_err(|error| {
        match error.downcast::<ServiceError>() {
            Ok(error) => error,
            Err(other) => ServiceError {
                advice: Some(super::exit::hint(&other)),
                ..ServiceError::new(ErrorKind::Unauthenticated, Asked::nothing(""), other.to_string())
            },
        }
    })?;
    if let Some(kept) = kept {
        let now = service.clock().now();
        if let Err(error) = kept.keep(&entered.session, &entered.email, now, Store::Auto).await {
            output.say(&format!("the session is used, and could not be kept: {error}"));
        }
    }
    service.me().await
}
