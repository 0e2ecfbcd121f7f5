//! The API of a stack, as its clients see it.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::digest::sha256;
use crate::emulator::{agent, parse, text};
use crate::failure::Failure;
use crate::stack::Stack;

/// What a call takes of any stack; where less is taken (MaxUploadBytes, MaxUploadRows) its refusal says so.
const MOST_OF_A_CALL: usize = 4_000_000;
const OF_SIZE: [&str; 2] = ["file_too_large", "too_many_rows"];
/// How long a file may take that is put by itself.
const PUT_WITHIN: Duration = Duration::from_secs(600);
/// How long something is asked for that is away for the moment, and how often.
const AWAY_FOR: Duration = Duration::from_secs(60);
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// Most mistakes of a CSV that are shown.
const SHOWN_MISTAKES: usize = 20;

/// A CSV, and the options that go with it.
#[derive(Debug, Clone, Copy)]
pub struct Upload<'a> {
    /// The name of its file.
    pub name: &'a str,
    /// Its bytes.
    pub file: &'a [u8],
    /// Options, by the names of the form's fields.
    pub fields: &'a [(&'a str, &'a str)],
}

/// What was taken.
#[derive(Debug, PartialEq, Eq)]
pub struct Taken {
    /// The id of its request.
    pub request: String,
    /// What it was understood as; `None` of a file that is read behind the call.
    pub understood: Option<Value>,
}

/// A client with one key, a stack's first.
#[derive(Debug)]
pub struct Api {
    url: String,
    key: String,
}

impl Api {
    /// The API of a stack.
    pub fn of(stack: &Stack) -> Self {
        Self::at(stack.text("apiUrl"), stack.text("apiKey"))
    }

    /// What answers as a stack does.
    pub fn at(url: &str, key: &str) -> Self {
        Self {
            url: url.to_owned(),
            key: key.to_owned(),
        }
    }

    /// Gets a path, as JSON. Asks again while that is away for the moment.
    pub fn get(&self, path: &str) -> Result<Value, Failure> {
        patiently(|| self.get_at_once(path))
    }

    fn get_at_once(&self, path: &str) -> Result<Value, Failure> {
        let request = agent().get(format!("{}{path}", self.url));
        let request = request.header("accept", "application/json");
        parse(text(request.header("x-api-key", &self.key).call())?)
    }

    /// The status of a request, with one of its images. Asks once: who waits for its end asks again anyhow.
    pub fn status(&self, request: &str) -> Result<Value, Failure> {
        self.get_at_once(&format!("/api/v1/images/status/{request}?limit=1"))
    }

    /// Sends a CSV: in a call, or where it is too large for one, announced and put by itself.
    pub fn send(&self, upload: &Upload<'_>) -> Result<Taken, Failure> {
        if upload.file.len() <= MOST_OF_A_CALL {
            let (content_type, form) = form(upload);
            let body = self.post("upload", &content_type, form)?;
            if !OF_SIZE.iter().any(|code| body["code"] == *code) {
                let request = id_of(&body)?;
                let understood = Some(body["understood"].clone());
                return Ok(Taken {
                    request,
                    understood,
                });
            }
        }
        self.announce(upload)
    }

    fn announce(&self, upload: &Upload<'_>) -> Result<Taken, Failure> {
        let announcement = announcement(upload).to_string();
        let body = self.post("requests", "application/json", announcement.into_bytes())?;
        let request = id_of(&body)?;
        put(&body, upload.file).map_err(|failure| failure.advise(self.given_up(&request)))?;
        Ok(Taken {
            request,
            understood: None,
        })
    }

    /// Cancels what was announced and will not come; says what is to be done.
    fn given_up(&self, request: &str) -> String {
        let url = format!("{}/api/v1/images/requests/{request}", self.url);
        let cancelled = text(agent().delete(url).header("x-api-key", &self.key).call());
        match cancelled {
            Ok(_) => "start again: the request was cancelled".to_owned(),
            Err(_) => format!(
                "start again: without its file request {request} ends by itself within hours"
            ),
        }
    }

