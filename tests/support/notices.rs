//! Notices of every kind, for the console.

#![allow(dead_code, reason = "each test binary uses its own part")]

use keydeck::domain::notice::{Notice, NoticeState, Occasion};
use keydeck::domain::time::When;

/// One that was sent.
pub fn notice(at: usize, occasion: Occasion, state: NoticeState, key: &str, to: &str) -> Notice {
    let sent = state == NoticeState::Sent;
    Notice {
        id: format!("n{at}").as_str().into(),
        occasion,
        key_id: format!("k{at}").as_str().into(),
        key_name: key.into(),
        recipient: to.into(),
        due: When::from_wire(&format!("2026-11-21T08:{:02}:00.000Z", 20 - at)),
        sent_at: if sent { When::from_wire("2026-11-21T08:29:00.000Z") } else { When::Never },
        next_try: When::Never,
        attempts: u32::from(sent),
        state,
        problem: None,
    }
}

/// One of each state, the latest first.
pub fn notices() -> Vec<Notice> {
    let refused = Some("smtp: mail.acme.example: permanent error (550): no such user here".into());
    vec![
        Notice {
            attempts: 3,
            next_try: When::from_wire("2026-11-21T08:34:00.000Z"),
            problem: Some("webhook: https://hooks.acme.example answered 503".into()),
            ..notice(0, Occasion::Revoked, NoticeState::Waiting, "ci-deploy", "ana@acme.example")
        },
        Notice {
            attempts: 29,
            problem: refused,
            ..notice(1, Occasion::Expiring, NoticeState::Dead, "postman-monitor", "gone@acme.example")
        },
        notice(2, Occasion::Transferred, NoticeState::Sent, "billing-sync", "ben@acme.example"),
        notice(3, Occasion::AutoRevoked, NoticeState::Sent, "evil\u{202e}\u{1b}[2J", "ana@acme.example"),
        Notice {
            problem: Some("it was not true any more".into()),
            ..notice(4, Occasion::Disabled, NoticeState::Void, "spike", "olivia@acme.example")
        },
        Notice {
            problem: Some("there is nobody to tell".into()),
            ..notice(5, Occasion::Expiring, NoticeState::Dead, "unused-poc", "")
        },
    ]
}
