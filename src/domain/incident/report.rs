//! What is told of an incident to people: as Markdown, for the morning meeting. No secret is in it.

use std::fmt::Write;

use super::subject::{Known, Subject};
use super::{Act, Facts, Incident, Origin};
use crate::domain::key::RefusedUses;
use crate::domain::markdown::{code, plain};
use crate::domain::time::{Time, exact};

/// What the evidence was searched for before it was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Searched {
    /// Values that this process had in memory.
    pub values: usize,
    /// Pasted values that it had not: they went with an earlier process.
    pub gone: usize,
}

impl Searched {
    /// In words, as the report says it.
    fn words(self) -> String {
        let gone = if self.gone > 0 {
            format!(
                " {} more were gone from memory when this was written and could not be searched for; nothing here was ever \
                 written from a value.",
                self.gone
            )
        } else {
            String::new()
        };
        format!(
            "Before it was closed, every file of this folder was searched for each of the {} values that this session had, \
             as it is, percent-, JSON- and base64-encoded, and in pieces of 12 characters: none was found.{gone}",
            self.values
        )
    }
}

impl Incident {
    /// What happened and what was done, as it stands at `now`. What comes from outside stands there as text, whatever it
    /// holds: no markup, no link, no line end, nothing that a terminal obeys.
    pub fn report(&self, now: Time, searched: Searched) -> String {
        let mut text = String::new();
        let mut line = |content: String| {
            // writing to a string cannot fail
            let _ = writeln!(text, "{content}");
        };
        line(format!("# Incident {}", plain(&self.id.0)));
        line(String::new());
        line(format!("**{}**", plain(&self.conclusion(now))));
        line(String::new());
        line(format!("- began {}, written {}; times are the server's", exact(self.started), exact(now)));
        line(format!(
            "- by {}, as {}",
            plain(self.opened.by.as_received()),
            plain(self.opened.user_name.as_received())
        ));
        line(format!("- profile {}, {}", plain(&self.opened.profile), code(&self.opened.address)));
        for (number, subject) in self.subjects.iter().enumerate() {
            line(String::new());
            self.about(number, subject, now, &mut line);
        }
        self.not_recognised(&mut line);
        self.hunted(&mut line);
        self.to_see_to(now, &mut line);
        line(String::new());
        line("## Timeline".to_owned());
        line(String::new());
        line("| When | What |".to_owned());
        line("| --- | --- |".to_owned());
        for (at, what) in self.timeline() {
            line(format!("| {} | {} |", exact(at), plain(&what)));
        }
        line(String::new());
        line("## What this evidence is".to_owned());
        line(String::new());
        line(format!(
            "- {} holds every request that was sent: method, path, status, the server's name for it, time; {} of them. No body.",
            code("requests.jsonl"),
            self.requests.len()
        ));
        line(format!("- {} holds what happened, for programs.", code("timeline.json")));
        line(format!("- {} has the SHA-256 of each: {}.", code("SHA256SUMS"), code("sha256sum -c SHA256SUMS")));
        line("- A value stands here only masked, and as its fingerprint, the SHA-256 of all of it.".to_owned());
        line(format!("- {}", searched.words()));
        line(String::new());
        line(
            "*Asserted* is the server's word that a key is dead. *Proven* is what was seen with the value in hand: refused \
             twice, while a made-up key of the same form was refused between the two and the responder's own key was accepted \
             after them."
                .to_owned(),
        );
        text
    }

    /// In one sentence how it stands.
    pub fn conclusion(&self, now: Time) -> String {
        if self.is_contained(now) && !self.subjects.is_empty() {
            return format!("Contained: {}.", self.words(now));
        }
        let open: Vec<String> = self
            .subjects
            .iter()
            .filter(|subject| !subject.standing(now).is_proven())
            .map(|subject| format!("{}: {}", subject.given.masked, subject.standing_in_words(now)))
            .collect();
        match open.as_slice() {
            [] => "Nothing was recognised.".to_owned(),
            [one] => format!("Not contained. {one}."),
            several => {
                format!("Not contained, {} of {} keys: {}.", several.len(), self.subjects.len(), several.join("; "))
            }
        }
    }

