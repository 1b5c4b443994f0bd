//! Finding and revoking keys.

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Args, ValueEnum};

use super::changes::How;
use crate::cli::fields::OF_KEYS;

/// Any text, with some of what it may be for a shell to complete; what it must be is said where it is read.
#[derive(Clone)]
pub(super) struct Suggested(pub &'static [&'static str]);

impl TypedValueParser for Suggested {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().map(PossibleValue::new)))
    }
}

/// The views that there always are.
pub(super) const VIEWS: &[&str] =
    &["stale", "never-used", "expiring", "exposed-and-alive", "stopped-and-tried", "owners-gone"];

/// The columns of all tables.
const COLUMNS: &[&str] = &[
    "name",
    "key",
    "owner",
    "status",
    "expires",
    "last-used",
    "created",
    "access",
    "tried",
    "secret",
    "source",
    "where",
    "detected",
    "exposed",
    "occurrences",
    "resolution",
];

/// `keydeck list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck list                                              one's own keys
  keydeck list --tab team --filter 'owner:ana,nora idle:>90d'    as typed after / in the console
  keydeck list --tab team --filter 'expires:<14d' --sort status,expires
  keydeck list --tab exposed --json | jq '.data[].url'
  keydeck list --tab team --view owners-gone                the console's views, and those saved there
  keydeck list --tab all --csv --columns name,owner,status,expires > keys.csv
  keydeck list --tab team --filter 'exposed:yes status:enabled' --exit-code || notify
  pbpaste | keydeck list --tab team --filter -              kept off the command line

--json prints one form for every kind of key; --csv prints the same fields, and nothing in it is run by a spreadsheet.")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct List {
    /// Which keys
    #[arg(long, value_enum, default_value_t = Tab::Mine)]
    pub tab: Tab,
    /// Only what matches, in the console's filter language; - reads it from standard input
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
    pub filter: Option<String>,
    /// Only what a view shows: stale, never-used, expiring, exposed-and-alive, owners-gone, or one of your own
    #[arg(long, value_name = "NAME", value_parser = Suggested(VIEWS), hide_possible_values = true)]
    pub view: Option<String>,
    /// The column to sort by, and perhaps a second one: status,expires; a - before a name turns its order round
    #[arg(long, value_name = "COLUMN[,COLUMN]", allow_hyphen_values = true,
        value_parser = Suggested(COLUMNS), hide_possible_values = true)]
    pub sort: Option<String>,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
    /// With --json: the fields as the backend's own API names them, instead of one form for every kind of key
    #[arg(long, requires = "json", conflicts_with = "columns")]
    pub wire: bool,
    /// Comma-separated values, for a spreadsheet
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    /// Only these fields, by their names in JSON, with commas between
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_parser = Suggested(OF_KEYS),
        hide_possible_values = true)]
    pub columns: Option<Vec<String>>,
    /// End with 10 when something matches, with 0 when nothing does
    #[arg(long)]
    pub exit_code: bool,
}

/// A tab of the console that has rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tab {
    /// One's own API keys
    Mine,
    /// The team's API keys (admin)
    Team,
    /// Collection access keys
    Collections,
    /// Keys found where others can read them (admin)
    Exposed,
    /// API keys and collection access keys: the team's for an admin, else one's own
    All,
}

/// `keydeck revoke`.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").required(true).multiple(true).args(["ids", "filter", "view", "all"]))]
#[command(after_help = "Examples:
  keydeck revoke 01JQ8ZK3 01JQ8ZK9                                    after a review, on a terminal
  keydeck revoke --tab team --filter owner:=ana@acme.example --dry-run      what would go
  keydeck revoke --tab team --filter 'used:never created:<2026-01-01' --max 500 --yes --json
  keydeck revoke - --yes < ids.txt                                    one id a line
  keydeck revoke --all --except 01JQ8ZK3 --dry-run                    every key of the team

A part of a name matches whoever has it: owner:=ana@acme.example is Ana alone, owner:=\"ana souza\" all of that name.

