//! The largest CSV that an upload takes.

use std::fmt::Write;

/// Its rows.
pub const ROWS: usize = 10_000;
/// Its images: five of each row.
pub const IMAGES: usize = 5 * ROWS;

/// A CSV of that size, with so many different images: a URL and a number as its query.
pub fn largest(url: &str, different: usize) -> String {
    let mut csv = "S. No.,Product Name,Input Image Urls\n".to_owned();
    for row in 0..ROWS {
        let urls = (5 * row..5 * row + 5).map(|n| format!("{url}?{}", n % different));
        let urls = urls.collect::<Vec<_>>().join(",");
        writeln!(csv, "{row},Product {row},\"{urls}\"").unwrap();
    }
    csv
}
