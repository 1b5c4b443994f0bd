//! A key that was disabled for a while, to see whether anything breaks, and who tried it meanwhile.

use super::ids::KeyId;
use super::key::{Key, TriedFrom};
use super::time::{Time, length};
use super::untrusted::Untrusted;

/// A key that is disabled for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paused {
    pub id: KeyId,
    pub name: Untrusted,
    /// From when on it was refused.
    pub since: Time,
    /// When it is enabled again by itself.
    pub until: Time,
}

impl Paused {
    /// The key as it is once it was disabled at `since`; none where it does not come back by itself.
    pub fn of(key: &Key, since: Time) -> Option<Self> {
        let until = key.disabled_until.time().filter(|until| *until > since)?;
        Some(Self { id: key.id.clone(), name: key.name.clone(), since, until })
    }

    /// From where it was tried since it was disabled, the latest first. Earlier tries do not count.
    pub fn hits(&self, mut tried: Vec<TriedFrom>) -> Vec<TriedFrom> {
        // a server tells times to the millisecond
        let meanwhile = |from: &TriedFrom| {
            from.last.time().is_some_and(|last| last.timestamp_millis() >= self.since.timestamp_millis())
        };
        tried.retain(meanwhile);
        tried.sort_by_key(|from| std::cmp::Reverse(from.last.time()));
        tried
    }

    /// How it went, in a sentence, with so many addresses.
    pub fn summary(&self, hits: usize, now: Time) -> String {
        let name = self.name.marked();
        let lasted = (now.min(self.until) - self.since).num_seconds().max(1).unsigned_abs();
        // what was asked for is told, not what the answer took
        let long = length(if lasted > 60 { (lasted + 5) / 10 * 10 } else { lasted });
        match hits {
            0 => format!("Nobody tried {name} in these {long}: nothing seems to hang on it"),
            1 => format!("1 address tried {name} in these {long}, and was refused"),
            many => format!("{many} addresses tried {name} in these {long}, and were refused"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::When;

    fn at(time: &str) -> Time {
        When::from_wire(&format!("2026-11-21T{time}Z")).time().unwrap()
    }

    fn paused() -> Paused {
        Paused { id: "a".into(), name: "ci".into(), since: at("08:30:00.500"), until: at("08:40:00.500") }
    }

    #[test]
    fn only_who_tried_it_meanwhile_is_told_the_latest_first() {
        let from = |address: &str, last: &str| TriedFrom {
            address: address.into(),
            count: 2,
            first: When::At(at("07:00:00")),
            last: When::At(at(last)),
        };
        let tried = vec![from("before", "08:30:00.499"), from("first", "08:30:00.500"), from("last", "08:39:00")];
        let hits: Vec<String> = paused().hits(tried).iter().map(|from| from.address.to_string()).collect();
        assert_eq!(hits, ["last", "first"]);
    }

    #[test]
    fn one_that_does_not_come_back_by_itself_is_not_paused() {
        let key = Key { disabled_until: When::At(at("08:40:00")), ..Key::sample("a") };
        assert_eq!(Paused::of(&key, at("08:30:00")).map(|paused| paused.until), Some(at("08:40:00")));
        assert_eq!(Paused::of(&Key::sample("a"), at("08:30:00")), None);
        assert_eq!(Paused::of(&key, at("08:41:00")), None, "over already");
    }

    #[test]
    fn it_is_said_for_how_long_it_lasted() {
        assert!(
            paused().summary(0, at("09:00:00")).contains("Nobody tried ci in these 10 min"),
            "{}",
            paused().summary(0, at("09:00:00"))
        );
        assert!(paused().summary(2, at("08:31:00.500")).contains("2 addresses tried ci in these 1 min"));
    }
}
