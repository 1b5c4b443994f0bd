//! What an answer says of the time at which it was made.

use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use reqwest::header::{AGE, DATE, HeaderMap};

use super::is_html;
use crate::domain::time::Time;

/// The answer's `Date`, to the second, where it is the server's own and of now: one, and not beside an `Age`, which says
/// that a cache kept the answer. A redirect and a page are somebody else's who is in between.
pub(super) fn date(status: StatusCode, headers: &HeaderMap) -> Option<Time> {
    if headers.contains_key(AGE) || status.is_redirection() || is_html(headers) {
        return None;
    }
    let mut dates = headers.get_all(DATE).iter();
    let date = dates.next().filter(|_| dates.next().is_none())?;
    httpdate::parse_http_date(date.to_str().ok()?).ok().map(DateTime::<Utc>::from)
}

#[cfg(test)]
mod tests {
    use reqwest::header::{HeaderName, HeaderValue};

    use super::*;

    fn read(status: u16, headers: &[(&str, &str)]) -> Option<String> {
        let headers = headers.iter().map(|(name, value)| {
            (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap())
        });
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(name, value);
        }
        date(StatusCode::from_u16(status).unwrap(), &map).map(crate::domain::time::exact)
    }

    const NOW: (&str, &str) = ("date", "Sat, 21 Nov 2026 08:30:09 GMT");

    #[test]
    fn only_a_date_of_the_server_and_of_now_is_taken() {
        assert_eq!(read(200, &[NOW]).unwrap(), "2026-11-21 08:30:09 UTC");
        assert!(read(401, &[NOW, ("content-type", "application/json")]).is_some(), "a refusal tells as well");
        assert_eq!(read(200, &[NOW, ("age", "0")]), None, "a cache kept it");
        assert_eq!(read(200, &[NOW, NOW]), None, "one of them may be another's");
        assert_eq!(read(302, &[NOW]), None);
        assert_eq!(read(200, &[NOW, ("content-type", "text/html; charset=utf-8")]), None);
        assert_eq!(read(200, &[("date", "today")]), None);
        assert_eq!(read(200, &[]), None);
    }
}
