//! The only place that prints. What leaves here cannot move a cursor, hide or reorder text, and a reader that has gone
//! away is no error.

use std::io::{self, BufWriter, ErrorKind, IsTerminal, Read, Seek, SeekFrom, Write};

use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

use super::wire::{Document, meta_with_clock};
use crate::client::ServerClock;
use crate::domain::untrusted::{is_hostile, visible};

/// How a document begins whose rows are printed as they come.
const JSON_BEGINS: &[u8] = b"{\"data\":[";

/// Standard output, for the result, and standard error, for all that is said about it.
pub struct Output {
    out: BufWriter<Box<dyn Write + Send>>,
    failed: Option<io::Error>,
    /// What time it is for whoever the result is of.
    clock: Option<ServerClock>,
}

impl Output {
    pub fn standard() -> Self {
        Self::to(Box::new(io::stdout()))
    }

    pub(super) fn to(out: Box<dyn Write + Send>) -> Self {
        Self { out: BufWriter::with_capacity(64 * 1024, out), failed: None, clock: None }
    }

    /// One line of the result.
    pub fn line(&mut self, text: &str) {
        self.write(|out| writeln!(out, "{}", visible(text)));
    }

    /// From now on times are this server's: says so, and tells it in the JSON document, where this machine's clock is off.
    pub fn keep_time_by(&mut self, clock: ServerClock) {
        if let Some(off) = clock.present().off_words() {
            self.say(&format!("this machine's clock is {off}: times are by the server's clock"));
        }
        self.clock = Some(clock);
    }

    /// The result as one JSON document on a line of its own: plain JSON, in which each character that is not safe to
    /// show stands as `\uXXXX`.
    pub fn json<T: Serialize, M: Serialize>(&mut self, document: &Document<T, M>) {
        let off = self.clock.as_ref().and_then(|clock| clock.present().off).map(|off| off.num_seconds());
        self.json_line(&document.with_clock(off));
    }

    /// A row of the same document as it comes, the first of them or one that follows: [`end_json`](Self::end_json) ends it.
    pub fn json_row(&mut self, row: &impl Serialize, is_first: bool) {
        self.write(|out| {
            out.write_all(if is_first { JSON_BEGINS } else { b"," })?;
            Ok(row.serialize(&mut Serializer::with_formatter(&mut *out, SafeFormatter))?)
        });
    }

    /// The end of a document whose rows were printed as they came, where there were any.
    pub fn end_json(&mut self, meta: &impl Serialize, is_empty: bool) {
        let off = self.clock.as_ref().and_then(|clock| clock.present().off).map(|off| off.num_seconds());
        self.write(|out| {
            out.write_all(if is_empty { JSON_BEGINS } else { b"" })?;
            out.write_all(b"],\"meta\":")?;
            meta_with_clock(meta, off).serialize(&mut Serializer::with_formatter(&mut *out, SafeFormatter))?;
            out.write_all(b"}\n")
        });
    }

    /// One line of a result whose lines are JSON.
    pub fn json_line(&mut self, document: &impl Serialize) {
        self.write(|out| {
            document.serialize(&mut Serializer::with_formatter(&mut *out, SafeFormatter))?;
            out.write_all(b"\n")
        });
    }

    /// Records as CSV (RFC 4180, but for lines that end with LF, which every reader takes and `cut` needs).
    pub fn csv(&mut self, records: impl Iterator<Item = Vec<String>>) {
        self.write(|out| {
            let mut writer = csv::Writer::from_writer(out);
            for record in records {
                writer.write_record(record)?;
            }
            writer.flush()
        });
    }

    /// Several lines that keydeck itself wrote, such as its help.
    pub fn text(&mut self, text: &str) {
        text.lines().for_each(|line| self.line(line));
    }

    /// A file that keydeck itself wrote, such as a script, byte for byte.
    pub fn verbatim(&mut self, file: &[u8]) {
        self.write(|out| out.write_all(file));
    }

