//! Who calls the API.

use lambda_http::RequestExt;
use lambda_http::request::RequestContext;

/// The id of the API key a call came with; `None` for a call without a key, which owns nothing.
#[must_use]
pub fn api_key_id(request: &lambda_http::Request) -> Option<String> {
    let RequestContext::ApiGatewayV1(context) = request.request_context_ref()? else {
        return None;
    };
    context.identity.api_key_id.clone()
}
