//! CloudFront: has the distribution forget outputs that were removed.
//!
//! One call of one API, signed here: the SDK's crate for CloudFront has 170 operations, and takes longer to compile
//! than all others together.

use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningError, SigningSettings, sign};
use aws_sigv4::sign::v4::{self, signing_params::BuildError};
use http::header::CONTENT_TYPE;

use crate::request::RequestId;
use crate::services::blobs::Key;
use crate::services::fetch::{self, FetchError};

/// Version of the API, which is in its paths.
const VERSION: &str = "2020-05-31";
/// Longest call.
const LIMIT: Duration = Duration::from_secs(10);
/// Most paths with a wildcard that may be in progress at a time, of a distribution.
/// <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-invalidations>
pub const MOST_WILDCARDS: usize = 15;

/// Why CloudFront was not told. It is to be told again, later.
#[derive(Debug, thiserror::Error)]
pub enum CdnError {
    /// There are no credentials.
    #[error("there are no credentials to sign with")]
    Credentials(#[from] CredentialsError),
    /// The process has none that could be asked.
    #[error("nothing provides credentials to sign with")]
    NoCredentials,
    /// The call could not be signed.
    #[error("the call could not be signed")]
    Sign(#[from] SigningError),
    /// The same.
    #[error("the call could not be signed")]
    Parameters(#[from] BuildError),
    /// The call is none.
    #[error("the call could not be built")]
    Build(#[from] http::Error),
    /// CloudFront was out of reach.
    #[error("CloudFront is out of reach")]
    Call(#[from] reqwest::Error),
    /// CloudFront refused.
    #[error("CloudFront answered with status {status}: {answer}")]
    Refused {
        /// The status.
        status: u16,
        /// What it said, shortened.
        answer: String,
    },
}

/// A distribution. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Cdn {
    client: reqwest::Client,
    credentials: Option<SharedCredentialsProvider>,
    endpoint: String,
    region: &'static str,
    distribution: String,
}

impl Cdn {
    /// The distribution of this id.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(aws: &SdkConfig, distribution: String) -> Result<Self, FetchError> {
        let region = aws.region().map_or("", |region| region.as_ref());
        let (endpoint, region) = match region.starts_with("cn-") {
            true => (
                "https://cloudfront.cn-northwest-1.amazonaws.com.cn",
                "cn-northwest-1",
            ),
            false => ("https://cloudfront.amazonaws.com", "us-east-1"),
        };
        Ok(Self {
            client: fetch::client_of_aws(LIMIT)?,
            credentials: aws.credentials_provider(),
            endpoint: aws.endpoint_url().unwrap_or(endpoint).to_owned(),
            region,
            distribution,
        })
    }

    /// Has all outputs of these requests, at most [`MOST_WILDCARDS`], forgotten. The same `reference` is
    /// taken for the same call.
    ///
    /// # Errors
    /// When CloudFront is away, or has too many invalidations in progress: later, it may do it.
    pub async fn forget(&self, requests: &[RequestId], reference: &str) -> Result<(), CdnError> {
        let path = format!("/{VERSION}/distribution/{}/invalidation", self.distribution);
        let call = http::Request::post(format!("{}{path}", self.endpoint))
            .header(CONTENT_TYPE, "application/xml")
            .body(batch(requests, reference))?;
        let call = self.signed(call).await?;
        let answer = self.client.execute(call.try_into()?).await?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let answer: String = answer.text().await?.chars().take(500).collect();
        let status = status.as_u16();
        Err(CdnError::Refused { status, answer })
    }

    async fn signed(
        &self,
        mut call: http::Request<String>,
    ) -> Result<http::Request<String>, CdnError> {
        let provider = self.credentials.as_ref().ok_or(CdnError::NoCredentials)?;
        let identity = provider.provide_credentials().await?.into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name("cloudfront")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let headers = call.headers().iter();
        let headers =
            headers.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let (method, uri) = (call.method().as_str(), call.uri().to_string());
        let body = SignableBody::Bytes(call.body().as_bytes());
        let signable = SignableRequest::new(method, &uri, headers, body)?;
        let (instructions, _) = sign(signable, &parameters)?.into_parts();
        instructions.apply_to_request_http1x(&mut call);
        Ok(call)
    }
}

/// <https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_CreateInvalidation.html>
fn batch(requests: &[RequestId], reference: &str) -> String {
    // Ids are hexadecimal: nothing has to be escaped.
    let path = |request: &RequestId| format!("<Path>/{}*</Path>", Key::outputs(*request));
    let paths: String = requests.iter().map(path).collect();
    let quantity = requests.len();
    format!(
        "<InvalidationBatch xmlns=\"http://cloudfront.amazonaws.com/doc/{VERSION}/\">\
         <Paths><Quantity>{quantity}</Quantity><Items>{paths}</Items></Paths>\
         <CallerReference>{reference}</CallerReference></InvalidationBatch>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_written_as_the_api_wants_it() {
        let id: RequestId = "0f8fad5b-d9cb-469f-a165-70867728950e".parse().unwrap();
        assert_eq!(
            batch(&[id], "once"),
            "<InvalidationBatch xmlns=\"http://cloudfront.amazonaws.com/doc/2020-05-31/\"><Paths>\
             <Quantity>1</Quantity><Items>\
             <Path>/output/0f8fad5b-d9cb-469f-a165-70867728950e/*</Path></Items></Paths>\
             <CallerReference>once</CallerReference></InvalidationBatch>"
        );
    }
}
