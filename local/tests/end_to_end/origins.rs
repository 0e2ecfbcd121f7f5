//! Origins that answer oddly, and what is told of those that do not give a picture.

use std::io::Write;
use std::net::TcpListener;

use halftone_origin::{Answer, Origin};
use halftone_tests::stack::{Stack, csv, shared, small_photo};
use serde_json::Value;

/// Uploads these URLs; what is told of each image, in their order.
async fn images(stack: &Stack, urls: &[&str]) -> (String, Vec<Value>) {
    let id = stack.accepted(csv(urls), None).await;
    let body = stack.ended(&id).await;
    let images = body["data"]["images"].as_array().unwrap();
    let of = |url: &&str| {
        let image = images.iter().find(|image| image["inputUrl"] == *url);
        image.unwrap().clone()
    };
    (id, urls.iter().map(of).collect())
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn answers_that_browsers_take_are_taken() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let raw = |path: &str, head: &str, end: &str| {
        let photo = small_photo();
        let head = head.replace("LENGTH", &photo.len().to_string());
        let size = format!("{:x}\r\n", photo.len());
        let size = if head.contains("chunked") {
            size
        } else {
            String::new()
        };
        let answer = [head.as_bytes(), size.as_bytes(), &photo, end.as_bytes()].concat();
        origin.on(path, move |_| Answer::raw(answer.clone()))
    };
    let urls = [
        raw(
            "/folded.jpg",
            "HTTP/1.1 200 OK\r\nX-A: 1\r\n 2\r\nX B: 3\r\nContent-Length: LENGTH\r\n\r\n",
            "",
        ),
        raw(
            "/no-end.jpg",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            "\r\n",
        ),
        raw(
            "/label.jpg",
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: LENGTH\r\n\r\n",
            "",
        ),
    ];
    let urls: Vec<_> = urls.iter().map(String::as_str).collect();
    for image in images(&stack, &urls).await.1 {
        assert_eq!(image["status"], "Succeeded", "{image}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn what_came_instead_of_a_picture_is_told() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let page = origin.serve("/page.jpg", "<!doctype html><title>Sign in</title>");
    let denied =
        Answer::status(403).body("<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>");
    let denied = origin.on("/denied.jpg", move |_| denied.clone());
    let brotli = Answer::ok("packed").header("Content-Encoding", "br");
    let brotli = origin.on("/br.jpg", move |_| brotli.clone());
    let mail = mail_server();
    let (id, images) = images(&stack, &[&page, &denied, &brotli, &mail]).await;
    let told = |image: &Value, member: &str| image["error"][member].as_str().map(str::to_owned);
    for (image, code, sniffed) in [
        (
            &images[0],
            "not_an_image",
            Some("text/html, title \"Sign in\""),
        ),
        (
            &images[1],
            "http_status",
            Some("application/xml, code \"AccessDenied\""),
        ),
        (&images[2], "unsupported_encoding", None),
        (&images[3], "tls_failed", None),
    ] {
        assert_eq!(told(image, "code").as_deref(), Some(code), "{image}");
        assert_eq!(told(image, "sniffed").as_deref(), sniffed, "{image}");
    }
    let results = stack.results(&id).await;
    assert!(
        results.contains("(sniffed: text/html, title \"\"Sign in\"\")"),
        "{results}"
    );
    assert!(
        results.contains("what it sends is not TLS; is it an http:// address?"),
        "{results}"
    );
    assert_eq!((origin.hits("/denied.jpg"), origin.hits("/br.jpg")), (1, 1));
}

/// Something that does not speak TLS, as https; it takes one connection only, so that a second try would end
/// otherwise.
fn mail_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let _ = stream.write_all(b"220 mail.example ESMTP\r\n");
        // Until the client has read it and is gone.
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    format!("https://{address}/a.jpg")
}

/// The header comes from a secret, through the template.
#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_origin_that_asks_for_a_header_is_given_it_and_no_other() {
    let _stack = shared().await;
    let stack = Stack::find().await;
    let (port, header, value) = stack.guarded();
    let (guarded, other) = (Origin::start_on(port).unwrap(), Origin::start().unwrap());
    let (name, value) = (header.to_lowercase(), value.to_owned());
    let asked = name.clone();
    guarded.otherwise(move |request| match request.headers.get(&asked) {
        Some(given) if *given == value => Answer::ok(small_photo()),
        _ => Answer::status(401),
    });
    let photo = other.serve("/a.jpg", small_photo());
    // One that is refused would be tried again in minutes, and other tests wait for silence.
    guarded.on("/hook", |_| Answer::status(204));
    guarded.on("/away.jpg", move |_| Answer::redirect(photo.clone()));
    let (inside, away) = (guarded.url("/inside.jpg"), guarded.url("/away.jpg"));
    let id = stack
        .accepted(csv(&[&inside, &away]), Some(&guarded.url("/hook")))
        .await;
    let body = stack.ended(&id).await;
    assert_eq!(body["progress"]["succeeded"], 2, "{body}");
    assert_eq!(other.all_requests()[0].headers.get(&name), None);
    halftone_tests::wait::until(
        "the webhook comes",
        halftone_tests::stack::LONG,
        async || (guarded.hits("/hook") > 0).then_some(()),
    )
    .await;
    assert_eq!(guarded.requests("/hook")[0].headers.get(&name), None);
}
