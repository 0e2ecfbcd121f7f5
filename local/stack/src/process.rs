//! Processes that cannot outlive this one.
//!
//! Each runs under `services/guard.py`, which ends it and all it started as soon as this process
//! is gone, even when it was killed.

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use crate::console::{Console, Step};
use crate::failure::Failure;
use crate::progress::Reader;

/// How long the guard is given to end a process: a little more than it gives itself.
const END: Duration = Duration::from_secs(8);

/// A process under guard.
#[derive(Debug)]
pub struct Guarded {
    guard: Child,
    /// Closing it ends the process.
    lifeline: Option<ChildStdin>,
    /// The process itself.
    pub pid: u32,
    /// Where its output goes.
    pub log: PathBuf,
}

impl Guarded {
    /// Starts `command`, its output going to `log`, which is made anew.
    pub fn spawn(python: &Path, command: &Command, log: &Path) -> Result<Self, Failure> {
        let name = command.get_program().to_string_lossy().into_owned();
        let failure = || Failure::because(format!("cannot start {name}"));
        File::create(log).map_err(failure())?;
        let mut guard = guarded(python, command, log).spawn().map_err(failure())?;
        let lifeline = guard.stdin.take();
        let mut line = String::new();
        if let Some(output) = guard.stdout.take() {
            BufReader::new(output)
                .read_line(&mut line)
                .map_err(failure())?;
        }
        // The guard said on standard error why it could not.
        let pid = line
            .trim()
            .parse()
            .map_err(|_| Failure::new(format!("cannot start {name}")))?;
        Ok(Self {
            guard,
            lifeline,
            pid,
            log: log.to_owned(),
        })
    }

    /// The exit code, once it has ended. 128 and more: by a signal.
    pub fn ended(&mut self) -> Option<i32> {
        self.guard
            .try_wait()
            .ok()
            .flatten()
            .map(|status| status.code().unwrap_or(-1))
    }

    /// Kills it as a machine does that loses its power. One that has ended stays so.
    pub fn kill(&mut self) {
        if let Some(lifeline) = &mut self.lifeline {
            let _ = lifeline.write_all(b"kill");
        }
    }

    /// Begins to end it, without waiting.
    pub fn release(&mut self) {
        self.lifeline = None;
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.release();
        let deadline = Instant::now() + END;
        while self.ended().is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn guarded(python: &Path, command: &Command, log: &Path) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("services/guard.py");
    let mut guard = Command::new(python);
    guard
        .arg(script)
        .arg(log)
        .arg(command.get_program())
        .args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => guard.env(name, value),
            None => guard.env_remove(name),
        };
    }
    if let Some(directory) = command.get_current_dir() {
        guard.current_dir(directory);
    }
    guard
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    guard
}

/// A tool that is at work, and what it prints.
#[derive(Debug)]
pub struct Running {
    process: Guarded,
    output: Output,
    name: String,
}

/// Runs tools to their end.
#[derive(Debug, Clone, Copy)]
pub struct Runner<'a> {
    /// Stops them when the user wants to.
    pub console: &'a Console,
    /// Runs the guard.
    pub python: &'a Path,
}

impl Runner<'_> {
    /// Runs a tool to its end; `read` finds the step's position in what it prints.
    pub fn run(
        &self,
        command: &Command,
        log: &Path,
        step: &mut Step,
        read: Reader,
    ) -> Result<(), Failure> {
        self.finish(self.begin(command, log)?, step, read)
    }

    /// Starts a tool, for other work to be done beside it.
    pub fn begin(&self, command: &Command, log: &Path) -> Result<Running, Failure> {
        let process = Guarded::spawn(self.python, command, log)?;
        let program = command.get_program().to_string_lossy();
        Ok(Running {
            process,
            output: Output::of(log)?,
            name: program.rsplit('/').next().unwrap_or_default().to_owned(),
        })
    }

    /// Waits for the end of a tool that was started; `read` finds the step's position in what it prints.
    pub fn finish(
        &self,
        mut running: Running,
        step: &mut Step,
        mut read: Reader,
    ) -> Result<(), Failure> {
        let read = |line: &str, step: &mut Step| {
            if let Some(position) = read(line) {
                step.at(position);
            }
        };
        let idle = || self.console.pause(Duration::from_millis(50));
        let code = running.follow(step, read, idle)?;
        if code == 0 {
            return Ok(());
        }
        let Running { process, name, .. } = &running;
        Err(Failure::new(format!("{name} ended with exit code {code}")).log(&process.log))
    }

    /// Runs a tool, hands over each line it prints, and gives its exit code. `idle` is called
    /// again and again, sleeps a little, and can end it.
    pub fn follow(
        &self,
        command: &Command,
        log: &Path,
        step: &mut Step,
        read: impl FnMut(&str, &mut Step),
        idle: impl FnMut() -> Result<(), Failure>,
    ) -> Result<i32, Failure> {
        self.begin(command, log)?.follow(step, read, idle)
    }
}

impl Running {
    fn follow(
        &mut self,
        step: &mut Step,
        mut read: impl FnMut(&str, &mut Step),
        mut idle: impl FnMut() -> Result<(), Failure>,
    ) -> Result<i32, Failure> {
        loop {
            let ended = self.process.ended();
            for line in self.output.new_lines() {
                read(&line, step);
            }
            step.tick();
            if let Some(code) = ended {
                return Ok(code);
            }
            idle()?;
        }
    }
}

/// A log that is being written.
#[derive(Debug)]
struct Output {
    file: File,
    rest: String,
}

impl Output {
    fn of(log: &Path) -> Result<Self, Failure> {
        let mut file = File::open(log).map_err(Failure::because("cannot read a log"))?;
        file.seek(SeekFrom::Start(0))
            .map_err(Failure::because("cannot read a log"))?;
        Ok(Self {
            file,
            rest: String::new(),
        })
    }

    /// Whole lines written since the last call. Bars end with a carriage return instead.
    fn new_lines(&mut self) -> Vec<String> {
        let mut bytes = Vec::new();
        // A log that cannot be read costs the bar, not the step.
        let _ = self.file.read_to_end(&mut bytes);
        self.rest.push_str(&String::from_utf8_lossy(&bytes));
        let Some(end) = self.rest.rfind(['\n', '\r']) else {
            return Vec::new();
        };
        let complete: String = self.rest.drain(..=end).collect();
        complete
            .split(['\n', '\r'])
            .filter(|line| !line.is_empty())
            .map(str::to_owned)
            .collect()
    }
}

/// `PATH` with these directories put first.
pub fn path_with(directories: &[&Path]) -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let first = directories.iter().map(|directory| directory.to_path_buf());
    let directories = first.chain(std::env::split_paths(&path));
    std::env::join_paths(directories).unwrap_or(path)
}
