//! Cursors: where the next page begins, opaque to the client.
//!
//! A cursor holds the sorted value and the id of the last row, never a row number, so that rows which come or go between
//! two pages neither repeat nor hide others. It carries a digest over itself and the list it belongs to: a damaged one,
//! or one of another list, is a 400 and never a wrong page.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::problem::Problem;

const SEAL: usize = 8;

/// The cursor of a place in `list`, which names the endpoint and everything that chooses and orders its rows.
pub fn write<P: Serialize>(list: &str, place: &P) -> Result<String, Problem> {
    let payload = serde_json::to_vec(place).map_err(|_unwritable| Problem::server())?;
    let mut bytes = seal(list, &payload).to_vec();
    bytes.extend(payload);
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// The place a cursor of `list` stands for.
pub fn read<P: DeserializeOwned>(list: &str, cursor: &str) -> Result<P, Problem> {
    let damaged = || Problem::malformed("cursor", "damaged, or of another list");
    let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_unreadable| damaged())?;
    let (sealed, payload) = bytes.split_at_checked(SEAL).ok_or_else(damaged)?;
    if sealed != seal(list, payload) {
        return Err(damaged());
    }
    serde_json::from_slice(payload).map_err(|_unreadable| damaged())
}

fn seal(list: &str, payload: &[u8]) -> [u8; SEAL] {
    let digest = Sha256::new().chain_update(list.as_bytes()).chain_update([0]).chain_update(payload).finalize();
    let mut sealed = [0; SEAL];
    sealed.copy_from_slice(&digest[..SEAL]);
    sealed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_damage_is_noticed() {
        let place = ("2026-11-21T08:30:00.000Z".to_owned(), "key".to_owned());
        let cursor = write("list", &place).unwrap();
        assert_eq!(read::<(String, String)>("list", &cursor).unwrap(), place);
        assert!(read::<(String, String)>("another", &cursor).is_err());
        for at in 0..cursor.len() {
            let mut damaged = cursor.clone();
            let other = if &cursor[at..=at] == "A" { "B" } else { "A" };
            damaged.replace_range(at..=at, other);
            assert!(read::<(String, String)>("list", &damaged).is_err(), "{at}");
            assert!(read::<(String, String)>("list", &cursor[..at]).is_err(), "cut at {at}");
        }
        for nonsense in ["", "=", "%", "AAAA", "ü", "eyJ"] {
            assert!(read::<(String, String)>("list", nonsense).is_err());
        }
    }
}
