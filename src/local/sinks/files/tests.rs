use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::*;
use crate::domain::rotation::OldKey;

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
        Place { path: self.path(name).to_str().unwrap().to_owned(), part: Part::Whole }
    }

    fn line(&self, name: &str) -> Place {
        Place { part: Part::Line("API_KEY".to_owned(), EnvRules::Common), ..self.file(name) }
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
        for error in [fixture.line(name).write(&value()).unwrap_err(), look(&fixture.line(name)).unwrap_err()] {
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
fn a_look_changes_nothing_and_says_what_to_know() {
    let fixture = Fixture::new(&[(".env", "API_KEY=a\nAPI_KEY=b\n"), ("many", "a\nb\n"), ("quiet", "x\n")]);
    fs::set_permissions(fixture.path(".env"), fs::Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(fixture.path("quiet"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::hard_link(fixture.path("many"), fixture.path("other")).unwrap();
    let seen = look(&fixture.line(".env")).unwrap();
    assert_eq!(
        seen.notes,
        [
            "others can read this file (mode 644): chmod 600 it, unless they must",
            "API_KEY stands there 2 times; all of them are changed",
            "they differ; a way back gives each what the last one has"
        ]
    );
    assert!(matches!(seen.holding, Holding::Other(why) if why.contains("lines 1 and 2 hold different values")));
    let notes = look(&fixture.file("many")).unwrap().notes.join("; ");
    assert!(notes.contains("another name") && notes.contains("several lines"), "{notes}");
    assert!(look(&fixture.file("quiet")).unwrap().notes.is_empty());
    assert!(look(&fixture.file("new")).unwrap().notes.is_empty());
    assert_eq!(fixture.names(), [".env", "many", "other", "quiet"]);
}

fn made(name: &str) -> String {
    let start = format!("{}_{name:0>30}", "kdk");
    format!("{start}{}", crate::domain::key_value::checksum(&start))
}

fn old(value: &str) -> OldKey {
    let digest = Some(crate::domain::key_value::digest(value));
    OldKey::of(&crate::domain::key::Key { digest, ..crate::domain::key::Key::sample("a") }, None)
}

/// What is seen when the old key is this one.
fn seen(place: &Place, value: &str) -> Result<Look, SinkError> {
    let old = old(value);
    place.look(Old::of(&old))
}

fn look(place: &Place) -> Result<Look, SinkError> {
    seen(place, &made("OLD"))
}

/// The notes of a look at a place that holds the old key.
#[track_caller]
fn notes_of_old(place: &Place, value: &str) -> String {
    let seen = seen(place, value).unwrap();
    assert_eq!(seen.holding, Holding::OldKey, "{:?}", seen.notes);
    seen.notes.join("; ")
}

/// Why a place is not the one that is meant.
#[track_caller]
fn other(place: &Place) -> String {
    match look(place).unwrap().holding {
        Holding::Other(why) => why,
        holding => panic!("{holding:?}"),
    }
}

fn with_values(text: &str) -> String {
    (0..9).fold(text.to_owned(), |text, n| text.replace(&format!("{{K{n}}}"), &made(&format!("K{n}"))))
}

#[test]
fn an_env_file_from_a_real_job_is_looked_at_with_care() {
    let text = with_values(include_str!("deploy.env"));
    let fixture = Fixture::new(&[("deploy.env", &text)]);
    fs::set_permissions(fixture.path("deploy.env"), fs::Permissions::from_mode(0o600)).unwrap();
    let line = |name: &str| Place { part: Part::Line(name.to_owned(), EnvRules::Common), ..fixture.file("deploy.env") };
    assert_eq!(notes_of_old(&line("API_KEY"), &made("K0")), "");
    assert_eq!(notes_of_old(&line("KEYDECK_TOKEN"), &made("K1")), "");
    for (key, told) in [("K3", "line 11"), ("K4", "line 12"), ("K5", "line 16"), ("K2", "line 6")] {
        let notes = seen(&line("API_KEY"), &made(key)).unwrap().notes.join("; ");
        assert!(notes.contains(&format!("stands in {told} too, in a comment or within")), "{key}: {notes}");
    }
    let Holding::Other(why) = seen(&line("WEBHOOK"), &made("K3")).unwrap().holding else { panic!() };
    assert!(why.contains("only a part of what it holds"), "{why}");
    for (name, why) in [
        ("KEYDECK_TOKEN", "another value"),
        ("PORT", "another value"),
        (
            "SHARED",
            "the value of KEYDECK_TOKEN, no value of its own: name the place where KEYDECK_TOKEN gets its value",
        ),
        ("FALLBACK_KEY", "the value of API_KEY with a fallback beside it"),
        ("OP_KEY", "name op:Prod/keydeck:credential as the place"),
        ("SOPS_KEY", "a ciphertext of sops"),
        ("PRIVATE_KEY", "another value"),
    ] {
        let other = other(&line(name));
        assert!(other.contains(why), "{name}: {other}");
    }
    for (name, why, hint) in [
        ("LEGACY_TOKEN", "line 6 has it in the form NAME: value", "write it as LEGACY_TOKEN=value"),
        ("api_base", "line 4 has API_BASE", ":API_BASE if that is the one"),
    ] {
        let error = look(&line(name)).unwrap_err();
        assert!(error.to_string().contains(why) && error.hint().contains(hint), "{error}; {}", error.hint());
        assert!(line(name).write(&value()).is_err());
    }
    // as the others, which `set -a` exports
    let nothing = look(&line("NEW_KEY")).unwrap().holding;
    assert_eq!(nothing, Holding::Nothing("a new last line, export NEW_KEY=…".to_owned()));
    // what is rotated keeps its neighbour, and nothing else moves
    line("API_KEY").write(&value()).unwrap();
    assert_eq!(fixture.text("deploy.env"), text.replacen(&made("K0"), VALUE, 1));
    line("API_KEY").put_back(&Secret::new(made("K0"))).unwrap();
    line("NEW_KEY").write(&value()).unwrap();
    assert_eq!(fixture.text("deploy.env"), format!("{text}export NEW_KEY={VALUE}\n"));
    line("NEW_KEY").remove().unwrap();
    assert_eq!(fixture.text("deploy.env"), text);
}

#[test]
fn where_else_the_old_key_stands_is_offered_or_told() {
    let old = made("OLD");
    let text = format!("API_KEY={old}\nB='{old}'\nC=1; export D={old}\n# {old}\nE=x\nF={old}:x\n");
    let fixture = Fixture::new(&[(".env", &text), ("file", &text), ("alone", &format!(" {old} \n"))]);
    for name in [".env", "file", "alone"] {
        fs::set_permissions(fixture.path(name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    let path = fixture.path(".env").display().to_string();
    assert_eq!(
        notes_of_old(&fixture.line(".env"), &old),
        format!(
            "the old key stands at lines 2 and 3 too: name env-file:{path}:B and env-file:{path}:D as places as well; \
             the old key stands in lines 4 and 6 too, in a comment or within a longer text, which keydeck does not write"
        )
    );
    let why = other(&fixture.file("file"));
    assert!(why.contains("in line 1, 2, 3, 4 and 6 of it") && why.contains("env-file:"), "{why}");
    assert_eq!(notes_of_old(&fixture.file("alone"), &old), "");
    let f = Place { part: Part::Line("F".to_owned(), EnvRules::Common), ..fixture.file(".env") };
    assert!(other(&f).contains("only a part of what it holds"));
}

#[test]
fn a_document_is_looked_at_and_one_value_changes() {
    let old = made("OLD");
    let yaml = format!("# why\napp:\n  key: '{old}' # this\n  other: {old}\n  ref: op://a/b/c\n  none: \"\"\n");
    let json = format!("{{\n  // why\n  \"app\": {{ \"key\": \"{old}\", \"n\": 1 }},\n}}\n");
    let toml = format!("# why\r\napp.key = '{old}' # this\r\n[other]\r\nn = 1\r\n");
    let newman = format!("{{\"reporters\": \"cli\", \"postmanApiKey\": \"{old}\"}}");
    let fixture = Fixture::new(&[
        ("a.yaml", &yaml),
        ("a.json", &json),
        ("a.toml", &toml),
        ("newmanrc", &newman),
        ("x.json", "{"),
    ]);
    for name in fixture.names() {
        fs::set_permissions(fixture.path(&name), fs::Permissions::from_mode(0o600)).unwrap();
    }
    let place =
        |name: &str, format, key: &str| Place { part: Part::Value(format, key.to_owned()), ..fixture.file(name) };
    for (name, format, key, text) in [
        ("a.yaml", Format::Yaml, "app.key", &yaml),
        ("a.json", Format::Json, "app.key", &json),
        ("a.toml", Format::Toml, "app.key", &toml),
        ("newmanrc", Format::Newmanrc, "postmanApiKey", &newman),
    ] {
        let place = place(name, format, key);
        let notes = notes_of_old(&place, &old);
        let more = format!("line 4 too: name yaml:{}:app.other as a place as well", place.path);
        assert_eq!(notes.contains(&more), name == "a.yaml", "{notes}");
        let before = place.read().unwrap().unwrap();
        place.write(&value()).unwrap();
        assert_eq!(fixture.text(name), text.replacen(&old, VALUE, 1));
        place.put_back(&before).unwrap();
        assert_eq!(fixture.text(name), **text);
    }
    assert!(other(&place("a.yaml", Format::Yaml, "app.ref")).contains("op:a/b:c"));
    assert!(matches!(look(&place("a.yaml", Format::Yaml, "app.none")).unwrap().holding, Holding::Nothing(_)));
    for (name, format, key, why, hint) in [
        ("a.yaml", Format::Yaml, "app.absent", "has no value app.absent", "put the key there first"),
        ("a.yaml", Format::Yaml, "app", "has a mapping there, in line 3", "one line of text"),
        ("a.json", Format::Json, "app.n", "has a number there", "one line of text"),
        ("x.json", Format::Json, "a", "cannot be read as JSON", "mend the file"),
        ("none.json", Format::Json, "a", "there is no file", "make it"),
        ("a.json", Format::Newmanrc, "postmanApiKey", "has no value postmanApiKey", "into it first"),
        ("a.json", Format::PostmanEnvironment, "key", "cannot be read as an environment", "right form"),
    ] {
        let place = place(name, format, key);
        for error in [look(&place).unwrap_err(), place.write(&value()).unwrap_err()] {
            let (was, does) = (error.to_string(), error.hint());
            assert!(was.contains(why) && does.contains(hint), "{name} {key}: {was}; {does}");
        }
    }
}

#[test]
fn a_variable_of_an_exported_environment_changes_and_the_rest_stays() {
    let text = with_values(include_str!("acme.postman_environment.json"));
    let fixture = Fixture::new(&[("acme.json", &text)]);
    let place = |key: &str| Place {
        part: Part::Value(Format::PostmanEnvironment, key.to_owned()),
        ..fixture.file("acme.json")
    };
    let notes = notes_of_old(&place("apiKey"), &made("K0"));
    assert!(notes.contains("only when it is imported again") && !notes.contains("turned off"), "{notes}");
    let notes = notes_of_old(&place("old_key"), &made("K8"));
    assert!(notes.contains("turned off"), "{notes}");
    assert!(other(&place("token")).contains("a template"));
    assert!(matches!(look(&place("empty")).unwrap().holding, Holding::Nothing(_)));
    assert!(look(&place("absent")).unwrap_err().hint().contains("export it anew"));
    for (key, was) in [("apiKey", made("K0")), ("old_key", made("K8"))] {
        place(key).write(&value()).unwrap();
        assert_eq!(fixture.text("acme.json"), text.replacen(&was, VALUE, 1));
        place(key).put_back(&Secret::new(was)).unwrap();
    }
    assert_eq!(fixture.text("acme.json"), text);
    // two of one name are not told apart
    let twice = text.replace("old_key", "apiKey");
    fs::write(fixture.path("acme.json"), twice).unwrap();
    assert!(look(&place("apiKey")).unwrap_err().to_string().contains("in several places, lines 13 and 19"));
}

/// Where a file can be mounted over itself, in a namespace of its own.
const MOUNT: &str = "mount --bind \"$1\" \"$1\" && exec \"$2\" --exact local::sinks::files::tests::mounted --ignored";

#[test]
fn a_file_that_is_mounted_by_itself_is_refused_before_anything_is_made() {
    let fixture = Fixture::new(&[(".env", "API_KEY=a\n")]);
    let path = fixture.path(".env");
    let can =
        std::process::Command::new("unshare").args(["-rm", "true"]).output().is_ok_and(|ran| ran.status.success());
    if !can {
        return;
    }
    let ran = std::process::Command::new("unshare")
        .args(["-rm", "sh", "-c", MOUNT, "sh"])
        .arg(&path)
        .arg(std::env::current_exe().unwrap())
        .env("KEYDECK_TEST_MOUNTED", &path)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
    assert!(String::from_utf8_lossy(&ran.stdout).contains("1 passed"));
    assert!(look(&fixture.line(".env")).is_ok());
}

/// What [`a_file_that_is_mounted_by_itself_is_refused_before_anything_is_made`] runs where the file is mounted.
#[test]
#[ignore = "needs a file that is mounted by itself"]
fn mounted() {
    let path = std::env::var("KEYDECK_TEST_MOUNTED").unwrap_or_default();
    let place = Place { path, part: Part::Line("API_KEY".to_owned(), EnvRules::Common) };
    for error in [look(&place).unwrap_err(), place.write(&value()).unwrap_err()] {
        assert!(error.to_string().contains("is mounted by itself"), "{error}");
        assert!(error.hint().contains("mount its folder"), "{}", error.hint());
    }
}

#[test]
fn no_error_has_the_value_in_it() {
    let fixture = Fixture::new(&[]);
    for path in [format!("/nowhere/{VALUE}"), fixture.path(VALUE).join("x").to_str().unwrap().to_owned()] {
        let error = Place { path, part: Part::Whole }.write(&value()).unwrap_err();
        assert!(!format!("{error} {} {error:?}", error.hint()).contains("0123456789"), "{error}");
    }
}
