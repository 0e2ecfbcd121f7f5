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

    /// The paths of each invalidation that a distribution was told of.
    pub async fn invalidations(&self, distribution: &str) -> Vec<Vec<String>> {
        let all = format!("/2020-05-31/distribution/{distribution}/invalidation");
        let mut paths = Vec::new();
        for id in texts(&self.cloudfront(&all).await, "Id") {
            let one = self.cloudfront(&format!("{all}/{id}")).await;
            paths.push(texts(&one, "Path"));
        }
        paths
    }

    async fn cloudfront(&self, path: &str) -> String {
        let scope = "Credential=test/20260101/us-east-1/cloudfront/aws4_request";
        let signature = format!("AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0");
        let call = self
            .http
            .get(format!("{}{path}", self.text("awsEndpointUrl")));
        let answer = call
            .header("authorization", signature)
            .send()
            .await
            .unwrap();
        answer.text().await.unwrap()
    }
}

/// The texts of all elements of this name.
fn texts(xml: &str, name: &str) -> Vec<String> {
    let begin = format!("<{name}>");
    let elements = xml.split(begin.as_str()).skip(1);
    let text = |rest: &str| rest.split_once('<').map(|(text, _)| text.to_owned());
    elements.filter_map(text).collect()
}
