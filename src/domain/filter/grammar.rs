//! The language beside its fields, as people read it.

/// A line of help on the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrammarHelp {
    /// What may be written, by example.
    pub example: &'static str,
    pub meaning: &'static str,
}

const fn line(example: &'static str, meaning: &'static str) -> GrammarHelp {
    GrammarHelp { example, meaning }
}

/// All of it, in the order of help.
pub const GRAMMAR: &[GrammarHelp] = &[
    line("deploy", "the word stands anywhere in the row, in any case and Unicode form"),
    line("\"two words\"", "both stand there just so; in quotes every sign is text"),
    line("ana idle:>90d", "terms side by side must all hold"),
    line("owner:ana,nora", "either value; | does the same"),
    line("owner:ana OR exposed", "either term, in capitals"),
    line("(ana OR nora) revoked", "a group"),
    line("-status:revoked", "left out; also -(ana nora), -owner:ana,nora"),
    line("owner:=ana@acme.example", "the whole value and not a part of it"),
    line("name:ci*", "* is anything: begins with ci; *ci ends with it, contact:* has any"),
    line("owner:ana@acme.example", "an address is read from its beginning: not hana's"),
    line("revoked", "a state by itself: enabled, disabled, revoked, expired, exposed"),
    line("owner:me", "one's own; owner:gone: of people who left"),
];

#[cfg(test)]
mod tests {
    use super::super::Query;
    use super::*;

    #[test]
    fn every_example_is_understood() {
        for help in GRAMMAR {
            assert!(Query::parse(help.example).is_ok_and(|query| !query.is_empty()), "{}", help.example);
        }
    }
}