    fn about(&self, number: usize, subject: &Subject, now: Time, line: &mut impl FnMut(String)) {
        line(format!(
            "## {}. {} {}",
            number + 1,
            plain(subject.name().as_received()),
            plain(&subject.given.masked.to_string())
        ));
        line(String::new());
        line(format!("- {}", plain(&subject.standing_in_words(now))));
        if let Some(fingerprint) = &subject.given.fingerprint {
            line(format!("- fingerprint {}, {}", code(fingerprint), plain(&subject.given.form)));
        }
        match (&subject.origin, subject.given.line) {
            (Origin::Hunted(why), _) => {
                line(format!("- found by the hunt: {}; nobody here had its value", why.words()));
            }
            (Origin::Pasted, Some(at)) => {
                let times = if subject.given.times > 1 {
                    format!(", {} times in all", subject.given.times)
                } else {
                    String::new()
                };
                line(format!("- it stood in line {at} of what was pasted{times}"));
            }
            (Origin::Pasted, None) => {}
        }
        match &subject.known {
            Known::NotAsked => line("- nobody was asked whose it is".to_owned()),
            Known::NotKnown(why) => line(format!("- whose it is could not be asked: {}", plain(why.as_received()))),
            Known::NoKey => line("- no key that the responder may see has this value".to_owned()),
            Known::Foreign => match &subject.given.vendor {
                Some(vendor) => line(format!(
                    "- by its form a key of {}: it is revoked at {}, {}; it was sent nowhere",
                    plain(&vendor.name),
                    code(&vendor.revoke_at),
                    plain(&vendor.how)
                )),
                None => line("- not of a form that this server makes; it was sent nowhere".to_owned()),
            },
            Known::Ours(facts) => of_key(facts, line),
        }
        if let Some(first) = &subject.first {
            let by = if self.opened.asking_is_use {
                format!(
                    "; asking counts as a use: a last use at about this time, from {}, is keydeck's own",
                    plain(self.opened.by.as_received())
                )
            } else {
                String::new()
            };
            line(format!("- tried {}: {}{by}", exact(first.at), plain(&first.tried.words())));
        }
        for (measure, answer) in &subject.setbacks {
            let why = answer.why().map(|why| format!(": {why}")).unwrap_or_default();
            line(format!("- before that: {}: {}{}", measure.words(), answer.word(), plain(&why)));
        }
        if let Act::Answered { at, answer } = &subject.act {
            let why = answer.why().map(|why| format!(": {why}")).unwrap_or_default();
            line(format!("- asserted {}: {}{}", exact(*at), answer.word(), plain(&why)));
        }
        for attempt in &subject.attempts {
            line(format!("- tried {}: {}", exact(attempt.at), plain(&attempt.tried.words())));
        }
        if let Some(later) = &subject.later {
            line(format!("- after that the server tells of a last use {}", later.last_used.exact()));
            let counted = later.refused_uses.count;
            let own = if self.opened.asking_is_use { subject.own_refusals(counted) } else { String::new() };
            refused(&later.refused_uses, &own, line);
        }
    }

    fn not_recognised(&self, line: &mut impl FnMut(String)) {
        if self.rest.is_empty() {
            return;
        }
        line(String::new());
        line("## What is no whole value".to_owned());
        line(String::new());
        line("Nobody was asked whose it is: that is another thing than nobody's.".to_owned());
        line(String::new());
        for rest in &self.rest {
            let at = rest.line.map(|at| format!("line {at}: ")).unwrap_or_default();
            line(format!("- {at}{}; {}", plain(&rest.what), plain(&rest.hint)));
        }
    }

    fn hunted(&self, line: &mut impl FnMut(String)) {
        let Some(leads) = &self.leads else { return };
        line(String::new());
        line("## What else may be in the wrong hands".to_owned());
        line(String::new());
        if leads.is_empty() {
            line("No other key has to do with it, of those that the responder may see.".to_owned());
            return;
        }
        line("| Key | Owner | State | Last used | Why |".to_owned());
        line("| --- | --- | --- | --- | --- |".to_owned());
        for lead in leads {
            let facts = &lead.facts;
            line(format!(
                "| {} {} | {} | {} | {} | {} |",
                plain(facts.name.as_received()),
                plain(lead.masked.as_received()),
                plain(facts.owner.as_received()),
                plain(&facts.status.to_string()),
                plain(&facts.last_used.exact()),
                lead.why.words()
            ));
        }
    }

