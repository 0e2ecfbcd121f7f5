//! What looks as good as sharp's JPEG, made by each contender at the lowest quality that does it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use halftone_local::console::{Console, Step};
use halftone_local::failure::Failure;
use halftone_local::layout::Layout;
use halftone_local::progress::Position;

use super::class::{Form, Kind};
use super::sources::Source;
use crate::codecs::Tools;
use crate::markdown::{aligned, cells};
use crate::pillow;
use crate::statistics::{median, median_ratio};
use crate::worker::{Unanswered, Worker};

/// Who takes part beside sharp itself.
pub const CONTENDERS: [&str; 3] = ["Halftone", "sharp, mozjpeg", "jpegli"];

/// What one contender made of one source, by what sharp made of it.
#[derive(Debug, Clone)]
pub struct Mark {
    /// Its place among the contenders.
    pub contender: usize,
    /// The source.
    pub name: String,
    /// The quality it was asked for.
    quality: u8,
    /// Processor time, sharp = 1.
    pub cpu: f64,
    /// Bytes, sharp = 1.
    pub bytes: f64,
    /// The 3-norm beyond sharp's.
    butteraugli3: f64,
    /// DSSIM, sharp = 1.
    dssim: f64,
}

/// The JPEGs of which this is asked: what shops show, baseline, as cameras and designers write them.
pub fn is_asked(source: &Source) -> bool {
    let of = |wanted, how| {
        source.class.form
            == Form::Jpeg {
                quality: wanted,
                sampling: how,
                progressive: false,
            }
    };
    matches!(source.class.kind, Kind::Photograph | Kind::CutOut)
        && (of(92, "4:2:0") || of(100, "4:4:4"))
}

/// The running workers, sharp first.
#[derive(Debug)]
pub struct Finder<'a> {
    console: &'a Console,
    workers: [Worker; 4],
    metrics: Worker,
    output: PathBuf,
    /// What sharp is asked for.
    quality: u8,
    rounds: u16,
}

impl<'a> Finder<'a> {
    /// Starts them; outputs stand in a folder, each in the place of the one before.
    pub fn start(
        console: &'a Console,
        layout: &Layout,
        tools: &Tools,
        outputs: &Path,
        (quality, rounds): (u8, u16),
    ) -> Result<Self, Failure> {
        let mut jpegli = pillow::script(layout, "jpegli.py");
        Ok(Self {
            console,
            workers: [
                Worker::start("sharp", &mut tools.sharp())?,
                Worker::start(CONTENDERS[0], &mut tools.codec())?,
                Worker::start(CONTENDERS[1], &mut tools.sharp())?,
                Worker::start(CONTENDERS[2], &mut jpegli)?,
            ],
            metrics: Worker::start("metrics", &mut tools.metrics())?,
            output: outputs.join("equal.jpg"),
            quality,
            rounds,
        })
    }

    /// What each makes of all sources.
    pub fn all(&mut self, sources: &[&Source], step: &mut Step) -> Result<Vec<Mark>, Failure> {
        let mut marks = Vec::new();
        for (done, source) in sources.iter().enumerate() {
            step.at(Position {
                done,
                total: sources.len(),
                label: source.picture.name.clone(),
            });
            marks.extend(self.of(source).map_err(failure)?);
        }
        Ok(marks)
    }

    fn of(&mut self, source: &Source) -> Result<Vec<Mark>, Unanswered> {
        let file = source.picture.path.as_path();
        let mut qualities = [self.quality; 4];
        let sharp = self.seen(0, file, self.quality, None)?;
        let mut seen = vec![sharp.clone()];
        for (contender, quality) in qualities.iter_mut().enumerate().skip(1) {
            *quality = self.lowest(contender, file, number(&sharp, "ssimulacra2")?)?;
            seen.push(self.seen(contender, file, *quality, None)?);
        }
        let times = self.times(file, qualities)?;
        let mut marks = Vec::new();
        for contender in 1..seen.len() {
            let of =
                |name| Ok::<_, Failure>((number(&seen[contender], name)?, number(&sharp, name)?));
            let (bytes, butteraugli3, dssim) = (of("bytes")?, of("butteraugli3")?, of("dssim")?);
            marks.push(Mark {
                contender: contender - 1,
                name: source.picture.name.clone(),
                quality: qualities[contender],
                cpu: median_ratio(&times[contender], &times[0]).unwrap_or(f64::NAN),
                bytes: bytes.0 / bytes.1,
                butteraugli3: butteraugli3.0 - butteraugli3.1,
                dssim: dssim.0 / dssim.1,
            });
        }
        Ok(marks)
    }

