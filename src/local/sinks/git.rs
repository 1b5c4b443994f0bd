//! Whether git has a file among those it keeps.

use super::on_disk::Target;
use crate::domain::rotation::Hook;
use crate::local::git::{NO_TRANSPORT, SAFE};
use crate::local::program::Tools;

/// How long git may take, in seconds.
const LIMIT: u64 = 5;

/// Whether git tracks the file; not so where there is no git, no repository, or no answer.
pub async fn tracks(tools: &Tools, path: &str) -> bool {
    let Ok(target) = Target::of(path) else { return false };
    let (Some(folder), Some(file)) = (target.folder().to_str(), target.path().to_str()) else { return false };
    let argv = [&["git", "-C", folder], SAFE, &["ls-files", "--error-unmatch", "--", file]].concat();
    let hook = Hook { argv: argv.into_iter().map(str::to_owned).collect(), seconds: LIMIT };
    tools.ask_with(&hook, NO_TRANSPORT).await.is_ok_and(|ran| ran.is_ok())
}
