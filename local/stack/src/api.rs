//! The API of a stack, as its clients see it.

use serde_json::Value;

use crate::demo::manifest;
use crate::emulator::{agent, parse, text};
use crate::failure::Failure;
use crate::stack::Stack;

/// A client with a stack's first key.
#[derive(Debug)]
pub struct Api {
    url: String,
    key: String,
}

impl Api {
    /// The API of a stack.
    pub fn of(stack: &Stack) -> Self {
        Self {
            url: stack.text("apiUrl").to_owned(),
            key: stack.text("apiKey").to_owned(),
        }
    }

    /// Gets a path.
    pub fn get(&self, path: &str) -> Result<Value, Failure> {
        let request = agent().get(format!("{}{path}", self.url));
        parse(text(request.header("x-api-key", &self.key).call())?)
    }

    /// The status of a request, with one of its images.
    pub fn status(&self, request: &str) -> Result<Value, Failure> {
        self.get(&format!("/api/v1/images/status/{request}?limit=1"))
    }

    /// Uploads a CSV; the id of its request.
    pub fn upload(&self, csv: &str, webhook_url: Option<&str>) -> Result<String, Failure> {
        let request = agent()
            .post(format!("{}/api/v1/images/upload", self.url))
            .header("x-api-key", &self.key)
            .header("content-type", manifest::CONTENT_TYPE);
        let answer = parse(text(request.send(manifest::multipart(csv, webhook_url)))?)?;
        let id = answer["requestId"].as_str().map(str::to_owned);
        id.ok_or_else(|| Failure::new("the answer has no requestId"))
    }
}
