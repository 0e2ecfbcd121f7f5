//! The figures for programs: a line for each picture and contender.

use csv::Writer;
use halftone_local::failure::Failure;

use super::figures::{Measured, Row};
use crate::statistics::median;

const HEADER: [&str; 14] = [
    "file",
    "format",
    "width",
    "height",
    "bytes_in",
    "contender",
    "cpu_ms",
    "bytes_out",
    "ssimulacra2",
    "butteraugli_3",
    "dssim",
    "memory_bytes",
    "idle_bytes",
    "error",
];

/// All rows as CSV. A picture that could not be compared has one line, with the error.
pub fn csv(rows: &[Row]) -> Result<String, Failure> {
    let mut writer = Writer::from_writer(Vec::new());
    let failure = || Failure::because("cannot write the figures");
    writer.write_record(HEADER).map_err(failure())?;
    for record in rows.iter().flat_map(records) {
        writer.write_record(record).map_err(failure())?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| Failure::because("cannot write the figures")(error.into_error()))?;
    String::from_utf8(bytes).map_err(Failure::because("the figures are no text"))
}

fn records(row: &Row) -> Vec<[String; 14]> {
    let (name, format) = (
        row.picture.name.clone(),
        row.picture.format.word().to_owned(),
    );
    let bytes = row.picture.bytes.to_string();
    match &row.outcome {
        Err(error) => {
            let mut record = <[String; 14]>::default();
            [record[0], record[1], record[4], record[13]] = [name, format, bytes, error.clone()];
            vec![record]
        }
        Ok(comparison) => {
            let (width, height) = (comparison.width, comparison.height);
            let picture = [name, format, width.to_string(), height.to_string(), bytes];
            let record = |one| record(picture.clone(), one);
            comparison.measured.iter().map(record).collect()
        }
    }
}

fn record([name, format, width, height, bytes]: [String; 5], one: &Measured) -> [String; 14] {
    let cpu = median(one.cpu.iter().copied()).unwrap_or(f64::NAN);
    [
        name,
        format,
        width,
        height,
        bytes,
        one.contender.name().to_owned(),
        format!("{cpu:.3}"),
        one.bytes.to_string(),
        format!("{:.3}", one.scores.ssimulacra2),
        format!("{:.4}", one.scores.butteraugli3),
        format!("{:.7}", one.scores.dssim),
        one.memory.to_string(),
        one.idle.to_string(),
        String::new(),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::{failed, row};
    use super::*;

    #[test]
    fn a_line_for_each_contender_and_one_for_an_error() {
        let text = csv(&[row("a,b.jpg", 2.0, 500), failed("c.png", "no \"picture\"")]).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let columns = HEADER.len();
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
