//! Webhooks' keys, and the receiver that checks by them.

use serde_json::json;

use halftone_origin::Origin;
use halftone_pipeline::jobs::webhook::signature::{self, Secret};
use halftone_pipeline::request::Timestamp;
use halftone_tests::stack::{LONG, Stack, csv, shared, small_photo};
use halftone_tests::verifiers::{self, REGISTRIES, Signed};
use halftone_tests::wait::until;

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn the_webhook_receiver_says_so_and_refuses_wrong_signatures() {
    let _stack = shared().await;
    let stack = Stack::find().await;
    let body = r#"{"requestId":"0f8fad5b-d9cb-469f-a165-70867728950e","status":"Completed"}"#;
    let answer = stack.post("/api/v1/webhook", &[], body).await;
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({"message": "Webhook received"}))
    );
    let signed = [
        ("webhook-id", "msg_1"),
        ("webhook-timestamp", "1"),
        ("webhook-signature", "v1,AA=="),
    ];
    let answer = stack.post("/api/v1/webhook", &signed, body).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (401, "wrong_signature")
    );
}

/// A webhook that came in at an origin, as it is sent on to the receiver.
async fn forwarded(stack: &Stack, origin: &Origin) -> u16 {
    let posted = until("the webhook comes in", LONG, async || {
        origin.requests("/hook").pop()
    })
    .await;
    let names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    let headers = names.map(|name| (name, posted.headers[name].as_str()));
    let sent_on = stack.post("/api/v1/webhook", &headers, posted.body.clone());
    let status = sent_on.await.status;
    let forged = stack.post(
        "/api/v1/webhook",
        &headers,
        [&posted.body[..], b" "].concat(),
    );
    assert_eq!(forged.await.status, 401);
    status
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn the_receiver_knows_the_key_of_whose_request_a_webhook_tells() {
    let _stack = shared().await;
    for stack in [Stack::find().await, Stack::find_as_another().await] {
        let origin = Origin::start().unwrap();
        let hook = origin.serve("/hook", "ok");
        let photo = origin.serve("/a.jpg", small_photo());
        stack.accepted(csv(&[photo]), Some(&hook)).await;
        assert_eq!(forwarded(&stack, &origin).await, 200);
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn each_key_is_shown_its_own_secret_and_may_rotate_it_once_a_day() {
    let _stack = shared().await;
    // No other test has this key's webhooks verified.
    let stack = Stack::find_as_another().await;
    let before = stack.webhook_secret("").await;
    assert_eq!(before.headers["cache-control"], "no-store");
    let others = Stack::find().await.webhook_secret("").await.json();
    assert_ne!(before.json()["secret"], others["secret"]);
    assert_eq!(
        stack.webhook_secret("?rotate=yes").await.code(),
        "invalid_rotate"
    );
    let rotated = stack.webhook_secret("?rotate=true").await;
    // Of a stack that is tested again, it was rotated before.
    if rotated.status == 200 {
        let rotated = rotated.json();
        assert_eq!(rotated["ownerId"], before.json()["ownerId"]);
        assert_eq!(rotated["previous"]["secret"], before.json()["secret"]);
    }
    let again = stack.webhook_secret("?rotate=true").await;
    assert_eq!((again.status, &*again.code()), (409, "rotated_recently"));
    let now = stack.webhook_secret("").await.json();
    let secrets = [&now["secret"], &now["previous"]["secret"]].map(|it| it.as_str().unwrap());
    let genuine = Signed::of_one_photograph(&stack).await;
    for registry in REGISTRIES {
        agree(&stack, registry, secrets, &genuine);
    }
}

/// A published library takes a webhook for genuine by either of an owner's secrets, and nothing else; what
/// it signs itself is what we sign.
fn agree(stack: &Stack, registry: &str, secrets: [&str; 2], genuine: &Signed) {
    let forged = Signed {
        body: format!("{} ", genuine.body),
        ..genuine.clone()
    };
    let renamed = Signed {
        id: "msg_1".to_owned(),
        ..genuine.clone()
    };
    let old = Signed {
        timestamp: genuine.timestamp - 3_600,
        ..genuine.clone()
    };
    let strange = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let asked = [
        (secrets[0], genuine),
        (secrets[1], genuine),
        (secrets[0], &forged),
        (secrets[0], &renamed),
        (secrets[0], &old),
        (strange, genuine),
    ];
    let said = verifiers::ask(stack, registry, &asked);
    let verified: Vec<_> = said.iter().map(|said| said.verified).collect();
    assert_eq!(
        verified,
        [true, true, false, false, false, false],
        "{registry}"
    );
    let sent: Vec<_> = genuine.signature.split(' ').collect();
    assert_eq!(sent, [&*said[0].signed, &*said[1].signed], "{registry}");
    for ((secret, webhook), said) in asked.iter().zip(&said) {
        let key: Secret = secret.parse().unwrap();
        let at = webhook.timestamp.to_string();
        let signed = (&*webhook.id, &*at, &*said.signed);
        let now = Timestamp::from_unix_millis(webhook.timestamp * 1_000).unwrap();
        signature::verify(&[key], signed, webhook.body.as_bytes(), now).unwrap();
    }
}

/// The vector of the specification's own libraries, by which these are known to be what they say.
#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn the_published_libraries_sign_the_vector_of_the_specification() {
    let _stack = shared().await;
    let stack = Stack::find().await;
    let vector = Signed {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek".to_owned(),
        timestamp: 1_614_265_330,
        signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".to_owned(),
        body: r#"{"test": 2432232314}"#.to_owned(),
    };
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let key: Secret = secret.parse().unwrap();
    let at = Timestamp::from_unix_millis(vector.timestamp * 1_000).unwrap();
    let ours = signature::sign(&[key], &vector.id, at, vector.body.as_bytes());
    assert_eq!(ours, vector.signature);
    for registry in REGISTRIES {
        let said = verifiers::ask(&stack, registry, &[(secret, &vector)]);
        assert_eq!(said[0].signed, vector.signature, "{registry}");
        // It is right, and years old.
        assert!(!said[0].verified, "{registry}");
    }
}
