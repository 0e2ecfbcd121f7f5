//! Counts what is asked of a server: stands between the pipeline and MongoDB or AWS and passes on all
//! that it is sent.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// Bytes passed on at a time.
const CHUNK: usize = 64 * 1024;
/// Header of a message of MongoDB, its flags, its first section's kind, and that document's length and
/// first element's type; its name follows.
/// <https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/#op_msg>
const NAME: usize = 16 + 4 + 1 + 4 + 1;
/// What the driver says on its own account.
const OF_THE_DRIVER: [&str; 6] = [
    "hello",
    "isMaster",
    "ismaster",
    "ping",
    "endSessions",
    "saslStart",
];

/// Which protocol is spoken.
#[derive(Clone, Copy)]
pub enum Protocol {
    Mongo,
    Http,
}

/// Calls, by their names.
#[derive(Clone, Default)]
pub struct Calls(Arc<Mutex<BTreeMap<String, u64>>>);

impl Calls {
    /// Listens for what is to go to a server; where.
    pub async fn before(&self, server: String, protocol: Protocol) -> io::Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let here = listener.local_addr()?.to_string();
        let calls = self.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(&server).await else {
                    continue;
                };
                let (from, to) = client.into_split();
                let (back, there) = server.into_split();
                tokio::spawn(pass(back, to, |_| ()));
                let calls = calls.clone();
                let mut counting = Counting::of(protocol);
                tokio::spawn(pass(from, there, move |bytes| counting.see(bytes, &calls)));
            }
        });
        Ok(here)
    }

    /// What was counted since it was asked last.
    pub fn take(&self) -> BTreeMap<String, u64> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, name: String) {
        let mut calls = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *calls.entry(name).or_default() += 1;
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut see: impl FnMut(&[u8])) {
    let mut bytes = vec![0; CHUNK];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        see(&bytes[..read]);
        if to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}

enum Counting {
    /// Bytes of the message that is passing which are still to come, and its beginning.
    Mongo(usize, Vec<u8>),
    Http,
}

impl Counting {
    fn of(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Mongo => Self::Mongo(0, Vec::new()),
            Protocol::Http => Self::Http,
        }
    }

    fn see(&mut self, bytes: &[u8], calls: &Calls) {
        match self {
            Self::Mongo(left, start) => {
                for byte in chunks(bytes, left, start) {
                    calls.add(byte);
                }
            }
            // Each request is written at once, so that it is at the start of what is read.
            Self::Http => calls_of(bytes).into_iter().for_each(|name| calls.add(name)),
        }
    }
}

/// The commands that begin within these bytes.
fn chunks(mut bytes: &[u8], left: &mut usize, start: &mut Vec<u8>) -> Vec<String> {
    let mut names = Vec::new();
    while !bytes.is_empty() {
        if *left > 0 {
            let rest = (*left).min(bytes.len());
            *left -= rest;
            bytes = &bytes[rest..];
            continue;
        }
        let room = (NAME + 32).saturating_sub(start.len()).min(bytes.len());
        start.extend_from_slice(&bytes[..room]);
        bytes = &bytes[room..];
        let Some((length, _)) = start.split_first_chunk::<4>() else {
            return names;
        };
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(0);
        if start.len() < length.min(NAME + 32) {
            return names;
        }
        let name = start.get(NAME..).unwrap_or_default();
        let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
        let name = String::from_utf8_lossy(name).into_owned();
        if !OF_THE_DRIVER.contains(&name.as_str()) && !name.is_empty() {
            names.push(name);
        }
        *left = length.saturating_sub(start.len());
        start.clear();
    }
    names
}

/// The call that begins these bytes, if one does.
fn calls_of(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4_096)]);
    let method = head.split(' ').next()?;
    if !["GET", "PUT", "POST", "DELETE", "HEAD"].contains(&method) {
        return None;
    }
    let target = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        let sqs = name.eq_ignore_ascii_case("x-amz-target");
        sqs.then(|| value.rsplit('.').next().unwrap_or_default())
    });
    Some(target.map_or(format!("S3 {method}"), |target| format!("SQS {target}")))
}
