use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::*;

const VALUE: &str = "kdk_0123456789ABCDEFGHIJKLMNOPQRST1Ir0du";

fn value() -> Secret {
    Secret::new(VALUE.to_owned())
}

struct Fixture {
    folder: tempfile::TempDir,
}

impl Fixture {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str) -> Place {
        Place { path: self.path(name).to_str().unwrap().to_owned(), name: None }
    }

    fn line(&self, name: &str) -> Place {
        Place { name: Some("API_KEY".to_owned()), ..self.file(name) }
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let all = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = all.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn a_file_holds_the_value_and_keeps_its_mode_and_its_end() {
    let fixture = Fixture::new(&[("ends", "old\n"), ("ends-not", "old"), ("crlf", "old\r\n")]);
    fs::set_permissions(fixture.path("ends"), fs::Permissions::from_mode(0o640)).unwrap();
    for (name, end) in [("ends", "\n"), ("ends-not", ""), ("crlf", "\r\n"), ("new", "\n")] {
        let place = fixture.file(name);
        let before = place.read().unwrap();
        assert_eq!(before.as_ref().map(Secret::expose), (name != "new").then_some("old"), "{name}");
        place.write(&value()).unwrap();
        assert_eq!(fixture.text(name), format!("{VALUE}{end}"));
        assert_eq!(place.read().unwrap().unwrap().expose(), VALUE);
        if let Some(before) = before {
            place.put_back(&before).unwrap();
            assert_eq!(fixture.text(name), format!("old{end}"));
        } else {
            assert_eq!(mode(&fixture.path(name)), 0o600);
            place.remove().unwrap();
            place.remove().unwrap();
            assert!(place.read().unwrap().is_none());
        }
    }
    assert_eq!(mode(&fixture.path("ends")), 0o640);
    assert_eq!(fixture.names(), ["crlf", "ends", "ends-not"]);
}

#[test]
fn a_line_changes_and_the_file_stays_what_it_was() {
    let text = "# settings\r\nexport API_KEY=\"old\"  # the key\r\nOTHER=1";
    let fixture = Fixture::new(&[(".env", text)]);
    fs::set_permissions(fixture.path(".env"), fs::Permissions::from_mode(0o600)).unwrap();
    let place = fixture.line(".env");
    let before = place.read().unwrap().unwrap();
    assert_eq!(before.expose(), "old");
    place.write(&value()).unwrap();
    assert_eq!(fixture.text(".env"), text.replace("old", VALUE));
    assert_eq!(mode(&fixture.path(".env")), 0o600);
    let facts = fs::metadata(fixture.path(".env")).unwrap();
    place.write(&value()).unwrap();
    // what is there already is not written again
    assert_eq!(fs::metadata(fixture.path(".env")).unwrap().ino(), facts.ino());
    place.put_back(&before).unwrap();
    assert_eq!(fixture.text(".env"), text);
    assert_eq!(fixture.names(), [".env"]);
}

#[test]
fn a_line_that_was_not_there_is_added_and_removed() {
    let fixture = Fixture::new(&[(".env", "A=1\n")]);
    for (name, before) in [(".env", Some("A=1\n")), ("new.env", None)] {
        let place = fixture.line(name);
        assert!(place.read().unwrap().is_none());
        place.write(&value()).unwrap();
        assert_eq!(fixture.text(name), format!("{}API_KEY={VALUE}\n", before.unwrap_or_default()));
        place.remove().unwrap();
        place.remove().unwrap();
        assert_eq!(fixture.text(name), before.unwrap_or_default());
    }
    assert_eq!(mode(&fixture.path("new.env")), 0o600);
    fixture.line("never.env").remove().unwrap();
    assert_eq!(fixture.names(), [".env", "new.env"]);
}

#[test]
fn a_link_is_followed_as_long_as_it_stays_in_its_folder() {
    let elsewhere = Fixture::new(&[("secret", "API_KEY=old\n")]);
    let fixture = Fixture::new(&[("real.env", "API_KEY=old\n")]);
    symlink("real.env", fixture.path(".env")).unwrap();
    symlink(elsewhere.path("secret"), fixture.path("out.env")).unwrap();
    symlink("nowhere", fixture.path("dangling.env")).unwrap();
    fixture.line(".env").write(&value()).unwrap();
    assert!(fs::symlink_metadata(fixture.path(".env")).unwrap().is_symlink());
    assert_eq!(fixture.text("real.env"), format!("API_KEY={VALUE}\n"));
    let error = fixture.line("out.env").write(&value()).unwrap_err();
    assert!(error.to_string().contains("is a link that leaves its folder"), "{error}");
    assert_eq!(elsewhere.text("secret"), "API_KEY=old\n");
    assert!(fixture.line("dangling.env").write(&value()).is_err());
}

#[test]
fn what_is_no_file_is_refused() {
    let fixture = Fixture::new(&[("large", &"x".repeat(1024 * 1024 + 1)), ("utf16", "A\0=\0")]);
    fs::create_dir(fixture.path("folder")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, fixture.path("pipe"), rustix::fs::Mode::RWXU).unwrap();
    for (name, why) in [
        ("folder", "not a regular file"),
        ("pipe", "not a regular file"),
        ("large", "larger than 1024 KiB"),
        ("utf16", "not a text file"),
        ("none/file", "no such file or folder"),
    ] {
        for error in [fixture.line(name).write(&value()).unwrap_err(), fixture.line(name).check().unwrap_err()] {
            assert!(error.to_string().contains(why), "{name}: {error}");
            assert!(!error.hint().is_empty() && !error.maybe_done());
        }
    }
    assert!(fixture.names().iter().all(|name| !name.contains("keydeck")), "{:?}", fixture.names());
}

#[test]
fn what_a_crash_left_beside_is_removed_and_what_another_writes_is_not() {
    let fixture = Fixture::new(&[(".env", "API_KEY=old\n"), ("..env.keydeck", "half a val")]);
    let place = fixture.line(".env");
    let other = fs::File::open(fixture.path("..env.keydeck")).unwrap();
    other.lock().unwrap();
    let error = place.write(&value()).unwrap_err();
    assert!(error.to_string().starts_with("another keydeck is writing"), "{error}");
    assert_eq!(fixture.text(".env"), "API_KEY=old\n");
    drop(other);
    place.write(&value()).unwrap();
    assert_eq!(fixture.text(".env"), format!("API_KEY={VALUE}\n"));
    assert_eq!(fixture.names(), [".env"]);
}

#[test]
fn a_change_by_somebody_else_meanwhile_is_kept() {
    let fixture = Fixture::new(&[(".env", "A=1\n")]);
    let path = fixture.path(".env");
    let target = Target::of(path.to_str().unwrap()).unwrap();
    let mut first = true;
    target
        .replace(|now| {
            if std::mem::take(&mut first) {
                fs::write(&path, "A=1\nB=2\n").unwrap();
            }
            Ok(Zeroizing::new([now.unwrap_or_default(), b"C=3\n"].concat()))
        })
        .unwrap();
    assert_eq!(fixture.text(".env"), "A=1\nB=2\nC=3\n");
    let mut count = 0;
    let error = target
        .replace(|_| {
            count += 1;
            fs::write(&path, format!("N={count}\n").repeat(count)).unwrap();
            Ok(Zeroizing::new(b"lost".to_vec()))
        })
        .unwrap_err();
    assert!(error.to_string().contains("is being changed by something else"), "{error}");
    assert!(fixture.text(".env").starts_with("N="));
}

#[test]
fn a_check_changes_nothing_and_says_what_to_know() {
    let fixture = Fixture::new(&[(".env", "API_KEY=a\nAPI_KEY=b\n"), ("many", "a\nb\n"), ("quiet", "x\n")]);
    fs::set_permissions(fixture.path(".env"), fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(fixture.path("quiet"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::hard_link(fixture.path("many"), fixture.path("other")).unwrap();
    let notes = fixture.line(".env").check().unwrap().join("; ");
    assert_eq!(
        notes,
        "others can read this file (mode 644); API_KEY stands there 2 times; all of them are changed; they differ; a way \
         back gives each what the last one has"
    );
    let notes = fixture.file("many").check().unwrap().join("; ");
    assert!(notes.contains("another name") && notes.contains("several lines"), "{notes}");
    assert!(fixture.file("quiet").check().unwrap().is_empty());
    assert!(fixture.file("new").check().unwrap().is_empty());
    assert_eq!(fixture.names(), [".env", "many", "other", "quiet"]);
}

#[test]
fn no_error_has_the_value_in_it() {
    let fixture = Fixture::new(&[]);
    for path in [format!("/nowhere/{VALUE}"), fixture.path(VALUE).join("x").to_str().unwrap().to_owned()] {
        let error = Place { path, name: None }.write(&value()).unwrap_err();
        assert!(!format!("{error} {} {error:?}", error.hint()).contains("0123456789"), "{error}");
    }
}
