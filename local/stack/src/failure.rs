//! A failure as a person wants to read it: what failed, why, the log's tail, what to do.

use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

/// How many lines of a log are shown.
const TAIL_LINES: usize = 25;
/// What helps when nothing better is known.
const LAST_RESORT: &str =
    "start again; if it fails again, delete the folder .local and start once more";

/// Why a command ended early.
#[derive(Debug)]
pub struct Failure {
    what: String,
    source: Option<Box<dyn Error + Send + Sync>>,
    log: Option<PathBuf>,
    advice: Option<String>,
    end: End,
}

/// Whether other work may go on after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Failed,
    Interrupted,
    Late,
    Away,
}

impl Failure {
    /// A failure of which no more is known.
    pub fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            source: None,
            log: None,
            advice: None,
            end: End::Failed,
        }
    }

    /// The user or `cargo local down` asked to stop.
    pub fn interrupted() -> Self {
        Self {
            end: End::Interrupted,
            ..Self::new("stopped")
        }
    }

    /// There is no time left.
    pub fn late() -> Self {
        Self {
            end: End::Late,
            ..Self::new("it took too long")
        }
    }

    /// What was asked is away for the moment: 503.
    pub fn away(what: impl Into<String>) -> Self {
        Self {
            end: End::Away,
            ..Self::new(what).advise("try again in a moment")
        }
    }

    /// For `map_err`: `what` could not be done, because of the error.
    pub fn because<E: Error + Send + Sync + 'static>(
        what: impl Into<String>,
    ) -> impl FnOnce(E) -> Self {
        let failure = Self::new(what);
        move |error| Self {
            source: Some(Box::new(error)),
            ..failure
        }
    }

    /// With the log whose tail tells more.
    #[must_use]
    pub fn log(self, log: &Path) -> Self {
        Self {
            log: Some(log.to_owned()),
            ..self
        }
    }

    /// With what the user can do about it.
    #[must_use]
    pub fn advise(self, advice: impl Into<String>) -> Self {
        Self {
            advice: Some(advice.into()),
            ..self
        }
    }

    /// With the step that failed.
    #[must_use]
    pub fn in_step(self, title: &str) -> Self {
        let what = format!("{title}: {}", self.what);
        Self { what, ..self }
    }

    /// Whether it was asked for.
    pub fn is_interruption(&self) -> bool {
        self.end == End::Interrupted
    }

    /// Whether the same may be asked again in a moment.
    pub fn is_away(&self) -> bool {
        self.end == End::Away
    }

    /// Whether nothing else may be done after it.
    pub fn is_final(&self) -> bool {
        matches!(self.end, End::Interrupted | End::Late)
    }

    /// What the shell is told: 130 is what it expects after Ctrl-C.
    pub fn exit_code(&self) -> u8 {
        if self.is_interruption() { 130 } else { 1 }
    }
}

impl Display for Failure {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        if self.is_interruption() {
            return write!(out, "Stopped.");
        }
        write!(out, "\nFailed: {}", self.what)?;
        let mut source = self.source.as_deref().map(|error| error as &dyn Error);
        while let Some(error) = source {
            write!(out, ": {error}")?;
            source = error.source();
        }
        if let Some(log) = &self.log {
            write!(
                out,
                "\n\nThe end of {}:\n{}",
                log.display(),
                tail(log, TAIL_LINES)
            )?;
        }
        let advice = self.advice.as_deref().unwrap_or(LAST_RESORT);
        write!(out, "\n\nWhat to do: {advice}")
    }
}

impl Error for Failure {}

/// The last lines of a log, without the progress bars that tools draw in it.
pub fn tail(log: &Path, lines: usize) -> String {
    let bytes = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let kept: Vec<&str> = text
        .split(['\n', '\r'])
        .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("Building ["))
        .collect();
    let start = kept.len().saturating_sub(lines);
    kept[start..]
        .iter()
        .map(|line| format!("  | {line}\n"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_why_and_what_to_do() {
        let failure = Failure::because("the disk")(std::io::Error::other("full"));
        let text = failure
            .in_step("Copy")
            .advise("delete something")
            .to_string();
        assert_eq!(
            text,
            "\nFailed: Copy: the disk: full\n\nWhat to do: delete something"
        );
    }

    #[test]
    fn progress_bars_are_no_part_of_the_tail() {
        let log = std::env::temp_dir().join(format!("halftone-tail-{}", std::process::id()));
        std::fs::write(&log, "one\n    Building [=> ] 1/2: x\rtwo\n\nthree\n").unwrap();
        assert_eq!(tail(&log, 2), "  | two\n  | three\n");
        std::fs::remove_file(log).unwrap();
    }
}
