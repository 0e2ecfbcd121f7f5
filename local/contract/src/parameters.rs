//! Parts of calls: their paths and parameters.

use halftone_pipeline::jobs::accept::MAX_KEY_BYTES;
use serde_json::{Value, json};

pub const REQUEST: &str = "/{requestId}";

pub fn path(path: &str) -> String {
    format!("/{path}")
}

pub fn query(name: &str, description: &str, schema: Value) -> Value {
    json!({"name": name, "in": "query", "description": description, "schema": schema})
}

pub fn flag(name: &str, description: &str) -> Value {
    query(
        name,
        description,
        json!({"type": "boolean", "default": false}),
    )
}

pub fn limit(most: u32, default: u32) -> Value {
    let schema = json!({"type": "integer", "minimum": 1, "maximum": most, "default": default});
    query("limit", "How many at the most.", schema)
}

pub fn cursor() -> Value {
    let text = "Where to go on: an answer's `nextCursor`, as it is.";
    query(
        "cursor",
        text,
        json!({"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}),
    )
}

pub fn words<T: ToString>(all: &[T]) -> Value {
    let words: Vec<_> = all.iter().map(ToString::to_string).collect();
    json!({"type": "string", "enum": words})
}

pub fn header(name: &str, description: &str, schema: Value) -> Value {
    json!({"name": name, "in": "header", "description": description, "schema": schema})
}

pub fn idempotency_key(description: &str) -> Value {
    let schema = json!({"type": "string", "minLength": 1, "maxLength": MAX_KEY_BYTES, "pattern": "^[!-~]+$"});
    header("Idempotency-Key", description, schema)
}

pub fn if_none_match() -> Value {
    let text = "The `ETag` of an earlier answer: 304 where nothing has changed since.";
    header("If-None-Match", text, json!({"type": "string"}))
}
