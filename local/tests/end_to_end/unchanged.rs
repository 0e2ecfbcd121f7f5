//! The same CSV again: what has not changed costs nothing, what has is made anew, and nothing goes that is named.

use serde_json::Value;

use halftone_origin::{Answer, Origin, Request};
use halftone_tests::processes::cpu_seconds;
use halftone_tests::stack::{LONG, Stack, alone, csv, photo, shared, small_photo};
use halftone_tests::wait::until;

/// Images of the large request, of so many photographs.
const IMAGES: usize = 400;
const PHOTOS: [&str; 4] = [
    "espresso-cup.jpg",
    "paint-brushes.jpg",
    "bird-lamp.jpg",
    "coffee-table.jpg",
];

/// Serves bytes with a tag, and 304 to whoever shows it; the URL.
fn tagged(origin: &Origin, path: &str, bytes: Vec<u8>, tag: &'static str) -> String {
    origin.on(path, move |request: &Request| {
        match request.headers.get("if-none-match").map(String::as_str) {
            Some(shown) if shown == tag => Answer::status(304),
            _ => Answer::ok(bytes.clone()).header("ETag", tag),
        }
    })
}

/// A request that has ended, all of whose images succeeded; its id, its progress, and its images.
async fn done(stack: &Stack, csv: &str, fields: &[(&str, &str)]) -> (String, Value, Vec<Value>) {
    let id = stack.accepted_with(csv, fields).await;
    let body = stack.ended(&id).await;
    let progress = body["progress"].clone();
    assert_eq!(progress["succeeded"], progress["total"], "{body}");
    let images = body["data"]["images"].as_array().unwrap().clone();
    (id, progress, images)
}

fn outputs(images: &[Value]) -> Vec<&str> {
    images
        .iter()
        .map(|image| image["outputUrl"].as_str().unwrap())
        .collect()
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn the_second_run_of_a_csv_costs_next_to_nothing() {
    let _stack = alone().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let photos = PHOTOS.map(|name| tagged(&origin, &format!("/{name}"), photo(name), "\"1\""));
    let urls: Vec<_> = (0..IMAGES)
        .map(|n| format!("{}?{n}", photos[n % photos.len()]))
        .collect();
    let csv = csv(&urls);
    let mut costs = Vec::new();
    for unchanged in [Value::Null, IMAGES.into()] {
        let (cpu, asked) = (cpu_seconds(&stack, "compress"), origin.all_requests().len());
        let (_, progress, _) = done(&stack, &csv, &[]).await;
        assert_eq!(progress["unchanged"], unchanged);
        let cpu = cpu_seconds(&stack, "compress") - cpu;
        let sent = origin.all_requests().split_off(asked);
        let whole = sent.iter().filter(|request| request.status == Some(200));
        let name = |request: &Request| request.path().trim_start_matches('/').to_owned();
        let bytes: usize = whole.map(|request| photo(&name(request)).len()).sum();
        println!(
            "{} images: {cpu:.2} s of CPU, {bytes} bytes from origins",
            IMAGES
        );
        costs.push((cpu, bytes));
    }
    let [(first_cpu, first_bytes), (second_cpu, second_bytes)] = costs[..] else {
        panic!("two runs");
    };
    assert!(first_bytes > 0 && second_bytes * 10 <= first_bytes);
    // 6 % where the functions are compiled as for tests, of which the codec alone is optimized: what is left is calls.
    // Nothing was decoded or made anew.
    assert!(
        second_cpu * 10.0 <= first_cpu,
        "{second_cpu} of {first_cpu} s"
    );
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn what_has_changed_is_made_anew_and_all_of_it_where_that_is_asked_for() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let urls = [
        tagged(&origin, "/told.jpg", small_photo(), "\"1\""),
        origin.serve("/silent.jpg", small_photo()),
        tagged(&origin, "/changed.jpg", small_photo(), "\"1\""),
    ];
    let csv = csv(&urls);
    let (_, _, made) = done(&stack, &csv, &[]).await;
    tagged(&origin, "/changed.jpg", photo("espresso-cup.jpg"), "\"2\"");
    let (second, progress, found) = done(&stack, &csv, &[]).await;
    let unchanged = |images: &[Value]| {
        images
            .iter()
            .map(|it| it["unchanged"] == true)
            .collect::<Vec<_>>()
    };
    assert_eq!(unchanged(&found), [true, true, false]);
    assert_eq!(progress["unchanged"], 2);
    assert_eq!(outputs(&found)[..2], outputs(&made)[..2]);
    assert_ne!(outputs(&found)[2], outputs(&made)[2]);
    assert!(stack.results(&second).await.contains(",1,yes"));
    for image in &found {
        let output = stack.output(image["outputUrl"].as_str().unwrap()).await;
        assert_eq!(
            (output.status, Value::from(output.bytes.len())),
            (200, image["bytesOut"].clone())
        );
    }
    let (_, _, anew) = done(&stack, &csv, &[("fresh", "true")]).await;
    assert_eq!(unchanged(&anew), [false; 3]);
    let another = Stack::find_as_another().await;
    let (_, _, theirs) = done(&another, &csv, &[]).await;
    assert_eq!(unchanged(&theirs), [false; 3]);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_output_stays_until_the_last_request_that_names_it_is_purged() {
    let _stack = alone().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let csv = csv(&[tagged(&origin, "/a.jpg", small_photo(), "\"1\"")]);
    let (first, _, made) = done(&stack, &csv, &[]).await;
    let (second, _, found) = done(&stack, &csv, &[]).await;
    let url = outputs(&made)[0];
    assert_eq!(outputs(&found), [url]);
    let purge = async |id: &str| {
        let path = format!("/api/v1/images/requests/{id}?purge=true");
        assert_eq!(stack.call(reqwest::Method::DELETE, &path).await.status, 202);
        // The results go with the rest.
        until("the request's results are gone", LONG, async || {
            let head = stack.s3.head_object().bucket(stack.text("outputsBucket"));
            let head = head.key(format!("results/{id}.csv")).send().await;
            head.err().map(drop)
        })
        .await;
    };
    purge(&first).await;
    halftone_tests::queues::all_handled(&stack).await;
    assert_eq!(stack.output(url).await.status, 200);
    assert_eq!(
        stack.status(&second).await["data"]["images"][0]["outputUrl"],
        url
    );
    purge(&second).await;
    until("the output is gone", LONG, async || {
        (stack.get_url(url).await.status == 404).then_some(())
    })
    .await;
}
