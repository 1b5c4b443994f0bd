//! What must be typed before something is sent.

use super::exit::Stop;
use super::output::Output;
use crate::domain::bulk::Confirmation;
use crate::domain::key::Key;

/// `1 key`, `2 keys`.
pub fn keys(count: usize) -> String {
    if count == 1 { "1 key".to_owned() } else { format!("{count} keys") }
}

/// What must be typed to change `changed`: the number of several keys, the last four characters of one that is in use or on
/// a production profile, else `y`.
pub fn wanted(changed: &[&Key], in_use: bool, production: bool) -> Confirmation {
    match changed {
        [one] if production || in_use => Confirmation::of_one(&one.masked),
        [_] => Confirmation::Yes,
        several => Confirmation::Count(several.len()),
    }
}

/// Asks for what must be typed to `verb` the keys.
///
/// # Errors
/// When anything else was typed.
pub fn ask(verb: &str, wanted: Confirmation, output: &mut Output) -> anyhow::Result<()> {
    let (question, wanted) = match wanted {
        Confirmation::NotYet | Confirmation::Nothing => {
            return Err(Stop::denied("there is nothing to confirm: nothing was sent", "run it again").into());
        }
        Confirmation::Yes => (format!("Type y and Enter to {verb} it: "), "y".to_owned()),
        Confirmation::Count(count) => {
            (format!("Type {count} and Enter to {verb} {}: ", keys(count)), count.to_string())
        }
        Confirmation::Characters(last) => (format!("Type {last} and Enter to {verb} it: "), last.to_string()),
    };
    typed(&question, &wanted, output)
}

/// Asks a question that is answered by typing `wanted`.
///
/// # Errors
/// When anything else was typed.
pub fn typed(question: &str, wanted: &str, output: &mut Output) -> anyhow::Result<()> {
    if output.ask(question)?.is_some_and(|answer| answer.trim() == wanted) {
        return Ok(());
    }
    Err(Stop::denied("not confirmed: nothing was sent", "run it again and type what it asks for").into())
}

/// Refuses when something is to be confirmed and nobody can be asked.
pub fn can_be_asked() -> Result<(), Stop> {
    if Output::can_ask() {
        return Ok(());
    }
    Err(Stop::denied("nobody can be asked: there is no terminal", "look with --dry-run, then pass --yes"))
}
