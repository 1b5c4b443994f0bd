//! `keydeck create`.

use std::path::Path;

use serde::Serialize;

use super::args::Create;
use super::connect::{self, Connection};
use super::exit::{Exit, Stop};
use super::note::check_note;
use super::output::Output;
use super::value::{self, Destination, Lost};
use super::wire::{Document, KeyRow};
use super::{confirm, foresee, users, wire};
use crate::client::capabilities::Capability;
use crate::client::error::ServiceError;
use crate::client::{KeyService, MintedValue, NewKey, WritePermit};
use crate::config::Paths;
use crate::domain::bulk::Confirmation;
use crate::domain::key::{Access, Key};
use crate::domain::key_fields::{self, Expiry};
use crate::domain::secret::Secret;
use crate::domain::settings::Settings;
use crate::domain::team::User;
use crate::domain::time::{Time, When};
use crate::ops;
use crate::ops::orphans::Unmade;

/// The same as in the console.
const EXPIRES: &str = "90d";

/// A key that would be made.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Planned<'a> {
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    collection_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<When>,
    contacts: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    access: Option<&'a Access>,
    outcome: &'static str,
}

/// A key that was made or given a new value, with the value only where it was asked for.
#[derive(Serialize)]
pub struct Made<'a> {
    #[serde(flatten)]
    pub key: KeyRow,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<&'a str>,
}

/// What is said about it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MadeMeta {
    /// The file that has the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written_to: Option<String>,
}

/// Makes a key.
pub async fn run(
    args: &Create,
    paths: &Paths,
    profile: Option<&str>,
    config: Option<&Path>,
    output: &mut Output,
) -> anyhow::Result<Exit> {
    let expires = check(args)?;
    let session = connect::choose_to_change(paths, profile, config, args.how.dry_run).await?.1;
    let asks = session.production && !args.how.yes && !args.how.dry_run;
    if asks {
        confirm::can_be_asked()?;
    }
    let connection = Connection::open(session, output).await?;
    let now = connection.now();
    let expires = expires.at(now).map_err(|why| wrong("--expires", &why))?;
    // where the backend sets every expiry, the usual one is not asked for
    let expires = expires.filter(|_| args.expires.is_some() || connection.has(Capability::Expiry));
    let owner = match &args.owner {
        Some(who) => Some(owner(who, &connection).await?),
        None => None,
    };
    let new = NewKey {
        owner: owner.as_ref().map(|owner| owner.id),
        name: args.name.clone().unwrap_or_default(),
        expires,
        contacts: args.contacts.clone(),
        access: args.access.clone(),
        note: args.note.clone(),
        ..NewKey::default()
    };
    match args.collection {
        Some(_) => connection.require([Capability::CreateCollectionKeys])?,
        None => connection.require(new.needs().chain(args.expires.as_ref().map(|_| Capability::Expiry)))?,
    }
    if let Some(otherwise) = connection.service.capabilities().without_contacts()
        && new.contacts.is_empty()
        && args.collection.is_none()
    {
        let what = format!("a key needs somebody who is told before it ends: {otherwise}");
        return Err(
            Stop::usage(what, "pass --contact ADDRESS, of a mailbox that somebody reads; nothing was sent").into()
        );
    }
    if args.how.dry_run {
        return Ok(plan(args, expires, now, &connection, output).await);
    }
    let permit = connection.permit()?;
    if asks {
        let what = args.name.as_deref().or(args.collection.as_deref()).unwrap_or_default();
        output.say(&format!("Make “{what}” at {} ({}).", connection.service.address(), connection.named()));
        confirm::ask("make", Confirmation::Count(1), output)?;
    }
    let mut destination = Destination::open(&args.sink)?;
    let made = match &args.collection {
        Some(uid) => collection_key(args, uid, &connection, permit, &mut destination).await?,
        None => api_key(new, &connection, permit, &mut destination, output).await?,
    };
    let lost = match made {
        Ok((key, value)) if tell(&key, &value, destination, args.how.json, output) => return Ok(Exit::Done),
        Ok((key, _)) => Lost { key, what: "the value could not be printed".to_owned() },
        Err(lost) => *lost,
    };
    Err(give_up(&lost, &*connection.service, permit).await.into())
}

/// Whose the key is to be.
async fn owner(who: &str, connection: &Connection) -> anyhow::Result<User> {
    connection.require([Capability::HandOver, Capability::Users])?;
    let owner = users::find(&connection.service.users().await?, who)?;
    if !owner.active {
        let what = format!("{} is not active: none of their keys is accepted", owner.name.marked());
        return Err(Stop::failed(what, "keydeck users activate makes them active again").into());
    }
    Ok(owner)
}

/// Revokes a key that was just made and whose value nobody has; says what became of it.
async fn give_up(lost: &Lost, service: &dyn KeyService, permit: &WritePermit) -> Stop {
    let Lost { key, what } = lost;
    match ops::change::delete(service, permit, key).await {
        Ok(()) => Stop::failed(
            format!("{what} and is lost: the key {} was revoked again", key.id),
            "let standard output lead where the value arrives, or pass --write-secret FILE",
        ),
        Err(error) => Stop::failed(
            format!("{what} and is lost, and the key {} exists without it: {}", key.id, error.reason()),
            format!("keydeck delete {}, then try again", key.id),
        ),
    }
}

