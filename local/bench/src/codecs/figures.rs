//! What is measured.

use crate::codecs::pictures::{Format, Picture};

/// Who compresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    /// Halftone.
    Halftone,
    /// sharp, asked for the quality only: what the others are compared with.
    Sharp,
    /// sharp with `mozjpeg: true`.
    Mozjpeg,
}

impl Contender {
    /// Those who write a format.
    pub fn of(format: Format) -> &'static [Self] {
        match format {
            Format::Jpeg => &[Self::Halftone, Self::Sharp, Self::Mozjpeg],
            Format::Png | Format::WebP => &[Self::Halftone, Self::Sharp],
        }
    }

    /// Halftone and sharp, whatever the format.
    pub fn pair(_: Format) -> &'static [Self] {
        &[Self::Halftone, Self::Sharp]
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Halftone => "Halftone",
            Self::Sharp => "sharp",
            Self::Mozjpeg => "sharp, mozjpeg",
        }
    }
}

/// How far an output is from its source.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    /// 100 is the same; higher is better.
    pub ssimulacra2: f64,
    /// The 3-norm; 0 is the same.
    pub butteraugli3: f64,
    /// 0 is the same.
    pub dssim: f64,
}

/// What one contender made of one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Who it was.
    pub contender: Contender,
    /// Processor time of each round, in milliseconds.
    pub cpu: Vec<f64>,
    /// The size of the output.
    pub bytes: u64,
    /// The most memory that a fresh process came to need for it, in bytes, above `idle`.
    pub memory: u64,
    /// The memory of that process before it read the picture, in bytes.
    pub idle: u64,
    /// Its quality.
    pub scores: Scores,
}

/// What the contenders made of one picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Its width as it is shown, in pixels.
    pub width: u64,
    /// Its height as it is shown, in pixels.
    pub height: u64,
    /// One for each contender.
    pub measured: Vec<Measured>,
}

/// A picture, and what became of it; or why it could not be compared.
#[derive(Debug, Clone)]
pub struct Row {
    /// The picture.
    pub picture: Picture,
    /// What each contender made of it.
    pub outcome: Result<Comparison, String>,
}

impl Row {
    /// What one contender made of it.
    pub fn by(&self, contender: Contender) -> Option<&Measured> {
        let comparison = self.outcome.as_ref().ok()?;
        comparison
            .measured
            .iter()
            .find(|one| one.contender == contender)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    fn measured(contender: Contender, cpu: f64, bytes: u64) -> Measured {
        Measured {
            contender,
            cpu: vec![cpu, cpu * 3.0, cpu],
            bytes,
            memory: bytes * 2_000,
            idle: 0,
            scores: Scores {
                ssimulacra2: 50.0 + cpu * 5.0,
                butteraugli3: 1.5,
                dssim: cpu / 1e3,
            },
        }
    }

    /// A JPEG of 400 × 300 pixels of which sharp made 1,000 bytes in 10 ms.
    pub fn row(name: &str, cpu: f64, bytes: u64) -> Row {
        let comparison = Comparison {
            width: 400,
            height: 300,
            measured: vec![
                measured(Contender::Halftone, cpu, bytes),
                measured(Contender::Sharp, 10.0, 1_000),
            ],
        };
        Row {
            outcome: Ok(comparison),
            ..failed(name, "")
        }
    }

    /// One that could not be compared.
    pub fn failed(name: &str, why: &str) -> Row {
        Row {
            picture: Picture {
                path: name.into(),
                name: name.to_owned(),
                format: Format::Jpeg,
                bytes: 4_000,
            },
            outcome: Err(why.to_owned()),
        }
    }
}
