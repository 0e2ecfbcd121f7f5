//! TLS that cannot be used: which fault it is, and that it is not tried again.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use super::*;
use crate::services::fetch::tls::trusting;

/// An authority of the tests' own.
struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self {
            certificate: params.self_signed(&key).unwrap().der().clone(),
            issuer: Issuer::new(params, key),
        }
    }

    /// What a server shows that this authority vouches for.
    fn server(&self, params: CertificateParams) -> ServerConfig {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        shows(certificate.der().clone(), &key)
    }

    /// A fetcher that trusts it.
    fn trusted(&self) -> Fetcher {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        Fetcher::with_tls(config(), trusting(roots).unwrap()).unwrap()
    }
}

fn shows(certificate: CertificateDer<'static>, key: &KeyPair) -> ServerConfig {
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate],
            PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        )
        .unwrap()
}

fn for_host(name: &str) -> CertificateParams {
    CertificateParams::new(vec![name.to_owned()]).unwrap()
}

/// Serves one connection so; where it is, by the name of `localhost`.
fn one(serve: impl FnOnce(TcpStream) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    thread::spawn(move || serve(listener.accept().unwrap().0));
    format!("https://localhost:{}/a.jpg", address.port())
}

/// Answers one request over TLS.
fn secured(config: ServerConfig, answer: &'static str) -> String {
    one(move |stream| {
        let connection = ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = StreamOwned::new(connection, stream);
        // A client that is not content goes away without a word.
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(answer.as_bytes());
    })
}

/// Answers the client's hello with these bytes.
fn blunt(answer: &'static [u8]) -> String {
    one(move |mut stream| {
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(answer);
        // Until the client has read them and is gone.
        let _ = stream.read(&mut [0; 4096]);
    })
}

async fn fault(fetcher: &Fetcher, url: &str) -> TlsFault {
    let error = fetcher.get(url).await.unwrap_err();
    assert_eq!(
        (error.code().as_str(), error.is_transient()),
        ("tls_failed", false),
        "{error:?}"
    );
    match error {
        FetchError::TlsFailed { fault, .. } => fault,
        other => panic!("{other:?}"),
    }
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nfour";

#[tokio::test]
async fn a_trusted_server_is_read() {
    let authority = Authority::new();
    let url = secured(authority.server(for_host("localhost")), OK);
    assert_eq!(authority.trusted().get(&url).await.unwrap().body, "four");
}

/// No goodbye of TLS: a length that was declared is enough, and so is a picture's own end.
#[tokio::test]
async fn a_connection_that_closes_without_goodbye_is_judged_by_its_bytes() {
    let authority = Authority::new();
    for (answer, whole) in [
        ("HTTP/1.1 200 OK\r\n\r\nAll of it.", true),
        ("HTTP/1.1 200 OK\r\n\r\nA part", false),
    ] {
        let url = secured(authority.server(for_host("localhost")), answer);
        let got = authority.trusted().get(&url).await;
        assert_eq!(got.is_ok(), whole, "{got:?}");
    }
}

#[tokio::test]
async fn certificates_that_do_not_do_are_told_apart() {
    let authority = Authority::new();
    let of = |params| secured(authority.server(params), OK);
    let trusted = authority.trusted();

    let mut expired = for_host("localhost");
    (expired.not_before, expired.not_after) =
        (date_time_ymd(2014, 1, 1), date_time_ymd(2015, 4, 12));
    let told = fault(&trusted, &of(expired)).await.to_string();
    assert_eq!(
        told,
        "its certificate has expired, on Sun, 12 Apr 2015 00:00:00 GMT"
    );

    let mut early = for_host("localhost");
    (early.not_before, early.not_after) = (date_time_ymd(2200, 1, 1), date_time_ymd(2201, 1, 1));
    assert_eq!(fault(&trusted, &of(early)).await, TlsFault::NotYetValid);

    let told = fault(&trusted, &of(for_host("*.shop.example")))
        .await
        .to_string();
    assert_eq!(
        told,
        "its certificate is not for this host, but for *.shop.example"
    );

    let unknown = Authority::new();
    let url = secured(unknown.server(for_host("localhost")), OK);
    assert_eq!(fault(&trusted, &url).await, TlsFault::UnknownIssuer);

    for is_authority in [false, true] {
        let (key, mut params) = (KeyPair::generate().unwrap(), for_host("localhost"));
        if is_authority {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        let certificate = params.self_signed(&key).unwrap().der().clone();
        let url = secured(shows(certificate, &key), OK);
        assert_eq!(fault(&trusted, &url).await, TlsFault::UnknownIssuer);
    }
}

#[tokio::test]
async fn handshakes_that_fail_are_told_apart() {
    let trusted = Authority::new().trusted();
    for (answer, expected) in [
        // Fatal alerts of TLS 1.0: protocol version, handshake failure, unknown name.
        (&b"\x15\x03\x01\0\x02\x02\x46"[..], TlsFault::Version),
        (b"\x15\x03\x01\0\x02\x02\x28", TlsFault::Handshake),
        (b"\x15\x03\x03\0\x02\x02\x70", TlsFault::Handshake),
        (b"\x15\x03\x03\0\x02\x02\x74", TlsFault::ClientCertificate),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", TlsFault::NotTls),
        (b"220 mail.example ESMTP\r\n", TlsFault::NotTls),
    ] {
        assert_eq!(fault(&trusted, &blunt(answer)).await, expected);
    }
}

/// A server that is being restarted does this too.
#[tokio::test]
async fn a_connection_that_closes_in_the_handshake_may_be_tried_again() {
    let error = Authority::new()
        .trusted()
        .get(&one(drop))
        .await
        .unwrap_err();
    assert_eq!(
        (error.code().as_str(), error.is_transient()),
        ("connect_failed", true),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_redirect_from_https_to_http_is_followed_without_the_headers_for_https() {
    let (authority, plain) = (Authority::new(), Origin::start().unwrap());
    let target = plain
        .serve("/a.jpg", "plain")
        .replace("127.0.0.1", "localhost");
    let answer = format!("HTTP/1.1 302 Found\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n");
    let url = secured(authority.server(for_host("localhost")), answer.leak());
    let host = url.trim_end_matches("/a.jpg");
    let mut fetcher = authority.trusted();
    fetcher.config.headers = format!(r#"{{"{host}": {{"X-Token": "secret"}}}}"#)
        .parse()
        .unwrap();
    assert_eq!(fetcher.get(&url).await.unwrap().body, "plain");
    let [request] = &plain.all_requests()[..] else {
        panic!("{plain:?} was not asked once")
    };
    assert_eq!(request.headers.get("x-token"), None);
}
