//! A key's lineage on one axis of time: the keys of its chain one below the other, when each worked, when two worked side by side,
//! and what still tries one that ended.

use super::chain::Chain;
use super::trail::Trail;
use super::tried::Tried;
use crate::domain::audit::AuditEntry;
use crate::domain::axis::{Axis, Event, Lane, Part};
use crate::domain::key::{Key, Status};
use crate::domain::time::{Time, When, day};
use crate::tui::text::thousands;

/// What was read of the key that is shown, beside what its row says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// When it was disabled (`false`) and enabled again (`true`), the earliest first.
    toggles: Vec<(Time, bool)>,
    /// When uses of it were refused, as far as that is told.
    tried: Vec<Time>,
}

impl Heard {
    pub fn take_trail(&mut self, trail: &Trail) {
        let entries = match trail {
            Trail::Here { entries, of_owner: false, .. } => entries.as_slice(),
            Trail::Here { .. } | Trail::None(_) | Trail::Loading | Trail::Failed(_) => &[],
        };
        let toggle = |entry: &AuditEntry| {
            let enabled = match entry.action.as_received() {
                "api_key.enable" => true,
                "api_key.disable" | "api_key.expire" => false,
                _ => return None,
            };
            Some((entry.at.time()?, enabled))
        };
        self.toggles = entries.iter().filter_map(toggle).collect();
        self.toggles.sort_unstable();
    }

    pub fn take_tried(&mut self, tried: &Tried) {
        let addresses = match tried {
            Tried::Here(addresses) => addresses.as_slice(),
            Tried::None(_) | Tried::Loading | Tried::Failed(_) => &[],
        };
        let times = addresses.iter().flat_map(|address| [address.first.time(), address.last.time()]);
        self.tried = times.flatten().collect();
        self.tried.sort_unstable();
        self.tried.dedup();
    }
}

/// The axis of a chain, if there is anything to see on it: another key, an end, a time in which it was disabled, uses that
/// were refused.
pub fn axis(chain: &Chain, heard: &Heard, now: Time) -> Option<Axis> {
    let keys = chain.keys();
    let shown = chain.at();
    let alone = |key: &Key| {
        !key.is_over(now) && key.status == Status::Enabled && key.refused_uses.count == 0 && heard.toggles.is_empty()
    };
    if let [only] = keys
        && alone(only)
    {
        return None;
    }
    let nothing = Heard::default();
    let lane = |(at, key): (usize, &Key)| {
        lane(key, keys.get(at + 1), if at == shown { heard } else { &nothing }, at == shown, now)
    };
    let lanes: Vec<Lane> = keys.iter().enumerate().map(lane).collect();
    lanes.iter().any(|lane| !lane.parts.is_empty()).then_some(Axis { now, lanes })
}

/// When it ended, if it did.
fn end(key: &Key, now: Time) -> Option<Time> {
    match key.status {
        Status::Revoked => key.revoked.time(),
        Status::Enabled | Status::Disabled | Status::Other(_) => key.expires.time().filter(|at| *at <= now),
    }
}

fn lane(key: &Key, next: Option<&Key>, heard: &Heard, shown: bool, now: Time) -> Lane {
    let sign = if shown { "▸" } else { " " };
    let mut lane = Lane { name: format!("{sign}{}", key.name.marked()), ..Lane::default() };
    let Some(made) = key.created.time() else { return lane };
    let ended = end(key, now);
    let gone = key.status == Status::Revoked && ended.is_none();
    let until = ended.or_else(|| key.expires.time()).or(gone.then_some(now));
    let mut words = vec![format!("made {}", day(made))];
    lane.parts.push((made, until, Part::Works));
    lane.events.push((made, Event::Made));
    let mut both = |from: Time, to: Option<Time>, words: &mut Vec<String>| {
        if to.is_none_or(|to| to > from) {
            lane.parts.push((from, to, Part::Both));
            let to = to.map_or_else(|| "on".to_owned(), |to| format!("to {}", day(to)));
            words.push(format!("two values from {} {to}", day(from)));
        }
    };
    if let (Some(value), Some(ends)) = (key.value_created.time().filter(|at| *at > made), key.overlap_ends.time()) {
        both(value, Some(ends), &mut words);
    }
    if let Some(from) = next.and_then(|next| next.created.time()).filter(|from| *from >= made) {
        both(from, until, &mut words);
    }
    for (at, (from, enabled)) in heard.toggles.iter().enumerate() {
        if *enabled || (at > 0 && !heard.toggles[at - 1].1) {
            continue;
        }
        let to = heard.toggles[at..].iter().find(|(_, enabled)| *enabled).map(|(to, _)| *to).or(ended);
        lane.parts.push((*from, to.or(Some(now)), Part::Disabled));
        let to = to.map_or_else(|| "on".to_owned(), |to| format!("to {}", day(to)));
        words.push(format!("disabled from {} {to}", day(*from)));
    }
    // its last use is when what used it had gone over to the next one
    if let Some(at) = key.last_used.time().filter(|at| next.is_some() && *at >= made) {
        lane.events.push((at, Event::MovedOver));
        words.push(format!("moved over by {}", day(at)));
    }
    match (&key.status, ended) {
        (Status::Revoked, Some(at)) => words.push(format!("revoked {}", day(at))),
        (Status::Revoked, None) => words.push("revoked".to_owned()),
        (_, Some(at)) => words.push(format!("expired {}", day(at))),
        (Status::Disabled, None) if heard.toggles.is_empty() => words.push("disabled".to_owned()),
        (_, None) => {}
    }
    lane.events.extend(ended.map(|at| (at, Event::Ended)));
    if key.refused_uses.count > 0 {
        let last = key.refused_uses.last_at.time();
        lane.events.extend(heard.tried.iter().copied().chain(last).map(|at| (at, Event::Refused)));
        let count = usize::try_from(key.refused_uses.count).unwrap_or(usize::MAX);
        let times = if count == 1 { "once".to_owned() } else { format!("{} times", thousands(count)) };
        let last = last.map(|at| format!(", last {}", day(at))).unwrap_or_default();
        words.push(format!("tried {times} since{last}"));
    }
    if key.expires == When::Never && ended.is_none() && !gone {
        words.push("no expiry".to_owned());
    } else if let Some(at) = key.expires.time().filter(|_| ended.is_none() && !gone) {
        words.push(format!("expires {}", day(at)));
    }
    lane.words = format!("{}: {}", key.name.marked(), words.join(", "));
    lane
}
