//! The command line.

use std::path::PathBuf;

use halftone_codec::{Copyright, MaxSize, Options, OutputFormat, PixelLimits, Quality};
use lexopt::prelude::*;

/// What `--help` prints.
pub const USAGE: &str = "\
Usage: recompress [OPTION]... --out DIR FILE...

Writes each picture to DIR under its own name, with the extension of what it became. Where that would
be one of the sources, or an output of the same call, -2, -3... is added to the name.

  --out DIR      where to write; made when it is not there
  --quality N    1 to 100; 50 when not given
  --format F     original, jpeg, webp, avif or png; original when not given
  --copyright C  keep or remove the notice in EXIF data; remove when not given
  --max-width N  pixels across at most, 1 to 65535; larger pictures are made smaller
  --max-height N pixels down at most, in the same way
  --repeat N     compress each N times and tell the shortest times; 1 when not given
  --help         print this

A picture that fails is told in its line, and the exit code is 0 all the same. It is 2 when the call
itself is wrong.";

/// What the deployed function accepts by default.
const LIMITS: PixelLimits = PixelLimits {
    max_pixels: 50_000_000,
    max_dimension: 16_384,
};

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub enum Call {
    /// Work.
    Recompress(Arguments),
    /// The usage.
    Help,
}

/// How to recompress which files.
#[derive(Debug, PartialEq, Eq)]
pub struct Arguments {
    /// The folder for the outputs.
    pub out: PathBuf,
    /// The sources; at least one.
    pub files: Vec<PathBuf>,
    /// How often each is compressed; at least once.
    pub repeat: u32,
    /// What to do to each.
    pub options: Options,
}

/// Reads a command line.
pub fn parse(mut parser: lexopt::Parser) -> Result<Call, lexopt::Error> {
    let mut out = None;
    let mut files = Vec::new();
    let mut repeat = 1;
    let mut options = Options {
        quality: Quality::default(),
        format: OutputFormat::default(),
        copyright: Copyright::default(),
        max_size: MaxSize::default(),
        limits: LIMITS,
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Long("out") => out = Some(parser.value()?.into()),
            Long("quality") => options.quality = parser.value()?.parse()?,
            Long("format") => options.format = parser.value()?.parse()?,
            Long("max-width") => options.max_size.width = Some(parser.value()?.parse()?),
            Long("max-height") => options.max_size.height = Some(parser.value()?.parse()?),
            Long("copyright") => options.copyright = parser.value()?.parse()?,
            Long("repeat") => repeat = parser.value()?.parse_with(at_least_one)?,
            Short('h') | Long("help") => return Ok(Call::Help),
            Value(file) => files.push(file.into()),
            _ => return Err(argument.unexpected()),
        }
    }
    if files.is_empty() {
        return Err("no file is named".into());
    }
    let out = out.ok_or("--out is missing")?;
    Ok(Call::Recompress(Arguments {
        out,
        files,
        repeat,
        options,
    }))
}

fn at_least_one(text: &str) -> Result<u32, &'static str> {
    let number = text.parse().ok();
    number
        .filter(|&number| number > 0)
        .ok_or("expected a number from 1")
}

#[cfg(test)]
mod tests {
    use halftone_codec::Side;

    use super::*;

    fn parsed(words: &[&str]) -> Result<Call, lexopt::Error> {
        parse(lexopt::Parser::from_args(words))
    }

    #[test]
    fn everything_that_can_be_given() {
        let words = [
            "--quality",
            "70",
            "--format",
            "webp",
            "--copyright",
            "keep",
            "--max-width=1600",
            "--max-height",
            "900",
            "a.jpg",
            "--repeat=3",
            "--out",
            "there",
            "b.png",
        ];
        let expected = Arguments {
            out: "there".into(),
            files: vec!["a.jpg".into(), "b.png".into()],
            repeat: 3,
            options: Options {
                quality: Quality::try_from(70).unwrap(),
                format: OutputFormat::WebP,
                copyright: Copyright::Keep,
                max_size: MaxSize {
                    width: Side::try_from(1600).ok(),
                    height: Side::try_from(900).ok(),
                },
                limits: LIMITS,
            },
        };
        assert_eq!(parsed(&words).unwrap(), Call::Recompress(expected));
        assert_eq!(parsed(&["--help"]).unwrap(), Call::Help);
    }

    #[test]
    fn wrong_calls() {
        for words in [
            &["--out", "there"][..],
            &["a.jpg"],
            &["--out", "there", "a.jpg", "--quality", "0"],
            &["--out", "there", "a.jpg", "--quality", "101"],
            &["--out", "there", "a.jpg", "--quality", "300"],
            &["--out", "there", "a.jpg", "--format", "gif"],
            &["--out", "there", "a.jpg", "--copyright", "yes"],
            &["--out", "there", "a.jpg", "--max-width", "0"],
            &["--out", "there", "a.jpg", "--repeat", "0"],
            &["--out", "there", "a.jpg", "--faster"],
            &["a.jpg", "--out"],
        ] {
            assert!(parsed(words).is_err(), "{words:?}");
        }
    }
}
