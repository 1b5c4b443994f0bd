//! What a message says: its subject, its text and the same as HTML. Names are shown as everywhere, with what is hostile in
//! them visible, so that none ends a header, begins an element or turns the line around.

use minijinja::{Environment, context};
use serde::Serialize;

use crate::domain::time::{day, wire};
use crate::domain::untrusted::visible;
use crate::domain::values::masked;
use crate::server::store::outbox::{Message, Occasion, Waiting};

/// How many keys a message names; of the rest it says how many.
const NAMED: usize = 100;
/// The longest name in a subject, in characters.
const SUBJECT_NAME: usize = 60;

/// A message, ready to be sent any way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// What it is known by, whenever it is sent.
    pub name: String,
    /// The word of what it is about.
    pub cause: &'static str,
    pub recipient: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// The ids of all keys that it is about.
    pub key_ids: Vec<String>,
}

#[derive(Serialize)]
struct Line {
    name: String,
    id: String,
    when: String,
}

/// Writes the message of `team`.
///
/// # Errors
/// When a template is wrong.
pub fn write(message: &Message, team: &str) -> Result<Letter, minijinja::Error> {
    let count = message.notices.len();
    let what = if count == 1 { "API key" } else { "API keys" };
    let (verb, advice) = match message.occasion {
        Occasion::Revoked => ("revoked, for ever", "What still uses it is refused: give it another key."),
        Occasion::Disabled => ("disabled", "What uses it is refused until an admin enables it again."),
        Occasion::Transferred => ("given to another owner", "Its value goes on working."),
        Occasion::Expiring => {
            ("about to expire", "Make a new one in good time: keydeck rotate moves what uses it over.")
        }
    };
    let shown: Vec<Line> = message.notices.iter().take(NAMED).map(|notice| line(notice, message.occasion)).collect();
    let more = count - shown.len();
    let (is, headline) = (if count == 1 { "is" } else { "are" }, count);
    let mut headline = format!("{headline} {what} of yours {is} {verb}.");
    if more > 0 {
        headline = format!("{headline} The first {NAMED} of them:");
    }
    let first = message.notices.first().map(|notice| shorten(&safe(&notice.key_name))).unwrap_or_default();
    let subject = if count == 1 { format!("API key {first}: {verb}") } else { format!("{count} {what}: {verb}") };
    let told = |name: &str| same(&message.notices, name).map(|text| safe(&text));
    let values = context! {
        headline => headline, keys => shown, by => told("by"), why => told("why").map(|why| reason(&why)), note => told("note"),
        advice => advice, team => safe(team),
    };
    let mut templates = Environment::new();
    templates.add_template("notice.txt", include_str!("templates/notice.txt"))?;
    templates.add_template("notice.html", include_str!("templates/notice.html"))?;
    Ok(Letter {
        name: message.name.clone(),
        cause: message.occasion.word(),
        recipient: message.recipient.clone(),
        subject,
        text: templates.get_template("notice.txt")?.render(&values)?,
        html: templates.get_template("notice.html")?.render(&values)?,
        key_ids: message.notices.iter().map(|notice| notice.key_id.clone()).collect(),
    })
}

fn line(notice: &Waiting, occasion: Occasion) -> Line {
    let at = notice.details["at"].as_str().and_then(|text| crate::domain::time::When::from_wire(text).time());
    let when = match (occasion, at) {
        (Occasion::Expiring, Some(at)) => format!(", expires {}", wire(at)),
        (_, Some(at)) => format!(", {}", day(at)),
        (_, None) => String::new(),
    };
    Line { name: safe(&notice.key_name), id: safe(&notice.key_id), when }
}

/// What all of them say under this name, if they say the same.
fn same(notices: &[Waiting], name: &str) -> Option<String> {
    let first = notices.first()?.details[name].as_str()?;
    notices.iter().all(|notice| notice.details[name].as_str() == Some(first)).then(|| first.to_owned())
}

/// The word of a reason, in words.
fn reason(word: &str) -> String {
    match word {
        "exposed" => "its value was found where others can read it".to_owned(),
        "inactivity" => "it had expired, and was not renewed".to_owned(),
        "rotated" => "it was replaced by another".to_owned(),
        "admin" => "an admin decided so".to_owned(),
        "owner" => "its owner decided so".to_owned(),
        other => other.to_owned(),
    }
}

fn safe(text: &str) -> String {
    visible(&masked(text)).into_owned()
}

fn shorten(name: &str) -> String {
    let short: String = name.chars().take(SUBJECT_NAME).collect();
    if short.len() < name.len() { format!("{short}…") } else { short }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::time::When;

    fn message(occasion: Occasion, names: &[&str]) -> Message {
        let notices = names.iter().enumerate().map(|(at, name)| Waiting {
            id: at.to_string(),
            key_id: format!("key-{at}"),
            key_name: (*name).to_owned(),
            details: json!({ "by": "Ana <b>", "why": "exposed", "note": null, "at": "2026-11-27T09:00:00.000Z" }),
        });
        Message {
            name: "01J".to_owned(),
            occasion,
            recipient: "ben@acme.example".to_owned(),
            notices: notices.collect(),
            ways: Vec::new(),
            attempts: 0,
            due: When::Never,
        }
    }

    #[test]
    fn one_key_and_many_are_told_of() {
        let one = write(&message(Occasion::Revoked, &["ci-deploy"]), "Acme").unwrap();
        assert_eq!(one.subject, "API key ci-deploy: revoked, for ever");
        assert!(
            one.text.starts_with("1 API key of yours is revoked, for ever.\n\n- ci-deploy (key-0), 2026-11-27\n"),
            "{}",
            one.text
        );
        assert!(one.text.contains("By: Ana <b>\nWhy: its value was found where others can read it\n"), "{}", one.text);
        assert!(one.html.contains("<bdi>Ana &lt;b&gt;</bdi>"), "{}", one.html);
        let names: Vec<String> = (0..250).map(|at| format!("k{at}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let many = write(&message(Occasion::Disabled, &names), "Acme").unwrap();
        assert_eq!(many.subject, "250 API keys: disabled");
        assert!(
            many.text.contains("The first 100 of them:")
                && many.text.contains("- k99 (")
                && !many.text.contains("- k100 (")
        );
        assert_eq!(many.key_ids.len(), 250);
    }

    #[test]
    fn no_name_breaks_a_message() {
        let value = ["kdk_", "0123456789ABCDEFGHIJKLMNOPQRST", "1Ir0du"].concat();
        for name in [
            "a\r\nBcc: evil@evil.example\r\n\r\nhello",
            "<script>alert(1)</script>\"'&",
            "{{ 7 * 7 }}{% for a in b %}",
            "\u{202e}gpj.exe\u{2066}",
            "\u{1b}[2J",
            &value,
            &"x".repeat(255),
        ] {
            let letter = write(&message(Occasion::Expiring, &[name]), name).unwrap();
            for part in [&letter.subject, &letter.text, &letter.html] {
                assert!(!part.contains(['\r', '\u{202e}', '\u{2066}', '\u{1b}']), "{part:?}");
                assert!(!part.contains("0123456789ABCDEF") && !part.contains("49"), "{part:?}");
            }
            assert!(!letter.subject.contains('\n') && letter.subject.chars().count() < 120);
            assert!(!letter.html.contains("<script") && !letter.text.contains("\nBcc"), "{}", letter.html);
            assert!(letter.text.contains("expires 2026-11-27T09:00:00.000Z"));
        }
    }
}
