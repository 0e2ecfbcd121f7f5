//! The figures by class: the median, and the worst beside it.

use super::class::Class;
use crate::codecs::{Contender, Measured, Row};
use crate::markdown::{aligned, cells};
use crate::statistics::{median, median_ratio};

/// A figure of Halftone's output beside sharp's, and how it is written.
struct Figure {
    name: &'static str,
    of: fn(&Measured, &Measured) -> f64,
    /// Higher is better.
    higher: bool,
    write: fn(f64) -> String,
}

const FIGURES: [Figure; 5] = [
    Figure {
        name: "CPU",
        of: |one, sharp| median_ratio(&one.cpu, &sharp.cpu).unwrap_or(f64::NAN),
        higher: false,
        write: ratio,
    },
    Figure {
        name: "bytes",
        of: |one, sharp| one.bytes as f64 / sharp.bytes as f64,
        higher: false,
        write: ratio,
    },
    Figure {
        name: "SSIMULACRA2",
        of: |one, sharp| one.scores.ssimulacra2 - sharp.scores.ssimulacra2,
        higher: true,
        write: |value| format!("{value:+.1}"),
    },
    Figure {
        name: "butteraugli-3",
        of: |one, sharp| one.scores.butteraugli3 - sharp.scores.butteraugli3,
        higher: false,
        write: |value| format!("{value:+.2}"),
    },
    Figure {
        name: "DSSIM",
        of: |one, sharp| (one.scores.dssim + NOTHING) / (sharp.scores.dssim + NOTHING),
        higher: false,
        write: ratio,
    },
];

/// A DSSIM that nobody sees: ratios of smaller ones mean nothing, and of none there is no ratio.
const NOTHING: f64 = 1e-5;

fn ratio(value: f64) -> String {
    format!("{value:.2}")
}

/// A table with a line for each name that classes are given, in the order of the first of each.
pub fn by(rows: &[(Class, Row)], name: fn(Class) -> String) -> String {
    let mut header = cells(&["median (worst)", "pictures"]);
    header.extend(FIGURES.map(|figure| figure.name.to_owned()));
    let mut table = vec![header];
    for (class, _) in rows {
        let line = name(*class);
        if table.iter().all(|row| row[0] != line) {
            let of_line = rows.iter().filter(|(other, _)| name(*other) == line);
            let pairs: Vec<_> = of_line.filter_map(|(_, row)| pair(row)).collect();
            table.push(summary(line, &pairs));
        }
    }
    aligned(&table)
}

fn pair(row: &Row) -> Option<(&Measured, &Measured)> {
    row.by(Contender::Halftone).zip(row.by(Contender::Sharp))
}

fn summary(name: String, pairs: &[(&Measured, &Measured)]) -> Vec<String> {
    let cell = |figure: &Figure| {
        let values = || pairs.iter().map(|(one, sharp)| (figure.of)(one, sharp));
        let worst = if figure.higher {
            values().fold(f64::INFINITY, f64::min)
        } else {
            values().fold(f64::NEG_INFINITY, f64::max)
        };
        let middle = median(values()).unwrap_or(f64::NAN);
        format!("{} ({})", (figure.write)(middle), (figure.write)(worst))
    };
    let mut line = vec![name, pairs.len().to_string()];
    line.extend(FIGURES.iter().map(cell));
    line
}

/// What could not be compared, and why.
pub fn failures(rows: &[(Class, Row)]) -> String {
    let line = |(_, row): &(Class, Row)| {
        let why = row.outcome.as_ref().err()?;
        Some(format!("\nNot compared: {}: {why}\n", row.picture.name))
    };
    rows.iter().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::super::class::{Form, Kind};
    use super::*;
    use crate::codecs::tests::{failed, row};

    #[test]
    fn median_and_worst_of_each_class() {
        let class = |form| Class {
            kind: Kind::Text,
            form,
        };
        let rows = [
            (class(Form::Png), row("a", 2.0, 500)),
            (class(Form::Gif), row("b", 9.0, 900)),
            (class(Form::Png), row("c", 4.0, 1_500)),
            (class(Form::Png), row("d", 3.0, 700)),
            (class(Form::Png), failed("e", "damaged")),
        ];
        let text = by(&rows, |class| class.to_string());
        let lines: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.split('|').map(str::trim).collect())
            .collect();
        let expected = [
            "text, PNG",
            "3",
            "0.30 (0.40)",
            "0.70 (1.50)",
            "-35.0 (-40.0)",
            "+0.00 (+0.00)",
            "0.30 (0.40)",
        ];
        assert_eq!(lines[2][1..8], expected);
        assert_eq!(lines[3][1..3], ["text, GIF", "1"]);
        assert_eq!(lines.len(), 4);
        assert_eq!(failures(&rows), "\nNot compared: e: damaged\n");
    }
}
