//! Whether what the server gives goes on from what was taken: no entry is left out, and the log is still the same.

use super::position::Taken;
use crate::domain::audit::AuditEntry;
use crate::domain::untrusted::Untrusted;

/// How the log does not go on from what was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// It ends before the last entry that was taken.
    Cut { seq: i64 },
    /// That entry is another one.
    Rewritten { seq: i64 },
    /// There is none of this number, though there are later ones.
    Missing { seq: i64 },
}

/// The entries behind what was taken, of `rows`, which begin with the last entry that was taken, where one was.
///
/// # Errors
/// When they do not go on from it.
pub fn next<'r>(taken: &Taken, rows: &'r [AuditEntry]) -> Result<&'r [AuditEntry], Broken> {
    let seq = taken.seq;
    let entries = match (seq, rows) {
        (0, rows) => rows,
        (_, [last, rest @ ..]) if last.number == seq => {
            let hash = last.hash.as_ref().map(Untrusted::as_received);
            if taken.hash.is_some() && taken.hash.as_deref() != hash {
                return Err(Broken::Rewritten { seq });
            }
            rest
        }
        (_, _) => return Err(Broken::Cut { seq }),
    };
    let mut expected = seq;
    for entry in entries {
        expected += 1;
        if entry.number != expected {
            return Err(Broken::Missing { seq: expected });
        }
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::export::tests::entry;

    fn rows(numbers: &[i64]) -> Vec<AuditEntry> {
        numbers.iter().map(|number| entry(*number, "api_key.create")).collect()
    }

    fn after(seq: i64, hash: Option<&str>, numbers: &[i64]) -> Result<Vec<i64>, Broken> {
        let rows = rows(numbers);
        let taken = Taken { seq, hash: hash.map(str::to_owned) };
        next(&taken, &rows).map(|entries| entries.iter().map(|entry| entry.number).collect())
    }

    #[test]
    fn entries_go_on_from_what_was_taken() {
        assert_eq!(after(0, None, &[1, 2, 3]), Ok(vec![1, 2, 3]));
        assert_eq!(after(0, None, &[]), Ok(vec![]));
        assert_eq!(after(2, Some("hash-2"), &[2, 3, 4]), Ok(vec![3, 4]));
        assert_eq!(after(2, None, &[2]), Ok(vec![]), "whose hash is not known");
    }

    #[test]
    fn what_does_not_go_on_is_told_and_nothing_is_passed_over() {
        assert_eq!(after(0, None, &[2, 3]), Err(Broken::Missing { seq: 1 }));
        assert_eq!(after(2, Some("hash-2"), &[2, 3, 5]), Err(Broken::Missing { seq: 4 }));
        assert_eq!(after(2, Some("another"), &[2, 3]), Err(Broken::Rewritten { seq: 2 }));
        assert_eq!(after(9, Some("hash-9"), &[]), Err(Broken::Cut { seq: 9 }));
        assert_eq!(after(2, Some("hash-2"), &[3, 4]), Err(Broken::Cut { seq: 2 }));
    }
}
