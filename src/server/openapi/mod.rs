//! The contract as OpenAPI 3.1, and the router: both grow from the same calls, so that neither has what the other lacks.

mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::handler::Handler;
use axum::middleware::from_fn_with_state;
use axum::routing::{MethodFilter, on};
use utoipa::openapi::path::{OperationBuilder, ParameterBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, Content, HttpMethod, InfoBuilder, OpenApi, OpenApiBuilder, Paths, Ref, RefOr, Required,
    ResponseBuilder, Schema, SecurityRequirement,
};
use utoipa::{PartialSchema, ToSchema};

use crate::api::error::ErrorBody;
use crate::api::page::Page;
use crate::server::app::App;
use crate::server::http::auth::within_access;
use crate::server::http::once::once;
use crate::server::policy::Effect;

/// What can come of any call that takes a key.
const REFUSALS: [(u16, &str); 11] = [
    (400, "A parameter or the body is wrong; details.field says which."),
    (401, "The key is missing, malformed, unknown, expired, disabled or revoked."),
    (403, "The role may not, or the key's access does not reach that far."),
    (404, "There is no such thing, or it is not this user's to see."),
    (409, "The present state does not allow it."),
    (413, "The body is larger than 1 MiB."),
    (415, "The body is not declared as JSON."),
    (422, "The idempotency key was used with another body."),
    (429, "Over the rate limit; Retry-After says for how long."),
    (500, "The server failed."),
    (503, "The database is busy; nothing was changed."),
];
/// What can come of a call without a key.
const OPEN_REFUSALS: [u16; 8] = [400, 401, 403, 404, 413, 429, 500, 503];

/// Routes in the making, and what the contract says of them.
pub struct Routes {
    app: Option<Arc<App>>,
    router: Router<Arc<App>>,
    paths: Paths,
    schemas: BTreeMap<String, RefOr<Schema>>,
}

/// What the contract says of one operation.
pub struct Doc {
    summary: &'static str,
    /// None: it takes no key.
    effect: Option<Effect>,
    once: bool,
    query: &'static [&'static str],
    body: Option<RefOr<Schema>>,
    answers: Vec<(u16, Option<RefOr<Schema>>)>,
    schemas: Vec<(String, RefOr<Schema>)>,
}

impl Doc {
    /// An operation for those who have a key, with this effect: what a key may do at all depends on it.
    pub fn new(effect: Effect, summary: &'static str) -> Self {
        Self { effect: Some(effect), ..Self::without_key(summary) }
    }

    /// An operation that takes no key.
    pub fn without_key(summary: &'static str) -> Self {
        Self { summary, effect: None, once: false, query: &[], body: None, answers: Vec::new(), schemas: Vec::new() }
    }

