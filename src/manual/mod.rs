//! The manual: the chapters that `keydeck help` prints, `?` shows in the console and `keydeck man` turns into pages. Each
//! is a Markdown file beside this one; the tables of keys and of the filter's fields are those of the program.

mod block;
mod lines;
mod page;

use std::fmt::Write as _;

use crate::domain::filter::{FIELDS, GRAMMAR};
use crate::tui::action::TABLE;
use block::{Block, blocks};
pub use lines::{Kind, Line};

/// A chapter.
#[derive(Debug)]
pub struct Chapter {
    /// What `keydeck help` takes.
    pub name: &'static str,
    /// What it is about, in a few words.
    pub title: &'static str,
    source: &'static str,
}

macro_rules! chapters {
    ($($name:literal: $title:literal,)+) => {
        /// Every chapter, in the order of reading.
        pub const CHAPTERS: &[Chapter] =
            &[$(Chapter { name: $name, title: $title, source: include_str!(concat!($name, ".md")) }),+];
    };
}

chapters! {
    "filter": "the language of the filter: words, fields, moments, values",
    "keys": "what each key of the keyboard does in the console, and how to choose your own",
    "pictures": "three pictures of a team's keys, each cell a filter, and their figures",
    "exposed": "keys found where others can read them: what to do, in which order",
    "places": "where a rotation delivers a new value",
    "rotation": "how a key is replaced without losing a secret or a service",
    "campaign": "all of these keys rotated by a date, by whoever they belong to",
    "tracked": "keys that no API lists: written down, watched, rotated by hand",
    "contain": "making a leaked key useless, proving it, and writing it down",
    "scan": "looking for keys in files and histories, and what other scanners found",
    "settings": "the team's settings: what they do, and whom a change hits",
    "server": "running the management server",
    "postgres": "several servers on one PostgreSQL database",
    "watching": "the server's health, its metrics, and its audit log in other programs",
    "partners": "who finds keys elsewhere: GitHub, GitLab, gitleaks, trufflehog",
    "exam": "what a backend really does, measured",
    "postman": "the public Postman API: what it can do, and what a refusal means",
    "postman-gov-sg": "postman.gov.sg: logging in, keys that end after six months, and what a refusal means",
    "profiles": "servers, the keys for them, and how careful to be",
    "terminal": "screen readers, terminals without UTF-8 or colours, light ones, and what else yours may need",
    "files": "the configuration and what keydeck keeps on this machine",
    "exit-codes": "how a command ends",
    "scripts": "keydeck in scripts: whole examples",
}

impl Chapter {
    /// The chapter of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        CHAPTERS.iter().find(|chapter| chapter.name == name)
    }

    /// The whole chapter as Markdown.
    pub fn markdown(&self) -> String {
        self.source
            .replace("<!-- grammar -->\n", &grammar())
            .replace("<!-- fields -->\n", &fields())
            .replace("<!-- keys -->\n", &keys())
    }

    /// The chapter as lines of at most `width` columns, as far as words and commands allow: nothing of a command is broken.
    pub fn lines(&self, width: usize) -> Vec<Line> {
        lines::lay_out(&self.blocks(), width)
    }

    /// The chapter as a page for `man`, in section 7.
    pub fn page(&self) -> String {
        page::roff(self, &self.blocks())
    }

    /// The commands that stand in the chapter's examples, a line each, as a shell would be given them.
    pub fn commands(&self) -> Vec<String> {
        let of = |block: Block| match block {
            Block::Code(lines) => lines,
            _ => Vec::new(),
        };
        self.blocks().into_iter().flat_map(of).collect()
    }

    fn blocks(&self) -> Vec<Block> {
        blocks(&self.markdown())
    }
}

/// The table of what the filter understands beside its fields.
fn grammar() -> String {
    let mut table = "| Written | Means |\n| --- | --- |\n".to_owned();
    for help in GRAMMAR {
        let _ = writeln!(
            table,
            "| `{}` | {} |",
            help.example.replace('|', "\\|"),
            help.meaning.replace('|', "\\|").replace('*', "\\*")
        );
    }
    table
}

/// The table of the filter's fields.
fn fields() -> String {
    let mut table = "| Field | For example | Meaning |\n| --- | --- | --- |\n".to_owned();
    for field in FIELDS {
        let _ = writeln!(table, "| `{}:` | {} | {} |", field.name, field.values.replace('|', "\\|"), field.meaning);
    }
    table
}

/// The table of the keys.
fn keys() -> String {
    let mut table = "| Key | Does | Name | Where |\n| --- | --- | --- | --- |\n".to_owned();
    for entry in TABLE {
        let keys: Vec<String> = entry.keys.iter().map(|key| format!("`{}`", key.replace('|', "\\|"))).collect();
        let places: Vec<&str> = entry.contexts.iter().map(|context| context.name()).collect();
        let _ =
            writeln!(table, "| {} | {} | {} | {} |", keys.join(" "), entry.help.trim(), entry.name, places.join(", "));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chapter_opens_with_its_subject_and_fits_a_terminal() {
        for chapter in CHAPTERS {
            let lines = chapter.lines(78);
            assert_eq!(lines[0].kind, Kind::Heading, "{}", chapter.name);
            assert!(lines.len() > 5, "{} is empty", chapter.name);
            for line in lines {
                assert!(
                    !line.text.contains('`') && !line.text.contains("**")
                        || line.kind == Kind::Code
                        || line.kind == Kind::Row,
                    "{line:?}"
                );
                assert!(!line.text.contains("<!--"), "{line:?}");
            }
        }
    }

    #[test]
    fn the_tables_are_the_programs_own() {
        let text = |name: &str| {
            let chapter = Chapter::named(name).unwrap();
            chapter.lines(200).into_iter().map(|line| line.text + "\n").collect::<String>()
        };
        let (filter, keys) = (text("filter"), text("keys"));
        for help in GRAMMAR {
            assert!(filter.contains(help.example), "{}", help.example);
        }
        for field in FIELDS {
            assert!(filter.contains(&format!("{}:", field.name)), "{}", field.name);
        }
        for entry in TABLE {
            assert!(keys.contains(entry.name), "{}", entry.name);
        }
    }
}
