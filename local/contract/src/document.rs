//! Puts the OpenAPI document together.

use halftone_pipeline::codes::ProblemCode::{self, *};
use halftone_pipeline::jobs::webhook::Payload;
use halftone_pipeline::request::RequestStatus;
use serde_json::{Map, Value, json};

use crate::examples;
use crate::operation::{Answer, Operation};
use crate::operations;
use crate::schemas::Schemas;

/// The types of webhooks, each with the status of the request that it tells of.
pub const EVENTS: [(&str, &str, RequestStatus); 3] = [
    (
        "RequestCompleted",
        "request.completed",
        RequestStatus::Completed,
    ),
    ("RequestFailed", "request.failed", RequestStatus::Failed),
    (
        "RequestCancelled",
        "request.cancelled",
        RequestStatus::Cancelled,
    ),
];

const ABOUT: &str = "Give it a CSV of products and image URLs; get every image back recompressed, a results CSV \
    and a webhook. Fields may be added to answers and events at any time: pass over those that you do not know.\n\n\
    Calls beyond the key's limits are 429 with `Retry-After`. What is not of the key's owner is 404.";

/// The whole document.
#[must_use]
pub fn document() -> Value {
    let mut schemas = Schemas::new();
    let problem = schemas.of::<halftone_pipeline::api::problem::Problem>();
    let operations = operations::all(&mut schemas);
    let event: Value = schemas.of::<Payload>();
    let mut components = schemas.into_components();
    let webhooks = webhooks(&mut components, &event);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Halftone",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "../..", "description": "Where this document is, whichever stage or domain that is under."}],
        "security": [{"apiKey": []}],
        "paths": paths(&operations, &problem),
        "webhooks": webhooks,
        "components": {
            "securitySchemes": {
                "apiKey": {"type": "apiKey", "in": "header", "name": "x-api-key"},
            },
            "headers": headers(),
            "schemas": components,
        },
    })
}

/// The document as it is committed.
#[must_use]
pub fn text() -> String {
    format!("{:#}\n", document())
}

fn paths(operations: &[Operation], problem: &Value) -> Value {
    let mut paths = Map::new();
    for operation in operations {
        let item = paths.entry(operation.path.clone()).or_insert_with(|| {
            let parts = operation.path.split('{').skip(1);
            let names = parts.filter_map(|part| Some(part.split_once('}')?.0));
            let parameters: Vec<_> = names.map(part).collect();
            match parameters.as_slice() {
                [] => json!({}),
                parameters => json!({"parameters": parameters}),
            }
        });
        item[operation.method] = described(operation, problem);
    }
    Value::Object(paths)
}

/// A part of a path.
fn part(name: &str) -> Value {
    let schema = match name {
        "requestId" => json!({"type": "string", "format": "uuid"}),
        "ordinal" => json!({"type": "integer", "minimum": 0}),
        _ => json!({"type": "string", "minLength": 1}),
    };
    json!({"name": name, "in": "path", "required": true, "schema": schema})
}

fn described(operation: &Operation, problem: &Value) -> Value {
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.description,
        "responses": responses(operation, problem),
    });
    if !operation.parameters.is_empty() {
        described["parameters"] = operation.parameters.clone().into();
    }
    if let Some(body) = &operation.body {
        described["requestBody"] = body.clone();
    }
    if operation.open {
        described["security"] = json!([]);
    }
    described
}

/// The answers of the call itself, and those that any call may get.
fn responses(operation: &Operation, problem: &Value) -> Value {
    let mut codes: Vec<(u16, Vec<ProblemCode>)> = Vec::new();
    let mut answers = Map::new();
    for answer in &operation.answers {
        if answer.codes.is_empty() {
            answers.insert(answer.status.to_string(), success(operation, answer));
        } else {
            codes.push((answer.status, answer.codes.clone()));
        }
    }
    for (status, more) in of_any_call(operation.open) {
        match codes.iter_mut().find(|(known, _)| *known == status) {
            Some((_, known)) => known.extend(more),
            None => codes.push((status, more.to_vec())),
        }
    }
    codes.sort_by_key(|(status, _)| *status);
    for (status, codes) in codes {
        // A problem has no body of its own where there is none.
        let body = operation.method != "head";
        let answer = failure(operation, status, &codes, problem, body);
        answers.insert(status.to_string(), answer);
    }
    Value::Object(answers)
}

