//! Every image error code that can be provoked from outside, beside good images; those of odd origins are in
//! [`super::origins`].

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};

use serde_json::Value;

use halftone_origin::{Answer, Origin, Request, Step};
use halftone_tests::stack::{LONG, Stack, csv, photo, shared, small_photo};
use halftone_tests::wait::until;

/// A PNG header that declares 60,000 × 60,000 pixels (PNG specification, section 11.2.1); its
/// checksum is right.
const HUGE_PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\xea\x60\0\0\xea\x60\x08\x02\0\0\0\x89\x15\x91\x96\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xae\x42\x60\x82";

/// 503 at first.
fn at_the_second(request: &Request, bytes: impl Into<Vec<u8>>) -> Answer {
    if request.nth == 1 {
        Answer::status(503)
    } else {
        Answer::ok(bytes)
    }
}

/// Bytes that never end.
fn endless() -> Answer {
    let start = b"HTTP/1.1 200 OK\r\n\r\n\xff\xd8".to_vec();
    Answer::steps([Step::Send(start), Step::Endless(vec![0; 65536])])
}

/// Where nobody listens.
fn closed() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}

fn cases(origin: &Origin) -> Vec<(String, &'static str)> {
    let truncated = small_photo();
    let truncated = truncated[..truncated.len() / 2].to_vec();
    let redirect = |path: &str, to: String| origin.on(path, move |_| Answer::redirect(to.clone()));
    vec![
        (origin.serve("/good.jpg", small_photo()), ""),
        (redirect("/moved.jpg", origin.url("/good.jpg")), ""),
        (
            origin.on("/flaky.jpg", |request| {
                at_the_second(request, small_photo())
            }),
            "",
        ),
        (
            redirect("/odd.jpg", "ftp://a.example/".into()),
            "invalid_url",
        ),
        (
            "http://169.254.169.254/latest/meta-data".into(),
            "blocked_address",
        ),
        ("http://[::ffff:10.0.0.1]/a.jpg".into(), "blocked_address"),
        (
            redirect("/inside.jpg", "http://10.0.0.1/a.jpg".into()),
            "blocked_address",
        ),
        ("http://nobody.invalid/a.jpg".into(), "dns_failed"),
        ("http://127.0.0.1:1/a.jpg".into(), "blocked_port"),
        (format!("http://{}/a.jpg", closed()), "connect_failed"),
        (origin.on("/silent.jpg", |_| Answer::silence()), "timeout"),
        (origin.url("/missing.jpg"), "http_status"),
        (
            origin.on("/broken.jpg", |_| Answer::status(500)),
            "http_status",
        ),
        (
            redirect("/loop.jpg", origin.url("/loop.jpg")),
            "too_many_redirects",
        ),
        (origin.on("/endless.jpg", |_| endless()), "too_large"),
        (
            origin.serve("/page.jpg", "<!doctype html><p>Not here"),
            "not_an_image",
        ),
        (origin.serve("/empty.jpg", ""), "not_an_image"),
        (
            origin.serve("/drawing.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>"),
            "unsupported_format",
        ),
        (origin.serve("/huge.png", HUGE_PNG), "too_many_pixels"),
        (origin.serve("/half.jpg", truncated), "decode_failed"),
    ]
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn every_failure_has_its_code_and_harms_no_neighbour() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let cases = cases(&origin);
    let urls: Vec<_> = cases.iter().map(|(url, _)| url.as_str()).collect();
    let id = stack.accepted(csv(&urls), None).await;
    let body = stack.ended(&id).await;
    let found: BTreeMap<&str, &str> = body["data"]["images"]
        .as_array()
        .unwrap()
        .iter()
        .map(|image| {
            let url = image["inputUrl"].as_str().unwrap();
            assert_eq!(
                image["error"].is_null(),
                image["status"] == "Succeeded",
                "{url}"
            );
            (url, image["error"]["code"].as_str().unwrap_or_default())
        })
        .collect();
    let expected: BTreeMap<_, _> = cases
        .iter()
        .map(|(url, code)| (url.as_str(), *code))
        .collect();
    assert_eq!(found, expected);
    // What can never go better is asked once; what may is asked three times.
    assert_eq!(origin.hits("/missing.jpg"), 1);
    assert_eq!(origin.hits("/half.jpg"), 1);
    assert_eq!(origin.hits("/broken.jpg"), 3);
    assert_eq!(origin.hits("/flaky.jpg"), 2);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_webhook_that_fails_is_tried_again_with_the_same_id() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let hook = origin.on("/hook", |request| at_the_second(request, "ok"));
    let id = stack
        .accepted(csv(&[origin.serve("/a.jpg", small_photo())]), Some(&hook))
        .await;
    let posted = until("the webhook comes twice", LONG, async || {
        Some(origin.requests("/hook")).filter(|posted| posted.len() == 2)
    })
    .await;
    assert_eq!(
        posted[0].headers["webhook-id"],
        posted[1].headers["webhook-id"]
    );
    let body: Value = serde_json::from_slice(&posted[1].body).unwrap();
    assert_eq!(body["requestId"], id);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_photo_named_wrongly_is_told_by_its_content() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let name = "turned.jpg";
    let bytes = std::fs::read_dir(halftone_tests::stack::events().join("photos"))
        .unwrap()
        .find_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.ends_with(".png").then(|| photo(&name))
        });
    let id = stack
        .accepted(
            csv(&[origin.serve(&format!("/{name}"), bytes.unwrap())]),
            None,
        )
        .await;
    let body = stack.ended(&id).await;
    let output = body["data"]["images"][0]["outputUrl"].as_str().unwrap();
    assert!(output.ends_with(".png"), "{output}");
}
