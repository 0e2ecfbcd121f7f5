//! CSVs that are put into the drop bucket.

use serde_json::Value;

use halftone_origin::Origin;
use halftone_tests::drops::{note, put};
use halftone_tests::stack::{LONG, Stack, csv, each, shared, small_photo};
use halftone_tests::wait::until;

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_dropped_csv_is_a_request_whatever_its_key() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let hook = origin.serve("/hook", "ok");
    let key = "shop 1/frühling+sommer 100%.csv";
    let csv = csv(&[
        origin.serve("/a.jpg", small_photo()),
        origin.serve("/b.jpg", small_photo()),
    ]);
    put(&stack, key, &csv, &[("webhook-url", &hook)]).await;
    let id = note(&stack, key).await["requestId"]
        .as_str()
        .unwrap()
        .to_owned();
    let body = stack.ended(&id).await;
    assert_eq!(
        (&body["status"], &body["progress"]["succeeded"]),
        (&"Completed".into(), &2.into())
    );
    until("the webhook comes in", LONG, async || {
        origin.requests("/hook").pop()
    })
    .await;
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_bad_dropped_csv_ends_as_a_failed_request_with_its_row_errors() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let hook = origin.serve("/hook", "ok");
    let csv = "S. No.,Product Name,Input Image Urls\n1,A,\n2,B,nonsense\n";
    put(&stack, "bad.csv", csv, &[("webhook-url", &hook)]).await;
    let note = note(&stack, "bad.csv").await;
    assert_eq!(note["status"], "Failed");
    let body = stack.status(note["requestId"].as_str().unwrap()).await;
    assert_eq!(body["status"], "Failed");
    let error = &body["data"]["error"];
    assert_eq!(error["code"], "invalid_rows");
    let errors = error["errors"].as_array().unwrap();
    let lines: Vec<_> = errors
        .iter()
        .map(|row| row["line"].as_u64().unwrap())
        .collect();
    assert_eq!(lines, [2, 3]);
    let posted = until("the webhook comes in", LONG, async || {
        origin.requests("/hook").pop()
    })
    .await;
    let body: Value = serde_json::from_slice(&posted.body).unwrap();
    assert_eq!(
        (&body["status"], &body["type"]),
        (&"Failed".into(), &"request.failed".into())
    );
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_large_csv_is_streamed_in() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let urls = each(&origin.serve("/a.jpg", small_photo()), 1_500);
    put(&stack, "large.csv", &csv(&urls), &[]).await;
    let id = note(&stack, "large.csv").await["requestId"]
        .as_str()
        .unwrap()
        .to_owned();
    let body = stack.ended(&id).await;
    assert_eq!(body["progress"]["succeeded"], 1_500);
    assert_eq!(stack.results(&id).await.lines().count(), 1_501);
}
