//! Programs that answer a line of JSON with a line of JSON for as long as they are asked.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use halftone_local::console::Console;
use halftone_local::failure::Failure;

/// Why there is no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// It could not be done; the next question may go better.
    Refused(String),
    /// Nothing can be asked any more.
    Ended(Failure),
}

impl From<Failure> for Unanswered {
    fn from(failure: Failure) -> Self {
        Self::Ended(failure)
    }
}

/// A running program. It ends when its input does, which happens however this process ends.
#[derive(Debug)]
pub struct Worker {
    name: &'static str,
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Worker {
    /// Starts one.
    pub fn start(name: &'static str, command: &mut Command) -> Result<Self, Failure> {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C is for this process to act upon.
            .process_group(0)
            .spawn()
            .map_err(Failure::because(format!("cannot start {name}")))?;
        let (Some(questions), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(Failure::new(format!("cannot talk to {name}")));
        };
        Ok(Self {
            name,
            process,
            questions,
            answers: BufReader::new(answers),
        })
    }

    /// Asks, and waits for the answer.
    pub fn ask(&mut self, console: &Console, question: &Value) -> Result<Value, Unanswered> {
        console.check()?;
        let ended = || format!("{} ended in the middle of its work", self.name);
        writeln!(self.questions, "{question}").map_err(Failure::because(ended()))?;
        let mut line = String::new();
        self.answers
            .read_line(&mut line)
            .map_err(Failure::because(ended()))?;
        if line.is_empty() {
            let advice = "what it said is above; memory may have run out";
            return Err(Failure::new(ended()).advise(advice).into());
        }
        let answer: Value = serde_json::from_str(&line)
            .map_err(Failure::because(format!("{} spoke no JSON", self.name)))?;
        match answer["error"].as_str() {
            Some(error) => Err(Unanswered::Refused(format!("{}: {error}", self.name))),
            None => Ok(answer),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_answers_refuses_and_ends() {
        let console = Console::for_tests();
        let script = r#"read a; echo "$a"; read b; echo '{"error":"no"}'; read c"#;
        let mut shell = Command::new("sh");
        let mut worker = Worker::start("shell", shell.args(["-c", script])).unwrap();
        let question = serde_json::json!({ "a": 1 });
        let mut ask = || worker.ask(&console, &question);
        assert_eq!(ask().ok(), Some(question.clone()));
        assert!(matches!(ask(), Err(Unanswered::Refused(why)) if why == "shell: no"));
        assert!(matches!(ask(), Err(Unanswered::Ended(_))));
    }
}
