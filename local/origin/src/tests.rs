//! The server, asked over plain sockets.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::*;

fn connect(origin: &Origin) -> TcpStream {
    let stream = TcpStream::connect(origin.shared.address).unwrap();
    let timeout = Some(Duration::from_secs(20));
    stream.set_read_timeout(timeout).unwrap();
    stream
}

/// Sends a request and gives the connection back.
fn send(origin: &Origin, request: &str) -> TcpStream {
    let mut stream = connect(origin);
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

fn read(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

fn get(origin: &Origin, target: &str) -> String {
    read(send(
        origin,
        &format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n"),
    ))
}

#[test]
fn paths_answer_as_they_are_told() {
    let origin = Origin::start().unwrap();
    origin.serve("/a", "bytes");
    origin.on("/a?other", |_| Answer::redirect("/b"));
    origin.on("/raw", |_| Answer::raw("nonsense"));
    let answer = get(&origin, "/a");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("\r\nContent-Length: 5\r\n") && answer.ends_with("\r\n\r\nbytes"));
    assert!(get(&origin, "/a?any").ends_with("bytes"));
    assert!(get(&origin, "/a?other").contains("\r\nLocation: /b\r\n"));
    assert_eq!(get(&origin, "/raw"), "nonsense");
    assert!(get(&origin, "/none").starts_with("HTTP/1.1 404 "));
    assert_eq!((origin.hits("/a"), origin.hits("/a?other")), (3, 1));
    assert_eq!(origin.all_requests().len(), 5);
}

#[test]
fn requests_are_remembered_with_their_bodies_and_numbers() {
    let origin = Origin::start().unwrap();
    let status = |nth| if nth == 1 { 503 } else { 204 };
    origin.on("/hook", move |request| Answer::status(status(request.nth)));
    let post = "POST /hook HTTP/1.1\r\nX-Name: value\r\nContent-Length: 4\r\n\r\nbody";
    assert!(read(send(&origin, post)).starts_with("HTTP/1.1 503 "));
    assert!(read(send(&origin, post)).starts_with("HTTP/1.1 204 "));
    let seen = origin.requests("/hook");
    let statuses: Vec<_> = seen.iter().filter_map(|request| request.status).collect();
    assert_eq!(statuses, [503, 204]);
    assert_eq!((seen[1].method.as_str(), seen[1].nth), ("POST", 2));
    assert_eq!(seen[1].headers["x-name"], "value");
    assert_eq!(seen[1].body, b"body");
    assert!(seen[0].at <= seen[1].at);
}

#[test]
fn held_answers_are_counted_and_let_through_one_by_one() {
    let origin = Origin::start().unwrap();
    let gate = Gate::closed();
    origin.hold("/", "held", &gate);
    let first = send(&origin, "GET / HTTP/1.1\r\n\r\n");
    while origin.hits("/") < 1 {
        std::thread::yield_now();
    }
    let second = send(&origin, "GET / HTTP/1.1\r\n\r\n");
    while origin.hits("/") < 2 {
        std::thread::yield_now();
    }
    first.set_nonblocking(true).unwrap();
    let early = first.peek(&mut [0]).unwrap_err();
    assert_eq!(early.kind(), std::io::ErrorKind::WouldBlock);
    first.set_nonblocking(false).unwrap();
    gate.open();
    assert!(read(first).ends_with("held") && read(second).ends_with("held"));
    let at_once: Vec<_> = origin
        .requests("/")
        .iter()
        .map(|request| request.at_once)
        .collect();
    assert_eq!(at_once, [1, 2]);
}

#[test]
fn a_folder_is_served_and_nothing_outside_of_it() {
    let origin = Origin::start().unwrap();
    origin.folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").as_path());
    assert!(get(&origin, "/gate.rs").contains("A gate that lets"));
    for target in ["/none.rs", "/../Cargo.toml", "/"] {
        assert!(
            get(&origin, target).starts_with("HTTP/1.1 404 "),
            "{target}"
        );
    }
}

#[test]
fn endless_and_silent_answers_last_until_the_client_is_gone() {
    let origin = Origin::start().unwrap();
    origin.on("/endless", |_| {
        Answer::steps([Step::Endless(vec![0; 1024])])
    });
    origin.on("/silent", |_| Answer::silence());
    let mut stream = send(&origin, "GET /endless HTTP/1.1\r\n\r\n");
    stream.read_exact(&mut vec![0; 1 << 20]).unwrap();
    drop(stream);
    drop(send(&origin, "GET /silent HTTP/1.1\r\n\r\n"));
    while origin.shared.state().being_answered > 0 || origin.all_requests().len() < 2 {
        std::thread::yield_now();
    }
}

#[test]
fn the_port_is_free_again_when_the_server_is_dropped() {
    let origin = Origin::start().unwrap();
    let address = origin.shared.address;
    drop(origin);
    while TcpStream::connect(address).is_ok() {
        std::thread::yield_now();
    }
}
