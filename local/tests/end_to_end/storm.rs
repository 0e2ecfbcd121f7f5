//! Everything that can fail does, over and over, and in the end nothing is lost and nothing was done twice.
//!
//! `cargo local chaos` runs this with a seed, a size and a time of one's own.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use halftone_origin::{Answer, Origin, Request};
use halftone_tests::queues;
use halftone_tests::stack::{Stack, alone, csv, small_photo};
use halftone_tests::storm::{Dice, asked, blow, sweep};
use serde_json::Value;

/// Images of one request.
const IMAGES: usize = 20;
/// How long after the last fault all may take: a killed batch comes back after a minute, a fault of a service of
/// ours costs up to some, and then there are a sweep each.
const SETTLES: Duration = Duration::from_secs(15 * 60);

/// What is asked for: by `cargo local chaos`, or by nobody.
#[allow(
    clippy::disallowed_methods,
    reason = "the command says here what it was asked for"
)]
fn wish(name: &str, usual: u64) -> u64 {
    let text = std::env::var(format!("HALFTONE_CHAOS_{name}"));
    text.ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(usual)
}

/// What must become of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Succeeds,
    Fails(&'static str),
    /// Its origin is bad at first: that may be all its tries.
    Either,
}

/// An image's fate by its number; the URL's query says the number.
fn fate(number: u64) -> Fate {
    match number % 10 {
        0 => Fate::Fails("http_status"),
        1 => Fate::Fails("not_an_image"),
        2..=4 => Fate::Either,
        _ => Fate::Succeeds,
    }
}

fn answer(request: &Request, photo: &[u8]) -> Answer {
    let number = request
        .target
        .split('?')
        .nth(1)
        .and_then(|n| n.parse().ok());
    let first = request.nth == 1;
    match number.unwrap_or(0) % 10 {
        0 => Answer::status(404),
        1 => Answer::ok("<!doctype html><p>Not here"),
        2 if first => Answer::status(503),
        3 if first => Answer::silence(),
        4 if first => Answer::raw("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\nshort"),
        _ => Answer::ok(photo),
    }
}

/// A request as whoever asked for it knows it.
struct Asked {
    id: String,
    key: String,
    hook: String,
    numbers: Vec<u64>,
    csv: String,
}

/// Uploads until it is accepted: 503 asks to try again, and the key makes it the same.
async fn upload(stack: &Stack, origin: &Origin, number: usize, seed: u64) -> Asked {
    let photo = small_photo();
    let path = format!("/{number}.jpg");
    let first = u64::try_from(number * IMAGES).unwrap();
    let numbers: Vec<u64> = (first..).take(IMAGES).collect();
    let urls: Vec<String> = numbers
        .iter()
        .map(|n| {
            let photo = photo.clone();
            origin.on(&format!("{path}?{n}"), move |request| {
                answer(request, &photo)
            })
        })
        .collect();
    let hook = format!("/hook/{number}");
    // Some receivers fail at first.
    let url = origin.on(&hook, move |request| match request.nth {
        1 if number.is_multiple_of(3) => Answer::status(500),
        _ => Answer::ok("ok"),
    });
    let (key, csv) = (
        format!("storm-{seed}-{number}-{}", origin.url("")),
        csv(&urls),
    );
    let id = again(stack, &csv, &url, &key).await;
    Asked {
        id,
        key,
        hook: url,
        numbers,
        csv,
    }
}

