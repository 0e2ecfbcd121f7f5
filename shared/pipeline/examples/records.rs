//! The CSV reader's side of `cargo local bench corpus csv`: reads each text that it is given, a line of JSON with
//! `text` and `delimiter`, and answers its `rows`, or why they are `refused`.

use std::error::Error;
use std::io::{self, Write};

use halftone_pipeline::manifest::{Look, Record, Records};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    for line in io::stdin().lines() {
        writeln!(io::stdout().lock(), "{}", answer(&line?)?)?;
    }
    Ok(())
}

fn answer(line: &str) -> Result<Value, Box<dyn Error>> {
    let question: Value = serde_json::from_str(line)?;
    let text = question["text"].as_str().ok_or("no text")?.as_bytes();
    let delimiter = question["delimiter"].as_str().ok_or("no delimiter")?;
    let [delimiter] = *delimiter.as_bytes() else {
        return Err("the delimiter is not one byte".into());
    };
    Ok(match rows(text, delimiter) {
        Ok(rows) => json!({ "rows": rows }),
        Err(error) => json!({ "refused": error.to_string() }),
    })
}

/// As a CSV that was sent is read: its encoding is found out first.
fn rows(text: &[u8], delimiter: u8) -> Result<Vec<Vec<String>>, Box<dyn Error>> {
    let decoded = Look::at(text)?.encoding.decode(text);
    let mut records = Records::new(decoded, delimiter);
    let (mut record, mut rows) = (Record::default(), Vec::new());
    while records.read(&mut record)? {
        rows.push(record.texts().collect());
    }
    Ok(rows)
}
