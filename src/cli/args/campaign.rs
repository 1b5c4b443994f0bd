//! Many keys that are rotated by a date.

use clap::{Args, Subcommand};

/// `keydeck campaign`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
#[command(after_help = "Examples:
  keydeck campaign start 'June 2027' --filter 'age:>150d' --by 2027-06-30
  keydeck campaign                               those that are open
  keydeck campaign show 'June 2027'              owner by state, and what needs somebody
  keydeck campaign run 'June 2027' --yes         from a nightly timer: as far as it goes
  keydeck campaign resume 'June 2027'            after a key failed, and you looked at it
  keydeck campaign end 'June 2027'")]
pub struct Campaign {
    /// What to do with campaigns.
    #[command(subcommand)]
    pub command: Option<CampaignCommand>,
    /// What to list.
    #[command(flatten)]
    pub list: CampaignList,
}

/// What to do with campaigns.
#[derive(Debug, Subcommand)]
pub enum CampaignCommand {
    /// List those that are open; asks no server
    List(CampaignList),
    /// Fix which keys are to be rotated by when, and rotate those of your own and of services, one first
    Start(CampaignStart),
    /// Tell how one stands: owner by state, what needs somebody, key by key
    #[command(visible_alias = "status")]
    Show(CampaignShow),
    /// Go on as far as it goes: rotations that are under way, then waves
    Run(CampaignRun),
    /// Go on although a key failed: you looked at it
    Resume(CampaignRun),
    /// End it although keys are left: nothing more is begun, what is under way stays so
    #[command(visible_alias = "stop")]
    End(CampaignEnd),
}

/// `keydeck campaign list`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck campaign list --json | jq -r '.data[] | select(.overdue) | .name'
  keydeck campaign list --over                   also those that are over")]
pub struct CampaignList {
    /// Also those that are over
    #[arg(long)]
    pub over: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck campaign start`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck campaign start 'June 2027' --filter 'age:>150d' --by 2027-06-30 --dry-run
  keydeck campaign start 'June 2027' --filter 'age:>150d' --by 2027-06-30 --wave 20
  keydeck campaign start leavers --filter 'owner:gone' --by 14d --waves 0     only watch, until it is run
  keydeck campaign start mine --mine --filter '' --by 2w --yes --json

The filter is read once: these keys and no others, whoever makes more. Your own keys and, for an admin, those of services are \
rotated from here where it is known where their new values go: by [rotation.\"NAME\"] in config.toml, or by the rotation that \
made the key. One key is rotated first, then waves; the first that fails stops it. The keys of others are watched: whoever \
has rotated their own counts as rotated.")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct CampaignStart {
    /// What it is called
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Every key that matches and works, in the console's filter language; - reads it from standard input
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
    pub filter: String,
    /// Until when all are to be rotated: a date, whose last second counts, or 30d, 6w
    #[arg(long, value_name = "DATE")]
    pub by: String,
    /// Only your own keys, although you may see the team's
    #[arg(long)]
    pub mine: bool,
    /// How many keys each wave begins, once the first key came through [default: 10]
    #[arg(long, value_name = "N")]
    pub wave: Option<usize>,
    /// Begin this many waves at most, and leave the others to keydeck campaign run; 0 begins none
    #[arg(long, value_name = "N")]
    pub waves: Option<usize>,
    /// Refuse when more than this many keys would be rotated from here [default: 100]
    #[arg(long, value_name = "N")]
    pub max: Option<usize>,
    /// Show which keys it would be, and what would become of each; nothing is begun
    #[arg(long)]
    pub dry_run: bool,
    /// Without asking: the old keys are revoked when their time has come
    #[arg(long)]
    pub yes: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck campaign show`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("form").args(["json", "csv", "markdown"]))]
#[command(after_help = "Examples:
  keydeck campaign show 'June 2027'
  keydeck campaign show 'June 2027' --keys       key by key
  keydeck campaign show 'June 2027' --markdown > report.md
  keydeck campaign show 'June 2027' --csv > report.csv
  keydeck campaign show 'June 2027' --json | jq -r '.data[] | select(.state == \"needsSomebody\") | .run'")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct CampaignShow {
    /// Its name, or its id or the beginning of that
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Tell of each key
    #[arg(long)]
    pub keys: bool,
    /// As it was seen last, without asking the server
    #[arg(long)]
    pub recorded: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
    /// The keys as CSV
    #[arg(long)]
    pub csv: bool,
    /// All of it as Markdown
    #[arg(long)]
    pub markdown: bool,
}

/// `keydeck campaign run` and `keydeck campaign resume`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck campaign run 'June 2027'
  keydeck campaign run 'June 2027' --waves 1     one wave, then look
  keydeck campaign run 'June 2027' --yes --json  from a timer
  keydeck campaign resume 'June 2027'            after a failure that you looked at")]
pub struct CampaignRun {
    /// Its name, or its id or the beginning of that
    #[arg(value_name = "NAME")]
    pub name: String,
    /// Begin this many waves at most
    #[arg(long, value_name = "N")]
    pub waves: Option<usize>,
    /// Without asking: the old keys are revoked when their time has come
    #[arg(long)]
    pub yes: bool,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}

/// `keydeck campaign end`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck campaign end 'June 2027'
  keydeck campaign end 01JQ8ZK3 --json")]
pub struct CampaignEnd {
    /// Its name, or its id or the beginning of that
    #[arg(value_name = "NAME")]
    pub name: String,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}
