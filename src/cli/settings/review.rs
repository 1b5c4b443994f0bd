//! What is shown before the settings are changed, and when somebody else changed them meanwhile.

use crate::cli::output::Output;
use crate::cli::table::{self, Header, Narrow};
use crate::domain::settings::{Field, Impact, Settings};
use crate::domain::time::{When, day};

/// How many keys are shown by name.
const SHOWN: usize = 20;
const KEYS: [Header; 4] =
    [("name", Narrow::Shrinks), ("owner", Narrow::Shrinks), ("expires", Narrow::Never), ("then", Narrow::Never)];
const BOTH: [Header; 4] =
    [("setting", Narrow::Never), ("was", Narrow::Never), ("you", Narrow::Never), ("is now", Narrow::Never)];

/// `1 key is`, `3 keys are`.
pub fn keys(count: u64) -> String {
    if count == 1 { "1 key is".to_owned() } else { format!("{count} keys are") }
}

/// The change, what it does, and the keys that it ends first.
pub fn lines(before: &Settings, after: &Settings, impact: &Impact, spread: Option<i64>) -> Vec<String> {
    let mut text = Vec::new();
    for field in Field::ALL.into_iter().filter(|field| field.differs(before, after)) {
        text.push(format!("{}: {} -> {}", field.title(), field.show(before), field.show(after)));
    }
    text.extend(impact.sentences());
    if spread.is_none()
        && let Some(days) = impact.offered_spread()
    {
        text.push(format!("--spread {days} would spread them over {days} days."));
    }
    let date = |when: &When| when.time().map_or_else(|| when.exact(), day);
    let rows = impact.data.iter().take(SHOWN).map(|key| {
        let then = if key.revoked { "revoked".to_owned() } else { date(&key.expires_at_after) };
        vec![key.name.marked().into_owned(), key.owner_name.to_string(), date(&key.expires_at_before), then]
    });
    if !impact.data.is_empty() {
        let width = Output::width().map(|width| width.saturating_sub(2));
        text.extend(table::lines(&KEYS, rows, width).into_iter().map(|line| format!("  {line}")));
        let rest = (impact.changes_expiry + impact.revokes).saturating_sub(SHOWN as u64);
        if rest > 0 {
            text.push(format!("  and {rest} more: --json lists the first 1000"));
        }
    }
    text
}

/// What was read, what was wished, and what somebody else made of it.
pub fn conflict(before: &Settings, wished: &Settings, now: &Settings) -> Vec<String> {
    let differing = |field: &Field| field.differs(before, now) || field.differs(before, wished);
    let row = |field: Field| vec![field.name().to_owned(), field.write(before), field.write(wished), field.write(now)];
    table::lines(&BOTH, Field::ALL.into_iter().filter(differing).map(row), Output::width())
}
