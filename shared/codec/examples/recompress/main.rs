//! Makes pictures smaller, one after the other: what the compress function does to each, without a cloud around it.
//!
//! One line of JSON for each file goes to standard output, in the order given. `cpuMs` and `wallMs` are the
//! processor time and the time that passed for one compression in memory, reading and writing the file not included;
//! each is the smallest of all repetitions, since what disturbs a measurement only ever adds to it.
//! `cpuMs` is `null` on systems that are not Unix.

mod arguments;
mod names;
mod timing;

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::panic;
use std::path::Path;
use std::process::ExitCode;

use halftone_codec::{Inspected, Recompressed};
use serde_json::{Value, json};

use arguments::{Arguments, Call};
use names::Names;
use timing::Times;

fn main() -> ExitCode {
    let arguments = match arguments::parse(lexopt::Parser::from_env()) {
        Ok(Call::Recompress(arguments)) => arguments,
        Ok(Call::Help) => return print(arguments::USAGE),
        Err(error) => return wrong(&error),
    };
    if let Err(error) = fs::create_dir_all(&arguments.out) {
        return wrong(&format!("cannot write to {}: {error}", arguments.out.display()).into());
    }
    let mut names = Names::beside(&arguments.files);
    for file in &arguments.files {
        let line =
            recompress(file, &arguments, &mut names).unwrap_or_else(|failed| failed.line(file));
        if print(&line.to_string()) == ExitCode::FAILURE {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Fails when nobody reads what is printed any more.
fn print(line: &str) -> ExitCode {
    match writeln!(io::stdout().lock(), "{line}") {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn wrong(error: &lexopt::Error) -> ExitCode {
    eprintln!("recompress: {error}\n\n{}", arguments::USAGE);
    ExitCode::from(2)
}

fn recompress(file: &Path, arguments: &Arguments, names: &mut Names) -> Result<Value, Failed> {
    let source = fs::read(file).map_err(|error| Failed::of("read_failed", &error))?;
    let damaged = |failed: Failed| failed.after_reading(&source, arguments);
    let (output, times) = fastest(&source, arguments).map_err(damaged)?;
    let path = names.choose(&arguments.out, file, output.output.format.extension());
    fs::write(path, &output.bytes).map_err(|error| damaged(Failed::of("write_failed", &error)))?;
    Ok(json!({
        "file": file.to_string_lossy(),
        "status": if output.kept { "kept" } else { "succeeded" },
        "error": null,
        "formatIn": output.input.format.to_string(),
        "formatOut": output.output.format.to_string(),
        "bytesIn": output.input.bytes,
        "bytesOut": output.output.bytes,
        "width": output.output.width,
        "height": output.output.height,
        "cpuMs": times.cpu.map(timing::milliseconds),
        "wallMs": timing::milliseconds(times.wall),
    }))
}

fn fastest(source: &[u8], arguments: &Arguments) -> Result<(Recompressed, Times), Failed> {
    let (mut output, mut best) = once(source, arguments)?;
    for _ in 1..arguments.repeat {
        let (again, times) = once(source, arguments)?;
        output = again;
        best = best.least(times);
    }
    Ok((output, best))
}

fn once(source: &[u8], arguments: &Arguments) -> Result<(Recompressed, Times), Failed> {
    // As in the function: a panic is one picture's failure, and says on standard error where it was.
    let work = || halftone_codec::recompress(source, &arguments.options);
    let (outcome, times) = timing::of(|| panic::catch_unwind(work));
    match outcome {
        Ok(Ok(output)) => Ok((output, times)),
        Ok(Err(error)) => Err(Failed::of(error.code(), &error)),
        Err(_) => Err(Failed::new("internal", "the codec panicked".to_owned())),
    }
}

/// A file that came to nothing.
struct Failed {
    code: &'static str,
    message: String,
    bytes: Option<usize>,
    seen: Option<Inspected>,
}

impl Failed {
    fn new(code: &'static str, message: String) -> Self {
        Self {
            code,
            message,
            bytes: None,
            seen: None,
        }
    }

    fn of(code: &'static str, error: &dyn Error) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            message.push_str(&format!(": {error}"));
            source = error.source();
        }
        Self::new(code, message)
    }

    fn after_reading(mut self, source: &[u8], arguments: &Arguments) -> Self {
        self.bytes = Some(source.len());
        self.seen = halftone_codec::inspect(source, &arguments.options.limits).ok();
        self
    }

    fn line(&self, file: &Path) -> Value {
        json!({
            "file": file.to_string_lossy(),
            "status": "failed",
            "error": { "code": self.code, "message": self.message },
            "formatIn": self.seen.map(|seen| seen.format.to_string()),
            "formatOut": null,
            "bytesIn": self.bytes,
            "bytesOut": null,
            "width": self.seen.map(|seen| seen.width),
            "height": self.seen.map(|seen| seen.height),
            "cpuMs": null,
            "wallMs": null,
        })
    }
}
