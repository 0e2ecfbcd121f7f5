//! The fetcher against a server on 127.0.0.1 that answers as badly as told.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

/// What the server does after it has read a request.
enum Step {
    Send(Vec<u8>),
    Pause(Duration),
    /// Sends the same bytes again and again until the client is gone.
    Endless(&'static [u8]),
}

/// One part of an answer, then the connection is closed.
fn send(text: impl Into<Vec<u8>>) -> Vec<Step> {
    vec![Step::Send(text.into())]
}

fn ok(body: &str) -> Vec<Step> {
    send(format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    ))
}

fn redirect(location: &str) -> Vec<Step> {
    send(format!(
        "HTTP/1.1 302 Found\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    ))
}

struct Server {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
}

impl Server {
    /// Serves until the test's runtime ends. `answer` gets the head of the request.
    async fn start(answer: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, requests) = (
            listener.local_addr().unwrap(),
            Arc::new(AtomicUsize::new(0)),
        );
        let (answer, seen) = (Arc::new(answer), requests.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                seen.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(serve(stream, answer.clone()));
            }
        });
        Self { address, requests }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

async fn serve(
    mut stream: TcpStream,
    answer: Arc<impl Fn(&str) -> Vec<Step>>,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    for step in answer(&String::from_utf8_lossy(&head)) {
        match step {
            Step::Send(bytes) => stream.write_all(&bytes).await?,
            Step::Pause(duration) => tokio::time::sleep(duration).await,
            Step::Endless(bytes) => loop {
                stream.write_all(bytes).await?;
            },
        }
    }
    stream.shutdown().await
}

fn config() -> FetchConfig {
    FetchConfig {
        connect_timeout: Duration::from_secs(2),
        idle_timeout: Duration::from_secs(2),
        total_timeout: Duration::from_secs(10),
        max_bytes: 1000,
        max_redirects: 5,
        allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
        user_agent: "Halftone/test (+https://example.com)".to_owned(),
    }
}

fn fetcher() -> Fetcher {
    Fetcher::new(config()).unwrap()
}

async fn get(
    answer: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static,
) -> Result<Bytes, FetchError> {
    let server = Server::start(answer).await;
    fetcher().get(&server.url("/a.jpg")).await
}

#[tokio::test]
async fn a_body_is_fetched_with_a_modest_request() {
    let body = get(|head| {
        let head = head.to_lowercase();
        assert!(head.starts_with("get /a.jpg http/1.1\r\n"));
        assert!(head.contains("accept-encoding: identity\r\n"));
        assert!(head.contains("user-agent: halftone/test"));
        assert!(!head.contains("referer") && !head.contains("cookie"));
        ok("picture")
    })
    .await;
    assert_eq!(body.unwrap(), "picture");
}

#[tokio::test]
async fn chunked_bodies_and_bodies_ended_by_close_are_whole() {
    let chunked = get(|_| {
        send(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        )
    })
    .await;
    assert_eq!(chunked.unwrap(), "abcde");
    let closed = get(|_| send("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nabcde")).await;
    assert_eq!(closed.unwrap(), "abcde");
}

#[tokio::test]
async fn without_an_allowed_network_nothing_local_is_reached() {
    let server = Server::start(|_| ok("secret")).await;
    let port = server.address.port();
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
                (error.code(), error.is_transient()),
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
        matches!(dotted.code(), "blocked_address" | "dns_failed"),
        "{dotted:?}"
    );
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn a_name_that_leads_to_an_allowed_network_is_reached() {
    let server = Server::start(|_| ok("local")).await;
    let body = fetcher()
        .get(&format!("http://localhost:{}/", server.address.port()))
        .await;
    assert_eq!(body.unwrap(), "local");
}

#[tokio::test]
async fn redirects_are_followed_and_counted() {
    let answer = |head: &str| match head
        .split(' ')
        .nth(1)
        .and_then(|path| path[1..].parse::<u32>().ok())
    {
        Some(0) => ok("there"),
        Some(left) => redirect(&format!("/{}", left - 1)),
        None => send("HTTP/1.1 404 Not Found\r\n\r\n"),
    };
    let server = Server::start(answer).await;
    assert_eq!(fetcher().get(&server.url("/5")).await.unwrap(), "there");
    let error = fetcher().get(&server.url("/6")).await.unwrap_err();
    assert_eq!(
        (error.code(), error.is_transient()),
        ("too_many_redirects", false)
    );
    assert_eq!(server.requests(), 6 + 6);
}

#[tokio::test]
async fn a_redirect_loop_ends() {
    let error = get(|_| redirect("/a.jpg")).await.unwrap_err();
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
        let error = get(move |_| redirect(location)).await.unwrap_err();
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
        let error = get(move |_| send(answer)).await.unwrap_err();
        assert_eq!((error.code(), error.is_transient()), ("http_status", false));
    }
}

