//! What is measured with a throw-away key, from its making to its end.

use super::watch::{Look, Waited};
use super::{
    Access, Answer, Capability, ControlFlow, Exam, Examiner, Key, KeyKind, LIVES, MintedValue, NAME, NewKey, Probe,
    Question, Scope, Secret, ServiceError, Status, ThrowAway, create, is_refused, load, mint, pace, words_of,
};
use crate::client::capabilities::Minting;
use crate::client::{KeyChange, WritePermit};
use crate::domain::ids::KeyId;
use crate::domain::time::{When, exact};
use crate::domain::untrusted::Untrusted;

type Seen<T> = Result<T, ServiceError>;

impl Examiner<'_> {
    pub(super) async fn with_key(&self, made: &mut ThrowAway, exam: &mut Exam, told: &mut (dyn FnMut(&Exam) + Send)) {
        let Ok(permit) = self.permit else { return };
        let (key, value) = match self.make(permit, made).await {
            Ok(made) => made,
            Err(why) => return exam.skip(&super::WITH_KEY, &why),
        };
        let since = self.running();
        self.is_accepted(Question::NewAccepted, since, &value, exam).await;
        told(exam);
        self.is_listed(since, &key.id, exam).await;
        self.last_use(&key.id, &value, exam).await;
        told(exam);
        self.disabled(permit, &key.id, &value, exam).await;
        told(exam);
        self.revoked(permit, (&key, &value), made, exam).await;
    }

    /// A key that ends by itself, and may do nothing where the backend can be told so.
    async fn make(&self, permit: &WritePermit, made: &mut ThrowAway) -> Result<(Key, Secret), String> {
        let (now, can) = (self.now(), self.service.capabilities());
        let here = can.minting() == Minting::Client;
        let value = mint(KeyKind::ApiKey, getrandom::fill).map_err(|_| "this system gives no random numbers")?;
        let new = NewKey {
            name: format!("{NAME}{}", exact(now)),
            expires: can.has(Capability::Expiry).then(|| now + LIVES),
            access: can.has(Capability::Access).then_some(Access::None),
            value: here.then(|| MintedValue::of(&value)),
            note: Some("an exam of the backend: it is deleted at its end".to_owned()),
            ..NewKey::default()
        };
        // known from before the backend hears of it, so that it is found again if the answer is lost
        made.value = here.then(|| value.duplicate());
        let (key, theirs) =
            create::create(self.service, permit, &new, self.me.id).await.map_err(|error| error.reason())?;
        let value = theirs.unwrap_or(value);
        made.value = Some(value.duplicate());
        made.key = Some(key.clone());
        Ok((key, value))
    }

    async fn probe(&self, value: &Secret) -> Seen<Probe> {
        pace::through_limit(self.service, || self.service.probe(value)).await
    }

    async fn is_accepted(&self, question: Question, since: chrono::TimeDelta, value: &Secret, exam: &mut Exam) {
        let proof = self.service.proof();
        let seen = self.until(since, async || {
            let probe = self.probe(value).await?;
            let there = probe.is_like(proof.accepted);
            Ok::<_, ServiceError>(if there { Look::There(probe) } else { Look::NotYet(probe) })
        });
        let seen = seen.await;
        let unlike = matches!(seen, Ok(Waited::Never(..)));
        exam.note(question, answer(seen.map(|waited| waited.map(|probe| words_of(&probe)))), unlike);
    }

    async fn is_listed(&self, since: chrono::TimeDelta, id: &KeyId, exam: &mut Exam) {
        let seen = self.until(since, async || {
            let listed = self.listed(id).await?.is_some();
            let nothing = Untrusted::default();
            Ok::<_, ServiceError>(if listed { Look::There(nothing) } else { Look::NotYet(nothing) })
        });
        exam.note(Question::NewListed, answer(seen.await), false);
    }

    /// The key as the list has it.
    async fn listed(&self, id: &KeyId) -> Seen<Option<Key>> {
        let mut found = None;
        let mut each = |page: crate::client::Rows<Key>| {
            found = found.take().or_else(|| page.rows.into_iter().find(|key| key.id == *id));
            if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        load::keys(self.service, Scope::Mine, &mut each).await?;
        Ok(found)
    }

    /// The key was asked about just now: does that show, and how exactly?
    async fn last_use(&self, id: &KeyId, value: &Secret, exam: &mut Exam) {
        if let Some(why) = self.service.capabilities().why_not(Capability::LastUse) {
            return exam.skip(&[Question::LastUse], why);
        }
        let declared = self.service.proof().counts_as_use;
        let (asked, since) = (self.now(), self.running());
        if let Err(error) = self.probe(value).await {
            return exam.skip(&[Question::LastUse], &error.reason());
        }
        let seen = self.until(since, async || {
            let used = self.service.api_key(id).await?.last_used;
            // where it does not move, one look is enough
            let not_yet = declared && used == When::Never;
            Ok::<_, ServiceError>(if not_yet { Look::NotYet(used) } else { Look::There(used) })
        });
        let told = |used: &When| match used {
            When::At(at) => {
                let off = (*at - asked).num_milliseconds().abs();
                format!("asking moves it, told to within {}.{} s", off / 1000, off % 1000 / 100)
            }
            When::Never => "asking does not move it".to_owned(),
            When::Unreadable(_) => "asking moves it to what is no time".to_owned(),
        };
        match seen.await {
            Ok(Waited::Came(after, used)) => {
                let moved = used != When::Never;
                let seen = Answer::Seen { after: moved.then_some(after), what: told(&used).into() };
                exam.note(Question::LastUse, seen, moved != declared);
            }
            Ok(Waited::Never(within, _)) => {
                let never = Answer::Never { within, what: "asking does not move it".into() };
                exam.note(Question::LastUse, never, true);
            }
            Err(error) => exam.skip(&[Question::LastUse], &error.reason()),
        }
    }

    async fn disabled(&self, permit: &WritePermit, id: &KeyId, value: &Secret, exam: &mut Exam) {
        let both = [Question::Disabled, Question::EnabledAgain];
        if let Some(why) = self.service.capabilities().why_not(Capability::Disable) {
            return exam.skip(&both, why);
        }
        let change = |enabled| KeyChange { enabled: Some(enabled), ..KeyChange::default() };
        if let Err(error) = super::super::change::change(self.service, permit, id, &change(false)).await {
            return exam.skip(&both, &error.reason());
        }
        let since = self.running();
        self.is_refused(Question::Disabled, since, value, exam).await;
        if let Err(error) = super::super::change::change(self.service, permit, id, &change(true)).await {
            return exam.skip(&both[1..], &error.reason());
        }
        let since = self.running();
        self.is_accepted(Question::EnabledAgain, since, value, exam).await;
    }

    async fn revoked(
        &self,
        permit: &WritePermit,
        (key, value): (&Key, &Secret),
        made: &mut ThrowAway,
        exam: &mut Exam,
    ) {
        if let Err(error) = self.delete(permit, key).await {
            return exam.skip(&[Question::Revoked, Question::RevokedListed], &error.reason());
        }
        made.is_gone = true;
        let since = self.running();
        self.is_refused(Question::Revoked, since, value, exam).await;
        let seen = self.until(since, async || {
            let listed = self.listed(&key.id).await?;
            let over = listed.as_ref().is_none_or(|key| key.status == Status::Revoked);
            let what = Untrusted::from(if listed.is_some() { "as revoked" } else { "it is not listed any more" });
            Ok::<_, ServiceError>(if over { Look::There(what) } else { Look::NotYet(Untrusted::default()) })
        });
        exam.note(Question::RevokedListed, answer(seen.await), false);
    }

    async fn is_refused(&self, question: Question, since: chrono::TimeDelta, value: &Secret, exam: &mut Exam) {
        let proof = self.service.proof();
        let seen = self.until(since, async || {
            let probe = self.probe(value).await?;
            let there = !probe.is_like(proof.accepted);
            Ok::<_, ServiceError>(if there { Look::There(probe) } else { Look::NotYet(probe) })
        });
        match seen.await {
            Ok(Waited::Came(after, probe)) => {
                let unlike = !is_refused(&probe, proof.refused, proof.made_up);
                exam.note(question, Answer::Seen { after: Some(after), what: words_of(&probe) }, unlike);
            }
            Ok(Waited::Never(within, _)) => {
                let what = match question {
                    Question::Revoked => "revoked keys keep working",
                    _ => "it keeps working",
                };
                exam.note(question, Answer::Never { within, what: what.into() }, true);
            }
            Err(error) => exam.skip(&[question], &error.reason()),
        }
    }
}

impl<T> Waited<T> {
    fn map<U>(self, map: impl FnOnce(T) -> U) -> Waited<U> {
        match self {
            Self::Came(after, what) => Waited::Came(after, map(what)),
            Self::Never(within, what) => Waited::Never(within, map(what)),
        }
    }
}

fn answer(seen: Seen<Waited<Untrusted>>) -> Answer {
    match seen {
        Ok(Waited::Came(after, what)) => Answer::Seen { after: Some(after), what },
        Ok(Waited::Never(within, what)) => Answer::Never { within, what },
        Err(error) => Answer::NotMeasured(error.reason().into()),
    }
}
