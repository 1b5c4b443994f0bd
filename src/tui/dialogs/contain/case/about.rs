//! What is told of one key: whose it is, where it is exposed, whether it is alive, what is recommended, what became of it.

use super::page::{Line, Tone};
use crate::domain::incident::{
    Act, Advice, Answer, Attempt, Facts, Incident, Known, Measure, Standing, Subject, Tried,
};
use crate::domain::key::{Access, Status};
use crate::domain::time::{Time, When, future, past};

/// So many places in which a key is exposed are named.
const SPOTS: usize = 3;
/// So many keys that were made with it are named.
const MINTED: usize = 5;

/// A moment as it stands on the record of a containment: to the second, and that it is UTC.
pub fn clock(at: Time) -> String {
    at.format("%H:%M:%SZ").to_string()
}

/// Everything about one key: once something was done, first what came of that.
pub fn lines(incident: &Incident, number: usize, now: Time) -> Vec<Line> {
    let Some(subject) = incident.subjects.get(number) else { return Vec::new() };
    let mut lines = Vec::new();
    done(subject, now, &mut lines);
    if !lines.is_empty() {
        lines.insert(0, Line::new(' ', name(subject), Tone::Strong));
        lines.push(Line::new(' ', String::new(), Tone::Plain));
        lines.push(Line::new(' ', "As it was found:".to_owned(), Tone::Dim));
    }
    // what decides comes first: on a small screen the rest is scrolled to
    let (whose, rest) = whose(incident, subject, now);
    lines.push(whose);
    let by_whom = alive(incident, subject, &mut lines);
    if incident.undecided().any(|open| open == number)
        && let Some(advice) = incident.advice(number, now)
    {
        lines.push(recommended(subject, &advice));
    }
    lines.extend(rest);
    lines.extend(by_whom);
    lines
}

/// A key's name and masked value, or the masked value alone where nobody's name is known.
pub fn name(subject: &Subject) -> String {
    let masked = &subject.given.masked;
    match subject.facts() {
        Some(facts) => format!("{} {masked}", facts.name.marked()),
        None => masked.to_string(),
    }
}

fn recommended(subject: &Subject, advice: &Advice) -> Line {
    if subject.by_hand && advice.measure == Measure::Revoke {
        return Line::new('▸', format!("Your turn: {}", advice.reason), Tone::Strong);
    }
    let by = match advice.measure {
        Measure::Replace { by } => format!(" (by {})", clock(by)),
        Measure::Revoke | Measure::Freeze | Measure::SelfDelete | Measure::Leave => String::new(),
    };
    Line::new('▸', format!("Recommended: {}{by}: {}", advice.measure.words(), advice.reason), Tone::Strong)
}

/// Whose it is, and what else is known of its key.
fn whose(incident: &Incident, subject: &Subject, now: Time) -> (Line, Vec<Line>) {
    let masked = &subject.given.masked;
    let alone = |glyph, text, tone| (Line::new(glyph, text, tone), Vec::new());
    match &subject.known {
        Known::NotAsked => alone(' ', format!("{masked}: asking whose it is …"), Tone::Dim),
        Known::NotKnown(why) => {
            alone('?', format!("{masked}: not known: whose it is could not be asked: {why}"), Tone::Warn)
        }
        Known::NoKey => {
            let text = format!("{masked}: no key that you may see has it, which is not to say that it is nobody's");
            alone('?', text, Tone::Warn)
        }
        Known::Foreign => alone('–', foreign(subject), Tone::Warn),
        Known::Ours(facts) => {
            let email = if facts.owner_email.is_empty() { String::new() } else { format!(" ({})", facts.owner_email) };
            let text = format!("{} of {}{email}", name(subject), facts.owner.marked());
            (Line::new(' ', text, Tone::Strong), of_key(incident, facts, now))
        }
    }
}

fn foreign(subject: &Subject) -> String {
    let (masked, form) = (&subject.given.masked, &subject.given.form);
    match &subject.given.vendor {
        Some(vendor) => format!(
            "{masked}: not ours: by its form a {form} of {}; it was sent nowhere. Revoke it at {}: {}",
            vendor.name, vendor.revoke_at, vendor.how
        ),
        None => format!("{masked}: not ours: a {form}, which this server does not make; it was sent nowhere"),
    }
}

