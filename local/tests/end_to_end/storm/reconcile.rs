//! From outside: what a CSV asked for is what is there, once.

use std::collections::{BTreeMap, BTreeSet};

use halftone_origin::Origin;
use halftone_tests::stack::Stack;
use serde_json::Value;

use super::arrival::Asked;
use super::images::{Fate, fate, width};

/// Compares everything that is there of a request that has ended, its status being `body`; what became of its
/// images, by their code.
pub async fn reconcile(
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
        let code = ended_as_it_must(id, *number, image);
        *codes.entry(code).or_default() += 1;
        if let Some(url) = image["outputUrl"].as_str() {
            is_output_of(stack, *number, url).await;
            outputs.insert(url.split("/output/").nth(1).unwrap().to_owned());
        }
    }
    let succeeded = codes.get("succeeded").copied().unwrap_or(0);
    counters_agree(id, body, images.len(), succeeded);
    let results = stack.results(id).await;
    let lines = results.lines().count();
    assert_eq!(lines, 1 + images.len(), "{id}:\n{results}");
    assert_eq!(objects(stack, id).await, outputs, "{id}");
    one_webhook(origin, asked);
    codes
}

/// The code of an image, `succeeded` if it did.
fn ended_as_it_must(id: &str, number: u64, image: &Value) -> String {
    let url = image["inputUrl"].as_str().unwrap();
    assert!(url.ends_with(&format!("?{number}")), "{id}: {image}");
    let code = image["error"]["code"].as_str().unwrap_or("succeeded");
    match fate(number) {
        Fate::Fails(expected) => assert_eq!(code, expected, "{id}: {image}"),
        // Cut off again and again while it was at work: that is a try each.
        Fate::Succeeds => assert!(matches!(code, "succeeded" | "timeout"), "{id}: {image}"),
        Fate::Either => {}
    }
    code.to_owned()
}

async fn is_output_of(stack: &Stack, number: u64, url: &str) {
    let got = stack.output(url).await;
    assert_eq!(got.status, 200, "{url}");
    let picture = image::load_from_memory(&got.bytes);
    let picture = picture.unwrap_or_else(|error| panic!("{url} is no picture: {error}"));
    assert_eq!(picture.width(), width(number), "{url} is of another input");
}

fn counters_agree(id: &str, body: &Value, images: usize, succeeded: usize) {
    let progress = &body["progress"];
    assert_eq!(progress["succeeded"], succeeded, "{id}: {body}");
    assert_eq!(progress["failed"], images - succeeded, "{id}: {body}");
    assert_eq!(progress["pending"], 0, "{id}: {body}");
}

/// Outputs of a request: nothing is there that nobody names.
async fn objects(stack: &Stack, id: &str) -> BTreeSet<String> {
    let call = stack.s3.list_objects_v2();
    let call = call.bucket(stack.text("outputsBucket"));
    let listed = call.prefix(format!("output/{id}/")).send().await.unwrap();
    let keys = listed.contents().iter().map(|object| object.key().unwrap());
    keys.map(|key| key.trim_start_matches("output/").to_owned())
        .collect()
}

/// It came as often as it had to, always as the same one.
fn one_webhook(origin: &Origin, asked: &Asked) {
    let posted = origin.requests(asked.hook.trim_start_matches(&origin.url("")));
    let ids = posted
        .iter()
        .map(|hook| hook.headers["webhook-id"].as_str());
    let ids: BTreeSet<&str> = ids.collect();
    let id = format!("msg_{}_1", asked.id);
    assert_eq!(ids, BTreeSet::from([&*id]));
}
