//! An origin that asks for a header, for tests: where one of them may start it, and the secret that the functions have
//! of it.

use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::failure::Failure;
use crate::port;

/// The secret's name.
const SECRET: &str = "halftone-origin-headers";
/// The header that the origin asks for.
const HEADER: &str = "X-Token";
/// What it must hold.
const TOKEN: &str = "token-of-the-tests";

/// Where the origin is, and the secret's ARN.
#[derive(Debug)]
pub struct Guarded {
    port: u16,
    secret: String,
}

impl Guarded {
    /// Finds it a port, and puts its header into a secret.
    pub fn new(client: &Emulator) -> Result<Self, Failure> {
        let port = port::free(0)?;
        let headers = json!({format!("http://127.0.0.1:{port}"): {HEADER: TOKEN}});
        let secret = client.create_secret(SECRET, &headers.to_string())?;
        Ok(Self { port, secret })
    }

    /// The parameter that has the functions read the secret.
    pub fn parameter(&self) -> (String, String) {
        ("OriginHeadersSecret".to_owned(), self.secret.clone())
    }

    /// What a test has to know.
    pub fn description(&self) -> Value {
        json!({"port": self.port, "header": HEADER, "value": TOKEN})
    }
}