    /// Something about the result, on standard error.
    pub fn say(&mut self, text: &str) {
        // first what was printed before, so that the two stand in order on a terminal
        self.flush();
        Self::say_beside(text);
    }

    /// Something on standard error about what is under way, from a task that has no part in the result.
    pub fn say_beside(text: &str) {
        // nobody is left to be told when this fails
        let _ = writeln!(io::stderr(), "{}", visible(text));
    }

    /// Whether somebody sees what is said while it is said.
    pub fn is_watched() -> bool {
        io::stderr().is_terminal()
    }

    /// Where standard error is a terminal, a line about how far something is, in place of the one before; empty: takes it
    /// away.
    pub fn progress(text: &str) {
        let mut err = io::stderr();
        if Self::is_watched() {
            let room = rustix::termios::tcgetwinsize(&err).map_or(80, |size| usize::from(size.ws_col)).max(1) - 1;
            let text: String = visible(text).chars().take(room).collect();
            // nobody is left to be told when this fails
            let _ = write!(err, "\r\x1b[K{text}").and_then(|()| err.flush());
        }
    }

    /// A question on standard error, and its answer; none at the end of the input.
    pub fn ask(&mut self, question: &str) -> io::Result<Option<String>> {
        self.flush();
        let mut err = io::stderr();
        write!(err, "{}", visible(question))?;
        err.flush()?;
        let mut answer = String::new();
        let read = io::stdin().read_line(&mut answer)?;
        Ok((read > 0).then_some(answer))
    }

    /// A question on standard error, whose answer is read elsewhere.
    pub fn prompt(&mut self, question: &str) {
        self.flush();
        let mut err = io::stderr();
        // nobody is left to be asked when this fails
        let _ = write!(err, "{}", visible(question)).and_then(|()| err.flush());
    }

    /// Whether somebody can be asked.
    pub fn can_ask() -> bool {
        io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Whether standard output leads somewhere: a value that goes to `/dev/null`, to a descriptor that was closed before
    /// keydeck began, or to a reader that has gone away would be lost.
    ///
    /// # Errors
    /// Where it leads, in words that follow “standard output”.
    pub fn leads_somewhere() -> Result<(), &'static str> {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};
        use rustix::fs::{FileType, OFlags, fcntl_getfl, fstat, stat};
        let out = io::stdout();
        let Ok(facts) = fstat(&out) else { return Err("is closed") };
        // Rust opens /dev/null in place of a descriptor that was closed
        let null = stat("/dev/null").is_ok_and(|null| null.st_rdev == facts.st_rdev);
        if null && FileType::from_raw_mode(facts.st_mode) == FileType::CharacterDevice {
            return Err("is closed, or leads to /dev/null");
        }
        if fcntl_getfl(&out).is_ok_and(|flags| flags & OFlags::RWMODE == OFlags::RDONLY) {
            return Err("cannot be written to");
        }
        let mut polled = [PollFd::new(&out, PollFlags::OUT)];
        let gone = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
        let is_gone = poll(&mut polled, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok()
            && polled[0].revents().intersects(gone);
        if is_gone { Err("has no reader any more") } else { Ok(()) }
    }

    /// The columns of the terminal that the result goes to; none when it goes elsewhere.
    pub fn width() -> Option<usize> {
        Self::size().map(|(columns, _)| usize::from(columns)).filter(|columns| *columns > 0)
    }

    /// Its columns and rows.
    pub fn size() -> Option<(u16, u16)> {
        let out = io::stdout();
        let size = rustix::termios::tcgetwinsize(&out).ok().filter(|_| out.is_terminal())?;
        Some((size.ws_col, size.ws_row))
    }

    /// Lines of a result that is taken bit by bit: hands them on, down to the disk where they go into a file, and tells
    /// whether all of them arrived.
    pub fn delivered(&mut self, lines: &[u8]) -> bool {
        self.verbatim(lines);
        let arrived = self.arrived();
        // only a file has a disk behind it
        if arrived && rustix::fs::fstat(io::stdout()).is_ok_and(|facts| is_file(&facts)) {
            return rustix::fs::fsync(io::stdout()).is_ok();
        }
        arrived
    }

    /// Whether standard output is a file that ends in the middle of a line, as what was killed while it wrote leaves it.
    pub fn ends_within_a_line() -> bool {
        if !rustix::fs::fstat(io::stdout()).is_ok_and(|facts| is_file(&facts) && facts.st_size > 0) {
            return false;
        }
        // standard output itself is often open for writing alone
        let last = std::fs::File::open("/dev/fd/1").and_then(|mut file| {
            let mut byte = [0];
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut byte)?;
            Ok(byte[0])
        });
        last.is_ok_and(|last| last != b'\n')
    }

