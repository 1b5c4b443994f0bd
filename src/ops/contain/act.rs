//! Doing what was decided: revoking, disabling, dating, or letting a key delete itself.

use std::collections::HashMap;

use tokio_util::sync::CancellationToken;

use super::{ContainError, Containment, Told, see};
use crate::client::capabilities::Capability;
use crate::client::error::{ErrorKind, ServiceError};
use crate::client::{KeyChange, KeyService, WritePermit};
use crate::domain::bulk::{Outcome, Progress};
use crate::domain::deed::Deed;
use crate::domain::ids::KeyId;
use crate::domain::incident::{Act, Answer, Effect, Event, Facts, Measure, Subject, Tried};
use crate::domain::key::{Key, Revocation, Status};
use crate::domain::key_value::KeyKind;
use crate::domain::secret::Secret;
use crate::domain::time::Time;
use crate::domain::untrusted::Untrusted;
use crate::fault::point;
use crate::ops::bulk::{self, Order};
use crate::ops::pace;

impl Containment {
    /// Sends what was decided and was not sent: on the record first, then in as few calls as possible.
    pub(super) async fn act(&mut self, told: &mut Told<'_>) -> Result<(), ContainError> {
        let to_do: Vec<(usize, Measure)> = self
            .incident
            .subjects
            .iter()
            .enumerate()
            .filter(|(_, subject)| subject.act == Act::ToDo)
            .filter_map(|(number, subject)| Some((number, subject.measure?)))
            .filter(|(_, measure)| *measure != Measure::Leave)
            .collect();
        let is_by_hand = |number: usize, measure: Measure| {
            measure == Measure::Revoke && self.incident.subjects.get(number).is_some_and(|subject| subject.by_hand)
        };
        let (by_hand, to_do): (Vec<_>, Vec<_>) =
            to_do.into_iter().partition(|(number, measure)| is_by_hand(*number, *measure));
        if !by_hand.is_empty() {
            self.note_by_hand(by_hand.into_iter().map(|(number, _)| number).collect()).await?;
            told(&self.incident);
        }
        if to_do.is_empty() {
            return Ok(());
        }
        if let Err(error) = &self.desk.permit {
            let answer = Answer::Denied(error.reason().into());
            let answered =
                |(subject, _): &(usize, Measure)| Event::Answered { subject: *subject, answer: answer.clone() };
            return self.note(to_do.iter().map(answered).collect()).await;
        }
        self.note(vec![Event::Sending { subjects: to_do.iter().map(|(number, _)| *number).collect() }]).await?;
        told(&self.incident);
        for measure in [Deed::Revoke, Deed::Disable] {
            let of_measure = |(_, wanted): &&(usize, Measure)| match wanted {
                Measure::Revoke => measure == Deed::Revoke,
                Measure::Freeze => measure == Deed::Disable,
                Measure::Replace { .. } | Measure::SelfDelete | Measure::Leave => false,
            };
            let some: Vec<usize> = to_do.iter().filter(of_measure).map(|(number, _)| *number).collect();
            if !some.is_empty() {
                self.change_many(measure, &some).await?;
                told(&self.incident);
            }
        }
        for (number, measure) in to_do {
            let answer = match measure {
                Measure::Replace { by } => self.date(number, by).await,
                Measure::SelfDelete => self.delete_itself(number).await,
                Measure::Revoke | Measure::Freeze | Measure::Leave => continue,
            };
            self.note(vec![Event::Answered { subject: number, answer }]).await?;
            told(&self.incident);
        }
        Ok(())
    }

    /// A person says that they revoked keys on their page: nothing is sent. Where a key is written down here, that is too.
    async fn note_by_hand(&mut self, numbers: Vec<usize>) -> Result<(), ContainError> {
        for number in &numbers {
            if let (Some(facts), Ok(permit)) = (self.facts(*number), &self.desk.permit)
                && self.desk.service.capabilities().tracks().is_some()
            {
                // what it says of the key stands in the record, whether or not this can be written
                let _ = self.desk.service.delete_api_key(permit, &facts.id, None).await;
            }
        }
        let answer = |subject| Event::Answered { subject, answer: Answer::RevokedByHand };
        self.note(numbers.into_iter().map(answer).collect()).await
    }