    /// What a call about images answers, whatever that is.
    fn post(&self, call: &str, content_type: &str, body: Vec<u8>) -> Result<Value, Failure> {
        let request = agent()
            .post(format!("{}/api/v1/images/{call}", self.url))
            .header("x-api-key", &self.key)
            .header("content-type", content_type);
        let answer = request.send(body);
        let mut answer = answer.map_err(Failure::because("the API did not answer"))?;
        let body = answer.body_mut().read_to_string();
        parse(body.map_err(Failure::because("the API broke off its answer"))?)
    }
}

/// Asks again for a minute while something is away for the moment.
pub fn patiently<T>(call: impl Fn() -> Result<T, Failure>) -> Result<T, Failure> {
    let started = Instant::now();
    loop {
        match call() {
            Err(failure) if failure.is_away() && started.elapsed() < AWAY_FOR => {
                thread::sleep(AGAIN_AFTER);
            }
            outcome => return outcome,
        }
    }
}

/// The id of the request that a call has made.
fn id_of(body: &Value) -> Result<String, Failure> {
    let id = body["requestId"].as_str().map(str::to_owned);
    let detail = body["detail"].as_str().unwrap_or_default();
    id.ok_or_else(|| match body["status"].as_u64() {
        Some(503) => Failure::away(detail),
        _ => refused(detail, body),
    })
}

/// What announces a file: its options as they are, and what it is.
fn announcement(upload: &Upload<'_>) -> Value {
    let options = upload.fields.iter();
    let mut members: Map<_, _> = options
        .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
        .collect();
    members.insert("bytes".to_owned(), upload.file.len().into());
    members.insert("sha256".to_owned(), sha256(upload.file).into());
    members.insert("fileName".to_owned(), upload.name.into());
    json!(members)
}

/// Puts a file where the answer to its announcement says.
fn put(announced: &Value, file: &[u8]) -> Result<(), Failure> {
    let url = announced["uploadUrl"].as_str().unwrap_or_default();
    let mut request = agent().put(url);
    for (name, value) in announced["headers"].as_object().into_iter().flatten() {
        request = request.header(name, value.as_str().unwrap_or_default());
    }
    let request = request.config().timeout_global(Some(PUT_WITHIN)).build();
    let answer = request.send(file);
    let answer = answer.map_err(Failure::because("the file could not be put"))?;
    if answer.status().is_success() {
        return Ok(());
    }
    let what = format!("the storage refused the file ({})", answer.status());
    Err(Failure::new(what))
}

/// Why a CSV was not taken: `what` was wrong, and its mistakes by line.
pub fn refused(what: &str, problem: &Value) -> Failure {
    let mut what = what.to_owned();
    let mistakes = problem["errors"].as_array().map_or(&[][..], Vec::as_slice);
    for mistake in mistakes.iter().take(SHOWN_MISTAKES) {
        let message = mistake["message"].as_str().unwrap_or_default();
        what.push_str(&format!("\n  line {}: {message}", mistake["line"]));
    }
    if mistakes.len() > SHOWN_MISTAKES {
        what.push_str(&format!("\n  and {} more", mistakes.len() - SHOWN_MISTAKES));
    }
    Failure::new(what)
        .advise("nothing was begun; `cargo local run` takes the fields as --set FIELD=VALUE, and the README says under \"For developers: the API\" what a CSV looks like")
}

/// The form that `POST /api/v1/images/upload` takes, and its content type.
pub fn form(upload: &Upload<'_>) -> (String, Vec<u8>) {
    let boundary = boundary(upload);
    let mut form = Vec::new();
    let mut part = |disposition: &str, content: &[u8]| {
        let head = format!("--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n");
        form.extend([head.as_bytes(), content, b"\r\n"].concat());
    };
    let name = upload.name.replace(['"', '\r', '\n'], "_");
    part(&format!("name=\"file\"; filename=\"{name}\""), upload.file);
    for (name, value) in upload.fields {
        part(&format!("name=\"{name}\""), value.as_bytes());
    }
    form.extend(format!("--{boundary}--\r\n").bytes());
    (format!("multipart/form-data; boundary={boundary}"), form)
}

