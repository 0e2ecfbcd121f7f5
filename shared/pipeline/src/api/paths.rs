//! The API's paths: written and read here, and nowhere else.

use http::Method;

use crate::request::{ImageRef, RequestId};

/// Path of the upload call, without the leading slash.
pub const UPLOAD: &str = "api/v1/images/upload";
/// Path of the call that shows a caller's webhook key, without the leading slash.
pub const WEBHOOK_SECRET: &str = "api/v1/webhooks/secret";
/// Path of the call that tries a webhook's receiver out, without the leading slash.
pub const WEBHOOK_TEST: &str = "api/v1/webhooks/test";
/// Path of the webhook receiver, without the leading slash.
pub const WEBHOOK: &str = "api/v1/webhook";

/// Path of an owner's requests, without the leading slash.
pub const REQUESTS: &str = "api/v1/images/requests";

/// Path of a request's status, without the leading slash.
#[must_use]
pub fn status(id: RequestId) -> String {
    format!("api/v1/images/status/{id}")
}

/// Path of a request's results, without the leading slash.
#[must_use]
pub fn results(id: RequestId) -> String {
    format!("api/v1/images/results/{id}")
}

/// A request's status as it is seen from the upload call (RFC 9110 section 10.2.2): holds under any
/// stage or domain name.
#[must_use]
pub fn status_beside_upload(id: RequestId) -> String {
    format!("status/{id}")
}

/// A request as it is seen from the call that announces one, in the same way.
#[must_use]
pub fn request_beside_requests(id: RequestId) -> String {
    format!("requests/{id}")
}

/// Where an object of the outputs bucket is in the API, or in the CDN, whose base URL is then given;
/// does not change while it lives.
#[must_use]
pub fn output(base: &str, key: &str) -> String {
    format!("{base}/{key}")
}

/// A call of the status function, by its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// The caller's requests.
    Requests,
    /// A request among them: its status.
    Request(RequestId),
    /// A request is to be given up.
    Cancel(RequestId),
    /// A request's failed images are to go again.
    RetryFailed(RequestId),
    /// A request's status.
    Status(RequestId),
    /// A request's results.
    Results(RequestId),
    /// An image's output, under the key it must have.
    Output(ImageRef, String),
    /// What became of a request's webhooks.
    Deliveries(RequestId),
    /// A webhook is to be sent once more.
    Replay(RequestId),
    /// The key that the caller's webhooks are signed with.
    WebhookSecret,
    /// A receiver is to be tried out.
    WebhookTest,
    /// A webhook came in.
    Webhook,
    /// The console.
    Console,
}

impl Route {
    /// Reads a path, without the stage; `None` when there is nothing under it.
    #[must_use]
    pub fn of(method: &Method, path: &str) -> Option<Self> {
        let path = path.trim_matches('/');
        let parts: Vec<&str> = path.split('/').collect();
        match (method, parts.as_slice()) {
            (&Method::GET, ["api", "v1", "images", "requests"]) => Some(Self::Requests),
            (&Method::GET, ["api", "v1", "images", "requests", id]) => {
                id.parse().ok().map(Self::Request)
            }
            (&Method::DELETE, ["api", "v1", "images", "requests", id])
            | (&Method::POST, ["api", "v1", "images", "requests", id, "cancel"]) => {
                id.parse().ok().map(Self::Cancel)
            }
            (&Method::POST, ["api", "v1", "images", "requests", id, "retry-failed"]) => {
                id.parse().ok().map(Self::RetryFailed)
            }
            (&Method::GET, ["api", "v1", "images", "requests", id, "deliveries"]) => {
                id.parse().ok().map(Self::Deliveries)
            }
            (
                &Method::POST,
                [
                    "api",
                    "v1",
                    "images",
                    "requests",
                    id,
                    "deliveries",
                    "replay",
                ],
            ) => id.parse().ok().map(Self::Replay),
            (&Method::GET, ["api", "v1", "images", "status", id]) => {
                id.parse().ok().map(Self::Status)
            }
            (&Method::GET, ["api", "v1", "images", "results", id]) => {
                id.parse().ok().map(Self::Results)
            }
            (&Method::GET | &Method::HEAD, ["output", id, ordinal, _]) => {
                let image = ImageRef {
                    request_id: id.parse().ok()?,
                    ordinal: ordinal.parse().ok()?,
                };
                Some(Self::Output(image, path.to_owned()))
            }
            (&Method::GET, [""]) => Some(Self::Console),
            (&Method::POST, _) if path == WEBHOOK_SECRET => Some(Self::WebhookSecret),
            (&Method::POST, _) if path == WEBHOOK_TEST => Some(Self::WebhookTest),
            (&Method::POST, _) if path == WEBHOOK => Some(Self::Webhook),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::blobs::Key;

    #[test]
    fn what_is_written_is_read() {
        let id = RequestId::random();
        let get = |path: &str| Route::of(&Method::GET, path);
        assert_eq!(get(&format!("/{}", status(id))), Some(Route::Status(id)));
        assert_eq!(get(&results(id)), Some(Route::Results(id)));
        assert_eq!(get(REQUESTS), Some(Route::Requests));
        let one = format!("/{REQUESTS}/{id}");
        assert_eq!(get(&one), Some(Route::Request(id)));
        let cancel = Some(Route::Cancel(id));
        assert_eq!(Route::of(&Method::DELETE, &one), cancel);
        let post = |what: &str| Route::of(&Method::POST, &format!("{one}/{what}"));
        assert_eq!(post("cancel"), cancel);
        assert_eq!(post("retry-failed"), Some(Route::RetryFailed(id)));
        assert_eq!(post("deliveries/replay"), Some(Route::Replay(id)));
        let deliveries = format!("{one}/deliveries");
        assert_eq!(get(&deliveries), Some(Route::Deliveries(id)));
        let image = ImageRef {
            request_id: id,
            ordinal: 3,
        };
        let key = Key::Output {
            image,
            name: "chair".into(),
            extension: "jpg".into(),
        };
        let url = output("https://api.example/prod", &key.to_string());
        let path = url.strip_prefix("https://api.example/prod").unwrap();
        let output = Some(Route::Output(image, key.to_string()));
        assert_eq!(get(path), output);
        assert_eq!(Route::of(&Method::HEAD, path), output);
        let post = |path| Route::of(&Method::POST, &format!("/{path}"));
        assert_eq!(post(WEBHOOK), Some(Route::Webhook));
        assert_eq!(post(WEBHOOK_SECRET), Some(Route::WebhookSecret));
        assert_eq!(post(WEBHOOK_TEST), Some(Route::WebhookTest));
        assert_eq!(get("/"), Some(Route::Console));
    }

    #[test]
    fn nothing_else_is() {
        for path in [
            "/api",
            "/api/v1/images/status/nobody",
            "/output/x/1/a.jpg",
            "/output/0f8fad5b-d9cb-469f-a165-70867728950e/-1/a.jpg",
            "/output/0f8fad5b-d9cb-469f-a165-70867728950e/1.jpg",
            "/api/v1/webhook",
            "/api/v1/webhooks/secret",
        ] {
            assert_eq!(Route::of(&Method::GET, path), None, "{path}");
        }
    }
}
