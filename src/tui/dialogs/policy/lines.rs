//! The review in lines.

use super::{Policy, Stage};
use crate::domain::settings::{CurrentlyExposed, Impact, Settings};
use crate::tui::text;

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Strong,
    Dim,
    Warning,
}

/// The heights of a bar, from the lowest.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The most exposed keys that are named.
const NAMED: usize = 5;

impl Policy {
    /// What is said, on so many columns. `now` is what the settings are, as far as the console knows.
    pub fn lines(&self, columns: usize, now: Option<&Settings>) -> Vec<(Tone, String)> {
        let mut lines = Vec::new();
        let mut say = |tone, words: &str| {
            lines.extend(text::wrap(words, columns.max(1)).into_iter().map(|line| (tone, line)));
        };
        if self.stage == Stage::Conflict {
            say(Tone::Warning, "Somebody changed the settings meanwhile. Nothing was saved.");
            match now {
                Some(now) => {
                    for setting in self.differing(now) {
                        say(Tone::Strong, setting.title());
                        let (was, you, is) = (setting.show(&self.before), setting.show(&self.after), setting.show(now));
                        say(Tone::Plain, &format!("  was {was} · you: {you} · is now {is}"));
                    }
                    say(Tone::Dim, "Your staged values can be put on top of that, and reviewed again.");
                }
                None => say(Tone::Dim, "Loading what they are now …"),
            }
            return lines;
        }
        for setting in self.differing(&self.before) {
            let (was, shall) = (setting.show(&self.before), setting.show(&self.after));
            say(Tone::Strong, &format!("{}: {was} → {shall}", setting.title()));
        }
        match &self.stage {
            Stage::Looking => say(Tone::Dim, "Looking whom it hits …"),
            Stage::NotKnown(why) | Stage::Refused(why) => say(Tone::Warning, why),
            Stage::Saving => say(Tone::Dim, "Saving …"),
            Stage::UnderWay(act) => {
                say(Tone::Plain, "Saved: what it decides holds for every key. Their records follow:");
                say(Tone::Strong, &format!("{} of {} done", act.done, act.total));
            }
            Stage::Asking | Stage::Conflict => {}
        }
        self.say_exposed(&mut say);
        if let Some(impact) = &self.impact {
            let danger = if impact.ends_any() { Tone::Warning } else { Tone::Plain };
            for sentence in impact.sentences() {
                say(danger, &sentence);
            }
            if let Some(days) = self.spread {
                say(Tone::Plain, &format!("Spread over {days} days."));
            }
            for (tone, line) in picture(impact, columns) {
                lines.push((tone, line));
            }
        }
        lines
    }

    fn say_exposed(&self, say: &mut impl FnMut(Tone, &str)) {
        if !self.has_to_choose {
            return;
        }
        let count = self.exposed.len();
        let keys = if count == 1 {
            "1 exposed key is enabled:".to_owned()
        } else {
            format!("{count} exposed keys are enabled:")
        };
        say(Tone::Warning, &keys);
        for (name, owner) in self.exposed.iter().take(NAMED) {
            say(Tone::Plain, &format!("  {name} of {owner}"));
        }
        if count > NAMED {
            say(Tone::Plain, &format!("  and {} more", count - NAMED));
        }
        let chosen = match &self.choice {
            None => "What becomes of them has to be chosen: revoke them, or leave them as they are.",
            Some(CurrentlyExposed::Revoke) => "They are revoked with the change.",
            Some(CurrentlyExposed::Ignore | CurrentlyExposed::Other(_)) => "They are left as they are.",
        };
        say(Tone::Strong, chosen);
    }
}

/// How many keys end on each of the next days, before and after: a column a day, or for several where there is less room.
pub fn picture(impact: &Impact, columns: usize) -> Vec<(Tone, String)> {
    let days = impact.by_day.len();
    let most = impact.by_day.iter().map(|day| day.before.max(day.after)).max().unwrap_or(0);
    if most == 0 || days == 0 || columns < 20 {
        return Vec::new();
    }
    let label = 8;
    let a_column = days.div_ceil(columns - label).max(1);
    let bars = |of: &dyn Fn(&crate::domain::settings::Day) -> u64| {
        let sums = impact.by_day.chunks(a_column).map(|days| days.iter().map(of).max().unwrap_or(0));
        sums.map(|sum| if sum == 0 { '·' } else { bar(sum, most) }).collect::<String>()
    };
    let first = impact.by_day.first().map(|day| day.day.to_string()).unwrap_or_default();
    let last = impact.by_day.last().map(|day| day.day.to_string()).unwrap_or_default();
    let wide = days.div_ceil(a_column);
    let gap = wide.saturating_sub(first.len() + last.len()).max(1);
    vec![
        (Tone::Dim, format!("{:label$}{}", "now", bars(&|day| day.before))),
        (Tone::Strong, format!("{:label$}{}", "then", bars(&|day| day.after))),
        (Tone::Dim, format!("{:label$}{first}{:gap$}{last}", "", "")),
    ]
}

fn bar(value: u64, most: u64) -> char {
    let steps = BARS.len() as u64;
    let at = (value * steps).div_ceil(most.max(1)).clamp(1, steps) - 1;
    BARS[usize::try_from(at).unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::settings::Day;

    #[test]
    fn the_picture_fits_and_shows_the_spike() {
        let day = |at: u64| Day {
            day: format!("day {at}").into(),
            before: u64::from(at == 3),
            after: if at == 10 { 80 } else { 0 },
        };
        let impact = Impact { by_day: (0..60).map(day).collect(), ..Impact::default() };
        let drawn = picture(&impact, 80);
        assert!(drawn[1].1.contains('█') && drawn[0].1.contains('▁'), "{drawn:?}");
        for columns in [0, 10, 20, 40, 80] {
            assert!(picture(&impact, columns).iter().all(|(_, line)| text::width(line) <= columns), "{columns}");
        }
        assert!(picture(&Impact::default(), 80).is_empty());
    }
}