/// What the command line alone shows to be wrong; gives the wished expiry.
fn check(args: &Create) -> Result<Expiry, Stop> {
    check_note(args.note.as_deref())?;
    if let Some(name) = &args.name {
        key_fields::name(name).map_err(|why| wrong("--name", &why))?;
    }
    for contact in &args.contacts {
        key_fields::contact(contact).map_err(|why| wrong("--contact", &why))?;
    }
    if let Some(uid) = &args.collection {
        key_fields::collection_uid(uid).map_err(|why| wrong("--collection", &why))?;
    }
    if !args.how.dry_run {
        value::check(&args.sink)?;
    }
    Expiry::parse(args.expires.as_deref().unwrap_or(EXPIRES)).map_err(|why| wrong("--expires", &why))
}

pub fn wrong(option: &str, why: &str) -> Stop {
    Stop::usage(format!("{option}: {why}"), "correct it, or see the command's --help; nothing was sent")
}

/// Says what would be made: when it expires is the team's to say.
async fn plan(args: &Create, expires: Option<Time>, now: Time, connection: &Connection, output: &mut Output) -> Exit {
    let settings = connection.service.settings().await.ok();
    let refused = refused(args, settings.as_ref(), connection);
    let expires = expires.or_else(|| connection.service.capabilities().life_ends(now));
    let expires = When::from(settings.map_or(expires, |settings| settings.expiry_of(now, expires)));
    let expires = args.collection.is_none().then_some(expires);
    if args.how.json {
        let planned = Planned {
            name: args.name.as_deref(),
            collection_id: args.collection.as_deref(),
            expires_at: expires,
            contacts: &args.contacts,
            access: args.access.as_ref(),
            outcome: "wouldCreate",
        };
        output.json(&Document { data: vec![planned], meta: wire::DryRun::new() });
    } else {
        let what = args.name.as_deref().or(args.collection.as_deref()).unwrap_or_default();
        let expires = expires.map(|at| format!(", expires: {}", at.exact())).unwrap_or_default();
        let access = args.access.as_ref().map(|access| format!(", access: {access}")).unwrap_or_default();
        output.line(&format!("Make “{what}” at {}{expires}{access}", connection.service.address()));
        output.say("nothing was sent: this was a dry run");
    }
    foresee::end(connection, refused, Exit::Done, output)
}

/// Why the server would refuse to make it.
fn refused(args: &Create, settings: Option<&Settings>, connection: &Connection) -> Option<Stop> {
    let me = &connection.me;
    let closed = settings.is_some_and(|settings| !settings.members_may_generate);
    let why = if args.owner.is_some() && !me.is_admin() {
        "this takes the role admin"
    } else if !me.manages_keys() {
        "your role does not manage keys"
    } else if args.collection.is_none() && closed && !me.is_admin() {
        "the team's settings do not let members generate keys"
    } else {
        return None;
    };
    Some(Stop::denied(why, "ask an admin of the team"))
}

async fn api_key(
    new: NewKey,
    connection: &Connection,
    permit: &WritePermit,
    destination: &mut Destination,
    output: &mut Output,
) -> anyhow::Result<Result<(Key, Secret), Box<Lost>>> {
    let minted = value::mint_for(connection, destination)?;
    let new = NewKey { value: minted.as_ref().map(MintedValue::of), ..new };
    let owner = new.owner.unwrap_or(connection.me.id);
    match ops::orphans::create(&*connection.service, permit, &new, owner).await {
        Ok((key, answered)) => Ok(destination.take(key, minted, answered)),
        Err(unmade) => {
            match unmade.words() {
                Some(words) => {
                    output.say(&words);
                    offer_deletion(&unmade, connection, permit, output).await;
                }
                None => unsettled(&unmade.error, new.value.as_ref(), destination, output),
            }
            Err(unmade.error.into())
        }
    }
}

/// Offers to delete the one key that came of a lost answer, or says how to.
async fn offer_deletion(unmade: &Unmade, connection: &Connection, permit: &WritePermit, output: &mut Output) {
    let [key] = unmade.orphans.as_deref().unwrap_or_default() else { return };
    let delete = format!("keydeck delete {}", key.id);
    if !Output::can_ask() {
        return output.say(&format!("delete it: {delete}"));
    }
    let answer = output.ask(&format!("Delete {} ({}) now? y, or Enter to leave it: ", key.name, key.masked));
    if !answer.is_ok_and(|answer| answer.is_some_and(|answer| answer.trim().eq_ignore_ascii_case("y"))) {
        return output.say(&format!("it is left; to delete it: {delete}"));
    }
    match ops::change::delete(&*connection.service, permit, key).await {
        Ok(()) => output.say("it is deleted"),
        Err(error) => output.say(&format!("it was not seen to be deleted: {}; {delete}", error.reason())),
    }
}

