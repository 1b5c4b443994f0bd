//! Findings whose key was revoked and that are still called open: a small file each, in a folder of the state directory,
//! until they are resolved. Several processes may add and take away at once, since none writes another's file; resolving a
//! finding twice does what resolving it once does.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::domain::bulk::Target;
use crate::domain::exposed::Unresolved;
use crate::domain::finding::Address;
use crate::domain::ids::KeyId;
use crate::domain::key_value::{KeyKind, fingerprint};
use crate::domain::time::{When, wire};
use crate::domain::untrusted::Untrusted;
use crate::system::file::{Replacement, make_private_folder, read_small};

/// The form of the files that this version writes, and the latest that it reads.
const VERSION: u32 = 1;
/// The most bytes of a file that are read.
const MAX_BYTES: u64 = 64 * 1024;
/// So many are read: nobody resolves more, and a folder may be anything.
const MOST: usize = 10_000;

/// Where they are kept.
#[derive(Clone, Debug)]
pub struct UnresolvedFolder(PathBuf);

/// Why one cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum UnresolvedError {
    #[error("{} cannot be used: {}", .0.display(), .1)]
    Io(PathBuf, io::Error),
    #[error("{} is not what keydeck wrote there (line {})", .0.display(), .1)]
    Broken(PathBuf, usize),
    #[error("{} is from a newer keydeck", .0.display())]
    Newer(PathBuf),
}

impl UnresolvedError {
    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Io(..) => "see that the state directory can be read and written",
            Self::Broken(..) => "move it away, and resolve the finding in Exposed Keys",
            Self::Newer(_) => "use that keydeck, or resolve the finding in Exposed Keys",
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form {
    version: u32,
    profile: String,
    server: String,
    secret_id: String,
    workspace_id: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    also: Vec<String>,
    key_id: String,
    key_kind: KindForm,
    #[serde(default)]
    name: String,
    #[serde(default)]
    url: String,
    #[serde(default)]
    since: String,
    #[serde(default)]
    trouble: Option<String>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KindForm {
    ApiKey,
    CollectionAccessKey,
}

/// The one thing that is known of every version's file.
#[derive(Deserialize)]
struct AnyVersion {
    version: u32,
}

impl UnresolvedFolder {
    /// The folder in the state directory. Nothing is made there before something is kept.
    pub fn of(state: &Path) -> Self {
        Self(state.join("unresolved-findings"))
    }

    /// Keeps one, in place of what was kept of the same finding.
    ///
    /// # Errors
    /// When it cannot be written; what was there is as it was then.
    pub fn keep(&self, one: &Unresolved) -> Result<(), UnresolvedError> {
        let path = self.path(one);
        let write = || {
            make_private_folder(&self.0)?;
            let mut text = serde_json::to_vec_pretty(&form(one))?;
            text.push(b'\n');
            Replacement::write(&path, ".new-", &text)?.put()
        };
        write().map_err(|error| UnresolvedError::Io(path, error))
    }

    /// Forgets one, which is resolved; one that is not there is forgotten already.
    ///
    /// # Errors
    /// When it cannot be taken away.
    pub fn forget(&self, one: &Unresolved) -> Result<(), UnresolvedError> {
        let path = self.path(one);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(UnresolvedError::Io(path, error)),
            _ => Ok(()),
        }
    }

    /// Those of a server, the oldest first, and what is told of files that cannot be read.
    pub fn read(&self, server: &str) -> (Vec<Unresolved>, Vec<UnresolvedError>) {
        let names = match std::fs::read_dir(&self.0) {
            Ok(names) => names,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return (Vec::new(), Vec::new()),
            Err(error) => return (Vec::new(), vec![UnresolvedError::Io(self.0.clone(), error)]),
        };
        let is_ours = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "json");
        let paths = names.filter_map(|name| Some(name.ok()?.path())).filter(is_ours).take(MOST);
        let (mut found, mut unreadable) = (Vec::new(), Vec::new());
        for path in paths {
            match read(&path) {
                Ok(one) if one.server == server => found.push(one),
                Ok(_) => {}
                // another process resolved it meanwhile
                Err(UnresolvedError::Io(_, error)) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => unreadable.push(error),
            }
        }
        found.sort_by(|a: &Unresolved, b| (a.since, &a.at.secret).cmp(&(b.since, &b.at.secret)));
        (found, unreadable)
    }

    /// A finding's file has its address for a name, so that there is never a second one.
    fn path(&self, one: &Unresolved) -> PathBuf {
        let name = fingerprint(&format!("{}\n{}\n{}", one.server, one.at.secret.as_str(), one.at.workspace));
        self.0.join(format!("{name}.json"))
    }
}

