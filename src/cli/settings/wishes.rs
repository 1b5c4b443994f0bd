//! What is wished of the settings: `NAME=VALUE` on the command line, or a policy file. Neither repeats a value that cannot
//! be read, since it may be anything.

use std::path::Path;

use crate::cli::exit::Stop;
use crate::domain::nearest::nearest;
use crate::domain::settings::{Field, Settings};
use crate::domain::untrusted::visible;
use crate::domain::values::masked;

/// The largest policy file, in bytes: a hundred times what one needs.
const LARGEST: u64 = 64 * 1024;

/// A setting and the text of what it shall be.
pub type Wish = (Field, String);

/// Reads `NAME=VALUE`, each name once.
pub fn of_arguments(arguments: &[String]) -> Result<Vec<Wish>, Stop> {
    let mut wishes = Vec::new();
    for argument in arguments {
        let Some((name, value)) = argument.split_once('=') else {
            return Err(Stop::usage("a change is written NAME=VALUE", "such as expiry-days=90"));
        };
        add(&mut wishes, named(name.trim())?, value.to_owned())?;
    }
    check(&wishes)?;
    Ok(wishes)
}

/// Reads a policy file.
pub fn of_file(path: &Path) -> Result<Vec<Wish>, Stop> {
    let shown = path.display();
    let unreadable = |why: String| Stop::usage(format!("cannot read {shown}: {why}"), "name a readable UTF-8 file");
    let size = std::fs::metadata(path).map_err(|error| unreadable(error.kind().to_string()))?;
    if !size.is_file() || size.len() > LARGEST {
        return Err(unreadable("it is no policy file: those are small and plain".to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.kind().to_string()))?;
    of_text(&text).map_err(|stop| stop.within(shown))
}

fn of_text(text: &str) -> Result<Vec<Wish>, Stop> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        Stop::usage(format!("not TOML at line {line}"), "write NAME = VALUE, one a line")
    })?;
    let mut wishes = Vec::new();
    for (name, value) in table {
        let field = named(&name)?;
        let wanted = || Stop::usage(format!("{} is {}", field.name(), field.wanted()), "correct it");
        let text = match &value {
            toml::Value::Boolean(on) => if *on { "on" } else { "off" }.to_owned(),
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::String(text) => text.clone(),
            toml::Value::Array(parts) => {
                let parts = parts.iter().map(|part| part.as_integer().map(|number| number.to_string()));
                let parts = parts.collect::<Option<Vec<String>>>().ok_or_else(wanted)?;
                if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
            }
            toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Table(_) => return Err(wanted()),
        };
        add(&mut wishes, field, text)?;
    }
    check(&wishes)?;
    Ok(wishes)
}

/// The setting of this name.
pub fn named(name: &str) -> Result<Field, Stop> {
    Field::named(name).ok_or_else(|| {
        let hint = match nearest(name, Field::ALL.map(Field::name)) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("the settings are {}", Field::ALL.map(Field::name).join(", ")),
        };
        // whatever stands in the place of a name may be a value
        Stop::usage(format!("there is no setting {}", visible(&masked(name))), hint)
    })
}

fn add(wishes: &mut Vec<Wish>, field: Field, value: String) -> Result<(), Stop> {
    if wishes.iter().any(|(other, _)| *other == field) {
        return Err(Stop::usage(format!("{} is given twice", field.name()), "give it once"));
    }
    wishes.push((field, value));
    Ok(())
}

/// Finds what is no value of its setting before anybody is asked for anything.
fn check(wishes: &[Wish]) -> Result<(), Stop> {
    apply(wishes, &Settings::default()).map(drop)
}

/// The settings as they would be.
pub fn apply(wishes: &[Wish], before: &Settings) -> Result<Settings, Stop> {
    let mut after = before.clone();
    for (field, value) in wishes {
        field.read_into(value, &mut after).map_err(|wrong| Stop::usage(wrong.to_string(), "correct it"))?;
    }
    Ok(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_file_says_what_is_to_be() {
        let text = "# ours\nexpiry-days = 90\nmax_age_days = \"none\"\nnotify-before-days = [7, 1]\nmembers-may-generate = false\n";
        let after = apply(&of_text(text).unwrap(), &Settings { max_age_days: Some(3), ..Settings::default() }).unwrap();
        assert_eq!((after.expiry_days, after.max_age_days, after.members_may_generate), (Some(90), None, false));
        assert_eq!(after.notify_before_days, [7, 1]);
        for (text, what) in [
            ("expiry-days = 90\nexpiryDays = 30", "given twice"),
            ("expiry = 90", "there is no setting expiry"),
            ("expiryDay = 90", "did you mean expiry-days?"),
            ("inactivitydays = 90\nmembers-acces = \"read\"", "did you mean members-access?"),
            ("a = [", "not TOML at line 1"),
            ("expiry-days = 1.5", "expiry-days is none, or a number"),
            ("expiry-days = 0", "expiry-days is none, or a number"),
            ("[expiry-days]\na = 1", "expiry-days is none, or a number"),
        ] {
            let told = format!("{:?}", of_text(text).unwrap_err());
            assert!(told.contains(what), "{text}: {told}");
        }
    }

    #[test]
    fn what_is_written_on_the_command_line_is_read_before_anything_is_asked() {
        let read =
            |arguments: &[&str]| of_arguments(&arguments.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert_eq!(read(&["expiry-days=90", "membersAccess = read"]).unwrap().len(), 2);
        for wrong in [&["expiry-days"][..], &["expiry-days=soon"], &["expiry-days=1", "expiry-days=2"], &["colour=red"]]
        {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