/// After a lost answer the server may know the value or not: the file stays, and it is said how to find out.
pub fn unsettled(
    error: &ServiceError,
    minted: Option<&MintedValue>,
    destination: &mut Destination,
    output: &mut Output,
) {
    // of an orphan the error itself says what there is
    if !error.outcome_unknown() || error.orphan.is_some() {
        return;
    }
    let Some(MintedValue { masked, .. }) = minted else {
        return output.say("it may have been done all the same: its value is lost then, so look with keydeck list");
    };
    match destination.keep() {
        Some(path) => output
            .say(&format!("it may have been done all the same; the value is in {path}: keydeck show - < {path} tells")),
        None => output.say(&format!(
            "it may have been done all the same: if keydeck list shows the key {masked}, its value is lost"
        )),
    }
}

async fn collection_key(
    args: &Create,
    uid: &str,
    connection: &Connection,
    permit: &WritePermit,
    destination: &mut Destination,
) -> Result<Result<(Key, Secret), Box<Lost>>, ServiceError> {
    let (service, name) = (&*connection.service, args.name.as_deref());
    let (key, value) = ops::create::create_for_collection(service, permit, uid, name, args.note.as_deref()).await?;
    Ok(destination.take(key, None, value))
}

/// Tells of a key that was made or has a new value; false when its value did not arrive anywhere.
#[must_use]
pub fn tell(key: &Key, value: &Secret, mut destination: Destination, json: bool, output: &mut Output) -> bool {
    let written_to = destination.keep();
    let printed = destination.printed(value);
    let file = written_to.as_ref().map(|path| format!("; the value is in {path}")).unwrap_or_default();
    let kept = written_to.is_some();
    if json {
        let made = Made { key: KeyRow::from(key), value: printed };
        output.json(&Document { data: vec![made], meta: MadeMeta { written_to } });
    } else {
        output.line(printed.unwrap_or(key.id.as_str()));
        let expires = key.expires.exact();
        output.say(&format!("{}, {}, id {}, expires: {expires}{file}", key.name, key.masked, key.id));
    }
    value::arrived(kept, output)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::cli::args::Sink;
    use crate::client::capabilities::{Capabilities, Minting};
    use crate::client::fake::FakeService;
    use crate::domain::key_value::digest;

    /// Makes a key at a backend that mints, with its value going to a file; gives what came of it and what the file holds.
    async fn made(service: Arc<FakeService>) -> (anyhow::Result<Result<(Key, Secret), Box<Lost>>>, Option<String>) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ci.key");
        let (me, permit) = (service.me().await.unwrap(), WritePermit::unless_read_only(false));
        let connection = Connection { service, me, permit, profile: "acme".to_owned(), production: false };
        let sink = Sink { print_secret: false, write_secret: Some(file.clone()) };
        let mut destination = Destination::open(&sink).unwrap();
        let new = NewKey { name: "ci".to_owned(), ..NewKey::default() };
        let mut output = Output::to(Box::new(std::io::sink()));
        let permit = connection.permit().unwrap();
        let made = api_key(new, &connection, permit, &mut destination, &mut output).await;
        if matches!(made, Ok(Ok(_))) {
            destination.keep();
        }
        drop(destination);
        (made, std::fs::read_to_string(file).ok())
    }

    fn minting() -> Arc<FakeService> {
        let capabilities = Capabilities::all().minted_by(Minting::Server);
        Arc::new(FakeService::new(Vec::new()).with_capabilities(capabilities))
    }

    #[tokio::test]
    async fn a_value_that_the_backend_minted_is_in_the_file() {
        let (made, file) = made(minting()).await;
        let (key, value) = made.unwrap().unwrap();
        assert_eq!(key.digest, Some(digest(value.expose())));
        assert_eq!(file.unwrap().trim(), value.expose());
    }

    #[tokio::test]
    async fn a_key_whose_value_nobody_has_is_revoked_again_or_named() {
        let service = FakeService::new(vec![Key::sample("k")]);
        let permit = WritePermit::unless_read_only(false).unwrap();
        let lost = Lost { key: Key::sample("k"), what: "the value could not be printed".to_owned() };
        let said = give_up(&lost, &service, &permit).await.to_string();
        assert_eq!(said, "the value could not be printed and is lost: the key k was revoked again");
        assert_eq!(service.state().keys[0].status, crate::domain::key::Status::Revoked);
        service.fail("delete_api_key", crate::client::error::ErrorKind::Unreachable);
        let stop = give_up(&lost, &service, &permit).await;
        assert!(stop.to_string().contains("the key k exists without it"), "{stop}");
    }

    #[tokio::test]
    async fn a_lost_answer_of_a_backend_that_mints_leaves_no_file_and_makes_no_second_key() {
        let service = minting();
        service.lose_answer("create_api_key");
        let (made, file) = made(Arc::clone(&service)).await;
        assert!(made.is_err() && file.is_none());
        assert_eq!(service.count("create_api_key"), 1);
    }
}
