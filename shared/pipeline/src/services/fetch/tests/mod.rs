//! The fetcher against a server on 127.0.0.1 that answers as badly as told.

mod bodies;
mod codings;
mod heads;
mod post;
mod reach;
mod redirects;
mod secrets;
mod time;
mod tls;
mod unchanged;

use halftone_origin::{Answer, Origin, Step};

use super::*;

fn config() -> FetchConfig {
    FetchConfig {
        connect_timeout: Duration::from_secs(20),
        idle_timeout: Duration::from_secs(20),
        total_timeout: Duration::from_secs(60),
        max_bytes: 1000,
        max_redirects: 5,
        allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
        allowed_ports: Ports::default(),
        user_agent: "Halftone/test (+https://example.com)".to_owned(),
        headers: OriginHeaders::default(),
        has_end: |bytes| bytes.ends_with(b"."),
    }
}

impl Fetcher {
    async fn get(&self, url: &str) -> Result<Fetched, FetchError> {
        let opened = self.open(url, None).await?;
        self.read(opened.expect("nothing was known")).await
    }
}

fn fetcher() -> Fetcher {
    Fetcher::new(config()).unwrap()
}

/// Fetches `/a.jpg` from a server that always answers so.
async fn get(answer: Answer) -> Result<Bytes, FetchError> {
    let origin = Origin::start().unwrap();
    let url = origin.on("/a.jpg", move |_| answer.clone());
    let fetched = fetcher().get(&url).await?;
    Ok(fetched.body)
}

/// These bytes, then something else.
fn then(start: &str, step: Step) -> Answer {
    Answer::steps([Step::Send(start.into()), step])
}

#[tokio::test]
async fn a_body_is_fetched_with_a_modest_request() {
    let origin = Origin::start().unwrap();
    let url = origin.serve("/a.jpg", "picture");
    assert_eq!(fetcher().get(&url).await.unwrap().body, "picture");
    let [request] = &origin.all_requests()[..] else {
        panic!("{origin:?} was not asked once")
    };
    let head = &request.head;
    assert!(head.starts_with("GET /a.jpg HTTP/1.1\r\n"), "{head}");
    assert_eq!(request.headers["accept-encoding"], "identity");
    assert_eq!(request.headers["user-agent"], config().user_agent);
    for telling in ["referer", "cookie"] {
        assert!(!head.to_lowercase().contains(telling), "{head}");
    }
}

#[tokio::test]
async fn statuses_are_errors_with_their_retry_after() {
    let busy = Answer::raw("HTTP/1.1 503 Busy\r\nretry-after: 7\r\n\r\n");
    let error = get(busy).await.unwrap_err();
    assert!(error.is_transient());
    let FetchError::HttpStatus {
        status,
        retry_after,
        ..
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!((status, retry_after), (503, Some(Duration::from_secs(7))));
    let missing = Answer::raw("HTTP/1.1 404 Not Found\r\n\r\n");
    let error = get(missing).await.unwrap_err();
    assert_eq!(
        (error.code().as_str(), error.is_transient()),
        ("http_status", false)
    );
}
