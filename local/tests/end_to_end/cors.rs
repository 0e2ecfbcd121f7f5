//! Calls from a web page of another origin, which the stack of tests allows for one.

use aws_sdk_s3::presigning::PresigningConfig;
use reqwest::Method;
use serde_json::json;

use halftone_origin::Origin;
use halftone_tests::announced::announce;
use halftone_tests::faults::Fault;
use halftone_tests::stack::{Answer, LONG, Stack, alone, csv, shared, small_photo};

const PAGE: &str = "https://shop.example";
const STATUS: &str = "/api/v1/images/status/0f8fad5b-d9cb-469f-a165-70867728950e";

fn allowed(answer: &Answer) -> Option<&str> {
    let origin = answer.headers.get("access-control-allow-origin")?;
    origin.to_str().ok()
}

/// What a browser asks before it calls.
async fn preflight(stack: &Stack, url: &str, page: &str, method: &str) -> Answer {
    let call = stack.http.request(Method::OPTIONS, url);
    let call = call
        .header("origin", page)
        .header("access-control-request-method", method)
        .header("access-control-request-headers", "x-api-key");
    Answer::of(call.send().await.unwrap()).await
}

async fn get_from(stack: &Stack, url: &str, page: &str) -> Answer {
    let call = stack.http.get(url).header("origin", page);
    Answer::of(call.send().await.unwrap()).await
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn the_api_may_be_called_from_the_page_whatever_it_answers() {
    let _stack = shared().await;
    let stack = Stack::find().await;
    let upload = "/api/v1/images/upload";
    for (path, method) in [(upload, "POST"), (STATUS, "GET")] {
        let answer = preflight(&stack, &stack.url(path), PAGE, method).await;
        assert_eq!(
            (answer.status, allowed(&answer)),
            (200, Some(PAGE)),
            "{path}"
        );
        let header = |name: &str| answer.headers[name].to_str().unwrap();
        assert!(header("access-control-allow-methods").contains(method));
        let headers = header("access-control-allow-headers");
        for name in [
            "content-type",
            "idempotency-key",
            "if-none-match",
            "x-api-key",
        ] {
            assert!(headers.contains(name), "{name}");
        }
    }
    let accepted = stack.upload(csv(&["http://192.0.2.1/a.jpg"]), None).await;
    let exposed = accepted.headers["access-control-expose-headers"]
        .to_str()
        .unwrap();
    assert!(exposed.contains("location"), "{exposed}");
    for (what, answer, status) in [
        ("accepted", accepted, 202),
        ("refused", stack.upload("", None).await, 422),
        ("unknown", stack.get(STATUS).await, 404),
        ("no such path", stack.get("/api/v1/images").await, 404),
        ("no key", stack.get_url(&stack.url(STATUS)).await, 403),
    ] {
        assert_eq!(
            (answer.status, allowed(&answer)),
            (status, Some(PAGE)),
            "{what}"
        );
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn the_page_may_fetch_outputs_and_drop_files_by_presigned_urls() {
    let _stack = shared().await;
    let (stack, origin) = (Stack::find().await, Origin::start().unwrap());
    let photo = origin.serve("/a.jpg", small_photo());
    let id = stack.accepted(csv(&[photo]), None).await;
    let url = stack.ended(&id).await["data"]["images"][0]["outputUrl"].clone();
    let redirect = stack.get_url(url.as_str().unwrap()).await;
    let output = redirect.headers["location"].to_str().unwrap();
    let fetched = get_from(&stack, output, PAGE).await;
    assert_eq!((fetched.status, allowed(&fetched)), (200, Some(PAGE)));
    assert_eq!(
        allowed(&get_from(&stack, output, "https://other.example").await),
        None
    );

    let drop = stack.s3.put_object().bucket(stack.text("dropBucket"));
    let drop = drop.key("by-hand/products.csv");
    let drop = drop.presigned(PresigningConfig::expires_in(LONG).unwrap());
    let drop = drop.await.unwrap().uri().to_owned();
    let asked = preflight(&stack, &drop, PAGE, "PUT").await;
    assert_eq!((asked.status, allowed(&asked)), (200, Some(PAGE)));
    for (page, method) in [("https://other.example", "PUT"), (PAGE, "DELETE")] {
        let asked = preflight(&stack, &drop, page, method).await;
        assert_eq!((asked.status, allowed(&asked)), (403, None), "{method}");
    }
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn the_page_and_the_console_may_put_announced_files_and_do_nothing_else() {
    let _stack = shared().await;
    let stack = Stack::find().await;
    let announced = announce(&stack, b"a", json!({})).await;
    let url = announced.0["uploadUrl"].as_str().unwrap();
    let own = url::Url::parse(stack.text("apiUrl")).unwrap().origin();
    for page in [PAGE, &own.ascii_serialization()] {
        let asked = preflight(&stack, url, page, "PUT").await;
        assert_eq!((asked.status, allowed(&asked)), (200, Some(page)));
        let asked = preflight(&stack, url, page, "GET").await;
        assert_eq!((asked.status, allowed(&asked)), (403, None));
    }
    let other = preflight(&stack, url, "https://other.example", "PUT").await;
    assert_eq!((other.status, allowed(&other)), (403, None));
    let path = format!("/api/v1/images/requests/{}?purge=true", announced.id());
    assert_eq!(stack.call(Method::DELETE, &path).await.status, 202);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn no_page_may_read_anything_where_none_is_named() {
    let _stack = alone().await;
    let stack = Stack::find().await;
    // A bucket whose rules let nobody read.
    let bucket = stack.text("uploadsBucket");
    let object = format!("{}/{bucket}/a", stack.text("awsEndpointUrl"));
    let asked = preflight(&stack, &object, PAGE, "GET").await;
    assert_eq!((asked.status, allowed(&asked)), (403, None));
    let _none = Fault::of_deployment(&stack, "status", "CORS_ORIGIN", "none").await;
    assert_eq!(allowed(&stack.get(STATUS).await), None);
}
