//! The one value that a person gives, pasted by itself or with what stood around it.

use super::find;
use crate::domain::secret::Secret;

/// The longest text without a known form that is taken for a value, in characters.
const LONGEST: usize = 512;
/// The shortest.
const SHORTEST: usize = 16;

/// The value in `text`: the only whole one of a known form; else all of it, where it is one word of any form, since the forms
/// of other vendors are not promised.
///
/// # Errors
/// Why it is not taken, never with any of it.
pub fn single(text: &str) -> Result<Secret, &'static str> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Err("paste the value first");
    }
    let found = find(trimmed);
    let mut whole: Vec<&Secret> = Vec::new();
    for value in found.iter().filter_map(super::Found::value) {
        if !whole.contains(&value) {
            whole.push(value);
        }
    }
    match (whole.as_slice(), found.is_empty()) {
        ([one], _) => Ok(one.duplicate()),
        ([_, _, ..], _) => Err("that holds several values: give one"),
        ([], false) => Err("that is not a whole value: it is masked, cut off, or a character is another"),
        ([], true) => {
            let fits =
                (SHORTEST..=LONGEST).contains(&trimmed.len()) && trimmed.bytes().all(|byte| byte.is_ascii_graphic());
            if fits { Ok(Secret::new(trimmed.to_owned())) } else { Err("that is no key's value") }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pmak(c: &str) -> String {
        format!("PMAK-{}-{}", c.repeat(24), "b".repeat(34))
    }

    #[test]
    fn a_value_is_taken_out_of_what_stands_around_it() {
        for text in [pmak("a"), format!("  {}\n", pmak("a")), format!("X-API-Key: {0}\nagain {0}", pmak("a"))] {
            assert_eq!(single(&text).unwrap().expose(), pmak("a"));
        }
        let of_another_form = "s3cret-of-another-vendor";
        assert_eq!(single(of_another_form).unwrap().expose(), of_another_form);
    }

    #[test]
    fn what_is_none_or_several_is_refused_without_being_repeated() {
        let several = format!("{} {}", pmak("a"), pmak("c"));
        for text in ["", " \n", "short", "two words that are long enough", &several, &pmak("a")[..40], "PMAK-…bbbb"] {
            let why = single(text).unwrap_err();
            assert!(text.trim().is_empty() || !why.contains(text.trim()), "{why}");
        }
    }
}
