//! No log tells what it must not: keys, secrets, and what stands behind a `?`, where shops put their tokens.

use serde_json::{Value, json};

use halftone_origin::{Answer, Origin};
use halftone_tests::stack::{LONG, Stack, csv, shared, small_photo};
use halftone_tests::wait::until;

const FUNCTIONS: [&str; 5] = ["upload", "ingest", "compress", "finalize", "status"];

/// A word that stands nowhere else, by where it was put.
fn planted(place: &str) -> String {
    format!("planted0c7f{place}")
}

/// All that a function has logged.
async fn log(stack: &Stack, function: &str) -> String {
    let headers = [
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", "Logs_20140328.FilterLogEvents"),
    ];
    let group = format!("/aws/lambda/{}", stack.function(function));
    let (mut text, mut next) = (String::new(), None);
    loop {
        let mut asked = json!({"logGroupName": group});
        if let Some(next) = next {
            asked["nextToken"] = next;
        }
        let answer = stack.aws("logs", &headers, asked.to_string()).await;
        let answer: Value = serde_json::from_str(&answer).unwrap();
        for event in answer["events"].as_array().unwrap() {
            text.push_str(event["message"].as_str().unwrap());
            text.push('\n');
        }
        match answer.get("nextToken").filter(|token| token.is_string()) {
            Some(token) => next = Some(token.clone()),
            None => return text,
        }
    }
}

/// URLs that fail in every way at which something is logged, and one that does not.
fn urls(origin: &Origin) -> Vec<String> {
    let secret = |url: String, place: &str| {
        let end = planted(place);
        format!("{url}?token={end}&X-Amz-Signature={end}")
    };
    let away = secret(origin.url("/missing.jpg"), "behind");
    let inside = format!("http://10.0.0.1/?token={}", planted("inside"));
    vec![
        secret(origin.serve("/good.jpg", small_photo()), "good"),
        secret(origin.url("/missing.jpg"), "missing"),
        secret(origin.on("/broken.jpg", |_| Answer::status(500)), "broken"),
        secret(origin.on("/silent.jpg", |_| Answer::silence()), "silent"),
        secret(
            origin.serve("/page.jpg", "<!doctype html><p>Not here"),
            "page",
        ),
        secret(
            origin.on("/away.jpg", move |_| Answer::redirect(away.clone())),
            "away",
        ),
        secret(
            origin.on("/inside.jpg", move |_| Answer::redirect(inside.clone())),
            "inside",
        ),
        secret("http://127.0.0.1:1/a.jpg".to_owned(), "port"),
        secret("http://10.0.0.1/a.jpg".to_owned(), "address"),
        secret("http://nobody.invalid/a.jpg".to_owned(), "name"),
        secret("https://127.0.0.1:9009/a.jpg".to_owned(), "closed"),
    ]
}

/// What may stand in no log, whoever put it where.
async fn secrets(stack: &Stack) -> Vec<String> {
    let mut secrets = vec![
        "planted0c7f".to_owned(),
        stack.text("apiKey").to_owned(),
        stack.text("foreignApiKey").to_owned(),
        stack.guarded().2.to_owned(),
    ];
    let own = stack.webhook_secret("").await.json();
    secrets.push(own["secret"].as_str().unwrap().to_owned());
    secrets
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn no_log_tells_a_secret_or_a_query() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let hook = origin.on("/hook", |request| match request.nth {
        1 => Answer::status(500),
        _ => Answer::ok("ok"),
    });
    let hook = format!("{hook}?key={}", planted("hook"));
    let key = planted("idempotency");
    let fields = [("webhookUrl", hook.as_str())];
    let more = [("idempotency-key", key.as_str())];
    let answer = stack.upload_with(csv(&urls(&origin)), &fields, &more).await;
    assert_eq!(answer.status, 202);
    let id = answer.json()["requestId"].as_str().unwrap().to_owned();
    // What is refused is logged too, if at all.
    let wrong = format!("nothing\nhttps://u:{}@a.example/", planted("password"));
    assert_eq!(stack.upload(wrong, None).await.status, 422);
    let path = format!("/api/v1/images/status/{id}?cursor={}", planted("cursor"));
    assert!(stack.get(&path).await.status >= 400);
    let path = format!("/api/v1/images/status/{id}");
    assert_eq!(stack.get_with_key(&path, &planted("key")).await.status, 403);
    stack.ended(&id).await;
    until("the webhook came again", LONG, async || {
        (origin.hits("/hook") >= 2).then_some(())
    })
    .await;
    let secrets = secrets(&stack).await;
    let mut told = Vec::new();
    for function in FUNCTIONS {
        let log = log(&stack, function).await;
        for line in log.lines() {
            if secrets.iter().any(|secret| line.contains(secret)) {
                told.push(format!("{function}: {line}"));
            }
        }
        // It is the right log: it tells of this request, or at least of something.
        let tells = !matches!(function, "compress" | "finalize") || log.contains(&id);
        assert!(tells, "{function} logged nothing of {id}");
    }
    assert_eq!(told, Vec::<String>::new());
}
