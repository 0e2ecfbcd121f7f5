//! Redirects: how many are followed, and where to.

use super::*;

#[tokio::test]
async fn redirects_are_followed_and_counted() {
    let origin = Origin::start().unwrap();
    origin.otherwise(|request| match request.path()[1..].parse::<u32>() {
        Ok(0) => Answer::ok("there"),
        Ok(left) => Answer::redirect(format!("/{}", left - 1)),
        Err(_) => Answer::status(404),
    });
    assert_eq!(fetcher().get(&origin.url("/5")).await.unwrap(), "there");
    let error = fetcher().get(&origin.url("/6")).await.unwrap_err();
    assert_eq!(
        (error.code(), error.is_transient()),
        ("too_many_redirects", false)
    );
    assert_eq!(origin.all_requests().len(), 6 + 6);
}

#[tokio::test]
async fn a_redirect_loop_ends() {
    let error = get(Answer::redirect("/a.jpg")).await.unwrap_err();
    assert_eq!(error.code(), "too_many_redirects");
}

#[tokio::test]
async fn redirects_are_checked_like_the_first_url() {
    for (location, code) in [
        ("http://10.0.0.1/", "blocked_address"),
        (
            "http://169.254.169.254/latest/meta-data/",
            "blocked_address",
        ),
        ("http://[::1]/", "blocked_address"),
        ("//[::ffff:127.0.0.1]/", "blocked_address"),
        ("ftp://127.0.0.1/", "invalid_url"),
        ("file:///etc/passwd", "invalid_url"),
        ("http://user:pass@127.0.0.1/", "invalid_url"),
    ] {
        let error = get(Answer::redirect(location)).await.unwrap_err();
        assert_eq!(
            (error.code(), error.is_transient()),
            (code, false),
            "{location}: {error:?}"
        );
    }
}

#[tokio::test]
async fn a_redirect_without_a_target_is_a_status() {
    for answer in [
        "HTTP/1.1 302 Found\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nlocation: /b\r\n\r\n",
    ] {
        let error = get(Answer::raw(answer)).await.unwrap_err();
        assert_eq!((error.code(), error.is_transient()), ("http_status", false));
    }
}
