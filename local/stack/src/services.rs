//! The two servers: the MongoDB-compatible one and the AWS emulator.

use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::console::{Console, Step};
use crate::emulator::{Emulator, REGION};
use crate::failure::Failure;
use crate::layout::{Kind, Layout, StackLayout};
use crate::port;
use crate::process::{Guarded, Runner};

/// How long a server may take to answer.
const START: Duration = Duration::from_secs(60);
/// How long a database that died stays away.
const RESTART: Duration = Duration::from_secs(3);

/// Both servers, running.
#[derive(Debug)]
pub struct Services {
    database: Database,
    emulator: Guarded,
    faults: PathBuf,
    /// The emulator's client.
    pub client: Emulator,
}

/// What became of the servers since one looked last.
#[derive(Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    None,
    /// The database was started again, as another process.
    DatabaseRestarted,
}

impl Services {
    /// Starts both, with empty data.
    pub fn start(
        runner: Runner<'_>,
        layout: &Layout,
        stack: &StackLayout,
        kind: Kind,
        step: &mut Step,
    ) -> Result<Self, Failure> {
        let (mongodb_port, emulator_port) = match kind {
            Kind::Normal => (27017, 4566),
            Kind::Test => (27117, 4666),
        };
        let data = stack.data();
        let _ = std::fs::remove_dir_all(&data);
        for directory in ["mongodb", "temporary"] {
            std::fs::create_dir_all(data.join(directory))
                .map_err(Failure::because("cannot make the data directory"))?;
        }
        let bin = layout.environment("services").join("bin");
        let database = Database::new(runner, &bin, stack, port::free(mongodb_port)?)?;
        let client = Emulator::on(port::free(emulator_port)?);
        let command = emulator_command(&bin, layout, &data, &client.endpoint);
        let emulator = Guarded::spawn(runner.python, &command, &stack.log("emulator"))?;
        let mut services = Self {
            database,
            emulator,
            faults: data,
            client,
        };
        services.wait(runner.console, step)?;
        Ok(services)
    }

    fn wait(&mut self, console: &Console, step: &mut Step) -> Result<(), Failure> {
        let deadline = Instant::now() + START;
        while !(self.database.is_up() && self.client.is_up()) {
            for process in [&mut self.database.process, &mut self.emulator] {
                if let Some(code) = process.ended() {
                    let what = format!("a server ended with exit code {code}");
                    return Err(Failure::new(what).log(&process.log));
                }
            }
            if Instant::now() > deadline {
                return Err(Failure::new("a server does not answer").log(&self.emulator.log));
            }
            step.tick();
            console.pause(Duration::from_millis(100))?;
        }
        Ok(())
    }

    /// Starts the database again when it died. An emulator that died cannot be: it has forgotten
    /// everything.
    pub fn watch(&mut self, runner: Runner<'_>) -> Result<Change, Failure> {
        if let Some(code) = self.emulator.ended() {
            let what = format!("the AWS emulator ended with exit code {code}");
            return Err(Failure::new(what)
                .log(&self.emulator.log)
                .advise("start again"));
        }
        self.database.watch(runner)
    }

    /// Where the database is.
    pub fn mongodb_uri(&self) -> String {
        format!("mongodb://127.0.0.1:{}", self.database.port)
    }

    /// The database's process.
    pub fn mongodb_pid(&self) -> u32 {
        self.database.process.pid
    }

    /// Where tests put the files that break services: `faults.json` and `mongodb.down`.
    pub fn faults(&self) -> &Path {
        &self.faults
    }

    /// The emulator's process.
    pub fn emulator_pid(&self) -> u32 {
        self.emulator.pid
    }
}

impl Drop for Services {
    fn drop(&mut self) {
        // Both at once; dropping each then waits for it.
        self.database.process.release();
        self.emulator.release();
    }
}

#[derive(Debug)]
struct Database {
    command: Command,
    process: Guarded,
    port: u16,
    died: Option<Instant>,
    /// While this file is there, so is no database.
    down: PathBuf,
    held_down: bool,
}

impl Database {
    fn new(
        runner: Runner<'_>,
        bin: &Path,
        stack: &StackLayout,
        port: u16,
    ) -> Result<Self, Failure> {
        let mut command = Command::new(bin.join("secantusd-py"));
        command.args([
            "--host",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--cache-size",
            "256M",
        ]);
        command
            .arg("--storage-path")
            .arg(stack.data().join("mongodb"));
        command
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

    fn is_up(&self) -> bool {
        TcpStream::connect(("127.0.0.1", self.port)).is_ok()
    }

    /// Starts it again on the same port and data: a while after it died, or at once when it was
    /// held down. It is killed, since clients that see it say goodbye never find it again: it
    /// tells them then of a replica set without members.
    fn watch(&mut self, runner: Runner<'_>) -> Result<Change, Failure> {
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

fn emulator_command(bin: &Path, layout: &Layout, data: &Path, endpoint: &str) -> Command {
    let mut command = Command::new(bin.join("python"));
    command
        .arg("-u")
        .arg(layout.root.join("local/stack/services/emulator.py"))
        .current_dir(data);
    aws_environment(&mut command, endpoint);
    let port = endpoint.rsplit(':').next().unwrap_or_default();
    command
        .env("GATEWAY_PORT", port)
        .env("BIND_HOST", "127.0.0.1")
        .env("MINISTACK_HOST", "127.0.0.1")
        .env("MINISTACK_REGION", REGION)
        .env("HALFTONE_FAULTS", data.join("faults.json"))
        .env("TMPDIR", data.join("temporary"));
    command
}

/// Points everything that speaks to AWS at the emulator, whatever the user has configured: no
/// command of the local stack can reach a real account.
pub fn aws_environment(command: &mut Command, endpoint: &str) {
    for name in [
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_ROLE_ARN",
    ] {
        command.env_remove(name);
    }
    command
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", REGION)
        .env("AWS_DEFAULT_REGION", REGION)
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("NO_PROXY", "127.0.0.1,localhost");
}
