//! What a person sees while it works: one line a step, with a bar while it lasts.

use std::cell::RefCell;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::progress::Position;

/// Width of the bar in characters.
const BAR: usize = 24;
/// How often a bar is drawn.
const REDRAW: Duration = Duration::from_millis(120);
/// How often a long step says that it is alive where there is no terminal.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// The terminal, and whether the user wants to stop.
#[derive(Debug)]
pub struct Console {
    terminal: bool,
    interrupted: Arc<AtomicBool>,
    stop_file: RefCell<Option<PathBuf>>,
    deadline: RefCell<Option<Instant>>,
}

impl Console {
    /// Takes over Ctrl-C and the signals that ask a process to end.
    pub fn new() -> Result<Self, Failure> {
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&interrupted);
        ctrlc::set_handler(move || {
            // Asked twice: leave at once. The guards end what runs.
            if flag.swap(true, Ordering::SeqCst) {
                std::process::exit(130);
            }
        })
        .map_err(Failure::because("cannot listen to Ctrl-C"))?;
        let terminal = std::io::stdout().is_terminal();
        Ok(Self {
            terminal,
            interrupted,
            stop_file: RefCell::default(),
            deadline: RefCell::default(),
        })
    }

    /// One that nobody can interrupt, for tests.
    pub fn for_tests() -> Self {
        Self {
            terminal: false,
            interrupted: Arc::default(),
            stop_file: RefCell::default(),
            deadline: RefCell::default(),
        }
    }

    /// From now on this file, when it appears, stops the work as Ctrl-C does.
    pub fn stop_at_file(&self, path: PathBuf) {
        // One left by an earlier run asks for nothing any more.
        let _ = std::fs::remove_file(&path);
        self.stop_file.replace(Some(path));
    }

    /// From now on the work fails when it is not done in time.
    pub fn stop_after(&self, limit: Duration) {
        self.deadline.replace(Some(Instant::now() + limit));
    }

    /// An error when the work is to stop.
    pub fn check(&self) -> Result<(), Failure> {
        let asked = self
            .stop_file
            .borrow()
            .as_ref()
            .is_some_and(|path| path.exists());
        if asked || self.interrupted.load(Ordering::SeqCst) {
            return Err(Failure::interrupted());
        }
        match *self.deadline.borrow() {
            Some(deadline) if Instant::now() > deadline => Err(Failure::late()),
            _ => Ok(()),
        }
    }

    /// Sleeps a little, unless the work is to stop.
    pub fn pause(&self, duration: Duration) -> Result<(), Failure> {
        std::thread::sleep(duration);
        self.check()
    }

    /// Runs a step and says how long it took. `title` is in the imperative.
    pub fn step<T>(
        &self,
        title: &str,
        work: impl FnOnce(&mut Step) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.check()?;
        let mut step = Step::new(title, self.terminal);
        let outcome = work(&mut step);
        step.end(outcome.is_ok());
        outcome.map_err(|failure| failure.in_step(title))
    }
}

/// A step that is under way.
#[derive(Debug)]
pub struct Step {
    title: String,
    terminal: bool,
    started: Instant,
    drawn: Instant,
    note: String,
    position: Option<Position>,
}

impl Step {
    fn new(title: &str, terminal: bool) -> Self {
        let now = Instant::now();
        let mut step = Self {
            title: title.to_owned(),
            terminal,
            started: now,
            drawn: now,
            note: String::new(),
            position: None,
        };
        if terminal {
            step.draw();
        }
        step
    }

    /// How far it is.
    pub fn at(&mut self, position: Position) {
        self.position = Some(position);
        self.tick();
    }

    /// What is said beside its time in the end.
    pub fn note(&mut self, note: impl Into<String>) {
        self.note = note.into();
    }

    /// Prints a line above the bar.
    pub fn say(&mut self, line: &str) {
        let erase = if self.terminal { "\r\x1b[2K" } else { "" };
        println!("{erase}    {line}");
    }

    /// Draws the bar again when it is time.
    pub fn tick(&mut self) {
        let interval = if self.terminal { REDRAW } else { HEARTBEAT };
        if self.drawn.elapsed() >= interval {
            self.draw();
        }
    }

    fn draw(&mut self) {
        self.drawn = Instant::now();
        let elapsed = seconds(self.started.elapsed());
        let position = self.position.as_ref().map_or_else(String::new, bar);
        if self.terminal {
            print!("\r\x1b[2K  … {:<34} {position} {elapsed}", self.title);
        } else {
            println!("  … {:<34} {position} {elapsed}", self.title);
        }
        let _ = std::io::stdout().flush();
    }

    fn end(&self, succeeded: bool) {
        let mark = if succeeded { '✓' } else { '✗' };
        let erase = if self.terminal { "\r\x1b[2K" } else { "" };
        let elapsed = seconds(self.started.elapsed());
        println!(
            "{erase}  {mark} {:<34} {elapsed:>10}  {}",
            self.title, self.note
        );
    }
}

fn bar(position: &Position) -> String {
    let total = position.total.max(1);
    let done = position.done.min(total);
    let filled = BAR * done / total;
    let label: String = position.label.chars().take(28).collect();
    format!(
        "[{}{}] {done}/{total} {label}",
        "=".repeat(filled),
        " ".repeat(BAR - filled)
    )
}

/// A duration as people say it.
pub fn seconds(duration: Duration) -> String {
    match duration.as_secs() {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        whole @ 10..60 => format!("{whole} s"),
        whole => format!("{} min {} s", whole / 60, whole % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(seconds(Duration::from_millis(1240)), "1.2 s");
        assert_eq!(seconds(Duration::from_secs(42)), "42 s");
        assert_eq!(seconds(Duration::from_secs(125)), "2 min 5 s");
    }

    #[test]
    fn a_bar_never_overflows() {
        let position = Position {
            done: 9,
            total: 3,
            label: "x".repeat(99),
        };
        assert_eq!(
            bar(&position),
            format!("[{}] 3/3 {}", "=".repeat(24), "x".repeat(28))
        );
        assert!(
            bar(&Position {
                done: 0,
                total: 0,
                label: String::new()
            })
            .contains("0/1")
        );
    }
}
