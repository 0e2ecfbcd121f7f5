//! How the requests of a storm come in: uploaded, announced and put, or dropped. Whoever sends them tries
//! again until it is done.

use std::time::{Duration, Instant};

use aws_sdk_s3::primitives::ByteStream;
use halftone_origin::{Answer, Origin, Request};
use halftone_pipeline::request::RequestId;
use halftone_tests::announced::{self, Announced};
use halftone_tests::stack::{Stack, csv, events};
use halftone_tests::storm::invoke;
use serde_json::{Value, json};

use super::images::answer;
use super::{IMAGES, SETTLES};

/// A request as whoever asked for it knows it.
pub struct Asked {
    /// Its id.
    pub id: String,
    /// Its webhook's receiver.
    pub hook: String,
    /// Its images' numbers, in the order of its CSV.
    pub numbers: Vec<u64>,
    call: Call,
}

/// What was sent.
struct Call {
    way: Way,
    /// The idempotency key.
    key: String,
    hook: String,
    csv: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Upload,
    Announce,
    Drop,
}

/// Sends the request of this number until it is accepted.
pub async fn arrive(stack: &Stack, origin: &Origin, number: usize) -> Asked {
    let first = u64::try_from(number * IMAGES).unwrap();
    let numbers: Vec<u64> = (first..).take(IMAGES).collect();
    let url = |n: &u64| origin.on(&format!("/{n}.jpg?{n}"), answer);
    let receives = move |request: &Request| received(number, request.nth);
    let call = Call {
        way: [Way::Upload, Way::Announce, Way::Drop][number % 3],
        key: RequestId::random().to_string(),
        hook: origin.on(&format!("/hook/{number}"), receives),
        csv: csv(&numbers.iter().map(url).collect::<Vec<_>>()),
    };
    let (id, hook) = call.send(stack).await;
    Asked {
        id,
        hook,
        numbers,
        call,
    }
}

/// Some receivers are bad at first.
fn received(number: usize, nth: usize) -> Answer {
    match number % 5 {
        0 if nth == 1 => Answer::status(500),
        1 if nth == 1 => Answer::silence(),
        2 if nth == 1 => Answer::redirect("/elsewhere"),
        _ => Answer::ok("ok"),
    }
}

impl Asked {
    /// Whoever asks once more has the same request.
    pub async fn is_the_same_when_asked_again(&self, stack: &Stack) {
        if self.call.way != Way::Drop {
            assert_eq!(self.call.send(stack).await.0, self.id);
        }
    }
}

impl Call {
    /// Until it is accepted; the request's id, and its webhook's receiver.
    async fn send(&self, stack: &Stack) -> (String, String) {
        let started = Instant::now();
        for attempt in 0.. {
            // A drop that seemed to fail may have come all the same: each is a request of its own.
            let hook = match self.way {
                Way::Drop => format!("{}?{attempt}", self.hook),
                Way::Upload | Way::Announce => self.hook.clone(),
            };
            let id = match self.way {
                Way::Upload => self.upload(stack).await,
                Way::Announce => self.announce(stack).await,
                Way::Drop => self.drop(stack, attempt, &hook).await,
            };
            if let Some(id) = id {
                return (id, hook);
            }
            assert!(started.elapsed() < SETTLES, "nothing is accepted");
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        unreachable!("attempts do not end")
    }

    async fn upload(&self, stack: &Stack) -> Option<String> {
        let fields = [("webhookUrl", &*self.hook)];
        let headers = [("idempotency-key", &*self.key)];
        let answer = stack.upload_with(&self.csv, &fields, &headers).await;
        may_be_asked_again(answer.status);
        let accepted = answer.status == 202;
        accepted.then(|| id(&answer.json()))
    }

    async fn announce(&self, stack: &Stack) -> Option<String> {
        let (file, key) = (self.csv.as_bytes(), ("idempotency-key", &*self.key));
        let fields = json!({"webhookUrl": self.hook});
        let answer = announced::call_with(stack, file, &fields, &[key]).await;
        may_be_asked_again(answer.status);
        let announced = match answer.status {
            200 | 201 => Announced(answer.json()),
            _ => return None,
        };
        // Without a URL the file has come.
        let is_there = announced.0["uploadUrl"].is_null() || announced.is_put(stack, file).await;
        is_there.then(|| announced.id())
    }

    async fn drop(&self, stack: &Stack, attempt: usize, hook: &str) -> Option<String> {
        let (bucket, key) = (
            stack.text("dropBucket"),
            format!("{}-{attempt}.csv", self.key),
        );
        let body = ByteStream::from(self.csv.clone().into_bytes());
        let put = stack.s3.put_object().bucket(bucket).key(&key).body(body);
        let put = put.metadata("webhook-url", hook).send().await.ok()?;
        let event = event(bucket, &key, put.version_id()?);
        let started = Instant::now();
        loop {
            // S3 tells at least once.
            invoke(stack, "ingest", event.clone()).await;
            if let Some(note) = note(stack, &key).await {
                return Some(id(&note));
            }
            assert!(started.elapsed() < SETTLES, "{key} is never a request");
            tokio::time::sleep(Duration::from_secs(5)).await;
        }
    }
}

/// A function that is killed is the gateway's 502.
fn may_be_asked_again(status: u16) {
    let known = matches!(status, 200..=202 | 429 | 500..);
    assert!(known, "{status}");
}

fn id(answer: &Value) -> String {
    answer["requestId"].as_str().unwrap().to_owned()
}

async fn note(stack: &Stack, key: &str) -> Option<Value> {
    let call = stack.s3.get_object().bucket(stack.text("outputsBucket"));
    let got = call.key(format!("results/{key}.request.json")).send().await;
    let bytes = got.ok()?.body.collect().await.ok()?.into_bytes();
    serde_json::from_slice(&bytes).ok()
}

/// What S3 says of an object.
fn event(bucket: &str, key: &str, version: &str) -> Vec<u8> {
    let sample = std::fs::read(events().join("ingest.json")).unwrap();
    let mut event: Value = serde_json::from_slice(&sample).unwrap();
    let told = &mut event["Records"][0]["s3"];
    told["bucket"]["name"] = bucket.into();
    told["object"]["key"] = key.into();
    told["object"]["versionId"] = version.into();
    event.to_string().into_bytes()
}
