//! One request, as data.

use reqwest::Method;

/// The methods that are used.
#[derive(Clone, Copy, Debug)]
pub(in crate::client) enum Verb {
    Get,
    Post,
    Patch,
    Put,
    Delete,
}

impl Verb {
    pub(in crate::client) fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }

    pub(in crate::client) fn method(self) -> Method {
        match self {
            Self::Get => Method::GET,
            Self::Post => Method::POST,
            Self::Patch => Method::PATCH,
            Self::Put => Method::PUT,
            Self::Delete => Method::DELETE,
        }
    }
}

/// One request, as data: what is to be asked of an endpoint.
#[derive(Debug)]
pub(in crate::client) struct Call<'a> {
    pub(in crate::client) verb: Verb,
    pub(in crate::client) path: &'static str,
    pub(in crate::client) id: Option<&'a str>,
    pub(in crate::client) part: &'static str,
    pub(in crate::client) query: Vec<(&'static str, &'a str)>,
    pub(in crate::client) body: Option<Vec<u8>>,
    pub(in crate::client) idempotency_key: Option<&'a str>,
    pub(in crate::client) known: Option<&'a str>,
}

impl<'a> Call<'a> {
    /// Of the endpoint at `path`.
    pub(in crate::client) fn new(verb: Verb, path: &'static str) -> Self {
        Self { verb, path, id: None, part: "", query: Vec::new(), body: None, idempotency_key: None, known: None }
    }

    /// Of the thing named `id` there.
    pub(in crate::client) fn of(mut self, id: &'a str) -> Self {
        self.id = Some(id);
        self
    }

    /// Of a part of that thing: `/regenerate`.
    pub(in crate::client) fn part(mut self, part: &'static str) -> Self {
        self.part = part;
        self
    }

    /// With a query parameter.
    pub(in crate::client) fn with(mut self, name: &'static str, value: &'a str) -> Self {
        self.query.push((name, value));
        self
    }

    /// From where the last page ended.
    pub(in crate::client) fn after(self, cursor: Option<&'a str>) -> Self {
        match cursor {
            Some(cursor) => self.with("cursor", cursor),
            None => self,
        }
    }

    /// As one request, however often it is sent.
    pub(in crate::client) fn once(mut self, idempotency_key: Option<&'a str>) -> Self {
        self.idempotency_key = idempotency_key;
        self
    }

    /// Unless it is still what was answered with this tag.
    pub(in crate::client) fn unless_known(mut self, tag: Option<&'a str>) -> Self {
        self.known = tag;
        self
    }

    /// With a JSON body.
    pub(in crate::client) fn body(mut self, body: &impl serde::Serialize) -> Self {
        // the contract's bodies have text keys and no failing serializer, so this cannot fail; an empty body would be
        // refused by the server, not taken for something else
        self.body = Some(serde_json::to_vec(body).unwrap_or_default());
        self
    }
}
