//! The cookie of whoever signed in: sent back exactly as the server set it, to that server and to no other, and replaced
//! when the server sets another.

use std::sync::Arc;

use chrono::TimeDelta;
use reqwest::header::{HeaderMap, SET_COOKIE};
use tokio::sync::watch;

use crate::client::authentication::{Authentication, Scheme};
use crate::client::error::ServiceError;
use crate::client::sign_in::SignedIn;
use crate::domain::secret::Secret;
use crate::domain::time::Time;

/// The cookie, and how it is called.
pub(in crate::client) struct SessionCookie {
    name: &'static str,
    /// For how long the server lets it live after each use.
    lasts: TimeDelta,
    held: watch::Sender<SignedIn>,
}

impl SessionCookie {
    /// One of this name that nobody has yet.
    pub(in crate::client) fn new(name: &'static str, lasts: TimeDelta) -> Self {
        Self { name, lasts, held: watch::Sender::default() }
    }

    /// The same with what was kept of one, which is asked of `address`; nothing, where that is empty.
    ///
    /// # Errors
    /// When it is nothing that can be sent as a cookie.
    pub(in crate::client) fn holding(self, value: &Secret, address: &str) -> Result<Self, ServiceError> {
        if !value.expose().is_empty() {
            Authentication::new(Scheme::Cookie(self.name), value, address)?;
            self.held.send_replace(SignedIn { value: Some(Arc::new(value.duplicate())), until: None });
        }
        Ok(self)
    }

    /// How a request says that it is of this session; nothing where there is none.
    pub(super) fn authentication(&self) -> Option<Authentication> {
        let value = self.held.borrow().value.clone()?;
        Authentication::new(Scheme::Cookie(self.name), &value, "").ok()
    }

    /// What there is of it, now and whenever that is something else.
    pub(in crate::client) fn watch(&self) -> watch::Receiver<SignedIn> {
        self.held.subscribe()
    }

    /// There is none any more.
    pub(in crate::client) fn end(&self) {
        self.held.send_replace(SignedIn::default());
    }

    /// Takes in an answer that came at `now` from `address` and was no refusal: the session lasts from now on, and is another
    /// where the answer says so. Whether it does.
    pub(super) fn hear(&self, headers: &HeaderMap, now: Time, address: &str) -> bool {
        let set = headers.get_all(SET_COOKIE).iter().filter_map(|line| self.value_of(line.to_str().ok()?)).next_back();
        let until = now.checked_add_signed(self.lasts);
        let Some(value) = set else {
            self.held.send_if_modified(|held| {
                let lives = held.value.is_some();
                if lives {
                    held.until = until;
                }
                lives
            });
            return false;
        };
        let value = Secret::new(value.to_owned());
        // an empty one takes the session away, and what cannot be sent back is none
        if Authentication::new(Scheme::Cookie(self.name), &value, address).is_err() {
            self.end();
            return false;
        }
        self.held.send_replace(SignedIn { value: Some(Arc::new(value)), until });
        true
    }

    /// The value in a line of `Set-Cookie`, exactly as it stands there; none where the line is of another cookie.
    fn value_of<'a>(&self, line: &'a str) -> Option<&'a str> {
        let pair = line.split(';').next()?;
        let (name, value) = pair.split_once('=')?;
        (name.trim() == self.name).then(|| value.trim())
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    const ADDRESS: &str = "http://localhost:4000";

    fn hear(cookie: &SessionCookie, lines: &[&str], now: Time) -> bool {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(SET_COOKIE, HeaderValue::from_str(line).unwrap());
        }
        cookie.hear(&headers, now, ADDRESS)
    }

    fn sent(cookie: &SessionCookie) -> Option<String> {
        cookie.authentication().map(|authentication| authentication.header().1.to_str().unwrap().to_owned())
    }

    #[test]
    fn a_cookie_is_sent_back_as_it_was_set_and_lasts_from_each_use_on() {
        let cookie = SessionCookie::new("postmangovsg", TimeDelta::hours(24));
        let now = Time::UNIX_EPOCH;
        assert!(!hear(&cookie, &[], now) && sent(&cookie).is_none() && cookie.watch().borrow().until.is_none());
        let line = "postmangovsg=s%3Aabc.d%2Be%3D; Domain=postman.gov.sg; Path=/; HttpOnly; Secure; SameSite=Strict";
        assert!(hear(&cookie, &["other=1; Path=/", line], now));
        assert_eq!(sent(&cookie).as_deref(), Some("postmangovsg=s%3Aabc.d%2Be%3D"));
        assert_eq!(cookie.watch().borrow().until, Some(now + TimeDelta::hours(24)));
        let later = now + TimeDelta::hours(3);
        assert!(!hear(&cookie, &["other=2"], later));
        assert_eq!(cookie.watch().borrow().until, Some(later + TimeDelta::hours(24)));
        assert!(hear(&cookie, &["postmangovsg=s%3Anew.x"], later));
        assert_eq!(sent(&cookie).as_deref(), Some("postmangovsg=s%3Anew.x"));
    }

    #[test]
    fn an_empty_one_takes_the_session_away() {
        let cookie = SessionCookie::new("s", TimeDelta::hours(24));
        let cookie = cookie.holding(&Secret::new("kept".to_owned()), ADDRESS).unwrap();
        assert_eq!(sent(&cookie).as_deref(), Some("s=kept"));
        assert!(!hear(&cookie, &["s=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], Time::UNIX_EPOCH));
        assert!(sent(&cookie).is_none() && cookie.watch().borrow().value.is_none());
    }
}
