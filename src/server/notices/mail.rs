//! A message as mail: in text and in HTML, under a name that is the same whenever it is sent.

use std::time::Duration;

use lettre::message::{Mailbox, Message as Mail, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::letter::Letter;
use crate::config::{MailSecurity, SmtpConfig};
use crate::domain::secret::Secret;

/// How long a mail server may take for each answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How mail is sent.
#[derive(Clone, Debug)]
pub struct Smtp {
    pub server: SmtpConfig,
    /// The password of `server.user`, if there is one.
    pub password: Option<std::sync::Arc<Secret>>,
}

impl Smtp {
    /// Sends a message, and answers once the server has taken it.
    ///
    /// # Errors
    /// What went wrong, without anything secret.
    pub async fn send(&self, letter: &Letter) -> Result<(), String> {
        let mail = mail(letter, &self.server.from)?;
        self.transport()?.send(mail).await.map(drop).map_err(|error| format!("{}: {error}", self.server.host))
    }

    fn transport(&self) -> Result<AsyncSmtpTransport<Tokio1Executor>, String> {
        let SmtpConfig { host, port, security, user, .. } = &self.server;
        let tls = || TlsParameters::new(host.clone()).map_err(|error| format!("TLS cannot be begun: {error}"));
        let tls = match security {
            MailSecurity::StartTls => Tls::Required(tls()?),
            MailSecurity::Tls => Tls::Wrapper(tls()?),
            MailSecurity::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host.clone());
        builder = builder.port(*port).timeout(Some(PATIENCE)).tls(tls);
        if let (Some(user), Some(password)) = (user, &self.password) {
            builder = builder.credentials(Credentials::new(user.clone(), password.expose().to_owned()));
        }
        Ok(builder.build())
    }
}

/// The mail of a message.
///
/// # Errors
/// When an address is none.
pub fn mail(letter: &Letter, from: &str) -> Result<Mail, String> {
    let address = |text: &str| text.parse::<Mailbox>().map_err(|error| format!("an address is none: {error}"));
    let from = address(from)?;
    let name = format!("<{}@{}>", letter.name, from.email.domain());
    Mail::builder()
        .from(from)
        .to(address(&letter.recipient)?)
        .subject(letter.subject.clone())
        .message_id(Some(name))
        .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
        .map_err(|error| format!("the mail cannot be written: {error}"))
}
