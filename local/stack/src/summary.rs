//! Counts what checks and `cargo test` report.

use crate::progress::Position;

/// Passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Tests and checks that passed.
    pub passed: usize,
    /// Tests and checks that failed.
    pub failed: usize,
}

impl Tally {
    /// Counts one check.
    pub fn check(&mut self, passed: bool) {
        if passed {
            self.passed += 1
        } else {
            self.failed += 1
        }
    }

    /// Adds another tally.
    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }

    /// Reads `test result: ok. 3 passed; 1 failed; 0 ignored; ...`.
    pub fn of_result_line(line: &str) -> Option<Self> {
        let counts = line.strip_prefix("test result: ")?.split_once(". ")?.1;
        let count = |word: &str| {
            let part = counts.split(';').find(|part| part.trim().ends_with(word))?;
            part.split_whitespace().next()?.parse().ok()
        };
        Some(Self {
            passed: count("passed")?,
            failed: count("failed")?,
        })
    }

    /// The line that ends `cargo local test`.
    pub fn line(self) -> String {
        format!("{} passed, {} failed", self.passed, self.failed)
    }
}

/// What `cargo test` has printed so far.
#[derive(Debug, Default)]
pub struct TestReport {
    /// Sum of its result lines.
    pub tally: Tally,
    /// Whether it ended well.
    pub succeeded: bool,
    announced: usize,
    ended: usize,
    name: String,
    in_failures: bool,
}

impl TestReport {
    /// Takes a line in. True when a person wants to see it: it tells of a failure.
    pub fn read(&mut self, line: &str) -> bool {
        if let Some(tally) = Tally::of_result_line(line) {
            self.tally.add(tally);
            return std::mem::take(&mut self.in_failures);
        }
        if let Some(count) = line
            .strip_prefix("running ")
            .and_then(|rest| rest.split(' ').next())
        {
            self.announced += count.parse::<usize>().unwrap_or_default();
        }
        if let Some((name, _)) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.split_once(" ... "))
        {
            self.ended += 1;
            name.clone_into(&mut self.name);
        }
        self.in_failures |= line == "failures:" || line.starts_with("error");
        self.in_failures
    }

    /// How far it is, of the tests announced so far.
    pub fn position(&self) -> Position {
        Position {
            done: self.ended,
            total: self.announced,
            label: self.name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_summed() {
        let mut tally = Tally::default();
        let lines = [
            "running 3 tests",
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test result: FAILED. 12 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1s",
        ];
        lines
            .into_iter()
            .filter_map(Tally::of_result_line)
            .for_each(|found| tally.add(found));
        tally.check(true);
        assert_eq!(
            tally,
            Tally {
                passed: 16,
                failed: 2
            }
        );
        assert_eq!(tally.line(), "16 passed, 2 failed");
    }

    #[test]
    fn a_report_shows_failures_only() {
        let mut report = TestReport::default();
        let output = "running 2 tests\ntest a ... ok\ntest b::c ... FAILED\n\nfailures:\n\n\
                      ---- b::c stdout ----\ntest result: FAILED. 1 passed; 1 failed; 0 ignored\n\
                      running 1 test";
        let shown: Vec<&str> = output.lines().filter(|line| report.read(line)).collect();
        assert_eq!(shown.first(), Some(&"failures:"));
        assert_eq!(shown.last().map(|line| &line[..11]), Some("test result"));
        assert_eq!(
            report.tally,
            Tally {
                passed: 1,
                failed: 1
            }
        );
        let label = "b::c".to_owned();
        assert_eq!(
            report.position(),
            Position {
                done: 2,
                total: 3,
                label
            }
        );
    }
}
