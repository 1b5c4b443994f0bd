//! One line of a rotation's page.

use super::matrix::Tone;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageLine {
    /// Before it: done, now, to come, wrong, or a blank.
    pub glyph: char,
    pub text: String,
    /// How it stands out.
    pub tone: Tone,
}

pub(super) fn line(glyph: char, text: impl Into<String>, tone: Tone) -> PageLine {
    PageLine { glyph, text: text.into(), tone }
}

pub(super) fn words(text: impl Into<String>) -> PageLine {
    line(' ', text, Tone::Plain)
}

pub(super) fn hint(text: impl Into<String>) -> PageLine {
    line(' ', text, Tone::Dim)
}