fn of_any_call(open: bool) -> impl Iterator<Item = (u16, &'static [ProblemCode])> {
    let all: [(u16, &'static [ProblemCode]); 6] = [
        (403, &[InvalidApiKey, NoApiKey, AccessDenied]),
        (404, &[NotFound]),
        (429, &[TooManyCalls, QuotaExceeded]),
        (500, &[Internal]),
        (503, &[Unavailable]),
        (504, &[Unavailable]),
    ];
    all.into_iter()
        .filter(move |(status, _)| !(open && *status == 403))
}

fn success(operation: &Operation, answer: &Answer) -> Value {
    let mut described = json!({"description": answer.description});
    if let Some((media, schema)) = &answer.content {
        let mut content = json!({"schema": schema});
        if let Some(example) = examples::of(operation.id, answer.status) {
            content["examples"] = json!({"recorded": {"value": example}});
        }
        described["content"] = json!({*media: content});
    }
    if !answer.headers.is_empty() {
        described["headers"] = references(answer.headers);
    }
    described
}

fn failure(
    operation: &Operation,
    status: u16,
    codes: &[ProblemCode],
    problem: &Value,
    body: bool,
) -> Value {
    let titles: Vec<_> = codes.iter().map(|code| format!("`{code}`")).collect();
    let mut described = json!({"description": titles.join(", ")});
    if body {
        let narrowed =
            json!({"properties": {"code": {"enum": codes}, "status": {"const": status}}});
        let mut content = json!({"schema": {"allOf": [problem, narrowed]}});
        if let Some(example) = examples::of(operation.id, status) {
            content["examples"] = json!({"recorded": {"value": example}});
        }
        described["content"] = json!({"application/problem+json": content});
    }
    if matches!(status, 429 | 503) {
        described["headers"] = references(&["Retry-After"]);
    }
    described
}

fn references(names: &[&str]) -> Value {
    let reference = |name: &&str| {
        let header = json!({"$ref": format!("#/components/headers/{name}")});
        ((*name).to_owned(), header)
    };
    Value::Object(names.iter().map(reference).collect())
}

fn headers() -> Value {
    let text =
        |description: &str| json!({"description": description, "schema": {"type": "string"}});
    json!({
        "ETag": text("What to send in `If-None-Match` next time."),
        "Location": text("Where to go on. After an upload, the status of the request, as seen from the upload's own address."),
        "Cache-Control": text("How long the answer may be kept."),
        "Retry-After": {
            "description": "Seconds after which to ask again.",
            "schema": {"type": "integer", "minimum": 0},
        },
    })
}

/// What webhooks say, each type with a schema of its own.
fn webhooks(components: &mut Map<String, Value>, event: &Value) -> Value {
    let mut webhooks = Map::new();
    for (name, kind, status) in EVENTS {
        let narrowed =
            json!({"properties": {"type": {"const": kind}, "status": {"const": status}}});
        components.insert(name.to_owned(), json!({"allOf": [event, narrowed]}));
        let mut content = json!({"schema": {"$ref": format!("#/components/schemas/{name}")}});
        if let Some(example) = examples::of(kind, 200) {
            content["examples"] = json!({"recorded": {"value": example}});
        }
        let post = json!({
            "operationId": format!("on{name}"),
            "summary": format!("A request has ended as {status}"),
            "description": "Signed as [Standard Webhooks](https://www.standardwebhooks.com/) are. It may come more than once, each time with the same `webhook-id`.",
            "parameters": signed(),
            "requestBody": {"required": true, "content": {"application/json": content}},
            "responses": {
                "2XX": {"description": "It was taken."},
                "410": {"description": "None of this request any more."},
                "default": {"description": "It comes again, over three days at the most; `Retry-After` is kept to."},
            },
            "security": [],
        });
        webhooks.insert(kind.to_owned(), json!({"post": post}));
    }
    Value::Object(webhooks)
}

fn signed() -> Value {
    let header = |name: &str, description: &str| json!({"name": name, "in": "header", "required": true, "description": description, "schema": {"type": "string"}});
    json!([
        header("webhook-id", "The same for every attempt."),
        header(
            "webhook-timestamp",
            "When this attempt was made, in seconds since 1970."
        ),
        header(
            "webhook-signature",
            "`v1,` and the signature; during a rotation two of them, with a space between."
        ),
    ])
}
