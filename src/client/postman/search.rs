//! Searching what Postman's scanner found, reading the places of a finding, and resolving it.

use super::findings::{self, PAGE, Resolve, ResolvedAnswer, Search, SecretType};
use super::pages::Page;
use super::{PostmanService, paths};
use crate::client::error::{ErrorKind, ServiceError};
use crate::client::transport::call::{Call, Verb};
use crate::client::{Listing, Rows, Trail, WritePermit};
use crate::domain::finding::{Address, Finding, Resolution, Resolving};
use crate::domain::key_value::KeyKind;
use crate::domain::location::Locations;

impl PostmanService {
    /// A search for Postman's own keys of a kind; for everything, where the kinds have other names.
    pub(super) async fn search_for(&self, kind: KeyKind) -> Result<Search, ServiceError> {
        let call = Call::new(Verb::Get, paths::SECRET_TYPES);
        let types = self.ask(&call, |page: Page| Ok(page.rows(|one: SecretType| one)?.rows)).await?;
        Ok(Search { secret_types: findings::types_of(&types, kind) })
    }

    /// All findings of a search, one row a secret.
    pub(super) async fn search(&self, search: &Search) -> Result<Rows<Finding>, ServiceError> {
        let mut trail = Trail::new(Listing::Findings, self.transport.address().to_owned());
        let (mut found, mut bytes, mut cursor) = (Vec::new(), 0, None);
        let limit = PAGE.to_string();
        loop {
            // a search: it changes nothing, so it may be asked again
            let call = Call::new(Verb::Post, paths::DETECTED_SECRETS_QUERIES).with("limit", &limit);
            let call = call.after(cursor.as_deref()).body(search);
            let page = self.ask_page(&call, findings::page).await?;
            bytes += page.bytes;
            let size = (page.rows.len(), page.bytes);
            found.extend(page.rows);
            cursor = trail.step(size, page.next)?;
            if cursor.is_none() {
                let rows = findings::merged(found);
                return Ok(Rows { total: Some(rows.len() as u64), rows, next: None, bytes });
            }
        }
    }

    /// A page of places. Each workspace that holds the secret is asked in its turn: a cursor of ours is its place in the row and
    /// the API's own cursor.
    pub(super) async fn places(
        &self,
        at: &Address,
        cursor: Option<&str>,
        limit: u32,
    ) -> Result<Locations, ServiceError> {
        let unknown = || self.refuse(ErrorKind::Invalid, "a cursor that nobody gave");
        let (turn, cursor) = match cursor {
            None => (0, None),
            Some(cursor) => {
                let (turn, cursor) = cursor.split_once(':').ok_or_else(unknown)?;
                (turn.parse::<usize>().map_err(|_| unknown())?, Some(cursor).filter(|cursor| !cursor.is_empty()))
            }
        };
        let workspaces: Vec<&str> = std::iter::once(&at.workspace).chain(&at.also).map(String::as_str).collect();
        let workspace = workspaces.get(turn).ok_or_else(unknown)?;
        let limit = limit.clamp(1, PAGE).to_string();
        let call = Call::new(Verb::Get, paths::DETECTED_SECRETS).of(at.secret.as_str()).part("/locations");
        let call = call.with("workspaceId", workspace).with("limit", &limit).after(cursor);
        let page = self.ask(&call, findings::places).await?;
        let more = turn + 1 < workspaces.len();
        let next = match &page.next {
            Some(next) => Some(format!("{turn}:{next}")),
            None => more.then(|| format!("{}:", turn + 1)),
        };
        // how many there are in all is told of one workspace only
        let total = page.total.filter(|_| workspaces.len() == 1);
        Ok(Locations { total, next, ..page })
    }

    /// Says of a secret what it is in each workspace that was named, one after the other.
    pub(super) async fn resolve(
        &self,
        permit: &WritePermit,
        resolving: &Resolving,
    ) -> Result<Resolution, ServiceError> {
        permit.check()?;
        if resolving.resolution == Resolution::Active {
            return Err(self.refuse(ErrorKind::Invalid, "Postman opens no finding again"));
        }
        let workspaces = || std::iter::once(&resolving.workspace).chain(&resolving.also);
        let all = workspaces().count();
        for (done, workspace) in workspaces().enumerate() {
            let body = Resolve { resolution: &resolving.resolution, workspace_id: workspace };
            let call = Call::new(Verb::Put, paths::DETECTED_SECRETS).of(resolving.secret.as_str()).body(&body);
            let sent =
                self.transport.write(&call, |answer: ResolvedAnswer| answer.checked(&resolving.resolution, workspace));
            sent.await.map_err(|error| {
                let error = self.seen.explain(error);
                match done {
                    0 => error,
                    // the earlier ones are resolved, and are not opened again
                    _ => ServiceError {
                        message: format!(
                            "done in {done} of {all} workspaces, not in {workspace}: {}",
                            error.message.as_received()
                        )
                        .into(),
                        ..error
                    },
                }
            })?;
        }
        Ok(resolving.resolution.clone())
    }
}
