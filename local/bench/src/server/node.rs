//! The other side: a Node.js server of the same job, `local/bench/server`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use halftone_local::api::Api;
use halftone_local::console::Console;
use halftone_local::failure::Failure;
use halftone_local::layout::{Layout, StackLayout};
use halftone_local::node::{Node, Scripts};
use halftone_local::port;
use halftone_local::process::{Guarded, Runner};
use halftone_local::stack::Stack;

use crate::deployed::share::Share;
use crate::usage;

use super::outcome::Usage;

/// The port it has when nobody else does.
const USUAL_PORT: u16 = 3000;
/// How long it may take to start.
const START: Duration = Duration::from_secs(120);

/// Node.js, and the server with the packages it needs.
pub struct Installed {
    node: Node,
    scripts: Scripts,
}

impl Installed {
    /// Installs what is not there yet.
    pub fn prepare(
        runner: Runner<'_>,
        layout: &Layout,
        files: &StackLayout,
    ) -> Result<Self, Failure> {
        let node = Node::prepare(runner, layout, files)?;
        let title = "Install Express, sharp and mongoose (npm ci)";
        let scripts = runner.console.step(title, |step| {
            node.install(runner, layout, files, "bench/server", step)
        })?;
        Ok(Self { node, scripts })
    }

    /// The versions of what counts.
    pub fn versions(&self) -> Result<String, Failure> {
        Ok(format!(
            "Node {}, Express {}, sharp {}, mongoose {}",
            self.node.version()?,
            self.scripts.version("express")?,
            self.scripts.version("sharp")?,
            self.scripts.version("mongoose")?
        ))
    }

    fn command(&self, share: &Share) -> Command {
        let script = self.node.script(&self.scripts, "server.mjs");
        let mut command = share.command(Path::new(script.get_program()));
        command.args(script.get_args());
        command
    }
}

/// A running server, which may be killed and started again.
pub struct Server<'a> {
    console: &'a Console,
    python: &'a Path,
    log: PathBuf,
    command: Command,
    process: Guarded,
    /// What a client calls.
    pub api: Api,
}

impl<'a> Server<'a> {
    /// Starts one, with a database and a folder of its own; `careful` as its `work.mjs` says.
    pub fn start(
        runner: Runner<'a>,
        installed: &Installed,
        share: &Share,
        stack: &Stack,
        files: &StackLayout,
        careful: bool,
    ) -> Result<Self, Failure> {
        let port = port::free(USUAL_PORT)?;
        let log = files.log("server-node");
        let database = format!("{}/bench-server", stack.text("mongodbUri"));
        let mut command = installed.command(share);
        command
            .env("NODE_ENV", "production")
            .env("PORT", port.to_string())
            .env("MONGODB_URI", database)
            .env("OUTPUTS", files.data())
            .env("CAREFUL", careful.to_string());
        let server = Self {
            console: runner.console,
            python: runner.python,
            process: Guarded::spawn(runner.python, &command, &log)?,
            log,
            command,
            api: Api::at(&format!("http://127.0.0.1:{port}"), ""),
        };
        server.ready()
    }

    fn ready(mut self) -> Result<Self, Failure> {
        let deadline = Instant::now() + START;
        while self.api.get("/health").is_err() {
            if let Some(code) = self.process.ended() {
                let what = format!("the server ended with exit code {code}");
                return Err(Failure::new(what).log(&self.log));
            }
            if Instant::now() > deadline {
                return Err(Failure::late().log(&self.log));
            }
            self.console.pause(Duration::from_millis(100))?;
        }
        Ok(self)
    }

    /// Kills it in the middle of what it does, and starts it again.
    pub fn restart(mut self) -> Result<Self, Failure> {
        self.process.kill();
        while self.process.ended().is_none() {
            self.console.pause(Duration::from_millis(20))?;
        }
        self.process = Guarded::spawn(self.python, &self.command, &self.log)?;
        self.ready()
    }

    /// What its process has used.
    pub fn usage(&self) -> Result<Usage, Failure> {
        let pid = self.process.pid;
        Ok(Usage {
            cpu: usage::cpu(pid)?,
            peak: usage::peak(pid)?,
        })
    }
}
