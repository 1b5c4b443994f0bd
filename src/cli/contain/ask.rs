//! What a person is asked while a leak is contained, at the terminal, whatever standard input was.

use std::io::{BufRead, BufReader};

use super::{Source, tell};
use crate::cli::blind;
use crate::cli::confirm::keys;
use crate::cli::exit::Stop;
use crate::cli::output::Output;
use crate::domain::bulk::Confirmation;
use crate::domain::incident::{Decision, Effect, Incident, Measure, Question};
use crate::domain::present::Present;
use crate::ops::contain::Containment;

/// For so long a key of one's own lives on beside its successor, in minutes.
const REPLACED_WITHIN: i64 = 60;

/// Asks a question; what a person decided. Values that were pasted for it are taken in.
pub(super) async fn ask(
    question: &Question,
    containment: &mut Containment,
    output: &mut Output,
) -> anyhow::Result<Vec<Decision>> {
    match question {
        Question::Decide(subjects) => Ok(vec![Decision::Measures(decide(subjects, containment, output)?)]),
        Question::Leads => Ok(vec![follow(containment, output)?]),
        Question::Values(subjects) => values(subjects, containment, output).await,
        Question::Trouble(trouble) => {
            output.say(&format!("{} did not work: {}", trouble.effect.words(), trouble.why));
            let again = answer("Again? y or n, which writes it down as it stands: ", output)?;
            Ok(vec![match (again.trim(), trouble.effect) {
                ("y", _) => Decision::Again,
                (_, Effect::Write) => {
                    let hint = format!("keydeck contain --resume {} --out DIR", containment.incident().id);
                    return Err(Stop::failed("the evidence is not written", hint).into());
                }
                _ => Decision::WriteDown,
            }])
        }
    }
}

/// What is to be done about these subjects: one decision for all of them, then what must be typed for it.
fn decide(subjects: &[usize], containment: &Containment, output: &mut Output) -> anyhow::Result<Vec<(usize, Measure)>> {
    let present = containment.present();
    let incident = containment.incident();
    for number in subjects {
        for line in tell::subject(incident, *number, present.now) {
            output.say(&line);
        }
    }
    loop {
        let by_hand =
            subjects.iter().filter_map(|number| incident.subjects.get(*number)).all(|subject| subject.by_hand);
        let choices: Vec<(&str, &str, Measure)> = choices(present, by_hand)
            .into_iter()
            .filter(|(.., measure)| subjects.iter().any(|number| may(incident, *number, *measure, present)))
            .collect();
        let offered: Vec<String> = choices.iter().map(|(key, words, _)| format!("{key} {words}")).collect();
        let typed = answer(&format!("{} · r as recommended: ", offered.join(" · ")), output)?;
        let measures: Vec<(usize, Measure)> = match typed.trim() {
            "r" => subjects
                .iter()
                .map(|number| {
                    (*number, incident.advice(*number, present.now).map_or(Measure::Leave, |advice| advice.measure))
                })
                .collect(),
            typed => match choices.iter().find(|(key, ..)| *key == typed) {
                Some((.., measure)) => {
                    subjects.iter().map(|number| (*number, possible(incident, *number, *measure, present))).collect()
                }
                None => continue,
            },
        };
        for (number, measure) in &measures {
            if let Some(subject) = incident.subjects.get(*number).filter(|_| *measure == Measure::Leave) {
                output.say(&format!("{} stays as it is", subject.given.masked));
            }
        }
        match incident.confirmation(&measures, present.now) {
            Confirmation::Nothing | Confirmation::NotYet => return Ok(measures),
            wanted if is_confirmed(wanted, output)? => return Ok(measures),
            _ => output.say("not confirmed: nothing was sent"),
        }
    }
}

/// What can be decided: the letter, the words, the measure.
fn choices(present: Present, by_hand: bool) -> [(&'static str, &'static str, Measure); 5] {
    let by = present.now + chrono::TimeDelta::minutes(REPLACED_WITHIN);
    [
        ("x", if by_hand { "it is revoked there" } else { "revoke now" }, Measure::Revoke),
        ("d", "freeze, which can be taken back", Measure::Freeze),
        ("w", "replace: the server ends it in an hour", Measure::Replace { by }),
        ("k", "let it delete itself", Measure::SelfDelete),
        ("n", "leave it", Measure::Leave),
    ]
}

