//! Telling people what becomes of their keys. What is to be told is written with what causes it ([`outbox`](super::store::outbox)); this sends it:
//! as mail, to a webhook, into a folder. What cannot be sent is tried again, less and less often, for a day.
//!
//! Several servers may share a database: whoever comes to a message keeps the others from it while it is sent. Who is
//! killed between a message's being taken and the note of it sends it once more, under the same name.

mod folder;
mod letter;
mod mail;
mod teller;
mod webhook;
mod words;

use std::path::PathBuf;

use crate::domain::time::Time;

pub use letter::Letter;
pub use mail::Smtp;
pub use teller::{Teller, run};
pub use webhook::Webhook;

/// Why a message did not go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What went wrong, without anything secret.
    pub why: String,
    /// Whether it goes no other time either: whoever takes mail refused it, and not because of how it was asked.
    pub for_good: bool,
}

impl From<String> for Failure {
    fn from(why: String) -> Self {
        Self { why, for_good: false }
    }
}

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
    /// What went wrong, and whether it does so every time.
    async fn send(&self, way: &str, letter: &Letter, now: Time) -> Result<(), Failure> {
        match (way, &self.smtp, &self.webhook, &self.folder) {
            ("smtp", Some(smtp), _, _) => smtp.send(letter).await,
            ("webhook", _, Some(webhook), _) => Ok(webhook.send(letter, now).await?),
            ("folder", _, _, Some(folder)) => {
                let (folder, letter) = (folder.clone(), letter.clone());
                let written = tokio::task::spawn_blocking(move || folder::write(&folder, &letter)).await;
                Ok(written.map_err(|error| error.to_string())??)
            }
            _ => Err(format!("there is no way {way}").into()),
        }
    }

    /// Sends a message that says that sending works, every way there is, and answers the ways.
    ///
    /// # Errors
    /// The way that failed, and why.
    pub async fn test(&self, recipient: &str, now: Time) -> Result<Vec<&'static str>, String> {
        let text = "This is a test of keydeck server test-mail: notices arrive here.";
        let letter = Letter {
            name: ulid::Ulid::new().to_string(),
            cause: "test".to_owned(),
            recipient: recipient.to_owned(),
            subject: "keydeck can tell you".to_owned(),
            text: format!("{text}\n"),
            html: format!("<!doctype html>\n<p>{text}</p>\n"),
            chat: format!("{text}\n"),
            total: 0,
            key_ids: Vec::new(),
            at: Some(now),
        };
        for way in self.ways() {
            self.send(way, &letter, now).await.map_err(|failure| format!("{way}: {}", failure.why))?;
        }
        Ok(self.ways())
    }
}
