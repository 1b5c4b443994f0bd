//! Telling people what becomes of their keys. What is to be told is written with what causes it ([`outbox`]); this sends it:
//! as mail, to a webhook, into a folder. What cannot be sent is tried again, less and less often, for a day.
//!
//! Several servers may share a database: whoever comes to a message keeps the others from it while it is sent. Who is
//! killed between a message's being taken and the note of it sends it once more, under the same name.

mod folder;
mod letter;
mod mail;
mod webhook;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use super::app::App;
use super::store::engine::Result;
use super::store::outbox::{self, Attempt, Message, Notice, Occasion};
use super::store::team::{self, User};
use crate::domain::time::{Time, When};

pub use letter::Letter;
pub use mail::Smtp;
pub use webhook::Webhook;

/// The longest wait between two attempts.
const LONGEST: TimeDelta = TimeDelta::hours(1);

/// The ways that messages go; none: they wait for a day in the list.
#[derive(Clone, Debug, Default)]
pub struct NoticeSettings {
    pub smtp: Option<Smtp>,
    pub webhook: Option<Webhook>,
    /// A folder for `.eml` files.
    pub folder: Option<PathBuf>,
}

impl NoticeSettings {
    /// The ways there are, in the order in which they are tried.
    fn ways(&self) -> Vec<&'static str> {
        let mail = self.smtp.as_ref().map(|_| "smtp");
        let hook = self.webhook.as_ref().map(|_| "webhook");
        let folder = self.folder.as_ref().map(|_| "folder");
        mail.into_iter().chain(hook).chain(folder).collect()
    }

    /// Sends a message one way.
    ///
    /// # Errors
    /// What went wrong, without anything secret.
    async fn send(&self, way: &str, letter: &Letter, now: Time) -> std::result::Result<(), String> {
        match (way, &self.smtp, &self.webhook, &self.folder) {
            ("smtp", Some(smtp), _, _) => smtp.send(letter).await,
            ("webhook", _, Some(webhook), _) => webhook.send(letter, now).await,
            ("folder", _, _, Some(folder)) => {
                let (folder, letter) = (folder.clone(), letter.clone());
                let written = tokio::task::spawn_blocking(move || folder::write(&folder, &letter)).await;
                written.map_err(|error| error.to_string())?
            }
            _ => Err(format!("there is no way {way}")),
        }
    }

    /// Sends a message that says that sending works, every way there is, and answers the ways.
    ///
    /// # Errors
    /// The way that failed, and why.
    pub async fn test(&self, recipient: &str, now: Time) -> std::result::Result<Vec<&'static str>, String> {
        let letter = Letter {
            name: ulid::Ulid::new().to_string(),
            cause: "test",
            recipient: recipient.to_owned(),
            subject: "keydeck can tell you".to_owned(),
            text: "This is a test of keydeck server test-mail: notices arrive here.\n".to_owned(),
            html: "<!doctype html>\n<p>This is a test of keydeck server test-mail: notices arrive here.</p>\n"
                .to_owned(),
            key_ids: Vec::new(),
        };
        for way in self.ways() {
            self.send(way, &letter, now).await.map_err(|why| format!("{way}: {why}"))?;
        }
        Ok(self.ways())
    }
}

/// How long it is waited after so many attempts: a minute, then twice as long each time, an hour at the most.
fn wait(attempts: i64) -> TimeDelta {
    let minutes = 1_i64 << attempts.clamp(0, 6);
    TimeDelta::minutes(minutes).min(LONGEST)
}

/// Notes what is to be told and sends it, looking `every` so often, until the server stops.
pub async fn run(app: Arc<App>, every: Duration, shutdown: CancellationToken) {
    loop {
        if let Err(error) = pass(&app, &shutdown).await {
            tracing::error!(%error, "notices could not be sent; trying again");
        }
        if shutdown.run_until_cancelled(tokio::time::sleep(every)).await.is_none() {
            return;
        }
    }
}

/// One pass: all that is due.
async fn pass(app: &App, shutdown: &CancellationToken) -> Result<()> {
    expiring(app).await?;
    let mut over = false;
    while !shutdown.is_cancelled() && outbox::is_due(app.store.reads(), app.now()).await? {
        let mut write = app.store.write().await?;
        let message = outbox::claim(&mut write, app.now()).await?;
        let Some(mut message) = message else {
            write.commit().await?;
            continue;
        };
        outbox::still_true(&mut write, &mut message).await?;
        write.commit().await?;
        if message.notices.is_empty() {
            continue;
        }
        let attempt = send(app, &message).await;
        let mut write = app.store.write().await?;
        outbox::record(&mut write, &message, &attempt, app.now()).await?;
        write.commit().await?;
        over = true;
    }
    if over {
        let mut write = app.store.write().await?;
        outbox::clean(&mut write, app.now()).await?;
        write.commit().await?;
    }
    Ok(())
}

/// Sends a message each way that it did not go yet.
async fn send(app: &App, message: &Message) -> Attempt {
    let configured = app.configured();
    let ways = configured.notices.ways();
    let (mut gone, mut problem) = (message.ways.clone(), None);
    match letter::write(message, &app.team.name) {
        Ok(letter) => {
            for way in ways.iter().filter(|way| !message.ways.iter().any(|gone| gone == *way)) {
                match configured.notices.send(way, &letter, app.now()).await {
                    Ok(()) => gone.push((*way).to_owned()),
                    Err(why) => problem = Some(format!("{way}: {why}")),
                }
            }
        }
        Err(error) => problem = Some(format!("it cannot be written: {error}")),
    }
    // not for the log: most servers that were never told of a way want none
    if ways.is_empty() {
        problem = Some("no way to send is configured".to_owned());
    } else if let Some(problem) = &problem {
        tracing::warn!(message = message.name, attempts = message.attempts + 1, "a notice was not sent: {problem}");
    }
    let now = app.now();
    let next = now + wait(message.attempts);
    let in_time = message.due.time().is_none_or(|due| next < due + outbox::PATIENCE);
    Attempt { ways: gone, problem, next: in_time.then_some(next) }
}

/// Notes which keys are about to expire, at each of the days that the team's settings name: of those that were missed the
/// most urgent one.
async fn expiring(app: &App) -> Result<()> {
    let now = app.now();
    let settings = team::settings(app.store.reads()).await?;
    let mut days: Vec<i64> = settings.notify_before_days.iter().copied().filter(|days| *days > 0).collect();
    days.sort_unstable();
    days.dedup();
    let mut sooner = 0;
    for days in days {
        while !outbox::expiring(app.store.reads(), days, sooner, now).await?.is_empty() {
            let mut write = app.store.write().await?;
            let owners = User::all(write.on()).await?;
            for key in outbox::expiring(write.on(), days, sooner, now).await? {
                let owner = owners.iter().find(|owner| owner.id == key.owner_id);
                let recipients = outbox::contacts_or_owner(owner, &key.contacts);
                let notice = Notice {
                    occasion: Occasion::Expiring,
                    key_id: &key.id,
                    key_name: &key.name,
                    by: None,
                    why: None,
                    note: None,
                    at: When::from_wire(&key.expires_at).time().unwrap_or(now),
                    about: Some(key.about(days)),
                };
                outbox::put(&mut write, &notice, &recipients, now).await?;
            }
            write.commit().await?;
        }
        sooner = days;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_waited_longer_and_longer() {
        let minutes: Vec<i64> = (0..9).map(|attempts| wait(attempts).num_minutes()).collect();
        assert_eq!(minutes, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }
}
