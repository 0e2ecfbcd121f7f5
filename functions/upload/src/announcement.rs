//! Reads the JSON by which a file is announced that is too large for a call.

use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::jobs::announce::Announcement;
use halftone_pipeline::request::{OptionName, Wishes};
use lambda_http::http::StatusCode;
use serde_json::{Map, Value};

use crate::form;

/// Largest body. Its longest texts are two URLs.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// Longest file name and media type, in bytes.
const MAX_NAME_BYTES: usize = 1_024;
const MAX_TYPE_BYTES: usize = 255;
/// What a file is unless its sender says.
const CSV: &str = "text/csv";
/// The fields beside the options.
const FIELDS: [&str; 4] = ["bytes", "sha256", "contentType", "fileName"];

/// Reads what `caller` (an API key by its id, and an idempotency key) announces; a file may have
/// `max_bytes`.
pub fn read(
    body: &[u8],
    caller: (String, Option<String>),
    max_bytes: u64,
) -> Result<Announcement, Problem> {
    let fields = object(body)?;
    let mut wishes = Wishes::default();
    for (name, value) in &fields {
        if FIELDS.contains(&name.as_str()) {
            continue;
        }
        let option = OptionName::of_field(name).ok_or_else(|| unknown_field(name))?;
        let set = wishes.set(option, &text(name, value)?);
        set.map_err(|error| form::unusable(&error))?;
    }
    let (api_key_id, idempotency_key) = caller;
    Ok(Announcement {
        api_key_id,
        idempotency_key,
        bytes: bytes(fields.get("bytes"), max_bytes)?,
        sha256: sha256(fields.get("sha256"))?,
        content_type: content_type(fields.get("contentType"))?,
        file_name: file_name(fields.get("fileName"))?,
        wishes,
    })
}

fn object(body: &[u8]) -> Result<Map<String, Value>, Problem> {
    if body.len() > MAX_BODY_BYTES {
        let detail = format!(
            "The call has more than {MAX_BODY_BYTES} bytes. It says what the file is; the file itself \
             goes to the uploadUrl of the answer."
        );
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        return Err(Problem::new(status, "body_too_large", detail));
    }
    serde_json::from_slice(body).map_err(|error| {
        let detail = format!("The body must be a JSON object with bytes and sha256: {error}.");
        Problem::new(StatusCode::BAD_REQUEST, "malformed_json", detail)
    })
}

/// An option's value as a form has it. `null` is none.
fn text(name: &str, value: &Value) -> Result<String, Problem> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(choice) => Ok(choice.to_string()),
        _ => {
            let shown: String = name.chars().take(100).collect();
            let detail = format!("{shown} must be a text, a number, true or false.");
            Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "malformed_json",
                detail,
            ))
        }
    }
}

fn bytes(value: Option<&Value>, max_bytes: u64) -> Result<u64, Problem> {
    match value.and_then(Value::as_u64) {
        None => {
            let detail = "bytes must be the size of the file, as a whole number.";
            Err(refused("invalid_bytes", detail))
        }
        Some(0) => Err(refused("empty_file", "The file is empty: bytes is 0.")),
        Some(bytes) if bytes > max_bytes => {
            let detail = format!(
                "The file has {bytes} bytes; at most {max_bytes} are taken (MaxDropBytes)."
            );
            let status = StatusCode::PAYLOAD_TOO_LARGE;
            Err(Problem::new(status, "file_too_large", detail))
        }
        Some(bytes) => Ok(bytes),
    }
}

fn sha256(value: Option<&Value>) -> Result<[u8; 32], Problem> {
    let hash = value.and_then(Value::as_str).and_then(of_hex);
    hash.ok_or_else(|| {
        let detail = "sha256 must be the SHA-256 of the file in 64 hexadecimal digits.";
        refused("invalid_sha256", detail)
    })
}

fn of_hex(text: &str) -> Option<[u8; 32]> {
    let mut digits = text.trim().chars().map(|digit| digit.to_digit(16));
    let mut hash = [0; 32];
    for byte in &mut hash {
        let (high, low) = (digits.next()??, digits.next()??);
        *byte = u8::try_from(high * 16 + low).ok()?;
    }
    digits.next().is_none().then_some(hash)
}

