//! Files that are announced, and put by the URL that the answer gives.

use serde_json::Value;

use halftone_pipeline::hash::sha256;

use crate::stack::{Answer, Stack};

/// The call's path.
pub const PATH: &str = "/api/v1/images/requests";

/// What the call answered.
pub struct Announced(pub Value);

/// Announces a file, with these further fields.
pub async fn call(stack: &Stack, file: &[u8], fields: &Value) -> Answer {
    call_with(stack, file, fields, &[]).await
}

/// The same with further headers.
pub async fn call_with(
    stack: &Stack,
    file: &[u8],
    fields: &Value,
    more: &[(&str, &str)],
) -> Answer {
    let mut body = serde_json::json!({
        "bytes": file.len(),
        "sha256": sha256(&[file]),
        "contentType": "text/csv",
    });
    for (name, value) in fields.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    let mut headers = vec![
        ("x-api-key", stack.text("apiKey")),
        ("content-type", "application/json"),
    ];
    headers.extend_from_slice(more);
    stack.post(PATH, &headers, body.to_string()).await
}

/// The same, where it must be accepted.
pub async fn announce(stack: &Stack, file: &[u8], fields: Value) -> Announced {
    let answer = call(stack, file, &fields).await;
    let said = String::from_utf8_lossy(&answer.bytes);
    assert_eq!(answer.status, 201, "{said}");
    Announced(answer.json())
}

impl Announced {
    /// The request's id.
    pub fn id(&self) -> String {
        self.0["requestId"].as_str().unwrap().to_owned()
    }

    /// Puts a file as the answer says; the status that S3 answers.
    pub async fn put(&self, stack: &Stack, file: &[u8]) -> u16 {
        self.put_without(stack, file, "").await
    }

    /// The same without one of the headers.
    pub async fn put_without(&self, stack: &Stack, file: &[u8], without: &str) -> u16 {
        let answer = self.send(stack, file, without).await;
        answer.unwrap().status().as_u16()
    }

    /// Whether S3 took a file; it may be away.
    pub async fn is_put(&self, stack: &Stack, file: &[u8]) -> bool {
        let answer = self.send(stack, file, "").await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    async fn send(
        &self,
        stack: &Stack,
        file: &[u8],
        without: &str,
    ) -> reqwest::Result<reqwest::Response> {
        let url = self.0["uploadUrl"].as_str().unwrap();
        let mut call = stack.http.put(url).body(file.to_vec());
        let headers = self.0["headers"].as_object().unwrap();
        // The length is the body's, as with any client.
        let sent = |name: &str| name != without && name != "content-length";
        for (name, value) in headers.iter().filter(|(name, _)| sent(name)) {
            call = call.header(name, value.as_str().unwrap());
        }
        call.send().await
    }
}
