//! The wire between a job and its services, where each effect has a name and a test can disturb it.
//!
//! Every effect of a job is a call: a write to MongoDB, S3, SQS, or an invocation. This passes them on and
//! writes down what they are. One of them, by its number, has a mishap. Nothing of this is in the code that is
//! tested.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

/// MongoDB's commands that change something.
const WRITES: [&str; 5] = ["insert", "update", "delete", "findAndModify", "bulkWrite"];
/// The kind of MongoDB's messages (OP_MSG), and how long their header is.
const OP_MSG: u32 = 2013;
const HEADER: usize = 16;
/// S3's answer to who may not.
const FORBIDDEN: &[u8] =
    b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// The process dies, and the call never arrives.
    DiesBefore,
    /// It is done, and the process dies before it is told.
    DiesAfter,
    /// It is done, and its answer gets lost: whoever called calls again, the SDK or whoever sent the message.
    Unanswered,
    /// The connection breaks, whoever called calls again, and this one arrives when all is over.
    Late,
}

/// A wire, and what happens on it. When its process has died, nothing that goes through it gets anywhere.
#[derive(Clone, Default)]
pub struct Wire(Arc<Inner>);

#[derive(Default)]
struct Inner {
    mishap: Option<(usize, Mishap)>,
    effects: Mutex<Vec<String>>,
    struck: Mutex<Option<String>>,
    late: Mutex<Option<Late>>,
    is_cut: AtomicBool,
    told: Notify,
    /// MongoDB is asked and does not answer yet.
    is_held: watch::Sender<bool>,
    /// What the first line of requests holds that are refused, and how many were.
    refused: Option<(&'static str, AtomicUsize)>,
}

/// A call that is still on its way.
struct Late {
    to: String,
    call: Vec<u8>,
    of: Service,
}

#[derive(Clone, Copy)]
enum Service {
    Http,
    Mongodb,
}

impl Wire {
    /// One on which effect number `at` has a mishap.
    pub fn with(at: usize, mishap: Mishap) -> Self {
        Self(Arc::new(Inner {
            mishap: Some((at, mishap)),
            ..Inner::default()
        }))
    }

    /// One on which S3 lists nothing, as it answers a caller who may not.
    pub fn without_lists() -> Self {
        Self(Arc::new(Inner {
            refused: Some(("list-type=2", AtomicUsize::new(0))),
            ..Inner::default()
        }))
    }

    /// How many calls were refused.
    pub fn refused(&self) -> usize {
        let refused = self.0.refused.as_ref();
        refused.map_or(0, |(_, count)| count.load(Ordering::SeqCst))
    }

    /// The effects so far, by name.
    pub fn effects(&self) -> Vec<String> {
        self.0.effects.lock().unwrap().clone()
    }

    /// The effect that had its mishap, by name; `None` when it was never come to.
    pub fn struck(&self) -> Option<String> {
        self.0.struck.lock().unwrap().clone()
    }

    /// What was still on its way arrives, and is done.
    pub async fn deliver(&self) {
        let Some(Late { to, call, of }) = self.0.late.lock().unwrap().take() else {
            return;
        };
        let mut server = TcpStream::connect(to).await.unwrap();
        server.write_all(&call).await.unwrap();
        match of {
            Service::Http => drop(server.read_to_end(&mut Vec::new()).await.unwrap()),
            Service::Mongodb => drop(read_message(&mut server).await.unwrap()),
        }
    }

    /// Until the process dies.
    pub async fn is_cut(&self) {
        self.0.told.notified().await;
    }

    /// From now on MongoDB answers nothing, or all that it was asked meanwhile.
    pub fn hold_mongodb(&self, is_held: bool) {
        self.0.is_held.send_replace(is_held);
    }

