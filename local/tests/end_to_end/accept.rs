//! What upload accepts and refuses.

use std::collections::BTreeSet;

use halftone_tests::stack::{Stack, alone, csv, shared};

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn unusable_uploads_are_refused_with_their_code_and_nothing_is_stored() {
    // Alone, since CSVs of other tests would be among those that are stored.
    let _stack = alone().await;
    let stack = Stack::find().await;
    let before = stored(&stack).await;
    let header = "S. No.,Product Name,Input Image Urls\n";
    let too_many = header.to_owned() + &"1,A,https://a.example/1.jpg\n".repeat(20_001);
    let cases: [(&[u8], &str); 8] = [
        (b"", "empty_file"),
        (b"%PDF-1.7\n", "not_a_csv"),
        (b"PK\x03\x04\x14\0", "unusable_workbook"),
        (b"S. No.,Product Name\n1,A\n", "missing_column"),
        (header.as_bytes(), "no_products"),
        (
            b"S. No.,Product Name,Input Image Urls\n1,A,\n",
            "invalid_rows",
        ),
        (
            b"S. No.,Product Name,Input Image Urls\n1,A,ftp://a.example/1.jpg\n",
            "invalid_rows",
        ),
        (too_many.as_bytes(), "too_many_rows"),
    ];
    for (csv, code) in cases {
        let answer = stack.upload(csv, None).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, code));
    }
    let good = csv(&["https://a.example/1.jpg"]);
    assert_eq!(
        stack.upload(&good, Some("nonsense")).await.code(),
        "invalid_webhook_url"
    );
    let key = ("x-api-key", stack.text("apiKey"));
    let upload = "/api/v1/images/upload";
    let answer = stack
        .post(upload, &[key, ("content-type", "text/csv")], good.clone())
        .await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (415, "not_multipart")
    );
    let form = ("content-type", "multipart/form-data; boundary=x");
    let answer = stack.post(upload, &[key, form], "--x--\r\n").await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (400, "missing_file")
    );
    assert_eq!(stored(&stack).await, before);
    stack.accepted(&good, None).await;
    assert_ne!(stored(&stack).await, before);
}

/// The keys of all CSVs kept so far.
async fn stored(stack: &Stack) -> BTreeSet<String> {
    let call = stack
        .s3
        .list_objects_v2()
        .bucket(stack.text("uploadsBucket"));
    let mut pages = call.into_paginator().send();
    let mut keys = BTreeSet::new();
    while let Some(page) = pages.next().await {
        let objects = page.unwrap().contents.unwrap_or_default();
        keys.extend(objects.into_iter().map(|object| object.key.unwrap()));
    }
    keys
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn every_bad_row_is_named_with_its_line() {
    let _stack = shared().await;
    let stack = Stack::find().await;
    let csv =
        "S. No.,Product Name,Input Image Urls\n1,A,\n2,B,https://a.example/b.jpg\n3,C,http://\n";
    let body = stack.upload(csv, None).await.json();
    let found: Vec<_> = body["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            (
                error["line"].as_u64().unwrap(),
                error["code"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(found, [(2, "no_url"), (4, "invalid_url")]);
}

#[tokio::test]
#[ignore = "needs the local stack: cargo local test"]
async fn an_idempotency_key_makes_repeats_one_request() {
    let _stack = shared().await;
    let stack = Stack::find().await;
    let csv = csv(&["http://192.0.2.1/1.jpg"]);
    let key = [("idempotency-key", "end-to-end-1")];
    let first = stack.upload_with(&csv, &[], &key).await;
    let second = stack.upload_with(&csv, &[], &key).await;
    assert_eq!((first.status, second.status), (202, 202));
    assert_eq!(first.json(), second.json());
    let other = stack
        .upload_with(csv + "2,B,http://192.0.2.1/2.jpg\n", &[], &key)
        .await;
    assert_eq!(other.code(), "idempotency_key_reused");
}
