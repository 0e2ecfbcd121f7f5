//! `docs/api.md`: the document as a page for who integrates, with the answers that were recorded, where some were.

use std::fmt::Write;

use serde_json::Value;

use crate::postman::METHODS;

const HEAD: &str = "# The API

For who integrates. This page is made from the [OpenAPI 3.1 document](../functions/status/openapi.json) by
`local/contract`. The end-to-end tests hold every answer against that document. A deployment serves its own
at `/api/v1/openapi.json`, without a key: generate a client from it, or open [`events/halftone.postman_collection.json`](../events/halftone.postman_collection.json) in
Postman and set `apiUrl` and `apiKey`.

- **Keys.** `x-api-key`, but where it says that none is needed. Requests belong to the owner of the key: to
  others they are 404.
- **Uploads that are repeated.** Send an `Idempotency-Key`, a UUID say: the same key with the same file and
  options is the same request, whether or not the first answer came through.
- **Waiting.** Ask the status again after `Retry-After` seconds with its `ETag` in `If-None-Match`; 304 costs
  next to nothing. Or give a `webhookUrl`.
- **Refusals** are `application/problem+json`. Programs go by `code`; `type` is the address of its section in
  [problems.md](problems.md). 429, 503 and 504 may be called again, after `Retry-After` where there is one.
- **Any call** may be 403 (`invalid_api_key`), 404 (`not_found`), 429 (`too_many_calls`, `quota_exceeded`), 500
  (`internal`), 503 or 504 (`unavailable`); below stand the other answers.
- **Growth.** Fields, codes and types of webhooks are added, never renamed and never taken away: pass over
  those that you do not know.

With `cargo local` serving in another terminal, from a CSV to its results:

```sh
API=$(python3 -c 'import json; print(json.load(open(\".local/stack.json\"))[\"apiUrl\"])')
KEY=$(python3 -c 'import json; print(json.load(open(\".local/stack.json\"))[\"apiKey\"])')
curl -s -H \"x-api-key: $KEY\" -F file=@.local/demo/sample.csv \"$API/api/v1/images/upload\" | tee /tmp/request.json
ID=$(python3 -c 'import json; print(json.load(open(\"/tmp/request.json\"))[\"requestId\"])')
while curl -s -H \"x-api-key: $KEY\" \"$API/api/v1/images/requests/$ID\" | grep '\"status\":\"Pending\"'
do sleep 1; done
curl -sL -H \"x-api-key: $KEY\" \"$API/api/v1/images/results/$ID\"
```
";

/// The page of a document.
#[must_use]
pub fn page(document: &Value) -> String {
    let mut page = HEAD.to_owned();
    page.push_str("\n## Calls\n");
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                call(
                    &mut page,
                    &format!("{} {path}", method.to_uppercase()),
                    operation,
                );
            }
        }
    }
    page.push_str("\n## Webhooks\n\n");
    page.push_str(
        "Signed as [Standard Webhooks](https://www.standardwebhooks.com/) are, with the key that \
         `POST /api/v1/webhooks/secret` shows. The schema of each type is in the document, under `webhooks`.\n",
    );
    for (kind, item) in document["webhooks"].as_object().into_iter().flatten() {
        let _ = write!(
            page,
            "\n### {kind}\n\n{}.\n",
            text(&item["post"]["summary"])
        );
        let content = &item["post"]["requestBody"]["content"]["application/json"];
        example(&mut page, content);
    }
    page
}

fn call(page: &mut String, title: &str, operation: &Value) {
    let key = if operation.get("security").is_some() {
        " No key is needed."
    } else {
        ""
    };
    let (summary, about) = (text(&operation["summary"]), text(&operation["description"]));
    let _ = write!(page, "\n### {title}\n\n**{summary}.** {about}{key}\n");
    let body = &operation["requestBody"]["content"];
    let of_body = |(media, place): (&str, &'static str)| {
        let schema = &body[media]["schema"];
        Some((
            place,
            schema["properties"].as_object()?,
            &schema["required"],
        ))
    };
    let fields = [
        ("multipart/form-data", "form"),
        ("application/json", "body"),
    ];
    let fields = fields.into_iter().find_map(of_body);
    let parameters = operation["parameters"].as_array();
    if parameters.is_some() || fields.is_some() {
        page.push_str("\n| | where | what | |\n|---|---|---|---|\n");
    }
    for parameter in parameters.into_iter().flatten() {
        let (name, place) = (text(&parameter["name"]), text(&parameter["in"]));
        row(
            page,
            (name, place),
            text(&parameter["description"]),
            &parameter["schema"],
        );
    }
    if let Some((place, fields, required)) = fields {
        // Those first that there must be.
        let must = |name: &str| {
            required
                .as_array()
                .is_some_and(|all| all.iter().any(|it| it == name))
        };
        let (needed, others): (Vec<_>, Vec<_>) = fields.iter().partition(|(name, _)| must(name));
        for (name, schema) in needed {
            let about = format!("**Required.** {}", text(&schema["description"]));
            row(page, (name, place), &about, schema);
        }
        for (name, schema) in others {
            row(page, (name, place), text(&schema["description"]), schema);
        }
    }
    for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
        if is_of_any_call(status, text(&answer["description"])) {
            continue;
        }
        let _ = write!(page, "\n`{status}`: {}\n", text(&answer["description"]));
        for content in answer["content"].as_object().into_iter().flatten() {
            example(page, content.1);
        }
    }
}

/// Whether an answer is one that any call may get, which the page says once.
fn is_of_any_call(status: &str, codes: &str) -> bool {
    let every = ["`not_found`", "`too_many_calls`, `quota_exceeded`"];
    matches!(status, "403" | "500" | "503" | "504") || every.contains(&codes)
}

fn row(page: &mut String, (name, place): (&str, &str), about: &str, schema: &Value) {
    let _ = writeln!(
        page,
        "| `{name}` | {place} | {about} | {} |",
        bounds(schema)
    );
}

/// What a value may be, in short.
fn bounds(schema: &Value) -> String {
    let words = schema["enum"].as_array().map(|all| {
        let words = all.iter().filter_map(Value::as_str);
        let all: Vec<_> = words.map(|word| format!("`{word}`")).collect();
        all.join(", ")
    });
    let range = match (&schema["minimum"], &schema["maximum"]) {
        (Value::Null, _) => None,
        (least, Value::Null) => Some(format!("from {least}")),
        (least, most) => Some(format!("{least}–{most}")),
    };
    let default = &schema["default"];
    let default = (!default.is_null()).then(|| format!("default {default}").replace('"', ""));
    let known = [words, range, default];
    known.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

fn example(page: &mut String, content: &Value) {
    let example = &content["examples"]["recorded"]["value"];
    if !example.is_null() {
        let _ = write!(page, "\n```json\n{example:#}\n```\n");
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
