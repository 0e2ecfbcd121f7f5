//! What an operator does when something has gone wrong, as `docs/operations.md` tells it.

use serde_json::json;

use halftone_origin::{Answer, Gate, Origin};
use halftone_pipeline::jobs::webhook::signature::{self, Secret};
use halftone_pipeline::request::Timestamp;
use halftone_tests::faults::Fault;
use halftone_tests::many::Many;
use halftone_tests::stack::{LONG, Stack, alone, csv, small_photo};
use halftone_tests::storm::sweep;
use halftone_tests::verifiers::Signed;
use halftone_tests::wait::until;
use halftone_tests::{queues, secrets};

const QUEUE: &str = "finalizeQueueUrl";
const ASIDE: &str = "finalizeDlqUrl";

/// What `aws sqs start-message-move-task` does, which the emulator does not know.
async fn move_back(stack: &Stack) {
    for body in queues::receive(stack, stack.text(ASIDE)).await {
        let call = stack.sqs.send_message().queue_url(stack.text(QUEUE));
        call.message_body(body.to_string()).send().await.unwrap();
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn what_a_bad_finalize_put_aside_is_moved_back_and_done() {
    let _stack = alone().await;
    let stack = Stack::find().await;
    queues::set_most_receives(&stack, QUEUE, 2).await;
    queues::set_visibility_timeout(&stack, QUEUE, 3).await;
    let fault = Fault::of_deployment(&stack, "finalize", "MONGODB_SECRET", "no-such-secret").await;
    let many = Many::of_photos(&stack, 1).await;
    until("its message is put aside", LONG, async || {
        let aside = queues::count(&stack, ASIDE).await;
        (aside.visible > 0).then_some(())
    })
    .await;
    assert_eq!(many.status(&stack).await["status"], "Pending");
    queues::set_most_receives(&stack, QUEUE, queues::MOST_RECEIVES).await;
    queues::set_visibility_timeout(&stack, QUEUE, queues::FINALIZE_SECONDS).await;
    drop(fault);
    move_back(&stack).await;
    many.ends_whole(&stack).await;
    let aside = queues::count(&stack, ASIDE).await;
    assert_eq!(aside, queues::Count::default());
}

/// Whether the outputs bucket has a request's results.
async fn has_results(stack: &Stack, id: &str) -> bool {
    let call = stack.s3.head_object().bucket(stack.text("outputsBucket"));
    let head = call.key(format!("results/{id}.csv")).send().await;
    head.is_ok()
}

/// A request's CSV, as it is kept.
async fn kept_csv(stack: &Stack, id: &str) -> Vec<u8> {
    let call = stack.s3.get_object().bucket(stack.text("uploadsBucket"));
    let got = call.key(format!("requests/{id}.csv")).send().await;
    let body = got.unwrap().body.collect().await.unwrap();
    body.into_bytes().to_vec()
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn mongodb_is_lost_whole_and_its_requests_are_done_anew_from_their_csvs() {
    let _stack = alone().await;
    let stack = Stack::find().await;
    let (origin, gate) = (Origin::start().unwrap(), Gate::closed());
    let ended = stack
        .accepted(csv(&[origin.serve("/a.jpg", small_photo())]), None)
        .await;
    let output = stack.ended(&ended).await["data"]["images"][0]["outputUrl"].clone();
    let late = Answer::ok(small_photo()).held(&gate);
    let open = stack
        .accepted(csv(&[origin.on("/b.jpg", move |_| late.clone())]), None)
        .await;
    until("its image is asked for", LONG, async || {
        (origin.hits("/b.jpg") > 0).then_some(())
    })
    .await;
    let owner = stack.webhook_secret("").await.json()["ownerId"].clone();
    let fault = Fault::of_mongodb_lost(&stack).await;
    drop(fault);
    // Known to nobody any more, and the work that was going on for it ends.
    for id in [&ended, &open] {
        let path = format!("/api/v1/images/status/{id}");
        assert_eq!(stack.served(&path).await.status, 404, "{id}");
    }
    gate.open();
    queues::all_handled(&stack).await;
    sweep(&stack).await;
    // What had ended is all there; of what had not there is the CSV.
    let got = stack.output(output.as_str().unwrap()).await;
    assert_eq!(got.status, 200);
    assert!(has_results(&stack, &ended).await);
    assert!(!has_results(&stack, &open).await);
    let anew = stack.accepted(kept_csv(&stack, &open).await, None).await;
    let anew = stack.ended(&anew).await;
    assert_eq!(anew["progress"]["succeeded"], 1, "{anew}");
    // Owners are others, unless they are written back.
    assert_ne!(stack.webhook_secret("").await.json()["ownerId"], owner);
}

fn is_signed_by(webhook: &Signed, secret: &str) -> bool {
    let (key, at): (Secret, _) = (secret.parse().unwrap(), webhook.timestamp);
    let time = at.to_string();
    let signed = (&*webhook.id, &*time, &*webhook.signature);
    let now = Timestamp::from_unix_millis(at * 1_000).unwrap();
    signature::verify(&[key], signed, webhook.body.as_bytes(), now).is_ok()
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn another_master_key_signs_all_webhooks_once_all_is_deployed_anew() {
    let _stack = alone().await;
    let stack = Stack::find().await;
    let secret = async || {
        let answer = stack.webhook_secret("").await.json();
        answer["secret"].as_str().unwrap().to_owned()
    };
    let before = secret().await;
    let name = secrets::of_webhooks(&stack).await;
    let old = secrets::read(&stack, &name).await;
    let leaked = json!({"key": "0123456789abcdef".repeat(4)});
    secrets::write(&stack, &name, &leaked).await;
    let finalize = Fault::of_deployment(&stack, "finalize", "RUST_LOG", "debug").await;
    let status = Fault::of_deployment(&stack, "status", "RUST_LOG", "debug").await;
    let (now, webhook) = (secret().await, Signed::of_one_photograph(&stack).await);
    secrets::write(&stack, &name, &old).await;
    drop((finalize, status));
    assert!(is_signed_by(&webhook, &now));
    assert!(!is_signed_by(&webhook, &before));
    // Other tests find the stack as it was.
    assert_eq!(secret().await, before);
}
