//! The two servers: MongoDB and the AWS emulator.

mod database;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::console::{Console, Step};
use crate::emulator::{Emulator, REGION};
use crate::failure::Failure;
use crate::layout::{Kind, Layout, StackLayout};
use crate::port;
use crate::process::{Guarded, Runner};
pub use database::Database;

/// How long a server may take to answer.
const START: Duration = Duration::from_secs(60);

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
    /// Starts both, with empty data; of MongoDB the emulator alone when there is one of the user's
    /// own.
    pub fn start(
        runner: Runner<'_>,
        layout: &Layout,
        stack: &StackLayout,
        kind: Kind,
        own_mongodb: Option<&str>,
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
        let database = Database::start(runner, &bin, stack, own_mongodb, mongodb_port, step)?;
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
        while !self.are_up() {
            let bundled = self.database.bundled().map(|server| &mut server.process);
            for process in bundled.into_iter().chain([&mut self.emulator]) {
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

    fn are_up(&mut self) -> bool {
        let bundled = self.database.bundled();
        bundled.is_none_or(|server| server.is_up()) && self.client.is_up()
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
        match self.database.bundled() {
            Some(server) => server.watch(runner),
            None => Ok(Change::None),
        }
    }

    /// The database.
    pub fn database(&self) -> &Database {
        &self.database
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
        if let Some(server) = self.database.bundled() {
            server.process.release();
        }
        self.emulator.release();
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
