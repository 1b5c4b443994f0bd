//! What became of each finding, as it is printed.

use serde::Serialize;

use crate::cli::exit::Exit;
use crate::cli::output::Output;
use crate::cli::wire::Document;
use crate::domain::exposed::Settled;
use crate::domain::finding::Finding;
use crate::domain::ids::KeyId;
use crate::domain::untrusted::Untrusted;

/// What became of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    Resolved,
    /// Somebody dealt with it before.
    Already,
    /// It would be resolved.
    Would,
    Denied(Untrusted),
    NotFound,
    Failed(Untrusted),
    /// Its key is revoked, and it is kept on disk to be tried again.
    StillOpen(Untrusted),
    /// Its key is not revoked.
    KeyLives,
    /// Nothing was sent, since it was stopped before.
    NotSent,
}

impl Told {
    fn words(&self) -> String {
        match self {
            Self::Resolved => "resolved".to_owned(),
            Self::Already => "resolved before".to_owned(),
            Self::Would => "would be resolved".to_owned(),
            Self::Denied(why) => format!("denied: {why}"),
            Self::NotFound => "not found".to_owned(),
            Self::Failed(why) => format!("failed: {why}"),
            Self::StillOpen(why) => Settled::StillOpen(why.clone()).words(),
            Self::KeyLives => Settled::KeyLives.words(),
            Self::NotSent => "not sent".to_owned(),
        }
    }

    fn wire(&self) -> &'static str {
        match self {
            Self::Resolved => "resolved",
            Self::Already => "alreadyResolved",
            Self::Would => "wouldResolve",
            Self::Denied(_) => "forbidden",
            Self::NotFound => "notFound",
            Self::Failed(_) => "failed",
            Self::StillOpen(_) => "stillOpen",
            Self::KeyLives => "keyLives",
            Self::NotSent => "notSent",
        }
    }

    fn reason(&self) -> Option<&Untrusted> {
        match self {
            Self::Denied(why) | Self::Failed(why) | Self::StillOpen(why) => Some(why),
            Self::Resolved | Self::Already | Self::Would | Self::NotFound | Self::KeyLives | Self::NotSent => None,
        }
    }

    fn is_done(&self) -> bool {
        matches!(self, Self::Resolved | Self::Already | Self::Would)
    }
}

impl From<Settled> for Told {
    fn from(settled: Settled) -> Self {
        match settled {
            Settled::Resolved => Self::Resolved,
            Settled::StillOpen(why) => Self::StillOpen(why),
            Settled::Forgotten(why) => Self::Failed(why),
            Settled::KeyLives => Self::KeyLives,
        }
    }
}

/// One finding's outcome.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    secret_id: KeyId,
    workspace_id: Untrusted,
    name: Untrusted,
    url: Untrusted,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Untrusted>,
}

/// Collects what became of findings and prints each as it comes; as JSON all of them at the end.
pub struct Report {
    json: bool,
    rows: Vec<Row>,
    told: Vec<Told>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    dry_run: bool,
    findings: usize,
    done: usize,
}

impl Report {
    pub fn new(json: bool) -> Self {
        Self { json, rows: Vec::new(), told: Vec::new() }
    }

    /// What became of a finding.
    pub fn told(&mut self, finding: &Finding, told: Told, output: &mut Output) {
        let row = Row {
            secret_id: finding.secret_id.clone(),
            workspace_id: finding.workspace_id.clone(),
            name: finding.name().clone(),
            url: finding.url.clone(),
            outcome: told.wire(),
            reason: told.reason().cloned(),
        };
        self.add(row, told, output);
    }

    /// The same of one of which only the id is known.
    pub fn missing(&mut self, id: &KeyId, output: &mut Output) {
        let row = Row {
            secret_id: id.clone(),
            workspace_id: Untrusted::default(),
            name: Untrusted::default(),
            url: Untrusted::default(),
            outcome: Told::NotFound.wire(),
            reason: None,
        };
        self.add(row, Told::NotFound, output);
    }

    fn add(&mut self, row: Row, told: Told, output: &mut Output) {
        if !self.json {
            let name = if row.name.is_empty() { String::new() } else { format!("  {}", row.name.marked()) };
            let place = if row.url.is_empty() { String::new() } else { format!("  {}", row.url) };
            output.line(&format!("{}{name}{place}  {}", row.secret_id, told.words()));
            output.flush();
        }
        self.rows.push(row);
        self.told.push(told);
    }

    /// What was told so far, for another document.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// How the command ends with these. Where a finding is open since its key lives, the key's own outcome says so.
    pub fn exit(&self) -> Exit {
        let mut told = self.told.iter().filter(|told| **told != Told::KeyLives);
        if told.clone().all(Told::is_done) {
            Exit::Done
        } else if told.all(|told| matches!(told, Told::Denied(_))) {
            Exit::Denied
        } else {
            Exit::Partly
        }
    }

    /// Prints the sum, or the JSON document, and says how the command ends.
    pub fn end(self, dry_run: bool, output: &mut Output) -> Exit {
        let exit = self.exit();
        let done = self.told.iter().filter(|told| told.is_done()).count();
        let all = self.told.len();
        if self.json {
            output.json(&Document { data: self.rows, meta: Meta { dry_run, findings: all, done } });
        } else if all == 0 {
            output.say("there is nothing to resolve");
        } else if !dry_run {
            output.say(&format!("{done} of {all} resolved"));
        }
        if dry_run {
            output.say("nothing was sent: this was a dry run");
        }
        exit
    }
}
