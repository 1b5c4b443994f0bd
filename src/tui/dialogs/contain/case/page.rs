//! The page: how far it is, the keys where there are several, everything about one of them, and what is asked.

use super::about::{self, clock};
use super::{At, Case};
use crate::domain::incident::{Incident, Lead, Standing};
use crate::domain::time::{Time, past};
use crate::tui::text;

/// A line of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub glyph: char,
    pub text: String,
    pub tone: Tone,
    /// Whether it is what the cursor is on.
    pub pointed: bool,
}

/// How a line is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Strong,
    Dim,
    /// It is as it should be.
    Good,
    Warn,
    /// It is open, and hurts.
    Danger,
}

impl Line {
    pub fn new(glyph: char, text: String, tone: Tone) -> Self {
        Self { glyph, text, tone, pointed: false }
    }

    fn blank() -> Self {
        Self::new(' ', String::new(), Tone::Plain)
    }
}

/// The steps from the paste to the evidence, each with whether it is behind.
pub fn steps(case: &Case, now: Time) -> Vec<(char, &'static str)> {
    let Some(incident) = &case.incident else { return vec![('▸', "see")] };
    let all = |holds: &dyn Fn(&Standing) -> bool| {
        !incident.subjects.is_empty() && incident.subjects.iter().all(|subject| holds(&subject.standing(now)))
    };
    let seen = incident.seen.is_some();
    let decided = seen && incident.undecided().next().is_none();
    let settled = |standing: &Standing| matches!(standing, Standing::Left | Standing::Elsewhere | Standing::Dated(_));
    let asserted = all(&|standing| settled(standing) || standing.is_asserted() || standing.is_proven());
    let proven = all(&|standing| settled(standing) || standing.is_proven());
    let hunted =
        incident.leads.is_some() && (incident.leads_decided || !incident.leads.iter().flatten().any(Lead::is_alive));
    let written = incident.written.is_some();
    let done = [seen, decided, asserted, proven, hunted, written];
    let at = done.iter().position(|done| !done).unwrap_or(done.len());
    let names = ["see", "decide", "dead", "proven", "hunt", "written"];
    let glyph = |(number, name): (usize, &'static str)| {
        let glyph = match done[number] {
            true => '✓',
            false if number == at => '▸',
            false => '·',
        };
        (glyph, name)
    };
    names.into_iter().enumerate().map(glyph).collect()
}

/// The lines of the page, each within `columns`.
pub fn lines(case: &Case, now: Time, columns: usize) -> Vec<Line> {
    let at = case.at(now);
    let mut lines = match (&case.incident, &at) {
        (None, At::Refused(_)) => Vec::new(),
        (None, _) => vec![Line::new(' ', "Putting it on record …".to_owned(), Tone::Dim)],
        (Some(incident), At::Hunt) => hunt(case, incident, now, columns),
        (Some(incident), _) => incident_lines(case, incident, now),
    };
    let end = end(case, &at, now);
    let comes_first = match at {
        // how it ended, and what needs a person
        At::Over | At::Values | At::Trouble(_) | At::Refused(_) => true,
        At::Looking | At::Decide | At::Sending | At::Proving | At::Finishing | At::Hunt => false,
    };
    if comes_first {
        lines.splice(0..0, end.into_iter().chain([Line::blank()]));
    } else if !end.is_empty() {
        lines.push(Line::blank());
        lines.extend(end);
    }
    wrapped(lines, columns)
}

fn incident_lines(case: &Case, incident: &Incident, now: Time) -> Vec<Line> {
    let mut lines = Vec::new();
    let cursor = case.cursor.min(incident.subjects.len().saturating_sub(1));
    if incident.subjects.len() > 1 {
        for (number, subject) in incident.subjects.iter().enumerate() {
            let mut line = short(incident, number, now);
            line.text = format!("{}: {}", about::name(subject), line.text);
            line.pointed = number == cursor;
            lines.push(line);
        }
        lines.push(Line::blank());
    }
    lines.extend(about::lines(incident, cursor, now));
    if !incident.rest.is_empty() {
        lines.push(Line::blank());
        for rest in &incident.rest {
            let at = rest.line.map(|line| format!("line {line}: ")).unwrap_or_default();
            lines.push(Line::new('–', format!("not asked about: {at}{}; {}", rest.what, rest.hint), Tone::Dim));
        }
    }
    lines
}

