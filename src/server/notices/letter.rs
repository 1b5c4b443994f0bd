//! What a message says: its subject, its text and the same as HTML. Names are shown as everywhere, with what is hostile in
//! them visible, so that none ends a header, begins an element or turns the line around.

use minijinja::{Environment, context};
use serde::Serialize;

use super::words::{self, Words};
use crate::domain::notice::Occasion;
use crate::domain::time::{Time, When, day, wire};
use crate::domain::untrusted::visible;
use crate::domain::values::masked;
use crate::server::store::outbox::{Message, Waiting};

/// How many keys a message names; of the rest it says how many.
const NAMED: usize = 100;
/// The same in a chat, whose messages are short. Source: Microsoft, "Incoming webhooks": 28 KB a message.
const NAMED_IN_CHAT: usize = 20;
/// The longest name in a subject and in a chat, in characters.
const SHORT_NAME: usize = 60;

/// A message, ready to be sent any way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// What it is known by, whenever it is sent.
    pub name: String,
    /// The word of what it is about.
    pub cause: String,
    pub recipient: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// The text for a chat, where many read it.
    pub chat: String,
    /// How many keys it is about.
    pub total: u64,
    /// The ids of the first thousand of them.
    pub key_ids: Vec<String>,
    /// When the first of what it tells came to pass.
    pub at: Option<Time>,
}

#[derive(Serialize)]
struct Line {
    name: String,
    id: String,
    facts: String,
}

/// Something that is said of all keys.
#[derive(Clone, PartialEq, Serialize)]
struct Fact {
    what: &'static str,
    said: String,
}

/// Writes the message of `team`.
///
/// # Errors
/// When a template is wrong.
pub fn write(message: &Message, team: &str) -> Result<Letter, minijinja::Error> {
    let total = message.total;
    let (what, is) = if total == 1 { ("API key", "is") } else { ("API keys", "are") };
    let verb = message.occasion.in_words();
    let first = message.notices.first();
    let ends = first.is_some_and(|notice| notice.details["until"].is_string());
    let Words { whose, advice } = words::words(&message.occasion, ends);
    let shared = shared(message);
    let subject = match first {
        Some(first) if total == 1 => format!("API key {}: {verb}", shorten(&safe(&first.key_name))),
        _ => format!("{total} {what}: {verb}"),
    };
    let mut templates = Environment::new();
    templates.add_template("notice.txt", include_str!("templates/notice.txt"))?;
    templates.add_template("notice.html", include_str!("templates/notice.html"))?;
    let render = |template: &str, headline: String, named: usize, short: bool| {
        let keys: Vec<Line> =
            message.notices.iter().take(named).map(|notice| line(notice, &message.occasion, &shared, short)).collect();
        let more = total.saturating_sub(keys.len() as u64);
        templates.get_template(template)?.render(context! {
            headline => headline, keys => keys, more => more, shared => shared, advice => advice, team => safe(team),
        })
    };
    let headline = format!("{total} {what} {whose} {is} {verb}.");
    let to_many = format!("For {}: {headline}", safe(&message.recipient));
    Ok(Letter {
        name: message.name.clone(),
        cause: message.occasion.word().to_owned(),
        recipient: message.recipient.clone(),
        subject,
        text: render("notice.txt", headline.clone(), NAMED, false)?,
        html: render("notice.html", headline, NAMED, false)?,
        chat: render("notice.txt", to_many, NAMED_IN_CHAT, true)?,
        total,
        key_ids: message.notices.iter().map(|notice| notice.key_id.clone()).collect(),
        at: message.due.time(),
    })
}

fn line(notice: &Waiting, occasion: &Occasion, shared: &[Fact], short: bool) -> Line {
    let at = moment(notice, "at");
    let when = match (occasion, at) {
        (Occasion::Expiring, Some(at)) => format!(", expires {}", wire(at)),
        (Occasion::ExpirySkipped, Some(at)) => format!(", expired {}", wire(at)),
        (_, Some(at)) => format!(", {}", day(at)),
        (_, None) => String::new(),
    };
    // what is not the same of all stands with each
    let own = facts(notice).into_iter().filter(|fact| !shared.contains(fact));
    let facts = own.fold(when, |facts, Fact { what, said }| format!("{facts}, {}: {said}", what.to_lowercase()));
    let name = safe(&notice.key_name);
    Line { name: if short { shorten(&name) } else { name }, id: safe(&notice.key_id), facts }
}

/// What is said of every key of the message alike; nothing, where not all of them were read.
fn shared(message: &Message) -> Vec<Fact> {
    let Some((first, others)) = message.notices.split_first() else { return Vec::new() };
    let mut shared = facts(first);
    if message.total > message.notices.len() as u64 {
        return Vec::new();
    }
    for other in others {
        let also = facts(other);
        shared.retain(|fact| also.contains(fact));
    }
    shared
}

