//! The keys of the keyboard.

use clap::Args;

/// `keydeck keys`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  keydeck keys                      the keys in effect
  keydeck keys --json | jq -r '.data[] | select(.action == \"revoke\") | .keys[]'

In config.toml:
  [keys]
  \"X\" = \"revoke\"                  one more key for an action
  revoke = [\"X\", \"Delete\"]        these keys and no others
  \"d\" = \"\"                        nothing on this key; disable = [] is no key for this action
  [keys.review]                     the same for one context only
  \"Space\" = \"page-down\"

What is wrong there goes to standard error, all of it; the console uses its default keys until it is right.

Exit codes: 0 right, 2 something is wrong")]
pub struct Keys {
    /// One JSON document
    #[arg(long)]
    pub json: bool,
}
