//! Names that look like others: with characters that cannot be seen, of several scripts in one word, or of another script
//! that looks like ASCII. Which scripts go together is Unicode's to say (UTS 39): Japanese, Chinese and Korean with Latin
//! are normal.

use std::fmt;

use unicode_script::{Script, UnicodeScript};
use unicode_security::GeneralSecurityProfile;
use unicode_security::confusable_detection::skeleton;
use unicode_security::mixed_script::AugmentedScriptSet;

use super::untrusted::is_hostile;

/// Stands before a name that is not what it looks like.
pub const MARK: char = '≈';

/// Why a text is not what it looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deception {
    /// A character that cannot be seen, or a blank that is none.
    Invisible(char),
    /// A word of several scripts, and a character of the one that stands out.
    Mixed(Script, Script, char),
    /// It can be read as this text of ASCII, and the first character that is none of it.
    Lookalike(String, char),
}

impl Deception {
    /// What is odd about `text`, the worst first; none for an honest one.
    pub fn of(text: &str) -> Option<Self> {
        if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return None;
        }
        let invisible = text.chars().find(|c| is_hostile(*c) || is_odd_blank(*c)).map(Self::Invisible);
        invisible.or_else(|| words(text).find_map(mixed)).or_else(|| lookalike(text))
    }
}

impl fmt::Display for Deception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invisible(c) => write!(f, "holds a character that cannot be seen: U+{:04X}", *c as u32),
            Self::Mixed(one, other, c) => {
                let (one, other) = (one.full_name(), other.full_name());
                write!(f, "mixes {one} and {other} in one word: “{c}” is U+{:04X}", *c as u32)
            }
            Self::Lookalike(like, c) => write!(f, "looks like “{like}”, but “{c}” is U+{:04X}", *c as u32),
        }
    }
}

/// Whether a character is a blank that looks like the usual one, or like none. The wide one of East Asia is usual there.
fn is_odd_blank(c: char) -> bool {
    matches!(c, '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{2800}')
}

/// The runs of letters, digits and what is set above or below them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c.script() != Script::Inherited).filter(|word| !word.is_empty())
}

fn is_of_a_script(c: char) -> bool {
    !matches!(c.script(), Script::Common | Script::Inherited | Script::Unknown)
}

/// A word of scripts that nobody writes together.
fn mixed(word: &str) -> Option<Deception> {
    if !AugmentedScriptSet::for_str(word).is_empty() {
        return None;
    }
    let scripts = |c: &char| is_of_a_script(*c);
    let others: String = word.chars().filter(scripts).filter(|c| c.script() != Script::Latin).collect();
    let set = AugmentedScriptSet::for_str(&others);
    if set.kore || set.hanb || set.jpan {
        return None;
    }
    // a language without blanks has Latin in the middle of its words; only what could be taken for Latin deceives
    let one = others.chars().map(|c| c.script()).next().filter(|_| !set.is_empty())?;
    let honest = one.is_recommended() && !matches!(one, Script::Cyrillic | Script::Greek);
    if honest && !others.chars().any(|c| ascii(c).is_some()) {
        return None;
    }
    stands_out(word)
}

/// Which scripts a word mixes, and its first character that is not of the one that most of it is.
fn stands_out(word: &str) -> Option<Deception> {
    let scripts: Vec<(Script, char)> = word.chars().filter(|c| is_of_a_script(*c)).map(|c| (c.script(), c)).collect();
    let count = |script: Script| scripts.iter().filter(|(other, _)| *other == script).count();
    // of two that are as frequent, Latin is what is usual
    let most = scripts.iter().map(|(script, _)| *script).max_by_key(|s| (count(*s), *s == Script::Latin))?;
    let (other, c) = scripts.iter().find(|(script, _)| *script != most)?;
    Some(Deception::Mixed(most, *other, *c))
}

