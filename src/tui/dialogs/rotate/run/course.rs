//! The old key and the new one on one axis of time, while both work: since when, until when, what was moved over, and now.

use chrono::TimeDelta;

use super::Item;
use crate::domain::axis::{Axis, Event, Lane, Part};
use crate::domain::present::Present;
use crate::domain::rotation::{Next, OldState, Phase};
use crate::domain::time::{Time, exact};

/// The axis; none before there is a new key, and none once the old one no longer works.
pub fn axis(item: &Item, now: Present) -> Option<Axis> {
    let rotation = &item.rotation;
    if rotation.new.is_none() || rotation.phase != Phase::Forward || rotation.old_state != OldState::Live {
        return None;
    }
    let from = rotation.started;
    let waits = match rotation.next(now) {
        Next::Wait(until) => Some(until),
        Next::Do(_) | Next::Ask(_) | Next::Over => None,
    };
    let ends = rotation.deadline.or(waits).or_else(|| rotation.old.expires.time());
    Some(Axis { now: now.now, lanes: vec![old(item, from, ends, now.now), new(item, from)] })
}

fn old(item: &Item, from: Time, ends: Option<Time>, now: Time) -> Lane {
    let rotation = &item.rotation;
    // it worked before this began, which is all that matters here
    let before = from - ends.map_or(now - from, |ends| ends.max(now) - from) / 8 - TimeDelta::seconds(1);
    let mut lane = Lane { name: "old".to_owned(), ..Lane::default() };
    lane.parts = vec![(before, ends, Part::Works), (from, ends, Part::Both)];
    let mut words = vec!["works beside the new one".to_owned()];
    if let Some(used) = item.last_use().and_then(|(when, _)| when.time()).filter(|used| *used >= before) {
        lane.events.push((used, Event::Used));
        words.push(format!("last used {}", exact(used)));
    }
    match ends {
        Some(at) if rotation.deadline == Some(at) => words.push(format!("expires {}", exact(at))),
        Some(at) if rotation.old.expires.time() == Some(at) => words.push(format!("expires by itself {}", exact(at))),
        Some(at) => words.push(format!("may go from {}", exact(at))),
        None => words.push("no deadline yet".to_owned()),
    }
    lane.events.extend(ends.map(|at| (at, Event::Deadline)));
    lane.words = format!("The old key {}.", words.join(", "));
    lane
}

fn new(item: &Item, from: Time) -> Lane {
    let rotation = &item.rotation;
    let mut lane = Lane { name: "new".to_owned(), ..Lane::default() };
    lane.parts = vec![(from, None, Part::Works)];
    lane.events.push((from, Event::Made));
    let mut words = vec![format!("made since {}", exact(from))];
    if let Some(at) = rotation.cutover_at {
        lane.events.push((at, Event::MovedOver));
        words.push(format!("the systems moved over {}", exact(at)));
    }
    let expires = rotation.new.as_ref().and_then(|new| new.expires.time());
    words.extend(expires.map(|at| format!("expires {}", exact(at))));
    lane.words = format!("The new key: {}.", words.join(", "));
    lane
}
