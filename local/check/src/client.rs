//! The API as its callers see it, over HTTP and TLS.

use std::time::Duration;

use serde_json::Value;
use ureq::tls::{RootCerts, TlsConfig};

use halftone_local::api::{Upload, form};
use halftone_local::failure::Failure;

/// Longest call: an upload may take 29 s.
const LONGEST: Duration = Duration::from_secs(60);
/// The most that is read of an answer: an output is never larger than its source.
const MOST_BYTES: u64 = 256 << 20;

/// A caller with a key.
#[derive(Debug)]
pub struct Client {
    agent: ureq::Agent,
    api: String,
    key: String,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The media type, or nothing.
    pub media_type: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null if it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// For whoever wanted something else.
    pub fn unexpected(&self, what: &str) -> Failure {
        let body: String = String::from_utf8_lossy(&self.body)
            .chars()
            .take(400)
            .collect();
        Failure::new(format!("{what} answers {}: {body}", self.status))
            .advise("docs/operations.md says what the alarms and logs tell")
    }
}

impl Client {
    /// One for an API.
    pub fn new(api: &str, key: String) -> Result<Self, Failure> {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        provider
            .install_default()
            .map_err(|_| Failure::new("TLS is set up already"))?;
        let certificates = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(LONGEST))
            .http_status_as_error(false)
            .tls_config(certificates.build());
        Ok(Self {
            agent: config.build().into(),
            api: api.to_owned(),
            key,
        })
    }

    /// Gets a path of the API with the key.
    pub fn get(&self, path: &str) -> Result<Answer, Failure> {
        let request = self.agent.get(format!("{}{path}", self.api));
        let request = request.header("accept", "application/json");
        answer(request.header("x-api-key", &self.key).call())
    }

    /// Gets a path of the API without a key.
    pub fn get_without_key(&self, path: &str) -> Result<Answer, Failure> {
        self.fetch(&format!("{}{path}", self.api))
    }

    /// Uploads a CSV.
    pub fn upload(&self, csv: &str) -> Result<Answer, Failure> {
        let (content_type, form) = form(&Upload {
            name: "sample.csv",
            file: csv.as_bytes(),
            // It is to be seen whether images can be compressed.
            fields: &[("fresh", "true")],
        });
        let request = self
            .agent
            .post(format!("{}/api/v1/images/upload", self.api))
            .header("content-type", content_type)
            .header("x-api-key", &self.key);
        answer(request.send(form))
    }

    /// Gets a URL, which needs no key and is not shown it.
    pub fn fetch(&self, url: &str) -> Result<Answer, Failure> {
        answer(self.agent.get(url).call())
    }

    /// Asks for the head of a URL.
    pub fn head(&self, url: &str) -> Result<Answer, Failure> {
        answer(self.agent.head(url).call())
    }
}

fn answer(
    answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
) -> Result<Answer, Failure> {
    let advice = "see that the URL is the stack's output ApiUrl";
    let mut answer = answer.map_err(|error| Failure::because("no answer")(error).advise(advice))?;
    let status = answer.status().as_u16();
    let media_type = answer.headers().get("content-type");
    let media_type = media_type.and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or_default().to_owned();
    let body = answer.body_mut().with_config().limit(MOST_BYTES);
    let body = body.read_to_vec();
    Ok(Answer {
        status,
        media_type,
        body: body.map_err(Failure::because("the answer broke off"))?,
    })
}
