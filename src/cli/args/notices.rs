//! What people are told of their keys.

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::domain::notice::NoticeState;

/// `keydeck notices`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck notices                        the latest hundred; who is no admin sees what they are told themselves
  keydeck notices --state dead           what could not be sent, and why
  keydeck notices --mine --json

waiting: not sent yet. sent: taken every way that the server has. dead: given up after a day. void: not sent, since it was not \
true any more, a later one told of the same key, or it waited in a backup that was restored. Notices are kept for a month. Moments are in UTC.")]
pub struct Notices {
    /// Only those in this state
    #[arg(long, value_name = "STATE", value_parser = PossibleValuesParser::new(NoticeState::WORDS))]
    pub state: Option<String>,
    /// Only what you are told yourself
    #[arg(long)]
    pub mine: bool,
    /// At most so many notices
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: u32,
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}
