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
        (error.code().as_str(), error.is_transient()),
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
            matches!(error, FetchError::Broken { .. }) && error.is_transient(),
            "{answer}: {error:?}"
        );
    }
}

/// The end of these tests' bodies is a full stop.
#[tokio::test]
async fn a_body_that_breaks_off_is_whole_only_if_it_says_so_and_no_length_was_declared() {
    let no_last_chunk = |body: &str| format!("{CHUNKED}{:x}\r\n{body}\r\n", body.len());
    let whole = get(Answer::raw(no_last_chunk("All of it."))).await;
    assert_eq!(whole.unwrap(), "All of it.");
    for answer in [
        no_last_chunk("A part"),
        format!("{CHUNKED}a\r\nA part"),
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nAll of it.".to_owned(),
    ] {
        let error = get(Answer::raw(answer.as_str())).await.unwrap_err();
        assert!(
            matches!(error, FetchError::Broken { .. }),
            "{answer}: {error:?}"
        );
    }
    let error = get(Answer::raw(
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nfour",
    ))
    .await;
    let told = error.unwrap_err().to_string();
    assert_eq!(told, "the answer broke off after 4 of 9 bytes");
}

/// No part was asked for.
#[tokio::test]
async fn a_part_of_a_file_is_no_file() {
    let part = |range: &str| {
        Answer::status(206)
            .header("Content-Range", range)
            .body("abcde")
    };
    assert_eq!(get(part("bytes 0-4/5")).await.unwrap(), "abcde");
    for range in [
        "bytes 0-4/9",
        "bytes 0-4/*",
        "bytes 4-8/5",
        "items 0-4/5",
        "",
    ] {
        let error = get(part(range)).await.unwrap_err();
        assert_eq!(
            (error.code().as_str(), error.is_transient()),
            ("http_status", false),
            "{range}"
        );
        assert!(
            error
                .to_string()
                .ends_with("206: it sends only a part of the file")
        );
    }
}

#[tokio::test]
async fn a_body_longer_than_declared_ends_where_declared() {
    let long = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nfour and more";
    assert_eq!(get(Answer::raw(long)).await.unwrap(), "four");
}
