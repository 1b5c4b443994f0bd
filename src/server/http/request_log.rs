//! The log of requests: a line for each, which holds little of what its client sent, nothing of a key's value, and of each
//! address only so many in a while, so that nobody writes what others did out of it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde::Serialize;
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use super::limits::Limiter;
use crate::api::paths;
use crate::domain::untrusted::visible;
use crate::domain::values::{Found, find};
use crate::server::source::Source;

/// The longest method and the longest path that a line holds, in characters: 200 together.
const LONGEST_METHOD: usize = 20;
const LONGEST_PATH: usize = 180;
/// How much of a path is looked through for values, in characters: one that begins within what is kept is seen to its end.
const LOOKED_THROUGH: usize = 1024;
/// Lines in 60 s of what users of one address ask. A user's own allowance is far less; many may share an address.
const OF_USERS: u32 = 12_000;
/// Lines in 60 s of what others ask from one address.
const OF_OTHERS: u32 = 600;

/// One request and what came of it. Never its query, its headers or a body: they may hold a key.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestLine {
    /// When it was answered.
    pub time: String,
    /// As in the answer's `X-Request-Id`.
    pub request_id: String,
    /// Its first 20 characters.
    pub method: String,
    /// What was asked, as the contract names it: `/api-keys/{id}`; null for a path that is none of the contract's.
    pub route: Option<String>,
    /// The path, its first 180 characters, without any part that looks like a key.
    pub path: String,
    pub status: u16,
    /// Who asked; null for nobody who is known.
    pub user_id: Option<i64>,
    /// Where it came from; `unix` over the socket.
    pub address: Option<Source>,
    /// How long it took.
    pub milliseconds: u64,
    /// How many lines were left out since the one before, because an address had asked too often or nobody read them fast
    /// enough.
    #[serde(skip_serializing_if = "is_none")]
    pub left_out: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde hands it")]
fn is_none(left_out: &u64) -> bool {
    *left_out == 0
}

/// How many lines there may be.
pub struct Bounds {
    of_users: Limiter<Option<Source>>,
    of_others: Limiter<Option<Source>>,
    left_out: AtomicU64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { of_users: Limiter::new(OF_USERS), of_others: Limiter::new(OF_OTHERS), left_out: AtomicU64::new(0) }
    }
}

impl Bounds {
    /// Writes a line to the log of the program and, where somebody reads them, to `log`, unless its address has had its
    /// share.
    pub fn note(&self, log: Option<&Sender<RequestLine>>, mut line: RequestLine, now: Instant) {
        if !self.allows(&line, now) {
            self.left_out.fetch_add(1, Ordering::Relaxed);
            return;
        }
        line.left_out = self.left_out.swap(0, Ordering::Relaxed);
        tell(&line);
        // a reader that does not keep up must not hold up requests
        if let Some(log) = log
            && let Err(TrySendError::Full(line)) = log.try_send(line)
        {
            self.left_out.fetch_add(line.left_out + 1, Ordering::Relaxed);
        }
    }

    fn allows(&self, line: &RequestLine, now: Instant) -> bool {
        let from = line.address.map(Source::neighbourhood);
        let lines = if line.user_id.is_some() { &self.of_users } else { &self.of_others };
        let allowance = lines.count(from, now);
        if allowance.remaining == 0 && !allowance.exceeded {
            let address = from.map(tracing::field::display);
            tracing::warn!(address, "more requests of this address are not logged for {} s", allowance.reset);
        }
        !allowance.exceeded
    }
}

/// Writes it to the log of the program.
fn tell(line: &RequestLine) {
    let RequestLine { request_id, method, route, path, status, user_id, milliseconds, left_out, .. } = line;
    let (address, route) = (line.address.map(tracing::field::display), route.as_deref());
    // whoever watches the server's health asks every few seconds
    if [paths::HEALTHZ, paths::READYZ].contains(&path.as_str()) && *status == 200 {
        tracing::debug!(target: "keydeck::requests", request_id, method, path, status, milliseconds, "answered");
    } else {
        tracing::info!(
            target: "keydeck::requests",
            request_id, method, route, path, status, user = user_id, address, milliseconds, left_out, "answered"
        );
    }
}

/// The beginning of a method for the log.
pub fn method(method: &str) -> String {
    method.chars().take(LONGEST_METHOD).collect()
}

