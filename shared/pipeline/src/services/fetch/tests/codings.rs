//! Content codings: undone, bounded on both sides, and an error where they cannot be undone.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::*;

const TEXT: &[u8] = b"a picture, if it were one";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

async fn packed(coding: &str, body: &[u8]) -> Result<Bytes, FetchError> {
    get(Answer::ok(body).header("Content-Encoding", coding)).await
}

/// The body in chunks of one byte.
async fn byte_by_byte(coding: &str, body: &[u8]) -> Result<Bytes, FetchError> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Encoding: {coding}\r\n\r\n"
    );
    let mut answer = head.into_bytes();
    for byte in body {
        answer.extend([b"1\r\n", &[*byte][..], b"\r\n"].concat());
    }
    answer.extend(b"0\r\n\r\n");
    get(Answer::raw(answer)).await
}

#[tokio::test]
async fn packed_bodies_are_unpacked() {
    let (first, rest) = TEXT.split_at(9);
    let members = [gzip(first), gzip(rest)].concat();
    let padded = [&gzip(TEXT)[..], &[0; 100]].concat();
    for (coding, body) in [
        ("gzip", gzip(TEXT)),
        ("x-gzip", gzip(TEXT)),
        ("GZIP ", gzip(TEXT)),
        ("deflate", zlib(TEXT)),
        ("deflate", deflate(TEXT)),
        ("gzip, gzip", gzip(&gzip(TEXT))),
        ("deflate, gzip", gzip(&zlib(TEXT))),
        ("identity, gzip", gzip(TEXT)),
        ("gzip", members),
        ("gzip", padded),
        ("gzip", TEXT.to_vec()),
        ("identity", TEXT.to_vec()),
        ("none", TEXT.to_vec()),
        ("utf-8", TEXT.to_vec()),
        ("", TEXT.to_vec()),
    ] {
        assert_eq!(packed(coding, &body).await.unwrap(), TEXT, "{coding}");
        assert_eq!(byte_by_byte(coding, &body).await.unwrap(), TEXT, "{coding}");
    }
    assert_eq!(packed("gzip", b"").await.unwrap(), "");
    let twice = Answer::ok(gzip(&zlib(TEXT)))
        .header("Content-Encoding", "deflate")
        .header("content-encoding", "gzip");
    assert_eq!(get(twice).await.unwrap(), TEXT);
}

#[tokio::test]
async fn what_was_packed_is_whole_or_an_error() {
    let mut wrong_sum = gzip(TEXT);
    let sum = wrong_sum.len() - 8;
    wrong_sum[sum] ^= 1;
    for (coding, body) in [
        ("gzip", wrong_sum),
        ("gzip", b"\x1f\x8b\x08\0nonsense that is no gzip".to_vec()),
        ("deflate", b"no deflate".to_vec()),
        ("gzip, gzip", gzip(&gzip(TEXT)[..20])),
        ("gzip", [gzip(TEXT), gzip(TEXT)[..15].to_vec()].concat()),
    ] {
        let error = packed(coding, &body).await.unwrap_err();
        assert_eq!(
            (error.code().as_str(), error.is_transient()),
            ("decode_failed", false),
            "{coding}"
        );
        assert!(error.to_string().contains("Content-Encoding"), "{error}");
    }
    let (fetcher, origin) = (fetcher(), Origin::start().unwrap());
    for (coding, body) in [
        ("gzip", gzip(TEXT)),
        ("deflate", zlib(TEXT)),
        ("deflate", deflate(TEXT)),
    ] {
        for length in 1..body.len() {
            let cut = Answer::ok(&body[..length]).header("Content-Encoding", coding);
            let url = origin.on("/cut.jpg", move |_| cut.clone());
            let error = fetcher.get(&url).await.unwrap_err();
            assert_eq!(error.code(), "decode_failed", "{coding}, {length} bytes");
        }
    }
}

#[tokio::test]
async fn bombs_end_at_the_limit() {
    let bomb = vec![0; 1 << 19];
    let at_limit = packed("gzip", &gzip(&[0; 1000])).await;
    assert_eq!(at_limit.unwrap().len(), 1000);
    for (coding, body) in [
        ("gzip", gzip(&[0; 1001])),
        ("deflate", zlib(&[0; 1001])),
        ("gzip", [gzip(&[0; 600]), gzip(&[0; 600])].concat()),
        ("gzip, gzip", gzip(&gzip(&bomb))),
        // Much of nothing: what lies between the layers is bounded too.
        ("gzip, gzip", gzip(&[gzip(b""), vec![0; 1 << 19]].concat())),
    ] {
        assert!(body.len() < 1000, "{}", body.len());
        let error = packed(coding, &body).await.unwrap_err();
        assert_eq!(
            (error.code().as_str(), error.is_transient()),
            ("too_large", false),
            "{coding}"
        );
    }
    let head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n";
    let start = [&head[..], &gzip(b"")].concat();
    let endless = Answer::steps([Step::Send(start), Step::Endless(vec![0; 1000])]);
    assert_eq!(get(endless).await.unwrap_err().code(), "too_large");
}

#[tokio::test]
async fn what_is_not_unpacked_here_is_named() {
    for (coding, named) in [
        ("br", "as br "),
        ("zstd", "as zstd "),
        ("gzip, br", "as br "),
        ("compress", "as compress "),
        ("gzip, gzip, gzip, gzip", "as more than three at once "),
    ] {
        let error = packed(coding, TEXT).await.unwrap_err();
        let kind = ("unsupported_encoding", false);
        assert_eq!(
            (error.code().as_str(), error.is_transient()),
            kind,
            "{coding}"
        );
        assert!(error.to_string().contains(named), "{error}");
    }
}