    /// Leads to an HTTP service.
    pub async fn http(&self, url: &str) -> String {
        let (listener, to) = listen(url).await;
        let here = listener.local_addr().unwrap();
        let wire = self.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (wire, to) = (wire.clone(), to.clone());
                // One that breaks off is the client's to notice.
                tokio::spawn(async move { wire.call(client, &to).await });
            }
        });
        format!("http://{here}")
    }

    /// Leads to MongoDB.
    pub async fn mongodb(&self, uri: &str) -> String {
        let (listener, to) = listen(uri).await;
        let here = listener.local_addr().unwrap();
        let wire = self.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (wire, to) = (wire.clone(), to.clone());
                tokio::spawn(async move { wire.commands(client, &to).await });
            }
        });
        format!("mongodb://{here}/?directConnection=true")
    }

    /// Notes an effect; what happens to it, if anything does.
    fn note(&self, effect: String) -> Option<Mishap> {
        let mut effects = self.0.effects.lock().unwrap();
        let number = effects.len();
        effects.push(effect.clone());
        let (_, mishap) = self.0.mishap.filter(|(at, _)| *at == number)?;
        *self.0.struck.lock().unwrap() = Some(effect);
        Some(mishap)
    }

    fn keep(&self, to: &str, call: Vec<u8>, of: Service) {
        let to = to.to_owned();
        *self.0.late.lock().unwrap() = Some(Late { to, call, of });
    }

    fn cut(&self) {
        self.0.is_cut.store(true, Ordering::SeqCst);
        self.0.told.notify_one();
    }

    fn is_whole(&self) -> bool {
        !self.0.is_cut.load(Ordering::SeqCst)
    }

    fn is_refused(&self, request: &[u8]) -> bool {
        let Some((what, count)) = &self.0.refused else {
            return false;
        };
        let head = String::from_utf8_lossy(request);
        let refused = head.lines().next().is_some_and(|line| line.contains(what));
        count.fetch_add(usize::from(refused), Ordering::SeqCst);
        refused
    }

    /// One HTTP call on a connection of its own.
    async fn call(&self, mut client: TcpStream, to: &str) -> Option<()> {
        let request = read_request(&mut client).await?;
        if self.is_refused(&request) {
            client.write_all(FORBIDDEN).await.ok()?;
            return client.shutdown().await.ok();
        }
        let mishap = name_of_call(&request).and_then(|effect| self.note(effect));
        match mishap {
            Some(Mishap::DiesBefore) => self.cut(),
            Some(Mishap::Late) => {
                self.keep(to, request, Service::Http);
                return None;
            }
            _ => {}
        }
        if !self.is_whole() {
            return std::future::pending().await;
        }
        let mut server = TcpStream::connect(to).await.ok()?;
        server.write_all(&request).await.ok()?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).await.ok()?;
        match mishap {
            Some(Mishap::DiesAfter) => self.cut(),
            Some(Mishap::Unanswered) => return None,
            _ => {}
        }
        if !self.is_whole() {
            return std::future::pending().await;
        }
        client.write_all(&answer).await.ok()?;
        client.shutdown().await.ok()
    }

    /// MongoDB's commands on a connection, one after the other. It breaks where this ends.
    async fn commands(&self, client: TcpStream, to: &str) -> Option<()> {
        let server = TcpStream::connect(to).await.ok()?;
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        // What happens when the answer comes.
        let next = Mutex::new(None);
        let answers = async {
            let mut part = vec![0; 65_536];
            loop {
                let read = from_server.read(&mut part).await.ok()?;
                match *next.lock().unwrap() {
                    Some(Mishap::DiesAfter) => self.cut(),
                    Some(Mishap::Unanswered) => return None,
                    _ => {}
                }
                if read == 0 || !self.is_whole() {
                    return std::future::pending::<Option<()>>().await;
                }
                to_client.write_all(&part[..read]).await.ok()?;
            }
        };
        let commands = async {
            loop {
                let message = read_message(&mut from_client).await?;
                let mishap = name_of_command(&message).and_then(|effect| self.note(effect));
                match mishap {
                    Some(Mishap::DiesBefore) => self.cut(),
                    Some(Mishap::Late) => {
                        self.keep(to, message, Service::Mongodb);
                        return None;
                    }
                    _ => *next.lock().unwrap() = mishap,
                }
                if !self.is_whole() {
                    return std::future::pending::<Option<()>>().await;
                }
                let mut held = self.0.is_held.subscribe();
                held.wait_for(|is_held| !is_held).await.ok()?;
                to_server.write_all(&message).await.ok()?;
            }
        };
        tokio::select! { end = answers => end, end = commands => end }
    }
}

