//! What the real call would answer, as far as it is known before anything is sent: a dry run ends as the real one would.

use super::connect::Connection;
use super::exit::{Exit, Stop};
use super::output::Output;
use super::rows;
use crate::client::error::ServiceError;
use crate::domain::deed::{Barred, Who};
use crate::domain::failure::Failure;
use crate::domain::key::{Key, Status};
use crate::domain::names::Names;

/// Ends a dry run: in the way of the real call stands a read-only profile, else `stop`; without either it ends in
/// `otherwise`. Says which it is.
pub fn end(connection: &Connection, stop: Option<Stop>, otherwise: Exit, output: &mut Output) -> Exit {
    if let Err(read_only) = connection.permit() {
        output.say(&format!("without --dry-run it ends here: {read_only}"));
        return read_only.ending().into();
    }
    let narrow = connection.me.why_no_change().map(|why| Stop::denied(why, "use a key with the access full"));
    let Some(stop) = narrow.or(stop) else { return otherwise };
    output.say(&format!("without --dry-run it ends here: {stop}"));
    output.say(&format!("hint: {}", stop.hint()));
    stop.ending().into()
}

/// The roles of the keys' owners, where who asks may not change everybody's keys.
pub async fn roles(connection: &Connection, keys: &[Key]) -> Result<Names, ServiceError> {
    let me = &connection.me;
    let asks = me.is_admin() && !me.is_superadmin() && keys.iter().any(|key| key.owner_id != me.id);
    if asks { rows::names(connection).await } else { Ok(Names::default()) }
}

/// Why a change of this key's name, contacts or expiry would be refused.
pub async fn change(connection: &Connection, key: &Key) -> Result<Option<Stop>, ServiceError> {
    let names = roles(connection, std::slice::from_ref(key)).await?;
    let who = Who { me: &connection.me, names: &names };
    let what = |barred: Barred| format!("{} ({}) is {}", key.name, key.masked, barred.words());
    Ok(match who.may_not_change(key) {
        Some(barred) => Some(Stop::denied(what(barred), "ask somebody who may")),
        None if key.status == Status::Revoked => {
            Some(Stop::failed(what(Barred::Revoked), "make a new key with keydeck create"))
        }
        None => None,
    })
}
