//! The figures for programs: a line for each picture and contender.

use super::figures::{Measured, Row};
use super::statistics::median;

const HEADER: &str = "file,format,width,height,bytes_in,contender,cpu_ms,bytes_out,ssimulacra2,\
                      butteraugli_3,dssim,memory_bytes,idle_bytes,error";

/// All rows as CSV. A picture that could not be compared has one line, with the error.
pub fn csv(rows: &[Row]) -> String {
    let lines = rows.iter().flat_map(lines);
    std::iter::once(HEADER.to_owned())
        .chain(lines)
        .map(|line| line + "\n")
        .collect()
}

fn lines(row: &Row) -> Vec<String> {
    let file = quoted(&row.picture.name);
    let (format, bytes) = (row.picture.format.word(), row.picture.bytes);
    match &row.outcome {
        Err(error) => vec![format!(
            "{file},{format},,,{bytes},,,,,,,,,{}",
            quoted(error)
        )],
        Ok(comparison) => {
            let (width, height) = (comparison.width, comparison.height);
            let start = format!("{file},{format},{width},{height},{bytes}");
            let line = |one| format!("{start},{},", figures(one));
            comparison.measured.iter().map(line).collect()
        }
    }
}

fn figures(one: &Measured) -> String {
    format!(
        "{},{:.3},{},{:.3},{:.4},{:.7},{},{}",
        quoted(one.contender.name()),
        median(one.cpu.iter().copied()).unwrap_or(f64::NAN),
        one.bytes,
        one.scores.ssimulacra2,
        one.scores.butteraugli3,
        one.scores.dssim,
        one.memory,
        one.idle
    )
}

fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::{failed, row};
    use super::*;

    #[test]
    fn a_line_for_each_contender_and_one_for_an_error() {
        let text = csv(&[row("a,b.jpg", 2.0, 500), failed("c.png", "no \"picture\"")]);
        let lines: Vec<&str> = text.lines().collect();
        let columns = HEADER.split(',').count();
        assert_eq!(lines.len(), 4);
        assert_eq!(
            lines[1],
            "\"a,b.jpg\",jpeg,400,300,4000,Halftone,2.000,500,60.000,1.5000,0.0020000,1000000,0,"
        );
        assert!(lines[2].contains(",sharp,10.000,1000,"));
        assert_eq!(lines[2].matches(',').count(), columns); // one is in the name
        assert_eq!(lines[3], "c.png,jpeg,,,4000,,,,,,,,,\"no \"\"picture\"\"\"");
        assert_eq!(lines[3].matches(',').count(), columns - 1);
    }
}
