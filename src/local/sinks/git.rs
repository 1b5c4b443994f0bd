//! Whether git has a file among those it keeps.

use super::on_disk::Target;
use crate::domain::rotation::Hook;
use crate::local::program::Tools;

/// How long git may take, in seconds.
const LIMIT: u64 = 5;

/// Whether git tracks the file; not so where there is no git, no repository, or no answer.
pub async fn tracks(tools: &Tools, path: &str) -> bool {
    let Ok(target) = Target::of(path) else { return false };
    let (Some(folder), Some(file)) = (target.folder().to_str(), target.path().to_str()) else { return false };
    // a repository's own settings must not make git run anything
    let argv = ["git", "-C", folder, "-c", "core.fsmonitor=false", "ls-files", "--error-unmatch", "--", file];
    let hook = Hook { argv: argv.map(str::to_owned).to_vec(), seconds: LIMIT };
    tools.ask(&hook, None, &[]).await.is_ok_and(|ran| ran.is_ok())
}
