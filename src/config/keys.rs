//! `[keys]` of `config.toml` as it stands there. What the names mean is the console's to say, which starts with its default
//! keys when it does not understand them; so nothing here is an error.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::reading::Place;

/// One line of `[keys]` or `[keys.CONTEXT]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyLine {
    /// Where its name stands.
    pub place: Place,
    /// The context of the table that it stands in, and where that is named; none in `[keys]` itself.
    pub context: Option<(String, Place)>,
    /// What stands before the `=`: a key, or an action.
    pub name: String,
    /// What stands after it.
    pub value: KeyValue,
}

/// What stands after the `=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyValue {
    /// Text: the name of an action, or nothing.
    Text(String),
    List(Vec<String>),
    /// Nothing that `[keys]` knows.
    Other,
}

/// The lines of `[keys]`, in the order of the file.
pub(super) fn lines(text: &str, path: &Path) -> Vec<KeyLine> {
    let Ok(file) = DeTable::parse(text) else { return Vec::new() };
    let Some(keys) = file.get_ref().get("keys").and_then(|keys| keys.get_ref().as_table()) else { return Vec::new() };
    let mut lines = Vec::new();
    let mut take = |table: &DeTable<'_>, context: Option<(String, Place)>| {
        for (name, value) in table {
            if context.is_none() && value.get_ref().is_table() {
                continue;
            }
            let line = KeyLine {
                place: Place::of(text, path, &name.span()),
                context: context.clone(),
                name: name.get_ref().clone().into_owned(),
                value: read(value.get_ref()),
            };
            lines.push((name.span().start, line));
        }
    };
    take(keys, None);
    for (context, table) in keys {
        if let Some(table) = table.get_ref().as_table() {
            let place = Place::of(text, path, &context.span());
            take(table, Some((context.get_ref().clone().into_owned(), place)));
        }
    }
    lines.sort_by_key(|(at, _)| *at);
    lines.into_iter().map(|(_, line)| line).collect()
}

fn read(value: &DeValue<'_>) -> KeyValue {
    if let Some(text) = value.as_str() {
        return KeyValue::Text(text.to_owned());
    }
    let list = value.as_array().and_then(|list| {
        list.iter().map(|item| item.get_ref().as_str().map(str::to_owned)).collect::<Option<Vec<String>>>()
    });
    list.map_or(KeyValue::Other, KeyValue::List)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_with_their_place_and_in_their_order() {
        let text =
            "theme = 'mono'\n[keys]\n'x' = 'revoke'\n  mark = ['m', 'Space']\nbad = 3\n[keys.review]\n'z' = ''\n";
        let lines = lines(text, Path::new("c.toml"));
        let told: Vec<String> = lines
            .iter()
            .map(|line| {
                let context = line.context.as_ref().map(|(name, place)| format!("{name} of {place}"));
                format!("{} {context:?} {} {:?}", line.place, line.name, line.value)
            })
            .collect();
        assert_eq!(
            told,
            [
                "c.toml:3:1 None x Text(\"revoke\")",
                "c.toml:4:3 None mark List([\"m\", \"Space\"])",
                "c.toml:5:1 None bad Other",
                "c.toml:7:1 Some(\"review of c.toml:6:7\") z Text(\"\")",
            ]
        );
    }
}
