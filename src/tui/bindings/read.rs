//! One line of `[keys]`: the names in it, understood.

use super::Problem;
use crate::config::{KeyLine, KeyValue, Place};
use crate::domain::nearest::nearest;
use crate::domain::untrusted::visible;
use crate::domain::values::masked;
use crate::tui::action::{Action, Context, TABLE};
use crate::tui::key::{KeyCode, KeyPress};
use crate::tui::keymap::{is_typed, name};

#[derive(Debug)]
pub struct ParsedLine {
    /// Where the line stands.
    pub place: Place,
    /// The only context it is about; none: all.
    pub context: Option<Context>,
    pub what: What,
}

#[derive(Debug)]
pub enum What {
    /// Keys for an action.
    Bind {
        action: Action,
        keys: Vec<Vec<KeyPress>>,
        /// Whether it is to have no others.
        only: bool,
    },
    /// A key without an action.
    Unbind(Vec<KeyPress>),
}

/// Understands a line, or says what is wrong with it.
pub fn parse(line: &KeyLine, problems: &mut Vec<Problem>) -> Option<ParsedLine> {
    let mut note = |place: &Place, (what, hint): Wrong| problems.push(Problem { place: place.clone(), what, hint });
    let context = line.context.as_ref().map(|(name, place)| context(name).map_err(|wrong| note(place, wrong)));
    let context = context.transpose().ok()?;
    match understand(line, context) {
        Ok(what) => Some(ParsedLine { place: line.place.clone(), context, what }),
        Err(wrong) => {
            for wrong in wrong {
                note(&line.place, wrong);
            }
            None
        }
    }
}

type Wrong = (String, String);

fn understand(line: &KeyLine, context: Option<Context>) -> Result<What, Vec<Wrong>> {
    let what = match &line.value {
        KeyValue::Text(action) if action.is_empty() => What::Unbind(sequence(&line.name).map_err(|wrong| vec![wrong])?),
        KeyValue::Text(text) => {
            if action(text).is_err() && action(&line.name).is_ok() && sequence(text).is_ok() {
                let wrong = format!("{} is an action, so its keys are a list", line.name);
                return Err(vec![(wrong, format!("write {} = [\"{}\"]", line.name, visible(text)))]);
            }
            match (sequence(&line.name), action(text)) {
                (Ok(keys), Ok(action)) => What::Bind { action, keys: vec![keys], only: false },
                (keys, action) => return Err([keys.err(), action.err()].into_iter().flatten().collect()),
            }
        }
        KeyValue::List(list) => {
            let action = action(&line.name);
            let (keys, wrong): (Vec<_>, Vec<_>) = list.iter().map(|keys| sequence(keys)).partition(Result::is_ok);
            let mut wrong: Vec<Wrong> = wrong.into_iter().filter_map(Result::err).collect();
            match action {
                Ok(action) if wrong.is_empty() => {
                    What::Bind { action, keys: keys.into_iter().flatten().collect(), only: true }
                }
                Ok(_) => return Err(wrong),
                Err(unknown) => {
                    wrong.insert(0, unknown);
                    return Err(wrong);
                }
            }
        }
        KeyValue::Other => {
            let wrong = format!("{} has the wrong form", quoted(&line.name));
            return Err(vec![(wrong, "write \"KEY\" = \"ACTION\" or ACTION = [\"KEY\"]".to_owned())]);
        }
    };
    check(&what, context)?;
    Ok(what)
}

/// What a line alone can be wrong in.
fn check(what: &What, context: Option<Context>) -> Result<(), Vec<Wrong>> {
    let What::Bind { action, keys, .. } = what else { return Ok(()) };
    let entry = action.entry();
    if let Some(context) = context.filter(|context| !entry.contexts.contains(context)) {
        let applies: Vec<&str> = entry.contexts.iter().map(|context| context.name()).collect();
        return Err(vec![(
            format!("{} does nothing in {}", entry.name, context.name()),
            format!("it applies in {}", applies.join(", ")),
        )]);
    }
    let contexts = context.as_ref().map_or(entry.contexts, std::slice::from_ref);
    let mut wrong = Vec::new();
    for keys in keys {
        let shown = name(keys);
        if action.destroys() && keys.iter().any(|key| key.ctrl || key.alt) {
            wrong.push((
                format!("{shown} may not be {}: it cannot be undone, and chords are typed by mistake", entry.name),
                "choose a key without ctrl and alt".to_owned(),
            ));
        }
        if contexts.iter().all(|context| keys.iter().any(|key| is_typed(*context, *key))) {
            let places: Vec<&str> = contexts.iter().map(|context| context.name()).collect();
            wrong.push((
                format!("{shown} is typed in {}, so it cannot be {} there", places.join(", "), entry.name),
                "choose another key, such as F5".to_owned(),
            ));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

fn action(name: &str) -> Result<Action, Wrong> {
    let names = || TABLE.iter().map(|entry| entry.name);
    TABLE.iter().find(|entry| entry.name == name).map(|entry| entry.action).ok_or_else(|| {
        let hint = nearest(name, names())
            .map_or_else(|| "keydeck keys lists the actions".to_owned(), |near| format!("did you mean {near}?"));
        (format!("there is no action {}", quoted(name)), hint)
    })
}

fn context(name: &str) -> Result<Context, Wrong> {
    let names = || Context::ALL.into_iter().map(Context::name);
    Context::ALL.into_iter().find(|context| context.name() == name).ok_or_else(|| {
        let hint = nearest(name, names()).map_or_else(
            || format!("known: {}", names().collect::<Vec<_>>().join(", ")),
            |near| format!("did you mean [keys.{near}]?"),
        );
        (format!("there is no context {}", quoted(name)), hint)
    })
}

/// Reads keys as the help shows them, with spaces between.
fn sequence(text: &str) -> Result<Vec<KeyPress>, Wrong> {
    let mut names = text.split_whitespace().peekable();
    if names.peek().is_none() {
        return Err((format!("{} is not a key", quoted(text)), "the space bar is written Space".to_owned()));
    }
    names.map(press).collect()
}

fn press(text: &str) -> Result<KeyPress, Wrong> {
    let press: KeyPress = text.parse().map_err(|error: crate::tui::key::KeyNameError| {
        let hint = match error.nearest {
            Some(near) => format!("did you mean {near}?"),
            None => "keys are written x, F5, Enter, ctrl-r, alt-Left, g g".to_owned(),
        };
        (format!("{} is not a key", quoted(text)), hint)
    })?;
    let arrives_as = match press.code {
        KeyCode::Char('i') if press.ctrl => "Tab",
        KeyCode::Char('m') if press.ctrl => "Enter",
        KeyCode::Char('[') if press.ctrl => "Esc",
        _ => return Ok(press),
    };
    Err((format!("{press} cannot be told from {arrives_as} in a terminal"), format!("write {arrives_as}")))
}

/// A name from the file in quotes: masked where a part of it looks like a secret, and not at length.
fn quoted(text: &str) -> String {
    let text = &*masked(text);
    let short: String = text.chars().take(LONGEST).collect();
    format!("\"{}{}\"", visible(&short), if short.len() < text.len() { "…" } else { "" })
}

/// Characters of a name that are repeated at the most: every right one is shorter.
const LONGEST: usize = 32;