/// A line that is nowhere in what it separates.
fn boundary(upload: &Upload<'_>) -> String {
    let is_in =
        |text: &[u8], line: &str| text.windows(line.len()).any(|part| part == line.as_bytes());
    let is_free = |line: &String| {
        let mut fields = upload.fields.iter();
        !is_in(upload.file, line) && !fields.any(|(_, value)| is_in(value.as_bytes(), line))
    };
    let mut lines = (0_u64..).map(|number| format!("halftone-{number}"));
    lines.find(is_free).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use halftone_origin::{Answer, Origin};

    #[test]
    fn the_form_has_its_parts_whatever_is_in_them() {
        let upload = Upload {
            name: "a\".csv",
            file: b"a,b\n\xff,--halftone-0",
            fields: &[("webhookUrl", "http://x/"), ("quality", "70")],
        };
        let (content_type, form) = form(&upload);
        assert_eq!(content_type, "multipart/form-data; boundary=halftone-1");
        let expected = b"--halftone-1\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a_.csv\"\r\n\r\n\
            a,b\n\xff,--halftone-0\r\n\
            --halftone-1\r\nContent-Disposition: form-data; name=\"webhookUrl\"\r\n\r\nhttp://x/\r\n\
            --halftone-1\r\nContent-Disposition: form-data; name=\"quality\"\r\n\r\n70\r\n--halftone-1--\r\n";
        assert_eq!(form, expected);
    }

    #[test]
    fn what_is_announced_has_its_size_and_its_sum() {
        let upload = Upload {
            name: "a.csv",
            file: b"abc",
            fields: &[("quality", "70"), ("fresh", "true")],
        };
        let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let expected = json!({
            "bytes": 3, "sha256": sha256, "fileName": "a.csv", "quality": "70", "fresh": "true",
        });
        assert_eq!(announcement(&upload), expected);
    }

    #[test]
    fn what_is_away_for_the_moment_is_asked_again() {
        let origin = Origin::start().unwrap();
        origin.on("/results", |request| match request.nth {
            1 => Answer::status(503),
            _ => Answer::ok("{}"),
        });
        origin.on("/api/v1/images/status/r", |_| Answer::status(503));
        let api = Api::at(&origin.url(""), "key");
        assert_eq!(api.get("/results").unwrap(), json!({}));
        let failure = api.status("r").unwrap_err();
        assert!(failure.is_away() && !failure.is_final(), "{failure}");
        assert_eq!(origin.hits("/api/v1/images/status/r"), 1);
    }

    #[test]
    fn what_the_storage_refuses_is_cancelled() {
        let origin = Origin::start().unwrap();
        let file = origin.on("/file", |_| Answer::status(403));
        let announced = json!({"requestId": "r", "uploadUrl": file, "headers": {}}).to_string();
        origin.on("/api/v1/images/requests", move |_| {
            Answer::ok(announced.clone())
        });
        origin.serve("/api/v1/images/requests/r", "{}");
        let api = Api::at(&origin.url(""), "key");
        let upload = Upload {
            name: "a.csv",
            file: b"abc",
            fields: &[],
        };
        let told = api.announce(&upload).unwrap_err().to_string();
        assert!(told.contains("the storage refused the file (403"), "{told}");
        assert!(told.contains("the request was cancelled"), "{told}");
        let calls = origin.requests("/api/v1/images/requests/r");
        assert_eq!(calls[0].method, "DELETE");
        origin.on("/api/v1/images/requests/r", |_| Answer::status(503));
        let told = api.announce(&upload).unwrap_err().to_string();
        assert!(told.contains("request r ends by itself"), "{told}");
    }

    #[test]
    fn a_refusal_is_told_with_its_lines() {
        let mistakes: Vec<_> = (2..30)
            .map(|line| json!({"line": line, "code": "no_url", "message": "the row has no image URL"}))
            .collect();
        let problem = json!({"errors": mistakes});
        let told = refused("28 rows cannot be used.", &problem).to_string();
        assert!(
            told.contains("28 rows cannot be used.\n  line 2: the row has no image URL\n"),
            "{told}"
        );
        assert!(
            told.contains("  line 21: ") && !told.contains("  line 22: "),
            "{told}"
        );
        assert!(told.contains("\n  and 8 more"), "{told}");
    }
}
