//! The curve: what is left, by what was left before.

use super::compare::Row;
use super::sources::Past;
use crate::markdown::{aligned, cells};
use crate::statistics::median;

/// A line for each past. `rows` has all pasts of the first picture, then all of the second, and so on.
pub fn markdown(pasts: &[Past], rows: &[Row]) -> String {
    let mut table = vec![cells(&[
        "compressed before",
        "bytes",
        "sharp's bytes",
        "SSIMULACRA2",
        "sharp's",
        "worst difference",
        "twice = once",
    ])];
    for (index, past) in pasts.iter().enumerate() {
        let of_past: Vec<&Row> = rows.iter().skip(index).step_by(pasts.len()).collect();
        table.push(line(&past.to_string(), &of_past));
    }
    format!(
        "Bytes by the source's, and scores against it (100: the same); medians\n\n{}",
        aligned(&table)
    )
}

fn line(name: &str, rows: &[&Row]) -> Vec<String> {
    let of = |figure: fn(&Row) -> f64| {
        let values = rows.iter().map(|row| figure(row));
        median(values).unwrap_or(f64::NAN)
    };
    let differences = rows.iter().map(|row| row.scores[0] - row.scores[1]);
    let settled = rows.iter().filter(|row| row.settled).count();
    vec![
        name.to_owned(),
        format!("{:.3}", of(|row| row.bytes[0])),
        format!("{:.3}", of(|row| row.bytes[1])),
        format!("{:.2}", of(|row| row.scores[0])),
        format!("{:.2}", of(|row| row.scores[1])),
        format!("{:+.2}", differences.fold(f64::INFINITY, f64::min)),
        format!("{settled} of {}", rows.len()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generations::sources::pasts;

    #[test]
    fn each_past_has_its_line() {
        let pasts: Vec<Past> = pasts().take(2).collect();
        let row = |score: f64, settled| Row {
            bytes: [0.9, 1.1],
            scores: [score, 90.0],
            settled,
        };
        let rows = [
            row(100.0, true),
            row(80.0, true),
            row(95.0, true),
            row(91.0, false),
        ];
        let text = markdown(&pasts, &rows);
        let lines: Vec<&str> = text.lines().skip(4).collect();
        let words = |line: &str| -> Vec<String> {
            line.split('|').map(|cell| cell.trim().to_owned()).collect()
        };
        assert_eq!(
            words(lines[0])[1..8],
            [
                "30 4:2:0", "0.900", "1.100", "97.50", "90.00", "+5.00", "2 of 2"
            ]
        );
        assert_eq!(words(lines[1])[6..8], ["-10.00", "1 of 2"]);
    }
}
