//! The lines of a record: what it is and in which form, then an event each.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A kind of record.
#[derive(Clone, Copy, Debug)]
pub(in crate::local) struct Kind {
    /// What the first line says that it is.
    pub what: &'static str,
    /// The form that is written. What a form has more than the one before is read with a default from lines that lack it.
    pub form: i64,
}

/// The first line.
#[derive(Serialize, Deserialize)]
struct Header {
    keydeck: String,
    form: i64,
    id: String,
}

/// Why a record cannot be understood; never what stands there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    #[error("a newer keydeck wrote it, in the form {found}; this one knows up to {known}")]
    Newer { found: i64, known: i64 },
    #[error("line {0} is damaged")]
    Line(usize),
    #[error("it is of another {0}")]
    Another(&'static str),
    #[error("its lines do not fit one another")]
    Unfit,
}

impl Kind {
    /// The first line of the record of `id`.
    pub(in crate::local) fn header(self, id: &str) -> String {
        let header = Header { keydeck: self.what.to_owned(), form: self.form, id: id.to_owned() };
        // three plain fields: this cannot fail, and an empty line would be told as damaged
        format!("{}\n", serde_json::to_string(&header).unwrap_or_default())
    }

    /// The events of the record of `id`, and how much of it are whole lines.
    pub(in crate::local) fn read<E: DeserializeOwned>(self, bytes: &[u8], id: &str) -> Result<(Vec<E>, u64), Damage> {
        let whole = memchr::memrchr(b'\n', bytes).map_or(0, |end| end + 1);
        let mut lines = bytes[..whole].split_inclusive(|byte| *byte == b'\n');
        let header: Header = lines.next().and_then(|line| serde_json::from_slice(line).ok()).ok_or(Damage::Line(1))?;
        if header.keydeck != self.what {
            return Err(Damage::Line(1));
        }
        if header.form > self.form {
            return Err(Damage::Newer { found: header.form, known: self.form });
        }
        if header.id != id {
            return Err(Damage::Another(self.what));
        }
        let mut events = Vec::new();
        for (number, line) in lines.enumerate() {
            events.push(serde_json::from_slice(line).map_err(|_| Damage::Line(number + 2))?);
        }
        Ok((events, whole as u64))
    }
}

/// The line of an event; none where something of it is no text.
pub(in crate::local) fn line(event: &impl Serialize) -> Option<String> {
    serde_json::to_string(event).ok().map(|line| line + "\n")
}
