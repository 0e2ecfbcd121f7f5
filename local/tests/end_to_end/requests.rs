//! An owner's requests: listed, given up, done again, removed.

use halftone_origin::{Answer, Gate, Origin};
use halftone_tests::stack::{LONG, Stack, csv, each, shared, small_photo};
use halftone_tests::wait::until;
use reqwest::Method;

fn path(id: &str) -> String {
    format!("/api/v1/images/requests/{id}")
}

/// The webhooks that have come in, by their `webhook-id`, with their `type`.
fn webhooks(origin: &Origin) -> Vec<(String, String)> {
    let hooks = origin.requests("/hook").into_iter();
    hooks
        .map(|hook| {
            let body: serde_json::Value = serde_json::from_slice(&hook.body).unwrap();
            let kind = body["type"].as_str().unwrap().to_owned();
            (hook.headers["webhook-id"].to_owned(), kind)
        })
        .collect()
}

async fn webhook_of(origin: &Origin, id: &str, round: u32, kind: &str) {
    let expected = (format!("msg_{id}_{round}"), kind.to_owned());
    until("the webhook comes in", LONG, async || {
        webhooks(origin).contains(&expected).then_some(())
    })
    .await;
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn requests_are_listed_newest_first_to_their_owner_only() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let csv = csv(&[origin.serve("/a.jpg", small_photo())]);
    let (one, two) = (
        stack.accepted(&csv, None).await,
        stack.accepted(&csv, None).await,
    );
    stack.ended(&one).await;
    stack.ended(&two).await;
    let mut found = Vec::new();
    let mut cursor = String::new();
    // Other tests' requests may be in between.
    while !found.contains(&one) {
        let path = format!("/api/v1/images/requests?status=Completed&limit=1{cursor}");
        let page = stack.served(&path).await;
        assert_eq!(page.status, 200);
        let page = page.json();
        let entry = &page["requests"][0];
        assert_eq!(entry["status"], "Completed");
        found.push(entry["requestId"].as_str().unwrap().to_owned());
        if entry["requestId"] == *one {
            assert_eq!(entry["progress"]["succeeded"], 1);
            assert_eq!(entry["source"]["name"], "products.csv");
            assert!(entry["savings"]["bytesIn"].as_u64() > entry["savings"]["bytesOut"].as_u64());
        }
        let next = page["nextCursor"].as_str();
        cursor = next.map_or_else(String::new, |next| format!("&cursor={next}"));
    }
    let place = |id: &String| found.iter().position(|found| found == id).unwrap();
    assert!(place(&two) < place(&one));
    let foreign = stack
        .get_with_key("/api/v1/images/requests", stack.text("foreignApiKey"))
        .await;
    let foreign = String::from_utf8(foreign.bytes).unwrap();
    assert!(!foreign.contains(&one), "{foreign}");
    let same = stack
        .served(&format!("/api/v1/images/requests/{one}"))
        .await;
    assert_eq!(same.json(), stack.status(&one).await);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn what_a_list_cannot_be_narrowed_by_is_refused_by_name() {
    let _stack = shared().await;
    let stack = Stack::find().await;
    for (query, code) in [
        ("status=done", "invalid_status"),
        ("since=today", "invalid_since"),
        ("limit=101", "invalid_limit"),
        ("cursor=x", "invalid_cursor"),
        ("page=2", "unknown_parameter"),
    ] {
        let answer = stack.get(&format!("/api/v1/images/requests?{query}")).await;
        assert_eq!((answer.status, &*answer.code()), (400, code), "{query}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_request_that_is_cancelled_ends_with_what_it_has_and_says_so() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let gate = Gate::closed();
    let hook = origin.serve("/hook", "ok");
    let mut urls = vec![origin.serve("/a.jpg", small_photo())];
    urls.extend(each(&origin.hold("/slow.jpg", small_photo(), &gate), 40));
    let id = stack.accepted(csv(&urls), Some(&hook)).await;
    until("an image succeeds", LONG, async || {
        let status = stack.status(&id).await;
        (status["progress"]["succeeded"] == 1).then_some(())
    })
    .await;
    let answer = stack.call(Method::DELETE, &path(&id)).await;
    assert_eq!(answer.status, 202);
    assert_eq!(answer.json()["progress"]["phase"], "cancelling");
    let ended = stack.ended(&id).await;
    gate.open();
    assert_eq!(ended["status"], "Cancelled");
    assert_eq!(ended["progress"]["cancelled"], 40, "{ended}");
    assert_eq!(ended["progress"]["percent"], 100);
    assert_eq!(ended["data"]["images"][1]["status"], "Cancelled");
    webhook_of(&origin, &id, 1, "request.cancelled").await;
    assert_eq!(stack.results(&id).await.matches(",Cancelled,").count(), 40);
    // Again, and the other way to say it: as it is.
    let cancel = format!("{}/cancel", path(&id));
    let again = stack.call(Method::POST, &cancel).await;
    assert_eq!((again.status, again.json()), (200, stack.status(&id).await));
    let retry = format!("{}/retry-failed", path(&id));
    let retry = stack.call(Method::POST, &retry).await;
    assert_eq!((retry.status, &*retry.code()), (409, "cancelled"));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn what_failed_goes_again_and_the_results_say_in_which_round() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let hook = origin.serve("/hook", "ok");
    origin.on("/late.jpg", |_| Answer::status(404));
    let late = origin.url("/late.jpg");
    let urls = [origin.serve("/a.jpg", small_photo()), late.clone(), late];
    let id = stack.accepted(csv(&urls), Some(&hook)).await;
    let first = stack.ended(&id).await;
    assert_eq!(
        (&first["status"], &first["round"]),
        (&"Completed".into(), &1.into())
    );
    webhook_of(&origin, &id, 1, "request.completed").await;
    let retry = |query: &str| format!("{}/retry-failed{query}", path(&id));
    for (query, status, code) in [
        ("?code=timeout", 409, "nothing_failed"),
        ("?host=shop.example", 409, "nothing_failed"),
        ("?cod=timeout", 400, "unknown_parameter"),
    ] {
        let refused = stack.call(Method::POST, &retry(query)).await;
        assert_eq!((refused.status, &*refused.code()), (status, code));
    }
    origin.serve("/late.jpg", small_photo());
    let answer = stack.call(Method::POST, &retry("?code=http_status")).await;
    assert_eq!(answer.status, 202);
    let second = stack.ended(&id).await;
    assert_eq!(second["round"], 2);
    assert_eq!(second["progress"]["succeeded"], 3, "{second}");
    let images = &second["data"]["images"];
    assert_eq!(images[0], first["data"]["images"][0]);
    assert_eq!(images[1]["round"], 2);
    webhook_of(&origin, &id, 2, "request.completed").await;
    assert_eq!(origin.requests("/a.jpg").len(), 1);
    let results = stack.results(&id).await;
    assert!(
        results
            .lines()
            .next()
            .unwrap()
            .ends_with(",Round,Unchanged"),
        "{results}"
    );
    assert!(results.trim_end().ends_with(",2,"), "{results}");
    let output = stack.output(images[2]["outputUrl"].as_str().unwrap()).await;
    assert_eq!(output.status, 200);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn a_purge_removes_all_of_a_request_and_nothing_else() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let csv_of = |path: &str| csv(&[origin.serve(path, small_photo())]);
    let id = stack.accepted(csv_of("/a.jpg"), None).await;
    // Of another picture: an output that both named would stay.
    let other = stack.accepted(csv_of("/b.jpg"), None).await;
    let url = stack.ended(&id).await["data"]["images"][0]["outputUrl"].clone();
    let refused = stack.call(Method::DELETE, &path(&id)).await;
    assert_eq!((refused.status, &*refused.code()), (409, "already_ended"));
    let purge = format!("{}?purge=true", path(&id));
    for _ in 0..2 {
        let answer = stack.call(Method::DELETE, &purge).await;
        assert_eq!(
            (answer.status, &answer.json()["purging"]),
            (202, &true.into())
        );
    }
    for gone in [path(&id), format!("/api/v1/images/results/{id}")] {
        assert_eq!(stack.get(&gone).await.status, 404, "{gone}");
    }
    let list = stack.get("/api/v1/images/requests?limit=100").await;
    assert!(!String::from_utf8(list.bytes).unwrap().contains(&id));
    until("the output is gone", LONG, async || {
        let answer = stack.get_url(url.as_str().unwrap()).await;
        (answer.status == 404).then_some(())
    })
    .await;
    for (bucket, prefix) in [
        ("outputsBucket", format!("output/{id}/")),
        ("outputsBucket", format!("results/{id}")),
        ("uploadsBucket", format!("requests/{id}")),
    ] {
        let call = stack.s3.list_objects_v2().bucket(stack.text(bucket));
        let listed = call.prefix(&prefix).send().await.unwrap();
        assert_eq!(listed.contents().len(), 0, "{prefix}");
    }
    let kept = stack.ended(&other).await["data"]["images"][0]["outputUrl"].clone();
    assert_eq!(stack.output(kept.as_str().unwrap()).await.status, 200);
    let unknown = path("0f8fad5b-d9cb-469f-a165-70867728950e");
    assert_eq!(stack.call(Method::DELETE, &unknown).await.status, 404);
}
