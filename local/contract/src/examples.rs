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
        _ if name == "rate" => *value = 2.5.into(),
        _ if name == "secondsLeft" => *value = 3.into(),
        // Of the codec, which gets better.
        Value::Number(_) if name == "bytesOut" => *value = 1024.into(),
        Value::String(text) => match name {
            "createdAt" | "timestamp" => *text = "2026-01-31T12:00:00.000Z".to_owned(),
            "completedAt" => *text = "2026-01-31T12:00:03.000Z".to_owned(),
            "secret" => *text = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned(),
            "ownerId" => *text = "7f3e1a52-6f0c-4f2e-9d3b-5a8f6d1c2b4e".to_owned(),
            "nextCursor" => *text = "MS4y".to_owned(),
            "url" => *text = "https://bucket.example/results.csv?X-Amz-Signature=…".to_owned(),
            _ => {
                for (known, stands) in fixed {
                    *text = text.replace(known, stands);
                }
            }
        },
        _ => {}
    }
}
