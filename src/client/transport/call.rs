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
    /// Whether it asks for a page of a list, in which no value stands.
    pub(in crate::client) is_page: bool,
}

impl<'a> Call<'a> {
    /// Of the endpoint at `path`.
    pub(in crate::client) fn new(verb: Verb, path: &'static str) -> Self {
        Self {
            verb,
            path,
            id: None,
            part: "",
            query: Vec::new(),
            body: None,
            idempotency_key: None,
            known: None,
            is_page: false,
        }
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

    /// A page of a list, from where the last one ended.
    pub(in crate::client) fn after(mut self, cursor: Option<&'a str>) -> Self {
        self.is_page = true;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::transport::answer::Body;

    #[test]
    fn only_pages_of_lists_are_not_wiped() {
        let (list, one) = (Call::new(Verb::Get, "/apikeys").after(None), Call::new(Verb::Post, "/apikeys"));
        assert!(list.is_page && Call::new(Verb::Get, "/apikeys").after(Some("x")).is_page && !one.is_page);
        assert!(matches!(Body::with_capacity(one.is_page, 1), Body::Wiped(_)));
        assert!(matches!(Body::default(), Body::Wiped(_)));
        let mut page = Body::with_capacity(list.is_page, 1);
        page.extend_from_slice(b"rows");
        assert!(matches!(&page, Body::Page(_)) && *page == *b"rows");
    }
}
