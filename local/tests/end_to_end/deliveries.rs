//! Webhooks from their owner's side: what became of them, once more, and trying a receiver out.

use halftone_origin::{Answer, Origin};
use halftone_tests::queues;
use halftone_tests::stack::{Answer as Answered, LONG, Stack, csv, shared, small_photo};
use halftone_tests::wait::until;
use reqwest::Method;
use serde_json::{Value, json};

fn path(id: &str) -> String {
    format!("/api/v1/images/requests/{id}/deliveries")
}

/// The first webhook of a request, once it stands so.
async fn delivery(stack: &Stack, id: &str, state: &str) -> Value {
    until("the webhook is recorded", LONG, async || {
        let found = stack.served(&path(id)).await.json()["deliveries"][0].clone();
        (found["state"] == state).then_some(found)
    })
    .await
}

async fn replay(stack: &Stack, id: &str, query: &str) -> Answered {
    let path = format!("{}/replay{query}", path(id));
    stack.call(Method::POST, &path).await
}

async fn test(stack: &Stack, body: &Value) -> Answered {
    let key = ("x-api-key", stack.text("apiKey"));
    stack
        .post("/api/v1/webhooks/test", &[key], body.to_string())
        .await
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_webhook_is_shown_with_its_attempts_and_sent_once_more() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let hook = origin.serve("/hook", "ok");
    let photo = origin.serve("/a.jpg", small_photo());
    let id = stack.accepted(csv(&[photo]), Some(&hook)).await;
    let first = delivery(&stack, &id, "Delivered").await;
    assert_eq!(first["webhookId"], format!("msg_{id}_1"));
    assert_eq!(
        (&first["type"], &first["round"]),
        (&json!("request.completed"), &json!(1))
    );
    assert_eq!(
        (&first["url"], &first["attemptsMade"]),
        (&json!(hook), &json!(1))
    );
    let attempt = &first["attempts"][0];
    assert_eq!(
        (&attempt["status"], &attempt["error"]),
        (&json!(200), &Value::Null)
    );
    assert!(
        attempt["durationMs"].is_u64() && attempt["at"].is_string(),
        "{attempt}"
    );
    assert_eq!(first["nextAttemptAt"], Value::Null);
    let by_id = format!("?webhookId=msg_{id}_1");
    let replayed = replay(&stack, &id, &by_id).await;
    assert_eq!(
        (replayed.status, &replayed.json()["state"]),
        (202, &json!("Pending"))
    );
    until("it comes again", LONG, async || {
        (origin.hits("/hook") == 2).then_some(())
    })
    .await;
    let posted = origin.requests("/hook");
    assert_eq!(
        posted[0].headers["webhook-id"],
        posted[1].headers["webhook-id"]
    );
    assert_eq!(posted[0].body, posted[1].body);
    let again = delivery(&stack, &id, "Delivered").await;
    assert_eq!(
        (&again["attemptsMade"], &again["replays"]),
        (&json!(2), &json!(1))
    );
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_webhook_that_is_given_up_says_why_and_another_owner_sees_nothing() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let hook = origin.on("/hook", |_| Answer::status(410));
    let photo = origin.serve("/a.jpg", small_photo());
    let id = stack.accepted(csv(&[photo]), Some(&hook)).await;
    let failed = delivery(&stack, &id, "Failed").await;
    let error = &failed["attempts"][0]["error"];
    assert_eq!(error["code"], "http_status");
    assert_eq!(
        error["message"],
        "the receiver answered with status 410: it wants no more webhooks"
    );
    let other = Stack::find_as_another().await;
    let shown = other.call(Method::GET, &path(&id)).await;
    assert_eq!((shown.status, &*shown.code()), (404, "not_found"));
    let sent = replay(&other, &id, "").await;
    assert_eq!((sent.status, &*sent.code()), (404, "not_found"));
    for (query, status, code) in [
        ("?webhookId=msg_1", 400, "invalid_webhook_id"),
        (&*format!("?webhookId=msg_{id}_9"), 404, "no_webhook"),
        ("?webhook=1", 400, "unknown_parameter"),
    ] {
        let refused = replay(&stack, &id, query).await;
        assert_eq!(
            (refused.status, &*refused.code()),
            (status, code),
            "{query}"
        );
    }
    assert_eq!(origin.hits("/hook"), 1);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_receiver_is_tried_out_and_its_answer_told() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let hook = origin.serve("/hook", "ok");
    let tested = test(&stack, &json!({"url": hook})).await;
    assert_eq!(
        tested.status,
        200,
        "{}",
        String::from_utf8_lossy(&tested.bytes)
    );
    let tested = tested.json();
    assert_eq!(
        (&tested["delivered"], &tested["status"]),
        (&json!(true), &json!(200))
    );
    assert_eq!(tested["error"], Value::Null);
    let posted = origin.requests("/hook").pop().unwrap();
    assert_eq!(tested["webhookId"], *posted.headers["webhook-id"]);
    let body: Value = serde_json::from_slice(&posted.body).unwrap();
    assert_eq!(body["type"], "webhook.test");
    // The receiver that comes along knows tests too.
    let own = test(&stack, &json!({"url": stack.url("/api/v1/webhook")}))
        .await
        .json();
    assert_eq!(own["status"], 200, "{own}");
    let slow = origin.on("/late", |_| {
        Answer::status(200).after(std::time::Duration::from_secs(4))
    });
    for (url, code, word) in [
        (
            &*origin.on("/broken", |_| Answer::status(500)),
            "http_status",
            "out of order",
        ),
        (
            &*origin.on("/moved", |_| Answer::status(302)),
            "http_status",
            "a redirect",
        ),
        (&*slow, "timeout", "WebhookTimeoutSeconds"),
        ("http://10.0.0.1/hook", "blocked_address", "AllowedNetworks"),
        ("http://127.0.0.1:9/hook", "connect_failed", "no connection"),
    ] {
        let tested = test(&stack, &json!({"url": url})).await.json();
        assert_eq!(tested["delivered"], false, "{url}: {tested}");
        assert_eq!(tested["error"]["code"], code, "{url}: {tested}");
        let message = tested["error"]["message"].as_str().unwrap();
        assert!(message.contains(word), "{url}: {message}");
    }
    for (body, status, code) in [
        (json!({"address": hook}), 400, "invalid_body"),
        (json!({"url": "ftp://a/"}), 422, "invalid_webhook_url"),
    ] {
        let refused = test(&stack, &body).await;
        assert_eq!((refused.status, &*refused.code()), (status, code));
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_end_is_told_by_the_topic_too() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let queue = queues::subscribed(&stack, stack.text("noticeTopicArn")).await;
    let photo = origin.serve("/a.jpg", small_photo());
    let id = stack
        .accepted(csv(&[photo, origin.url("/gone.jpg")]), None)
        .await;
    let (envelope, body) = until("the notice comes", LONG, async || {
        let came = queues::receive(&stack, &queue).await;
        // Other tests' requests end too.
        came.into_iter().find_map(|envelope| {
            let body: Value = serde_json::from_str(envelope["Message"].as_str()?).ok()?;
            (body["requestId"] == *id).then_some((envelope, body))
        })
    })
    .await;
    let subject = envelope["Subject"].as_str().unwrap();
    assert!(
        subject.starts_with("Halftone: request completed, 1 of 2 images, "),
        "{subject}"
    );
    assert!(subject.is_ascii() && subject.len() <= 100);
    assert_eq!(body["type"], "request.completed");
    assert_eq!(body["data"]["progress"]["failed"], 1);
    assert!(body["ownerId"].is_string());
}
