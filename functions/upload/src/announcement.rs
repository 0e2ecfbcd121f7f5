//! Reads the JSON by which a file is announced that is too large for a call.

use std::fmt::Display;

use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::codes::ProblemCode;
use halftone_pipeline::jobs::announce::Announcement;
use halftone_pipeline::request::{OptionName, Wishes};
use lambda_http::http::StatusCode;
use serde_json::{Map, Number, Value};

use crate::form;

/// Largest body. Its longest texts are two URLs.
const MAX_BODY_BYTES: usize = 64 * 1024;
/// Longest file name, in characters.
pub const MAX_NAME_CHARS: usize = 1_024;
/// Longest text about wrong JSON, which repeats what stands there, in bytes.
const MOST_REPEATED: usize = 200;
/// Longest media type, in bytes.
pub const MAX_TYPE_BYTES: usize = 255;
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
        let set = wishes.set(option, &text(option, value)?);
        set.map_err(|error| form::unusable(&error))?;
    }
    let (api_key_id, idempotency_key) = caller;
    let announcement = Announcement {
        api_key_id,
        idempotency_key,
        bytes: bytes(fields.get("bytes"), max_bytes)?,
        sha256: sha256(fields.get("sha256"))?,
        content_type: content_type(fields.get("contentType"))?,
        file_name: file_name(fields.get("fileName"))?,
        wishes,
    };
    // Last: what is malformed would be so whatever the bound.
    if announcement.bytes > max_bytes {
        return Err(too_large(announcement.bytes, max_bytes));
    }
    Ok(announcement)
}

fn object(body: &[u8]) -> Result<Map<String, Value>, Problem> {
    if body.len() > MAX_BODY_BYTES {
        let detail = format!(
            "The call has more than {MAX_BODY_BYTES} bytes. It says what the file is; the file itself \
             goes to the uploadUrl of the answer."
        );
        let status = StatusCode::PAYLOAD_TOO_LARGE;
        return Err(Problem::new(status, ProblemCode::BodyTooLarge, detail));
    }
    serde_json::from_slice(body).map_err(|error| {
        let detail = format!(
            "The body must be a JSON object with bytes and sha256: {}.",
            in_few_words(&error)
        );
        Problem::new(StatusCode::BAD_REQUEST, ProblemCode::MalformedJson, detail)
    })
}

/// What is wrong with JSON; where that would repeat much of it, no more than where it is.
fn in_few_words(error: &serde_json::Error) -> String {
    let words = error.to_string();
    if words.len() <= MOST_REPEATED {
        return words;
    }
    let (line, column) = (error.line(), error.column());
    format!("another value is expected at line {line} column {column}")
}

/// An option's value as a form has it, where it may be given so too. `null` is none.
fn text(option: OptionName, value: &Value) -> Result<String, Problem> {
    let (quality, width, height) = (
        OptionName::Quality,
        OptionName::MaxWidth,
        OptionName::MaxHeight,
    );
    let kind = match (option, value) {
        (_, Value::Null) => return Ok(String::new()),
        (_, Value::String(text)) => return Ok(text.clone()),
        (OptionName::Fresh, Value::Bool(choice)) => return Ok(choice.to_string()),
        (OptionName::Fresh, _) => "true or false",
        (option, Value::Number(number)) if [quality, width, height].contains(&option) => {
            return Ok(whole(number));
        }
        (option, _) if [quality, width, height].contains(&option) => "a whole number",
        _ => "a text",
    };
    let detail = format!("{} must be {kind}.", option.field());
    let (status, code) = (StatusCode::BAD_REQUEST, ProblemCode::MalformedJson);
    Err(Problem::new(status, code, detail))
}

/// A number as it is written without a part: `70.0` is a whole number of JSON too.
fn whole(number: &Number) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn bytes(value: Option<&Value>, max_bytes: u64) -> Result<u64, Problem> {
    /// 2^64: from here on every number of JSON is a whole one.
    const BEYOND: f64 = 18_446_744_073_709_551_616.0;
    let number = value.and_then(Value::as_number);
    match number.and_then(|number| whole(number).parse().ok()) {
        None if number.and_then(Number::as_f64) >= Some(BEYOND) => {
            Err(too_large(number.map_or_else(String::new, whole), max_bytes))
        }
        None => {
            let detail = "bytes must be the size of the file, as a whole number.";
            Err(refused(ProblemCode::InvalidBytes, detail))
        }
        Some(0) => Err(refused(
            ProblemCode::EmptyFile,
            "The file is empty: bytes is 0.",
        )),
        Some(bytes) => Ok(bytes),
    }
}