fn read(path: &Path) -> Result<Unresolved, UnresolvedError> {
    let text = read_small(path, MAX_BYTES).map_err(|error| UnresolvedError::Io(path.to_owned(), error))?;
    // without its words, which may quote what stands there
    let broken = |error: serde_json::Error| UnresolvedError::Broken(path.to_owned(), error.line());
    let AnyVersion { version } = serde_json::from_slice(&text).map_err(broken)?;
    if version > VERSION {
        return Err(UnresolvedError::Newer(path.to_owned()));
    }
    let form: Form = serde_json::from_slice(&text).map_err(broken)?;
    let kind = match form.key_kind {
        KindForm::ApiKey => KeyKind::ApiKey,
        KindForm::CollectionAccessKey => KeyKind::CollectionAccessKey,
    };
    Ok(Unresolved {
        profile: form.profile,
        server: form.server,
        at: Address { secret: KeyId::from(form.secret_id), workspace: form.workspace_id, also: form.also },
        key: Target { id: KeyId::from(form.key_id), kind },
        name: Untrusted::from(form.name),
        url: Untrusted::from(form.url),
        since: When::from_wire(&form.since).time().unwrap_or_default(),
        trouble: form.trouble.map(Untrusted::from),
    })
}

fn form(one: &Unresolved) -> Form {
    let text = |text: &Untrusted| text.as_received().to_owned();
    Form {
        version: VERSION,
        profile: one.profile.clone(),
        server: one.server.clone(),
        secret_id: one.at.secret.as_str().to_owned(),
        workspace_id: one.at.workspace.clone(),
        also: one.at.also.clone(),
        key_id: one.key.id.as_str().to_owned(),
        key_kind: match one.key.kind {
            KeyKind::ApiKey => KindForm::ApiKey,
            KeyKind::CollectionAccessKey => KindForm::CollectionAccessKey,
        },
        name: text(&one.name),
        url: text(&one.url),
        since: wire(one.since),
        trouble: one.trouble.as_ref().map(text),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const SERVER: &str = "https://keys.acme.example";
    /// As version 1 writes it.
    const FORM_1: &str = include_str!("../../tests/journal_forms/unresolved-1.json");

    fn one(secret: &str) -> Unresolved {
        Unresolved {
            profile: "acme".to_owned(),
            server: SERVER.to_owned(),
            at: Address { secret: secret.into(), workspace: "github".to_owned(), also: Vec::new() },
            key: Target { id: "01JQ8ZK3M5N7P9R1T3V5X7Z9B1".into(), kind: KeyKind::ApiKey },
            name: "ci-deploy".into(),
            url: "https://git.example/acme/infra/blob/main/.env".into(),
            since: When::from_wire("2026-11-21T08:30:00.000Z").time().unwrap(),
            trouble: Some("503 Service Unavailable".into()),
        }
    }

    #[test]
    fn every_form_that_was_ever_written_is_read() {
        let state = tempfile::tempdir().unwrap();
        let folder = UnresolvedFolder::of(state.path());
        std::fs::create_dir(&folder.0).unwrap();
        std::fs::write(folder.0.join("any.json"), FORM_1).unwrap();
        let (found, unreadable) = folder.read(SERVER);
        assert!(unreadable.is_empty(), "{unreadable:?}");
        assert_eq!(found, [one("sec=ret")]);
        folder.keep(&one("sec=ret")).unwrap();
        let written = std::fs::read_to_string(folder.path(&one("sec=ret"))).unwrap();
        assert_eq!(written, FORM_1, "the latest form is the one that is written");
    }

    #[test]
    fn one_finding_is_one_private_file_and_other_servers_have_theirs() {
        let state = tempfile::tempdir().unwrap();
        let folder = UnresolvedFolder::of(&state.path().join("state"));
        assert!(folder.read(SERVER).0.is_empty() && !folder.0.exists(), "nothing is made to look");
        folder.forget(&one("a")).unwrap();
        folder.keep(&one("a")).unwrap();
        folder.keep(&Unresolved { trouble: None, ..one("a") }).unwrap();
        folder.keep(&Unresolved { at: Address { workspace: "w".to_owned(), ..one("a").at }, ..one("a") }).unwrap();
        folder.keep(&Unresolved { server: "https://other.example".to_owned(), ..one("a") }).unwrap();
        assert_eq!((folder.read(SERVER).0.len(), folder.read("https://other.example").0.len()), (2, 1));
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder.0), mode(&folder.path(&one("a")))), (0o700, 0o600));
        folder.forget(&one("a")).unwrap();
        assert_eq!(folder.read(SERVER).0.len(), 1);
    }

    #[test]
    fn what_is_broken_or_newer_is_told_and_left_alone() {
        let state = tempfile::tempdir().unwrap();
        let folder = UnresolvedFolder::of(state.path());
        folder.keep(&one("a")).unwrap();
        for (name, text) in
            [("b.json", "{\"version\":2}"), ("c.json", "{\n\"version\":1}"), ("d.txt", "x"), (".new-x", "")]
        {
            std::fs::write(folder.0.join(name), text).unwrap();
        }
        let (found, unreadable) = folder.read(SERVER);
        let mut told: Vec<String> = unreadable.iter().map(ToString::to_string).collect();
        told.sort();
        assert_eq!((found.len(), told.len()), (1, 2), "{told:?}");
        assert!(told[0].ends_with("is from a newer keydeck") && told[1].contains("(line 2)"), "{told:?}");
        assert!(folder.0.join("b.json").exists() && folder.0.join("c.json").exists());
    }
}
