//! Making the new key: with a value that is minted here and of which the backend is told the hash, or with one that the
//! backend makes and tells once.

use std::ops::ControlFlow;

use super::Executor;
use super::carry_out::{failed, new_slot, refused};
use crate::client::{MintedValue, NewKey, Scope};
use crate::domain::ids::KeyId;
use crate::domain::key::{Key, Status};
use crate::domain::key_value::{self, KeyKind};
use crate::domain::rotation::{Minted, Orphan, Outcome, Registered, Rotation};
use crate::domain::secret::Secret;
use crate::fault::point;
use crate::local::escrow::EscrowError;
use crate::ops::{create, load};

fn escrow(error: &EscrowError) -> Outcome {
    failed(format!("{error}; {}", error.hint()))
}

fn registered(key: Key) -> Registered {
    Registered { id: key.id, name: key.name, expires: key.expires }
}

impl Executor<'_> {
    pub(super) async fn mint(&self, rotation: &Rotation) -> Result<Outcome, Outcome> {
        let slot = new_slot(rotation);
        if self.escrow.get(&slot).await.map_err(|error| escrow(&error))?.is_none() {
            let value = key_value::mint(KeyKind::ApiKey, getrandom::fill).map_err(|error| failed(error.to_string()))?;
            self.escrow.put(&slot, &value).await.map_err(|error| escrow(&error))?;
        }
        self.minted(rotation).await.map(Outcome::Minted)
    }

    /// The new value as it is read back from escrow: that counts, not what was written.
    async fn minted(&self, rotation: &Rotation) -> Result<Minted, Outcome> {
        match self.escrow.get(&new_slot(rotation)).await.map_err(|error| escrow(&error))? {
            Some(value) => Ok(Minted {
                fingerprint: key_value::fingerprint(value.expose()),
                masked: key_value::mask(value.expose()),
            }),
            None => Err(failed("the value was put into escrow and is not there")),
        }
    }

    pub(super) async fn register(&self, rotation: &Rotation, idempotency_key: &str) -> Result<Outcome, Outcome> {
        let new = NewKey {
            note: None,
            name: rotation.plan.name.clone(),
            expires: rotation.plan.expires,
            contacts: rotation.plan.contacts.clone(),
            value: None,
            rotated_from: Some(rotation.old.id.clone()),
            access: None,
            owner: None,
            idempotency_key: None,
        };
        if rotation.plan.abilities.mints {
            return self.register_there(rotation, &new).await;
        }
        let Some(minted) = &rotation.minted else { return Err(failed("no value is minted")) };
        // a value that nobody has any more must not become a key
        let value = self.new_value(rotation).await?;
        if key_value::fingerprint(value.expose()) != minted.fingerprint {
            return Err(failed("the value in escrow is another than the one that was minted"));
        }
        let new = NewKey {
            value: Some(MintedValue { fingerprint: minted.fingerprint.clone(), masked: minted.masked.clone() }),
            idempotency_key: Some(idempotency_key.to_owned()),
            ..new
        };
        let made = create::create(&*self.service, &self.permit, &new, rotation.old.owner).await;
        let (key, _) = made.map_err(|error| refused(&error))?;
        Ok(Outcome::Registered(registered(key)))
    }

    /// The value that the backend answers exists nowhere else, so it goes into escrow before anything else.
    async fn register_there(&self, rotation: &Rotation, new: &NewKey) -> Result<Outcome, Outcome> {
        let made = create::create(&*self.service, &self.permit, new, rotation.old.owner).await;
        point!("register.answered");
        let (key, value) = made.map_err(|error| refused(&error))?;
        let lost = |why: String| {
            let reason = format!("the key {} was made, but its value could not be kept: {why}", key.id);
            Outcome::Failed { reason: reason.into(), maybe_done: true }
        };
        let value = value.ok_or_else(|| lost("the backend did not tell it".to_owned()))?;
        self.escrow.put(&new_slot(rotation), &value).await.map_err(|error| lost(error.to_string()))?;
        let minted = self.minted(rotation).await?;
        Ok(Outcome::RegisteredThere(registered(key), minted))
    }

    /// The ids of the caller's keys. That the escrow takes a value is tried here as well: the backend tells one only once.
    pub(super) async fn list_keys(&self, rotation: &Rotation) -> Result<Outcome, Outcome> {
        let slot = format!("{}/tried", rotation.id);
        self.escrow.put(&slot, &Secret::new("tried".to_owned())).await.map_err(|error| escrow(&error))?;
        let keys = self.own_keys().await?;
        Ok(Outcome::Listed(keys.into_iter().map(|key| key.id).collect()))
    }

    async fn own_keys(&self) -> Result<Vec<Key>, Outcome> {
        let mut keys = Vec::new();
        let mut each = |page: crate::client::Rows<Key>| {
            keys.extend(page.rows);
            ControlFlow::Continue(())
        };
        load::keys(&*self.service, Scope::Mine, &mut each).await.map_err(|error| refused(&error))?;
        Ok(keys)
    }

    /// The keys that are there now and were not before the backend was asked for one, and have the name that was asked for.
    pub(super) async fn new_keys(&self, rotation: &Rotation) -> Result<Vec<Key>, Outcome> {
        let before: &[KeyId] = rotation.keys_before.as_deref().unwrap_or_default();
        let mut keys = self.own_keys().await?;
        keys.retain(|key| {
            key.status != Status::Revoked
                && !before.contains(&key.id)
                && key.name.as_received() == rotation.plan.name
                && key.id != rotation.old.id
        });
        Ok(keys)
    }

    /// After an answer that was lost, or that nobody lived to take in.
    pub(super) async fn find_orphans(&self, rotation: &Rotation) -> Result<Outcome, Outcome> {
        let mut keys = self.new_keys(rotation).await?;
        let kept = self.escrow.get(&new_slot(rotation)).await.map_err(|error| escrow(&error))?;
        if kept.is_some() && keys.len() == 1 {
            // the answer did arrive, and its value is in escrow
            let minted = self.minted(rotation).await?;
            return Ok(Outcome::RegisteredThere(registered(keys.remove(0)), minted));
        }
        let orphan = |key: Key| Orphan { id: key.id, name: key.name, masked: key.masked };
        Ok(Outcome::Orphans(keys.into_iter().map(orphan).collect()))
    }

    pub(super) async fn delete_orphans(&self, rotation: &Rotation) -> Result<Outcome, Outcome> {
        for orphan in &rotation.orphans {
            self.give_up(rotation, &orphan.id).await?;
        }
        // of several keys it is not known whose value this is
        self.escrow.wipe(&new_slot(rotation)).await.map_err(|error| escrow(&error))?;
        Ok(Outcome::Done)
    }
}