Revoking is final. The keys are read again for the review, which sets apart those in use and leaves out, by name, those that \
your role may not revoke. The key this command itself uses is left out unless --include-self asks for it; then it goes last. \
^C stops sending: what was sent is reported, the rest is not sent.")]
pub struct Revoke {
    /// Ids, as keydeck list prints them, or the beginning of one; - reads them from standard input, one a line
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// Every key that matches, in the console's filter language; - reads it from standard input
    #[arg(long, value_name = "QUERY", requires = "tab", conflicts_with = "ids", allow_hyphen_values = true)]
    pub filter: Option<String>,
    /// Every key that a view shows, as keydeck list --view; with --filter: of those that match
    #[arg(long, value_name = "NAME", requires = "tab", conflicts_with = "ids", value_parser = Suggested(VIEWS),
        hide_possible_values = true)]
    pub view: Option<String>,
    /// Which keys the filter or the view looks at
    #[arg(long, value_enum, conflicts_with = "ids")]
    pub tab: Option<RevokeTab>,
    /// Only say what would be revoked
    #[arg(long)]
    pub dry_run: bool,
    /// Without asking; needed where there is no terminal
    #[arg(long)]
    pub yes: bool,
    /// With --filter: agree that an empty one means every key of the tab. Alone: every key of the team, in one act of the
    /// server's, for an admin
    #[arg(long, conflicts_with = "ids")]
    pub all: bool,
    /// With --all alone: leave these keys out; may be given several times
    #[arg(long, value_name = "ID", requires = "all", conflicts_with_all = ["ids", "filter", "view", "tab"])]
    pub except: Vec<String>,
    /// Refuse when there are more than this many keys [default with --filter or --view: 100]
    #[arg(long, value_name = "N")]
    pub max: Option<usize>,
    /// Also the key this command itself uses, last
    #[arg(long)]
    pub include_self: bool,
    /// A note for the server's audit log
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

impl Revoke {
    /// Whether every key of the team is meant, rather than those that something finds.
    pub fn means_all(&self) -> bool {
        self.all && self.ids.is_empty() && self.filter.is_none() && self.view.is_none()
    }
}

/// A tab whose keys can be revoked by filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RevokeTab {
    /// One's own API keys
    Mine,
    /// The team's API keys (admin)
    Team,
    /// Collection access keys
    Collections,
}

/// `keydeck show`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck show 01JQ8ZK3
  keydeck show 01JQ8ZK3 01JQ8ZK9 --json | jq '.data[].rotatedFrom'
  pbpaste | keydeck show -                    whose key is this? only its hash is sent
  keydeck show - < leaked-list.txt            each key whose value stands in a text, however it is written
  pbpaste | keydeck show - --probe            and does it still work?

Where the server finds no key by its value, as postman.gov.sg, its last five characters are compared with those of each key that \
is listed, and nothing of it is sent but with --probe.

Shows what the console's Enter shows, which keys it replaced and which replaced it, and the findings that name it (admin).")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Show {
    /// Ids, as keydeck list prints them, or the beginning of one; - finds the keys whose values stand in standard input
    #[arg(value_name = "KEY", required = true)]
    pub ids: Vec<String>,
    /// With -: standard input is one value of a form that keydeck does not know; its hash is sent
    #[arg(long)]
    pub any_form: bool,
    /// With -: also ask the server whether it accepts each value that is of its own kind; for that the value itself is sent
    #[arg(long)]
    pub probe: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
    /// With --json: the fields as the backend's own API names them, instead of one form for every kind of key
    #[arg(long, requires = "json")]
    pub wire: bool,
}

/// `keydeck compare`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck compare keys.csv
  keydeck compare keys.csv --json | jq '.data[] | select(.outcome != \"same\")'
  keydeck list --tab all --csv > yesterday.csv; keydeck compare yesterday.csv

A line is about the key whose value, id, masked value or name stands in one of its cells, whatever the columns are called. \
Values are hashed here and never sent. Revoked keys need no line. Ends with 0 when the two agree, with 1 when they differ.")]
pub struct Compare {
    /// Comma-, semicolon- or tab-separated values; - for standard input
    #[arg(value_name = "FILE")]
    pub file: std::path::PathBuf,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck delete`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck delete 01JQ8ZK3
  keydeck delete 01JQ8ZK3 01JQ8ZK9 --yes --json

Deletes your own keys: they are revoked for ever. Anybody else's are keydeck revoke's.")]
pub struct Delete {
    /// Ids of your own keys, as keydeck list prints them, or the beginning of one; - reads them from standard input
    #[arg(value_name = "KEY", required = true)]
    pub ids: Vec<String>,
    /// Also the key this command itself uses, last
    #[arg(long)]
    pub include_self: bool,
    /// A note for the server's audit log
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// How.
    #[command(flatten)]
    pub how: How,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sort::Column;
    use crate::domain::views::BUILT_IN;

    #[test]
    fn what_a_shell_completes_is_what_there_is() {
        let hyphened = |name: &str| name.replace(' ', "-");
        assert_eq!(VIEWS, BUILT_IN.map(|(name, _)| hyphened(name)));
        let columns = Column::for_keys().iter().chain(Column::for_findings());
        let mut names: Vec<String> = columns.map(|column| hyphened(column.title())).collect();
        names.sort();
        names.dedup();
        let mut known = COLUMNS.to_vec();
        known.sort_unstable();
        assert_eq!(known, names);
    }
}
