//! What can be typed after `keydeck`.

mod audit;
mod backend;
mod campaign;
mod changes;
mod contain;
mod demo;
mod exposed;
mod import;
mod keyboard;
mod keys;
mod manual;
mod moving;
mod notices;
mod offboard;
mod place;
mod profile;
mod rotate;
mod scan;
mod server;
mod settings;
mod stats;
mod track;
mod usage;
mod users;
mod whereabouts;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub use audit::{Audit, AuditCommand, AuditExport, AuditList, AuditVerify, ExportFormat};
pub use backend::{Backend, BackendExam};
pub use campaign::{Campaign, CampaignCommand, CampaignEnd, CampaignList, CampaignRun, CampaignShow, CampaignStart};
pub use changes::{
    ChangeTab, Changes, ChangesCommand, ChangesForget, ChangesList, ChangesResume, Create, Disable, Edit, Enable,
    HandOver, How, Regenerate, Sink, Which,
};
pub use contain::{
    Contain, Drill, DrillCommand, DrillList, DrillRun, Incidents, IncidentsCommand, IncidentsList, IncidentsShow,
};
pub use demo::{Demo, DemoRole};
pub use exposed::{As, Exposed, ExposedResolve, ExposedRevoke, WhichFindings};
pub use import::ExposedImport;
pub use keyboard::Keys;
pub use keys::{Compare, Delete, List, Revoke, RevokeTab, Show, Tab};
pub use manual::{Completions, Help, Man};
pub use moving::{Move, Restore};
pub use notices::Notices;
pub use offboard::{Fates, Offboard};
pub use place::Place;
pub use profile::{Doctor, Login, Logout, Profile, ProfileAdd, ProfileList, ProfileRemove, ProfileTest, ProfileUse};
pub use rotate::{Done, Rotate, Rotations, RotationsCommand, RotationsList, RotationsValue};
pub use scan::Scan;
pub use server::{Backup, Init, Recover, Serve, Server, TestMail, User, UserAdd, UserDeactivate, UserKey};
pub use settings::{Settings, Ways};
pub use stats::{Stats, StatsBy, StatsTab};
pub use track::{Track, TrackAdd, TrackEdit, TrackList, TrackProbe, TrackRemove};
pub use usage::Usage;
pub use users::{Users, UsersAdd, UsersChange};
pub use whereabouts::Where;

