//! Heads of answers that browsers and curl take.

use super::*;

#[tokio::test]
async fn odd_heads_are_taken() {
    let many: String = (0..500).map(|n| format!("X-{n}: v\r\n")).collect();
    let long = format!("X-Long: {}\r\n", "v".repeat(100_000));
    for head in [
        "HTTP/1.1 200 OK\r\nX Bad Header: 1\r\nContent-Length: 4\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX-A : 1\r\nContent-Length : 4\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX-A: 1\r\n 2\r\n\t3\r\nContent-Length: 4\r\n\r\n",
        "HTTP/1.1 200 OK\r\n: no name\r\nContent-Length: 4\r\n\r\n",
        "HTTP/1.1 200 OK\r\nno colon\r\nContent-Length: 4\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX-A: a\x01b\r\nContent-Length: 4\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX-\u{e4}: \u{e4}\r\nContent-Length: 4\r\n\r\n",
        "HTTP/1.1 200 OK\nContent-Length: 4\n\n",
        "HTTP/1.1 200\r\nContent-Length: 4\r\n\r\n",
        "HTTP/1.1 200 \r\nContent-Length: 4\r\n\r\n",
        "HTTP/1.1 200 Alles in Ordnung, s\u{fc}\u{df}\r\nContent-Length: 4\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
        "HTTP/1.1 203 Non-Authoritative\r\nContent-Length: 4\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n",
        &format!("HTTP/1.1 200 OK\r\n{many}Content-Length: 4\r\n\r\n"),
        &format!("HTTP/1.1 200 OK\r\n{long}Content-Length: 4\r\n\r\n"),
    ] {
        let body = get(Answer::raw(format!("{head}four"))).await;
        assert_eq!(body.unwrap(), "four", "{}", &head[..head.len().min(100)]);
    }
    let trailers = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n\
                    4;ext=1\r\nfour\r\n0\r\nX-Sum: 1\r\n\r\n";
    assert_eq!(get(Answer::raw(trailers)).await.unwrap(), "four");
}

/// A head has its bound too.
#[tokio::test]
async fn an_endless_head_ends() {
    let head = "HTTP/1.1 200 OK\r\n";
    let error = get(then(head, Step::Endless("X-A: b\r\n".into())))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "connect_failed", "{error:?}");
    let error = get(then(head, Step::Endless("x".into())))
        .await
        .unwrap_err();
    assert_eq!(error.code(), "connect_failed", "{error:?}");
}
