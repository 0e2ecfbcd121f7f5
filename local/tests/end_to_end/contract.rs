//! The contract as it is served, its examples, and that no call shows one owner what is another's.

use std::collections::BTreeMap;

use halftone_contract::examples::{self, API, ID, SHOP};
use halftone_contract::{document, postman};
use halftone_origin::{Gate, Origin};
use halftone_tests::announced::announce;
use halftone_tests::contract::checker;
use halftone_tests::stack::{Answer, LONG, Stack, csv, shared, small_photo};
use halftone_tests::wait::until;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn the_document_is_there_for_everybody_and_is_sent_once() {
    let _stack = shared().await;
    let stack = Stack::find().await;
    let url = stack.url("/api/v1/openapi.json");
    let served = stack.get_url(&url).await;
    assert_eq!((served.status, served.json()), (200, document()));
    let tag = served.headers["etag"].to_str().unwrap();
    let known = stack.http.get(&url).header("if-none-match", tag);
    let known = Answer::of(known.send().await.unwrap()).await;
    assert_eq!((known.status, known.bytes.as_slice()), (304, &b""[..]));
    let more = stack.get_url(&format!("{url}?more=1")).await;
    assert_eq!((more.status, &*more.code()), (400, "unknown_parameter"));
    // Its server is where it is, seen from itself.
    let server = document()["servers"][0]["url"].as_str().unwrap().to_owned();
    let base = url::Url::parse(&url).unwrap().join(&server).unwrap();
    assert_eq!(base.as_str().trim_end_matches('/'), stack.text("apiUrl"));
}

/// Real answers, as examples are kept.
struct Recorded {
    stack: Stack,
    origin: Origin,
    kept: BTreeMap<(String, u16), Value>,
}

impl Recorded {
    async fn all() -> BTreeMap<(String, u16), Value> {
        // Whose other requests are few.
        let stack = Stack::find_as_another().await;
        let origin = Origin::start().unwrap();
        let kept = BTreeMap::new();
        let mut recorded = Self {
            stack,
            origin,
            kept,
        };
        recorded.refusals().await;
        let id = recorded.life().await;
        recorded.control(&id).await;
        recorded.ends().await;
        recorded.kept
    }

    fn keep(&mut self, name: &str, status: u16, id: &str, body: Value) {
        let (api, shop) = (self.stack.text("apiUrl"), self.origin.url(""));
        let host = shop.replace("http://", "");
        let fixed = [(api, API), (&shop, SHOP), (&host, "shop.example"), (id, ID)];
        let fixed: Vec<_> = fixed
            .into_iter()
            .filter(|(known, _)| !known.is_empty())
            .collect();
        let body = examples::normalized(body, &fixed);
        self.kept.insert((name.to_owned(), status), body);
    }

    fn take(&mut self, name: &str, id: &str, answer: &Answer) {
        self.keep(name, answer.status, id, answer.json());
    }

    async fn refusals(&mut self) {
        let bad = "S. No.,Product Name,Input Image Urls\n1,Chair,\n";
        let answer = self.stack.upload(bad, None).await;
        self.take("uploadCsv", "", &answer);
        let answer = self.stack.get("/api/v1/images/requests?limit=0").await;
        self.take("listRequests", "", &answer);
        let file = "S. No.,Product Name,Input Image Urls\n1,Chair,https://shop.example/chair.jpg\n";
        let announced = announce(&self.stack, file.as_bytes(), json!({})).await;
        self.keep("announceCsv", 201, &announced.id(), announced.0.clone());
        let path = format!("/api/v1/images/requests/{}?purge=true", announced.id());
        self.stack.call(Method::DELETE, &path).await;
        let none = format!("/api/v1/images/requests/{ID}");
        let answer = self.stack.get(&none).await;
        self.take("getRequest", "", &answer);
        let answer = self.stack.get_url(&self.stack.url(&none)).await;
        self.take("listRequests", "", &answer);
        let signed = [
            ("webhook-id", "msg_1"),
            ("webhook-timestamp", "1"),
            ("webhook-signature", "v1,AA=="),
        ];
        let answer = self.stack.post("/api/v1/webhook", &signed, "{}").await;
        self.take("receiveWebhook", "", &answer);
        let answer = self.stack.post("/api/v1/webhook", &[], "{}").await;
        self.take("receiveWebhook", "", &answer);
        let answer = self.stack.webhook_secret("").await;
        let mut secret = answer.json();
        // As it is for who has never rotated it.
        secret["previous"] = Value::Null;
        self.keep("getWebhookSecret", 200, "", secret);
    }

