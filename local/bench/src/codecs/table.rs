//! The figures for people: tables in Markdown, aligned, so that they can be read as they are.

use super::figures::{Contender, Measured, Row};
use super::pictures::Format;
use crate::markdown::{aligned, cells};
use crate::statistics::{median, median_ratio};

/// Everything that is printed of a comparison.
pub fn markdown(rows: &[Row], about: &str) -> String {
    let mut text = format!("{}\n{about}\n{}\n", aligned(&medians(rows)), memory(rows));
    for format in Format::ALL {
        let photos = photos(rows, format);
        if photos.len() > 1 {
            let title = format!("{format}: Halftone / sharp, CPU in ms, size in kB, memory in MB");
            text.push_str(&format!("\n{title}\n\n{}", aligned(&photos)));
        }
    }
    for row in rows {
        if let Err(error) = &row.outcome {
            text.push_str(&format!("\nNot compared: {}: {error}\n", row.picture.name));
        }
    }
    text
}

/// Medians of the ratios to sharp, for each format and contender.
fn medians(rows: &[Row]) -> Vec<Vec<String>> {
    let mut table = vec![cells(&[
        "to sharp = 1",
        "pictures",
        "CPU",
        "bytes",
        "memory",
        "SSIMULACRA2 (worst)",
        "butteraugli-3",
        "DSSIM",
    ])];
    for format in Format::ALL {
        for contender in [Contender::Halftone, Contender::Mozjpeg] {
            let of_format = rows.iter().filter(|row| row.picture.format == format);
            let pairs: Vec<(&Measured, &Measured)> = of_format
                .filter_map(|row| row.by(contender).zip(row.by(Contender::Sharp)))
                .collect();
            if !pairs.is_empty() {
                let name = format!("{format}: {}", contender.name());
                table.push(summary(name, &pairs));
            }
        }
    }
    table
}

fn summary(name: String, pairs: &[(&Measured, &Measured)]) -> Vec<String> {
    let of = |figure: fn(&Measured, &Measured) -> f64| {
        let values = pairs.iter().map(|(one, sharp)| figure(one, sharp));
        median(values).unwrap_or(f64::NAN)
    };
    let difference =
        |one: &Measured, sharp: &Measured| one.scores.ssimulacra2 - sharp.scores.ssimulacra2;
    let worst = pairs
        .iter()
        .map(|(one, sharp)| difference(one, sharp))
        .fold(f64::INFINITY, f64::min);
    vec![
        name,
        pairs.len().to_string(),
        times(of(|one, sharp| {
            median_ratio(&one.cpu, &sharp.cpu).unwrap_or(f64::NAN)
        })),
        times(of(|one, sharp| one.bytes as f64 / sharp.bytes as f64)),
        times(of(|one, sharp| one.memory as f64 / sharp.memory as f64)),
        format!("{:+.2} ({worst:+.2})", of(difference)),
        format!(
            "{:+.3}",
            of(|one, sharp| one.scores.butteraugli3 - sharp.scores.butteraugli3)
        ),
        times(of(|one, sharp| one.scores.dssim / sharp.scores.dssim)),
    ]
}

fn times(ratio: f64) -> String {
    format!("{ratio:.3} ×")
}

/// What the figures of memory leave out.
fn memory(rows: &[Row]) -> String {
    let idle = |contender| {
        let sizes = rows.iter().filter_map(|row| row.by(contender));
        median(sizes.map(|one| one.idle as f64 / 1e6)).unwrap_or(f64::NAN)
    };
    let (one, sharp) = (idle(Contender::Halftone), idle(Contender::Sharp));
    format!(
        "memory: the most that a fresh process came to need beyond what it has before it reads the \
         picture ({one:.0} MB, sharp's {sharp:.0} MB)"
    )
}

/// A line for each picture of a format.
fn photos(rows: &[Row], format: Format) -> Vec<Vec<String>> {
    let mut table = vec![cells(&[
        "picture",
        "MP",
        "CPU",
        "size",
        "memory",
        "SSIMULACRA2",
        "butteraugli-3",
        "DSSIM",
    ])];
    for row in rows.iter().filter(|row| row.picture.format == format) {
        let pair = row.by(Contender::Halftone).zip(row.by(Contender::Sharp));
        let (Some((one, sharp)), Ok(comparison)) = (pair, &row.outcome) else {
            continue;
        };
        let both = |digits, figure: fn(&Measured) -> f64| {
            let (one, sharp) = (figure(one), figure(sharp));
            format!("{one:.digits$} / {sharp:.digits$}")
        };
        let pixels = (comparison.width * comparison.height) as f64;
        table.push(vec![
            row.picture.name.clone(),
            format!("{:.2}", pixels / 1e6),
            both(1, |one| median(one.cpu.iter().copied()).unwrap_or(f64::NAN)),
            both(1, |one| one.bytes as f64 / 1e3),
            both(1, |one| one.memory as f64 / 1e6),
            both(1, |one| one.scores.ssimulacra2),
            both(2, |one| one.scores.butteraugli3),
            both(5, |one| one.scores.dssim),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::{failed, row};
    use super::*;

    #[test]
    fn medians_of_ratios_and_every_picture() {
        let rows = [
            row("a.jpg", 2.0, 500),
            row("b.jpg", 4.0, 1_500),
            row("c.jpg", 3.0, 700),
            failed("d.jpg", "damaged"),
        ];
        let text = markdown(&rows, "about");
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[1].starts_with("|-") && lines[1].ends_with("-:|"));
        let cells: Vec<&str> = lines[2].split('|').map(str::trim).collect();
        let expected = [
            "",
            "JPEG: Halftone",
            "3",
            "0.300 ×",
            "0.700 ×",
            "0.700 ×",
            "-35.00 (-40.00)",
            "+0.000",
            "0.300 ×",
            "",
        ];
        assert_eq!(cells, expected);
        assert_eq!(lines[4], "about");
        assert!(lines[5].ends_with("(0 MB, sharp's 0 MB)"));
        assert!(text.contains("| b.jpg   | 0.12 | 4.0 / 10.0 |"), "{text}");
        assert!(text.ends_with("Not compared: d.jpg: damaged\n"));
        let width = |line: &&&str| line.starts_with('|').then(|| line.chars().count());
        let widths: Vec<_> = lines.iter().filter_map(|line| width(&line)).collect();
        assert_eq!(widths[0], widths[2]);
    }
}
