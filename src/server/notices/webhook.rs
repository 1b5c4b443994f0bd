//! A message to a webhook, in the form of Standard Webhooks, or as what Slack and Teams take.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::letter::Letter;
use crate::config::WebhookForm;
use crate::domain::secret::Secret;
use crate::domain::time::{Time, wire};
use crate::outbound::Outbound;

/// What stands before a secret in base 64. Source: Standard Webhooks.
const SECRET: &str = "whsec_";
/// How many bytes a secret has. Source: Standard Webhooks, "Signature scheme".
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;

/// Where messages go.
#[derive(Clone, Debug)]
pub struct Webhook {
    pub to: Arc<Outbound>,
    pub form: WebhookForm,
    /// What a message is signed with; Slack and Teams take none.
    pub secret: Option<Arc<Secret>>,
}

impl Webhook {
    /// Whether messages can be signed with it as the standard's own libraries verify them.
    pub fn is_secret(secret: &Secret) -> bool {
        let key = secret.expose().starts_with(SECRET).then(|| key(secret)).flatten();
        key.is_some_and(|key| SECRET_BYTES.contains(&key.len()))
    }

    /// Sends a message, and answers once it was taken.
    ///
    /// # Errors
    /// What went wrong; of the address no more than its origin.
    pub async fn send(&self, letter: &Letter, now: Time) -> Result<(), String> {
        let body = self.body(letter, now).to_string();
        let mut headers = vec![("content-type", "application/json".to_owned())];
        if self.form == WebhookForm::Standard {
            let id = id(letter);
            let time = now.timestamp().to_string();
            if let Some(secret) = &self.secret {
                let signature = sign(secret, &id, &time, &body).ok_or("its secret is none that can be signed with")?;
                headers.push(("webhook-signature", signature));
            }
            headers.extend([("webhook-id", id), ("webhook-timestamp", time)]);
        }
        self.to.post(body.into_bytes(), &headers).await.map(drop).map_err(|error| error.to_string())
    }

    fn body(&self, letter: &Letter, now: Time) -> Value {
        match self.form {
            WebhookForm::Standard => json!({
                "type": format!("api_key.{}", letter.cause),
                "timestamp": wire(letter.at.unwrap_or(now)),
                "data": {
                    "recipient": letter.recipient,
                    "subject": letter.subject,
                    "text": letter.text,
                    "apiKeyIds": letter.key_ids,
                    "apiKeyCount": letter.total,
                },
            }),
            // what Slack takes for markup is escaped, and asterisks and the like stay what they are. Source: Slack, "Formatting
            // text for app surfaces"
            WebhookForm::Slack => {
                let text = letter.chat.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                json!({ "text": text, "mrkdwn": false })
            }
            // plain text blocks, of which nothing is markup. Source: Microsoft, "Adaptive Cards", TextBlock and RichTextBlock
            WebhookForm::Teams => json!({
                "type": "message",
                "attachments": [{
                    "contentType": "application/vnd.microsoft.card.adaptive",
                    "content": {
                        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                        "type": "AdaptiveCard",
                        "version": "1.2",
                        "body": letter.chat.lines().filter(|line| !line.is_empty()).map(|line| json!({
                            "type": "RichTextBlock",
                            "inlines": [{ "type": "TextRun", "text": line }],
                        })).collect::<Vec<_>>(),
                    },
                }],
            }),
        }
    }
}

/// What a message is known by.
pub fn id(letter: &Letter) -> String {
    format!("msg_{}", letter.name)
}

/// The bytes that messages are signed with; none, where the secret is not base 64.
fn key(secret: &Secret) -> Option<zeroize::Zeroizing<Vec<u8>>> {
    let text = secret.expose();
    STANDARD.decode(text.strip_prefix(SECRET).unwrap_or(text)).ok().map(zeroize::Zeroizing::new)
}

/// The signature of a message. Source: Standard Webhooks, "Signature scheme": HMAC-SHA256 over id, time and body.
fn sign(secret: &Secret, id: &str, time: &str, body: &str) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&key(secret)?).ok()?;
    mac.update(format!("{id}.{time}.{body}").as_bytes());
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification itself.
    #[test]
    fn a_message_is_signed_as_standard_webhooks_has_it() {
        let secret = Secret::new(["whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"].concat());
        let body = r#"{"test": 2432232314}"#;
        let signed = sign(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", body);
        assert_eq!(signed.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