/// A path for the log: its beginning, without any part that looks like a key somebody took for an id.
pub fn path(path: &str) -> String {
    let looked_through = beginning(path, LOOKED_THROUGH);
    let found = find(looked_through);
    let mut end = 0;
    let hide = |part: &'_ str| {
        let start = end;
        end = start + part.len() + 1;
        let holds = |found: &Found| found.tells() && found.span.start < end && found.span.end > start;
        if found.iter().any(holds) { "…" } else { part }.to_owned()
    };
    let shown = looked_through.split('/').map(hide).collect::<Vec<_>>().join("/");
    let shown = visible(&shown);
    if beginning(&shown, LONGEST_PATH).len() == shown.len() && looked_through.len() == path.len() {
        return shown.into_owned();
    }
    format!("{}…", beginning(&shown, LONGEST_PATH - 1))
}

/// The first so many characters.
fn beginning(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use base64::Engine as _;
    use base64::prelude::BASE64_URL_SAFE_NO_PAD;
    use tokio::sync::mpsc;

    use super::*;
    use crate::domain::key_value::{KeyKind, mint};
    use crate::server::http::limits::WINDOW;

    #[test]
    fn no_part_of_a_path_that_looks_like_a_key_is_logged() {
        assert_eq!(path("/api-keys/01ABC"), "/api-keys/01ABC");
        assert_eq!(path("/api-keys/kdk_abc/x"), "/api-keys/…/x");
        let value = mint(KeyKind::ApiKey, getrandom::fill).unwrap();
        let value = value.expose();
        for part in [
            value.to_owned(),
            format!("x{value}"),
            format!("ids={value},y"),
            value.replace('_', "%5F"),
            BASE64_URL_SAFE_NO_PAD.encode(format!("user:{value}")),
            format!("{}%0A{}", &value[..20], &value[20..]),
            format!("PMAK-{}-{}", "a".repeat(24), "0".repeat(34)),
        ] {
            assert_eq!(path(&format!("/api-keys/{part}/x")), "/api-keys/…/x", "{part}");
        }
    }

    #[test]
    fn of_what_a_client_sent_a_line_holds_two_hundred_characters() {
        let value = mint(KeyKind::ApiKey, getrandom::fill).unwrap();
        let long = path(&format!("/{}/é", "é".repeat(5000)));
        assert_eq!(long.chars().count(), LONGEST_PATH);
        assert!(long.ends_with('…'), "{long}");
        for before in 100..=LONGEST_PATH {
            let cut = path(&format!("/{}/{}", "a".repeat(before), value.expose()));
            assert!(cut.chars().count() <= LONGEST_PATH && !cut.contains(&value.expose()[..4]), "{cut}");
        }
        assert_eq!(method(&"X".repeat(3000)).len() + LONGEST_PATH, 200);
    }

    fn line(user_id: Option<i64>, last: u8) -> RequestLine {
        RequestLine {
            time: String::new(),
            request_id: String::new(),
            method: "GET".to_owned(),
            route: None,
            path: "/me".to_owned(),
            status: 401,
            user_id,
            address: Some(Source::Address([192, 0, 2, last].into())),
            milliseconds: 1,
            left_out: 0,
        }
    }

    #[test]
    fn an_address_gets_so_many_lines_and_how_many_were_left_out_is_told() {
        let (bounds, now) = (Bounds::default(), Instant::now());
        let (log, mut lines) = mpsc::channel(100_000);
        let mut noted = |user_id, last, times: u32, at| {
            (0..times).for_each(|_| bounds.note(Some(&log), line(user_id, last), at));
            std::iter::from_fn(|| lines.try_recv().ok()).map(|line| line.left_out).collect::<Vec<_>>()
        };
        assert_eq!(noted(None, 1, OF_OTHERS + 41, now).len(), OF_OTHERS as usize);
        assert_eq!(noted(Some(3), 1, 2, now), [41, 0], "who asks with a key is not left out for others' junk");
        assert_eq!(noted(None, 2, 1, now), [0], "nor is another address");
        assert_eq!(noted(None, 1, 1, now), [0_u64; 0]);
        assert_eq!(noted(None, 1, 1, now + WINDOW), [1]);
        assert_eq!(noted(Some(3), 1, 2 * OF_USERS, now + WINDOW + Duration::from_secs(1)).len(), OF_USERS as usize);
    }

    #[test]
    fn a_reader_that_does_not_keep_up_is_told_how_much_it_missed() {
        let (bounds, now) = (Bounds::default(), Instant::now());
        let (log, mut lines) = mpsc::channel(1);
        (0..5).for_each(|_| bounds.note(Some(&log), line(None, 1), now));
        assert_eq!(lines.try_recv().unwrap().left_out, 0);
        bounds.note(Some(&log), line(None, 1), now);
        assert_eq!(lines.try_recv().unwrap().left_out, 4);
    }
}