fn too_large(bytes: impl Display, max_bytes: u64) -> Problem {
    let detail =
        format!("The file has {bytes} bytes; at most {max_bytes} are taken (MaxDropBytes).");
    let status = StatusCode::PAYLOAD_TOO_LARGE;
    Problem::new(status, ProblemCode::FileTooLarge, detail)
}

fn sha256(value: Option<&Value>) -> Result<[u8; 32], Problem> {
    let hash = value.and_then(Value::as_str).and_then(of_hex);
    hash.ok_or_else(|| {
        let detail = "sha256 must be the SHA-256 of the file in 64 hexadecimal digits.";
        refused(ProblemCode::InvalidSha256, detail)
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
        refused(ProblemCode::InvalidContentType, &detail)
    })
}

fn file_name(value: Option<&Value>) -> Result<Option<String>, Problem> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(name)) if name.chars().count() <= MAX_NAME_CHARS => {
            Ok(Some(name.clone()))
        }
        Some(_) => {
            let detail = format!("fileName must be a text of at most {MAX_NAME_CHARS} characters.");
            Err(refused(ProblemCode::InvalidFileName, &detail))
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
    refused(ProblemCode::UnknownField, &detail)
}

fn refused(code: ProblemCode, detail: &str) -> Problem {
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
        read.map_err(|problem| problem.code.as_str())
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
        let chosen = json!({"bytes": 9.0, "quality": 70.0, "format": "webp", "imageBase": null, "fresh": true, "maxWidth": "9",
            "contentType": "text/tab-separated-values", "fileName": "a.tsv"});
        let chosen = announced(&chosen).unwrap();
        assert_eq!(chosen.wishes.quality.map(|quality| quality.get()), Some(70));
        assert!(chosen.wishes.fresh);
        assert_eq!(chosen.bytes, 9);
        assert_eq!(chosen.wishes.max_width.map(|side| side.get()), Some(9));
        assert_eq!(chosen.content_type, "text/tab-separated-values");
        assert_eq!(chosen.file_name.as_deref(), Some("a.tsv"));
    }

    #[test]
    fn what_is_no_object_is_repeated_in_few_words() {
        let detail = |body: &str| {
            let read = read(body.as_bytes(), ("key".into(), None), 10);
            read.unwrap_err().response().into_body()
        };
        assert!(detail("\"a.csv\"").contains("a.csv"));
        let endless = detail(&format!("\"{}\"", "\u{7f}".repeat(5_000)));
        assert!(
            endless.len() < 600 && endless.contains("line 1"),
            "{endless}"
        );
    }

    #[test]
    fn what_is_wrong_has_its_code() {
        for (more, code) in [
            (json!({"bytes": "10"}), "invalid_bytes"),
            (json!({"bytes": -1}), "invalid_bytes"),
            (json!({"bytes": 1.5}), "invalid_bytes"),
            (json!({"bytes": 0}), "empty_file"),
            (json!({"bytes": 11}), "file_too_large"),
            (json!({"bytes": 3e22}), "file_too_large"),
            (json!({"sha256": null}), "invalid_sha256"),
            (json!({"sha256": "e3"}), "invalid_sha256"),
            (json!({"sha256": "e3", "bytes": 11}), "invalid_sha256"),
            (json!({"sha256": format!("{SHA}00")}), "invalid_sha256"),
            (json!({"contentType": "csv"}), "invalid_content_type"),
            (
                json!({"contentType": "text/\r\ncsv"}),
                "invalid_content_type",
            ),
            (json!({"fileName": 1}), "invalid_file_name"),
            (json!({"fileName": "n".repeat(1_025)}), "invalid_file_name"),
            (json!({"quality": [70]}), "malformed_json"),
            (json!({"nameColumn": 5}), "malformed_json"),
            (json!({"format": true}), "malformed_json"),
            (json!({"fresh": 1}), "malformed_json"),
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