    /// Revokes or disables keys, but for those that are so already: somebody else may have been faster.
    async fn change_many(&mut self, deed: Deed, numbers: &[usize]) -> Result<(), ContainError> {
        let known: Vec<(usize, Key)> =
            numbers.iter().filter_map(|number| Some((*number, self.key(*number)?))).collect();
        let ids: Vec<(KeyId, KeyKind)> = known.iter().map(|(_, key)| (key.id.clone(), key.kind)).collect();
        // what cannot be read is sent all the same: minutes matter, and revoking twice revokes once
        let seen = see::look(&*self.desk.service, &ids).await.unwrap_or_default();
        let now: HashMap<(bool, KeyId), Key> =
            seen.into_iter().map(|key| ((key.kind == KeyKind::ApiKey, key.id.clone()), key)).collect();
        let (mut events, mut numbers, mut keys) = (Vec::new(), Vec::new(), Vec::new());
        for (number, key) in known {
            let now = now.get(&(key.kind == KeyKind::ApiKey, key.id.clone()));
            let already = match now.map(|key| &key.status) {
                Some(Status::Revoked) => Some(Answer::AlreadyRevoked),
                Some(Status::Disabled) if deed == Deed::Disable => Some(Answer::AlreadyDisabled),
                Some(Status::Disabled | Status::Enabled | Status::Other(_)) | None => None,
            };
            if let Some(answer) = already {
                events.push(Event::Answered { subject: number, answer });
            } else {
                numbers.push(number);
                keys.push(now.cloned().unwrap_or(key));
            }
        }
        self.note(events).await?;
        if keys.is_empty() {
            return Ok(());
        }
        let (admin, note) = (self.desk.me.is_admin(), format!("incident {}", self.incident.id));
        let Ok(permit) = &self.desk.permit else { return Ok(()) };
        let order = Order {
            note: Some(&note),
            reason: (deed == Deed::Revoke).then_some(&Revocation::Exposed),
            ..Order::new(deed, &keys, self.desk.me.own_key.as_ref())
        };
        point!("contain.send.before");
        // nothing stops it: what was decided is sent
        let stop = CancellationToken::new();
        let outcomes = bulk::carry_out(&*self.desk.service, permit, order, None, &stop, &mut |_: Progress| ()).await;
        point!("contain.send.after");
        let answered = numbers.into_iter().zip(outcomes);
        let events =
            answered.map(|(subject, (_, outcome))| Event::Answered { subject, answer: answer(outcome, admin) });
        self.note(events.collect()).await
    }

    /// Has the server end one's own key at a moment.
    async fn date(&self, number: usize, by: Time) -> Answer {
        let (Some(facts), Ok(permit)) = (self.facts(number), &self.desk.permit) else { return not_known() };
        let service = &*self.desk.service;
        let ends_before = facts.expires.time().is_some_and(|expires| expires <= by);
        if ends_before {
            return Answer::Dated;
        }
        let note = Some(format!("incident {}", self.incident.id));
        let change = KeyChange { expires: Some(by), note, ..KeyChange::default() };
        let sent = pace::through_limit(service, || service.change_api_key(permit, &facts.id, &change)).await;
        let Err(error) = sent else { return Answer::Dated };
        if error.outcome_unknown()
            && let Ok(key) = service.api_key(&facts.id).await
            && key.expires.time().is_some_and(|expires| expires <= by)
        {
            return Answer::Dated;
        }
        refused(&error)
    }

    /// Lets a key delete itself, by the value that was pasted.
    async fn delete_itself(&self, number: usize) -> Answer {
        let Some(subject) = self.incident.subjects.get(number) else { return not_known() };
        let value = subject.given.fingerprint.as_deref().and_then(|fingerprint| self.values.get(fingerprint));
        let (Some(value), Some(id), Ok(permit)) = (value, own_id(subject), &self.desk.permit) else {
            return Answer::Failed("which key it is did not get known".into());
        };
        if let Some(why) = self.desk.service.capabilities().why_not(Capability::DeleteKeys) {
            return Answer::Failed(why.into());
        }
        point!("contain.self-delete.before");
        let answer = self_delete(&*self.desk.service, permit, value, &id).await;
        point!("contain.self-delete.after");
        answer
    }

    /// Looks what became of what was sent before the program was cut short: what is not as was wished is decided anew.
    pub(super) async fn read_back(&mut self) -> Result<(), ContainError> {
        let sent: Vec<(usize, Measure)> = self
            .incident
            .subjects
            .iter()
            .enumerate()
            .filter(|(_, subject)| matches!(subject.act, Act::Sent { .. }))
            .map(|(number, subject)| (number, subject.measure.unwrap_or(Measure::Leave)))
            .collect();
        let ids: Vec<(KeyId, KeyKind)> = sent
            .iter()
            .filter_map(|(number, _)| Some((own_id(self.incident.subjects.get(*number)?)?, self.kind_of(*number))))
            .collect();
        let seen = match see::look(&*self.desk.service, &ids).await {
            Ok(seen) => seen,
            Err(error) => return self.trouble(Effect::ReadBack, &error).await,
        };
        let mut events = Vec::new();
        for (number, measure) in sent {
            let Some(subject) = self.incident.subjects.get(number) else { continue };
            let id = own_id(subject);
            let key = seen.iter().find(|key| Some(&key.id) == id.as_ref() && key.kind == self.kind_of(number));
            events.push(read_back(number, subject, measure, key));
        }
        self.note(events).await
    }

