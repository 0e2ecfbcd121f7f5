//! An origin for images that behaves as it is asked to, and a receiver for webhooks.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// How a path answers.
#[derive(Clone)]
pub enum Behaviour {
    /// 200 with these bytes.
    Serve(Vec<u8>),
    /// This status and nothing else.
    Status(u16),
    /// A redirect to this URL.
    Redirect(String),
    /// Bytes that never end.
    Endless,
    /// Accepts the request and stays silent.
    Silent,
    /// 200 with these bytes, once for each permit.
    Held(Vec<u8>, Arc<Semaphore>),
    /// 503 this many times, then 200 with these bytes.
    Flaky(u32, Vec<u8>),
}

/// A request that came in by POST.
#[derive(Clone, Debug)]
pub struct Posted {
    pub path: String,
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

#[derive(Default)]
struct State {
    behaviours: HashMap<String, Behaviour>,
    hits: HashMap<String, u32>,
    posted: Vec<Posted>,
}

/// The server; ends with the test's runtime.
#[derive(Clone)]
pub struct Origin {
    base: String,
    state: Arc<Mutex<State>>,
}

impl Origin {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let origin = Self {
            base,
            state: Arc::default(),
        };
        let serving = origin.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let origin = serving.clone();
                tokio::spawn(async move {
                    // A client that goes away half way is part of the tests.
                    let _ = origin.answer(stream).await;
                });
            }
        });
        origin
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Makes a path behave; its URL.
    pub fn on(&self, path: &str, behaviour: Behaviour) -> String {
        self.state
            .lock()
            .unwrap()
            .behaviours
            .insert(path.to_owned(), behaviour);
        self.url(path)
    }

    pub fn serve(&self, path: &str, bytes: impl Into<Vec<u8>>) -> String {
        self.on(path, Behaviour::Serve(bytes.into()))
    }

    pub fn hits(&self, path: &str) -> u32 {
        self.state
            .lock()
            .unwrap()
            .hits
            .get(path)
            .copied()
            .unwrap_or(0)
    }

    pub fn posted(&self, path: &str) -> Vec<Posted> {
        let state = self.state.lock().unwrap();
        state
            .posted
            .iter()
            .filter(|posted| posted.path == path)
            .cloned()
            .collect()
    }

    async fn answer(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        let Some(request) = read(&mut stream).await? else {
            return Ok(());
        };
        let behaviour = self.note(&request);
        match behaviour {
            None => status(&mut stream, 404, "").await,
            Some(Behaviour::Status(code)) => status(&mut stream, code, "").await,
            Some(Behaviour::Redirect(to)) => {
                status(&mut stream, 302, &format!("Location: {to}\r\n")).await
            }
            Some(Behaviour::Serve(bytes)) => serve(&mut stream, &bytes).await,
            Some(Behaviour::Flaky(0, bytes)) => serve(&mut stream, &bytes).await,
            Some(Behaviour::Flaky(..)) => status(&mut stream, 503, "").await,
            Some(Behaviour::Held(bytes, gate)) => {
                gate.acquire().await.unwrap().forget();
                serve(&mut stream, &bytes).await
            }
            Some(Behaviour::Endless) => {
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n\xff\xd8").await?;
                loop {
                    stream.write_all(&[0; 65536]).await?;
                }
            }
            Some(Behaviour::Silent) => {
                tokio::time::sleep(Duration::from_secs(600)).await;
                Ok(())
            }
        }
    }

    fn note(&self, request: &Posted) -> Option<Behaviour> {
        let mut state = self.state.lock().unwrap();
        *state.hits.entry(request.path.clone()).or_default() += 1;
        if !request.body.is_empty() {
            state.posted.push(request.clone());
        }
        let behaviour = state.behaviours.get(&request.path).cloned();
        if let Some(Behaviour::Flaky(left @ 1.., bytes)) = &behaviour {
            let after = Behaviour::Flaky(left - 1, bytes.clone());
            state.behaviours.insert(request.path.clone(), after);
        }
        behaviour
    }
}

async fn read(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Posted>> {
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let Some(path) = line.split(' ').nth(1).map(str::to_owned) else {
        return Ok(None);
    };
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .and_then(|n| n.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(Some(Posted {
        path,
        headers,
        body,
    }))
}

async fn status(stream: &mut BufReader<TcpStream>, code: u16, more: &str) -> std::io::Result<()> {
    let head =
        format!("HTTP/1.1 {code} Status\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.flush().await
}

async fn serve(stream: &mut BufReader<TcpStream>, bytes: &[u8]) -> std::io::Result<()> {
    let length = bytes.len();
    // The type is wrong on purpose: only the content counts.
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(bytes).await?;
    stream.flush().await
}
