//! Receives the demo's webhooks.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use tiny_http::{Response, Server};

use crate::failure::Failure;

/// Longest body that is read: Halftone promises less than 20 kB.
const MOST_BYTES: u64 = 64 * 1024;

/// A server that keeps what is posted to it.
#[derive(Debug)]
pub struct Receiver {
    /// Where to post to.
    pub url: String,
    received: Arc<Mutex<Vec<Value>>>,
}

impl Receiver {
    /// Receives for as long as this process lives.
    pub fn start() -> Result<Self, Failure> {
        let server = Server::http("127.0.0.1:0")
            .map_err(|error| Failure::new(format!("cannot receive webhooks: {error}")))?;
        let url = format!("http://{}/webhook", server.server_addr());
        let received = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&received);
        std::thread::spawn(move || {
            for mut request in server.incoming_requests() {
                let body = std::io::Read::take(request.as_reader(), MOST_BYTES);
                let status = match serde_json::from_reader(body) {
                    Ok(webhook) => {
                        kept.lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .push(webhook);
                        204
                    }
                    Err(_) => 400,
                };
                // A client that went away needs no answer.
                let _ = request.respond(Response::empty(status));
            }
        });
        Ok(Self { url, received })
    }

    /// The webhook of a request, once it came.
    pub fn take(&self, request: &str) -> Option<Value> {
        let mut received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        let index = received
            .iter()
            .position(|webhook| webhook["requestId"] == request)?;
        Some(received.remove(index))
    }
}