    fn facts(&self, number: usize) -> Option<&Facts> {
        self.incident.subjects.get(number)?.facts()
    }

    /// A key as far as it is known, to be sent.
    fn key(&self, number: usize) -> Option<Key> {
        let facts = self.facts(number)?;
        Some(Key {
            kind: facts.kind(),
            name: facts.name.clone(),
            masked: facts.masked.clone(),
            status: facts.status.clone(),
            owner_id: facts.owner_id,
            ..Key::sample(facts.id.as_str())
        })
    }
}

/// What a look at a key says of what was sent about it.
fn read_back(number: usize, subject: &Subject, measure: Measure, key: Option<&Key>) -> Event {
    let again = Event::Decided { subject: number, measure };
    let answered = |answer| Event::Answered { subject: number, answer };
    match (measure, key.map(|key| (&key.status, key))) {
        (Measure::Leave, _) => again,
        (_, Some((Status::Revoked, _))) => answered(Answer::AlreadyRevoked),
        (Measure::Freeze, Some((Status::Disabled, _))) => answered(Answer::AlreadyDisabled),
        (Measure::Replace { by }, Some((_, key))) if key.expires.time().is_some_and(|expires| expires <= by) => {
            answered(Answer::Dated)
        }
        // sending it once more does what sending it once does
        (Measure::Revoke | Measure::Freeze | Measure::Replace { .. }, Some(_)) => again,
        (Measure::Revoke | Measure::Freeze | Measure::Replace { .. }, None) => answered(Answer::Unknown(
            "it was sent when keydeck was cut short, and the server shows no such key now".into(),
        )),
        (Measure::SelfDelete, _) if subject.in_hand => again,
        (Measure::SelfDelete, _) => answered(Answer::Unknown(
            "it was sent when keydeck was cut short: paste the value again to see whether the key is still alive"
                .into(),
        )),
    }
}

/// The id of a subject's key: as the server told it, or as the key itself did when it was tried.
fn own_id(subject: &Subject) -> Option<KeyId> {
    let told = || match &subject.first.as_ref()?.tried {
        Tried::Accepted { key, .. } => key.clone(),
        Tried::Refused | Tried::Doubtful(_) => None,
    };
    subject.facts().map(|facts| facts.id.clone()).or_else(told)
}

async fn self_delete(service: &dyn KeyService, permit: &WritePermit, value: &Secret, id: &KeyId) -> Answer {
    let itself = match service.with_key(value.duplicate()) {
        Ok(itself) => itself,
        Err(error) => return refused(&error),
    };
    match pace::through_limit(&*itself, || itself.delete_api_key(permit, id, None)).await {
        Ok(()) => Answer::Deleted,
        // refused as a credential: somebody was faster
        Err(error) if error.kind == ErrorKind::Unauthenticated => Answer::AlreadyRevoked,
        Err(error) if error.outcome_unknown() => match itself.me().await {
            Err(seen) if seen.kind == ErrorKind::Unauthenticated => Answer::Deleted,
            Ok(_) => Answer::Failed(error.reason().into()),
            Err(_) => Answer::Unknown(error.reason().into()),
        },
        Err(error) => refused(&error),
    }
}

fn not_known() -> Answer {
    Answer::Failed("the key is not known here".into())
}

fn refused(error: &ServiceError) -> Answer {
    let why = Untrusted::from(format!("{}; {}", error.reason(), error.hint()));
    match error.kind {
        ErrorKind::Denied | ErrorKind::ReadOnly => Answer::Denied(why),
        _ if error.outcome_unknown() => Answer::Unknown(why),
        _ => Answer::Failed(why),
    }
}

/// What became of a key of a change of many; to an admin a key that is not there is gone, to anybody else it may only be
/// another's.
fn answer(outcome: Outcome, admin: bool) -> Answer {
    match outcome {
        Outcome::Revoked => Answer::Revoked,
        Outcome::AlreadyRevoked => Answer::AlreadyRevoked,
        Outcome::Disabled => Answer::Disabled,
        Outcome::AlreadyDisabled => Answer::AlreadyDisabled,
        Outcome::NotFound if admin => Answer::Gone,
        Outcome::NotFound => Answer::Denied("it is not yours to see".into()),
        Outcome::Denied(why) => Answer::Denied(why),
        Outcome::Failed(why) | Outcome::NotSent(why) => Answer::Failed(why),
        Outcome::Unknown(why) => Answer::Unknown(why),
        Outcome::Queued
        | Outcome::Sent
        | Outcome::Enabled
        | Outcome::AlreadyEnabled
        | Outcome::HandedOver
        | Outcome::AlreadyTheirs => Answer::Unknown("the answer did not say".into()),
    }
}
