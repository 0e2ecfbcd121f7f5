//! Whether an answer is what the document says: its status, its media type, its headers and its body, in
//! which nothing may be that the document does not know.

use serde_json::{Map, Value, json};

use crate::document::document;
use crate::validity::Validity;

/// An answer as it came.
#[derive(Clone, Copy)]
pub struct Came<'a> {
    /// The method of the call in lower case; `None` where only its path is known.
    pub method: Option<&'a str>,
    /// Its path without the stage.
    pub path: &'a str,
    /// The status.
    pub status: u16,
    /// The header of this name.
    pub header: &'a dyn Fn(&str) -> Option<String>,
    /// The body.
    pub body: &'a [u8],
}

/// The document, as the types make it.
pub struct Checker(Value);

impl Default for Checker {
    fn default() -> Self {
        Self::new()
    }
}

impl Checker {
    /// Of the document as the types make it.
    #[must_use]
    pub fn new() -> Self {
        Self(document())
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> &Value {
        &self.0
    }

    /// Checks an answer.
    ///
    /// # Errors
    /// What it has that the document has not, or the other way round.
    pub fn answer(&self, came: Came<'_>) -> Result<(), String> {
        let Some(item) = self.item(came.path) else {
            return self.of_no_call(came);
        };
        let known = crate::postman::METHODS.iter();
        let asked = known.filter(|known| came.method.is_none_or(|method| method == **known));
        let operations: Vec<_> = asked.filter_map(|method| item.get(*method)).collect();
        if operations.is_empty() {
            return self.of_no_call(came);
        }
        let mut faults = Vec::new();
        for operation in operations {
            match self.of_operation(operation, came) {
                Ok(()) => return Ok(()),
                Err(fault) => faults.push(format!("{}: {fault}", operation["operationId"])),
            }
        }
        Err(format!(
            "{} {}: {}",
            came.path,
            came.status,
            faults.join("; ")
        ))
    }

    /// Checks what a webhook brought.
    ///
    /// # Errors
    /// What it has that its schema has not, or the other way round.
    pub fn event(&self, body: &[u8]) -> Result<(), String> {
        let event: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let kind = event["type"].as_str().unwrap_or_default();
        let post = &self.0["webhooks"][kind]["post"];
        let schema = &post["requestBody"]["content"]["application/json"]["schema"];
        if schema.is_null() {
            return Err(format!("the document has no webhook {kind:?}"));
        }
        self.valid(schema, &event)
    }

    /// What API Gateway says where nothing is.
    fn of_no_call(&self, came: Came<'_>) -> Result<(), String> {
        let body = serde_json::from_slice(came.body).unwrap_or_default();
        let problem = self.valid(&json!({"$ref": "#/components/schemas/Problem"}), &body);
        match came.status {
            403 | 404 => problem,
            status => Err(format!(
                "the document has no {}, which answered {status}",
                came.path
            )),
        }
    }

    fn item(&self, path: &str) -> Option<&Map<String, Value>> {
        let asked: Vec<_> = path.split('/').collect();
        let paths = self.0["paths"].as_object()?;
        let fits = |template: &str| {
            let parts: Vec<_> = template.split('/').collect();
            let mut both = parts.iter().zip(&asked);
            parts.len() == asked.len()
                && both.all(|(part, asked)| part.starts_with('{') || part == asked)
        };
        // The one with the fewest parts that fit anything.
        let fitting = paths.iter().filter(|(template, _)| fits(template));
        let (_, item) = fitting.min_by_key(|(template, _)| template.matches('{').count())?;
        item.as_object()
    }

    fn of_operation(&self, operation: &Value, came: Came<'_>) -> Result<(), String> {
        let answer = &operation["responses"][came.status.to_string()];
        if answer.is_null() {
            return Err("the document has no such status".to_owned());
        }
        let Some(content) = answer["content"].as_object() else {
            return Ok(());
        };
        let media = (came.header)("content-type").unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default();
        let Some(content) = content.get(media) else {
            return Err(format!("the document has no {media:?}"));
        };
        if !media.ends_with("json") {
            return Ok(());
        }
        let body: Value = serde_json::from_slice(came.body).map_err(|error| error.to_string())?;
        self.valid(&content["schema"], &body)
    }

    fn valid(&self, schema: &Value, body: &Value) -> Result<(), String> {
        let validity = Validity::of(&self.0);
        let outcome = validity.check(schema, body, "");
        outcome.map_err(|fault| format!("{fault}: {body}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(path: &str, status: u16, media: &str, body: &Value) -> Result<(), String> {
        let header = |name: &str| (name == "content-type").then(|| media.to_owned());
        let (body, header) = (body.to_string(), &header as &dyn Fn(&str) -> Option<String>);
        let (method, body) = (None, body.as_bytes());
        Checker::new().answer(Came {
            method,
            path,
            status,
            header,
            body,
        })
    }

    #[test]
    fn what_the_document_does_not_know_is_a_fault() {
        let path = "/api/v1/images/results/0f8fad5b-d9cb-469f-a165-70867728950e";
        let json = "application/json";
        assert_eq!(
            checked(path, 200, json, &json!({"url": "https://a/"})),
            Ok(())
        );
        for (status, media, body) in [
            (200, json, json!({"url": "https://a/", "more": 1})),
            (200, json, json!({})),
            (200, "text/csv", json!({"url": "https://a/"})),
            (201, json, json!({"url": "https://a/"})),
        ] {
            assert!(
                checked(path, status, media, &body).is_err(),
                "{status} {media} {body}"
            );
        }
    }

    #[test]
    fn a_problem_has_a_code_that_its_call_may_be_refused_with() {
        let problem = |code: &str| {
            json!({
                "type": format!("{}#{code}", halftone_pipeline::codes::PAGE), "title": "Bad Request", "status": 400,
                "code": code, "detail": "No.",
            })
        };
        let media = "application/problem+json";
        let path = "/api/v1/images/requests";
        assert_eq!(checked(path, 400, media, &problem("invalid_since")), Ok(()));
        assert!(checked(path, 400, media, &problem("invalid_rows")).is_err());
        assert!(checked(path, 400, media, &problem("no_such_code")).is_err());
    }
}