/// See every key of a team, find one in a keystroke, revoke a hundred without fear.
///
/// Without a command: opens the console on the profile's server.
#[derive(Debug, Parser)]
#[command(name = "keydeck", version, after_help = EXAMPLES, after_long_help = EXAMPLES_AND_MORE)]
#[command(subcommand_required = false, disable_help_subcommand = true)]
pub struct Cli {
    /// The profile to use, instead of the environment and the default one
    #[arg(long, global = true, value_name = "NAME", help_heading = "Which server")]
    pub profile: Option<String>,
    /// The configuration file, instead of config.toml, or for the server server.toml, in the configuration directory
    #[arg(long, global = true, value_name = "FILE", help_heading = "Which server")]
    pub config: Option<PathBuf>,
    /// Draw the console in ASCII, as where the locale is not UTF-8
    #[arg(long)]
    pub ascii: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

macro_rules! help {
    ($($more:literal)?) => {
        concat!(
            "Examples:
  keydeck demo                         try it on a made-up team, leaving nothing behind
  keydeck                              open the console on the default profile
  keydeck --profile prod               open it on another
  keydeck list --tab team --json       the same keys, for a script

",
            $($more, "\n\n",)?
            "Exit codes: 0 done, 1 some not done or unknown, 2 usage or configuration, 3 denied, read-only or \
unconfirmed, 4 unreachable, 5 not supported by this backend, 6 not now: try again later"
        )
    };
}

const EXAMPLES: &str = help!();

const EXAMPLES_AND_MORE: &str = help!(
    "Environment:
  KEYDECK_URL, KEYDECK_API_KEY         a server and a key, only both together
                                       (https://…, on this machine unix:/PATH or http://127.0.0.1:PORT)
  KEYDECK_PROFILE                      the profile to use; --profile comes before it
  KEYDECK_LOG                          off, error, warn, info (default), debug or trace:
                                       what keydeck.log in the state directory tells

Configuration (config.toml):
  default_profile = \"prod\"
  [profiles.prod]
  backend = \"keydeck\"
  base_url = \"https://keys.acme.example\"
  credential = { command = [\"pass\", \"show\", \"keydeck\"] }
                                       # or { keyring = true }, { file = … }, { env = … }
  production = true
  read_only = false
  [keys]                               # your own keys: see keydeck keys --help
  \"X\" = \"revoke\""
);

/// A subcommand.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Try the console on a made-up team: a real server inside this process, gone when you leave
    Demo(Demo),
    /// Run the management server
    Serve(Serve),
    /// Look after the server's database on its own machine
    #[command(subcommand)]
    Server(Server),
    /// Print the audit log, or verify it
    Audit(Audit),
    /// Print keys as the console would show them
    List(List),
    /// Count keys: by age and last use, by owner, by the week in which they expire, and more
    Stats(Stats),
    /// Hold an inventory kept in a spreadsheet against the server: what is missing on either side
    Compare(Compare),
    /// Look for keys in files, in a text, in a git history, and tell whose they are and whether they are alive
    Scan(Scan),
    /// Show keys in full
    Show(Show),
    /// Find the places where a key lives, and what they hold: its present value, an old one, another
    Where(Where),
    /// Make a key
    Create(Create),
    /// Change a key's name, contacts or expiry, or narrow what it may do
    Edit(Edit),
    /// Give keys another owner: their values go on working
    Handover(HandOver),
    /// See what stops when somebody leaves, hand over, disable or revoke their keys, then deactivate them
    Offboard(Offboard),
    /// Disable keys, until they are enabled again
    Disable(Disable),
    /// Enable disabled keys
    Enable(Enable),
    /// Give one of your keys a new value
    Regenerate(Regenerate),
    /// Replace your own keys: make, deliver, move over, prove, and only then remove the old ones
    Rotate(Rotate),
    /// List rotations, and go on with them or back
    Rotations(Rotations),
    /// Have many keys rotated by a date: yours and your services' from here, the others' by their owners
    Campaign(Campaign),
    /// Delete your own keys, for ever
    Delete(Delete),
    /// Revoke keys, for ever
    Revoke(Revoke),
    /// Make leaked keys useless, prove it, and write down what was done
    Contain(Contain),
    /// List the leaks that were contained on this machine, and those that are open
    Incidents(Incidents),
    /// Find out what a backend really does
    #[command(subcommand)]
    Backend(Backend),
    /// Measure how fast a leak is contained, with a key that may do nothing
    Drill(Drill),
    /// Look after keys that were found where others can read them: list, resolve, revoke
    #[command(subcommand)]
    Exposed(Exposed),
    /// List changes of many keys that were cut short, and go on with them
    Changes(Changes),
    /// Tell what the plan allows in a month, and how much of it is used
    Usage(Usage),
    /// List the team's users, and change who is active and what they may do
    #[command(subcommand)]
    Users(Users),
    /// Write down keys that the backend does not list: whose, until when; never their values
    #[command(subcommand)]
    Track(Track),
    /// Read and change the team's settings, and tell before what a change does to the keys there are
    #[command(subcommand)]
    Settings(Settings),
    /// List what people are told of their keys, and whether it was sent
    Notices(Notices),
    /// List, add, choose, test and remove the profiles of config.toml
    #[command(subcommand)]
    Profile(Profile),
    /// Keep a profile's key on this machine, once its server has answered it
    Login(Login),
    /// Remove the key that is kept for a profile, and say what else holds it
    Logout(Logout),
    /// Look at the terminal, the files and the server, and say of each what is wrong and what to do
    Doctor(Doctor),
    /// Print what each key of the keyboard does in the console, and check [keys] of config.toml
    Keys(Keys),
    /// Read the manual: a chapter, or what a command takes
    Help(Help),
    /// Print a completion script for your shell
    Completions(Completions),
    /// Print the manual page, or write one for each command
    Man(Man),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn each_has_examples(command: &clap::Command) {
        if command.has_subcommands() {
            command.get_subcommands().for_each(each_has_examples);
        } else {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Examples:"), "{}", command.get_name());
        }
    }

    #[test]
    fn the_command_line_is_consistent_and_each_command_has_examples() {
        let mut cli = Cli::command();
        cli.build();
        cli.clone().debug_assert();
        each_has_examples(&cli);
    }
}
