//! Who may call what.

use aws_sdk_s3::primitives::ByteStream;

use halftone_origin::Origin;
use halftone_tests::stack::{Stack, csv, shared, small_photo};

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn calls_without_a_key_are_403() {
    let _stack = shared().await;
    let stack = Stack::find().await;
    let id = "0f8fad5b-d9cb-469f-a165-70867728950e";
    for path in [
        format!("/api/v1/images/status/{id}"),
        format!("/api/v1/images/results/{id}"),
        format!("/api/v1/images/requests/{id}"),
        "/api/v1/images/requests".to_owned(),
    ] {
        let none = stack.get_url(&stack.url(&path)).await;
        let wrong = stack.get_with_key(&path, "wrong").await;
        for answer in [none, wrong] {
            assert_eq!(
                (answer.status, &*answer.code()),
                (403, "invalid_api_key"),
                "{path}"
            );
        }
    }
    for path in ["/api/v1/images/upload", "/api/v1/webhooks/secret"] {
        let call = stack.post(path, &[], "").await;
        assert_eq!((call.status, &*call.code()), (403, "invalid_api_key"));
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn paths_and_methods_that_there_are_not_are_404() {
    let _stack = shared().await;
    let stack = Stack::find().await;
    for path in [
        "/api",
        "/api/v1/images",
        "/api/v1/images/upload",
        "/output/x",
    ] {
        let answer = stack.get(path).await;
        assert_eq!(
            (answer.status, &*answer.code()),
            (404, "not_found"),
            "{path}"
        );
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn the_console_is_one_page_without_a_key() {
    let _stack = shared().await;
    let stack = Stack::find().await;
    let answer = stack.get_url(&stack.url("/")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"));
    let known = stack.http.get(stack.url("/"));
    let known = known.header("if-none-match", &answer.headers["etag"]);
    assert_eq!(known.send().await.unwrap().status(), 304);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_output_can_be_looked_at_without_being_fetched() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let id = stack
        .accepted(csv(&[origin.serve("/a.jpg", small_photo())]), None)
        .await;
    let ended = stack.ended(&id).await;
    let image = &ended["data"]["images"][0];
    let url = image["outputUrl"].as_str().unwrap();
    let answer = stack.http.head(url).send().await.unwrap();
    assert_eq!(answer.status(), 302);
    let signed = answer.headers()["location"].to_str().unwrap();
    let look = stack.http.head(signed).send().await.unwrap();
    assert_eq!(look.status(), 200);
    assert_eq!(
        look.headers()["content-length"],
        image["bytesOut"].to_string()
    );
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn unknown_and_foreign_requests_look_alike() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let id = stack
        .accepted(csv(&[origin.serve("/a.jpg", small_photo())]), None)
        .await;
    stack.ended(&id).await;
    let foreign = stack.text("foreignApiKey");
    for call in ["status", "results", "requests"] {
        let path = |id: &str| format!("/api/v1/images/{call}/{id}");
        let other = stack.get_with_key(&path(&id), foreign).await;
        let none = stack
            .get(&path("0f8fad5b-d9cb-469f-a165-70867728950e"))
            .await;
        let nonsense = stack.get(&path("nonsense")).await;
        for answer in [&other, &none, &nonsense] {
            assert_eq!((answer.status, answer.code().as_str()), (404, "not_found"));
            assert_eq!(answer.bytes, none.bytes);
        }
    }
    let output = stack
        .get_url(&stack.url(&format!("/output/{id}/1/a.jpg")))
        .await;
    assert_eq!((output.status, output.code().as_str()), (404, "not_found"));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_output_outlives_what_is_recorded_of_it() {
    let _stack = shared().await;
    let stack = Stack::find().await;
    let key = "output/0f8fad5b-d9cb-469f-a165-70867728950e/7/old.jpg";
    let put = stack.s3.put_object().bucket(stack.text("outputsBucket"));
    let put = put.key(key).body(ByteStream::from(small_photo()));
    put.send().await.unwrap();
    let output = stack.output(&stack.url(&format!("/{key}"))).await;
    assert_eq!((output.status, output.bytes), (200, small_photo()));
    let other = stack.get_url(&stack.url(&format!("/{key}.jpg"))).await;
    assert_eq!((other.status, &*other.code()), (404, "not_found"));
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn unusable_pages_are_400() {
    let _stack = shared().await;
    let stack = Stack::find().await;
    let path = "/api/v1/images/status/0f8fad5b-d9cb-469f-a165-70867728950e";
    assert_eq!(
        stack.get(&format!("{path}?limit=0")).await.code(),
        "invalid_limit"
    );
    assert_eq!(
        stack.get(&format!("{path}?cursor=x")).await.code(),
        "invalid_cursor"
    );
}