    /// It is done once though it is sent twice, with an idempotency key.
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// It reads these query parameters.
    pub fn query(mut self, names: &'static [&'static str]) -> Self {
        self.query = names;
        self
    }

    fn named<T: ToSchema>(&mut self) -> RefOr<Schema> {
        T::schemas(&mut self.schemas);
        T::schema()
    }

    /// It takes this body.
    pub fn body<T: ToSchema>(mut self) -> Self {
        self.body = Some(self.named::<T>());
        self
    }

    /// It can answer with this.
    pub fn answer<T: ToSchema>(mut self, status: u16) -> Self {
        let schema = self.named::<T>();
        self.answers.push((status, Some(schema)));
        self
    }

    /// It can answer with one page of such rows.
    pub fn page<T: ToSchema>(mut self) -> Self
    where
        Page<T>: ToSchema,
    {
        let row = self.named::<T>();
        self.schemas.push((T::name().into_owned(), row));
        self.answer::<Page<T>>(200)
    }

    /// It can answer with nothing.
    pub fn nothing(mut self) -> Self {
        self.answers.push((204, None));
        self
    }

    fn operation(self, path: &str) -> OperationBuilder {
        let text = || ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).build();
        let parameter = |name: &str, place, required| {
            ParameterBuilder::new().name(name).parameter_in(place).required(required).schema(Some(text()))
        };
        let access = self.effect.map(|effect| match effect {
            Effect::Identifies => "Any key may make this call, whatever its access.",
            Effect::Reads => "Takes a key with the access full or read.",
            Effect::Changes => "Takes a key with the access full.",
            Effect::EndsOverlap => "Takes a key with the access full; a value in its overlap may end its own.",
            Effect::DeletesKey => "Takes a key with the access full; any key may delete itself.",
        });
        let mut operation = OperationBuilder::new().summary(Some(self.summary)).description(access);
        for part in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
            operation = operation.parameter(parameter(part, ParameterIn::Path, Required::True));
        }
        for name in self.query {
            operation = operation.parameter(parameter(name, ParameterIn::Query, Required::False));
        }
        if self.once {
            operation = operation.parameter(parameter("Idempotency-Key", ParameterIn::Header, Required::False));
        }
        let json = |schema: RefOr<Schema>| Content::new(Some(schema));
        if let Some(body) = self.body {
            operation =
                operation.request_body(Some(RequestBodyBuilder::new().content("application/json", json(body)).build()));
        }
        for (status, schema) in self.answers {
            let answer = ResponseBuilder::new().description("Done.");
            let answer = match schema {
                Some(schema) => answer.content("application/json", json(schema)),
                None => answer,
            };
            operation = operation.response(status.to_string(), answer);
        }
        for (status, why) in REFUSALS {
            if self.effect.is_some() || OPEN_REFUSALS.contains(&status) {
                let error = RefOr::Ref(Ref::from_schema_name("ErrorBody"));
                let answer = ResponseBuilder::new().description(why).content("application/json", json(error));
                operation = operation.response(status.to_string(), answer);
            }
        }
        if self.effect.is_none() {
            operation = operation.securities(Some(Vec::<SecurityRequirement>::new()));
        }
        operation
    }
}

impl Routes {
    /// None yet. Without an app they are good for their contract only.
    pub fn new(app: Option<Arc<App>>) -> Self {
        let mut begun = Vec::new();
        <ErrorBody as ToSchema>::schemas(&mut begun);
        let mut schemas: BTreeMap<_, _> = begun.into_iter().collect();
        schemas.insert("ErrorBody".to_owned(), ErrorBody::schema());
        Self { app, router: Router::new(), paths: Paths::new(), schemas }
    }

    /// One more.
    pub fn add<H, T>(mut self, method: HttpMethod, path: &str, handler: H, mut doc: Doc) -> Self
    where
        H: Handler<T, Arc<App>>,
        T: 'static,
    {
        let filter = match method {
            HttpMethod::Post => MethodFilter::POST,
            HttpMethod::Put => MethodFilter::PUT,
            HttpMethod::Patch => MethodFilter::PATCH,
            HttpMethod::Delete => MethodFilter::DELETE,
            _ => MethodFilter::GET,
        };
        let (once_only, effect) = (doc.once, doc.effect);
        for (name, schema) in std::mem::take(&mut doc.schemas) {
            let other = self.schemas.insert(name.clone(), schema.clone());
            debug_assert!(other.is_none_or(|other| other == schema), "two types are called {name}");
        }
        self.paths.add_path_operation(path, vec![method], doc.operation(path).build());
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

    /// The routes and their contract.
    pub fn finish(self) -> (Router<Arc<App>>, OpenApi) {
        let key = SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::new("X-Api-Key")));
        let bearer = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        let components = ComponentsBuilder::new()
            .schemas_from_iter(self.schemas)
            .security_scheme("key", key)
            .security_scheme("bearer", bearer)
            .build();
        let info = InfoBuilder::new()
            .title("keydeck management API")
            .description(Some("The public Postman API's dialect, extended."))
            .version(env!("CARGO_PKG_VERSION"))
            .build();
        let either = ["key", "bearer"].map(|name| SecurityRequirement::new(name, Vec::<String>::new()));
        let contract = OpenApiBuilder::new()
            .info(info)
            .paths(self.paths)
            .components(Some(components))
            .security(Some(either))
            .build();
        (self.router, contract)
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
