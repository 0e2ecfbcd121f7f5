//! Outputs in the format, of the quality, and with the notice that were asked for.

use image::ImageFormat;
use serde_json::Value;

use halftone_origin::Origin;
use halftone_tests::drops;
use halftone_tests::stack::{Answer, Stack, csv, photo, shared, small_photo};

const FORMATS: [(&str, &str, &str); 4] = [
    ("jpeg", "image/jpeg", ".jpg"),
    ("webp", "image/webp", ".webp"),
    ("avif", "image/avif", ".avif"),
    ("png", "image/png", ".png"),
];

async fn outputs(stack: &Stack, body: &Value) -> Vec<(String, Answer)> {
    let mut outputs = Vec::new();
    for image in body["data"]["images"].as_array().unwrap() {
        let url = image["outputUrl"].as_str().unwrap().to_owned();
        let answer = stack.output(&url).await;
        assert_eq!(image["bytesOut"], answer.bytes.len());
        outputs.push((url, answer));
    }
    outputs
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn every_output_has_the_format_that_was_asked_for() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let names = ["espresso-cup.jpg", "fig-bowl-cutout.png", "wall-clock.webp"];
    let urls = names.map(|name| origin.serve(&format!("/{name}"), photo(name)));
    for (format, content_type, extension) in FORMATS {
        let asked = [("format", format)];
        let id = stack.accepted_with(csv(&urls), &asked).await;
        let body = stack.ended(&id).await;
        assert_eq!(body["progress"]["succeeded"], 3, "{format}: {body}");
        for (url, answer) in outputs(&stack, &body).await {
            assert!(url.ends_with(extension), "{url}");
            assert_eq!(answer.headers["content-type"], content_type);
            let seen = image::guess_format(&answer.bytes).unwrap();
            assert_eq!(seen.to_mime_type(), content_type);
        }
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_lower_quality_takes_fewer_bytes() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let url = origin.serve("/cup.jpg", photo("espresso-cup.jpg"));
    let mut sizes = Vec::new();
    for quality in ["20", "50", "80"] {
        let asked = [("quality", quality)];
        let id = stack.accepted_with(csv(&[&url]), &asked).await;
        let body = stack.ended(&id).await;
        sizes.push(body["data"]["images"][0]["bytesOut"].as_u64().unwrap());
    }
    assert!(sizes[0] < sizes[1] && sizes[1] < sizes[2], "{sizes:?}");
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_dropped_csv_may_ask_for_a_format_too() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let url = origin.serve("/cup.jpg", photo("espresso-cup.jpg"));
    let asked = [("format", "webp"), ("quality", "30")];
    drops::put(&stack, "formats.csv", &csv(&[&url]), &asked).await;
    let note = drops::note(&stack, "formats.csv").await;
    let body = stack.ended(note["requestId"].as_str().unwrap()).await;
    let (url, answer) = outputs(&stack, &body).await.remove(0);
    assert!(url.ends_with(".webp"));
    let seen = image::guess_format(&answer.bytes).unwrap();
    assert_eq!(seen, ImageFormat::WebP);

    let unknown = [("format", "tiff")];
    drops::put(&stack, "unknown.csv", &csv(&[&url]), &unknown).await;
    let note = drops::note(&stack, "unknown.csv").await;
    let body = stack.status(note["requestId"].as_str().unwrap()).await;
    assert_eq!(body["data"]["error"]["code"], "invalid_format");
}

const NOTICE: &[u8] = b"(c) 2026 Ann Example";

/// A JPEG whose EXIF data has a copyright notice, and the name of the camera.
fn photo_with_notice() -> Vec<u8> {
    let entry = |tag: u16, length: u8, place: u8| {
        let [a, b] = tag.to_be_bytes();
        [a, b, 0, 2, 0, 0, 0, length, 0, 0, 0, place]
    };
    let exif = [
        b"Exif\0\0MM\0*\0\0\0\x08\0\x02".as_slice(),
        &entry(0x010f, 10, 38),
        &entry(0x8298, 21, 48),
        &[0; 4],
        b"Camera 12\0",
        NOTICE,
        b"\0",
    ]
    .concat();
    let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
    let photo = small_photo();
    [&photo[..2], &[0xff, 0xe1], &length, &exif, &photo[2..]].concat()
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_copyright_notice_stays_where_it_is_asked_for() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let url = origin.serve("/photo.jpg", photo_with_notice());
    let has = |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).any(|found| found == text);
    for (format, copyright, stays) in [
        ("original", "keep", true),
        ("webp", "keep", true),
        ("original", "remove", false),
    ] {
        let asked = [("format", format), ("copyright", copyright)];
        let id = stack.accepted_with(csv(&[&url]), &asked).await;
        let body = stack.ended(&id).await;
        let (_, answer) = outputs(&stack, &body).await.remove(0);
        assert_eq!(has(&answer.bytes, NOTICE), stays, "{format} {copyright}");
        assert!(!has(&answer.bytes, b"Camera"), "{format} {copyright}");
    }
    let asked = [("copyright", "keep")];
    drops::put(&stack, "notice.csv", &csv(&[&url]), &asked).await;
    let note = drops::note(&stack, "notice.csv").await;
    let body = stack.ended(note["requestId"].as_str().unwrap()).await;
    let (_, answer) = outputs(&stack, &body).await.remove(0);
    assert!(has(&answer.bytes, NOTICE));
    let refused = stack
        .upload_with(csv(&[&url]), &[("copyright", "yes")], &[])
        .await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["code"], "invalid_copyright");
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_larger_picture_is_made_smaller_and_a_smaller_one_left_alone() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    // 600 × 400, 1600 × 1200 and 451 × 300 pixels.
    let names = ["espresso-cup.jpg", "wall-clock.webp", "cat.jpg"];
    let urls = names.map(|name| origin.serve(&format!("/{name}"), photo(name)));
    let asked = [("maxWidth", "500"), ("maxHeight", "320")];
    let id = stack.accepted_with(csv(&urls), &asked).await;
    let body = stack.ended(&id).await;
    let sizes = async |body: &Value| {
        let outputs = outputs(&stack, body).await;
        let pictures = outputs.iter().map(|(_, answer)| {
            let picture = image::load_from_memory(&answer.bytes).unwrap();
            (picture.width(), picture.height())
        });
        pictures.collect::<Vec<_>>()
    };
    assert_eq!(sizes(&body).await, [(480, 320), (427, 320), (451, 300)]);

    let asked = [("max-width", "100")];
    drops::put(&stack, "sizes.csv", &csv(&urls[..1]), &asked).await;
    let note = drops::note(&stack, "sizes.csv").await;
    let body = stack.ended(note["requestId"].as_str().unwrap()).await;
    assert_eq!(sizes(&body).await, [(100, 67)]);

    let refused = stack
        .upload_with(csv(&urls), &[("maxWidth", "0")], &[])
        .await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.json()["code"], "invalid_max_width");
    let looked = [("maxWidth", "500"), ("dryRun", "true")];
    let looked = stack.upload_with(csv(&urls), &looked, &[]).await;
    assert_eq!(looked.json()["options"]["maxWidth"], 500);
    assert_eq!(looked.json()["options"]["maxHeight"], Value::Null);
}