/// Text that is read as ASCII although it is not: each word of another script looks like Latin, or a sign that no name has
/// stands for a letter.
fn lookalike(text: &str) -> Option<Deception> {
    let foreign = |c: char| is_of_a_script(c) && !is_common_with_latin(c.script());
    let mut foreign_words = words(text).filter(|word| word.chars().any(foreign)).peekable();
    let all_alike = foreign_words.peek().is_some()
        && foreign_words.all(|word| word.chars().all(|c| c.is_ascii() || ascii(c).is_some()));
    let odd = |c: char| {
        let sign = c.is_alphabetic() && !GeneralSecurityProfile::identifier_allowed(c) && !is_full_width(c);
        ((all_alike && foreign(c)) || sign) && ascii(c).is_some()
    };
    let first = text.chars().find(|c| !c.is_ascii() && odd(*c))?;
    let read = |c: char| if odd(c) { ascii(c).unwrap_or_default() } else { c.to_string() };
    Some(Deception::Lookalike(
        text.chars().map(|c| if c.is_ascii() { c.to_string() } else { read(c) }).collect(),
        first,
    ))
}

/// Whether text of this script stands beside Latin every day and is not taken for it.
fn is_common_with_latin(script: Script) -> bool {
    matches!(
        script,
        Script::Latin | Script::Han | Script::Hiragana | Script::Katakana | Script::Hangul | Script::Bopomofo
    )
}

/// The wide Latin of East Asia.
fn is_full_width(c: char) -> bool {
    matches!(c, '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}')
}

/// The letters of ASCII that a character can be taken for.
fn ascii(c: char) -> Option<String> {
    let like: String = skeleton(c.encode_utf8(&mut [0; 4])).collect();
    (!like.is_empty() && like.bytes().all(|byte| byte.is_ascii_alphabetic())).then_some(like)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("ci-deploy (eu) #1")]
    #[case("")]
    #[case("Zürich São Paulo Ångström")]
    #[case("e\u{301}te\u{301} İstanbul ışık straße")]
    #[case("日本語の鍵 deploy")]
    #[case("本番CI鍵")]
    #[case("テスト用ＡＰＩキー")]
    #[case("全角\u{3000}空白")]
    #[case("서울배포 deploy서울")]
    #[case("部署ㄅㄆ token")]
    #[case("Москва deploy")]
    #[case("Сара Попова")]
    #[case("Ключ для CI")]
    #[case("Αθήνα key")]
    #[case("ระบบAPI")]
    #[case("مفتاح key")]
    #[case("מפתח-api")]
    #[case("हिन्दी key")]
    #[case("– “quoted” … ✓ → 🚀 🇸🇬")]
    #[case("µs latency")]
    fn these_are_honest(#[case] text: &str) {
        assert_eq!(Deception::of(text), None, "{text}");
    }

    #[rstest]
    #[case("p\u{430}ypal", "mixes Latin and Cyrillic in one word: “\u{430}” is U+0430")]
    #[case("ci-d\u{435}ploy", "mixes Latin and Cyrillic in one word: “\u{435}” is U+0435")]
    #[case("Москвa", "mixes Cyrillic and Latin in one word: “a” is U+0061")]
    #[case("ad\u{3bc}in", "mixes Latin and Greek in one word: “\u{3bc}” is U+03BC")]
    #[case("g\u{585}\u{585}gle", "mixes Latin and Armenian in one word: “\u{585}” is U+0585")]
    #[case("\u{441}\u{456}-deploy", "looks like “ci-deploy”, but “\u{441}” is U+0441")]
    #[case("\u{441}\u{456}", "looks like “ci”, but “\u{441}” is U+0441")]
    #[case("\u{1d41c}\u{1d422}", "looks like “ci”, but “\u{1d41c}” is U+1D41C")]
    #[case("\u{261}oogle", "looks like “google”, but “\u{261}” is U+0261")]
    #[case("invoice\u{202e}gpj", "holds a character that cannot be seen: U+202E")]
    #[case("ci\u{200b}", "holds a character that cannot be seen: U+200B")]
    #[case("ci\u{a0}deploy", "holds a character that cannot be seen: U+00A0")]
    #[case("ci\u{2800}", "holds a character that cannot be seen: U+2800")]
    #[case("ci\n", "holds a character that cannot be seen: U+000A")]
    fn these_are_not_what_they_look_like(#[case] text: &str, #[case] why: &str) {
        assert_eq!(Deception::of(text).map(|odd| odd.to_string()).as_deref(), Some(why), "{text:?}");
    }
}