/// A listener, and the address that a URL names.
async fn listen(url: &str) -> (TcpListener, String) {
    let to = url.split("://").nth(1).unwrap().split(['/', '?']).next();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    (listener, to.unwrap().to_owned())
}

/// A whole request, which asks for the connection to be closed behind it.
async fn read_request(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut request = Vec::new();
    let end = loop {
        if let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if client.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&request[..end]).into_owned();
    let length: usize = header(&head, "content-length").map_or(0, |length| length.parse().unwrap());
    assert_eq!(header(&head, "transfer-encoding"), None, "{head}");
    if header(&head, "expect").is_some() {
        client
            .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
            .await
            .ok()?;
    }
    while request.len() < end + length {
        if client.read_buf(&mut request).await.ok()? == 0 {
            return None;
        }
    }
    let kept = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default().to_lowercase();
        !matches!(name.as_str(), "connection" | "expect")
    };
    let head: Vec<&str> = head.trim_end().split("\r\n").filter(kept).collect();
    let mut whole = format!("{}\r\nconnection: close\r\n\r\n", head.join("\r\n")).into_bytes();
    whole.extend(&request[end..]);
    Some(whole)
}

fn header(head: &str, name: &str) -> Option<String> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    let found = lines.find(|(other, _)| other.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.trim().to_owned())
}

/// What an HTTP call does; `None` where it only reads.
fn name_of_call(request: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(request);
    if let Some(action) = header(&head, "x-amz-target") {
        let action = action.rsplit('.').next().unwrap_or_default().to_owned();
        let reads = action.starts_with("Receive") || action.starts_with("Get");
        return (!reads).then(|| format!("SQS {action}"));
    }
    let line = head.lines().next()?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    if matches!(method, "GET" | "HEAD") {
        return None;
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if path.ends_with("/invocations") {
        return Some("Lambda Invoke".to_owned());
    }
    let folder = path.split('/').nth(2).unwrap_or_default();
    let query = query.split(['&', '=']).next().unwrap_or_default();
    let said = [method, folder, query].map(str::trim);
    let said: Vec<&str> = said.into_iter().filter(|word| !word.is_empty()).collect();
    Some(format!("S3 {}", said.join(" ")))
}

async fn read_message(from: &mut (impl AsyncReadExt + Unpin)) -> Option<Vec<u8>> {
    let mut message = vec![0; 4];
    from.read_exact(&mut message).await.ok()?;
    let length = u32::from_le_bytes(message[..4].try_into().unwrap());
    let rest = usize::try_from(length).unwrap() - message.len();
    let mut rest = vec![0; rest];
    from.read_exact(&mut rest).await.ok()?;
    message.extend(rest);
    Some(message)
}

/// What a message to MongoDB does, and to which collection: its first document begins with that.
fn name_of_command(message: &[u8]) -> Option<String> {
    let kind = u32::from_le_bytes(message.get(12..HEADER)?.try_into().ok()?);
    if kind != OP_MSG {
        return None;
    }
    // Behind the flags come sections; the one of kind 0 is the command, and is first here.
    let document = message.get(HEADER + 4..)?.strip_prefix(&[0])?;
    let (of, element) = document.get(4..)?.split_first()?;
    let end = element.iter().position(|byte| *byte == 0)?;
    let name = String::from_utf8_lossy(&element[..end]).into_owned();
    if !WRITES.contains(&name.as_str()) {
        return None;
    }
    // A text, but for the bulk write, which names its collections elsewhere.
    if *of != 2 {
        return Some(format!("MongoDB {name}"));
    }
    let value = element.get(end + 5..)?;
    let collection = value.split(|byte| *byte == 0).next()?;
    Some(format!(
        "MongoDB {name} {}",
        String::from_utf8_lossy(collection)
    ))
}
