//! The API's paths: written and read here, and nowhere else.

use http::Method;

use crate::request::{ImageRef, RequestId};

/// Path of the upload call, without the leading slash.
pub const UPLOAD: &str = "api/v1/images/upload";
/// Path of the webhook receiver, without the leading slash.
pub const WEBHOOK: &str = "api/v1/webhook";

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

/// Where an object of the outputs bucket is in the API; does not change while it lives.
#[must_use]
pub fn output(api_url: &str, key: &str) -> String {
    format!("{api_url}/{key}")
}

/// A call of the status function, by its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// A request's status.
    Status(RequestId),
    /// A request's results.
    Results(RequestId),
    /// An image's output, under the key it must have.
    Output(ImageRef, String),
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
        let hook = Route::of(&Method::POST, &format!("/{WEBHOOK}"));
        assert_eq!(hook, Some(Route::Webhook));
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
        ] {
            assert_eq!(Route::of(&Method::GET, path), None, "{path}");
        }
    }
}
