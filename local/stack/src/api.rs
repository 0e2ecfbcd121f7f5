//! The API of a stack, as its clients see it.

use serde_json::Value;

use crate::emulator::{agent, parse, text};
use crate::failure::Failure;
use crate::stack::Stack;

/// Part boundary; the sample does not contain it.
const BOUNDARY: &str = "halftone-7f3c0d52b6a94e18";
/// Content type of [`form`].
pub const CONTENT_TYPE: &str = "multipart/form-data; boundary=halftone-7f3c0d52b6a94e18";

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
            .header("content-type", CONTENT_TYPE);
        let answer = parse(text(request.send(form(csv, webhook_url)))?)?;
        let id = answer["requestId"].as_str().map(str::to_owned);
        id.ok_or_else(|| Failure::new("the answer has no requestId"))
    }
}

/// The form that `POST /api/v1/images/upload` takes.
pub fn form(csv: &str, webhook_url: Option<&str>) -> String {
    let file = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"sample.csv\"\r\n\
         Content-Type: text/csv\r\n\r\n{csv}\r\n"
    );
    let webhook = webhook_url.map_or_else(String::new, |url| {
        let disposition = "Content-Disposition: form-data; name=\"webhookUrl\"";
        format!("--{BOUNDARY}\r\n{disposition}\r\n\r\n{url}\r\n")
    });
    format!("{file}{webhook}--{BOUNDARY}--\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_has_both_parts() {
        let text = form("a,b", Some("http://x/"));
        assert!(CONTENT_TYPE.ends_with(BOUNDARY));
        assert_eq!(text.matches(BOUNDARY).count(), 3);
        assert_eq!(form("a,b", None).matches(BOUNDARY).count(), 2);
        assert!(text.contains("\r\n\r\na,b\r\n--") && text.contains("\r\n\r\nhttp://x/\r\n--"));
    }
}
