//! `events/halftone.postman_collection.json`: the calls of the document, ready to be sent from Postman.

use serde_json::{Value, json};

/// The methods that a path of the document may have.
pub const METHODS: [&str; 4] = ["get", "head", "post", "delete"];

/// The collection (format 2.1) of a document.
#[must_use]
pub fn collection(document: &Value) -> Value {
    let paths = document["paths"].as_object().into_iter().flatten();
    let items = paths.flat_map(|(path, item)| {
        let known = METHODS
            .iter()
            .filter_map(|method| Some((*method, item.get(*method)?)));
        known
            .map(|(method, operation)| call(path, method, operation))
            .collect::<Vec<_>>()
    });
    json!({
        "info": {
            "name": document["info"]["title"],
            "description": document["info"]["description"],
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "auth": {"type": "apikey", "apikey": [
            {"key": "in", "value": "header"}, {"key": "key", "value": "x-api-key"},
            {"key": "value", "value": "{{apiKey}}"},
        ]},
        "variable": [
            {"key": "apiUrl", "value": "https://api.example/prod"},
            {"key": "apiKey", "value": ""},
            {"key": "requestId", "value": ""},
        ],
        "item": items.collect::<Vec<_>>(),
    })
}

/// The file as it is committed.
#[must_use]
pub fn text(document: &Value) -> String {
    format!("{:#}\n", collection(document))
}

fn call(path: &str, method: &str, operation: &Value) -> Value {
    let query = parameters(operation, "query");
    let mut headers = parameters(operation, "header");
    // A header that is sent changes the answer: whoever wants one ticks it.
    for header in &mut headers {
        header["disabled"] = true.into();
    }
    let mut request = json!({
        "method": method.to_uppercase(),
        "description": operation["description"],
        "header": headers,
        "url": {
            "raw": format!("{{{{apiUrl}}}}{}", placed(path)),
            "host": ["{{apiUrl}}"],
            "path": placed(path).trim_start_matches('/').split('/').collect::<Vec<_>>(),
            "query": query,
        },
    });
    if operation.get("security").is_some() {
        request["auth"] = json!({"type": "noauth"});
    }
    if let Some(body) = body(operation) {
        request["body"] = body;
    }
    let mut item = json!({"name": operation["summary"], "request": request});
    if operation["operationId"] == "uploadCsv" {
        item["event"] = remembers();
    }
    item
}

/// The parts of a path as the collection's variables.
fn placed(path: &str) -> String {
    path.replace('{', "{{").replace('}', "}}")
}

fn parameters(operation: &Value, place: &str) -> Vec<Value> {
    let all = operation["parameters"].as_array().into_iter().flatten();
    let placed = all.filter(|parameter| parameter["in"] == place);
    let shown = placed.map(|parameter| {
        let schema = &parameter["schema"];
        let value = [&schema["default"], &schema["enum"][0]]
            .into_iter()
            .find(|it| !it.is_null());
        let value = value.map_or(String::new(), |it| {
            it.as_str().map_or_else(|| it.to_string(), str::to_owned)
        });
        json!({
            "key": parameter["name"], "value": value, "description": parameter["description"],
            "disabled": true,
        })
    });
    shown.collect()
}

fn body(operation: &Value) -> Option<Value> {
    let content = operation["requestBody"]["content"].as_object()?;
    let Some(form) = content.get("multipart/form-data") else {
        let language = json!({"raw": {"language": "json"}});
        let sample = &content["application/json"]["examples"]["sample"]["value"];
        let raw = match sample {
            Value::Null => "{}".to_owned(),
            sample => format!("{sample:#}"),
        };
        return Some(json!({"mode": "raw", "raw": raw, "options": language}));
    };
    let fields = form["schema"]["properties"]
        .as_object()
        .into_iter()
        .flatten();
    let fields = fields.map(|(name, schema)| {
        let description = &schema["description"];
        if schema["format"] == "binary" {
            return json!({"key": name, "type": "file", "src": "sample.csv", "description": description});
        }
        let value = schema["default"].as_str().unwrap_or_default();
        json!({"key": name, "type": "text", "value": value, "description": description, "disabled": true})
    });
    Some(json!({"mode": "formdata", "formdata": fields.collect::<Vec<_>>()}))
}

/// The calls that follow an upload are about its request.
fn remembers() -> Value {
    let script = "const id = pm.response.json().requestId; if (id) pm.collectionVariables.set('requestId', id);";
    json!([{"listen": "test", "script": {"type": "text/javascript", "exec": [script]}}])
}
