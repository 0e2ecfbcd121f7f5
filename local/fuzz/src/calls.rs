//! What comes in by the API, by queues and from origins that answer with something else.

use aws_lambda_events::event::{s3::S3Event, sqs::SqsEvent};
use bytes::Bytes;
use futures::FutureExt;
use halftone_pipeline::api::caller;
use halftone_pipeline::api::paths::Route;
use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::event;
use halftone_pipeline::jobs::webhook::signature::{Secret, sign, verify};
use halftone_pipeline::page::Page;
use halftone_pipeline::request::Timestamp;
use halftone_pipeline::services::blobs::Key;
use halftone_pipeline::services::queue::{FinalizeMessage, ImageMessage};
use lambda_http::http::{HeaderMap, HeaderValue};

/// The largest file of a form.
const MOST: u64 = 1_000;

/// The first line is the content type, the rest is the body.
pub fn form(bytes: &[u8]) {
    let mut parts = bytes.splitn(2, |byte| *byte == b'\n');
    let (kind, body) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or_default(),
    );
    let mut headers = HeaderMap::new();
    if let Ok(kind) = HeaderValue::from_bytes(kind) {
        headers.insert("content-type", kind);
    }
    let read = upload::reading::form(&headers, Bytes::copy_from_slice(body), MOST);
    // All of it is there: nothing is waited for.
    match read.now_or_never().expect("it does not wait") {
        Ok(form) => assert!(form.file.len() as u64 <= MOST && form.file.len() <= body.len()),
        Err(problem) => is_the_clients(&problem),
    }
}

pub fn announcement(bytes: &[u8]) {
    match upload::reading::announcement(bytes, ("key".to_owned(), None), MOST) {
        Ok(announced) => assert!((1..=MOST).contains(&announced.bytes)),
        Err(problem) => is_the_clients(&problem),
    }
}

fn is_the_clients(problem: &Problem) {
    let answer = problem.response();
    assert!(answer.status().is_client_error(), "{}", answer.status());
    assert!(answer.body().len() < 4_000, "{}", answer.body());
}

/// Lines: id, timestamp, signatures; the rest is the body.
pub fn signature(bytes: &[u8]) {
    let mut parts = bytes.splitn(4, |byte| *byte == b'\n');
    let mut part = || parts.next().unwrap_or_default();
    let [id, timestamp, given] = [part(), part(), part()].map(String::from_utf8_lossy);
    let body = part();
    let key = |last: char| format!("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS{last}");
    let Ok(ours) = key('w').parse::<Secret>() else {
        panic!("no key")
    };
    let keys = [ours];
    let Some(now) = Timestamp::from_unix_millis(1_700_000_000_000) else {
        return;
    };
    let right = sign(&keys, &id, now, body);
    // What nobody signed is believed only if it is what would have been signed.
    if verify(&keys, (&id, &timestamp, &given), body, now).is_ok() {
        let signed_at = timestamp
            .parse::<i64>()
            .ok()
            .and_then(|at| at.checked_mul(1000));
        let signed_at = signed_at
            .and_then(Timestamp::from_unix_millis)
            .expect("a time");
        let right = sign(&keys, &id, signed_at, body);
        assert!(given.split(' ').any(|one| one == right), "{given}");
    }
    let at = now.unix_seconds().to_string();
    assert!(verify(&keys, (&id, &at, &right), body, now).is_ok());
    let more = [body, b"x"].concat();
    assert!(verify(&keys, (&id, &at, &right), &more, now).is_err());
    let late = now.plus_seconds(301);
    assert!(verify(&keys, (&id, &at, &right), body, late).is_err());
}

/// One event, as each function may get it.
pub fn events(bytes: &[u8]) {
    if let Ok(batch) = serde_json::from_slice::<SqsEvent>(bytes) {
        for message in &batch.records {
            let (_, _) = (event::receives(message), event::age(message));
            messages(message.body.as_deref().unwrap_or_default().as_bytes());
        }
        let ids = batch
            .records
            .iter()
            .filter_map(|message| message.message_id.clone());
        for failure in event::batch_item_failures(ids).batch_item_failures {
            assert!(!failure.item_identifier.is_empty());
        }
    }
    if let Ok(dropped) = serde_json::from_slice::<S3Event>(bytes) {
        for record in dropped.records {
            let key = record.s3.object.key.unwrap_or_default();
            let _ = (
                event::object_key(&key),
                Key::of_presigned(&key),
                Key::image_of(&key),
            );
        }
    }
    let text = String::from_utf8_lossy(bytes);
    // The crate panics at a body that is not what it is said to be, which API Gateway cannot send.
    let body = serde_json::from_str::<serde_json::Value>(&text).unwrap_or_default();
    if body["isBase64Encoded"] == true {
        return;
    }
    if let Ok(call) = lambda_http::request::from_str(&text) {
        let _ = (
            caller::api_key_id(&call),
            Route::of(call.method(), call.uri().path()),
        );
    }
    messages(bytes);
    let _ = event::object_key(&text);
}

/// What is read is written as what is read again.
fn messages(body: &[u8]) {
    if let Ok(message) = serde_json::from_slice::<ImageMessage>(body) {
        let text = serde_json::to_vec(&message).expect("JSON");
        assert_eq!(
            serde_json::from_slice::<ImageMessage>(&text).ok(),
            Some(message)
        );
    }
    if let Ok(message) = serde_json::from_slice::<FinalizeMessage>(body) {
        let text = serde_json::to_vec(&message).expect("JSON");
        assert_eq!(
            serde_json::from_slice::<FinalizeMessage>(&text).ok(),
            Some(message)
        );
    }
}

pub fn page(bytes: &[u8]) {
    let Some(page) = Page::read(bytes) else {
        return;
    };
    for (_, said) in &page.says {
        assert!(said.chars().count() <= 81, "{said}");
        let turns = |c: char| {
            c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!said.chars().any(turns), "{said:?}");
    }
}
