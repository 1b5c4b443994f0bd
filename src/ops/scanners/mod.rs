//! The reports of other scanners: gitleaks, trufflehog, ggshield, GitHub's secret scanning. A value is hashed where it is
//! read, so that nothing of it is kept; what is masked in the report stays unknown, and is told as that.

mod ggshield;
mod github;
mod gitleaks;
mod seen;
mod trufflehog;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::domain::untrusted::Untrusted;
pub use seen::Seen;

/// Whose report it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scanner {
    /// `gitleaks --report-format json`.
    Gitleaks,
    /// `trufflehog --json`: one JSON object a line, with lines of a log between.
    Trufflehog,
    /// `ggshield secret scan --json`.
    Ggshield,
    /// `GET /repos/{owner}/{repo}/secret-scanning/alerts` and the like.
    GitHub,
}

impl Scanner {
    pub const ALL: [Self; 4] = [Self::Gitleaks, Self::Trufflehog, Self::Ggshield, Self::GitHub];

    /// What it is called on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gitleaks => "gitleaks",
            Self::Trufflehog => "trufflehog",
            Self::Ggshield => "ggshield",
            Self::GitHub => "github",
        }
    }
}

/// One thing in a report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occurrence {
    /// What was recognised of the value.
    pub seen: Seen,
    /// What the scanner calls the kind.
    pub kind: Untrusted,
    /// A link to the place, where the report has one or tells enough to make one.
    pub link: Option<Untrusted>,
    pub file: Untrusted,
    /// The line, as the scanner counts.
    pub line: Option<u64>,
    pub commit: Untrusted,
    pub author: Untrusted,
    /// When it was put there, or found, as the report writes it.
    pub date: Untrusted,
}

impl Occurrence {
    /// The address of the place: the link, or else file, line and commit.
    pub fn address(&self) -> String {
        if let Some(link) = &self.link {
            return link.as_received().to_owned();
        }
        let line = self.line.map(|line| format!(":{line}")).unwrap_or_default();
        let commit = self.commit.as_received();
        let commit = if commit.is_empty() { String::new() } else { format!("@{commit}") };
        format!("{}{commit}{line}", self.file.as_received())
    }
}

/// A report.
#[derive(Debug, PartialEq, Eq)]
pub struct Findings {
    pub scanner: Scanner,
    pub occurrences: Vec<Occurrence>,
    /// Lines that are damaged: they tell of something, and cannot be read.
    pub broken: usize,
}

/// Why a report cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRead {
    #[error("it is no report of gitleaks, trufflehog, ggshield or GitHub's secret scanning")]
    Unknown,
    /// SARIF tells where a secret stands, and not which it is.
    #[error("it is SARIF, which tells no values")]
    Sarif,
    #[error("it is no whole report of {}: it is broken at line {line}, column {column}", .scanner.name())]
    Broken { scanner: Scanner, line: usize, column: usize },
}

impl NotRead {
    /// What to do about it.
    pub fn hint(self) -> &'static str {
        match self {
            Self::Unknown => "give their JSON; keydeck scan - finds the keys in any other text",
            Self::Sarif => "let the scanner write JSON",
            Self::Broken { .. } => "let the scanner write it again; keydeck scan - finds the keys in what there is",
        }
    }
}

/// Reads a report: `as_of` this scanner, or of the one whose it is by its form.
pub fn read(text: &str, as_of: Option<Scanner>) -> Result<Findings, NotRead> {
    let scanner = as_of.map_or_else(|| recognise(text), Ok)?;
    let whole = |occurrences| Findings { scanner, occurrences, broken: 0 };
    match scanner {
        Scanner::Gitleaks => gitleaks::read(text).map(whole),
        Scanner::Trufflehog => trufflehog::read(text),
        Scanner::Ggshield => ggshield::read(text).map(whole),
        Scanner::GitHub => github::read(text).map(whole),
    }
}

/// The fields that give a scanner away.
#[derive(Deserialize)]
struct Shape {
    #[serde(rename = "RuleID")]
    rule: Option<IgnoredAny>,
    #[serde(rename = "SourceMetadata")]
    source: Option<IgnoredAny>,
    total_incidents: Option<IgnoredAny>,
    entities_with_incidents: Option<IgnoredAny>,
    secret_type: Option<IgnoredAny>,
    runs: Option<IgnoredAny>,
}