    /// Hands on what was printed so far.
    pub fn flush(&mut self) {
        self.write(Write::flush);
    }

    /// Hands on what was printed so far, and tells whether all of it arrived; for a result that cannot be had again.
    pub fn arrived(&mut self) -> bool {
        self.flush();
        self.failed.is_none()
    }

    /// Hands on the rest.
    ///
    /// # Errors
    /// When the result could not be written, unless its reader has gone away.
    pub fn finish(mut self) -> io::Result<()> {
        self.flush();
        match self.failed.take() {
            Some(error) if error.kind() != ErrorKind::BrokenPipe => Err(error),
            _ => Ok(()),
        }
    }

    fn write(&mut self, print: impl FnOnce(&mut BufWriter<Box<dyn Write + Send>>) -> io::Result<()>) {
        if self.failed.is_none() {
            self.failed = print(&mut self.out).err();
        }
    }
}

fn is_file(facts: &rustix::fs::Stat) -> bool {
    rustix::fs::FileType::from_raw_mode(facts.st_mode) == rustix::fs::FileType::RegularFile
}

/// JSON in which each character that is not safe to show stands as `\uXXXX`.
pub fn safe_json(document: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    // what is serialised here has names for keys, and a vector takes all there is
    let written = document.serialize(&mut Serializer::with_formatter(&mut bytes, SafeFormatter));
    debug_assert!(written.is_ok(), "{written:?}");
    String::from_utf8(bytes).unwrap_or_default()
}

/// Writes strings so that every hostile character is an escape. JSON readers undo it, so nothing is lost.
struct SafeFormatter;

impl Formatter for SafeFormatter {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut plain = 0;
        for (at, c) in fragment.char_indices().filter(|(_, c)| is_hostile(*c)) {
            CompactFormatter.write_string_fragment(writer, &fragment[plain..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(writer, "\\u{unit:04x}")?;
            }
            plain = at + c.len_utf8();
        }
        CompactFormatter.write_string_fragment(writer, &fragment[plain..])
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }

    fn printed(print: impl FnOnce(&mut Output)) -> String {
        let buffer = Buffer::default();
        let mut output = Output::to(Box::new(buffer.clone()));
        print(&mut output);
        output.finish().unwrap();
        String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn json_loses_nothing_and_shows_nothing_hostile() {
        let every: String = (0..=0x0010_ffff_u32).filter_map(char::from_u32).collect();
        let text = printed(|out| out.json_line(&serde_json::json!({ "name": every })));
        let line = text.strip_suffix('\n').unwrap();
        assert!(!line.chars().any(is_hostile));
        let back: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(back["name"] == every.as_str());
    }

    #[test]
    fn lines_show_escapes() {
        assert_eq!(printed(|out| out.line("a\u{1b}[2Jb\u{202e}")), "a\\x1b[2Jb\\u{202e}\n");
    }

    #[test]
    fn a_reader_that_left_is_no_error_and_a_full_disk_is() {
        for (kind, fine) in [(ErrorKind::BrokenPipe, true), (ErrorKind::StorageFull, false)] {
            let mut output = Output::to(Box::new(Failing(kind)));
            output.line("lost");
            assert_eq!(output.finish().is_ok(), fine, "{kind}");
        }
    }
}
