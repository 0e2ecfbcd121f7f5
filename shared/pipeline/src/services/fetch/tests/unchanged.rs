//! Files that were fetched before: asked for with what their server said of them.

use halftone_origin::Request;

use super::*;

const TAG: (&str, &str) = ("ETag", "\"1\"");

fn tagged(body: &str) -> Answer {
    Answer::ok(body).header(TAG.0, TAG.1)
}

/// 304 to whoever shows the tag.
fn by_tag(request: &Request) -> Answer {
    if request.headers.get("if-none-match").map(String::as_str) == Some(TAG.1) {
        Answer::raw("HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n")
    } else {
        tagged("picture")
    }
}

#[tokio::test]
async fn a_file_that_is_unchanged_is_not_sent_again() {
    let origin = Origin::start().unwrap();
    let (fetcher, url) = (fetcher(), origin.on("/a.jpg", by_tag));
    let known = fetcher.get(&url).await.unwrap().validators.unwrap();
    let again = fetcher.open(&url, Some(&known)).await.unwrap();
    assert!(again.is_none());
    assert_eq!(origin.hits("/a.jpg"), 2);
    origin.serve("/a.jpg", "another");
    let changed = fetcher.open(&url, Some(&known)).await.unwrap().unwrap();
    assert_eq!(fetcher.read(changed).await.unwrap().body, "another");
}

#[tokio::test]
async fn what_one_url_said_is_not_shown_to_another() {
    let origin = Origin::start().unwrap();
    let first = origin.on("/first.jpg", by_tag);
    let url = origin.on("/a.jpg", move |_| Answer::redirect(&first));
    let fetcher = fetcher();
    let known = fetcher.get(&url).await.unwrap().validators.unwrap();
    assert!(fetcher.open(&url, Some(&known)).await.unwrap().is_none());
    // The same tag, as many servers give to the first version of anything.
    let second = origin.on("/second.jpg", by_tag);
    origin.on("/a.jpg", move |_| Answer::redirect(&second));
    assert!(fetcher.open(&url, Some(&known)).await.unwrap().is_some());
    for request in [origin.requests("/a.jpg"), origin.requests("/second.jpg")].concat() {
        assert!(!request.headers.contains_key("if-none-match"));
    }
}

#[tokio::test]
async fn an_answer_that_lies_is_asked_once_more_without_a_condition() {
    let origin = Origin::start().unwrap();
    for lie in [
        "304 Not Modified\r\nContent-Length: 70",
        "304 Not Modified\r\nETag: \"2\"",
        "412 Precondition Failed",
    ] {
        let url = origin.on("/a.jpg", move |request| {
            match request.headers.contains_key("if-none-match") {
                true => Answer::raw(format!("HTTP/1.1 {lie}\r\nConnection: close\r\n\r\n")),
                false => tagged("picture"),
            }
        });
        let fetcher = fetcher();
        let known = fetcher.get(&url).await.unwrap().validators.unwrap();
        let opened = fetcher.open(&url, Some(&known)).await.unwrap();
        let fetched = fetcher.read(opened.expect(lie)).await.unwrap();
        assert_eq!(fetched.body, "picture", "{lie}");
    }
}

#[tokio::test]
async fn not_modified_without_a_condition_is_an_error() {
    let answer = Answer::raw("HTTP/1.1 304 Not Modified\r\n\r\n");
    let error = get(answer).await.unwrap_err();
    assert_eq!(error.code(), "http_status");
}
