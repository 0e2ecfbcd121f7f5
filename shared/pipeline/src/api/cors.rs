//! Whose web pages may read the API's answers (CORS). API Gateway answers the browsers' questions before
//! a call, and its own refusals; what functions answer has to say it itself.

use std::str::FromStr;

use http::Response;
use http::header::{self, HeaderValue, InvalidHeaderValue};

/// Headers that pages may read beside those that they may read anyway.
const EXPOSED: HeaderValue = HeaderValue::from_static("etag, location, retry-after");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
/// The word for nobody's.
const NONE: &str = "none";

/// An origin, every one (`*`), or none. No call is allowed by cookies, so that every one does no harm:
/// whoever calls has to have an API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cors(Option<HeaderValue>);

impl FromStr for Cors {
    type Err = InvalidHeaderValue;

    fn from_str(text: &str) -> Result<Self, InvalidHeaderValue> {
        let origin = (text != NONE).then(|| text.parse());
        Ok(Self(origin.transpose()?))
    }
}

impl Cors {
    /// An answer that these pages may read, and that no browser takes for something else than it says it is.
    #[must_use]
    pub fn allow<B>(&self, mut response: Response<B>) -> Response<B> {
        let headers = response.headers_mut();
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, NOSNIFF);
        if let Some(origin) = &self.0 {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
            headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(origin: &str) -> Option<String> {
        let cors: Cors = origin.parse().unwrap();
        let response = cors.allow(Response::new(()));
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let allowed = response.headers().get("access-control-allow-origin");
        allowed.map(|origin| origin.to_str().unwrap().to_owned())
    }

    #[test]
    fn an_origin_every_one_or_none() {
        let shop = "https://shop.example";
        assert_eq!(allowed(shop).as_deref(), Some(shop));
        assert_eq!(allowed("*").as_deref(), Some("*"));
        assert_eq!(allowed("none"), None);
    }
}
