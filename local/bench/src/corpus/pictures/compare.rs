//! Recompresses every picture, and has the outputs judged.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use halftone_local::console::{Console, Step};
use halftone_local::failure::Failure;
use halftone_local::progress::Position;

use super::files::Picture;
use super::tally::Tally;
use super::verdict::{MOST_DELTA_E, Verdict};
use crate::worker::{Unanswered, Worker};

/// High enough that what is lost is not mistaken for what is wrong.
const QUALITY: u8 = 90;

/// What is run.
#[derive(Debug)]
pub struct Programs {
    /// Halftone's worker.
    pub codec: PathBuf,
    /// sharp's.
    pub judge: Command,
    /// Pillow's.
    pub pillow: Command,
}

/// The running workers.
#[derive(Debug)]
pub struct Comparer<'a> {
    console: &'a Console,
    codec: Worker,
    judge: Worker,
    pillow: Worker,
    output: PathBuf,
    reference: PathBuf,
}

impl<'a> Comparer<'a> {
    /// Starts them; outputs stand in a folder, each in the place of the one before.
    pub fn start(
        console: &'a Console,
        mut programs: Programs,
        outputs: &Path,
    ) -> Result<Self, Failure> {
        fs::create_dir_all(outputs).map_err(Failure::because("no folder for the outputs"))?;
        Ok(Self {
            console,
            codec: Worker::start("the codec", &mut Command::new(programs.codec))?,
            judge: Worker::start("sharp", &mut programs.judge)?,
            pillow: Worker::start("Pillow", &mut programs.pillow)?,
            output: outputs.join("output"),
            reference: outputs.join("reference.png"),
        })
    }

    /// Compares all pictures.
    pub fn all(&mut self, pictures: &[Picture], step: &mut Step) -> Result<Tally, Failure> {
        let mut tally = Tally::default();
        for (done, picture) in pictures.iter().enumerate() {
            step.at(Position {
                done,
                total: pictures.len(),
                label: picture.name.clone(),
            });
            tally.add(picture, self.verdict(picture)?);
        }
        Ok(tally)
    }

    fn verdict(&mut self, picture: &Picture) -> Result<Verdict, Failure> {
        let question = json!({
            "file": picture.path,
            "format": "original",
            "quality": QUALITY,
            "output": self.output,
        });
        let ours = match self.codec.ask(self.console, &question) {
            Ok(_) => Ok(()),
            Err(Unanswered::Refused(why)) => Err(why),
            Err(Unanswered::Ended(failure)) => return Err(failure),
        };
        let ours = ours.as_ref().map(|_| ()).map_err(String::as_str);
        let mut judged = self.judged(&picture.path, ours.is_ok())?;
        let sharp_reads = judged["refused"].is_null();
        if !sharp_reads && self.has_reference(picture)? {
            judged = self.judged(&self.reference.clone(), ours.is_ok())?;
        }
        Ok(Verdict::new(ours, sharp_reads, &judged))
    }

    /// What sharp says of a source, and of our output if there is one.
    fn judged(&mut self, source: &Path, has_output: bool) -> Result<Value, Failure> {
        let output = has_output.then_some(&self.output);
        let question = json!({
            "source": source,
            "output": output,
            "quality": QUALITY,
            "enough": MOST_DELTA_E,
        });
        answer(self.judge.ask(self.console, &question))
    }

    /// Whether Pillow reads a picture, which it writes as PNG then.
    fn has_reference(&mut self, picture: &Picture) -> Result<bool, Failure> {
        let question = json!({ "source": picture.path, "output": self.reference });
        let answer = answer(self.pillow.ask(self.console, &question))?;
        Ok(answer["refused"].is_null())
    }
}

/// A judge that cannot answer is a fault of this benchmark.
fn answer(answer: Result<Value, Unanswered>) -> Result<Value, Failure> {
    answer.map_err(|unanswered| match unanswered {
        Unanswered::Refused(why) => Failure::new(why),
        Unanswered::Ended(failure) => failure,
    })
}
