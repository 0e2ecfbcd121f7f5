//! Real answers, recorded from a local stack by `end_to_end::contract`, with what differs each time put the
//! same.

use std::path::PathBuf;

use serde_json::Value;

/// What stands for the request's id in all of them.
pub const ID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
/// What stands for the API's base URL.
pub const API: &str = "https://api.example/prod";
/// What stands for the shop's.
pub const SHOP: &str = "https://shop.example";

/// Where one is kept.
#[must_use]
pub fn file(name: &str, status: u16) -> PathBuf {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/examples"));
    folder.join(format!("{name}-{status}.json"))
}

/// The example of an operation's answer, or of an event; `None` where none was recorded.
#[must_use]
pub fn of(name: &str, status: u16) -> Option<Value> {
    let text = std::fs::read_to_string(file(name, status)).ok()?;
    serde_json::from_str(&text).ok()
}

/// All that were recorded.
#[must_use]
pub fn all() -> Vec<Value> {
    let folder = file("", 0);
    let folder = folder.parent().map(std::fs::read_dir);
    let files = folder.into_iter().flatten().flatten().flatten();
    let texts = files.filter_map(|file| std::fs::read_to_string(file.path()).ok());
    texts
        .filter_map(|text| serde_json::from_str(&text).ok())
        .collect()
}

/// An answer as it is kept: `fixed` are texts with what stands for each.
#[must_use]
pub fn normalized(mut answer: Value, fixed: &[(&str, &str)]) -> Value {
    settle("", &mut answer, fixed);
    answer
}

fn settle(name: &str, value: &mut Value, fixed: &[(&str, &str)]) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                settle(name, value, fixed);
            }
        }
        Value::Array(items) => {
            for item in items {
                settle(name, item, fixed);
            }
        }
        // Known or not, by how much time has passed.
        _ if matches!(name, "rate" | "secondsLeft") => *value = Value::Null,
        // Of the codec, which gets better.
        Value::Number(bytes) if name == "bytesOut" && bytes.as_u64() != Some(0) => {
            *value = 1024.into();
        }
        Value::Number(_) if name == "durationMs" => *value = 31.into(),
        Value::String(text) => match name {
            "createdAt" | "timestamp" => *text = "2026-01-31T12:00:00.000Z".to_owned(),
            "completedAt" | "at" | "nextAttemptAt" => *text = "2026-01-31T12:00:03.000Z".to_owned(),
            "expiresAt" => *text = "2026-01-31T13:00:00.000Z".to_owned(),
            "uploadUrl" => *text = "https://bucket.example/presigned?X-Amz-Signature=…".to_owned(),
            "webhookId" if text.starts_with("msg_test_") => *text = format!("msg_test_{ID}"),
            "secret" => *text = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned(),
            "ownerId" => *text = "7f3e1a52-6f0c-4f2e-9d3b-5a8f6d1c2b4e".to_owned(),
            "nextCursor" => *text = "MS4y".to_owned(),
            "url" if text.contains("X-Amz-Signature") => {
                *text = "https://bucket.example/results.csv?X-Amz-Signature=…".to_owned()
            }
            _ => {
                for (known, stands) in fixed {
                    *text = text.replace(known, stands);
                }
            }
        },
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_each_time_is_put_the_same_and_the_rest_is_kept() {
        let answer = json!({
            "requestId": "7", "durationMs": 12, "rate": 4.5, "secondsLeft": null, "bytesOut": 77,
            "savings": {"bytesIn": 0, "bytesOut": 0}, "webhookId": "msg_test_x",
            "attempts": [{"at": "2027-05-05T00:00:00.000Z", "url": "http://1/hook"}],
            "url": "http://1/results?X-Amz-Signature=ab",
        });
        let fixed = [("http://1", SHOP), ("7", ID)];
        let kept = normalized(answer, &fixed);
        let expected = json!({
            "requestId": ID, "durationMs": 31, "rate": null, "secondsLeft": null, "bytesOut": 1024,
            "savings": {"bytesIn": 0, "bytesOut": 0}, "webhookId": format!("msg_test_{ID}"),
            "attempts": [{"at": "2026-01-31T12:00:03.000Z", "url": "https://shop.example/hook"}],
            "url": "https://bucket.example/results.csv?X-Amz-Signature=…",
        });
        assert_eq!(kept, expected);
    }
}
