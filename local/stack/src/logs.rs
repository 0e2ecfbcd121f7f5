//! What the functions of the stack that is up write to their logs.

use std::collections::HashMap;
use std::thread::sleep;
use std::time::Duration;

use halftone_local::STACK;
use halftone_local::emulator::Emulator;
use halftone_local::failure::Failure;
use halftone_local::functions::FUNCTIONS;
use halftone_local::layout::{Kind, Layout};
use halftone_local::stack::Stack;

/// How often new lines are looked for.
const EVERY: Duration = Duration::from_secs(1);

/// A line of a log.
pub struct Line {
    /// When it was written, in milliseconds since 1970.
    pub time: u64,
    /// The function that wrote it.
    pub function: &'static str,
    /// Its place in the function's log.
    pub place: usize,
    /// What it wrote.
    pub text: String,
}

impl Line {
    /// Whether it is for CloudWatch's metrics, not for readers.
    pub fn is_metric(&self) -> bool {
        self.text.starts_with("{\"") && self.text.contains("\"_aws\":")
    }
}

/// The logs of the stack that is up.
pub struct Logs(Emulator);

impl Logs {
    /// Finds the stack that is up.
    pub fn find(layout: &Layout) -> Result<Self, Failure> {
        let stack = Stack::read(&layout.stack(Kind::Normal).description());
        let stack = stack.ok_or_else(|| {
            Failure::new("nothing is up").advise("start it with `cargo local up`")
        })?;
        Ok(Self(Emulator::at(stack.text("awsEndpointUrl").to_owned())))
    }

    /// The lines of all functions, or of one, in the order of their time.
    pub fn lines(&self, of: Option<&str>) -> Result<Vec<Line>, Failure> {
        let mut lines = Vec::new();
        let wanted = |name: &&str| of.is_none_or(|wanted| wanted == *name);
        for function in FUNCTIONS.into_iter().filter(wanted) {
            let events = self
                .0
                .log_events(&format!("/aws/lambda/{STACK}-{function}"))?;
            lines.extend(
                events
                    .into_iter()
                    .enumerate()
                    .map(|(place, (time, text))| Line {
                        time,
                        function,
                        place,
                        text,
                    }),
            );
        }
        // Lines of one time stay in the order of their log.
        lines.sort_by_key(|line| line.time);
        Ok(lines)
    }
}

/// `cargo local logs`: of all functions, or of one; with `follow` also what is still to come.
pub fn print(layout: &Layout, function: Option<&str>, follow: bool) -> Result<(), Failure> {
    let logs = Logs::find(layout)?;
    let mut printed = HashMap::new();
    loop {
        for line in logs.lines(function)? {
            let next = printed.entry(line.function).or_insert(0);
            if line.place >= *next {
                *next = line.place + 1;
                if !line.is_metric() {
                    println!("{:<8} {}", line.function, line.text);
                }
            }
        }
        if !follow {
            return Ok(());
        }
        sleep(EVERY);
    }
}
