//! Repositories as people, and people who mean harm, make them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs git in a folder; what it prints, without the line's end.
#[track_caller]
pub fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=Ana Souza", "-c", "user.email=ana@acme.example", "-c", "protocol.file.allow=always"])
        .args(["-c", "init.defaultBranch=main", "-c", "gc.auto=0"])
        .args(args)
        .env_remove("GIT_DIR")
        .env("GIT_AUTHOR_DATE", "2026-10-02T08:15:00+02:00")
        .output()
        .unwrap();
    assert!(output.status.success(), "{args:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

/// A repository with nothing in it.
pub fn repository(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    git(folder, &["init", "-q"]);
}

/// Writes a file and commits everything.
pub fn commit(folder: &Path, file: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
    git(folder, &["add", "-A"]);
    git(folder, &["commit", "-qm", "change", "--no-gpg-sign"]);
    git(folder, &["rev-parse", "HEAD"])
}

/// A clone in `home` that lacks the folder `inside`, whose index names it all the same, and which is set up to run `trap`
/// for whatever it lets somebody run, to fetch it above all.
pub fn partial_clone(home: &Path, trap: &str) -> PathBuf {
    let origin = home.join("origin");
    repository(&origin);
    commit(&origin, "top", "top");
    commit(&origin, "inside/deep/file", "file");
    git(&origin, &["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", origin.display());
    git(home, &["clone", "-q", "--filter=tree:0", "--sparse", &url, "clone"]);
    let clone = home.join("clone");
    git(&clone, &["sparse-checkout", "set", "--cone", "--sparse-index"]);
    let tree = git(&clone, &["rev-parse", "HEAD:inside"]);
    // what was fetched so far becomes single files, of which that of the folder can be taken away
    let (packs, aside) = (clone.join(".git/objects/pack"), home.join("packs"));
    std::fs::rename(&packs, &aside).unwrap();
    for pack in std::fs::read_dir(&aside).unwrap().map(|entry| entry.unwrap().path()) {
        if pack.extension().is_some_and(|extension| extension == "pack") {
            let unpacked = Command::new("git")
                .current_dir(&clone)
                .args(["unpack-objects", "-q"])
                .stdin(std::fs::File::open(&pack).unwrap())
                .status()
                .unwrap();
            assert!(unpacked.success());
        }
    }
    std::fs::remove_file(clone.join(".git/objects").join(&tree[..2]).join(&tree[2..])).unwrap();
    set_traps(&clone, trap);
    clone
}

/// Sets everything up to run `trap` that a repository can name.
pub fn set_traps(repository: &Path, trap: &str) {
    let hooks = repository.join(".git/hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    for hook in ["post-checkout", "post-index-change", "reference-transaction", "pre-commit"] {
        let _ = std::fs::remove_file(hooks.join(hook));
        std::os::unix::fs::symlink(trap, hooks.join(hook)).unwrap();
    }
    std::fs::write(repository.join(".git/info/attributes"), "* diff=trap filter=trap\n").unwrap();
    for (name, value) in [
        ("remote.origin.uploadpack", trap),
        ("core.fsmonitor", trap),
        ("core.sshCommand", trap),
        ("core.pager", trap),
        ("core.editor", trap),
        ("core.askPass", trap),
        ("core.alternateRefsCommand", trap),
        ("credential.helper", trap),
        ("diff.external", trap),
        ("diff.trap.textconv", trap),
        ("diff.trap.command", trap),
        ("filter.trap.smudge", trap),
        ("filter.trap.clean", trap),
        ("gpg.program", trap),
        ("log.showSignature", "true"),
        ("uploadpack.packObjectsHook", trap),
        ("alias.rev-list", &format!("!{trap}")),
        ("alias.cat-file", &format!("!{trap}")),
        ("protocol.allow", "always"),
        ("protocol.file.allow", "always"),
        ("protocol.ext.allow", "always"),
    ] {
        git(repository, &["config", name, value]);
    }
}
