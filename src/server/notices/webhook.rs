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

/// Where messages go.
#[derive(Clone, Debug)]
pub struct Webhook {
    pub to: Arc<Outbound>,
    pub form: WebhookForm,
    /// What a message is signed with; Slack and Teams take none.
    pub secret: Option<Arc<Secret>>,
}

impl Webhook {
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
                headers.push(("webhook-signature", sign(secret, &id, &time, &body)));
            }
            headers.extend([("webhook-id", id), ("webhook-timestamp", time)]);
        }
        self.to.post(body.into_bytes(), &headers).await.map(drop).map_err(|error| error.to_string())
    }

    fn body(&self, letter: &Letter, now: Time) -> Value {
        match self.form {
            WebhookForm::Standard => json!({
                "type": format!("api_key.{}", letter.cause),
                "timestamp": wire(now),
                "data": {
                    "recipient": letter.recipient,
                    "subject": letter.subject,
                    "text": letter.text,
                    "apiKeyIds": letter.key_ids,
                },
            }),
            // what Slack takes for markup is escaped. Source: Slack, "Formatting text for app surfaces"
            WebhookForm::Slack => {
                let text = letter.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
                json!({ "text": text })
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
                        "body": letter.text.lines().filter(|line| !line.is_empty()).map(|line| json!({
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

/// The signature of a message. Source: Standard Webhooks, "Signature scheme": HMAC-SHA256 over id, time and body.
fn sign(secret: &Secret, id: &str, time: &str, body: &str) -> String {
    let text = secret.expose();
    let decoded = text.strip_prefix(SECRET).and_then(|encoded| STANDARD.decode(encoded).ok());
    let key = zeroize::Zeroizing::new(decoded.unwrap_or_else(|| text.as_bytes().to_vec()));
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else { return String::new() };
    mac.update(format!("{id}.{time}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
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
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