#[tokio::test]
async fn statuses_are_errors_with_their_retry_after() {
    let error = get(|_| send("HTTP/1.1 503 Busy\r\nretry-after: 7\r\n\r\n"))
        .await
        .unwrap_err();
    assert!(error.is_transient());
    let FetchError::HttpStatus {
        status,
        retry_after,
    } = error
    else {
        panic!("{error:?}")
    };
    assert_eq!((status, retry_after), (503, Some(Duration::from_secs(7))));
    let error = get(|_| send("HTTP/1.1 404 Not Found\r\n\r\n"))
        .await
        .unwrap_err();
    assert_eq!((error.code(), error.is_transient()), ("http_status", false));
}

#[tokio::test]
async fn bodies_over_the_limit_are_refused() {
    let at_limit = get(|_| ok(&"x".repeat(1000))).await;
    assert_eq!(at_limit.unwrap().len(), 1000);
    let endless = || Step::Endless(b"3\r\nabc\r\n");
    let declared = "HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n";
    let error = get(move |_| {
        vec![
            Step::Send(declared.into()),
            Step::Pause(Duration::from_secs(60)),
        ]
    })
    .await
    .unwrap_err();
    assert_eq!(
        (error.code(), error.is_transient()),
        ("too_large", false),
        "declared"
    );
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let error = get(move |_| vec![Step::Send(chunked.into()), endless()])
        .await
        .unwrap_err();
    assert_eq!(error.code(), "too_large", "chunked");
    let error = get(move |_| vec![Step::Send("HTTP/1.1 200 OK\r\n\r\n".into()), endless()])
        .await
        .unwrap_err();
    assert_eq!(error.code(), "too_large", "until close");
}

#[tokio::test]
async fn a_body_shorter_than_declared_is_broken() {
    let short = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this";
    let error = get(move |_| send(short)).await.unwrap_err();
    assert!(
        matches!(error, FetchError::Broken(_)) && error.is_transient(),
        "{error:?}"
    );
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\nonly";
    let error = get(move |_| send(chunked)).await.unwrap_err();
    assert!(
        matches!(error, FetchError::Broken(_)) && error.is_transient(),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_body_longer_than_declared_ends_where_declared() {
    let body = get(|_| {
        send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nfour and more")
    })
    .await;
    assert_eq!(body.unwrap(), "four");
}

/// A bomb stays as small as it came: nobody here decodes it.
#[tokio::test]
async fn encoded_content_is_not_decoded() {
    let body = get(|_| {
        let mut answer = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\nconnection: close\r\n\r\n".to_vec();
        answer.extend([0x1f, 0x8b, 0x08, 0x00]);
        send(answer)
    })
    .await;
    assert_eq!(body.unwrap().as_ref(), [0x1f, 0x8b, 0x08, 0x00]);
}

fn impatient(config: FetchConfig) -> Fetcher {
    Fetcher::new(FetchConfig {
        connect_timeout: Duration::from_millis(100),
        ..config
    })
    .unwrap()
}

async fn timeout_of(
    fetcher: Fetcher,
    steps: impl Fn() -> Vec<Step> + Send + Sync + 'static,
) -> Wait {
    let server = Server::start(move |_| steps()).await;
    let error = fetcher.get(&server.url("/")).await.unwrap_err();
    assert_eq!(
        (error.code(), error.is_transient()),
        ("timeout", true),
        "{error:?}"
    );
    let FetchError::Timeout { wait, .. } = error else {
        panic!("{error:?}")
    };
    wait
}

#[tokio::test]
async fn silence_and_slowness_end() {
    let idle = || {
        impatient(FetchConfig {
            idle_timeout: Duration::from_millis(100),
            ..config()
        })
    };
    let silent = || vec![Step::Pause(Duration::from_secs(60))];
    assert_eq!(timeout_of(idle(), silent).await, Wait::Data);
    let slow_head = || drip("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n");
    assert_eq!(timeout_of(idle(), slow_head).await, Wait::Data);
    let stops = || {
        vec![
            Step::Send("HTTP/1.1 200 OK\r\n\r\nabc".into()),
            Step::Pause(Duration::from_secs(60)),
        ]
    };
    assert_eq!(timeout_of(idle(), stops).await, Wait::Data);
    let total = impatient(FetchConfig {
        total_timeout: Duration::from_millis(300),
        ..config()
    });
    let slow_body = || {
        [send("HTTP/1.1 200 OK\r\n\r\n"), drip("a body that drips")]
            .into_iter()
            .flatten()
            .collect()
    };
    assert_eq!(timeout_of(total, slow_body).await, Wait::Whole);
}

/// One byte each 50 ms: never silent for long, never done.
fn drip(text: &str) -> Vec<Step> {
    text.bytes()
        .flat_map(|byte| {
            [
                Step::Send(vec![byte]),
                Step::Pause(Duration::from_millis(50)),
            ]
        })
        .collect()
}

#[tokio::test]
async fn redirects_share_one_time_limit() {
    let total = impatient(FetchConfig {
        total_timeout: Duration::from_millis(300),
        ..config()
    });
    let slow_redirect = || {
        let mut steps = vec![Step::Pause(Duration::from_millis(120))];
        steps.extend(redirect("/"));
        steps
    };
    assert_eq!(timeout_of(total, slow_redirect).await, Wait::Whole);
}

#[tokio::test]
async fn hosts_that_cannot_be_reached_are_transient() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let error = fetcher()
        .get(&format!("http://{closed}/"))
        .await
        .unwrap_err();
    assert!(
        matches!(error, FetchError::ConnectFailed(_)) && error.is_transient(),
        "{error:?}"
    );
    let error = fetcher()
        .get("http://no-such-host.invalid/")
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.is_transient()),
        ("dns_failed", true),
        "{error:?}"
    );
}

