//! Whether git has a file among those it keeps.

use super::on_disk::Target;
use crate::domain::rotation::Hook;
use crate::local::program::Tools;

/// How long git may take, in seconds.
const LIMIT: u64 = 5;

/// A repository's own settings must not make git run anything, whoever wrote them: no monitor, no hook, no other way to
/// fetch what a partial clone left out than none.
const SAFE: &[&str] = &[
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "protocol.allow=never",
    "-c",
    "submodule.recurse=false",
];
/// What is missing is not fetched, which would run what the repository names for that. Git before 2.44 knows only the list
/// of protocols, which goes before what a repository allows; no protocol has this name.
const NO_TRANSPORT: &[(&str, &str)] = &[
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
];

/// Whether git tracks the file; not so where there is no git, no repository, or no answer.
pub async fn tracks(tools: &Tools, path: &str) -> bool {
    let Ok(target) = Target::of(path) else { return false };
    let (Some(folder), Some(file)) = (target.folder().to_str(), target.path().to_str()) else { return false };
    let argv = [&["git", "-C", folder], SAFE, &["ls-files", "--error-unmatch", "--", file]].concat();
    let hook = Hook { argv: argv.into_iter().map(str::to_owned).collect(), seconds: LIMIT };
    tools.ask_with(&hook, NO_TRANSPORT).await.is_ok_and(|ran| ran.is_ok())
}
