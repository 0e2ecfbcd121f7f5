//! Makes a picture smaller with Halftone and with sharp, in turn, and measures what came of it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Settings;
use crate::codecs::{Picture, Tools};
use crate::results;
use crate::worker::{Unanswered, Worker};
use halftone_local::console::Console;
use halftone_local::failure::Failure;

/// What one of them made of a picture.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Made {
    /// Processor time of each round, in milliseconds.
    pub cpu: Vec<f64>,
    pub bytes: f64,
    /// Against the picture as large, resampled by the metrics' own Lanczos filter: 100 is the same, higher is better.
    pub ssimulacra2: f64,
    /// The same: 0 is the same.
    pub dssim: f64,
}

/// A picture at a side.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub name: String,
    pub side: u32,
    /// Its own pixels, in millions.
    pub megapixels: f64,
    pub halftone: Made,
    pub sharp: Made,
}

/// The workers, and the folder of what they make.
pub struct Comparer<'a> {
    console: &'a Console,
    settings: &'a Settings,
    outputs: PathBuf,
    /// Halftone and sharp.
    workers: [Worker; 2],
    metrics: Worker,
}

impl<'a> Comparer<'a> {
    /// Starts them.
    pub fn start(
        console: &'a Console,
        tools: &Tools,
        settings: &'a Settings,
        outputs: PathBuf,
    ) -> Result<Self, Failure> {
        results::empty_folder(&outputs)?;
        Ok(Self {
            console,
            settings,
            outputs,
            workers: [
                Worker::start("Halftone", &mut tools.codec())?,
                Worker::start("sharp", &mut tools.sharp())?,
            ],
            metrics: Worker::start("metrics", &mut tools.metrics())?,
        })
    }

    /// Compares what both make of a picture; nothing where it is no larger than asked for.
    pub fn compare(&mut self, picture: &Picture, side: u32) -> Result<Option<Row>, Failure> {
        let outputs = ["halftone", "sharp"].map(|by| self.output(picture, side, by));
        let mut made = self.rounds(picture, side, &outputs)?;
        let question = json!({ "source": picture.path, "outputs": outputs, "smaller": true });
        let scores = ask(&mut self.metrics, self.console, &question)?;
        let [width, height] = ["width", "height"].map(|name| scores[name].as_f64());
        let (Some(width), Some(height)) = (width, height) else {
            return Err(Failure::new("the metrics tell no size"));
        };
        if width.max(height) <= f64::from(side) {
            return Ok(None);
        }
        for (made, scores) in made
            .iter_mut()
            .zip(scores["scores"].as_array().into_iter().flatten())
        {
            made.ssimulacra2 = scores["ssimulacra2"].as_f64().unwrap_or(f64::NAN);
            made.dssim = scores["dssim"].as_f64().unwrap_or(f64::NAN);
        }
        let [halftone, sharp] = made;
        Ok(Some(Row {
            name: picture.name.clone(),
            side,
            megapixels: width * height / 1e6,
            halftone,
            sharp,
        }))
    }

    /// Processor times of both. One round is not counted and writes the outputs; each begins with the other.
    fn rounds(
        &mut self,
        picture: &Picture,
        side: u32,
        outputs: &[PathBuf; 2],
    ) -> Result<[Made; 2], Failure> {
        let mut made = <[Made; 2]>::default();
        for round in 0..=usize::from(self.settings.rounds) {
            for turn in 0..2 {
                let index = (round + turn) % 2;
                let output = (round == 0).then_some(&outputs[index]);
                let question = self.question(picture, side, output);
                let answer = ask(&mut self.workers[index], self.console, &question)?;
                let number = |name: &str| answer[name].as_f64().unwrap_or(f64::NAN);
                made[index].bytes = number("bytes");
                if round > 0 {
                    made[index].cpu.push(number("cpuMs"));
                }
            }
        }
        Ok(made)
    }

    fn question(&self, picture: &Picture, side: u32, output: Option<&PathBuf>) -> Value {
        json!({
            "file": picture.path,
            "format": picture.format.word(),
            "quality": self.settings.quality,
            "side": side,
            "output": output,
        })
    }

    fn output(&self, picture: &Picture, side: u32, by: &str) -> PathBuf {
        let stem = Path::new(&picture.name).file_stem().unwrap_or_default();
        let (stem, extension) = (stem.to_string_lossy(), picture.format.word());
        self.outputs.join(format!("{side}-{stem}.{by}.{extension}"))
    }
}

fn ask(worker: &mut Worker, console: &Console, question: &Value) -> Result<Value, Failure> {
    worker
        .ask(console, question)
        .map_err(|unanswered| match unanswered {
            Unanswered::Refused(why) => Failure::new(why),
            Unanswered::Ended(failure) => failure,
        })
}
