//! `GET /api/v1/openapi.json`: the contract, as it was committed. `local/contract` makes it of the types of
//! the answers, and fails where the two are not the same.

use std::sync::LazyLock;

use halftone_pipeline::hash::sha256;
use lambda_http::Response;
use lambda_http::http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::tag;

/// It is packed with the function, and packed again by API Gateway on its way.
const DOCUMENT: &str = include_str!("../openapi.json");

static ETAG: LazyLock<String> =
    LazyLock::new(|| format!("\"{}\"", &sha256(&[DOCUMENT.as_bytes()])[..32]));

/// The document, or that the caller has it already. It says nothing about a stack or its owners, and the
/// programs that read it by its address send no key: so it needs none.
pub fn answer(headers: &HeaderMap) -> Response<String> {
    let mut response = if tag::matches(headers, &ETAG) {
        let mut response = Response::new(String::new());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response
    } else {
        Response::new(DOCUMENT.to_owned())
    };
    let fixed = [
        (header::CONTENT_TYPE, "application/json"),
        (header::ETAG, ETAG.as_str()),
        // A deployment may change it, so not for long.
        (header::CACHE_CONTROL, "public, max-age=300"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in fixed {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_sent_once() {
        let first = answer(&HeaderMap::new());
        assert_eq!(first.status(), 200);
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone());
        let again = answer(&headers);
        assert_eq!((again.status().as_u16(), again.body().as_str()), (304, ""));
        assert_eq!(again.headers()[header::ETAG], first.headers()[header::ETAG]);
    }
}
