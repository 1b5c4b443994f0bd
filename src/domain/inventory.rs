//! An inventory that somebody keeps by hand, held against the keys that there are. Nothing is asked of its columns: a line
//! is about the key whose value, id, masked value or name stands in one of its cells.

use std::collections::HashMap;

use super::key::{Key, Status};
use super::key_value::{Digest32, digest};
use super::values::{Form, Found, find};

/// A line of an inventory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it begins, from 1.
    pub line: u64,
    pub cells: Vec<String>,
}

/// What tells which key a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Its value stands there, in clear.
    Value,
    Id,
    /// Its masked value, and its name where several have that.
    Masked,
    /// Its name, and its owner where several have that.
    Name,
}

impl By {
    /// What tells it, in words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Id => "id",
            Self::Masked => "masked value",
            Self::Name => "name",
        }
    }
}

/// Which key a line is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// This one, by its place among the keys.
    One(usize, By),
    /// One of these, and the line does not tell which.
    OneOf(Vec<usize>),
    /// None that there is.
    Nothing,
}

/// Keys, to be found by what stands in an inventory.
pub struct Keys<'a> {
    all: &'a [Key],
    digests: HashMap<Digest32, usize>,
    ids: HashMap<String, usize>,
    /// By what all show of a value: its sign and its last characters.
    masked: HashMap<String, Vec<usize>>,
    names: HashMap<String, Vec<usize>>,
}

impl<'a> Keys<'a> {
    /// These keys; `known` has the digests of values that belong to one of them beside the present one.
    pub fn new(keys: &'a [Key], known: impl IntoIterator<Item = (Digest32, usize)>) -> Self {
        let mut of = Self {
            all: keys,
            digests: known.into_iter().collect(),
            ids: HashMap::new(),
            masked: HashMap::new(),
            names: HashMap::new(),
        };
        for (at, key) in keys.iter().enumerate() {
            of.digests.extend(key.digest.map(|digest| (digest, at)));
            of.ids.insert(plain(key.id.as_str()), at);
            of.names.entry(plain(key.name.as_received())).or_default().push(at);
            for masked in find(key.masked.as_received()).iter().filter_map(ends) {
                of.masked.entry(masked).or_default().push(at);
            }
        }
        of
    }

    /// The key that a line is about.
    pub fn about(&self, entry: &Entry) -> About {
        let found: Vec<Found> = entry.cells.iter().flat_map(find).collect();
        let mut by_value = found.iter().filter_map(Found::value).map(|value| self.digests.get(&digest(value.expose())));
        if let Some(known) = by_value.find_map(|known| known) {
            return About::One(*known, By::Value);
        }
        // a whole value that is no key's here is about a key that there is not, whatever else the line says
        if found.iter().any(|found| found.value().is_some()) {
            return About::Nothing;
        }
        if let Some(at) = entry.cells.iter().find_map(|cell| self.ids.get(&plain(cell))) {
            return About::One(*at, By::Id);
        }
        let named: Vec<usize> =
            entry.cells.iter().filter_map(|cell| self.names.get(&plain(cell))).flatten().copied().collect();
        let masks: Vec<String> = found.iter().filter_map(ends).collect();
        if !masks.is_empty() {
            let masked: Vec<usize> = masks.iter().filter_map(|mask| self.masked.get(mask)).flatten().copied().collect();
            let both = masked.iter().copied().filter(|at| named.contains(at)).collect();
            return choose(both, By::Masked).unwrap_or_else(|| choose(masked, By::Masked).unwrap_or(About::Nothing));
        }
        let owns = |at: &usize| {
            let key = &self.all[*at];
            let owner = [plain(key.owner.as_received()), plain(key.owner_email.as_received())];
            entry.cells.iter().any(|cell| !cell.trim().is_empty() && owner.contains(&plain(cell)))
        };
        let theirs = named.iter().copied().filter(owns).collect();
        choose(theirs, By::Name).unwrap_or_else(|| choose(named, By::Name).unwrap_or(About::Nothing))
    }

