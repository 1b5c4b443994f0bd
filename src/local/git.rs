//! Asking git in a folder that may be anybody's: nothing that a repository configures is run, and nothing is fetched.

/// A repository's own settings must not make git run anything, whoever wrote them: no monitor, no hook, no other way to
/// fetch what a partial clone left out than none.
pub const SAFE: &[&str] = &[
    "-c",
    "core.fsmonitor=false",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "protocol.allow=never",
    "-c",
    "submodule.recurse=false",
    "-c",
    "advice.graftFileDeprecated=false",
];
/// What is missing is not fetched, which would run what the repository names for that. Git before 2.44 knows only the list
/// of protocols, which goes before what a repository allows; no protocol has this name.
pub const NO_TRANSPORT: &[(&str, &str)] = &[
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
];
/// What is there is read, not what a repository says to read in its place.
pub const AS_IT_IS: &[(&str, &str)] = &[("GIT_NO_REPLACE_OBJECTS", "1"), ("GIT_GRAFT_FILE", "/dev/null")];
/// Variables by which git is told of another repository than the one in the folder, as in a hook, or of more settings.
pub const ELSEWHERE: &[&str] = &[
    "GIT_DIR",
    "GIT_COMMON_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_CONFIG_PARAMETERS",
    "GIT_CONFIG_COUNT",
    "GIT_TRACE",
];