#[tokio::test]
async fn what_is_not_http_is_broken() {
    let error = get(|_| send("220 mail.example ESMTP\r\n"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code(), error.is_transient()),
        ("connect_failed", true),
        "{error:?}"
    );
}

#[tokio::test]
async fn https_needs_a_tls_server() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let plain = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream
            .write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .await
            .unwrap();
    };
    let fetcher = fetcher();
    let (fetched, ()) = tokio::join!(fetcher.get(&url), plain);
    let error = fetched.unwrap_err();
    assert_eq!(
        (error.code(), error.is_transient()),
        ("connect_failed", true),
        "{error:?}"
    );
}

#[tokio::test]
async fn errors_do_not_repeat_the_url() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let error = fetcher()
        .get(&format!("http://{closed}/?signature=secret"))
        .await
        .unwrap_err();
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
}

async fn post(
    answer: impl Fn(&str) -> Vec<Step> + Send + Sync + 'static,
) -> Result<Answer, FetchError> {
    let server = Server::start(answer).await;
    let headers = HeaderMap::from_iter([(
        http::header::CONTENT_TYPE,
        "application/json".parse().unwrap(),
    )]);
    let answer = fetcher()
        .post(&server.url("/hook"), headers, Bytes::from_static(b"{}"))
        .await;
    assert_eq!(server.requests(), 1);
    answer
}

#[tokio::test]
async fn a_post_tells_the_status_and_when_to_return() {
    let answer = post(|head| {
        let head = head.to_lowercase();
        assert!(head.starts_with("post /hook http/1.1\r\n"));
        assert!(
            head.contains("content-type: application/json\r\n")
                && head.contains("content-length: 2\r\n")
        );
        send("HTTP/1.1 429 Slow Down\r\nretry-after: 30\r\ncontent-length: 0\r\n\r\n")
    });
    assert_eq!(
        answer.await.unwrap(),
        Answer {
            status: 429,
            retry_after: Some(Duration::from_secs(30))
        }
    );
}

#[tokio::test]
async fn retry_after_may_be_a_date() {
    let later = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(100));
    let answer = post(move |_| send(format!("HTTP/1.1 503 Busy\r\nretry-after: {later}\r\n\r\n")))
        .await
        .unwrap();
    let wait = answer.retry_after.unwrap().as_secs();
    assert!((90..=100).contains(&wait), "{wait}");
    let past = "HTTP/1.1 503 Busy\r\nretry-after: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n";
    assert_eq!(
        post(move |_| send(past)).await.unwrap().retry_after,
        Some(Duration::ZERO)
    );
    let nonsense = "HTTP/1.1 503 Busy\r\nretry-after: soon\r\n\r\n";
    assert_eq!(
        post(move |_| send(nonsense)).await.unwrap().retry_after,
        None
    );
}

#[tokio::test]
async fn a_post_follows_no_redirect_and_needs_no_end_of_the_body() {
    assert_eq!(post(|_| redirect("/elsewhere")).await.unwrap().status, 302);
    let head = "HTTP/1.1 200 OK\r\n\r\n";
    let endless = post(move |_| vec![Step::Send(head.into()), Step::Endless(b"more")]).await;
    assert_eq!(endless.unwrap().status, 200);
    let broken = post(|_| send("HTTP/1.1 201 Created\r\ncontent-length: 50\r\n\r\nhalf")).await;
    assert_eq!(broken.unwrap().status, 201);
}
