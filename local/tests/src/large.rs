//! CSVs of very many images.

use std::fmt::Write;

/// Rows of the largest CSV that an upload takes.
pub const ROWS: usize = 10_000;
/// Images of a row.
pub const OF_A_ROW: usize = 5;

/// So many rows, with so many different images: a URL and a number as its query.
pub fn csv(url: &str, rows: usize, different: usize) -> String {
    let mut csv = "S. No.,Product Name,Input Image Urls\n".to_owned();
    for row in 0..rows {
        let images = OF_A_ROW * row..OF_A_ROW * (row + 1);
        let urls = images.map(|image| format!("{url}?{}", image % different));
        let urls = urls.collect::<Vec<_>>().join(",");
        writeln!(csv, "{row},Product {row},\"{urls}\"").unwrap();
    }
    csv
}
