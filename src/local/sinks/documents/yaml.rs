//! YAML: the parser's events, with where each scalar begins and ends.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};
use zeroize::Zeroizing;

use super::{Content, Leaf, Refused};

/// What is being read.
enum Within {
    /// A mapping: its key, once that is read.
    Mapping(Option<String>),
    /// A list: how many of its items are read.
    List(usize),
}

/// Every value, of all documents.
pub fn leaves(text: &str) -> Result<Vec<Leaf>, Refused> {
    // the parser counts characters
    let bytes: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let mut leaves = Vec::new();
    let mut open: Vec<Within> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) =
            event.map_err(|error| Refused::Malformed { form: "YAML", line: Some(error.marker().line()) })?;
        let at = |marker: saphyr_parser::Marker| bytes.get(marker.index()).copied().unwrap_or(text.len());
        let span_bytes = |span: Span| at(span.start)..at(span.end);
        if let (Some(Within::Mapping(key @ None)), Event::Scalar(name, ..)) = (open.last_mut(), &event) {
            *key = Some(name.to_string());
            continue;
        }
        let content = match &event {
            Event::Scalar(value, style, _, tag) => {
                let content = scalar(value, *style, tag.as_deref());
                let is_text = matches!(content, Content::Text(..));
                match located(text, span_bytes(span), value, *style).filter(|_| is_text) {
                    Some(span) => {
                        leaves.push(Leaf { path: path(&open), span, content });
                        done(&mut open);
                        continue;
                    }
                    None if is_text => Content::Other("a text of several lines"),
                    None => content,
                }
            }
            Event::Alias(_) => Content::Elsewhere("an alias of a value that stands elsewhere in the file".to_owned()),
            Event::SequenceStart(..) => Content::Other("a list"),
            Event::MappingStart(..) => Content::Other("a mapping"),
            Event::SequenceEnd | Event::MappingEnd => {
                open.pop();
                done(&mut open);
                continue;
            }
            _ => continue,
        };
        leaves.push(Leaf { path: path(&open), span: span_bytes(span), content });
        match event {
            Event::SequenceStart(..) => open.push(Within::List(0)),
            Event::MappingStart(..) => open.push(Within::Mapping(None)),
            _ => done(&mut open),
        }
    }
    Ok(leaves)
}

/// A value is read: its key is over, or its item.
fn done(open: &mut [Within]) {
    match open.last_mut() {
        // what is no scalar as a key names nothing
        Some(Within::Mapping(key)) => *key = if key.is_some() { None } else { Some(String::new()) },
        Some(Within::List(count)) => *count += 1,
        None => {}
    }
}

fn path(open: &[Within]) -> Vec<String> {
    let key = |within: &Within| match within {
        Within::Mapping(key) => key.clone().unwrap_or_default(),
        Within::List(count) => count.to_string(),
    };
    open.iter().map(key).collect()
}

/// What a scalar is.
fn scalar(value: &str, style: ScalarStyle, tag: Option<&Tag>) -> Content {
    if let Some(tag) = tag.filter(|tag| !(tag.is_yaml_core_schema() && tag.suffix == "str")) {
        return Content::Elsewhere(format!("a value with the tag {tag}"));
    }
    let quote = match style {
        ScalarStyle::SingleQuoted => Some(b'\''),
        ScalarStyle::DoubleQuoted => Some(b'"'),
        ScalarStyle::Plain if tag.is_some() => None,
        ScalarStyle::Plain if value.is_empty() || matches!(value, "~" | "null" | "Null" | "NULL") => {
            return Content::Other("nothing");
        }
        ScalarStyle::Plain if ["true", "false"].iter().any(|word| value.eq_ignore_ascii_case(word)) => {
            return Content::Other("a yes or no");
        }
        ScalarStyle::Plain if value.parse::<f64>().is_ok() || value.starts_with("0x") || value.starts_with("0o") => {
            return Content::Other("a number");
        }
        ScalarStyle::Plain => None,
        _ => return Content::Other("a text of several lines"),
    };
    Content::Text(Zeroizing::new(value.to_owned()), quote)
}

/// The bytes of a scalar with its quotes, in the span that the parser tells: that begins with the tag and the anchor, and
/// goes on behind a closing quote. None where it is not in one line.
fn located(text: &str, span: Range<usize>, value: &str, style: ScalarStyle) -> Option<Range<usize>> {
    let mut start = span.start;
    while let Some(rest) = text.get(start..).filter(|rest| rest.starts_with(['&', '!'])) {
        let end = rest.find([' ', '\t'])?;
        start += rest.len() - rest[end..].trim_start_matches([' ', '\t']).len();
    }
    let rest = text.get(start..)?;
    let length = match style {
        ScalarStyle::Plain => rest.starts_with(value).then_some(value.len())?,
        ScalarStyle::SingleQuoted => {
            let inner = rest.strip_prefix('\'')?;
            let mut quotes = inner.match_indices('\'').map(|(at, _)| at).peekable();
            loop {
                let at = quotes.next()?;
                // two of them are one that is meant
                if quotes.next_if_eq(&(at + 1)).is_none() {
                    break at + 2;
                }
            }
        }
        ScalarStyle::DoubleQuoted => {
            let mut is_escaped = false;
            let inner = rest.strip_prefix('"')?;
            inner.find(|c| {
                let is_end = c == '"' && !is_escaped;
                is_escaped = c == '\\' && !is_escaped;
                is_end
            })? + 2
        }
        _ => return None,
    };
    let is_one_line = !rest[..length].contains(['\n', '\r']);
    (is_one_line && start + length <= span.end.max(start + value.len())).then_some(start..start + length)
}
