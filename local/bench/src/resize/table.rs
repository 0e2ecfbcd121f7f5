//! The figures, by side and by picture.

use super::SIDES;
use super::compare::Row;
use crate::markdown::{aligned, cells};
use crate::statistics::{median, median_ratio};

/// Everything that is printed.
pub fn markdown(rows: &[Row], about: &str) -> String {
    let mut table = vec![cells(&[
        "largest side, sharp = 1",
        "pictures",
        "CPU (worst)",
        "bytes",
        "SSIMULACRA2 (worst)",
        "DSSIM (worst)",
    ])];
    for side in SIDES {
        let of_side: Vec<&Row> = rows.iter().filter(|row| row.side == side).collect();
        if !of_side.is_empty() {
            table.push(summary(side, &of_side));
        }
    }
    let mut pictures = vec![cells(&[
        "side, picture: Halftone / sharp",
        "MP",
        "CPU, ms",
        "kB",
        "SSIMULACRA2",
        "DSSIM",
    ])];
    pictures.extend(rows.iter().map(picture));
    format!("{}\n{about}\n\n{}", aligned(&table), aligned(&pictures))
}

fn summary(side: u32, rows: &[&Row]) -> Vec<String> {
    let ratios = |figure: fn(&Row) -> f64| {
        let values: Vec<f64> = rows.iter().map(|row| figure(row)).collect();
        let worst = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        (median(values).unwrap_or(f64::NAN), worst)
    };
    let (cpu, slowest) = ratios(cpu);
    let (bytes, _) = ratios(|row| row.halftone.bytes / row.sharp.bytes);
    let (worse, worst) = ratios(|row| row.sharp.ssimulacra2 - row.halftone.ssimulacra2);
    let (dssim, most) = ratios(|row| row.halftone.dssim / row.sharp.dssim);
    vec![
        side.to_string(),
        rows.len().to_string(),
        format!("{cpu:.3} × ({slowest:.3})"),
        format!("{bytes:.3} ×"),
        format!("{:+.2} ({:+.2})", -worse, -worst),
        format!("{dssim:.3} × ({most:.3})"),
    ]
}

fn cpu(row: &Row) -> f64 {
    median_ratio(&row.halftone.cpu, &row.sharp.cpu).unwrap_or(f64::NAN)
}

fn picture(row: &Row) -> Vec<String> {
    let (ours, theirs) = (&row.halftone, &row.sharp);
    let time = |times: &[f64]| median(times.iter().copied()).unwrap_or(f64::NAN);
    vec![
        format!("{}, {}", row.side, row.name),
        format!("{:.2}", row.megapixels),
        format!("{:.1} / {:.1}", time(&ours.cpu), time(&theirs.cpu)),
        format!("{:.1} / {:.1}", ours.bytes / 1e3, theirs.bytes / 1e3),
        format!("{:.1} / {:.1}", ours.ssimulacra2, theirs.ssimulacra2),
        format!("{:.5} / {:.5}", ours.dssim, theirs.dssim),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::compare::Made;
    use super::*;

    fn row(side: u32, cpu: f64, dssim: f64) -> Row {
        let made = |cpu: f64, dssim| Made {
            cpu: vec![cpu, cpu, cpu * 9.0],
            bytes: 1e3 * cpu,
            ssimulacra2: 80.0 - cpu,
            dssim,
        };
        Row {
            name: "a.jpg".to_owned(),
            side,
            megapixels: 1.5,
            halftone: made(cpu, dssim),
            sharp: made(10.0, 0.01),
        }
    }

    #[test]
    fn a_line_for_each_side_with_the_worst_picture_of_it() {
        let rows = [
            row(800, 2.0, 0.01),
            row(800, 4.0, 0.02),
            row(800, 3.0, 0.005),
            row(300, 12.0, 0.01),
        ];
        let text = markdown(&rows, "about");
        let lines: Vec<Vec<&str>> = text
            .lines()
            .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
            .collect();
        let expected = [
            "800",
            "3",
            "0.300 × (0.400)",
            "0.300 ×",
            "+7.00 (+6.00)",
            "1.000 × (2.000)",
        ];
        assert_eq!(lines[2], expected);
        assert_eq!(lines[3][2], "1.200 × (1.200)");
        assert_eq!(lines[3][4], "-2.00 (-2.00)");
        assert_eq!(lines[5], ["about"]);
        assert_eq!(lines.len(), 6 + 1 + 2 + rows.len());
    }
}
