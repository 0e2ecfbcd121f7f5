//! The CDN, as a browser uses it: the emulator serves it by the name of its host, and takes a header's word
//! for https.

use crate::stack::{Answer, Stack};

impl Stack {
    /// What the CDN answers for a URL of its own.
    pub async fn through_cdn(&self, url: &str, origin: Option<&str>) -> Answer {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (host, path) = rest.split_once('/').unwrap();
        let call = format!("{}/{path}", self.text("awsEndpointUrl"));
        let mut call = self.http.get(call).header("host", host);
        call = call.header("x-forwarded-proto", scheme);
        if let Some(origin) = origin {
            call = call.header("origin", origin);
        }
        Answer::of(call.send().await.unwrap()).await
    }
}
