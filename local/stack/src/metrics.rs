//! `cargo local metrics`: what CloudWatch would have read out of the logs, as a table.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use halftone_local::failure::Failure;
use halftone_local::layout::Layout;

use crate::logs::Logs;

/// The values of each metric, by its function, its other dimensions and its name.
type Table = BTreeMap<[String; 3], (String, Vec<f64>)>;

/// Prints the metrics of the last `minutes`.
pub fn print(layout: &Layout, minutes: u64) -> Result<(), Failure> {
    let since = SystemTime::now() - Duration::from_secs(60 * minutes);
    let since = since
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let mut table = Table::new();
    for line in Logs::find(layout)?.lines(None)? {
        if line.is_metric() && u128::from(line.time) >= since.as_millis() {
            read(&line.text, &mut table);
        }
    }
    println!(
        "{:<20} {:<16} {:<22} {:>8} {:>14} {:>12} {:>12}",
        "metric", "function", "of", "values", "sum", "median", "largest"
    );
    for ([metric, function, part], (unit, mut values)) in table {
        values.sort_by(f64::total_cmp);
        let (sum, median, largest) = (
            values.iter().sum::<f64>(),
            values[values.len() / 2],
            values[values.len() - 1],
        );
        println!(
            "{metric:<20} {function:<16} {part:<22} {:>8} {sum:>14} {median:>12} {largest:>12}  {unit}",
            values.len()
        );
    }
    Ok(())
}

/// Adds what one line of the Embedded Metric Format says. What is none says nothing.
fn read(line: &str, table: &mut Table) {
    let Ok(line) = serde_json::from_str::<Value>(line) else {
        return;
    };
    for directive in array(&line["_aws"]["CloudWatchMetrics"]) {
        let dimensions = array(&directive["Dimensions"][0])
            .iter()
            .filter_map(Value::as_str);
        let others = dimensions.filter(|name| *name != "Function");
        let part: Vec<_> = others.map(|name| text(&line[name])).collect();
        for metric in array(&directive["Metrics"]) {
            let name = text(&metric["Name"]);
            let values = array(&line[&name]).iter().filter_map(Value::as_f64);
            let key = [name.clone(), text(&line["Function"]), part.join(" ")];
            let entry = table
                .entry(key)
                .or_insert_with(|| (text(&metric["Unit"]), Vec::new()));
            entry.1.extend(values);
        }
    }
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_metric_come_together() {
        let line = r#"{"_aws":{"CloudWatchMetrics":[{"Dimensions":[["Function","Code"]],"Metrics":[{"Name":"Images","Unit":"Count"}]}]},"Function":"compress","Code":"timeout","Images":[2]}"#;
        let mut table = Table::new();
        for line in [line, "plain", "{}", line] {
            read(line, &mut table);
        }
        let key = ["Images", "compress", "timeout"].map(str::to_owned);
        assert_eq!(table.len(), 1);
        assert_eq!(table[&key], ("Count".to_owned(), vec![2.0, 2.0]));
    }
}
