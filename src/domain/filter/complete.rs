//! What a person may have begun to write.

use std::ops::Range;

use super::fields::{FIELDS, Field, FieldHelp, TextField};
use super::parse::field_name;
use super::secrets::{self, Content};
use super::value::{GONE, ME};
use crate::domain::fold::fold;

/// What may stand in place of a part of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidates {
    /// The part, in bytes: what was begun before the cursor.
    pub span: Range<usize>,
    /// What may stand there, in the order in which it is offered; never empty.
    pub words: Vec<String>,
}

/// States that may stand by themselves, and what joins terms.
const BARE: [&str; 6] = ["enabled", "disabled", "revoked", "expired", "exposed", "OR"];
/// What is likely to be asked of a moment.
const MOMENTS: [&str; 6] = ["never", "expired", "<7d", "<14d", ">90d", ">1y"];

/// What may be meant by what was begun before `cursor`, a place in bytes: names of fields, then their values. `owners`
/// are the names and addresses there are, gone through only where one of them may be meant.
pub fn candidates(text: &str, cursor: usize, owners: impl Iterator<Item = impl AsRef<str>>) -> Option<Candidates> {
    let before = text.get(..cursor)?;
    let begun = before
        .rfind(|c: char| c.is_whitespace() || c == '(')
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let begun = begun + usize::from(before[begun..].starts_with('-'));
    // in quotes, where a space does not end a value, only the value of a field is completed
    let begun = quoted_field(before).unwrap_or(begun);
    let word = &before[begun..];
    if secrets::content(word) != Content::Text {
        return None;
    }
    let Some(name) = field_name(word) else {
        let names = FIELDS.iter().map(|field| format!("{}:", field.name));
        let words = names.chain(BARE.into_iter().map(str::to_owned));
        let begins = |candidate: &String| {
            candidate.to_ascii_lowercase().starts_with(&word.to_ascii_lowercase()) && candidate != word
        };
        return found(begun..cursor, words.filter(begins).collect());
    };
    let help = FieldHelp::named(name)?;
    let values = begun + name.len() + 1;
    let from = if before[values..].starts_with('"') {
        values
    } else {
        before[values..].rfind([',', '|']).map_or(values, |at| values + at + 1)
    };
    let from = from + usize::from(before[from..].starts_with('='));
    let typed = before[from..].trim_start_matches('"');
    let words = match help.field {
        Field::Text(TextField::Owner) => owned(typed, owners),
        Field::Text(_) => Vec::new(),
        Field::Moment(field) => MOMENTS
            .into_iter()
            .filter(|word| super::MomentTest::parse(field, word).is_some())
            .filter(|word| word.starts_with(typed))
            .map(str::to_owned)
            .collect(),
        _ => help
            .values
            .split(", ")
            .filter(|word| word.starts_with(&typed.to_ascii_lowercase()))
            .map(str::to_owned)
            .collect(),
    };
    found(from..cursor, words.into_iter().filter(|word| word != &before[from..]).collect())
}

fn found(span: Range<usize>, words: Vec<String>) -> Option<Candidates> {
    (!words.is_empty()).then_some(Candidates { span, words })
}

/// Where a term begins whose value is quoted and not closed before the end.
fn quoted_field(before: &str) -> Option<usize> {
    let at = before.rfind(":\"")?;
    if before[at + 2..].contains('"') {
        return None;
    }
    let start = before[..at].rfind(|c: char| !c.is_ascii_alphabetic() && c != '_').map_or(0, |at| at + 1);
    before.is_char_boundary(start).then_some(start)
}

/// Owners whose name, one of its words or whose address begins so; those that begin with it first.
fn owned(typed: &str, owners: impl Iterator<Item = impl AsRef<str>>) -> Vec<String> {
    let wanted = fold(typed);
    let words = [ME, GONE].into_iter().filter(|word| word.starts_with(&wanted)).map(str::to_owned);
    let mut names: Vec<(bool, String)> = owners
        .filter(|owner| !owner.as_ref().is_empty() && secrets::content(owner.as_ref()) == Content::Text)
        .filter_map(|owner| {
            let owner = owner.as_ref();
            let folded = fold(owner);
            let first = folded.starts_with(&wanted);
            let begins = first || folded.split([' ', '.', '-', '@']).any(|word| word.starts_with(&wanted));
            begins.then(|| (!first, owner.to_owned()))
        })
        .collect();
    names.sort();
    names.dedup();
    words.chain(names.into_iter().map(|(_, name)| as_value(&name))).collect()
}

/// A name as a value: in quotes where it needs them.
fn as_value(name: &str) -> String {
    let visible = crate::domain::untrusted::visible(name);
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '@' | '.' | '-' | '_' | '+');
    let reserved = [ME, GONE].iter().any(|word| visible.eq_ignore_ascii_case(word));
    if visible.chars().all(plain) && !reserved {
        return visible.into_owned();
    }
    format!("\"{}\"", visible.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::filter::Query;

    const OWNERS: [&str; 5] = ["Ana Souza", "Ben Okafor", "hana@acme.example", "Gone", "kdk_abc"];

    fn words(text: &str) -> Vec<String> {
        let found = candidates(text, text.len(), OWNERS.into_iter());
        found
            .map(|found| found.words.into_iter().map(|word| format!("{}{word}", &text[..found.span.start])).collect())
            .unwrap_or_default()
    }

    #[test]
    fn fields_values_and_owners() {
        for (text, first) in [
            ("ow", "owner:"),
            ("-STAT", "-status:"),
            ("ana rev", "ana revoked:"),
            ("(own", "(owner:"),
            ("status:dis", "status:disabled"),
            ("status:revoked,ex", "status:revoked,expired"),
            ("owner:an", "owner:\"Ana Souza\""),
            ("owner:sou", "owner:\"Ana Souza\""),
            ("owner:\"Ana S", "owner:\"Ana Souza\""),
            ("x owner:ben|ha", "x owner:ben|hana@acme.example"),
            ("owner:=ha", "owner:=hana@acme.example"),
            ("owner:m", "owner:me"),
            ("expires:", "expires:never"),
            ("idle:", "idle:<7d"),
            ("source:git", "source:github"),
        ] {
            let found = words(text);
            assert_eq!(found.first().map(String::as_str), Some(first), "{text}: {found:?}");
            for word in &found {
                let complete = if word.ends_with(':') { format!("{word}x") } else { word.replace(" OR", "") };
                let _ = Query::parse(&complete);
            }
        }
        assert_eq!(words("owner:go"), ["owner:gone", "owner:\"Gone\""], "a person may be called so");
    }

    #[test]
    fn nothing_is_offered_where_nothing_is_known_and_no_value_ever() {
        for text in ["zzz", "owner:zzz", "name:ci", "kdk_ab", "owner:kdk", "nofield:x", "status:revoked"] {
            assert_eq!(words(text), Vec::<String>::new(), "{text}");
        }
        for (at, _) in "é owner:ä \"x".char_indices() {
            let _ = candidates("é owner:ä \"x", at, OWNERS.into_iter());
        }
        assert_eq!(candidates("é", 1, OWNERS.into_iter()), None);
    }
}
