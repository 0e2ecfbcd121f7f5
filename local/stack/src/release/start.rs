//! Whether the functions start: each is run, with the variables that the template gives it, until it
//! asks Lambda for its first event.
//!
//! By then it has read its secrets, checked every variable and made its clients. What it has not done is
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
/// What every secret that they read says: a database that nobody asks, and a key that signs nothing.
const SECRET: &str = r#"{"SecretString": "{\"uri\": \"mongodb://127.0.0.1:9/\", \"key\": \"00000000000000000000000000000000\"}"}"#;
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::PathBuf;

    use halftone_local::console::Console;
    use halftone_local::layout::Layout;
    use halftone_local::process::Runner;
    use halftone_local::python;

    use super::*;
    use crate::release::Architecture;

    /// What becomes of a program as a function.
    fn started(name: &str, program: &str) -> Vec<String> {
        let directory =
            std::env::temp_dir().join(format!("halftone-{name}-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let path: PathBuf = directory.join("bootstrap");
        fs::write(&path, program).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let layout = Layout {
            root: directory.clone(),
            shared: directory.clone(),
        };
        let files = layout.release();
        let _lock = files.lock().unwrap();
        let (console, python) = (Console::for_tests(), python::find().unwrap());
        let release = Release {
            runner: Runner {
                console: &console,
                python: &python,
            },
            layout: &layout,
            files,
            architecture: Architecture::X86_64,
        };
        let function = Function {
            name: name.to_owned(),
            program: path,
            memory: "512".to_owned(),
            variables: [("SECRET_KEY".to_owned(), "uri".to_owned())].into(),
        };
        let mut faults = Vec::new();
        console
            .step("Start", |step| {
                faults.extend(release.start(&Machine::This, &function, step)?);
                Ok(())
            })
            .unwrap();
        fs::remove_dir_all(directory).unwrap();
        faults
    }

    #[test]
    fn a_function_has_started_when_it_asks_for_an_event() {
        let asks = "#!/usr/bin/env python3\n\
            import json, os, urllib.request as http\n\
            secret = json.load(http.urlopen(os.environ['AWS_ENDPOINT_URL'] + '/', b'{}'))\n\
            assert os.environ['SECRET_KEY'] in json.loads(secret['SecretString'])\n\
            http.urlopen('http://' + os.environ['AWS_LAMBDA_RUNTIME_API'] + '/2018-06-01/runtime/invocation/next')\n";
        assert_eq!(started("asks", asks), [""; 0]);
    }

    #[test]
    fn one_that_ends_before_has_not_and_its_log_is_shown() {
        let ends = "#!/bin/sh\necho QUALITY: expected a number\nexit 3\n";
        let faults = started("ends", ends);
        assert!(faults[0].contains("ends does not start: it ended with exit code 3"));
        assert!(
            faults[0].contains("QUALITY: expected a number"),
            "{faults:?}"
        );
    }
}
