//! The main job: a CSV in, recompressed images, results and webhook out.

use std::io::Cursor;

use halftone_pipeline::jobs::webhook::signature;
use halftone_pipeline::request::Timestamp;
use image::imageops::FilterType;
use image::{DynamicImage, GenericImageView, ImageDecoder, ImageReader};
use serde_json::{Value, json};

use halftone_origin::{Gate, Origin};
use halftone_tests::contract;
use halftone_tests::stack::{LONG, Stack, csv, each, events, photo, shared, small_photo};
use halftone_tests::wait::until;

/// A picture as a viewer sees it, with the orientation applied.
fn shown(bytes: &[u8]) -> DynamicImage {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let mut decoder = reader.unwrap().into_decoder().unwrap();
    let orientation = decoder.orientation().unwrap();
    let mut picture = DynamicImage::from_decoder(decoder).unwrap();
    picture.apply_orientation(orientation);
    picture
}

/// A tiny grey version of a picture: what it looks like from far away.
fn thumbnail(picture: &DynamicImage) -> Vec<u8> {
    picture
        .resize_exact(16, 16, FilterType::Triangle)
        .to_luma8()
        .into_raw()
}

fn sample_names() -> Vec<String> {
    let listed = std::fs::read_dir(events().join("photos")).unwrap();
    let names = listed.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| !name.ends_with(".md")).collect();
    names.sort();
    names
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn every_sample_photo_comes_back_smaller_and_right_side_up() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let names = sample_names();
    let urls: Vec<_> = names
        .iter()
        .map(|name| origin.serve(&format!("/{name}"), photo(name)))
        .collect();
    let hook = origin.serve("/hook", "ok");
    let id = stack.accepted(csv(&urls), Some(&hook)).await;
    let body = stack.ended(&id).await;
    assert_eq!(body["status"], "Completed");
    let images = body["data"]["images"].as_array().unwrap();
    assert_eq!(images.len(), names.len());
    for (image, name) in images.iter().zip(&names) {
        let output = stack.output(image["outputUrl"].as_str().unwrap()).await;
        let source = photo(name);
        let upright = output.bytes.as_slice();
        assert!(
            upright.len() < source.len(),
            "{name}: {} bytes of {}",
            upright.len(),
            source.len()
        );
        assert_eq!(image["bytesIn"], source.len(), "{name}");
        assert_eq!(image["bytesOut"], upright.len(), "{name}");
        let (before, after) = (shown(&source), shown(upright));
        assert_eq!(after.dimensions(), before.dimensions(), "{name}");
        // Upright for readers that ignore the orientation tag, and with nothing else in it.
        assert!(
            !contains(upright, b"Exif\0\0") && !contains(upright, b"GPS"),
            "{name}"
        );
        let difference = difference(&thumbnail(&after), &thumbnail(&before));
        assert!(difference < 4.0, "{name} looks different by {difference}");
        let kind = output.headers["content-type"]
            .to_str()
            .unwrap()
            .trim_start_matches("image/");
        assert_eq!(
            kind.replace("jpeg", "jpg"),
            name.rsplit_once('.').unwrap().1,
            "{name}"
        );
    }
    webhook_is_right(&stack, &origin, &id, names.len()).await;
    let results = stack.results(&id).await;
    assert_eq!(results.lines().count(), names.len() + 1);
    assert_eq!(origin.hits("/hook"), 1);
}

