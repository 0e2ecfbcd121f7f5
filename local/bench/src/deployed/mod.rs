//! The compress function as it is deployed: compiled so, run through Lambda's runtime API, with the share of the
//! processors that comes with its memory, and with the work of a running stack, whose own function is paused.

pub mod instance;
pub mod share;
pub mod work;

use std::path::{Path, PathBuf};
use std::process::Command;

use halftone_local::console::Console;
use halftone_local::failure::Failure;
use halftone_local::layout::{Layout, StackLayout};
use halftone_local::process::Runner;
use halftone_local::services::aws_environment;
use halftone_local::session::Session;

use crate::compile;
use instance::Instance;
use share::Share;
use work::Work;

/// The function, ready to be started.
pub struct Deployed<'a> {
    console: &'a Console,
    session: &'a Session<'a>,
    program: PathBuf,
    log: PathBuf,
    /// What it is given to do.
    pub work: Work<'a>,
}

impl<'a> Deployed<'a> {
    /// Compiles it, unless it was built before, and takes the images from the stack's own function.
    pub fn prepare(
        console: &'a Console,
        layout: &Layout,
        files: &StackLayout,
        session: &'a Session<'a>,
        built: Option<&Path>,
    ) -> Result<Self, Failure> {
        let runner = Runner {
            console,
            python: session.python(),
        };
        let program = match built {
            Some(program) => program.to_owned(),
            None => console.step("Compile compress as deployed", |step| {
                let mut cargo = compile::cargo_as_deployed(&layout.root);
                cargo.args(["--package", "compress"]);
                compile::build(runner, cargo, &files.log("compress-release"), step)
            })?,
        };
        Ok(Self {
            console,
            session,
            program,
            log: files.log("compress"),
            work: Work::new(&session.stack)?,
        })
    }

    /// Starts an instance with this memory, in MB; `fetches` of one host at a time, if not as deployed.
    pub fn start(
        &self,
        share: &Share,
        memory: u32,
        fetches: Option<usize>,
    ) -> Result<Instance<'a>, Failure> {
        let mut command = self.command(share, memory)?;
        if let Some(fetches) = fetches {
            command.env("FETCHES_PER_HOST", fetches.to_string());
        }
        Instance::start(self.console, self.session.python(), &mut command, &self.log)
    }

    /// The function with the environment that it was deployed with, and Lambda's.
    fn command(&self, share: &Share, memory: u32) -> Result<Command, Failure> {
        let mut command = share.command(&self.program);
        aws_environment(&mut command, self.session.stack.text("awsEndpointUrl"));
        for (name, value) in self.work.environment()? {
            command.env(name, value);
        }
        command
            .env("AWS_LAMBDA_FUNCTION_NAME", "halftone-compress")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory.to_string())
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "halftone-compress")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "bench");
        Ok(command)
    }
}
