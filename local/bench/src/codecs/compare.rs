//! Compresses pictures with each contender in turn and measures what came of it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::codecs::figures::{Comparison, Contender, Measured, Row, Scores};
use crate::codecs::pictures::Picture;
use crate::codecs::tools::Tools;
use crate::codecs::{Format, Settings};
use crate::results;
use crate::worker::{Unanswered, Worker};
use halftone_local::console::Console;
use halftone_local::failure::Failure;

/// The workers that are fed every picture, in turn.
#[derive(Debug)]
pub struct Comparer<'a> {
    console: &'a Console,
    tools: &'a Tools,
    settings: &'a Settings,
    outputs: PathBuf,
    /// One for each contender, in the order of the enumeration.
    workers: [Worker; 3],
    metrics: Worker,
    contenders: fn(Format) -> &'static [Contender],
}

impl<'a> Comparer<'a> {
    /// Starts them; who takes part is asked for each format.
    pub fn start(
        console: &'a Console,
        tools: &'a Tools,
        settings: &'a Settings,
        outputs: PathBuf,
        contenders: fn(Format) -> &'static [Contender],
    ) -> Result<Self, Failure> {
        results::empty_folder(&outputs)?;
        Ok(Self {
            console,
            tools,
            settings,
            outputs,
            workers: [
                start(Contender::Halftone, tools)?,
                start(Contender::Sharp, tools)?,
                start(Contender::Mozjpeg, tools)?,
            ],
            metrics: Worker::start("metrics", &mut tools.metrics())?,
            contenders,
        })
    }

    /// Compares one picture; `number` keeps the outputs of pictures of one name apart.
    pub fn compare(&mut self, number: usize, picture: &Picture) -> Result<Row, Failure> {
        let outcome = match self.measure(number, picture) {
            Ok(comparison) => Ok(comparison),
            Err(Unanswered::Refused(why)) => Err(why),
            Err(Unanswered::Ended(failure)) => return Err(failure),
        };
        let picture = picture.clone();
        Ok(Row { picture, outcome })
    }

    fn measure(&mut self, number: usize, picture: &Picture) -> Result<Comparison, Unanswered> {
        let contenders = (self.contenders)(self.format(picture));
        let times = self.rounds(number, picture, contenders)?;
        let output = |&contender| self.output(number, picture, contender);
        let outputs: Vec<PathBuf> = contenders.iter().map(output).collect();
        let question = json!({ "source": picture.path, "outputs": outputs });
        let quality = self.metrics.ask(self.console, &question)?;
        let mut measured = Vec::new();
        for (index, (&contender, cpu)) in contenders.iter().zip(times).enumerate() {
            // A process that has done nothing before: others keep memory for what may come.
            let mut fresh = start(contender, self.tools)?;
            let answer = fresh.ask(self.console, &self.question(picture, contender, None))?;
            let scores = &quality["scores"][index];
            measured.push(Measured {
                contender,
                cpu,
                bytes: integer(&answer, "bytes")?,
                memory: integer(&answer, "peak")?.saturating_sub(integer(&answer, "idle")?),
                idle: integer(&answer, "idle")?,
                scores: Scores {
                    ssimulacra2: float(scores, "ssimulacra2")?,
                    butteraugli3: float(scores, "butteraugli3")?,
                    dssim: float(scores, "dssim")?,
                },
            });
        }
        Ok(Comparison {
            width: integer(&quality, "width")?,
            height: integer(&quality, "height")?,
            measured,
        })
    }

    /// Processor times of each contender. One round is not counted and writes the outputs; each
    /// begins with another contender.
    fn rounds(
        &mut self,
        number: usize,
        picture: &Picture,
        contenders: &[Contender],
    ) -> Result<Vec<Vec<f64>>, Unanswered> {
        let mut times = vec![Vec::new(); contenders.len()];
        for round in 0..=usize::from(self.settings.rounds) {
            for turn in 0..contenders.len() {
                let index = (round + turn) % contenders.len();
                let contender = contenders[index];
                let output = (round == 0).then(|| self.output(number, picture, contender));
                let question = self.question(picture, contender, output.as_deref());
                let answer = self.workers[contender as usize].ask(self.console, &question)?;
                if round > 0 {
                    times[index].push(float(&answer, "cpuMs")?);
                }
            }
        }
        Ok(times)
    }

    fn question(&self, picture: &Picture, contender: Contender, output: Option<&Path>) -> Value {
        json!({
            "file": picture.path,
            "format": self.format(picture).word(),
            "quality": self.settings.quality,
            "mozjpeg": contender == Contender::Mozjpeg,
            "output": output,
        })
    }

    /// What is made of a picture.
    fn format(&self, picture: &Picture) -> Format {
        self.settings.format.unwrap_or(picture.format)
    }

    fn output(&self, number: usize, picture: &Picture, contender: Contender) -> PathBuf {
        let stem = picture.path.file_stem().unwrap_or_default();
        let contender = match contender {
            Contender::Halftone => "halftone",
            Contender::Sharp => "sharp",
            Contender::Mozjpeg => "mozjpeg",
        };
        let extension = self.format(picture).word();
        let stem = stem.to_string_lossy();
        self.outputs
            .join(format!("{:03}-{stem}.{contender}.{extension}", number + 1))
    }
}

fn start(contender: Contender, tools: &Tools) -> Result<Worker, Failure> {
    let mut command = match contender {
        Contender::Halftone => tools.codec(),
        Contender::Sharp | Contender::Mozjpeg => tools.sharp(),
    };
    Worker::start(contender.name(), &mut command)
}

fn integer(answer: &Value, name: &str) -> Result<u64, Failure> {
    let number = answer[name].as_u64();
    number.ok_or_else(|| Failure::new(format!("no {name} in {answer}")))
}

fn float(answer: &Value, name: &str) -> Result<f64, Failure> {
    let number = answer[name].as_f64();
    number.ok_or_else(|| Failure::new(format!("no {name} in {answer}")))
}
