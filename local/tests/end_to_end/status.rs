//! What a status tells while a request is at work and afterwards, and what asking costs.

use serde_json::{Value, json};

use halftone_origin::{Answer, Gate, Origin};
use halftone_tests::stack::{LONG, Stack, csv, each, shared, small_photo};
use halftone_tests::wait::until;

const NONE: [u64; 0] = [];

fn path(id: &str, query: &str) -> String {
    format!("/api/v1/images/requests/{id}{query}")
}

fn ordinals(status: &Value) -> Vec<u64> {
    let images = status["data"]["images"].as_array().unwrap().iter();
    images.map(|image| image["row"].as_u64().unwrap()).collect()
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_pending_request_shows_what_has_ended_and_what_it_waits_for() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let gate = Gate::closed();
    origin.on("/gone.jpg", |_| Answer::status(404));
    let mut urls = vec![
        origin.serve("/a.jpg", small_photo()),
        origin.url("/gone.jpg"),
    ];
    urls.extend(each(&origin.hold("/slow.jpg", small_photo(), &gate), 12));
    let id = stack.accepted(csv(&urls), None).await;
    let partial = until("two images have ended", LONG, async || {
        let answer = stack.served(&path(&id, "?partial=true")).await;
        let status = answer.json();
        let images = status["data"]["images"].as_array().unwrap().len();
        (images == 2 && status["progress"]["failed"] == 1).then_some(status)
    })
    .await;
    assert_eq!(partial["status"], "Pending");
    let url = partial["data"]["images"][0]["outputUrl"].as_str().unwrap();
    assert_eq!(stack.output(url).await.status, 200);
    let progress = &partial["progress"];
    assert_eq!(progress["phase"], "compressing");
    assert!(progress.get("rate").is_some() && progress.get("secondsLeft").is_some());
    assert_eq!(progress["errors"][0]["code"], "http_status");
    assert_eq!(progress["errors"][0]["images"], 1);
    assert_eq!(progress["errorsOf"], 1);
    // Without the parameter it is as it always was.
    let plain = stack.served(&path(&id, "")).await;
    assert_eq!(plain.json()["data"], Value::Null);
    let again: u64 = plain.headers["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((2..=30).contains(&again), "{again}");
    gate.open();
    let ended = stack.ended(&id).await;
    assert!(ended["progress"].get("phase").is_none());
    assert!(ended["progress"].get("rate").is_none(), "{ended}");
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn images_are_narrowed_by_status_and_by_row() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let good = origin.serve("/a.jpg", small_photo());
    origin.on("/gone.jpg", |_| Answer::status(404));
    let gone = each(&origin.url("/gone.jpg"), 3);
    let urls = [&gone[0], &good, &gone[1], &gone[2]];
    let id = stack.accepted(csv(&urls), None).await;
    stack.ended(&id).await;
    let shown = async |query: &str| {
        let answer = stack.served(&path(&id, query)).await;
        assert_eq!(answer.status, 200);
        answer.json()
    };
    assert_eq!(ordinals(&shown("?imageStatus=Failed").await), [2, 4, 5]);
    assert_eq!(ordinals(&shown("?imageStatus=Succeeded").await), [3]);
    assert_eq!(ordinals(&shown("?imageStatus=Cancelled").await), NONE);
    assert_eq!(ordinals(&shown("?row=4").await), [4]);
    assert_eq!(ordinals(&shown("?row=1").await), NONE);
    assert_eq!(ordinals(&shown("?row=3&imageStatus=Failed").await), NONE);
    let first = shown("?imageStatus=Failed&limit=2").await;
    assert_eq!(ordinals(&first), [2, 4]);
    let cursor = first["nextCursor"].as_str().unwrap();
    let rest = shown(&format!("?imageStatus=Failed&limit=2&cursor={cursor}")).await;
    assert_eq!(ordinals(&rest), [5]);
    assert_eq!(rest["nextCursor"], Value::Null);
    for (query, code) in [
        ("?imageStatus=failed", "invalid_image_status"),
        ("?row=x", "invalid_row"),
        ("?partial=1", "invalid_partial"),
        ("?imagestatus=Failed", "unknown_parameter"),
    ] {
        let refused = stack.get(&path(&id, query)).await;
        assert_eq!((refused.status, &*refused.code()), (400, code));
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_status_that_is_known_is_not_sent_again() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let gate = Gate::closed();
    let url = origin.hold("/a.jpg", small_photo(), &gate);
    let id = stack.accepted(csv(&[url]), None).await;
    let (tag, known) = until("its status stays as it is", LONG, async || {
        let first = stack.served(&path(&id, "")).await;
        let tag = first.headers["etag"].to_str().unwrap().to_owned();
        let known = stack
            .get_with(&path(&id, ""), ("if-none-match", &tag))
            .await;
        (known.status == 304).then_some((tag, known))
    })
    .await;
    assert_eq!(known.bytes, b"");
    assert_eq!(known.headers["etag"], *tag);
    assert!(known.headers.contains_key("retry-after"));
    // Another page is another answer.
    let page = path(&id, "?limit=1");
    let other = stack.get_with(&page, ("if-none-match", &tag)).await;
    assert_eq!(other.status, 200);
    gate.open();
    stack.ended(&id).await;
    let ended = stack
        .get_with(&path(&id, ""), ("if-none-match", &tag))
        .await;
    assert_eq!(
        (ended.status, &ended.json()["status"]),
        (200, &json!("Completed"))
    );
    assert!(!ended.headers.contains_key("retry-after"));
}
