//! What a git repository ever held, as far as its refs lead: each content once, with the first commit that holds it.
//!
//! `git rev-list` names the objects, each behind the commit that brought it; `git cat-file` gives their contents, one
//! process for all of them. What an object is, its content's header says.

use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};

use chrono::{DateTime, FixedOffset};

use super::Scan;
use super::read::{Reader, reason};
use crate::domain::scan::{Commit, FileName};
use crate::domain::untrusted::Untrusted;
use crate::local::git::{AS_IT_IS, ELSEWHERE, NO_TRANSPORT, SAFE};
use crate::local::program::redacted;
use crate::system::program::Pipe;

/// So much is read of a commit to learn who wrote it, in bytes.
const HEADER: u64 = 64 * 1024;
/// How much of a pipe is read at once, in bytes.
const BUFFER: usize = 256 * 1024;

/// What the messages of commits and tags are called.
const MESSAGE: &str = "commit message";

/// Looks through the repository at `folder`; what cannot be is noted.
pub fn look(scan: &Scan, folder: &Path) {
    if let Err(why) = try_look(scan, folder) {
        scan.unread(FileName::new(folder.as_os_str().as_encoded_bytes()), why);
    }
}

fn git(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(SAFE).args(arguments);
    for name in ELSEWHERE {
        command.env_remove(name);
    }
    command.envs(NO_TRANSPORT.iter().copied()).envs(AS_IT_IS.iter().copied()).env("LC_ALL", "C");
    command
}

fn start(folder: &Path, arguments: &[&str], input: bool) -> Result<Pipe, String> {
    Pipe::start(&mut git(folder, arguments), input).map_err(|error| format!("git cannot be run: {}", reason(&error)))
}

fn try_look(scan: &Scan, folder: &Path) -> Result<(), String> {
    if is_shallow(folder)? {
        scan.note("the clone is shallow: what was before its first commit is not there to be read");
    }
    let list = ["rev-list", "--objects", "--in-commit-order", "--topo-order", "--reverse", "--missing=print", "--all"];
    let mut list = start(folder, &list, false)?;
    let mut contents = start(folder, &["cat-file", "--batch", "--buffer"], true)?;
    let closed = || "git gives no output".to_owned();
    let (names, asked) = (list.output().ok_or_else(closed)?, contents.input().ok_or_else(closed)?);
    let answers = contents.output().ok_or_else(closed)?;
    let (tell, told) = channel();
    let read = std::thread::scope(|scope| {
        let listing = scope.spawn(move || pass_on(scan, names, asked, &tell));
        let read = Contents::new(scan, answers).look_through(&told);
        if scan.is_stopped() || read.is_err() {
            list.kill();
            contents.kill();
        }
        // one that waits for its answers to be read has nobody to wait for any more
        drop(told);
        let listed = listing.join().map_err(|_| "reading git's list failed".to_owned());
        read.and(listed)
    });
    let ended = [list.end(), contents.end()];
    if scan.is_stopped() {
        return Ok(());
    }
    for ended in ended {
        let (status, said) = ended.map_err(|error| reason(&error))?;
        if !status.success() {
            return Err(words(&said));
        }
    }
    read
}

fn is_shallow(folder: &Path) -> Result<bool, String> {
    let mut asked = start(folder, &["rev-parse", "--is-shallow-repository"], false)?;
    let mut answer = Vec::new();
    if let Some(output) = asked.output() {
        output.take(64).read_to_end(&mut answer).map_err(|error| reason(&error))?;
    }
    let (status, said) = asked.end().map_err(|error| reason(&error))?;
    if status.success() { Ok(answer.starts_with(b"true")) } else { Err(words(&said)) }
}

/// What git complained of, on one line, without values.
fn words(said: &[u8]) -> String {
    let text = redacted(&String::from_utf8_lossy(said), &[]);
    let fatal = text.lines().find(|line| line.starts_with("fatal:"));
    let line = fatal.or_else(|| text.lines().find(|line| !line.trim().is_empty())).unwrap_or("nothing");
    format!("git says: {}", line.trim())
}

/// What an object is called, in the order in which their contents come.
type Named = Option<Arc<FileName>>;

/// Asks for the content of each object that git lists.
fn pass_on(scan: &Scan, names: ChildStdout, asked: ChildStdin, tell: &Sender<Named>) {
    let (mut names, mut asked) = (BufReader::with_capacity(BUFFER, names), BufWriter::new(asked));
    let mut line = Vec::new();
    let mut missing = 0;
    while !scan.is_stopped() {
        line.clear();
        // git complains elsewhere of what is wrong, and ends
        let Ok(1..) = names.read_until(b'\n', &mut line) else { break };
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        if line.starts_with(b"?") {
            missing += 1;
            continue;
        }
        // a commit has no name, its root folder an empty one
        let space = line.iter().position(|byte| *byte == b' ');
        let name = space.map(|at| Arc::new(FileName::new(&line[at + 1..])));
        let id = &line[..space.unwrap_or(line.len())];
        if tell.send(name).is_err() || asked.write_all(id).and_then(|()| asked.write_all(b"\n")).is_err() {
            break;
        }
    }
    scan.told().missing += missing;
}