fn of_key(incident: &Incident, facts: &Facts, now: Time) -> Vec<Line> {
    let mut lines = Vec::new();
    exposed(incident, facts, now, &mut lines);
    let from = facts.last_used_from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
    let used = match &facts.last_used {
        When::Never => "never used".to_owned(),
        when @ (When::At(_) | When::Unreadable(_)) => {
            format!("last used {} ({}){from}, before keydeck tried it", past(when, now), when.exact())
        }
    };
    lines.push(Line::new(' ', used, Tone::Plain));
    lines.push(state(facts, now));
    relatives(facts, &mut lines);
    if facts.earlier_value {
        let works = match facts.overlap_ends.time().filter(|ends| *ends > now) {
            Some(ends) => format!("one earlier value works until {}", clock(ends)),
            None => "earlier values are refused".to_owned(),
        };
        let what = format!("what was pasted is not its present value ({}): {works}", facts.masked);
        lines.push(Line::new('!', what, Tone::Warn));
    }
    if facts.by_mask {
        let what = format!("found by the ends of its value, {}: another key's may be alike", facts.masked);
        lines.push(Line::new('!', what, Tone::Warn));
    }
    if facts.own {
        lines.push(Line::new('!', "This console itself uses it: nothing more will load here".to_owned(), Tone::Danger));
    }
    lines
}

fn state(facts: &Facts, now: Time) -> Line {
    let (glyph, tone) = match facts.status {
        Status::Enabled => ('●', Tone::Plain),
        Status::Disabled => ('○', Tone::Plain),
        Status::Revoked => ('×', Tone::Dim),
        Status::Other(_) => ('?', Tone::Warn),
    };
    let why = facts.disabled_reason.as_ref().map(|why| format!(" ({})", why.word())).unwrap_or_default();
    let may = match &facts.access {
        None | Some(Access::Full) => String::new(),
        Some(other) => format!(", access {}", other.word()),
    };
    let expires = match &facts.expires {
        When::Never => "never expires".to_owned(),
        when @ (When::At(_) | When::Unreadable(_)) => format!("expires {} ({})", future(when, now), when.exact()),
    };
    Line::new(glyph, format!("{}{why}{may}, made {}, {expires}", facts.status, past(&facts.created, now)), tone)
}

fn exposed(incident: &Incident, facts: &Facts, now: Time, lines: &mut Vec<Line>) {
    let open: Vec<_> = facts.open_spots().collect();
    for spot in open.iter().take(SPOTS) {
        let times = if spot.occurrences > 1 { format!(", {} times", spot.occurrences) } else { String::new() };
        let text = format!("exposed: {}, found {}{times}", spot.place(), past(&spot.detected, now));
        lines.push(Line::new('!', text, Tone::Danger));
    }
    if open.len() > SPOTS {
        lines.push(Line::new('!', format!("and in {} more places", open.len() - SPOTS), Tone::Danger));
    }
    let resolved = facts.spots.len() - open.len();
    if resolved > 0 {
        lines.push(Line::new(' ', format!("{resolved} earlier findings of it are resolved"), Tone::Dim));
    }
    if facts.spots.is_empty() && incident.opened.admin {
        lines.push(Line::new(' ', "no finding names it".to_owned(), Tone::Dim));
    }
    if let Some(refused) = Some(&facts.refused_uses).filter(|refused| refused.count > 0) {
        let from = refused.last_from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
        let text = format!("tried {} times after it died, last {}{from}", refused.count, past(&refused.last_at, now));
        lines.push(Line::new('!', text, Tone::Warn));
    }
}

fn relatives(facts: &Facts, lines: &mut Vec<Line>) {
    let mut parts = Vec::new();
    for (what, other) in
        [("rotated from", &facts.rotated_from), ("rotated to", &facts.rotated_to), ("made with", &facts.minted_with)]
    {
        parts.extend(other.as_ref().map(|other| format!("{what} {}", other.words())));
    }
    if !parts.is_empty() {
        lines.push(Line::new(' ', parts.join(" · "), Tone::Plain));
    }
    if let Some(minted) = facts.minted.as_deref().filter(|minted| !minted.is_empty()) {
        let named: Vec<String> = minted.iter().take(MINTED).map(crate::domain::incident::Relative::words).collect();
        let more = if minted.len() > MINTED { ", …" } else { "" };
        let text = format!("{} keys were made with it: {}{more}", minted.len(), named.join(", "));
        lines.push(Line::new('!', text, Tone::Warn));
    }
}

