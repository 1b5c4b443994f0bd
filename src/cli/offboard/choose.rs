//! What becomes of each key of somebody who leaves: as the command line says, or as a person answers at the terminal.

use crate::cli::args::Fates;
use crate::cli::confirm::keys;
use crate::cli::exit::Stop;
use crate::cli::output::Output;
use crate::domain::ids::UserId;
use crate::domain::offboard::{Fate, Held, Offboarding, Stand, Written};
use crate::domain::time::Time;
use crate::domain::untrusted::visible;

/// Who keys can be handed over to, and what they are called.
pub trait People {
    /// The user who goes by this address, number or name, where they can be given the keys.
    ///
    /// # Errors
    /// Why not.
    fn recipient(&self, who: &str) -> Result<UserId, Stop>;
    fn name(&self, id: UserId) -> String;
}

/// Takes what the command line says.
///
/// # Errors
/// When it names a key or somebody who is not there, or who cannot be given the keys.
pub fn apply<K: Held>(leaving: &mut Offboarding<K>, fates: &Fates, people: &dyn People) -> Result<(), Stop> {
    if let Some(written) = &fates.all {
        leaving.choose_all(read(written, people)?);
    }
    for (id, written) in &fates.each {
        if !leaving.choose_by_id(id, read(written, people)?) {
            let what = format!("no key of theirs, or more than one, has an id that begins with {}", visible(id));
            return Err(Stop::usage(what, "look with --dry-run, and give more of the id"));
        }
    }
    Ok(())
}

fn read(written: &Written, people: &dyn People) -> Result<Fate, Stop> {
    match written {
        Written::Plain(fate) => Ok(*fate),
        Written::HandOver(who) => Ok(Fate::HandOver(people.recipient(who)?)),
    }
}

/// What is offered for all keys; a number or an id beside it speaks of one.
const OFFER: &str = "s stop with them · d disable · x revoke · h WHOM hand over · k key by key: ";
const OFFER_ONE: &str = "  s stop with them · d disable · x revoke · h WHOM hand over: ";

/// Asks what becomes of the keys, all alike or key by key. What stops is shown before.
///
/// # Errors
/// When the input ends before everything is answered.
pub fn ask<K: Held>(
    leaving: &mut Offboarding<K>,
    people: &dyn People,
    label: &dyn Fn(&K) -> String,
    output: &mut Output,
) -> anyhow::Result<()> {
    if leaving.keys.is_empty() {
        return Ok(());
    }
    let question = format!("What becomes of {}? {OFFER}", keys(leaving.keys.len()));
    loop {
        match answer(&question, people, output)? {
            Answer::Fate(fate) => {
                leaving.choose_all(fate);
                return Ok(());
            }
            Answer::KeyByKey => break,
            Answer::Other => {}
        }
    }
    for at in 0..leaving.keys.len() {
        output.say(&label(&leaving.keys[at].0));
        loop {
            if let Answer::Fate(fate) = answer(OFFER_ONE, people, output)? {
                leaving.choose(at, fate);
                break;
            }
        }
    }
    Ok(())
}

enum Answer {
    Fate(Fate),
    KeyByKey,
    /// Nothing of that.
    Other,
}

fn answer(question: &str, people: &dyn People, output: &mut Output) -> anyhow::Result<Answer> {
    let Some(typed) = output.ask(question)? else {
        return Err(Stop::denied("not answered: nothing was sent", "run it again, or say it with --keys").into());
    };
    let typed = typed.trim();
    Ok(match typed.split_once(' ').unwrap_or((typed, "")) {
        ("s", "") => Answer::Fate(Fate::Stop),
        ("d", "") => Answer::Fate(Fate::Disable),
        ("x", "") => Answer::Fate(Fate::Revoke),
        ("k", "") => Answer::KeyByKey,
        ("h", whom) if !whom.trim().is_empty() => match people.recipient(whom.trim()) {
            Ok(to) => Answer::Fate(Fate::HandOver(to)),
            Err(why) => {
                output.say(&why.to_string());
                Answer::Other
            }
        },
        _ => Answer::Other,
    })
}

/// Every key with what becomes of it, those used in the last 24 hours apart.
pub fn lines<K: Held>(
    who: &str,
    leaving: &Offboarding<K>,
    people: &dyn People,
    label: &dyn Fn(&K) -> String,
    now: Time,
) -> Vec<String> {
    let (stops, in_use) = (leaving.stopping().count(), leaving.in_use(now));
    let mut lines = vec![match (leaving.keys.len(), stops) {
        (0, _) => format!("no key of {who} is left"),
        (_, 0) => format!("no key of {who} stops"),
        (_, 1) if in_use == 1 => format!("this stops 1 key of {who}, used in the last 24 h"),
        (_, count) => format!("this stops {} of {who}, {in_use} of them used in the last 24 h", keys(count)),
    }];
    for stand in [Stand::InUse, Stand::Idle, Stand::Off] {
        let of: Vec<&(K, Fate)> = leaving.keys.iter().filter(|(key, _)| key.stand(now) == stand).collect();
        if !of.is_empty() {
            lines.push(format!("{} ({}):", stand.title(), of.len()));
        }
        lines.extend(of.into_iter().map(|(key, fate)| format!("  {}  {}", label(key), words(*fate, key, people))));
    }
    lines
}

/// What becomes of a key, in words.
fn words(fate: Fate, key: &impl Held, people: &dyn People) -> String {
    match fate {
        Fate::Stop if key.works() => "stops with its owner".to_owned(),
        Fate::Stop => "stays as it is".to_owned(),
        Fate::Disable => "disabled".to_owned(),
        Fate::Revoke => "revoked, for ever".to_owned(),
        Fate::HandOver(to) => format!("goes on, handed over to {}", people.name(to)),
    }
}
