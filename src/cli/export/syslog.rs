//! Entries of the audit log as messages of syslog. Source: RFC 5424; the framing over TLS: RFC 5425.

use std::fmt::Write as _;

use super::ocsf;
use crate::domain::audit::AuditEntry;
use crate::domain::time::wire;

/// Log audit. Source: RFC 5424, 6.2.1.
const FACILITY: u8 = 13;
const WARNING: u8 = 4;
const NOTICE: u8 = 5;
/// The longest `HOSTNAME` and `MSGID`, in characters.
const LONGEST_HOST: usize = 255;
const LONGEST_ID: usize = 32;
/// The largest `sequenceId`; the one after it is 1. Source: RFC 5424, 7.3.1.
const LARGEST: i64 = 2_147_483_647;

/// One message, without a line's end in it. `json` is the record in JSON; what is not ASCII in it is escaped, so that no
/// receiver has to know its encoding.
pub fn message(entry: &AuditEntry, host: &str, json: &str) -> String {
    let severity = if ocsf::is_warning(entry) { WARNING } else { NOTICE };
    let priority = FACILITY * 8 + severity;
    let at = entry.at.time().map_or_else(|| "-".to_owned(), wire);
    let (host, id) = (printable(host, LONGEST_HOST), printable(entry.action.as_received(), LONGEST_ID));
    let sequence = (entry.number - 1).rem_euclid(LARGEST) + 1;
    let version = env!("CARGO_PKG_VERSION");
    let mut message = format!(
        "<{priority}>1 {at} {host} keydeck - {id} [origin software=\"keydeck\" swVersion=\"{version}\"]\
         [meta sequenceId=\"{sequence}\"] "
    );
    for c in json.chars() {
        if c.is_ascii() {
            message.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(message, "\\u{unit:04x}");
            }
        }
    }
    message
}

/// A field of the header: printable ASCII without spaces, or `-` where nothing is left.
fn printable(text: &str, longest: usize) -> String {
    let text: String = text.chars().filter(char::is_ascii_graphic).take(longest).collect();
    if text.is_empty() { "-".to_owned() } else { text }
}

/// The message as it goes over TLS: its length in octets, a space, and itself.
pub fn framed(message: &str) -> Vec<u8> {
    let mut frame = format!("{} ", message.len()).into_bytes();
    frame.extend_from_slice(message.as_bytes());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::export::tests::entry;

    #[test]
    fn a_message_has_every_field_of_its_header_and_is_ascii() {
        let entry = entry(7, "api_key.revoke");
        let told = message(&entry, "keys.acme.example", "{\"name\":\"Zoë 🔑\"}");
        assert_eq!(
            told,
            concat!(
                "<109>1 2026-11-21T08:30:00.000Z keys.acme.example keydeck - api_key.revoke [origin software=\"keydeck\" ",
                "swVersion=\"",
                env!("CARGO_PKG_VERSION"),
                "\"][meta sequenceId=\"7\"] {\"name\":\"Zo\\u00eb \\ud83d\\udd11\"}"
            )
        );
        let json = told.split_once("] ").unwrap().1;
        assert_eq!(serde_json::from_str::<serde_json::Value>(json).unwrap()["name"], "Zoë 🔑");
        assert!(framed(&told).starts_with(format!("{} <109>1 ", told.len()).as_bytes()));
    }

    #[test]
    fn what_is_odd_stays_within_its_field() {
        let mut odd = entry(LARGEST + 1, "évil action]\n\u{1b}[2J that is much longer than it may be");
        odd.at = crate::domain::time::When::Never;
        let told = message(&odd, "", "{}");
        assert!(told.starts_with("<109>1 - - keydeck - vilaction][2Jthatismuchlongertha [origin"), "{told}");
        assert!(told.contains("sequenceId=\"1\""));
        assert!(message(&entry(1, "auth.failure"), "h", "{}").starts_with("<108>1 "));
    }
}
