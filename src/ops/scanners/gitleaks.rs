//! gitleaks: a list of findings. Source: its `report/finding.go`.

use serde::Deserialize;

use super::{NotRead, Occurrence, Scanner, Seen, number, objects, some};
use crate::domain::untrusted::Untrusted;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Finding {
    #[serde(rename = "RuleID")]
    rule: Untrusted,
    secret: Seen,
    /// What stands around it, too: a rule may take less than the value for the secret.
    #[serde(rename = "Match")]
    around: Seen,
    file: Untrusted,
    start_line: Untrusted,
    commit: Untrusted,
    author: Untrusted,
    date: Untrusted,
    link: Untrusted,
}

pub fn read(text: &str) -> Result<Vec<Occurrence>, NotRead> {
    let findings: Vec<Finding> = objects(text, Scanner::Gitleaks)?;
    let occurrence = |finding: Finding| {
        let Finding { rule, secret, around, file, start_line, commit, author, date, link } = finding;
        let line = number(&start_line);
        Occurrence { seen: secret.or(around), kind: rule, link: some(&link), file, line, commit, author, date }
    };
    Ok(findings.into_iter().map(occurrence).collect())
}