/// Adds whether it is alive, by the first attempt, and gives who made that.
fn alive(incident: &Incident, subject: &Subject, lines: &mut Vec<Line>) -> Option<Line> {
    let Some(first) = &subject.first else {
        if subject.may_be_tried() && subject.asserted().is_none() && incident.seen.is_some() {
            lines.push(Line::new(' ', "trying whether it is alive …".to_owned(), Tone::Dim));
        }
        return None;
    };
    let at = clock(first.at);
    let (glyph, what, tone) = match &first.tried {
        Tried::Accepted { user, .. } => {
            let user = user.as_ref().map(|user| format!(" as {user}")).unwrap_or_default();
            ('!', format!("ALIVE: accepted{user} {at}"), Tone::Danger)
        }
        Tried::Refused => ('✓', format!("refused already {at}"), Tone::Good),
        Tried::Doubtful(doubt) => ('?', format!("whether it is alive is not known: {doubt}"), Tone::Warn),
    };
    lines.push(Line::new(glyph, what, tone));
    let is_use = incident.opened.asking_is_use && matches!(first.tried, Tried::Accepted { .. });
    is_use.then(|| {
        let text = format!("the use at {at}, from {}, was keydeck's own and not the attacker's", incident.opened.by);
        Line::new(' ', text, Tone::Dim)
    })
}

/// What was done, and what came of it.
fn done(subject: &Subject, now: Time, lines: &mut Vec<Line>) {
    for (measure, answer) in &subject.setbacks {
        let why = answer.why().map(|why| format!(": {why}")).unwrap_or_default();
        lines.push(Line::new('!', format!("{}: {}{why}", measure.words(), answer.word()), Tone::Warn));
    }
    match &subject.act {
        Act::ToDo => {}
        Act::Sent { at } => lines.push(Line::new('▸', format!("sent {}, no answer yet", clock(*at)), Tone::Plain)),
        Act::Answered { at, answer } => {
            let at = clock(*at);
            let why = answer.why().map(|why| format!(": {why}")).unwrap_or_default();
            lines.push(match answer {
                Answer::Denied(_) | Answer::Failed(_) | Answer::Unknown(_) => {
                    Line::new('!', format!("not done {at}: {}{why}", answer.word()), Tone::Danger)
                }
                Answer::Dated => Line::new('✓', format!("the server has its end on record, {at}"), Tone::Good),
                Answer::Revoked
                | Answer::AlreadyRevoked
                | Answer::Disabled
                | Answer::AlreadyDisabled
                | Answer::Deleted
                | Answer::RevokedByHand
                | Answer::Gone => Line::new('✓', format!("asserted {at}: {}", answer.word()), Tone::Strong),
            });
        }
    }
    lines.extend(subject.attempts.iter().map(attempt));
    lines.extend(standing(subject, now));
}

fn attempt(attempt: &Attempt) -> Line {
    let (glyph, tone) = match attempt.tried {
        Tried::Accepted { .. } => ('!', Tone::Warn),
        Tried::Refused => ('✓', Tone::Plain),
        Tried::Doubtful(_) => ('?', Tone::Warn),
    };
    Line::new(glyph, format!("{} {}", clock(attempt.at), attempt.tried.words()), tone)
}

/// How it stands, once something was done.
fn standing(subject: &Subject, now: Time) -> Option<Line> {
    Some(match subject.standing(now) {
        Standing::Open | Standing::UnderWay | Standing::Elsewhere => return None,
        Standing::Left => Line::new('–', "left as it is".to_owned(), Tone::Warn),
        Standing::Dated(by) => {
            Line::new('▸', format!("accepted until {}, when the server ends it", clock(by)), Tone::Warn)
        }
        Standing::Proven { at, .. } => Line::new('✓', format!("proven dead {}", clock(at)), Tone::Good),
        Standing::Asserted { next: Some(next), .. } => {
            let left = (next - now).num_seconds().max(0);
            let when = if left == 0 { "now".to_owned() } else { format!("in {left} s") };
            let patience = subject.proving_since.map(|since| {
                let end = since + chrono::TimeDelta::seconds(crate::domain::incident::PATIENCE_SECONDS);
                format!(", for {} s more", (end - now).num_seconds().max(0))
            });
            let words = format!("not proven yet: tried again {when}{}", patience.unwrap_or_default());
            Line::new('▸', words, Tone::Strong)
        }
        Standing::Asserted { next: None, so_far, .. } => {
            let answer = subject.asserted().map_or(&Answer::Gone, |(_, answer)| answer);
            Line::new('!', so_far.words(answer), Tone::Danger)
        }
    })
}