    /// What somebody still has to see to.
    fn to_see_to(&self, now: Time, line: &mut impl FnMut(String)) {
        let mut notes = Vec::new();
        for subject in &self.subjects {
            if let Some(facts) = subject.facts() {
                let tell: Vec<String> = std::iter::once(&facts.owner_email)
                    .chain(&facts.contacts)
                    .filter(|address| !address.is_empty())
                    .map(|address| plain(address.as_received()))
                    .collect();
                if !tell.is_empty() && subject.asserted().is_some() {
                    notes.push(format!(
                        "{}: its owner and contacts have to know: {}",
                        plain(facts.name.as_received()),
                        tell.join(", ")
                    ));
                }
                if facts.own && subject.asserted().is_some() {
                    notes.push(format!(
                        "keydeck itself used {}: profile {} needs another key",
                        plain(facts.name.as_received()),
                        plain(&self.opened.profile)
                    ));
                }
                for spot in facts.open_spots() {
                    notes.push(format!(
                        "a dead key's value is still to be taken away where others read it: {}",
                        plain(&spot.place())
                    ));
                }
            }
            if !subject.standing(now).is_proven() {
                notes.push(format!(
                    "{}: {}",
                    plain(&subject.given.masked.to_string()),
                    plain(&subject.standing_in_words(now))
                ));
            }
        }
        for finding in self.resolved.iter().flatten() {
            if let Some(why) = &finding.not {
                notes.push(format!(
                    "a finding is still open, {}: {}",
                    plain(finding.place.as_received()),
                    plain(why.as_received())
                ));
            }
        }
        if notes.is_empty() {
            return;
        }
        line(String::new());
        line("## To see to".to_owned());
        line(String::new());
        for note in notes {
            line(format!("- {note}"));
        }
    }
}

fn of_key(facts: &Facts, line: &mut impl FnMut(String)) {
    let text = |text: &crate::domain::untrusted::Untrusted| plain(text.as_received());
    line(format!(
        "- key {}, {}, of {} ({})",
        code(facts.id.as_str()),
        plain(&facts.status.to_string()),
        text(&facts.owner),
        text(&facts.owner_email)
    ));
    if facts.by_mask {
        line(format!("- found by the ends of the pasted value, {}", text(&facts.masked)));
    }
    if facts.earlier_value {
        line(format!("- the pasted value is not its present one ({}), but an earlier one", text(&facts.masked)));
    }
    let from = facts.last_used_from.as_ref().map(|from| format!(" from {}", text(from))).unwrap_or_default();
    line(format!(
        "- made {}, expires {}, last used {}{from}, before keydeck tried it",
        facts.created.exact(),
        facts.expires.exact(),
        facts.last_used.exact()
    ));
    for (what, other) in
        [("rotated from", &facts.rotated_from), ("rotated to", &facts.rotated_to), ("made with", &facts.minted_with)]
    {
        if let Some(other) = other {
            line(format!("- {what} {}", plain(&other.words())));
        }
    }
    match facts.minted.as_deref() {
        Some([]) | None => {}
        Some(minted) => {
            let names: Vec<String> = minted.iter().map(|other| plain(&other.words())).collect();
            line(format!("- keys that were made with it: {}", names.join(", ")));
        }
    }
    for spot in &facts.spots {
        line(format!(
            "- found {}: {}, {} times, {}",
            spot.detected.exact(),
            plain(&spot.place()),
            spot.occurrences,
            plain(&spot.resolution.in_words())
        ));
    }
    refused(&facts.refused_uses, "", line);
}

/// The uses that were refused after the key died; `own` says how many are keydeck's own.
fn refused(uses: &RefusedUses, own: &str, line: &mut impl FnMut(String)) {
    if uses.count > 0 {
        let from =
            uses.last_from.as_ref().map(|from| format!(" from {}", plain(from.as_received()))).unwrap_or_default();
        line(format!("- it was tried {} times after it died, last {}{from}{own}", uses.count, uses.last_at.exact()));
    }
}
