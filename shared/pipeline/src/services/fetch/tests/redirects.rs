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
    assert_eq!(
        fetcher().get(&origin.url("/5")).await.unwrap().body,
        "there"
    );
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
async fn a_server_that_wants_its_cookie_back_gets_it() {
    let (shop, other) = (Origin::start().unwrap(), Origin::start().unwrap());
    let away = other.url("/b.jpg");
    shop.on("/a.jpg", |request| match request.headers.get("cookie") {
        Some(cookie) if cookie == "seen=1; id=x" => Answer::ok("there"),
        _ => Answer::redirect("/a.jpg")
            .header("Set-Cookie", "seen=1; Path=/; HttpOnly")
            .header("Set-Cookie", "id=x"),
    });
    shop.on("/b.jpg", move |_| {
        Answer::redirect(away.clone()).header("Set-Cookie", "seen=1")
    });
    other.serve("/b.jpg", "other");
    let fetcher = fetcher();
    assert_eq!(
        fetcher.get(&shop.url("/a.jpg")).await.unwrap().body,
        "there"
    );
    assert_eq!(
        fetcher.get(&shop.url("/b.jpg")).await.unwrap().body,
        "other"
    );
    // Neither to another host nor with the next picture.
    assert_eq!(other.all_requests()[0].headers.get("cookie"), None);
    assert_eq!(shop.requests("/b.jpg")[0].headers.get("cookie"), None);
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
        ("http://127.0.0.1:25/", "blocked_port"),
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

#[tokio::test]
async fn targets_are_read_as_browsers_read_them() {
    for (location, path) in [
        (&b"/ok/caf\xe9.jpg"[..], "/ok/caf%E9.jpg"),
        ("/ok/café.jpg".as_bytes(), "/ok/caf%C3%A9.jpg"),
        (b"/ok/my photo.jpg", "/ok/my%20photo.jpg"),
        (b"  /ok/a.jpg?a=1&b=%20#f  ", "/ok/a.jpg?a=1&b=%20"),
        (b"ok/a.jpg", "/from/ok/a.jpg"),
        (b"../a.jpg", "/a.jpg"),
        (b"?b", "/from/a.jpg?b"),
        (b"//HOST/ok.jpg", "/ok.jpg"),
        (b"http:/ok.jpg", "/ok.jpg"),
    ] {
        let origin = Origin::start().unwrap();
        let host = origin.url("").replace("http://", "");
        let location = match location {
            b"//HOST/ok.jpg" => format!("//{host}/ok.jpg").into_bytes(),
            other => other.to_vec(),
        };
        let answer = [
            b"HTTP/1.1 302 Found\r\nLocation: ",
            &location[..],
            b"\r\n\r\n",
        ]
        .concat();
        origin.on("/from/a.jpg", move |_| Answer::raw(answer.clone()));
        origin.serve(path, "there");
        let got = fetcher().get(&origin.url("/from/a.jpg")).await;
        let there = Fetched {
            body: "there".into(),
            validators: None,
            redirected_to: None,
        };
        assert_eq!(got.unwrap(), there, "{path}");
    }
}

#[tokio::test]
async fn what_fails_behind_a_redirect_says_where() {
    let (shop, cdn) = (Origin::start().unwrap(), Origin::start().unwrap());
    let target = cdn.url("/none.jpg");
    let url = shop.on("/a.jpg", move |_| Answer::redirect(target.clone()));
    let error = fetcher().get(&url).await.unwrap_err();
    let host = cdn.url("").replace("http://", "");
    assert_eq!(
        error.to_string(),
        format!(
            "behind a redirect to {host}: the server answered with status 404: there is no picture at \
             this address"
        )
    );
    assert_eq!((error.code(), error.is_transient()), ("http_status", false));
}

#[tokio::test]
async fn what_is_told_of_a_redirect_is_short() {
    let host = format!("http://{}.invalid/", "a".repeat(5000));
    let error = get(Answer::redirect(host)).await.unwrap_err();
    assert!(error.to_string().len() < 400, "{error}");
}

#[tokio::test]
async fn a_target_that_cannot_be_used_is_told_as_the_servers() {
    let error = get(Answer::redirect("data:image/png;base64,AA"))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the server redirects to an address that cannot be used: it begins with data:; only http:// and \
         https:// addresses can be used"
    );
}
