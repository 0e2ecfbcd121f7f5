//! Which hosts are reached, and how it is told when one is not.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use super::*;

/// Takes connections only when the test does: none can come unseen.
fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Where nobody listens.
fn closed() -> SocketAddr {
    listen().1
}

#[tokio::test]
async fn without_an_allowed_network_nothing_local_is_reached() {
    let (listener, address) = listen();
    let port = address.port();
    let strict = Fetcher::new(FetchConfig {
        allowed_networks: Vec::new(),
        ..config()
    })
    .unwrap();
    for host in [
        "127.0.0.1",
        "127.1",
        "0x7f.1",
        "2130706433",
        "127.0.0.1.",
        "0.0.0.0",
        "localhost",
        "LOCALHOST",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[2002:7f00:1::]",
        "169.254.169.254",
        "10.0.0.1",
    ] {
        let url = format!("http://{host}:{port}/");
        for error in [
            strict.get(&url).await.unwrap_err(),
            strict
                .post(&url, HeaderMap::new(), Bytes::new())
                .await
                .unwrap_err(),
        ] {
            assert_eq!(
                (error.code().as_str(), error.is_transient()),
                ("blocked_address", false),
                "{host}: {error:?}"
            );
        }
    }
    // Not every system resolves this one; either way it must not get through.
    let dotted = strict
        .get(&format!("http://localhost.:{port}/"))
        .await
        .unwrap_err();
    assert!(
        matches!(dotted.code().as_str(), "blocked_address" | "dns_failed"),
        "{dotted:?}"
    );
    // Not a request, and not so much as a connection.
    listener.set_nonblocking(true).unwrap();
    assert_eq!(listener.accept().unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[tokio::test]
async fn a_name_that_leads_to_an_allowed_network_is_reached() {
    let origin = Origin::start().unwrap();
    let url = origin.serve("/", "local");
    let named = url.replace("127.0.0.1", "localhost");
    assert_ne!(named, url);
    assert_eq!(fetcher().get(&named).await.unwrap().body, "local");
}

#[tokio::test]
async fn hosts_that_cannot_be_reached_are_transient() {
    let url = format!("http://{}/", closed());
    let error = fetcher().get(&url).await.unwrap_err();
    assert!(
        matches!(error, FetchError::ConnectFailed(_)) && error.is_transient(),
        "{error:?}"
    );
    let error = fetcher()
        .get("http://no-such-host.invalid/")
        .await
        .unwrap_err();
    assert_eq!(
        (error.code().as_str(), error.is_transient()),
        ("dns_failed", true),
        "{error:?}"
    );
}

#[tokio::test]
async fn what_is_not_http_is_broken() {
    let mail = Answer::raw("220 mail.example ESMTP\r\n");
    let error = get(mail).await.unwrap_err();
    assert_eq!(
        (error.code().as_str(), error.is_transient()),
        ("connect_failed", true),
        "{error:?}"
    );
}

#[tokio::test]
async fn errors_do_not_repeat_the_url() {
    let url = format!("http://{}/?signature=secret", closed());
    let error = fetcher().get(&url).await.unwrap_err();
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
}