/// The contents of objects, one behind the other.
struct Contents<'a> {
    scan: &'a Scan,
    from: BufReader<ChildStdout>,
    reader: Reader,
    /// The commit that what follows came with.
    commit: Option<Arc<Commit>>,
}

impl<'a> Contents<'a> {
    fn new(scan: &'a Scan, answers: ChildStdout) -> Self {
        Self { scan, from: BufReader::with_capacity(BUFFER, answers), reader: Reader::default(), commit: None }
    }

    fn look_through(&mut self, told: &Receiver<Named>) -> Result<(), String> {
        let mut header = Vec::new();
        while !self.scan.is_stopped() {
            header.clear();
            if self.from.read_until(b'\n', &mut header).map_err(|error| reason(&error))? == 0 {
                return Ok(());
            }
            let name = told.recv().map_err(|_| "git answered what nobody asked".to_owned())?;
            self.object(&header, name)?;
        }
        Ok(())
    }

    fn object(&mut self, header: &[u8], name: Named) -> Result<(), String> {
        let header = String::from_utf8_lossy(header);
        let mut words = header.split_whitespace();
        let (id, kind, size) = (words.next(), words.next(), words.next().and_then(|size| size.parse::<u64>().ok()));
        let (Some(id), Some(kind)) = (id, kind) else { return Err("git's answer has no header".to_owned()) };
        let Some(size) = size else {
            // `ID missing`, and nothing behind it
            self.scan.told().missing += 1;
            return Ok(());
        };
        match kind {
            "commit" => self.commit(id, size)?,
            "blob" | "tag" => {
                let name = name.unwrap_or_else(|| Arc::new(FileName::new(MESSAGE)));
                let mut content = (&mut self.from).take(size);
                self.reader.file(self.scan, &name, &mut content, self.commit.as_ref());
                skip(&mut content)?;
            }
            // folders
            _ => skip(&mut (&mut self.from).take(size))?,
        }
        // the line end behind each content
        skip(&mut (&mut self.from).take(1))
    }

    /// Learns who wrote a commit, and looks through what they wrote about it.
    fn commit(&mut self, id: &str, size: u64) -> Result<(), String> {
        let mut content = (&mut self.from).take(size);
        let mut beginning = Vec::new();
        (&mut content).take(HEADER).read_to_end(&mut beginning).map_err(|error| reason(&error))?;
        let commit = Arc::new(commit_of(id, &beginning));
        self.commit = Some(Arc::clone(&commit));
        self.scan.commits.fetch_add(1, Ordering::Relaxed);
        let header = memchr::memmem::find(&beginning, b"\n\n").map_or(0, |end| end + 2);
        let mut message = beginning[header..].chain(&mut content);
        self.reader.text(self.scan, &Arc::new(FileName::new(MESSAGE)), &mut message, Some(&commit));
        skip(&mut content)
    }
}

fn skip(content: &mut impl Read) -> Result<(), String> {
    std::io::copy(content, &mut std::io::sink()).map(drop).map_err(|error| reason(&error))
}

/// What the header of a commit tells: `author NAME <EMAIL> SECONDS OFFSET`.
fn commit_of(id: &str, content: &[u8]) -> Commit {
    let mut header = content.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty());
    let author = header.find_map(|line| line.strip_prefix(b"author ")).unwrap_or_default();
    let author = String::from_utf8_lossy(author);
    let (name, rest) = author.split_once('<').unwrap_or((&author, ""));
    let (email, moment) = rest.rsplit_once('>').unwrap_or((rest, ""));
    Commit {
        id: id.to_owned(),
        author: Untrusted::from(name.trim()),
        email: Untrusted::from(email.trim()),
        date: date(moment),
    }
}

fn date(moment: &str) -> Option<String> {
    let (seconds, offset) = moment.trim().split_once(' ')?;
    let (hours, minutes) = (offset.get(..3)?.parse::<i32>().ok()?, offset.get(3..5)?.parse::<i32>().ok()?);
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    let offset = FixedOffset::east_opt(hours * 3600 + sign * minutes * 60)?;
    let at = DateTime::from_timestamp(seconds.parse().ok()?, 0)?.with_timezone(&offset);
    Some(at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_tells_who_wrote_it_and_when() {
        let told = |author: &str| {
            let commit = commit_of("1f", format!("tree 0\nauthor {author}\ncommitter x <y> 0 +0000\n\nwhy").as_bytes());
            let text = |text: &Untrusted| text.as_received().to_owned();
            (text(&commit.author), text(&commit.email), commit.date)
        };
        let ben = ("Ben Ito".to_owned(), "ben@acme.example".to_owned());
        assert_eq!(
            told("Ben Ito <ben@acme.example> 1790928900 +0530"),
            (ben.0.clone(), ben.1.clone(), Some("2026-10-02T13:45:00+05:30".to_owned()))
        );
        assert_eq!(told("Ben Ito <ben@acme.example> 1790928900 -0030").2.unwrap(), "2026-10-02T07:45:00-00:30");
        assert_eq!(told("Ben Ito <ben@acme.example> x"), (ben.0, ben.1, None));
        for odd in ["", "<", ">", "a <b", "a <b> 99999999999999 +0000", "a <b> 1 +99", "a <b> 1 é"] {
            assert_eq!(told(odd).2, None, "{odd}");
        }
    }
}