    /// A request from its upload to its end.
    async fn life(&mut self) -> String {
        let chair = self.origin.serve("/chair.jpg", small_photo());
        let gone = self.origin.url("/gone.jpg");
        let hook = self.origin.serve("/hook", "ok");
        let csv =
            format!("S. No.,Product Name,Input Image Urls\n1,Chair,{chair}\n2,Table,{gone}\n");
        let dry = [("dryRun", "true")];
        let answer = self.stack.upload_with(&csv, &dry, &[]).await;
        self.take("uploadCsv", "", &answer);
        let answer = self.stack.upload(&csv, Some(&hook)).await;
        let id = answer.json()["requestId"].as_str().unwrap().to_owned();
        self.take("uploadCsv", &id, &answer);
        self.stack.ended(&id).await;
        let path = format!("/api/v1/images/requests/{id}");
        let answer = self.stack.served(&path).await;
        self.take("getRequest", &id, &answer);
        let path = format!("/api/v1/images/results/{id}");
        let answer = self
            .stack
            .get_with(&path, ("accept", "application/json"))
            .await;
        self.take("getResults", &id, &answer);
        let listed = self
            .stack
            .served("/api/v1/images/requests?limit=100")
            .await
            .json();
        let entries = listed["requests"].as_array().unwrap();
        let own = entries
            .iter()
            .find(|entry| entry["requestId"] == *id)
            .unwrap();
        let list = json!({"requests": [own], "nextCursor": "…"});
        self.keep("listRequests", 200, &id, list);
        self.event("/hook", "request.completed", &id).await;
        self.deliveries(&id).await;
        id
    }

    /// Its webhook, taken and then sent once more; and a receiver that is tried out.
    async fn deliveries(&mut self, id: &str) {
        let path = format!("/api/v1/images/requests/{id}/deliveries");
        let stack = &self.stack;
        let taken = async || {
            let listed = stack.served(&path).await;
            (listed.json()["deliveries"][0]["state"] == "Delivered").then_some(listed)
        };
        let listed = until("the webhook is taken", LONG, taken).await;
        let replay = format!("{path}/replay");
        let replayed = stack.call(Method::POST, &replay).await;
        until("it is taken once more", LONG, taken).await;
        let key = [("x-api-key", stack.text("apiKey"))];
        let tried = json!({"url": self.origin.url("/hook")}).to_string();
        let tried = stack.post("/api/v1/webhooks/test", &key, tried).await;
        self.take("listDeliveries", id, &listed);
        self.take("replayDelivery", id, &replayed);
        self.take("testWebhook", id, &tried);
    }

    /// What its owner may have done with it.
    async fn control(&mut self, id: &str) {
        let path = format!("/api/v1/images/requests/{id}");
        let post = async |stack: &Stack, what: &str| {
            stack.call(Method::POST, &format!("{path}/{what}")).await
        };
        let answer = post(&self.stack, "cancel").await;
        self.take("cancelRequest", id, &answer);
        let answer = post(&self.stack, "retry-failed?code=timeout").await;
        self.take("retryFailed", id, &answer);
        let answer = post(&self.stack, "retry-failed").await;
        self.take("retryFailed", id, &answer);
        self.stack.ended(id).await;
        let answer = self
            .stack
            .call(Method::DELETE, &format!("{path}?purge=true"))
            .await;
        self.take("deleteRequest", id, &answer);
    }