/// Where a key stands, in a line.
fn short(incident: &Incident, number: usize, now: Time) -> Line {
    let Some(subject) = incident.subjects.get(number) else { return Line::blank() };
    let (glyph, tone) = match subject.standing(now) {
        Standing::Proven { .. } => ('✓', Tone::Good),
        Standing::Asserted { .. } => ('▸', Tone::Strong),
        Standing::Dated(_) | Standing::UnderWay => ('▸', Tone::Warn),
        Standing::Left | Standing::Elsewhere => ('–', Tone::Dim),
        Standing::Open if subject.was_alive() == Some(true) => ('!', Tone::Danger),
        Standing::Open => ('·', Tone::Plain),
    };
    let words = match (subject.standing(now), subject.facts(), subject.was_alive()) {
        (Standing::Open, Some(facts), alive) => {
            let alive = match alive {
                Some(true) => "ALIVE",
                Some(false) => "refused",
                None => "not tried",
            };
            format!("{}, {}, {alive}", facts.owner, facts.status)
        }
        _ => subject.standing_in_words(now),
    };
    Line::new(glyph, words, tone)
}

/// The other keys, of which some may be in the wrong hands too.
fn hunt(case: &Case, incident: &Incident, now: Time, columns: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = (0..incident.subjects.len())
        .map(|number| {
            let mut line = short(incident, number, now);
            line.text = format!("{}: {}", incident.subjects[number].name().marked(), line.text);
            line
        })
        .collect();
    lines.push(Line::blank());
    let alive = case.leads().iter().filter(|lead| lead.is_alive()).count();
    let heading = format!("Also in the wrong hands? {alive} live keys have to do with it");
    lines.push(Line::new(' ', heading, Tone::Strong));
    for (at, lead) in case.leads().iter().enumerate() {
        let mut line = lead_line(lead, case.marked.contains(&at), now, columns);
        line.pointed = at == case.lead;
        lines.push(line);
    }
    lines
}

fn lead_line(lead: &Lead, marked: bool, now: Time, columns: usize) -> Line {
    let facts = &lead.facts;
    let tone = match (lead.is_alive(), facts.open_spots().next().is_some()) {
        (false, _) => Tone::Dim,
        (true, true) => Tone::Danger,
        (true, false) => Tone::Plain,
    };
    let name = text::cut(&facts.name.marked(), (columns / 4).max(10));
    let used = past(&facts.last_used, now);
    let used = if used == "never" { "never used".to_owned() } else { format!("used {used}") };
    let glyph = if marked { '✓' } else { ' ' };
    Line::new(glyph, format!("{name} {} {}, {used}: {}", lead.masked, facts.status, lead.why.words()), tone)
}

/// What is asked or said at the end of the page.
fn end(case: &Case, at: &At, now: Time) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut say = |glyph, text: String, tone| lines.push(Line::new(glyph, text, tone));
    match at {
        At::Trouble(trouble) => {
            say(
                '!',
                format!("{} did not work: {}", super::capitalised(trouble.effect.words()), trouble.why),
                Tone::Danger,
            );
        }
        At::Refused(why) => say('!', why.clone(), Tone::Danger),
        At::Values => say(
            '?',
            "Asserted, not proven: paste the value again here to prove it; it went with the process that had it"
                .to_owned(),
            Tone::Warn,
        ),
        At::Over => {
            if let Some(incident) = &case.incident {
                let tone = if incident.is_contained(now) { Tone::Good } else { Tone::Danger };
                say(' ', incident.conclusion(now), tone);
            }
        }
        At::Looking | At::Decide | At::Sending | At::Proving | At::Finishing | At::Hunt => {}
    }
    if let Some(incident) = &case.incident {
        if let Some(written) = &incident.written {
            let folder = crate::domain::untrusted::visible(&written.folder.to_string_lossy()).into_owned();
            say('✓', format!("written down {}: {folder}", clock(written.at)), Tone::Good);
            say(
                ' ',
                match written.searched_for {
                    0 => "no value was at hand to search it for".to_owned(),
                    1 => "searched for the value of this session: it is not in it".to_owned(),
                    many => format!("searched for the {many} values of this session: none is in it"),
                },
                Tone::Dim,
            );
        }
        for finding in incident.resolved.iter().flatten() {
            match &finding.not {
                None => say('✓', format!("finding resolved: {}", finding.place), Tone::Plain),
                Some(why) => say('!', format!("finding still open: {}: {why}", finding.place), Tone::Warn),
            }
        }
    }
    if let Some(doing) = case.doing.filter(|_| case.refused.is_none()) {
        say(' ', format!("{} …", super::capitalised(doing.words())), Tone::Dim);
    }
    lines
}

fn wrapped(lines: Vec<Line>, columns: usize) -> Vec<Line> {
    let room = columns.saturating_sub(2).max(1);
    let mut out: Vec<Line> = Vec::new();
    for line in lines {
        if line.text.is_empty() {
            out.push(line);
            continue;
        }
        for (row, words) in text::wrap(&line.text, room).into_iter().enumerate() {
            let glyph = if row == 0 { line.glyph } else { ' ' };
            out.push(Line { glyph, text: words, ..line.clone() });
        }
    }
    out
}