    /// The keys that none of these lines is about and that are not revoked.
    pub fn left_out(&self, about: &[About]) -> Vec<&'a Key> {
        let mut named = vec![false; self.all.len()];
        for about in about {
            match about {
                About::One(at, _) => named[*at] = true,
                About::OneOf(some) => some.iter().for_each(|at| named[*at] = true),
                About::Nothing => {}
            }
        }
        let keys = self.all.iter().zip(named);
        keys.filter(|(key, named)| !named && key.status != Status::Revoked).map(|(key, _)| key).collect()
    }
}

fn choose(mut some: Vec<usize>, by: By) -> Option<About> {
    some.sort_unstable();
    some.dedup();
    match some.as_slice() {
        [] => None,
        [one] => Some(About::One(*one, by)),
        _ => Some(About::OneOf(some)),
    }
}

/// What a masked value tells: its sign and its last four characters.
fn ends(found: &Found) -> Option<String> {
    match &found.form {
        Form::Masked { last, .. } if last.len() >= 4 => {
            Some(format!("{}{}", found.format.sign(), &last[last.len() - 4..]))
        }
        _ => None,
    }
}

/// A cell as it is compared: in lower case, with every run of blanks and line ends as one blank.
fn plain(cell: &str) -> String {
    cell.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Whether a line names the columns and is about no key: nothing in it looks like a value, an address, a date or a number.
pub fn is_header(entry: &Entry) -> bool {
    let plain =
        |cell: &String| find(cell).is_empty() && !cell.contains('@') && !cell.contains(|c: char| c.is_ascii_digit());
    entry.cells.iter().all(plain) && entry.cells.iter().any(|cell| !cell.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(cells: &[&str]) -> Entry {
        Entry { line: 1, cells: cells.iter().map(ToString::to_string).collect() }
    }

    fn key(id: &str, name: &str, owner: &str, masked: &str) -> Key {
        Key { name: name.into(), owner_email: owner.into(), masked: masked.into(), ..Key::sample(id) }
    }

    #[test]
    fn a_line_is_about_the_key_of_which_it_tells_most() {
        let value = super::super::key_value::mint(super::super::key_value::KeyKind::ApiKey, getrandom::fill).unwrap();
        let keys = [
            Key { digest: Some(digest(value.expose())), ..key("01A", "ci", "ana@acme.example", "kdk_…aaaa") },
            key("01B", "ci", "ben@acme.example", "kdk_…bbbb"),
            key("01C", "deploy", "ana@acme.example", "kdk_…cccc"),
            key("01D", "deploy  eu", "ana@acme.example", "kdk_…cccc"),
        ];
        let of = Keys::new(&keys, []);
        for (cells, about) in [
            (vec!["x", value.expose()], About::One(0, By::Value)),
            (vec!["something", "01b"], About::One(1, By::Id)),
            (vec!["kdk_…bbbb", "whatever"], About::One(1, By::Masked)),
            (vec!["kdk_…cccc", "Deploy\nEU"], About::One(3, By::Masked)),
            (vec!["kdk_…cccc", "something else"], About::OneOf(vec![2, 3])),
            (vec!["kdk_…zzzz", "ci"], About::Nothing),
            (vec!["CI", "ben@acme.example"], About::One(1, By::Name)),
            (vec!["ci", "nobody@acme.example"], About::OneOf(vec![0, 1])),
            (vec!["tote seele", ""], About::Nothing),
        ] {
            assert_eq!(of.about(&entry(&cells)), about, "{cells:?}");
        }
        let other = super::super::key_value::mint(super::super::key_value::KeyKind::ApiKey, getrandom::fill).unwrap();
        assert_eq!(of.about(&entry(&["deploy", other.expose()])), About::Nothing, "another value than the key's");
        let left = of.left_out(&[About::One(0, By::Value), About::OneOf(vec![2, 3])]);
        assert_eq!(left.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), ["01B"]);
    }

    #[test]
    fn the_first_line_may_name_the_columns() {
        assert!(is_header(&entry(&["Name", "Besitzer", "Läuft ab"])));
        assert!(!is_header(&entry(&["deploy", "ana@acme.example"])));
        assert!(!is_header(&entry(&["ci", "kdk_…aaaa"])));
        assert!(!is_header(&entry(&["", ""])));
    }
}