fn recognise(text: &str) -> Result<Scanner, NotRead> {
    let shape = |text: &str| serde_json::Deserializer::from_str(text).into_iter::<Shape>().next().and_then(Result::ok);
    if text.lines().any(|line| trufflehog::is_finding(line) && shape(line).is_some_and(|shape| shape.source.is_some()))
    {
        return Ok(Scanner::Trufflehog);
    }
    let list = text.trim_start();
    let mut first = list;
    while let Some(inner) = first.strip_prefix('[') {
        first = inner.trim_start();
    }
    if list.starts_with('[') && first.starts_with(']') {
        // nothing was found; gitleaks and GitHub write that alike
        return Ok(Scanner::Gitleaks);
    }
    match shape(first) {
        Some(Shape { rule: Some(_), .. }) => Ok(Scanner::Gitleaks),
        Some(Shape { source: Some(_), .. }) => Ok(Scanner::Trufflehog),
        Some(Shape { entities_with_incidents: Some(_), .. } | Shape { total_incidents: Some(_), .. }) => {
            Ok(Scanner::Ggshield)
        }
        Some(Shape { secret_type: Some(_), .. }) => Ok(Scanner::GitHub),
        Some(Shape { runs: Some(_), .. }) => Err(NotRead::Sarif),
        _ => [
            ("\"RuleID\"", Scanner::Gitleaks),
            ("\"entities_with_incidents\"", Scanner::Ggshield),
            ("\"secret_type\"", Scanner::GitHub),
        ]
        .into_iter()
        // one that is cut off in its first finding has no shape
        .find_map(|(field, scanner)| (list.starts_with(['[', '{']) && list.contains(field)).then_some(scanner))
        .ok_or(NotRead::Unknown),
    }
}

/// The objects of a text that is a list of them, lists of lists, one behind the other, or any of these in a row.
fn objects<T: DeserializeOwned>(text: &str, scanner: Scanner) -> Result<Vec<T>, NotRead> {
    let mut objects = Vec::new();
    let mut at = 0;
    loop {
        let between = |c: char| c.is_whitespace() || matches!(c, '[' | ']' | ',');
        at += text[at..].find(|c| !between(c)).unwrap_or(text.len() - at);
        if at == text.len() {
            break;
        }
        let mut stream = serde_json::Deserializer::from_str(&text[at..]).into_iter::<T>();
        match stream.next() {
            Some(Ok(object)) => objects.push(object),
            Some(Err(error)) => {
                // the words of the error may repeat a value
                let before = text[..at].matches('\n').count();
                let indent = if error.line() == 1 { at - text[..at].rfind('\n').map_or(0, |end| end + 1) } else { 0 };
                return Err(NotRead::Broken { scanner, line: before + error.line(), column: indent + error.column() });
            }
            None => break,
        }
        at += stream.byte_offset();
    }
    // a list that was cut off behind one of its objects looks whole but for its end
    let (opened, closed) = (text.trim_start().starts_with('['), text.trim_end().ends_with(']'));
    if opened && !closed {
        return Err(NotRead::Broken { scanner, line: text.lines().count(), column: 1 });
    }
    Ok(objects)
}

/// The link to a line of a file in a repository on GitHub or GitLab, where enough is known.
fn link_to(repository: &str, commit: &str, file: &str, line: Option<u64>) -> Option<Untrusted> {
    use crate::domain::finding::Source;
    let repository = repository.strip_suffix(".git").unwrap_or(repository);
    if !repository.starts_with("https://") || commit.is_empty() || file.is_empty() {
        return None;
    }
    let blob = match crate::domain::report::Report::source_of(repository) {
        Source::GitHub => "blob",
        Source::GitLab => "-/blob",
        Source::Workspace | Source::Documentation | Source::Local | Source::Other(_) => return None,
    };
    let file = crate::domain::scan::FileName::new(file).address();
    let line = line.map(|line| format!("#L{line}")).unwrap_or_default();
    Some(Untrusted::from(format!("{repository}/{blob}/{commit}/{file}{line}")))
}

fn some(text: &Untrusted) -> Option<Untrusted> {
    (!text.is_empty()).then(|| text.clone())
}

fn number(text: &Untrusted) -> Option<u64> {
    text.as_received().parse().ok().filter(|number| *number > 0)
}

#[cfg(test)]
mod tests;