/// What is told of a key beside its name and when.
fn facts(notice: &Waiting) -> Vec<Fact> {
    let text = |name: &str| notice.details[name].as_str().map(str::to_owned);
    let until = moment(notice, "until").map(wire);
    let all = [
        ("By", text("by")),
        ("Why", text("why").map(|word| words::reason(&word))),
        ("They say", text("note")),
        ("From", text("from")),
        ("To", text("to")),
        ("Until", until),
        ("Found in", text("found").map(|word| words::found(&word))),
    ];
    all.into_iter().filter_map(|(what, said)| Some(Fact { what, said: safe(&said?) })).collect()
}

fn moment(notice: &Waiting, name: &str) -> Option<Time> {
    notice.details[name].as_str().and_then(|text| When::from_wire(text).time())
}

fn safe(text: &str) -> String {
    visible(&masked(text)).into_owned()
}

fn shorten(name: &str) -> String {
    let short: String = name.chars().take(SHORT_NAME).collect();
    if short.len() < name.len() { format!("{short}…") } else { short }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(occasion: Occasion, names: &[&str]) -> Message {
        let notices = names.iter().enumerate().map(|(at, name)| Waiting {
            key_id: format!("key-{at}"),
            key_name: (*name).to_owned(),
            details: json!({ "by": "Ana <b>", "why": "exposed", "note": null, "at": "2026-11-27T09:00:00.000Z" }),
        });
        Message {
            name: "01J".to_owned(),
            occasion,
            recipient: "ben@acme.example".to_owned(),
            notices: notices.collect(),
            total: names.len() as u64,
            ways: Vec::new(),
            attempts: 0,
            due: When::Never,
            first_try: When::Never,
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
        assert!(many.text.contains("- k99 (") && !many.text.contains("- k100 ("), "{}", many.text);
        assert!(
            many.text.contains("\n- and 150 more\n") && many.html.contains("<li>and 150 more</li>"),
            "{}",
            many.text
        );
        assert!(many.chat.starts_with("For ben@acme.example: 250 API keys of yours are disabled.\n"), "{}", many.chat);
        assert!(many.chat.contains("\n- and 230 more\n"), "{}", many.chat);
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
            for part in [&letter.subject, &letter.text, &letter.html, &letter.chat] {
                assert!(!part.contains(['\r', '\u{202e}', '\u{2066}', '\u{1b}']), "{part:?}");
                assert!(!part.contains("0123456789ABCDEF") && !part.contains("49"), "{part:?}");
            }
            assert!(!letter.subject.contains('\n') && letter.subject.chars().count() < 120);
            assert!(!letter.html.contains("<script") && !letter.text.contains("\nBcc"), "{}", letter.html);
            assert!(letter.text.contains("expires 2026-11-27T09:00:00.000Z"));
        }
    }

    #[test]
    fn what_was_done_by_different_people_is_told_of_each_key() {
        let mut message = message(Occasion::Revoked, &["a", "b"]);
        message.notices[1].details["by"] = json!("Cem");
        message.notices[1].details["note"] = json!("leaked");
        let told = write(&message, "Acme").unwrap();
        assert!(told.text.contains("- a (key-0), 2026-11-27, by: Ana <b>\n"), "{}", told.text);
        assert!(told.text.contains("- b (key-1), 2026-11-27, by: Cem, they say: leaked\n"), "{}", told.text);
        assert!(told.text.contains("\nWhy: its value was found") && !told.text.contains("\nBy:"), "{}", told.text);
        // not all were read, so nothing is said of all
        message.total = 3;
        let told = write(&message, "Acme").unwrap();
        assert!(!told.text.contains("\nWhy:") && told.text.contains("- and 1 more\n"), "{}", told.text);
    }

    #[test]
    fn every_occasion_says_what_is_to_be_done() {
        for word in Occasion::WORDS {
            let mut message = message(Occasion::from_word(word), &["ci"]);
            message.notices[0].details = json!({
                "by": null, "why": "lockout", "at": "2026-11-27T09:00:00.000Z", "until": "2026-11-28T09:00:00.000Z",
                "from": "Ana", "to": "Ben", "found": "github",
            });
            let told = write(&message, "Acme").unwrap();
            assert_eq!(told.subject, format!("API key ci: {}", Occasion::from_word(word).in_words()));
            for said in
                ["From: Ana\nTo: Ben\nUntil: 2026-11-28T09:00:00.000Z\nFound in: GitHub\n\n", "since no", "Acme"]
            {
                let said = said.replace("since ", "Why: ");
                assert!(told.text.contains(&said), "{word} {}", told.text);
            }
        }
    }
}
