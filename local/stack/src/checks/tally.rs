//! Counts checks, and what `cargo test` reports.

use halftone_local::progress::Position;

/// What has passed and failed so far, and where the tests are.
#[derive(Debug, Default)]
pub struct Tally {
    /// Tests and checks that failed.
    pub failed: usize,
    /// Tests that were not run.
    pub left_out: usize,
    passed: usize,
    announced: usize,
    ended: usize,
    test: String,
    in_failures: bool,
}

impl Tally {
    /// Counts one check.
    pub fn check(&mut self, passed: bool) {
        if passed {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
    }

    /// Takes in a line of `cargo test`. True when a person wants to see it: it tells of a failure.
    pub fn read(&mut self, line: &str) -> bool {
        if let Some(result) = line.strip_prefix("test result: ") {
            self.passed += before(result, " passed");
            self.failed += before(result, " failed");
            self.left_out += before(result, " filtered out");
            return std::mem::take(&mut self.in_failures);
        }
        if let Some(rest) = line.strip_prefix("running ") {
            self.announced += before(rest, " test");
        } else if let Some((test, _)) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.split_once(" ... "))
        {
            self.ended += 1;
            test.clone_into(&mut self.test);
        }
        self.in_failures |= line == "failures:" || line.starts_with("error");
        self.in_failures
    }

    /// How far the tests are, of those announced so far.
    pub fn position(&self) -> Position {
        Position {
            done: self.ended,
            total: self.announced,
            label: self.test.clone(),
        }
    }

    /// The line that ends `cargo local test`.
    pub fn line(&self) -> String {
        let counts = format!("{} passed, {} failed", self.passed, self.failed);
        match self.left_out {
            0 => counts,
            left_out => format!("{counts}, {left_out} left out"),
        }
    }
}

/// The number that stands before a word; 0 when there is none.
fn before(text: &str, word: &str) -> usize {
    let number = text.split_once(word).and_then(|(rest, _)| {
        let start = rest.rfind(|sign: char| !sign.is_ascii_digit());
        rest[start.map_or(0, |start| start + 1)..].parse().ok()
    });
    number.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_shown_and_everything_is_counted() {
        let output = "running 2 tests\ntest a ... ok\ntest b::c ... FAILED\n\nfailures:\n\n\
                      ---- b::c stdout ----\ntest result: FAILED. 1 passed; 1 failed; 0 ignored; \
                      0 measured; 0 filtered out; finished in 1s\nrunning 1 test\n\
                      test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out";
        let mut tally = Tally::default();
        let shown: Vec<&str> = output.lines().filter(|line| tally.read(line)).collect();
        assert_eq!(shown.first(), Some(&"failures:"));
        assert_eq!(
            shown.last().map(|line| &line[..19]),
            Some("test result: FAILED")
        );
        assert_eq!(tally.line(), "13 passed, 1 failed, 3 left out");
        let position = tally.position();
        assert_eq!((position.done, position.total), (2, 3));
        assert_eq!(position.label, "b::c");
        tally.check(true);
        tally.check(false);
        assert_eq!((tally.passed, tally.failed), (14, 2));
    }
}
