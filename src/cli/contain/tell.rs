//! What is told while a leak is contained, on standard error, and how it ended, on standard output.

use crate::cli::output::Output;
use crate::domain::incident::{Act, Facts, Incident, Known, Lead, Measure, Standing, Subject};
use crate::domain::time::{Time, exact, past};

/// Tells what happens as it happens.
pub(super) struct Teller {
    json: bool,
    /// How many of the incident's entries were told.
    told: usize,
    /// Until when it was told that is waited.
    waited: Option<Time>,
}

impl Teller {
    pub(super) fn new(json: bool, locked: Option<bool>) -> Self {
        if locked == Some(false) {
            tracing::warn!("the values could not be kept out of swap: ulimit -l is too low");
        }
        Self { json, told: 0, waited: None }
    }

    /// Tells what happened since it was last told.
    pub(super) fn tell(&mut self, incident: &Incident, output: &mut Output) {
        for entry in incident.entries.iter().skip(self.told) {
            if let Some(words) = incident.entry_words(entry) {
                output.say(&format!("{} {words}", entry.at.format("%H:%M:%SZ")));
            }
        }
        self.told = incident.entries.len();
    }

    /// Tells that a value is tried again then.
    pub(super) fn wait(&mut self, until: Time, now: Time, output: &mut Output) {
        if self.waited != Some(until) && !self.json {
            let seconds = (until - now).num_seconds().max(0) + 1;
            output.say(&format!("not proven yet: it is tried again in {seconds} s"));
        }
        self.waited = Some(until);
    }
}

/// What is known of a subject, in lines.
pub(super) fn subject(incident: &Incident, number: usize, now: Time) -> Vec<String> {
    let Some(subject) = incident.subjects.get(number) else { return Vec::new() };
    let mut lines = vec![format!("{}. {}", number + 1, heading(subject))];
    match &subject.known {
        Known::Ours(facts) => lines.extend(of_key(facts, now)),
        Known::NoKey => lines.push("no key that you may see has this value".to_owned()),
        Known::NotKnown(why) => lines.push(format!("whose it is could not be asked: {why}")),
        Known::NotAsked => lines.push("nobody was asked whose it is".to_owned()),
        Known::Foreign => match &subject.given.vendor {
            Some(vendor) => {
                lines.push(format!(
                    "not this server's, by its form {}: revoke it at {}, {}",
                    vendor.name, vendor.revoke_at, vendor.how
                ));
            }
            None => lines.push("not of a form that this server makes".to_owned()),
        },
    }
    if let Some(first) = &subject.first {
        let mut line = format!("tried {}: {}", exact(first.at), first.tried.words());
        if incident.opened.asking_is_use {
            line = format!("{line}; that was keydeck's use of the key, from {}", incident.opened.by);
        }
        lines.push(line);
    }
    if let Act::Answered { answer, .. } = &subject.act {
        lines.push(match answer.why() {
            Some(why) => format!("{}: {why}", answer.word()),
            None => answer.word().to_owned(),
        });
    }
    if let Some(advice) = incident.advice(number, now) {
        let by = match advice.measure {
            Measure::Replace { by } => format!(", by {}", exact(by)),
            Measure::Revoke | Measure::Freeze | Measure::SelfDelete | Measure::Leave => String::new(),
        };
        if subject.by_hand && advice.measure == Measure::Revoke {
            lines.push(format!("your turn: {}", advice.reason));
        } else {
            lines.push(format!("recommended: {}{by}, since {}", advice.measure.words(), advice.reason));
        }
    }
    for line in lines.iter_mut().skip(1) {
        line.insert_str(0, "   ");
    }
    lines
}

fn heading(subject: &Subject) -> String {
    match subject.facts() {
        Some(facts) => format!("{}  {}  {}", subject.given.masked, facts.name.marked(), facts.status),
        None => format!("{}  {}", subject.given.masked, subject.given.form),
    }
}

