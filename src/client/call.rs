//! One request, as data.

use reqwest::Method;

/// The methods that are used.
#[derive(Clone, Copy, Debug)]
pub(super) enum Verb {
    Get,
    Post,
    Patch,
    Delete,
}

impl Verb {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    pub(super) fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
            Self::Patch => Method::PATCH,
            Self::Delete => Method::DELETE,
        }
    }
}

/// One request, as data: what is to be asked of an endpoint.
#[derive(Debug)]
pub(super) struct Call<'a> {
    pub(super) verb: Verb,
    pub(super) path: &'static str,
    pub(super) id: Option<&'a str>,
    pub(super) part: &'static str,
    pub(super) query: Vec<(&'static str, &'a str)>,
    pub(super) body: Option<Vec<u8>>,
    pub(super) idempotency_key: Option<&'a str>,
}

impl<'a> Call<'a> {
    /// Of the endpoint at `path`.
    pub(super) fn new(verb: Verb, path: &'static str) -> Self {
        Self { verb, path, id: None, part: "", query: Vec::new(), body: None, idempotency_key: None }
    }

    /// Of the thing named `id` there.
    pub(super) fn of(mut self, id: &'a str) -> Self {
        self.id = Some(id);
        self
    }

    /// Of a part of that thing: `/regenerate`.
    pub(super) fn part(mut self, part: &'static str) -> Self {
        self.part = part;
        self
    }

    /// With a query parameter.
    pub(super) fn with(mut self, name: &'static str, value: &'a str) -> Self {
        self.query.push((name, value));
        self
    }

    /// From where the last page ended.
    pub(super) fn after(self, cursor: Option<&'a str>) -> Self {
        match cursor {
            Some(cursor) => self.with("cursor", cursor),
            None => self,
        }
    }

    /// As one request, however often it is sent.
    pub(super) fn once(mut self, idempotency_key: Option<&'a str>) -> Self {
        self.idempotency_key = idempotency_key;
        self
    }

    /// With a JSON body.
    pub(super) fn body(mut self, body: &impl serde::Serialize) -> Self {
        // the contract's bodies have text keys and no failing serializer, so this cannot fail; an empty body would be
        // refused by the server, not taken for something else
        self.body = Some(serde_json::to_vec(body).unwrap_or_default());
        self
    }
}
