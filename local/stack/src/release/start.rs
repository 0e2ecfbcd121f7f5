//! Whether the functions start: each is run, with the variables that the template gives it, until it
//! asks Lambda for its first event.
//!
//! By then it has read its secret, checked every variable and made its clients. What it has not done is
//! speak to MongoDB or over TLS: clients connect with the first event.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use halftone_local::console::Step;
use halftone_local::failure::{Failure, tail};
use halftone_local::process::Guarded;
use halftone_local::progress::Position;
use halftone_local::services::aws_environment;
use halftone_origin::{Answer, Origin};

use super::{Function, Machine, Release, TAIL_LINES};

/// Lambda's Runtime API: what a function asks for when it is ready.
const NEXT: &str = "/2018-06-01/runtime/invocation/next";
/// Where a function says why it is not.
const INIT_ERROR: &str = "/2018-06-01/runtime/init/error";
/// How long a start may take; an emulated one takes some ten times as long as a real one.
const LONGEST: Duration = Duration::from_secs(60);
/// The secret that they read, at a database that nobody asks.
const SECRET: &str = r#"{"SecretString": "{\"uri\": \"mongodb://127.0.0.1:9/\"}"}"#;
const SECRET_ARN: &str = "arn:aws:secretsmanager:us-east-1:000000000000:secret:halftone";

impl Release<'_> {
    /// Starts each, and counts those that do not.
    pub fn starts(&self, functions: &[Function]) -> Result<usize, Failure> {
        let machine = Machine::for_architecture(self.architecture);
        self.check("Start the functions", |step| {
            let machine = match &machine {
                Ok(machine) => machine,
                Err(why) => {
                    step.note(format!("left out: {why}"));
                    return Ok(Vec::new());
                }
            };
            let mut faults = Vec::new();
            for (done, function) in functions.iter().enumerate() {
                step.at(Position {
                    done,
                    total: functions.len(),
                    label: function.name.clone(),
                });
                faults.extend(self.start(machine, function, step)?);
            }
            step.note(match machine {
                Machine::This => "up to their first event".to_owned(),
                Machine::Emulator(emulator) => {
                    format!("up to their first event, by {}", emulator.display())
                }
            });
            Ok(faults)
        })
    }

    /// Runs one until it asks for an event; why it did not.
    fn start(
        &self,
        machine: &Machine,
        function: &Function,
        step: &mut Step,
    ) -> Result<Option<String>, Failure> {
        let lambda = Origin::start().map_err(Failure::because("cannot stand in for Lambda"))?;
        lambda.on(NEXT, |_| Answer::silence());
        lambda.on(INIT_ERROR, |_| Answer::status(202));
        let secrets = |_: &_| Answer::ok(SECRET);
        lambda.on("/", secrets);
        let log = self.files.log(&format!("start-{}", function.name));
        let command = command(machine, function, &lambda.url(""));
        let mut process = Guarded::spawn(self.runner.python, &command, &log)?;
        let deadline = Instant::now() + LONGEST;
        while lambda.hits(NEXT) == 0 {
            let ended = process.ended();
            let gave_up = ended.is_some() || lambda.hits(INIT_ERROR) > 0;
            if gave_up || Instant::now() > deadline {
                return Ok(Some(not_started(&function.name, ended, &log)));
            }
            step.tick();
            self.runner.console.pause(Duration::from_millis(20))?;
        }
        Ok(None)
    }
}

fn command(machine: &Machine, function: &Function, lambda: &str) -> Command {
    let mut command = machine.command(&function.program);
    aws_environment(&mut command, lambda);
    let api = lambda.trim_start_matches("http://");
    command
        .envs(&function.variables)
        .env("MONGODB_SECRET", SECRET_ARN)
        .env("AWS_LAMBDA_RUNTIME_API", api)
        .env("AWS_LAMBDA_FUNCTION_NAME", &function.name)
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &function.memory)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "")
        .env("RUST_BACKTRACE", "0");
    command
}

fn not_started(name: &str, ended: Option<i32>, log: &Path) -> String {
    let how = match ended {
        Some(code) => format!("it ended with exit code {code}"),
        None => format!("it asked for no event within {} s", LONGEST.as_secs()),
    };
    format!("{name} does not start: {how}\n{}", tail(log, TAIL_LINES))
}
