//! The lines of a record: what it is and in which form, then an event each.

use serde::{Deserialize, Serialize};

use super::CampaignsError;
use crate::domain::campaign::{Campaign, CampaignId, Entry};

/// The form that is written. What a form has more than the one before is read with a default from lines that lack it.
const FORM: i64 = 1;

/// The first line.
#[derive(Serialize, Deserialize)]
struct Header {
    keydeck: String,
    form: i64,
    id: CampaignId,
}

/// What the first line says that it is.
const WHAT: &str = "campaign";

/// Why a record cannot be understood; never what stands there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    #[error("a newer keydeck wrote it, in the form {found}; this one knows up to {known}")]
    Newer { found: i64, known: i64 },
    #[error("line {0} is damaged")]
    Line(usize),
    #[error("it is of another campaign")]
    Another,
    #[error("its lines do not fit one another")]
    Unfit,
}

/// The first line of the record of `id`.
pub(super) fn header(id: &CampaignId) -> String {
    let header = Header { keydeck: WHAT.to_owned(), form: FORM, id: id.clone() };
    // three plain fields: this cannot fail, and an empty line would be told as damaged
    format!("{}\n", serde_json::to_string(&header).unwrap_or_default())
}

/// The line of an event.
pub(super) fn entry(entry: &Entry) -> Result<String, CampaignsError> {
    serde_json::to_string(entry).map(|line| line + "\n").map_err(|_| CampaignsError::NotText)
}

/// The campaign whose record is `bytes`, and how much of them are whole lines.
pub(super) fn read(bytes: &[u8], id: &CampaignId) -> Result<(Campaign, u64), Damage> {
    let whole = memchr::memrchr(b'\n', bytes).map_or(0, |end| end + 1);
    let mut lines = bytes[..whole].split_inclusive(|byte| *byte == b'\n');
    let header: Header = lines.next().and_then(|line| serde_json::from_slice(line).ok()).ok_or(Damage::Line(1))?;
    if header.keydeck != WHAT {
        return Err(Damage::Line(1));
    }
    if header.form > FORM {
        return Err(Damage::Newer { found: header.form, known: FORM });
    }
    if header.id != *id {
        return Err(Damage::Another);
    }
    let mut entries = Vec::new();
    for (number, line) in lines.enumerate() {
        entries.push(serde_json::from_slice::<Entry>(line).map_err(|_| Damage::Line(number + 2))?);
    }
    let campaign = Campaign::of_entries(id.clone(), entries).ok_or(Damage::Unfit)?;
    Ok((campaign, whole as u64))
}
