//! libpq's password file. Source: PostgreSQL's manual, "The Password File".

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Its text; none where it is not there, or others may read it, which libpq does not take either.
pub(super) fn read(path: &Path) -> Option<String> {
    let facts = std::fs::metadata(path).ok()?;
    if !facts.is_file() {
        return None;
    }
    if facts.permissions().mode() & 0o077 != 0 {
        tracing::warn!(path = %path.display(), "others may read the password file, so it is not used: chmod 600");
        return None;
    }
    std::fs::read_to_string(path).ok()
}

/// The password of the first line whose four fields are these, or `*`: host, port, database and user.
pub(super) fn find(text: &str, asked: [&str; 4]) -> Option<String> {
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields = fields(line);
        let [host, port, database, user, password] = fields.as_slice() else { return None };
        let fits = [host, port, database, user].iter().zip(asked).all(|(field, asked)| {
            let Field { text, quoted } = field;
            text == asked || (text == "*" && !quoted)
        });
        fits.then(|| password.text.clone())
    })
}

#[derive(Default)]
struct Field {
    text: String,
    /// Whether something in it was behind a backslash.
    quoted: bool,
}

fn fields(line: &str) -> Vec<Field> {
    let mut fields = vec![Field::default()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        // the last one goes on to the line's end
        let last = fields.len() == 5;
        let Some(field) = fields.last_mut() else { break };
        match character {
            '\\' => {
                field.quoted = true;
                field.text.extend(characters.next());
            }
            ':' if !last => fields.push(Field::default()),
            other => field.text.push(other),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_fits() {
        let text = "# db:5432:keys:ana:a comment\ntoo:few:fields\ndb:5432:keys:ana:first\n*:*:keys:*:any:of\\:it\\\\\n\
                    a\\:b:1:\\*:u:odd\n";
        for (asked, expected) in [
            (["db", "5432", "keys", "ana"], Some("first")),
            (["db", "5433", "keys", "ben"], Some("any:of:it\\")),
            (["db", "5432", "other", "ana"], None),
            (["a:b", "1", "*", "u"], Some("odd")),
            (["a:b", "1", "d", "u"], None),
        ] {
            assert_eq!(find(text, asked).as_deref(), expected, "{asked:?}");
        }
    }

    #[test]
    fn what_others_may_read_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pass");
        std::fs::write(&path, "*:*:*:*:x").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(read(&path), None);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(read(&path).as_deref(), Some("*:*:*:*:x"));
        assert_eq!(read(folder.path()), None);
    }
}