    /// The lowest quality at which a contender's output has so many points of SSIMULACRA2, or 100.
    fn lowest(&mut self, contender: usize, file: &Path, points: f64) -> Result<u8, Unanswered> {
        let (mut low, mut high) = (1, 100);
        while low < high {
            let middle = u8::midpoint(low, high);
            let seen = self.seen(contender, file, middle, Some("ssimulacra2"))?;
            if number(&seen, "ssimulacra2")? < points {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(high)
    }

    /// The scores of an output, all or one, and its bytes.
    fn seen(
        &mut self,
        contender: usize,
        file: &Path,
        quality: u8,
        only: Option<&str>,
    ) -> Result<Value, Unanswered> {
        let question = question(contender, file, quality, Some(&self.output));
        let answer = self.workers[contender].ask(self.console, &question)?;
        let question = json!({ "source": file, "outputs": [self.output], "only": only });
        let mut seen = self.metrics.ask(self.console, &question)?["scores"][0].take();
        seen["bytes"] = answer["bytes"].clone();
        Ok(seen)
    }

    /// Processor times of each; each round begins with another.
    fn times(&mut self, file: &Path, qualities: [u8; 4]) -> Result<[Vec<f64>; 4], Unanswered> {
        let mut times: [Vec<f64>; 4] = Default::default();
        for round in 0..usize::from(self.rounds) {
            for turn in 0..4 {
                let contender = (round + turn) % 4;
                let question = question(contender, file, qualities[contender], None);
                let answer = self.workers[contender].ask(self.console, &question)?;
                times[contender].push(number(&answer, "cpuMs")?);
            }
        }
        Ok(times)
    }
}

fn question(contender: usize, file: &Path, quality: u8, output: Option<&Path>) -> Value {
    json!({
        "file": file,
        "format": "jpeg",
        "quality": quality,
        "mozjpeg": contender == 2,
        "output": output,
    })
}

fn number(answer: &Value, name: &str) -> Result<f64, Failure> {
    let number = answer[name].as_f64();
    number.ok_or_else(|| Failure::new(format!("no {name} in {answer}")))
}

/// Every source must be read by all.
fn failure(unanswered: Unanswered) -> Failure {
    match unanswered {
        Unanswered::Refused(why) => Failure::new(why),
        Unanswered::Ended(failure) => failure,
    }
}

/// Medians of each contender.
pub fn markdown(marks: &[Mark]) -> String {
    let mut table = vec![cells(&[
        "at sharp's SSIMULACRA2",
        "quality",
        "CPU",
        "bytes",
        "butteraugli-3",
        "DSSIM",
    ])];
    for (contender, name) in CONTENDERS.iter().enumerate() {
        let of = |figure: fn(&Mark) -> f64| {
            let marks = marks.iter().filter(|mark| mark.contender == contender);
            median(marks.map(figure)).unwrap_or(f64::NAN)
        };
        table.push(vec![
            (*name).to_owned(),
            format!("{:.0}", of(|mark| mark.quality.into())),
            format!("{:.2}", of(|mark| mark.cpu)),
            format!("{:.2}", of(|mark| mark.bytes)),
            format!("{:+.2}", of(|mark| mark.butteraugli3)),
            format!("{:.2}", of(|mark| mark.dssim)),
        ]);
    }
    aligned(&table)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// One of a contender.
    pub fn mark(contender: usize, cpu: f64) -> Mark {
        Mark {
            contender,
            name: "dune & sea".to_owned(),
            quality: 48,
            cpu,
            bytes: 0.75,
            butteraugli3: 0.125,
            dssim: 1.5,
        }
    }

    #[test]
    fn medians_of_each_contender() {
        let text = markdown(&[mark(0, 0.25), mark(1, 4.0), mark(0, 0.35), mark(2, 0.5)]);
        let lines: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split('|').map(str::trim).collect())
            .collect();
        let expected = ["Halftone", "48", "0.30", "0.75", "+0.12", "1.50"];
        assert_eq!(lines[2][1..7], expected);
        assert_eq!(lines[4][1..4], ["jpegli", "48", "0.50"]);
    }
}