    /// How requests end otherwise.
    async fn ends(&mut self) {
        let gate = Gate::closed();
        let held = self.origin.hold("/held.jpg", small_photo(), &gate);
        let hook = self.origin.serve("/hook-cancelled", "ok");
        let id = self.stack.accepted(csv(&[held]), Some(&hook)).await;
        let path = format!("/api/v1/images/requests/{id}/cancel");
        let answer = self.stack.call(Method::POST, &path).await;
        self.take("cancelRequest", &id, &answer);
        // Opened before, the image could still be made.
        self.stack.ended(&id).await;
        gate.open();
        let answer = self.stack.call(Method::POST, &path).await;
        self.take("cancelRequest", &id, &answer);
        self.event("/hook-cancelled", "request.cancelled", &id)
            .await;
        let hook = self.origin.serve("/hook-failed", "ok");
        let gone = self.origin.url("/gone-too.jpg");
        let id = self.stack.accepted(csv(&[gone]), Some(&hook)).await;
        self.event("/hook-failed", "request.failed", &id).await;
    }

    async fn event(&mut self, path: &str, kind: &str, id: &str) {
        let posted = until("the webhook comes in", LONG, async || {
            self.origin.requests(path).pop()
        })
        .await;
        checker().event(&posted.body).unwrap();
        let event: Value = serde_json::from_slice(&posted.body).unwrap();
        assert_eq!(event["type"], kind);
        self.keep(kind, 200, id, event);
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn examples_are_what_the_stack_answers() {
    let _stack = shared().await;
    let recorded = Recorded::all().await;
    assert_eq!(
        recorded.len(),
        examples::all().len(),
        "{:?}",
        recorded.keys()
    );
    for ((name, status), answer) in recorded {
        let kept = examples::of(&name, status);
        assert_eq!(
            kept.as_ref(),
            Some(&answer),
            "{name} {status}: by_hand_write_examples writes it anew"
        );
    }
}

#[tokio::test]
#[ignore = "writes what the other test compares with"]
async fn by_hand_write_examples() {
    let _stack = shared().await;
    for ((name, status), answer) in Recorded::all().await {
        let text = format!("{answer:#}\n");
        std::fs::write(examples::file(&name, status), text).unwrap();
    }
}

/// The calls about one request that take a key: method and path.
fn calls_about(id: &str) -> Vec<(Method, String)> {
    let document = document();
    let mut calls = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        if !path.contains("{requestId}") {
            continue;
        }
        for method in postman::METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            // Of these the path is the capability.
            if operation.get("security").is_some() {
                assert!(path.starts_with("/output/"), "{path} needs no key");
                continue;
            }
            let method = method.to_uppercase().parse().unwrap();
            calls.push((method, path.replace("{requestId}", id)));
        }
    }
    assert!(calls.len() >= 7, "{calls:?}");
    calls
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn no_call_shows_or_changes_what_is_another_owner_s() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let another = Stack::find_as_another().await;
    let url = origin.serve("/a.jpg", small_photo());
    let id = stack.accepted(csv(&[url]), None).await;
    let before = stack.ended(&id).await;
    for (method, path) in calls_about(&id) {
        let none = path.replace(&id, ID);
        for query in ["", "?purge=true"] {
            let call = async |stack: &Stack, path: &str| {
                stack.call(method.clone(), &format!("{path}{query}")).await
            };
            let theirs = call(&another, &path).await;
            // A call may have no such parameter, which is said of any request.
            if !query.is_empty() && theirs.status == 400 {
                continue;
            }
            assert_eq!(
                (theirs.status, &*theirs.code()),
                (404, "not_found"),
                "{method} {path}{query}"
            );
            let nobodys = call(&another, &none).await;
            assert_eq!(theirs.bytes, nobodys.bytes, "{method} {path}{query}");
        }
    }
    assert_eq!(stack.status(&id).await, before);
    let listed = another.served("/api/v1/images/requests?limit=100").await;
    assert!(!String::from_utf8_lossy(&listed.bytes).contains(&id));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn two_owners_may_use_the_same_idempotency_key() {
    let _stack = shared().await;
    let origin = Origin::start().unwrap();
    let csv = csv(&[origin.serve("/a.jpg", small_photo())]);
    let mut ids = Vec::new();
    for stack in [Stack::find().await, Stack::find_as_another().await] {
        let key = [("idempotency-key", "one-and-the-same")];
        let answer = stack.upload_with(&csv, &[], &key).await;
        // Of a stack that is tested again, the origin was another.
        if answer.status == 202 {
            ids.push(answer.json()["requestId"].as_str().unwrap().to_owned());
        }
    }
    ids.dedup();
    assert!(ids.len() != 1, "{ids:?}");
}
