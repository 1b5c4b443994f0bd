//! What the contract says of one operation.

use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::parameter::{self, Parameter};
use super::{answers, schemas};
use crate::server::policy::Effect;

/// What the contract says of one operation.
pub struct Doc {
    id: &'static str,
    summary: &'static str,
    /// None: it takes no key.
    pub(super) effect: Option<Effect>,
    pub(super) once: bool,
    parameters: Vec<Parameter>,
    body: Option<Body>,
    answers: Vec<(u16, Option<Value>)>,
    /// The schemas that its bodies and answers refer to, by name.
    pub(super) schemas: Vec<(String, Value)>,
    answer_names: Vec<String>,
}

struct Body {
    name: String,
    schema: Value,
    required: bool,
    open: bool,
    lockout: bool,
    example: Option<Value>,
}

impl Doc {
    /// An operation for those who have a key, with this effect: what a key may do at all depends on it. Where Postman has
    /// the operation, `id` is Postman's name for it.
    pub fn new(id: &'static str, effect: Effect, summary: &'static str) -> Self {
        Self { effect: Some(effect), ..Self::without_key(id, summary) }
    }

    /// An operation that takes no key.
    pub fn without_key(id: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            summary,
            effect: None,
            once: false,
            parameters: Vec::new(),
            body: None,
            answers: Vec::new(),
            schemas: Vec::new(),
            answer_names: Vec::new(),
        }
    }

    /// It is done once though it is sent twice, with an idempotency key.
    pub fn once(mut self) -> Self {
        self.once = true;
        self
    }

    /// It reads these parameters.
    pub fn reads(mut self, parameters: impl IntoIterator<Item = Parameter>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// The name of a type's schema and a reference to it.
    fn named<T: ToSchema>(&mut self) -> (String, Value) {
        let mut inner = Vec::new();
        T::schemas(&mut inner);
        self.schemas.extend(inner.iter().map(|(name, schema)| (name.clone(), schemas::written(schema))));
        let schema = schemas::written(&T::schema());
        let name = T::name().into_owned();
        let reference = schemas::reference(&name);
        self.schemas.push((name.clone(), schema));
        (name, reference)
    }

    /// It takes this body.
    pub fn body<T: ToSchema>(mut self) -> Self {
        let (name, schema) = self.named::<T>();
        self.body = Some(Body { name, schema, required: true, open: false, lockout: false, example: None });
        self
    }

    /// It takes a list of these, at most so many.
    pub fn bodies<T: ToSchema>(self, most: usize) -> Self {
        self.body::<T>().of_body(|body| {
            body.schema = json!({ "type": "array", "items": body.schema, "maxItems": most });
        })
    }

    fn of_body(mut self, change: impl FnOnce(&mut Body)) -> Self {
        if let Some(body) = &mut self.body {
            change(body);
        }
        self
    }

    /// No body at all is as good as an empty object.
    pub fn or_none(self) -> Self {
        self.of_body(|body| body.required = false)
    }

    /// The body may have fields that nobody here knows: its sender says what it holds.
    pub fn or_more(self) -> Self {
        self.of_body(|body| body.open = true)
    }

    /// The body may accept that nobody could manage the team afterwards.
    pub fn or_lockout(self) -> Self {
        self.of_body(|body| body.lockout = true)
    }

    /// Such a body, for whoever reads the contract.
    pub fn such_as(self, example: Value) -> Self {
        self.of_body(|body| body.example = Some(example))
    }

    /// It can answer with this.
    pub fn answer<T: ToSchema>(mut self, status: u16) -> Self {
        let (name, schema) = self.named::<T>();
        self.answer_names.push(name);
        self.answers.push((status, Some(schema)));
        self
    }

    /// It can answer with a bare list of these.
    pub fn answers<T: ToSchema>(mut self, status: u16) -> Self {
        let (name, schema) = self.named::<T>();
        self.answer_names.push(name);
        self.answers.push((status, Some(json!({ "type": "array", "items": schema }))));
        self
    }

    /// It can answer with one page of such rows.
    pub fn page<T: ToSchema>(mut self) -> Self {
        let (row, rows) = self.named::<T>();
        let (meta, beside) = self.named::<crate::api::page::Meta>();
        let name = format!("{row}Page");
        let page = json!({
            "type": "object",
            "description": "One page of a list.",
            "required": ["data", "meta"],
            "properties": { "data": { "type": "array", "items": rows }, "meta": beside },
        });
        self.answers.push((200, Some(schemas::reference(&name))));
        self.schemas.push((name.clone(), page));
        self.answer_names.extend([name, row, meta]);
        self
    }

    /// It can answer with nothing.
    pub fn nothing(mut self) -> Self {
        self.answers.push((204, None));
        self
    }

    pub(super) fn body_names(&self) -> Vec<String> {
        self.body.iter().map(|body| body.name.clone()).collect()
    }

    pub(super) fn open_body_names(&self) -> Vec<String> {
        self.body.iter().filter(|body| body.open).map(|body| body.name.clone()).collect()
    }

    pub(super) fn lockout_names(&self) -> Vec<String> {
        self.body.iter().filter(|body| body.lockout).map(|body| body.name.clone()).collect()
    }

    pub(super) fn answer_names(&self) -> Vec<String> {
        self.answer_names.clone()
    }

    /// The operation as it stands in the contract, under this path and in this group.
    pub(super) fn operation(self, path: &str, group: &str) -> Value {
        let access = self.effect.map_or("Takes no key.", |effect| match effect {
            Effect::Identifies => "Any key may make this call, whatever its access.",
            Effect::Reads => "Takes a key with the access full or read.",
            Effect::Changes => "Takes a key with the access full.",
            Effect::EndsOverlap => "Takes a key with the access full; a value in its overlap may end its own.",
            Effect::DeletesKey => "Takes a key with the access full; any key may delete itself.",
        });
        let refusals = answers::Refusals {
            keyed: self.effect.is_some(),
            once: self.once,
            body: self.body.is_some(),
            names_one: path.contains('{') || self.body.is_some(),
        };
        let mut parameters: Vec<Value> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(|part| parameter::of_path(path, part))
            .collect();
        parameters.extend(self.parameters.into_iter().map(Parameter::written));
        if self.once {
            parameters.push(parameter::idempotency_key());
        }
        let mut responses = Map::new();
        for (status, schema) in self.answers {
            responses.insert(status.to_string(), answers::answer(status, schema, self.effect.is_some()));
        }
        responses.extend(refusals.of_operation());
        let mut operation = json!({
            "operationId": self.id,
            "summary": self.summary,
            "description": access,
            "tags": [group],
            "parameters": parameters,
            "responses": responses,
        });
        if let Some(body) = self.body {
            let mut content = json!({ "schema": body.schema });
            if let Some(example) = body.example {
                content["example"] = example;
            }
            operation["requestBody"] = json!({ "required": body.required, "content": { "application/json": content } });
        }
        if self.effect.is_none() {
            operation["security"] = json!([]);
        }
        operation
    }
}
