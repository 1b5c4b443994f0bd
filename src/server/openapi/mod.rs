//! The contract as OpenAPI 3.1, and the router: both grow from the same calls, so that neither has what the other lacks.
//! The shapes of bodies and answers are derived from their types; what a request may hold beyond its type stands in
//! [`bodies`], and what is said of every operation in [`doc`] and [`answers`].

mod answers;
mod bodies;
mod doc;
mod fields;
mod parameter;
mod schemas;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, on};
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{HttpMethod, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

pub use self::doc::Doc;
pub use self::parameter::Parameter;
use crate::api::error::ErrorBody;
use crate::server::app::App;
use crate::server::http::auth::within_access;
use crate::server::http::once::once;

/// Routes in the making, and what the contract says of them.
pub struct Routes {
    app: Option<Arc<App>>,
    router: Router<Arc<App>>,
    paths: Map<String, Value>,
    schemas: BTreeMap<String, Value>,
    /// The schemas that bodies are read by.
    bodies: BTreeSet<String>,
    /// Those of them whose unknown fields are passed over: somebody else says what they hold.
    open_bodies: BTreeSet<String>,
    /// Those of them that may accept a lockout.
    lockouts: BTreeSet<String>,
    /// The schemas that answers are written by.
    answers: BTreeSet<String>,
    /// Groups of operations, and what each is for.
    tags: Vec<(&'static str, &'static str)>,
}

impl Routes {
    /// None yet. Without an app they are good for their contract only.
    pub fn new(app: Option<Arc<App>>) -> Self {
        let mut begun = Vec::new();
        <ErrorBody as ToSchema>::schemas(&mut begun);
        begun.push(("ErrorBody".to_owned(), ErrorBody::schema()));
        let schemas = begun.into_iter().map(|(name, schema)| (name, schemas::written(&schema))).collect();
        Self {
            app,
            router: Router::new(),
            paths: Map::new(),
            schemas,
            bodies: BTreeSet::new(),
            open_bodies: BTreeSet::new(),
            lockouts: BTreeSet::new(),
            answers: BTreeSet::from(["ErrorBody".to_owned()]),
            tags: Vec::new(),
        }
    }

    /// The operations that follow belong to this group.
    pub fn about(mut self, group: &'static str, what: &'static str) -> Self {
        self.tags.push((group, what));
        self
    }

    /// One more.
    #[expect(clippy::needless_pass_by_value, reason = "a row of the table names its method as a value")]
    pub fn add<H, T>(mut self, method: HttpMethod, path: &str, handler: H, mut doc: Doc) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: 'static,
    {
        let (filter, word) = match method {
            HttpMethod::Post => (MethodFilter::POST, "post"),
            HttpMethod::Put => (MethodFilter::PUT, "put"),
            HttpMethod::Patch => (MethodFilter::PATCH, "patch"),
            HttpMethod::Delete => (MethodFilter::DELETE, "delete"),
            _ => (MethodFilter::GET, "get"),
        };
        let (once_only, effect) = (doc.once, doc.effect);
        for (name, schema) in std::mem::take(&mut doc.schemas) {
            let other = self.schemas.insert(name.clone(), schema.clone());
            debug_assert!(other.is_none_or(|other| other == schema), "two types are called {name}");
        }
        self.bodies.extend(doc.body_names());
        self.open_bodies.extend(doc.open_body_names());
        self.lockouts.extend(doc.lockout_names());
        self.answers.extend(doc.answer_names());
        let group = self.tags.last().map_or("", |(group, _)| *group);
        let operations = self.paths.entry(path).or_insert_with(|| json!({}));
        operations[word] = doc.operation(path, group);
        let handler = match &self.app {
            Some(app) if once_only => on(filter, handler).layer(from_fn_with_state(Arc::clone(app), once)),
            _ => on(filter, handler),
        };
        let handler = match effect {
            Some(effect) => handler.layer(from_fn_with_state(effect, within_access)),
            None => handler,
        };
        self.router = self.router.route(path, handler);
        self
    }

    /// Puts something around the routes there are so far.
    pub fn layered(self, layer: impl FnOnce(Router<Arc<App>>) -> Router<Arc<App>>) -> Self {
        Self { router: layer(self.router), ..self }
    }

    /// The routes.
    pub fn router(self) -> Router<Arc<App>> {
        self.router
    }

    /// Their contract.
    pub fn contract(self) -> Value {
        let mut schemas = self.schemas;
        let closed: BTreeSet<String> = self.bodies.difference(&self.open_bodies).cloned().collect();
        schemas::complete(&mut schemas, &self.answers);
        schemas::close(&mut schemas, &closed, &self.lockouts);
        schemas::prune(&mut schemas, &self.bodies.union(&self.answers).cloned().collect());
        let tags: Vec<Value> =
            self.tags.iter().map(|(name, what)| json!({ "name": name, "description": what })).collect();
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "keydeck management API",
                "summary": "The public Postman API's dialect, extended.",
                "description": "What keydeck's console asks, and any other client may. Where Postman's public API has an \
                    endpoint, the path, the parameters and the shapes are Postman's.\n\nA client has to live with words \
                    that it does not know where a list of words is given as examples: the list may grow. A request that \
                    has a field that its call does not know is refused.",
                "version": env!("CARGO_PKG_VERSION"),
                "license": { "name": "MIT OR Apache-2.0", "identifier": env!("CARGO_PKG_LICENSE") },
            },
            "servers": [{ "url": "/", "description": "The server that tells this." }],
            "tags": tags,
            "security": [{ "key": [] }, { "bearer": [] }],
            "paths": self.paths,
            "components": {
                "schemas": schemas,
                "responses": answers::refusals(),
                "headers": answers::headers(),
                "securitySchemes": {
                    "key": { "type": "apiKey", "in": "header", "name": "X-Api-Key", "description": "A key of keydeck's." },
                    "bearer": { "type": "http", "scheme": "bearer", "description": "The same key." },
                },
            },
        })
    }
}

/// The contract of the contract: a JSON object.
pub struct Contract;

impl PartialSchema for Contract {
    fn schema() -> RefOr<Schema> {
        let object = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Object));
        RefOr::T(Schema::Object(object.description(Some("An OpenAPI 3.1 document.")).build()))
    }
}

impl ToSchema for Contract {}
