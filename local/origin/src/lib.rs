//! An HTTP server on 127.0.0.1 that answers as it is told and remembers what it was asked: the
//! origin of images and the receiver of webhooks, in tests of every package and in the demo.
//!
//! ```
//! # fn main() -> std::io::Result<()> {
//! use halftone_origin::{Answer, Origin};
//!
//! let origin = Origin::start()?;
//! let photo = origin.serve("/a.jpg", "bytes");
//! // Not more than five at once, and not again within 20 s.
//! origin.on("/b.jpg", |request| {
//!     if request.at_once > 5 {
//!         Answer::status(429).header("Retry-After", "20")
//!     } else {
//!         Answer::ok("bytes")
//!     }
//! });
//! assert_eq!(photo, origin.url("/a.jpg"));
//! assert_eq!(origin.hits("/a.jpg"), 0);
//! # Ok(()) }
//! ```
//!
//! It runs on threads of its own, whatever the runtime of the test. One request a connection,
//! HTTP/1.1 without TLS; chunked requests are not understood.

mod answer;
mod gate;
mod request;
mod server;

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Component, Path};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use answer::{Answer, Step};
pub use gate::Gate;
pub use request::Request;

/// What answers requests.
type Handler = Arc<dyn Fn(&Request) -> Answer + Send + Sync>;

/// The server. It ends with its last clone.
#[derive(Clone)]
pub struct Origin {
    shared: Arc<Shared>,
    _life: Arc<server::Life>,
}

#[derive(Default)]
struct State {
    handlers: HashMap<String, Handler>,
    otherwise: Option<Handler>,
    requests: Vec<Request>,
    /// Requests so far, by path.
    counts: HashMap<String, usize>,
    being_answered: usize,
}

/// What the threads of one server have in common.
struct Shared {
    address: SocketAddr,
    state: Mutex<State>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // A handler that panics fails its own request only.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Origin {
    /// Starts one on a port that the system chooses.
    ///
    /// # Errors
    ///
    /// When the system has no port or no thread to give.
    pub fn start() -> io::Result<Self> {
        Self::start_on(0)
    }

    /// Starts one on this port.
    ///
    /// # Errors
    ///
    /// When the port is taken or there is no thread to be had.
    pub fn start_on(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let shared = Arc::new(Shared {
            address: listener.local_addr()?,
            state: Mutex::default(),
        });
        let life = server::run(listener, Arc::clone(&shared))?;
        Ok(Self {
            shared,
            _life: Arc::new(life),
        })
    }

    /// `http://127.0.0.1:PORT` and the path, which begins with a slash or is empty.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.shared.address)
    }

    /// Makes a path answer so from now on; its URL. With or without a query: a path that has none
    /// also answers for queries that have no handler of their own.
    pub fn on(
        &self,
        path: &str,
        handler: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> String {
        let handlers = &mut self.shared.state().handlers;
        handlers.insert(path.to_owned(), Arc::new(handler));
        self.url(path)
    }

    /// Makes a path answer 200 with these bytes; its URL.
    pub fn serve(&self, path: &str, bytes: impl Into<Vec<u8>>) -> String {
        let answer = Answer::ok(bytes);
        self.on(path, move |_| answer.clone())
    }

    /// The same, each time that the gate lets it through.
    pub fn hold(&self, path: &str, bytes: impl Into<Vec<u8>>, gate: &Gate) -> String {
        let answer = Answer::ok(bytes).held(gate);
        self.on(path, move |_| answer.clone())
    }

    /// Makes every path that has no handler answer so, instead of 404.
    pub fn otherwise(&self, handler: impl Fn(&Request) -> Answer + Send + Sync + 'static) {
        self.shared.state().otherwise = Some(Arc::new(handler));
    }

    /// Serves the files of a folder, at the paths that have no handler.
    pub fn folder(&self, folder: &Path) {
        let folder = folder.to_owned();
        self.otherwise(move |request| {
            let path = Path::new(request.path().trim_start_matches('/'));
            let below = |part| matches!(part, Component::Normal(_));
            let inside = path.components().all(below);
            let bytes = inside.then(|| std::fs::read(folder.join(path)).ok());
            bytes.flatten().map_or(Answer::status(404), Answer::ok)
        });
    }

    /// What came in for a path, in order: for one without a query, with any.
    pub fn requests(&self, path: &str) -> Vec<Request> {
        let state = self.shared.state();
        let asked = |request: &&Request| request.target == path || request.path() == path;
        state.requests.iter().filter(asked).cloned().collect()
    }

    /// Everything that came in, in order.
    pub fn all_requests(&self) -> Vec<Request> {
        self.shared.state().requests.clone()
    }

    /// How often a path was asked for.
    pub fn hits(&self, path: &str) -> usize {
        self.requests(path).len()
    }
}

impl std::fmt::Debug for Origin {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("Origin").field(&self.url("")).finish()
    }
}

#[cfg(test)]
mod tests;
