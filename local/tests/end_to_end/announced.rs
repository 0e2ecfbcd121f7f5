//! CSVs that are too large for a call: announced, put by a presigned URL, taken in.

use std::process::Command;

use reqwest::Method;
use serde_json::json;

use halftone_local::api::{Api, Upload};
use halftone_origin::Origin;
use halftone_tests::announced::{announce, call};
use halftone_tests::stack::{LONG, Stack, csv, each, shared, small_photo};
use halftone_tests::wait::until;

/// More than an upload may have (MaxUploadBytes).
const LARGE: usize = 5 * 1024 * 1024;

/// A CSV of these images that is larger than an upload may be, by a column that nobody needs.
fn large(urls: &[String]) -> String {
    let note = "n".repeat(LARGE / urls.len());
    let row = |(n, url): (usize, &String)| format!("{n},Product {n},{url},{note}\n");
    let rows: String = (1..).zip(urls).map(row).collect();
    format!("S. No.,Product Name,Input Image Urls,Note\n{rows}")
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_large_csv_waits_for_its_file_and_goes_all_the_way() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let urls = each(&origin.serve("/a.jpg", small_photo()), 10);
    let csv = large(&urls);
    assert_eq!(stack.upload(&csv, None).await.status, 413);
    let hook = origin.serve("/hook", "ok");
    let fields = json!({"webhookUrl": hook, "format": "webp", "fileName": "large.csv"});
    let announced = announce(&stack, csv.as_bytes(), fields).await;
    let id = announced.id();
    let headers = announced.0["headers"].as_object().unwrap();
    let names: Vec<_> = headers.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["content-length", "content-type", "x-amz-checksum-sha256"]
    );
    let waits = stack.status(&id).await;
    assert_eq!(waits["status"], "Pending");
    assert_eq!(waits["progress"]["phase"], "awaiting");
    assert_eq!(announced.put(&stack, csv.as_bytes()).await, 200);
    let body = stack.ended(&id).await;
    assert_eq!(body["status"], "Completed", "{body}");
    assert_eq!(body["progress"]["succeeded"], 10);
    let output = body["data"]["images"][0]["outputUrl"].as_str().unwrap();
    assert!(output.ends_with(".webp"), "{output}");
    until("the webhook comes in", LONG, async || {
        origin.requests("/hook").pop()
    })
    .await;
    let list = stack.get("/api/v1/images/requests?limit=100").await.json();
    let mut listed = list["requests"].as_array().unwrap().iter();
    let ours = listed.find(|it| it["requestId"] == id.as_str());
    let source = json!({"kind": "presigned", "name": "large.csv"});
    assert_eq!(ours.unwrap()["source"], source);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn what_cargo_local_run_sends_goes_by_itself_where_it_is_too_large_for_a_call() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let urls = each(&origin.serve("/a.jpg", small_photo()), 10);
    let described = halftone_local::stack::Stack::read(&Stack::file()).unwrap();
    for (csv, is_read_at_once) in [(csv(&urls), true), (large(&urls), false)] {
        let described = described.clone();
        let send = move || {
            let upload = Upload {
                name: "shop.csv",
                file: csv.as_bytes(),
                fields: &[("format", "webp"), ("quality", "40"), ("fresh", "true")],
            };
            Api::of(&described).send(&upload)
        };
        let taken = tokio::task::spawn_blocking(send).await.unwrap().unwrap();
        assert_eq!(taken.understood.is_some(), is_read_at_once);
        let body = stack.ended(&taken.request).await;
        assert_eq!(body["progress"]["succeeded"], 10, "{body}");
        let output = body["data"]["images"][0]["outputUrl"].as_str().unwrap();
        assert!(output.ends_with(".webp"), "{output}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn the_url_takes_the_announced_file_and_no_other() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let csv = csv(&[origin.serve("/a.jpg", small_photo())]);
    let announced = announce(&stack, csv.as_bytes(), json!({})).await;
    let other = csv.replace("Product 1", "Product 2");
    let longer = csv.clone() + "\n";
    assert!((400..500).contains(&announced.put(&stack, other.as_bytes()).await));
    assert!((400..500).contains(&announced.put(&stack, longer.as_bytes()).await));
    for header in ["x-amz-checksum-sha256", "content-type"] {
        let status = announced
            .put_without(&stack, other.as_bytes(), header)
            .await;
        assert_eq!(status, 403, "{header}");
    }
    let status = stack.status(&announced.id()).await;
    assert_eq!(status["progress"]["phase"], "awaiting");
    assert_eq!(announced.put(&stack, csv.as_bytes()).await, 200);
    let ended = stack.ended(&announced.id()).await;
    assert_eq!(ended["progress"]["succeeded"], 1);
    // Once more: nothing is begun anew.
    assert_eq!(announced.put(&stack, csv.as_bytes()).await, 200);
    assert_eq!(stack.ended(&announced.id()).await, ended);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn mistakes_of_a_large_csv_end_it_with_their_lines() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let mut urls = each(&origin.serve("/a.jpg", small_photo()), 10);
    urls[2] = "none".to_owned();
    let csv = large(&urls);
    let hook = origin.serve("/hook", "ok");
    let announced = announce(&stack, csv.as_bytes(), json!({"webhookUrl": hook})).await;
    assert_eq!(announced.put(&stack, csv.as_bytes()).await, 200);
    let body = stack.ended(&announced.id()).await;
    let error = &body["data"]["error"];
    assert_eq!(
        (&body["status"], &error["code"]),
        (&json!("Failed"), &json!("invalid_rows"))
    );
    assert_eq!(error["errors"][0]["line"], 4);
    let posted = until("the webhook comes in", LONG, async || {
        origin.requests("/hook").pop()
    })
    .await;
    let posted: serde_json::Value = serde_json::from_slice(&posted.body).unwrap();
    assert_eq!(posted["type"], "request.failed");
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn one_that_waits_is_cancelled_and_its_file_comes_too_late() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let csv = csv(&[origin.serve("/a.jpg", small_photo())]);
    let announced = announce(&stack, csv.as_bytes(), json!({})).await;
    let id = announced.id();
    let path = format!("/api/v1/images/requests/{id}/cancel");
    assert_eq!(stack.call(Method::POST, &path).await.status, 202);
    assert_eq!(stack.ended(&id).await["status"], "Cancelled");
    let results = stack.get(&format!("/api/v1/images/results/{id}")).await;
    assert_eq!(
        (results.status, results.code().as_str()),
        (404, "no_results")
    );
    assert_eq!(announced.put(&stack, csv.as_bytes()).await, 200);
    let key = format!("presigned/{id}");
    until("the file is removed", LONG, async || {
        let call = stack
            .s3
            .list_objects_v2()
            .bucket(stack.text("uploadsBucket"));
        let listed = call.prefix(&key).send().await.unwrap();
        listed.contents().is_empty().then_some(())
    })
    .await;
    assert_eq!(stack.ended(&id).await["status"], "Cancelled");
    assert_eq!(origin.hits("/a.jpg"), 0);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn what_cannot_be_announced_is_refused_with_its_reason() {
    let _stack = shared().await;
    let stack = Stack::find().await;
    for (fields, status, code) in [
        (json!({"bytes": 1_u64 << 40}), 413, "file_too_large"),
        (json!({"sha256": "none"}), 422, "invalid_sha256"),
        (json!({"quality": 500}), 422, "invalid_quality"),
        (json!({"dryRun": "true"}), 422, "unknown_field"),
    ] {
        let refused = call(&stack, b"a", &fields).await;
        assert_eq!((refused.status, refused.code().as_str()), (status, code));
    }
    let repeat = [("idempotency-key", "announced-once")];
    let body = json!({"bytes": 1, "sha256": "0".repeat(64)}).to_string();
    let call = async |body: String| {
        let headers = [("x-api-key", stack.text("apiKey")), repeat[0]];
        stack.post("/api/v1/images/requests", &headers, body).await
    };
    let (first, second) = (call(body.clone()).await, call(body.clone()).await);
    assert_eq!(first.json()["requestId"], second.json()["requestId"]);
    let other = call(body.replace('0', "1")).await;
    assert_eq!(other.code(), "idempotency_key_reused");
    let id = first.json()["requestId"].as_str().unwrap().to_owned();
    stack
        .call(
            Method::DELETE,
            &format!("/api/v1/images/requests/{id}?purge=true"),
        )
        .await;
}

/// The block of the README that has this text.
fn readme_block(text: &str) -> &'static str {
    let readme = include_str!("../../../README.md");
    let blocks = readme.split("```sh\n").skip(1);
    let mut blocks = blocks.filter_map(|rest| rest.split_once("```"));
    let found = blocks.find(|(block, _)| block.contains(text));
    found
        .unwrap_or_else(|| panic!("the README has no block with {text}"))
        .0
}

/// Runs a block of the README in a folder of its own, as a reader does who has set the scene.
fn run_block(stack: &Stack, block: &str, folder: &std::path::Path, id: &str) -> String {
    let mut shell = Command::new("bash");
    shell.args(["-eu", "-c", block]).current_dir(folder);
    let set = [
        ("API", stack.text("apiUrl")),
        ("KEY", stack.text("apiKey")),
        ("ID", id),
    ];
    let output = shell.envs(set).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{block}\n{said}");
    String::from_utf8(output.stdout).unwrap()
}

fn folder(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("halftone-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn the_readmes_lines_put_a_file_and_fetch_a_zip() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let urls = each(&origin.serve("/a.jpg", small_photo()), 3);
    let folder = folder("readme");
    std::fs::write(folder.join("products.csv"), csv(&urls)).unwrap();
    run_block(
        &stack,
        readme_block("curl -sf -T products.csv"),
        &folder,
        "",
    );
    let announced = std::fs::read(folder.join("announced.json")).unwrap();
    let announced: serde_json::Value = serde_json::from_slice(&announced).unwrap();
    let id = announced["requestId"].as_str().unwrap();
    assert_eq!(stack.ended(id).await["progress"]["succeeded"], 3);
    run_block(&stack, readme_block("outputs.zip"), &folder, id);
    let names = run_block(&stack, "python3 -m zipfile -l outputs.zip", &folder, id);
    assert!(names.contains("0002-Product-1/1-a.jpg"), "{names}");
    run_block(&stack, readme_block("--create-dirs"), &folder, id);
    assert!(folder.join(id).join("0/a.jpg").exists());
    std::fs::remove_dir_all(folder).unwrap();
}
