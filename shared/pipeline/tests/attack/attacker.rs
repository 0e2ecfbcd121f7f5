//! Who waits for connections, at every address.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::corpus::{PUBLIC, corpus};
use crate::names;

/// Where somebody listens, at all addresses. Of other ports the kernel's count tells.
const PORTS: [u16; 16] = [
    22, 25, 53, 80, 443, 1023, 2000, 2772, 4566, 5000, 6379, 8080, 8443, 9000, 9001, 27017,
];

/// Where a redirect to each URL of the corpus is served, by its place in it.
pub fn redirect(index: usize) -> String {
    format!("http://{PUBLIC}/{index}")
}

/// The listeners. There is one set in a network.
pub struct Attacker {
    reached: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
    before: usize,
}

impl Attacker {
    pub fn start() -> Self {
        names::serve();
        let reached = Arc::new(Mutex::new(BTreeMap::new()));
        for port in PORTS {
            // That of IPv6 alone: IPv4 comes to the other.
            listen((Ipv6Addr::UNSPECIFIED, port).into(), &reached);
            listen((Ipv4Addr::UNSPECIFIED, port).into(), &reached);
        }
        Self {
            reached,
            before: begun(),
        }
    }

    /// How many connections came, by the address that they were made to, and how many were begun.
    pub fn seen(&self) -> (BTreeMap<IpAddr, usize>, usize) {
        let begun = begun() - self.before;
        // Those that are on their way are let in.
        std::thread::sleep(Duration::from_millis(300));
        (self.reached.lock().unwrap().clone(), begun)
    }
}

fn listen(at: SocketAddr, reached: &Arc<Mutex<BTreeMap<IpAddr, usize>>>) {
    let listener = bind(at);
    let reached = Arc::clone(reached);
    std::thread::spawn(move || {
        let locations: Vec<String> = corpus().into_iter().map(|case| case.url).collect();
        while let Ok((stream, _)) = listener.accept() {
            let address = stream.local_addr().unwrap().ip().to_canonical();
            *reached.lock().unwrap().entry(address).or_default() += 1;
            if address == PUBLIC && at.port() == 80 {
                answer(stream, &locations);
            }
        }
    });
}

/// `[::]` would take IPv4 too, and then nobody else could listen to that.
fn bind(at: SocketAddr) -> TcpListener {
    if at.is_ipv6() {
        std::fs::write("/proc/sys/net/ipv6/bindv6only", "1").unwrap();
    }
    TcpListener::bind(at).unwrap()
}

/// A redirect, where a path's number asks for one.
fn answer(mut stream: TcpStream, locations: &[String]) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(1)));
    let mut head = [0; 4096];
    let read = stream.read(&mut head).unwrap_or(0);
    let head = String::from_utf8_lossy(&head[..read]).into_owned();
    let index = head
        .split(['/', ' '])
        .nth(2)
        .and_then(|path| path.parse::<usize>().ok());
    let location = index.and_then(|index| locations.get(index));
    let answer = match location {
        // What a head cannot hold is left to the other paths.
        Some(url) => format!(
            "HTTP/1.1 302 Found\r\nlocation: {}\r\n",
            url.replace(['\r', '\n', '\u{1}'], "")
        ),
        None => "HTTP/1.1 200 OK\r\n".to_owned(),
    };
    let _ = stream
        .write_all(format!("{answer}connection: close\r\ncontent-length: 0\r\n\r\n").as_bytes());
}

/// How many connections this network's kernel has begun, whatever became of them (RFC 4022, tcpActiveOpens).
fn begun() -> usize {
    let counts = std::fs::read_to_string("/proc/self/net/snmp").unwrap();
    let mut tcp = counts.lines().filter_map(|line| line.strip_prefix("Tcp:"));
    let (names, values) = (tcp.next().unwrap(), tcp.next().unwrap());
    let at = names
        .split_whitespace()
        .position(|name| name == "ActiveOpens")
        .unwrap();
    values.split_whitespace().nth(at).unwrap().parse().unwrap()
}