fn contains(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

/// Mean difference of two grey pictures, in levels of 256.
fn difference(one: &[u8], other: &[u8]) -> f64 {
    let sum: u32 = one
        .iter()
        .zip(other)
        .map(|(a, b)| u32::from(a.abs_diff(*b)))
        .sum();
    f64::from(sum) / f64::from(u32::try_from(one.len()).unwrap())
}

async fn webhook_is_right(stack: &Stack, origin: &Origin, id: &str, images: usize) {
    let posted = until("the webhook comes in", LONG, async || {
        origin.requests("/hook").pop()
    })
    .await;
    contract::checker().event(&posted.body).unwrap();
    let body: Value = serde_json::from_slice(&posted.body).unwrap();
    assert_eq!(
        (&body["requestId"], &body["status"]),
        (&json!(id), &json!("Completed"))
    );
    assert_eq!(body["type"], "request.completed");
    assert_eq!(body["data"]["progress"]["succeeded"], images);
    let status = stack.status(id).await;
    assert_eq!(body["data"]["savings"], status["data"]["savings"]);
    assert_eq!(posted.headers["webhook-id"], format!("msg_{id}_1"));
    let header = |name: &str| posted.headers[name].as_str();
    let signed = (
        header("webhook-id"),
        header("webhook-timestamp"),
        header("webhook-signature"),
    );
    let known = stack.webhook_secret("").await.json();
    let keys = [known["secret"].as_str().unwrap().parse().unwrap()];
    signature::verify(&keys, signed, &posted.body, Timestamp::now()).unwrap();
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn pending_and_completed_have_the_documented_json() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let gate = Gate::closed();
    let held = origin.hold("/held.jpg", small_photo(), &gate);
    let missing = origin.url("/missing.jpg");
    let csv = format!("S. No.,Product Name,Input Image Urls\n7,Chair,\"{held}, {missing}\"\n");
    let id = stack.accepted(&csv, None).await;
    until("the missing image fails", LONG, async || {
        (stack.status(&id).await["progress"]["failed"] == 1).then_some(())
    })
    .await;
    let status = stack.status(&id).await;
    // Known or not, by how much time has passed.
    let pace = |name: &str| &status["progress"][name];
    let host = origin.url("").replace("http://", "");
    let errors = json!([{"code": "http_status", "host": host, "images": 1}]);
    let progress = json!({"total": 2, "succeeded": 0, "failed": 1, "pending": 1, "percent": 50,
        "phase": "compressing", "rate": pace("rate"), "secondsLeft": pace("secondsLeft"),
        "errors": errors, "errorsOf": 1});
    assert_eq!(
        status,
        json!({"status": "Pending", "round": 1, "data": null, "progress": progress})
    );
    let unfinished = stack.get(&format!("/api/v1/images/results/{id}")).await;
    assert_eq!(
        (unfinished.status, unfinished.code().as_str()),
        (409, "not_ended")
    );
    gate.open();
    let body = stack.ended(&id).await;
    let data = &body["data"];
    let (bytes_in, bytes_out) = (small_photo().len(), data["images"][0]["bytesOut"].clone());
    assert_eq!(
        body,
        json!({
            "status": "Completed",
            "round": 1,
            "data": {
                "requestId": id,
                "productName": "Chair",
                "images": [
                    {
                        "inputUrl": held, "outputUrl": stack.url(&format!("/output/{id}/0/held.jpg")),
                        "productName": "Chair", "serialNumber": "7", "row": 2, "position": 0,
                        "status": "Succeeded", "error": null,
                        "bytesIn": bytes_in, "bytesOut": bytes_out, "round": 1, "unchanged": false,
                    },
                    {
                        "inputUrl": missing, "outputUrl": null,
                        "productName": "Chair", "serialNumber": "7", "row": 2, "position": 1,
                        "status": "Failed",
                        "error": {"code": "http_status", "message": data["images"][1]["error"]["message"]},
                        "bytesIn": null, "bytesOut": null, "round": 1, "unchanged": false,
                    },
                ],
                "savings": {"bytesIn": bytes_in, "bytesOut": bytes_out},
                "createdAt": data["createdAt"],
                "completedAt": data["completedAt"],
            },
            "progress": {"total": 2, "succeeded": 1, "failed": 1, "pending": 0, "percent": 100,
                         "errors": errors, "errorsOf": 1},
            "nextCursor": null,
        })
    );
    assert!(data["createdAt"].as_str().unwrap().ends_with('Z'));
    let results = stack.results(&id).await;
    let line = results.lines().nth(1).unwrap();
    assert!(
        line.contains("\"Succeeded, Failed\",\", http_status\""),
        "{line}"
    );
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn images_are_paged_without_gaps() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let urls = each(&origin.serve("/a.jpg", small_photo()), 7);
    let id = stack.accepted(csv(&urls), None).await;
    stack.ended(&id).await;
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/images/status/{id}?limit=3{cursor}");
        let body = stack.served(&path).await.json();
        let page = body["data"]["images"].as_array();
        let page = page.unwrap_or_else(|| panic!("no page: {body}"));
        assert!(page.len() <= 3);
        rows.extend(page.iter().map(|image| image["row"].as_u64().unwrap()));
        let Some(next) = body["nextCursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(rows, [2, 3, 4, 5, 6, 7, 8]);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn two_requests_at_once_do_not_mix() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let good = each(&origin.serve("/good.jpg", small_photo()), 25);
    let bad = each(&origin.url("/none.jpg"), 15);
    let (one, two) = tokio::join!(
        stack.accepted(csv(&good), None),
        stack.accepted(csv(&bad), None)
    );
    let (one, two) = tokio::join!(stack.ended(&one), stack.ended(&two));
    let count = |body: &Value, what: &str| body["progress"][what].as_u64().unwrap();
    assert_eq!((count(&one, "succeeded"), count(&one, "failed")), (25, 0));
    assert_eq!((count(&two, "succeeded"), count(&two, "failed")), (0, 15));
    assert_eq!(
        (&one["status"], &two["status"]),
        (&json!("Completed"), &json!("Failed"))
    );
}