fn of_key(facts: &Facts, now: Time) -> Vec<String> {
    let from = |from: Option<&crate::domain::untrusted::Untrusted>| {
        from.map(|from| format!(" from {from}")).unwrap_or_default()
    };
    let mut lines = vec![
        format!(
            "of {} <{}>, made {}, expires {}",
            facts.owner.marked(),
            facts.owner_email,
            facts.created.exact(),
            facts.expires.exact()
        ),
        format!(
            "last used {}{}, before keydeck tried it",
            past(&facts.last_used, now),
            from(facts.last_used_from.as_ref())
        ),
    ];
    if facts.own {
        lines.push("it is the key that keydeck itself uses".to_owned());
    }
    if facts.by_mask {
        lines.push(format!("found by the ends of its value, {}: another key's may be alike", facts.masked));
    }
    if facts.earlier_value {
        lines.push(format!("the value is an earlier one of this key, whose present one is {}", facts.masked));
    }
    for (what, other) in
        [("rotated from", &facts.rotated_from), ("rotated to", &facts.rotated_to), ("made with", &facts.minted_with)]
    {
        lines.extend(other.as_ref().map(|other| format!("{what} {}", other.words())));
    }
    match facts.minted.as_deref() {
        None => lines.push("which keys were made with it is looked for in the hunt".to_owned()),
        Some([]) => {}
        Some(minted) => {
            let names: Vec<String> = minted.iter().map(crate::domain::incident::Relative::words).collect();
            lines.push(format!("keys that were made with it: {}", names.join(", ")));
        }
    }
    match facts.spots.as_slice() {
        [] => lines.push("nothing is known of where others can read it".to_owned()),
        spots => lines.extend(spots.iter().map(|spot| {
            format!(
                "found {}: {}, {} times, {}",
                past(&spot.detected, now),
                spot.place(),
                spot.occurrences,
                spot.resolution.in_words()
            )
        })),
    }
    if facts.refused_uses.count > 0 {
        lines.push(format!(
            "tried {} times after it died, last {}",
            facts.refused_uses.count,
            past(&facts.refused_uses.last_at, now)
        ));
    }
    lines
}

/// A lead, in a line.
pub(super) fn lead(number: usize, lead: &Lead, now: Time) -> String {
    let facts = &lead.facts;
    format!(
        "{:>3}. {}  {}  {}  {}, last used {}: {}",
        number + 1,
        lead.masked,
        facts.name.marked(),
        facts.owner.marked(),
        facts.status,
        past(&facts.last_used, now),
        lead.why.words()
    )
}

/// Prints how it ended: a line a key, then where the evidence is.
pub(super) fn end(incident: &Incident, now: Time, dry_run: bool, output: &mut Output) {
    for number in 0..incident.subjects.len() {
        if dry_run {
            for line in subject(incident, number, now) {
                output.line(&line);
            }
        } else if let Some(subject) = incident.subjects.get(number) {
            let mark = match subject.standing(now) {
                Standing::Proven { .. } => "✓",
                Standing::Asserted { .. } | Standing::Dated(_) => "·",
                Standing::Open | Standing::UnderWay | Standing::Left | Standing::Elsewhere => "!",
            };
            output.line(&format!("{mark} {}  {}", heading_of(subject), subject.standing_in_words(now)));
        }
    }
    for rest in &incident.rest {
        let at = rest.line.map(|line| format!("line {line}: ")).unwrap_or_default();
        output.say(&format!("not recognised as a value: {at}{}; {}", rest.what, rest.hint));
    }
    if dry_run {
        return;
    }
    for subject in &incident.subjects {
        if let (Standing::Dated(by), Some(facts)) = (subject.standing(now), subject.facts()) {
            output.say(&format!(
                "the server ends {} {}: make its successor before, keydeck rotate {} --reason leaked",
                facts.name.marked(),
                exact(by),
                facts.id
            ));
        }
    }
    output.say(&incident.conclusion(now));
    if let Some(written) = &incident.written {
        let of =
            if written.searched_for == 1 { "the value".to_owned() } else { format!("{} values", written.searched_for) };
        let searched =
            if written.searched_for == 0 { String::new() } else { format!(", searched for {of}: none is in it") };
        output.say(&format!("the evidence is in {}{searched}", written.folder.display()));
    }
}

fn heading_of(subject: &Subject) -> String {
    match subject.facts() {
        Some(facts) => format!("{}  {}", subject.given.masked, facts.name.marked()),
        None => subject.given.masked.to_string(),
    }
}
