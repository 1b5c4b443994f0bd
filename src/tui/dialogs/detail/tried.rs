//! What still tries a key that no longer works, in words: how often, and from which addresses.

use super::{DetailLine, moment};
use crate::client::error::{ErrorKind, ServiceError};
use crate::domain::key::{Key, TriedFrom};
use crate::domain::time::{Time, When, past};
use crate::tui::text::thousands;

/// How far the reading of the addresses is.
#[derive(Debug, PartialEq, Eq)]
pub enum Tried {
    /// Not to be had from this backend; why.
    None(String),
    Loading,
    /// Here, the latest first.
    Here(Vec<TriedFrom>),
    Failed(ServiceError),
}

impl Tried {
    pub fn lines(&self, now: Time) -> Vec<DetailLine> {
        let said = |text: String| vec![DetailLine::new("Tried from", text)];
        match self {
            Self::None(why) => said(why.clone()),
            Self::Loading => said("loading …".to_owned()),
            Self::Failed(error) if error.kind == ErrorKind::Denied => {
                said(format!("you may not read it: {}", error.message))
            }
            Self::Failed(error) => said(format!("not here: {}; {}", error.reason(), error.hint())),
            Self::Here(addresses) if addresses.is_empty() => said("no address is known".to_owned()),
            Self::Here(addresses) => {
                let names = std::iter::once("Tried from").chain(std::iter::repeat(""));
                names.zip(addresses).map(|(name, from)| DetailLine::new(name, line(from, now))).collect()
            }
        }
    }
}

/// `203.0.113.9  12 times, last 2026-11-21 08:30:00 UTC (3 h ago), first 2026-11-19 …`.
pub fn line(from: &TriedFrom, now: Time) -> String {
    let last = moment(&from.last, &past(&from.last, now));
    let first = if from.first == from.last { String::new() } else { format!(", first {}", from.first.exact()) };
    format!("{}  {}, last {last}{first}", from.address, times(from.count))
}

/// How often uses of a key were refused since it stopped working, when and from where last; nothing where none was.
pub fn summary(key: &Key, now: Time) -> String {
    let tried = &key.refused_uses;
    if tried.count == 0 && tried.last_at == When::Never {
        return String::new();
    }
    let from = tried.last_from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
    let last = moment(&tried.last_at, &past(&tried.last_at, now));
    format!("{} after it stopped working, last {last}{from}", times(tried.count))
}

fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        many => format!("{} times", thousands(usize::try_from(many).unwrap_or(usize::MAX))),
    }
}