async fn again(stack: &Stack, csv: &str, hook: &str, key: &str) -> String {
    let started = Instant::now();
    loop {
        let fields = [("webhookUrl", hook)];
        let answer = stack
            .upload_with(csv, &fields, &[("idempotency-key", key)])
            .await;
        if answer.status == 202 {
            return answer.json()["requestId"].as_str().unwrap().to_owned();
        }
        // A function that is killed is the gateway's 502.
        assert!(
            answer.status >= 500 || answer.status == 429,
            "{}",
            answer.status
        );
        assert!(started.elapsed() < SETTLES, "nothing is accepted");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// The whole status of a request that has ended.
async fn ended(stack: &Stack, id: &str, until: Instant) -> Value {
    let path = format!("/api/v1/images/status/{id}?limit=1000");
    let mut swept = Instant::now();
    loop {
        let found = asked(stack, &path).await;
        if let Some(body) = found.filter(|body| body["status"] != "Pending") {
            return body;
        }
        assert!(
            Instant::now() < until,
            "{id} has not ended: {:?}",
            asked(stack, &path).await
        );
        if swept.elapsed() > Duration::from_secs(30) {
            sweep(stack).await;
            swept = Instant::now();
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// From outside: what the CSV asked for is what is there, once. What became of the images, by their code.
async fn reconcile(
    stack: &Stack,
    origin: &Origin,
    asked: &Asked,
    body: &Value,
) -> BTreeMap<String, usize> {
    let id = &asked.id;
    let images = body["data"]["images"].as_array().unwrap();
    assert_eq!(images.len(), asked.numbers.len(), "{id}: {body}");
    let mut codes = BTreeMap::new();
    let mut outputs = BTreeSet::new();
    for (number, image) in asked.numbers.iter().zip(images) {
        let url = image["inputUrl"].as_str().unwrap();
        assert!(url.ends_with(&format!("?{number}")), "{id}: {image}");
        let code = image["error"]["code"].as_str().unwrap_or("succeeded");
        *codes.entry(code.to_owned()).or_default() += 1;
        match fate(*number) {
            Fate::Fails(expected) => assert_eq!(code, expected, "{id}: {image}"),
            // Cut off again and again while it was at work: that is a try each.
            Fate::Succeeds => assert!(matches!(code, "succeeded" | "timeout"), "{id}: {image}"),
            Fate::Either => {}
        }
        if let Some(output) = image["outputUrl"].as_str() {
            let got = stack.output(output).await;
            assert_eq!(got.status, 200, "{id}: {image}");
            let picture = image::load_from_memory(&got.bytes);
            assert!(picture.is_ok(), "{id}: {output} is no picture");
            outputs.insert(output.split("/output/").nth(1).unwrap().to_owned());
        }
    }
    let progress = &body["progress"];
    let succeeded = codes.get("succeeded").copied().unwrap_or(0);
    assert_eq!(progress["succeeded"], succeeded, "{id}: {body}");
    assert_eq!(progress["failed"], images.len() - succeeded, "{id}: {body}");
    assert_eq!(progress["pending"], 0, "{id}: {body}");
    let results = stack.results(id).await;
    assert_eq!(
        results.lines().count(),
        1 + images.len(),
        "{id}:\n{results}"
    );
    // Nothing is there that nobody names.
    let call = stack
        .s3
        .list_objects_v2()
        .bucket(stack.text("outputsBucket"));
    let listed = call.prefix(format!("output/{id}/")).send().await.unwrap();
    let keys = listed.contents().iter().map(|object| object.key().unwrap());
    let there: BTreeSet<String> = keys
        .map(|key| key.trim_start_matches("output/").to_owned())
        .collect();
    assert_eq!(there, outputs, "{id}");
    let posted = origin.requests(asked.hook.trim_start_matches(&origin.url("")));
    let ids: BTreeSet<&str> = posted
        .iter()
        .map(|hook| hook.headers["webhook-id"].as_str())
        .collect();
    assert_eq!(
        ids,
        BTreeSet::from([format!("msg_{id}_1").as_str()]),
        "{id}"
    );
    codes
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn mongodb_and_all_else_fails_at_random_and_nothing_is_lost() {
    let _stack = alone().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let (seed, seconds) = (wish("SEED", 1), wish("SECONDS", 40));
    let requests = usize::try_from(wish("IMAGES", 80))
        .unwrap()
        .div_ceil(IMAGES);
    let mut dice = Dice::new(seed);
    let began = Instant::now();
    let storm = blow(&stack, &mut dice, began + Duration::from_secs(seconds));
    let uploads = async {
        let mut all = Vec::new();
        for number in 0..requests {
            all.push(upload(&stack, &origin, number, seed).await);
        }
        all
    };
    let (blown, all) = tokio::join!(storm, uploads);
    let until = Instant::now() + SETTLES;
    let mut codes = BTreeMap::<String, usize>::new();
    for asked in &all {
        let body = ended(&stack, &asked.id, until).await;
        // The webhook comes by itself, at the latest by a sweep.
        let path = asked.hook.trim_start_matches(&origin.url("")).to_owned();
        while origin.hits(&path) == 0 {
            assert!(Instant::now() < until, "{}: no webhook", asked.id);
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        for (code, images) in reconcile(&stack, &origin, asked, &body).await {
            *codes.entry(code).or_default() += images;
        }
        // Whoever asks once more has the same request.
        assert_eq!(
            again(&stack, &asked.csv, &asked.hook, &asked.key).await,
            asked.id
        );
    }
    queues::all_handled(&stack).await;
    for dead in ["imagesDlqUrl", "finalizeDlqUrl"] {
        assert_eq!(
            queues::count(&stack, dead).await,
            queues::Count::default(),
            "{dead}"
        );
    }
    println!(
        "seed {seed}: {} requests, {} images in {:?}\nfaults: {blown:#?}\nimages: {codes:#?}",
        all.len(),
        all.len() * IMAGES,
        began.elapsed()
    );
}
