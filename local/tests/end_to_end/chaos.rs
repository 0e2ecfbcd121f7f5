//! Functions and services that die at the worst moment.

use std::time::{Duration, Instant};

use aws_sdk_s3::primitives::ByteStream;
use serde_json::json;

use halftone_origin::{Gate, Origin};
use halftone_tests::faults::{Fault, signal};
use halftone_tests::processes::function_processes;
use halftone_tests::stack::{Answer, LONG, Stack, alone, csv, each, small_photo};
use halftone_tests::wait::until;
use halftone_tests::{announced, drops};

/// Images of an intake that is killed: it is in the middle of them a moment after it began.
const KILLED: usize = 600;

fn kill_function(stack: &Stack, function: &str) {
    let processes = function_processes(stack, function);
    assert!(!processes.is_empty(), "{function} does not run");
    processes.into_iter().for_each(|pid| signal(pid, "KILL"));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_compress_function_killed_in_mid_batch_loses_nothing() {
    let _stack = alone().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let gate = Gate::closed();
    let good = origin.serve("/a.jpg", small_photo());
    let held = origin.hold("/held.jpg", small_photo(), &gate);
    let urls = [each(&good, 8), each(&held, 2)].concat();
    let hook = origin.serve("/hook", "ok");
    let id = stack.accepted(csv(&urls), Some(&hook)).await;
    until("the batch is in the middle", LONG, async || {
        (origin.hits("/held.jpg") >= 2 && origin.hits("/a.jpg") >= 8).then_some(())
    })
    .await;
    kill_function(&stack, "compress");
    gate.open();
    let body = stack.ended(&id).await;
    assert_eq!(
        (&body["status"], &body["progress"]["succeeded"]),
        (&"Completed".into(), &10.into())
    );
    until("the webhook comes in", LONG, async || {
        origin.requests("/hook").pop()
    })
    .await;
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_intake_killed_half_way_is_resumed() {
    let _stack = alone().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let urls = each(&origin.serve("/a.jpg", small_photo()), KILLED);
    let put = stack
        .s3
        .put_object()
        .bucket(stack.text("dropBucket"))
        .key("killed.csv");
    put.body(ByteStream::from(csv(&urls).into_bytes()))
        .send()
        .await
        .unwrap();
    let id = drops::note(&stack, "killed.csv").await["requestId"]
        .as_str()
        .unwrap()
        .to_owned();
    kill_function(&stack, "ingest");
    let body = stack.ended(&id).await;
    assert_eq!(body["progress"]["succeeded"], KILLED);
    assert_eq!(stack.results(&id).await.lines().count(), 1 + KILLED);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn the_intake_of_an_announced_file_killed_half_way_is_resumed() {
    let _stack = alone().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let urls = each(&origin.serve("/a.jpg", small_photo()), KILLED);
    let csv = csv(&urls);
    let announced = announced::announce(&stack, csv.as_bytes(), json!({})).await;
    let id = announced.id();
    assert_eq!(announced.put(&stack, csv.as_bytes()).await, 200);
    until("the file is taken in", LONG, async || {
        let status = stack.status(&id).await;
        (status["progress"]["phase"] != "awaiting").then_some(())
    })
    .await;
    kill_function(&stack, "ingest");
    let body = stack.ended(&id).await;
    assert_eq!(body["progress"]["succeeded"], KILLED);
    assert_eq!(stack.results(&id).await.lines().count(), 1 + KILLED);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn mongodb_stopped_and_started_again_in_mid_request() {
    let _stack = alone().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let gate = Gate::closed();
    let held = each(&origin.hold("/held.jpg", small_photo(), &gate), 5);
    let id = stack.accepted(csv(&held), None).await;
    until("compress is at it", LONG, async || {
        (origin.hits("/held.jpg") >= 1).then_some(())
    })
    .await;
    let first = stack.pid("mongodb");
    signal(first, "STOP");
    assert_unavailable(&stack, &id).await;
    signal(first, "KILL");
    gate.open();
    let body = stack.ended(&id).await;
    assert_eq!(
        (&body["status"], &body["progress"]["succeeded"]),
        (&"Completed".into(), &5.into())
    );
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_upload_while_s3_answers_nothing_is_told_so() {
    let _stack = alone().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let photo = csv(&[origin.serve("/a.jpg", small_photo())]);
    // The first finds cold functions.
    stack.accepted(&photo, None).await;
    let fault = Fault::of_services(&stack, &json!({"s3": "hang"}));
    assert_503_within_5_s(stack.upload(&photo, None)).await;
    drop(fault);
    stack.accepted(&photo, None).await;
}

async fn assert_unavailable(stack: &Stack, id: &str) {
    let path = format!("/api/v1/images/status/{id}");
    assert_503_within_5_s(stack.get(&path)).await;
}

/// Never a hang. The last second is the emulator's and the network's.
async fn assert_503_within_5_s(call: impl Future<Output = Answer>) {
    let started = Instant::now();
    let answer = call.await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (503, "unavailable")
    );
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
}