fn may(incident: &Incident, number: usize, measure: Measure, present: Present) -> bool {
    incident.subjects.get(number).is_some_and(|subject| subject.may_take(measure, present).is_ok())
}

/// The measure where it can be taken; of several decided together one may not be able to.
fn possible(incident: &Incident, number: usize, measure: Measure, present: Present) -> Measure {
    if may(incident, number, measure, present) { measure } else { Measure::Leave }
}

/// What is to become of the other keys.
fn follow(containment: &Containment, output: &mut Output) -> anyhow::Result<Decision> {
    let (incident, now) = (containment.incident(), containment.now());
    let leads = incident.leads.as_deref().unwrap_or_default();
    output.say("What else may be in the wrong hands:");
    for (number, lead) in leads.iter().enumerate().filter(|(_, lead)| lead.is_alive()) {
        output.say(&tell::lead(number, lead, now));
    }
    loop {
        let typed = answer("Numbers to revoke (1,3-5), or Enter to leave them as they are: ", output)?;
        let Some(marked) = numbers(typed.trim(), leads.len()) else { continue };
        let marked: Vec<usize> = marked.into_iter().filter(|at| leads[*at].is_alive()).collect();
        match incident.confirmation_of_leads(&marked, Measure::Revoke, now) {
            Confirmation::Nothing | Confirmation::NotYet => return Ok(Decision::Follow(marked, Measure::Revoke)),
            wanted if is_confirmed(wanted, output)? => return Ok(Decision::Follow(marked, Measure::Revoke)),
            _ => output.say("not confirmed: nothing was sent"),
        }
    }
}

/// The values again that went with the process that had them.
async fn values(
    subjects: &[usize],
    containment: &mut Containment,
    output: &mut Output,
) -> anyhow::Result<Vec<Decision>> {
    for number in subjects {
        if let Some(subject) = containment.incident().subjects.get(*number) {
            let words = subject.standing_in_words(containment.now());
            output.say(&format!("{}: {words}", subject.given.masked));
        }
    }
    let again = answer("Paste the values again to prove it? y, or Enter to leave it asserted: ", output)?;
    if again.trim() != "y" {
        return Ok(subjects.iter().map(|number| Decision::GiveUp(*number)).collect());
    }
    let service = containment.service();
    let taken = Source::Terminal.take(&*service, output)?;
    containment.paste(taken).await?;
    Ok(Vec::new())
}

/// Positions from numbers as people write them, from 1: `1,3-5`; none where that is not understood.
fn numbers(typed: &str, most: usize) -> Option<Vec<usize>> {
    let mut found = Vec::new();
    for part in typed.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        if first == 0 || last > most || first > last {
            return None;
        }
        found.extend(first - 1..last);
    }
    found.sort_unstable();
    found.dedup();
    Some(found)
}

fn is_confirmed(wanted: Confirmation, output: &mut Output) -> anyhow::Result<bool> {
    let (question, wanted) = match wanted {
        Confirmation::NotYet | Confirmation::Nothing => return Ok(true),
        Confirmation::Yes => ("Type y and Enter: ".to_owned(), "y".to_owned()),
        Confirmation::Count(count) => (format!("Type {count} and Enter, for {}: ", keys(count)), count.to_string()),
        Confirmation::Characters(last) => {
            (format!("Type {last}, the last characters of the key, and Enter: "), last.to_string())
        }
    };
    Ok(answer(&question, output)?.trim() == wanted)
}

/// Asks at the terminal.
fn answer(question: &str, output: &mut Output) -> anyhow::Result<String> {
    output.prompt(question);
    let mut line = String::new();
    let read = match blind::terminal() {
        Some(terminal) => BufReader::new(terminal).read_line(&mut line)?,
        None => 0,
    };
    if read == 0 {
        return Err(Stop::denied(
            "nobody answered: what was not sent is not sent",
            "go on with keydeck contain --resume",
        )
        .into());
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_people_write_them() {
        assert_eq!(numbers("", 5), Some(vec![]));
        assert_eq!(numbers("1,3-5, 3", 5), Some(vec![0, 2, 3, 4]));
        for wrong in ["0", "6", "4-2", "x", "1-", "-"] {
            assert_eq!(numbers(wrong, 5), None, "{wrong}");
        }
    }
}
