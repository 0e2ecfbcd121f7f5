//! One instance of a function, run through Lambda's
//! [runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html), so that each
//! invocation is timed as it is billed.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tiny_http::{Header, Request, Response, Server};

use halftone_local::console::Console;
use halftone_local::failure::Failure;
use halftone_local::process::Guarded;

use crate::usage;

/// How long an invocation may take, as the function is told.
const TIMEOUT: Duration = Duration::from_secs(120);
const POLL: Duration = Duration::from_millis(100);

/// A function that waits for its next event. Dropping it ends it.
pub struct Instance<'a> {
    console: &'a Console,
    process: Guarded,
    server: Server,
    /// The function's question for an event.
    waiting: Request,
    /// From its start to its first question.
    pub init: Duration,
}

impl<'a> Instance<'a> {
    /// Starts one, with the environment of Lambda beside its own.
    pub fn start(
        console: &'a Console,
        python: &Path,
        command: &mut Command,
        log: &Path,
    ) -> Result<Self, Failure> {
        let server = Server::http("127.0.0.1:0").map_err(|error| {
            Failure::new(format!(
                "cannot listen for the function's questions: {error}"
            ))
        })?;
        command.env("AWS_LAMBDA_RUNTIME_API", server.server_addr().to_string());
        let mut process = Guarded::spawn(python, command, log)?;
        let started = Instant::now();
        let waiting = asked(console, &server, &mut process)?;
        Ok(Self {
            console,
            process,
            server,
            waiting,
            init: started.elapsed(),
        })
    }

    /// Hands over an event; gives the answer and the time that it took.
    pub fn invoke(self, event: &Value) -> Result<(Self, Value, Duration), Failure> {
        let answered = self.invoke_unless(event, &|| false)?;
        answered.ok_or_else(|| Failure::new("the function was killed"))
    }

    /// The same, but kills the function in the middle of it, as soon as that is `due`: nothing is left then.
    pub fn invoke_unless(
        mut self,
        event: &Value,
        due: &dyn Fn() -> bool,
    ) -> Result<Option<(Self, Value, Duration)>, Failure> {
        let failure = || Failure::because("the function does not take its event");
        let mut response = Response::from_string(event.to_string());
        for header in headers()? {
            response.add_header(header);
        }
        let started = Instant::now();
        self.waiting.respond(response).map_err(failure())?;
        let Some(mut answer) = next(self.console, &self.server, &mut self.process, due)? else {
            self.process.kill();
            return Ok(None);
        };
        let took = started.elapsed();
        let mut body = String::new();
        let url = answer.url().to_owned();
        answer
            .as_reader()
            .read_to_string(&mut body)
            .map_err(failure())?;
        answer.respond(Response::empty(202)).map_err(failure())?;
        if !url.ends_with("/response") {
            return Err(Failure::new(format!("the function failed: {body}")).log(&self.process.log));
        }
        let body = halftone_local::emulator::parse(body)?;
        self.waiting = asked(self.console, &self.server, &mut self.process)?;
        Ok(Some((self, body, took)))
    }

    /// The processor time that it has used.
    pub fn cpu(&self) -> Result<Duration, Failure> {
        usage::cpu(self.process.pid)
    }

    /// The most memory that it has had, in bytes.
    pub fn peak(&self) -> Result<u64, Failure> {
        usage::peak(self.process.pid)
    }
}

/// Waits for the function's next question.
fn asked(console: &Console, server: &Server, process: &mut Guarded) -> Result<Request, Failure> {
    next(console, server, process, &|| false)?.ok_or_else(Failure::late)
}

/// Waits for what the function has to say; nothing when something else is `due` before.
fn next(
    console: &Console,
    server: &Server,
    process: &mut Guarded,
    due: &dyn Fn() -> bool,
) -> Result<Option<Request>, Failure> {
    let deadline = Instant::now() + TIMEOUT;
    while Instant::now() < deadline {
        let request = server.recv_timeout(POLL);
        if let Some(request) = request.map_err(Failure::because("the function's line is broken"))? {
            return Ok(Some(request));
        }
        if due() {
            return Ok(None);
        }
        console.check()?;
        if let Some(code) = process.ended() {
            let what = format!("the function ended with exit code {code}");
            return Err(Failure::new(what).log(&process.log));
        }
    }
    Err(Failure::late().log(&process.log))
}

/// What Lambda says about an invocation.
fn headers() -> Result<Vec<Header>, Failure> {
    let deadline = (SystemTime::now() + TIMEOUT)
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let deadline = deadline.as_millis().to_string();
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:halftone-compress";
    let headers = [
        ("Content-Type", "application/json"),
        (
            "Lambda-Runtime-Aws-Request-Id",
            "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
        ),
        ("Lambda-Runtime-Deadline-Ms", &deadline),
        ("Lambda-Runtime-Invoked-Function-Arn", arn),
    ];
    let header = |(name, value): (&str, &str)| Header::from_bytes(name, value);
    let headers: Result<_, ()> = headers.into_iter().map(header).collect();
    headers.map_err(|()| Failure::new("a header is none"))
}
