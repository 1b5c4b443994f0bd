//! Figures of a team's keys.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::keys::{Suggested, VIEWS};
use crate::domain::picture::{By, Wanted};

/// `keydeck stats`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck stats                                       age of the value by last use, and how much is rot
  keydeck stats --by owner                            one line a person or service; who left stands on top
  keydeck stats --by week --tab team                  what expires in the next 26 weeks, and what of it is in use
  keydeck stats --by owner --json | jq -r '.data[] | select(.gone) | .filter'
  keydeck stats --svg map.svg                         the picture for a report
  keydeck stats --filter 'owner:ana,nora' --by month --csv > made.csv

Every line has the filter that finds its keys: keydeck list --filter, or / in the console, where m, b and t show the same \
pictures.")]
pub struct Stats {
    /// Figures by what; without it a map of the age of values and their last use
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = StatsBy::Map)]
    pub by: StatsBy,
    /// Which keys
    #[arg(long, value_enum, default_value_t = StatsTab::All)]
    pub tab: StatsTab,
    /// Only what matches, in the console's filter language; - reads it from standard input
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
    pub filter: Option<String>,
    /// Only what a view shows: stale, never-used, expiring, exposed-and-alive, owners-gone, or one of your own
    #[arg(long, value_name = "NAME", value_parser = Suggested(VIEWS), hide_possible_values = true)]
    pub view: Option<String>,
    /// One JSON document
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Comma-separated values, for a spreadsheet
    #[arg(long)]
    pub csv: bool,
    /// Draw the picture into a new file as well
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,
}

/// A tab of the console that has keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StatsTab {
    /// One's own API keys
    Mine,
    /// The team's API keys (admin)
    Team,
    /// Collection access keys
    Collections,
    /// API keys and collection access keys: the team's for an admin, else one's own
    All,
}

/// By what keys are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StatsBy {
    /// The age of the value, down, and the last use, across
    Map,
    /// Whose they are
    Owner,
    /// Enabled, disabled, revoked
    State,
    /// The collection that a collection access key reads
    Collection,
    /// The address that a key was last used from
    Source,
    /// The month in which they were made
    Month,
    /// The month in which they expire
    ExpiryMonth,
    /// How long ago they were last used
    LastUse,
    /// How old their values are
    Age,
    /// What they may do on the management API
    Access,
    /// What they are called
    Name,
    /// The team in what they are called, as in TEAM/PURPOSE
    Team,
    /// The week in which they expire, 26 weeks ahead
    #[value(alias = "expiry")]
    Week,
    /// The day on which they expire, 26 weeks ahead
    Day,
}

impl StatsBy {
    /// The picture that has the figures.
    pub fn wanted(self) -> Wanted {
        match self {
            Self::Map => Wanted::Map,
            Self::Week | Self::Day => Wanted::Expiry,
            Self::Owner => Wanted::Groups(By::Owner),
            Self::State => Wanted::Groups(By::State),
            Self::Collection => Wanted::Groups(By::Collection),
            Self::Source => Wanted::Groups(By::Source),
            Self::Month => Wanted::Groups(By::Month),
            Self::ExpiryMonth => Wanted::Groups(By::Expiry),
            Self::LastUse => Wanted::Groups(By::LastUse),
            Self::Age => Wanted::Groups(By::Age),
            Self::Access => Wanted::Groups(By::Access),
            Self::Name => Wanted::Groups(By::Name),
            Self::Team => Wanted::Groups(By::Team),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_group_has_its_name_here() {
        for by in By::ALL {
            let named = StatsBy::from_str(by.name(), false).unwrap();
            assert_eq!(named.wanted(), Wanted::Groups(by), "{}", by.name());
        }
    }
}
