//! Posts: what is sent, and what their answers say.

use halftone_origin::Request;

use super::*;
use crate::services::fetch;

/// Posts to a server that always answers so: what came of it, and the one request it saw.
async fn exchange(answer: Answer) -> (Result<fetch::Answer, FetchError>, Request) {
    let origin = Origin::start().unwrap();
    let url = origin.on("/hook", move |_| answer.clone());
    let content_type = http::header::CONTENT_TYPE;
    let headers = HeaderMap::from_iter([(content_type, "application/json".parse().unwrap())]);
    let told = fetcher()
        .post(&url, headers, Bytes::from_static(b"{}"))
        .await;
    let mut requests = origin.all_requests();
    assert_eq!(requests.len(), 1, "{told:?}");
    (told, requests.remove(0))
}

async fn post(answer: Answer) -> fetch::Answer {
    exchange(answer).await.0.unwrap()
}

#[tokio::test]
async fn a_post_tells_the_status_and_when_to_return() {
    let slow_down = Answer::status(429).header("retry-after", "30");
    let (told, request) = exchange(slow_down).await;
    assert_eq!(
        told.unwrap(),
        fetch::Answer {
            status: 429,
            retry_after: Some(Duration::from_secs(30))
        }
    );
    let head = &request.head;
    assert!(head.starts_with("POST /hook HTTP/1.1\r\n"), "{head}");
    assert_eq!(request.headers["content-type"], "application/json");
    assert_eq!(request.headers["content-length"], "2");
    assert_eq!(request.body, b"{}");
}

#[tokio::test]
async fn retry_after_may_be_a_date() {
    let busy =
        |when: &str| Answer::raw(format!("HTTP/1.1 503 Busy\r\nretry-after: {when}\r\n\r\n"));
    let later = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
    let wait = post(busy(&later)).await.retry_after.unwrap().as_secs();
    assert!((90..=100).contains(&wait), "{wait}");
    let past = post(busy("Sun, 06 Nov 1994 08:49:37 GMT")).await;
    assert_eq!(past.retry_after, Some(Duration::ZERO));
    assert_eq!(post(busy("soon")).await.retry_after, None);
}

#[tokio::test]
async fn a_post_follows_no_redirect_and_needs_no_end_of_the_body() {
    assert_eq!(post(Answer::redirect("/elsewhere")).await.status, 302);
    let endless = then("HTTP/1.1 200 OK\r\n\r\n", Step::Endless("more".into()));
    assert_eq!(post(endless).await.status, 200);
    let broken = Answer::raw("HTTP/1.1 201 Created\r\ncontent-length: 50\r\n\r\nhalf");
    assert_eq!(post(broken).await.status, 201);
}