/// Visible ASCII, since it goes into a header.
fn content_type(value: Option<&Value>) -> Result<String, Problem> {
    let given = match value {
        None | Some(Value::Null) => return Ok(CSV.to_owned()),
        Some(value) => value.as_str().map(str::trim),
    };
    let visible = |text: &&str| text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let usable = given.filter(|text| (1..=MAX_TYPE_BYTES).contains(&text.len()));
    let usable = usable.filter(visible).filter(|text| text.contains('/'));
    usable.map(str::to_owned).ok_or_else(|| {
        let detail = format!(
            "contentType must be a media type such as {CSV}, of at most {MAX_TYPE_BYTES} bytes."
        );
        refused("invalid_content_type", &detail)
    })
}

fn file_name(value: Option<&Value>) -> Result<Option<String>, Problem> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(name)) if name.len() <= MAX_NAME_BYTES => Ok(Some(name.clone())),
        Some(_) => {
            let detail = format!("fileName must be a text of at most {MAX_NAME_BYTES} bytes.");
            Err(refused("invalid_file_name", &detail))
        }
    }
}

fn unknown_field(name: &str) -> Problem {
    let known = OptionName::ALL.map(OptionName::field).join(", ");
    let shown: String = name.chars().take(100).collect();
    let detail = format!(
        "There is a field named \"{shown}\", which is no option. There are {}, and {known}.",
        FIELDS.join(", ")
    );
    refused("unknown_field", &detail)
}

fn refused(code: &'static str, detail: &str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SHA: &str = "E3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn announced(more: &Value) -> Result<Announcement, &'static str> {
        let mut body = json!({"bytes": 10, "sha256": SHA});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let read = read(body.to_string().as_bytes(), ("key".into(), None), 10);
        read.map_err(|problem| problem.code)
    }

    #[test]
    fn what_is_announced_is_read() {
        let plain = announced(&json!({})).unwrap();
        assert_eq!(
            (plain.bytes, plain.sha256[..2].to_vec()),
            (10, vec![0xe3, 0xb0])
        );
        assert_eq!(plain.content_type, "text/csv");
        assert_eq!((plain.file_name, plain.wishes), (None, Wishes::default()));
        let chosen = json!({"quality": 70, "format": "webp", "imageBase": null,
            "contentType": "text/tab-separated-values", "fileName": "a.tsv"});
        let chosen = announced(&chosen).unwrap();
        assert_eq!(chosen.wishes.quality.map(|quality| quality.get()), Some(70));
        assert_eq!(chosen.content_type, "text/tab-separated-values");
        assert_eq!(chosen.file_name.as_deref(), Some("a.tsv"));
    }

    #[test]
    fn what_is_wrong_has_its_code() {
        for (more, code) in [
            (json!({"bytes": "10"}), "invalid_bytes"),
            (json!({"bytes": -1}), "invalid_bytes"),
            (json!({"bytes": 0}), "empty_file"),
            (json!({"bytes": 11}), "file_too_large"),
            (json!({"sha256": null}), "invalid_sha256"),
            (json!({"sha256": "e3"}), "invalid_sha256"),
            (json!({"sha256": format!("{SHA}00")}), "invalid_sha256"),
            (json!({"contentType": "csv"}), "invalid_content_type"),
            (
                json!({"contentType": "text/\r\ncsv"}),
                "invalid_content_type",
            ),
            (json!({"fileName": 1}), "invalid_file_name"),
            (json!({"fileName": "n".repeat(1_025)}), "invalid_file_name"),
            (json!({"quality": [70]}), "malformed_json"),
            (json!({"quality": 0}), "invalid_quality"),
            (json!({"qualty": 70}), "unknown_field"),
            (json!({"webhookUrl": "x".repeat(70_000)}), "body_too_large"),
        ] {
            assert_eq!(announced(&more).unwrap_err(), code, "{more}");
        }
        let no_object = read(b"[]", ("key".into(), None), 10).unwrap_err();
        assert_eq!(no_object.code, "malformed_json");
    }
}
