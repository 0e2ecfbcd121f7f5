//! Where the sample photos are fetched from: Python's own HTTP server on one folder.

use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use crate::failure::Failure;
use crate::port;
use crate::process::Guarded;

/// The port that `events/sample.csv` names.
const USUAL_PORT: u16 = 9000;
/// How long it is waited for.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(50);

/// A server of one folder. Dropping it ends it.
#[derive(Debug)]
pub struct Origin {
    /// What the URLs of its files begin with, without a trailing slash.
    pub url: String,
    _server: Guarded,
}

/// Serves a folder to this machine only.
pub fn serve(python: &Path, folder: &Path, log: &Path) -> Result<Origin, Failure> {
    let port = port::free(USUAL_PORT)?;
    let mut command = Command::new(python);
    command
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("services/origin.py"))
        .arg(port.to_string())
        .arg(folder);
    let server = Guarded::spawn(python, &command, log)?;
    for _ in 0..TRIES {
        if TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok() {
            let url = format!("http://127.0.0.1:{port}");
            return Ok(Origin {
                url,
                _server: server,
            });
        }
        sleep(PAUSE);
    }
    Err(Failure::new("the photos are not served"))
}
