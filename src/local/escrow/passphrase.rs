//! The key that a passphrase is stretched to, and what becomes of values that an earlier, cheaper stretching sealed.
//!
//! `escrow.kdf` holds a line for each stretching that something may still be sealed with, the present one first. A cheaper
//! one than the present choice gets the present choice put before it, the values are sealed anew one by one, and its line
//! goes when nothing is sealed with it any more: however that is cut short, each value can be opened by one of the lines.

use std::sync::Arc;

use super::error::EscrowError;
use super::folder::Writing;
use super::seal::{CannotOpen, SALT_BYTES, SealKey, Stretch};
use super::{Lock, Result, SEALED, bound, random, slot_of};
use crate::domain::secret::Secret;
use crate::fault::point;

/// The file that says how the passphrase is stretched.
pub(super) const STRETCH_FILE: &str = "escrow.kdf";
/// What each line of it begins with.
const STRETCH_HEAD: &str = "keydeck escrow kdf 1 ";

/// The key that `passphrase` is stretched to, with which everything that it can open is sealed now.
///
/// # Errors
/// When the file cannot be understood, or asks for a cheaper stretching than was ever written.
pub(super) fn stretched(writing: &Writing<'_>, passphrase: &Secret) -> Result<Arc<SealKey>> {
    let mut lines = read(writing)?;
    if lines.is_empty() {
        lines.push(Stretch::new(random::<SALT_BYTES>()?));
        write(writing, &lines)?;
    }
    let mut keys = lines.iter().map(|line| key(writing, line, passphrase)).collect::<Result<Vec<_>>>()?;
    #[cfg(feature = "fault-points")]
    if crate::fault::keeps_first_stretching() {
        return Ok(Arc::new(keys.swap_remove(0)));
    }
    if !lines[0].is_strong() {
        let sealed = sealed(writing)?;
        let opens = |(_, _, bytes): &Sealed| keys.iter().any(|key| key.sealed(bytes));
        if !sealed.is_empty() && !sealed.iter().any(opens) {
            // another passphrase than the one they were sealed with: that is to be said of each, and nothing changed
            return Ok(Arc::new(keys.swap_remove(0)));
        }
        lines.insert(0, Stretch::new(random::<SALT_BYTES>()?));
        keys.insert(0, key(writing, &lines[0], passphrase)?);
        write(writing, &lines)?;
        point!("escrow.kdf.before");
    }
    if lines.len() > 1 {
        seal_anew(writing, &keys)?;
        let rest = sealed(writing)?;
        if rest.iter().all(|(_, _, bytes)| keys[0].sealed(bytes)) {
            lines.truncate(1);
            write(writing, &lines)?;
            point!("escrow.kdf.after");
        }
    }
    Ok(Arc::new(keys.swap_remove(0)))
}

/// A file that a passphrase sealed: its name, its slot, and what stands behind its head.
type Sealed = (String, String, Vec<u8>);

fn sealed(writing: &Writing<'_>) -> Result<Vec<Sealed>> {
    let mut sealed = Vec::new();
    for name in writing.folder().names()? {
        let Some(slot) = name.ends_with(SEALED).then(|| slot_of(&name)).flatten() else { continue };
        let Some(bytes) = writing.folder().read(&name)? else { continue };
        if let Some(behind) = bytes.strip_prefix(Lock::Passphrase.head().as_bytes()) {
            sealed.push((name, slot, behind.to_vec()));
        }
    }
    Ok(sealed)
}

/// Seals with the first key what one of the others opens.
fn seal_anew(writing: &Writing<'_>, keys: &[SealKey]) -> Result<()> {
    for (name, slot, bytes) in sealed(writing)? {
        let bound = bound(Lock::Passphrase, &slot);
        let Some(earlier) = keys[1..].iter().find(|key| key.sealed(&bytes)) else { continue };
        let value = match earlier.open(&bytes, &bound) {
            Ok(value) => value,
            // it is said when it is asked for
            Err(CannotOpen::Damaged | CannotOpen::OtherKey) => continue,
        };
        let anew = keys[0].seal(&value, random()?, &bound).ok_or(EscrowError::Seal)?;
        writing.replace(&name, &[Lock::Passphrase.head().as_bytes(), &anew].concat())?;
        point!("escrow.kdf.sealed");
    }
    Ok(())
}

fn read(writing: &Writing<'_>) -> Result<Vec<Stretch>> {
    let path = writing.folder().file(STRETCH_FILE);
    let Some(bytes) = writing.folder().read(STRETCH_FILE)? else { return Ok(Vec::new()) };
    let read = |line: &str| Stretch::parse(line.strip_prefix(STRETCH_HEAD)?);
    let lines: Option<Vec<Stretch>> =
        std::str::from_utf8(&bytes).ok().and_then(|text| text.trim_end().lines().map(read).collect());
    match lines {
        Some(lines) if lines.iter().any(|line| !line.is_ours()) => Err(EscrowError::Weak { path }),
        Some(lines) if !lines.is_empty() => Ok(lines),
        _ => Err(unclear(writing)),
    }
}

fn write(writing: &Writing<'_>, lines: &[Stretch]) -> Result<()> {
    let lines: Vec<String> = lines.iter().map(|line| format!("{STRETCH_HEAD}{}\n", line.line())).collect();
    writing.replace(STRETCH_FILE, lines.concat().as_bytes())
}

fn key(writing: &Writing<'_>, line: &Stretch, passphrase: &Secret) -> Result<SealKey> {
    line.key(passphrase).ok_or_else(|| unclear(writing))
}

fn unclear(writing: &Writing<'_>) -> EscrowError {
    EscrowError::KeyFile {
        path: writing.folder().file(STRETCH_FILE),
        reason: "does not say how to stretch a passphrase".to_owned(),
    }
}
