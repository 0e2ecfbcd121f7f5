//! What a run shows in the end: how much was saved, and what failed, by kind.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::sizes::{bytes, saved_percent};

/// Prints totals, errors by kind and the folder; whether all images succeeded.
pub fn print(status: &Value, images: &[Value], out: &Path, name: &str) -> bool {
    let failures = failures(images);
    println!("\n  {}", together(images));
    for (code, failure) in &failures {
        println!("\n  {} × {code}, such as", failure.images);
        println!("    {}\n    {}", failure.url, failure.message);
    }
    let folder = out.display();
    println!(
        "\n  Status        {}",
        status["status"].as_str().unwrap_or_default()
    );
    println!("  Outputs       {folder}/images, by line of the CSV");
    println!("  Results       {folder}/results.csv");
    println!(
        "  To import     {folder}/{name}: the file as it came, with the outputs' addresses on this machine,"
    );
    println!(
        "                which work while the stack that ran it is up (`cargo local up` starts one first)"
    );
    failures.is_empty()
}

fn together(images: &[Value]) -> String {
    let sum = |key: &str| images.iter().filter_map(|image| image[key].as_u64()).sum();
    let (before, after): (u64, u64) = (sum("bytesIn"), sum("bytesOut"));
    let succeeded = images.iter().filter(|image| image["status"] == "Succeeded");
    let unchanged = images.iter().filter(|image| image["unchanged"] == true);
    let unchanged = match unchanged.count() {
        0 => String::new(),
        count => format!("; {count} unchanged since an earlier run (--fresh makes them anew)"),
    };
    format!(
        "{} of {} images: {} → {}, {} % saved{unchanged}",
        succeeded.count(),
        images.len(),
        bytes(before),
        bytes(after),
        saved_percent(before, after)
    )
}

/// One kind of error.
#[derive(Debug, PartialEq, Eq)]
struct Failed<'a> {
    images: usize,
    /// Of the first of them.
    url: &'a str,
    message: &'a str,
}

fn failures(images: &[Value]) -> BTreeMap<&str, Failed<'_>> {
    let mut failures = BTreeMap::new();
    for image in images {
        if let Some(code) = image["error"]["code"].as_str() {
            let failed = failures.entry(code).or_insert(Failed {
                images: 0,
                url: image["inputUrl"].as_str().unwrap_or_default(),
                message: image["error"]["message"].as_str().unwrap_or_default(),
            });
            failed.images += 1;
        }
    }
    failures
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn totals_and_errors_by_kind() {
        let failed = |url: &str| {
            json!({"inputUrl": url, "status": "Failed",
                   "error": {"code": "http_status", "message": "404"}})
        };
        let images = [
            json!({"status": "Succeeded", "bytesIn": 2_000, "bytesOut": 500}),
            failed("http://x/a"),
            failed("http://x/b"),
        ];
        assert_eq!(
            together(&images),
            "1 of 3 images: 2.0 kB → 500 B, 75 % saved"
        );
        let failures = failures(&images);
        let expected = Failed {
            images: 2,
            url: "http://x/a",
            message: "404",
        };
        assert_eq!(failures, BTreeMap::from([("http_status", expected)]));
    }
}
