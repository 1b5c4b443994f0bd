//! Whether a line that is not there yet may be added to a file: only where the file is one of such lines.

use crate::domain::rotation::EnvRules;

use super::read::{Lines, lines};
use crate::local::sinks::line_number;

/// What a file is when it is not one of `NAME=value` lines, or has the name in another form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Foreign {
    Json,
    Yaml,
    /// A file with `[sections]`; whether they are those of a unit of systemd.
    Sections {
        unit: bool,
    },
    /// A script of csh or fish.
    OtherShell(&'static str),
    /// It has lines, and none is of this form.
    Other,
    /// The name stands there in another form, in this line.
    OtherForm {
        line: usize,
        form: &'static str,
    },
    /// Another case of the name, in this line.
    OtherCase {
        line: usize,
        name: String,
    },
}

/// What keeps a line for `name` from being added, where there is none.
pub fn foreign(text: &[u8], name: &str, rules: EnvRules) -> Option<Foreign> {
    let lines = lines(text, rules);
    let number = |at: usize| line_number(text, at);
    let others = || lines.others.iter().map(|line| (line.start, String::from_utf8_lossy(&text[line.clone()])));
    for (at, line) in others() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let form = match words[..] {
            ["setenv", first, ..] if first == name => "setenv NAME value",
            ["set", flags, first, _, ..] if flags.starts_with('-') && first == name => "set -gx NAME value",
            ["export", ..] if rules == EnvRules::Systemd && line[6..].trim_start().starts_with(&format!("{name}=")) => {
                "export NAME=value"
            }
            [first, ..] if first.strip_suffix(':') == Some(name) => "NAME: value",
            _ => continue,
        };
        return Some(Foreign::OtherForm { line: number(at), form });
    }
    for one in &lines.assignments {
        let there = &text[one.name.clone()];
        if there.eq_ignore_ascii_case(name.as_bytes()) && there != name.as_bytes() {
            let name = String::from_utf8_lossy(there).into_owned();
            return Some(Foreign::OtherCase { line: number(one.name.start), name });
        }
    }
    let (_, first) = others().next()?;
    if first.starts_with('{') || first.starts_with("[{") || first == "[" {
        return Some(Foreign::Json);
    }
    let section = |line: &str| line.strip_prefix('[').and_then(|line| line.strip_suffix(']')).map(str::to_owned);
    if let Some(section) = others().find_map(|(_, line)| section(line.trim_end())) {
        let unit = ["Unit", "Service", "Install", "Socket", "Timer", "Container"].contains(&section.as_str());
        return Some(Foreign::Sections { unit });
    }
    let script = others().find_map(|(_, line)| {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["setenv", _, ..] => Some("csh"),
            ["set", flags, _, _, ..] if flags.starts_with('-') && flags != "-o" => Some("fish"),
            _ => None,
        }
    });
    if let Some(shell) = script {
        return Some(Foreign::OtherShell(shell));
    }
    let is_mapping = |line: &str| {
        let line = line.strip_prefix("- ").unwrap_or(line);
        line.split_once(':').is_some_and(|(key, rest)| !key.contains(' ') && (rest.is_empty() || rest.starts_with(' ')))
    };
    if first == "---" || (lines.assignments.is_empty() && is_mapping(&first)) {
        return Some(Foreign::Yaml);
    }
    lines.assignments.is_empty().then_some(Foreign::Other).filter(|_| !is_shell_only(&lines, text))
}

/// Whether a file of which no line gives a name its value is a shell's all the same, as one that only says `set -a` is.
fn is_shell_only(lines: &Lines, text: &[u8]) -> bool {
    lines.others.iter().all(|line| {
        let line = &text[line.clone()];
        line.starts_with(b"set ") || line.starts_with(b"export ")
    })
}

/// Whether a new line is to be exported, since all others are: each by itself, or all by `set -a`.
pub fn is_exported(text: &[u8], rules: EnvRules) -> bool {
    if rules == EnvRules::Systemd {
        return false;
    }
    let lines = lines(text, rules);
    let all = lines.others.iter().any(|line| {
        let words: Vec<&[u8]> = text[line.clone()].split(u8::is_ascii_whitespace).collect();
        matches!(words[..], [b"set", b"-a", ..] | [b"set", b"-o", b"allexport", ..])
    });
    all || (!lines.assignments.is_empty() && lines.assignments.iter().all(|one| one.exported))
}
