//! Bodies: whole or an error, within the limit, as they were sent.

use super::*;

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

#[tokio::test]
async fn chunked_bodies_and_bodies_ended_by_close_are_whole() {
    let chunked = format!("{CHUNKED}3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    assert_eq!(get(Answer::raw(chunked)).await.unwrap(), "abcde");
    let closed = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nabcde";
    assert_eq!(get(Answer::raw(closed)).await.unwrap(), "abcde");
}

#[tokio::test]
async fn bodies_over_the_limit_are_refused() {
    let at_limit = get(Answer::ok("x".repeat(1000))).await;
    assert_eq!(at_limit.unwrap().len(), 1000);
    let declared = "HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n";
    let error = get(then(declared, Step::Silence)).await.unwrap_err();
    assert_eq!(
        (error.code(), error.is_transient()),
        ("too_large", false),
        "declared"
    );
    let endless = || Step::Endless("3\r\nabc\r\n".into());
    let error = get(then(CHUNKED, endless())).await.unwrap_err();
    assert_eq!(error.code(), "too_large", "chunked");
    let until_close = "HTTP/1.1 200 OK\r\n\r\n";
    let error = get(then(until_close, endless())).await.unwrap_err();
    assert_eq!(error.code(), "too_large", "until close");
}

#[tokio::test]
async fn a_body_shorter_than_declared_is_broken() {
    let short = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this";
    for answer in [short.to_owned(), format!("{CHUNKED}9\r\nonly")] {
        let error = get(Answer::raw(answer.as_str())).await.unwrap_err();
        assert!(
            matches!(error, FetchError::Broken(_)) && error.is_transient(),
            "{answer}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_body_longer_than_declared_ends_where_declared() {
    let long = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nfour and more";
    assert_eq!(get(Answer::raw(long)).await.unwrap(), "four");
}

/// A bomb stays as small as it came: nobody here decodes it.
#[tokio::test]
async fn encoded_content_is_not_decoded() {
    let gzip = [0x1f, 0x8b, 0x08, 0x00];
    let body = get(Answer::ok(gzip).header("content-encoding", "gzip")).await;
    assert_eq!(body.unwrap().as_ref(), gzip);
}
