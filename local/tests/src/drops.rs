//! The drop bucket.

use aws_sdk_s3::primitives::ByteStream;
use serde_json::Value;

use crate::stack::{LONG, Stack};
use crate::wait::until;

/// Puts a CSV into the drop bucket, with metadata.
pub async fn put(stack: &Stack, key: &str, csv: &str, metadata: &[(&str, &str)]) {
    let bucket = stack.text("dropBucket");
    let mut call = stack.s3.put_object().bucket(bucket).key(key);
    for (name, value) in metadata {
        call = call.metadata(*name, *value);
    }
    let body = ByteStream::from(csv.as_bytes().to_vec());
    call.body(body).send().await.unwrap();
}

/// What the dropped object became, as the README says to find it.
pub async fn note(stack: &Stack, key: &str) -> Value {
    until("the note is written", LONG, async || {
        let key = format!("results/{key}.request.json");
        let got = stack
            .s3
            .get_object()
            .bucket(stack.text("outputsBucket"))
            .key(key)
            .send()
            .await;
        let bytes = got.ok()?.body.collect().await.ok()?.into_bytes();
        serde_json::from_slice(&bytes).ok()
    })
    .await
}
