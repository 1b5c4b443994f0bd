//! A message as mail: in text and in HTML, under a name that is the same whenever it is sent.

use std::time::Duration;

use lettre::message::{Mailbox, Message as Mail, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::response::Code;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use super::Failure;
use super::letter::Letter;
use crate::config::{MailSecurity, SmtpConfig};
use crate::domain::secret::Secret;

/// How long it may take until there is a connection.
const CONNECT: Duration = Duration::from_secs(30);
/// How long it may take in all until a mail is taken: the transport itself waits for an answer for ever.
const TOTAL: Duration = Duration::from_mins(1);

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
    /// What went wrong, and whether the server refuses the mail for good.
    pub async fn send(&self, letter: &Letter) -> Result<(), Failure> {
        let mail = mail(letter, &self.server.from)?;
        let (transport, host) = (self.transport()?, &self.server.host);
        match tokio::time::timeout(TOTAL, transport.send(mail)).await {
            Ok(sent) => sent.map(drop).map_err(|error| {
                let for_good = error.is_permanent() && error.status().is_some_and(is_of_the_mail);
                Failure { why: format!("{host}: {error}"), for_good }
            }),
            Err(_) => Err(format!("{host}: it took no mail within {} s", TOTAL.as_secs()).into()),
        }
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
        builder = builder.port(*port).timeout(Some(CONNECT)).tls(tls);
        if let (Some(user), Some(password)) = (user, &self.password) {
            builder = builder.credentials(Credentials::new(user.clone(), password.expose().to_owned()));
        }
        Ok(builder.build())
    }
}

/// Whether a refusal with this code is of the mail or of whom it is to. The others are of how the server is asked, as a
/// wrong password, which its operator mends while the mail waits. Source: RFC 5321, 4.2.3; RFC 4954, 6.
fn is_of_the_mail(code: Code) -> bool {
    !matches!(u16::from(code), 500..=504 | 530 | 534 | 535 | 538)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Time;

    #[tokio::test(start_paused = true)]
    async fn a_server_that_says_nothing_is_not_waited_for_for_ever() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = SmtpConfig {
            host: "127.0.0.1".to_owned(),
            port: listener.local_addr().unwrap().port(),
            security: MailSecurity::None,
            from: "keydeck@acme.example".to_owned(),
            user: None,
            password: None,
        };
        let letter = Letter {
            name: "01J".to_owned(),
            cause: "test".to_owned(),
            recipient: "ana@acme.example".to_owned(),
            subject: "x".to_owned(),
            text: "x".to_owned(),
            html: "x".to_owned(),
            chat: "x".to_owned(),
            total: 0,
            key_ids: Vec::new(),
            at: Some(Time::default()),
        };
        let failed = Smtp { server, password: None }.send(&letter).await.unwrap_err();
        assert!(failed.why.starts_with("127.0.0.1: ") && !failed.for_good, "{failed:?}");
    }
}
