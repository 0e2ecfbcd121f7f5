//! Compresses a source with Halftone and with sharp, and Halftone's output again.

use std::fs;
use std::path::{Path, PathBuf};

use image::RgbImage;
use serde_json::json;

use super::sources::{Past, make};
use crate::codecs::Tools;
use crate::results;
use crate::worker::{Unanswered, Worker};
use halftone_local::console::Console;
use halftone_local::failure::Failure;

/// What became of one source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// Bytes of Halftone's output and of sharp's, by those of the source.
    pub bytes: [f64; 2],
    /// SSIMULACRA2 of both against the source: 100 for the same.
    pub scores: [f64; 2],
    /// Whether Halftone made the same file of its output.
    pub settled: bool,
}

/// The workers, and the folder of what they make.
#[derive(Debug)]
pub struct Comparer<'a> {
    console: &'a Console,
    quality: u8,
    outputs: PathBuf,
    halftone: Worker,
    sharp: Worker,
    metrics: Worker,
}

impl<'a> Comparer<'a> {
    /// Starts them.
    pub fn start(
        console: &'a Console,
        tools: &Tools,
        quality: u8,
        outputs: PathBuf,
    ) -> Result<Self, Failure> {
        results::empty_folder(&outputs)?;
        Ok(Self {
            console,
            quality,
            outputs,
            halftone: Worker::start("Halftone", &mut tools.codec())?,
            sharp: Worker::start("sharp", &mut tools.sharp())?,
            metrics: Worker::start("metrics", &mut tools.metrics())?,
        })
    }

    /// Compares what both make of a picture with a past.
    pub fn compare(&mut self, picture: &RgbImage, past: &Past) -> Result<Row, Failure> {
        let path = |name: &str| self.outputs.join(format!("{name}.jpg"));
        let [source, ours, theirs, again] = ["source", "halftone", "sharp", "again"].map(path);
        let file = make(picture, past)?;
        fs::write(&source, &file).map_err(Failure::because("cannot write a source"))?;
        let question = |file: &Path, output: &Path| json!({ "file": file, "format": "jpeg", "quality": self.quality, "output": output });
        let console = self.console;
        let mut answers = Vec::new();
        for (worker, question) in [
            (&mut self.halftone, question(&source, &ours)),
            (&mut self.sharp, question(&source, &theirs)),
        ] {
            answers.push(worker.ask(console, &question).map_err(failure)?);
        }
        let twice = question(&ours, &again);
        self.halftone.ask(console, &twice).map_err(failure)?;
        let question = json!({ "source": source, "outputs": [ours, theirs] });
        let scores = self.metrics.ask(console, &question).map_err(failure)?;
        let bytes = |index: usize| Some(answers[index]["bytes"].as_f64()? / file.len() as f64);
        let score = |index: usize| scores["scores"][index]["ssimulacra2"].as_f64();
        let both = |of: &dyn Fn(usize) -> Option<f64>| Some([of(0)?, of(1)?]);
        let missing = || Failure::new(format!("a figure is missing in {answers:?} or {scores}"));
        Ok(Row {
            bytes: both(&bytes).ok_or_else(missing)?,
            scores: both(&score).ok_or_else(missing)?,
            settled: is_same(&ours, &again)?,
        })
    }
}

fn is_same(one: &Path, other: &Path) -> Result<bool, Failure> {
    let read = |path| fs::read(path).map_err(Failure::because("cannot read an output"));
    Ok(read(one)? == read(other)?)
}

/// Every source must be read by all.
fn failure(unanswered: Unanswered) -> Failure {
    match unanswered {
        Unanswered::Refused(why) => Failure::new(why),
        Unanswered::Ended(failure) => failure,
    }
}
