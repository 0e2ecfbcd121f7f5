//! The MongoDB that the stack works with: the bundled server that speaks its protocol, or the
//! user's own.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::Change;
use crate::console::Step;
use crate::failure::Failure;
use crate::layout::StackLayout;
use crate::port;
use crate::process::{Guarded, Runner};
use crate::progress;

/// How long a database that died stays away.
const RESTART: Duration = Duration::from_secs(3);
/// The database of the bundled server, which begins empty.
const NAME: &str = "halftone";

/// Where the data is.
#[derive(Debug)]
pub enum Database {
    /// A server that was started for this stack.
    Bundled(Box<Bundled>),
    /// One that was there before and stays. Nothing in it is touched but a database of a name
    /// that no other stack has.
    Own {
        /// Its connection string.
        uri: String,
        /// The name.
        name: String,
    },
}

impl Database {
    /// Starts the bundled server, or finds out whether the user's own can be used.
    pub fn start(
        runner: Runner<'_>,
        bin: &Path,
        stack: &StackLayout,
        own: Option<&str>,
        usual_port: u16,
        step: &mut Step,
    ) -> Result<Self, Failure> {
        let Some(uri) = own else {
            let port = port::free(usual_port)?;
            return Bundled::start(runner, bin, stack, port)
                .map(|server| Self::Bundled(Box::new(server)));
        };
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("services/ping.py");
        let mut ping = Command::new(bin.join("python"));
        ping.arg(script).env("MONGODB_URI", uri);
        runner
            .run(&ping, &stack.log("mongodb"), step, progress::none())
            .map_err(|failure| failure.advise("check the URI after --mongodb-uri"))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Ok(Self::Own {
            uri: uri.to_owned(),
            name: format!("halftone-local-{}", now.unwrap_or_default().as_secs()),
        })
    }

    /// The connection string.
    pub fn uri(&self) -> String {
        match self {
            Self::Bundled(server) => format!("mongodb://127.0.0.1:{}", server.port),
            Self::Own { uri, .. } => uri.clone(),
        }
    }

    /// The database in it.
    pub fn name(&self) -> &str {
        match self {
            Self::Bundled(_) => NAME,
            Self::Own { name, .. } => name,
        }
    }

    /// The bundled server, when it is that.
    pub fn bundled(&mut self) -> Option<&mut Bundled> {
        match self {
            Self::Bundled(server) => Some(server),
            Self::Own { .. } => None,
        }
    }

    /// The bundled server's process.
    pub fn pid(&self) -> Option<u32> {
        match self {
            Self::Bundled(server) => Some(server.process.pid),
            Self::Own { .. } => None,
        }
    }
}

/// The server that comes with the stack.
#[derive(Debug)]
pub struct Bundled {
    command: Command,
    /// What runs it.
    pub process: Guarded,
    port: u16,
    died: Option<Instant>,
    /// While this file is there, so is no database.
    down: PathBuf,
    held_down: bool,
}

impl Bundled {
    fn start(
        runner: Runner<'_>,
        bin: &Path,
        stack: &StackLayout,
        port: u16,
    ) -> Result<Self, Failure> {
        let mut command = Command::new(bin.join("secantusd-py"));
        command
            .args(["--host", "127.0.0.1", "--port", &port.to_string()])
            .args(["--cache-size", "256M", "--storage-path"])
            .arg(stack.data().join("mongodb"))
            // What was acknowledged survives a kill, as it does with majority writes on Atlas.
            .args(["--sync-on-commit", "--log-level", "WARNING"])
            .current_dir(stack.data());
        let process = Guarded::spawn(runner.python, &command, &stack.log("mongodb"))?;
        Ok(Self {
            command,
            process,
            port,
            died: None,
            down: stack.data().join("mongodb.down"),
            held_down: false,
        })
    }

    /// Whether it takes connections.
    pub fn is_up(&self) -> bool {
        TcpStream::connect(("127.0.0.1", self.port)).is_ok()
    }

    /// Starts it again on the same port and data: a while after it died, or at once when it was
    /// held down. It is killed, since clients that see it say goodbye never find it again: it
    /// tells them then of a replica set without members.
    pub fn watch(&mut self, runner: Runner<'_>) -> Result<Change, Failure> {
        if self.down.exists() {
            self.held_down = true;
            self.process.kill();
            return Ok(Change::None);
        }
        if self.process.ended().is_none() {
            return Ok(Change::None);
        }
        let away = self.died.get_or_insert_with(Instant::now).elapsed();
        if away < RESTART && !self.held_down {
            return Ok(Change::None);
        }
        (self.died, self.held_down) = (None, false);
        let log = self.process.log.clone();
        self.process = Guarded::spawn(runner.python, &self.command, &log)?;
        Ok(Change::DatabaseRestarted)
    }
}
