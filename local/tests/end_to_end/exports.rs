//! A shop's export through the API: understood, tried without keeping anything, and given back.

use halftone_origin::Origin;
use halftone_tests::stack::{Stack, shared, small_photo};
use serde_json::json;

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_export_is_understood_worked_off_and_given_back_ready_to_import() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let one = origin.serve("/Red%20Chair.jpg", small_photo());
    let two = origin.serve("/chair-2.jpg", small_photo());
    // Windows-1252, semicolons, a quoted new line, a row without an image, one URL twice.
    let export = |one: &str, two: &str| {
        let text = format!(
            "Handle;Title;Body (HTML);Image Src\r\n\
             stuhl;St\u{fc}hle;\"<p>Eiche,\r\ngro\u{df}</p>\";{one}\r\n\
             stuhl;;;{two}\r\nkarte;Gutschein;;\r\nstuhl-2;Stuhl;;{one}\r\n"
        );
        let byte = |c: char| u8::try_from(u32::from(c)).unwrap();
        text.chars().map(byte).collect::<Vec<u8>>()
    };
    let csv = export(&one, &two);
    let dry = stack.upload_with(&csv, &[("dryRun", "true")], &[]).await;
    assert_eq!(dry.status, 200);
    let dry = dry.json();
    assert_eq!(dry["images"].as_array().unwrap().len(), 3);
    assert!(dry["estimate"]["usd"].as_f64().unwrap() > 0.0);
    assert_eq!(origin.hits("/Red%20Chair.jpg"), 0);

    let accepted = stack.upload_with(&csv, &[], &[]).await;
    assert_eq!(accepted.status, 202);
    let accepted = accepted.json();
    assert_eq!(accepted["understood"], dry["understood"]);
    assert_eq!(
        accepted["understood"],
        json!({
            "system": "Shopify", "encoding": "Windows-1252", "delimiter": "semicolon",
            "headerLine": 1,
            "columns": {"id": "Handle", "name": "Title", "images": ["Image Src"]},
            "rows": 4, "images": 3, "duplicates": 1, "rowsWithoutImage": 1, "skipped": 0,
            "notes": [
                "The file is not UTF-8 and is read as Windows-1252: if letters of the names are wrong, \
                 save it as CSV in UTF-8.",
                "Shopify imports pictures of at most 20 MB and 25 megapixels; larger ones are not made \
                 smaller here.",
                "Shopify compresses and converts what it shows by itself: smaller outputs make its \
                 import faster, not its pages.",
            ],
        })
    );
    let id = accepted["requestId"].as_str().unwrap();
    let ended = stack.ended(id).await;
    assert_eq!(ended["progress"]["succeeded"], 3);
    assert_eq!(origin.hits("/Red%20Chair.jpg"), 1);
    let output =
        |ordinal: u32, name: &str| stack.url(&format!("/output/{id}/{ordinal}/{name}.jpg"));
    let (first, second) = (output(0, "red-chair"), output(1, "chair-2"));
    let images = &ended["data"]["images"];
    assert_eq!(images[0]["outputUrl"], first);
    assert_eq!(images[2]["outputUrl"], first);
    assert_eq!(stack.output(&first).await.status, 200);

    // A URL instead of a redirect, for browsers.
    let path = format!("/api/v1/images/results/{id}?as=source");
    let call = stack.http.get(stack.url(&path));
    let call = call.header("x-api-key", stack.text("apiKey"));
    let answer = call
        .header("accept", "application/json")
        .send()
        .await
        .unwrap();
    let body = answer.bytes().await.unwrap();
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let back = stack.get_url(body["url"].as_str().unwrap()).await;
    assert_eq!(back.bytes, export(&first, &second));
    let rows = stack.results_as(id, "json").await;
    assert_eq!(rows.headers["content-type"], "application/json");
    let rows = rows.json();
    assert_eq!(rows[0]["images"][0]["outputUrl"], first);
    assert_eq!(rows[2]["status"], "No image");
    let lines = stack.results_as(id, "ndjson").await;
    assert_eq!(lines.headers["content-type"], "application/x-ndjson");
    let lines = lines.bytes.split(|byte| *byte == b'\n');
    let lines: Vec<_> = lines.filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), 4);
    let last: serde_json::Value = serde_json::from_slice(lines[3]).unwrap();
    assert_eq!(last, rows[3]);

    let unknown = stack
        .get(&format!("/api/v1/images/results/{id}?as=xml"))
        .await;
    assert_eq!(
        (unknown.status, unknown.code().as_str()),
        (400, "invalid_as")
    );
}
