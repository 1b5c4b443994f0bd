//! What other languages write and this one does not: refused where it stands, with what to write instead. Nothing here is
//! given text that holds a key's value, or any part of one.

use std::ops::Range;

use super::fields::{Field, FieldHelp};
use super::value::shown;

/// Other names for fields that people try.
const OTHER_NAMES: [(&str, &str); 16] = [
    ("is", "status"),
    ("state", "status"),
    ("by", "owner"),
    ("user", "owner"),
    ("creator", "owner"),
    ("email", "owner"),
    ("mail", "contact"),
    ("ip", "from"),
    ("address", "from"),
    ("expiry", "expires"),
    ("expiring", "expires"),
    ("lastused", "used"),
    ("last_used", "used"),
    ("made", "created"),
    ("unused", "idle"),
    ("title", "name"),
];

/// The field that goes by another name elsewhere.
pub(super) fn other_name(name: &str) -> Option<&'static str> {
    OTHER_NAMES.iter().find(|(other, _)| *other == name).map(|(_, name)| *name)
}

/// What is wrong with a word that joins terms elsewhere.
pub(super) fn joiner(word: &str, after_a_term: bool, before_more: bool) -> Option<String> {
    let quoted = "in quotes it is looked for as text";
    let lower = word.to_ascii_lowercase();
    match lower.as_str() {
        "or" if after_a_term && before_more => Some(format!("write OR in capitals between terms – {quoted}")),
        "and" if after_a_term && before_more => {
            Some(format!("terms side by side must all hold: leave it out – {quoted}"))
        }
        "not" if before_more => Some(format!("write - before what is left out, as in -status:revoked – {quoted}")),
        "|" | "||" => Some(format!("write OR between terms – {quoted}")),
        "&" | "&&" => Some(format!("terms side by side must all hold: leave it out – {quoted}")),
        _ => None,
    }
}

/// What is wrong with a word that could mean more than one thing.
pub(super) fn ambiguous(word: &str) -> Option<String> {
    word.eq_ignore_ascii_case("never").then(|| {
        "never used or never expires? Write used:never or expires:never – in quotes it is looked for as text".to_owned()
    })
}

/// What is wrong with a word, or with what stands behind a field's colon: where in it, and why.
pub(super) fn foreign(field: Option<&FieldHelp>, text: &str, negated: bool) -> Option<(Range<usize>, String)> {
    let name = field.map(|field| format!("{}:", field.name)).unwrap_or_default();
    let minus = if negated { "" } else { "-" };
    let plus = if negated { "-" } else { "" };
    if let Some(rest) = text.strip_prefix('!') {
        let instead = if rest.is_empty() { "owner:ana" } else { rest.trim_start_matches('=') };
        let message =
            format!("write {minus}{name}{} to leave it out – in quotes ! is looked for as text", shown(instead));
        return Some((0..text.len(), message));
    }
    if field.is_some() && text.starts_with('(') {
        return Some((0..text.len(), format!("write {plus}{name}a,b for either of two values")));
    }
    if let Some(instead) = regular_expression(text) {
        let instead = match instead {
            Shape::Here(right) => format!("write {plus}{name}{}, where * is anything", shown(&right)),
            Shape::None => format!("write {plus}{name}ci* for what begins with ci; * is anything"),
        };
        return Some((0..text.len(), format!("regular expressions are not understood: {instead}")));
    }
    match field {
        Some(help) if matches!(help.field, Field::Moment(_)) => range(help.name, text, plus),
        Some(_) => None,
        None => operator(text, minus, plus),
    }
}

/// `7d..14d` behind a field of moments.
fn range(name: &str, text: &str, plus: &str) -> Option<(Range<usize>, String)> {
    let (from, to) = text.split_once("..")?;
    let [from, to] = [from, to].map(|bound| shown(bound.trim_matches(['<', '>', '='])));
    let message = format!("write {plus}{name}:>{from} {plus}{name}:<{to} for what lies between the two");
    Some((0..text.len(), message))
}

/// `owner=ana`, `idle>90d`, `status!=revoked`: a field with something else than its colon.
fn operator(text: &str, minus: &str, plus: &str) -> Option<(Range<usize>, String)> {
    let at = text.find(|c: char| !c.is_ascii_alphabetic() && c != '_')?;
    let help = FieldHelp::named(&text[..at])?;
    let rest = &text[at..];
    let value = rest.trim_start_matches(['=', '!', '~', '<', '>']);
    let sign = &rest[..rest.len() - value.len()];
    let moment = matches!(help.field, Field::Moment(_));
    let (before, kept) = match sign {
        "" => return None,
        "!=" | "!~" | "<>" => (minus, ""),
        "<" | ">" | "<=" | ">=" if moment => (plus, sign),
        "=" | "==" if matches!(help.field, Field::Text(_)) => (plus, "="),
        _ => (plus, ""),
    };
    let name = help.name;
    let message = format!("write {before}{name}:{kept}{} – in quotes it is looked for as text", shown(value));
    Some((0..text.len(), message))
}

/// What a regular expression comes to in this language.
enum Shape {
    /// The same with `*`.
    Here(String),
    /// Nothing that can be written here.
    None,
}

/// What a text comes to that is written as a regular expression.
fn regular_expression(text: &str) -> Option<Shape> {
    let inside = text.strip_prefix('/').and_then(|rest| {
        let (inside, flags) = rest.rsplit_once('/')?;
        let is_flag = flags.chars().all(|c| matches!(c, 'g' | 'i' | 'm' | 's'));
        (is_flag && !inside.is_empty() && !inside.contains('/')).then_some(inside)
    });
    let expression = match inside {
        Some(inside) => inside,
        // in the middle or at the end, as in 10.0.*, it may well be meant as it is understood here
        None if text.starts_with('^') && text.len() > 1 || text.starts_with(".*") => text,
        None => return None,
    };
    let (begins, rest) = expression.strip_prefix('^').map_or((false, expression), |rest| (true, rest));
    let (ends, rest) = rest.strip_suffix('$').map_or((false, rest), |rest| (true, rest));
    let literal = rest.replace(".*", "*");
    if literal.is_empty() || literal.contains(|c: char| "\\^$.+?()[]{}|\"".contains(c)) {
        return Some(Shape::None);
    }
    let shaped = match (begins, ends) {
        (true, true) if !literal.contains('*') => format!("={literal}"),
        (true, false) => format!("{literal}*"),
        (false, true) => format!("*{literal}"),
        (false, false) if literal.contains('*') => format!("*{literal}*"),
        (true, true) | (false, false) => literal,
    };
    let mut right = String::with_capacity(shaped.len());
    for c in shaped.chars().filter(|c| !c.is_whitespace()) {
        if !(c == '*' && right.ends_with('*')) {
            right.push(c);
        }
    }
    Some(Shape::Here(right))
}
