//! The API of a stack, as its clients see it.

use serde_json::Value;

use crate::emulator::{agent, parse, text};
use crate::failure::Failure;
use crate::stack::Stack;

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

    /// Gets a path, as JSON.
    pub fn get(&self, path: &str) -> Result<Value, Failure> {
        let request = agent().get(format!("{}{path}", self.url));
        let request = request.header("accept", "application/json");
        parse(text(request.header("x-api-key", &self.key).call())?)
    }

    /// The status of a request, with one of its images.
    pub fn status(&self, request: &str) -> Result<Value, Failure> {
        self.get(&format!("/api/v1/images/status/{request}?limit=1"))
    }

    /// Uploads a CSV; what was answered, with the id of its request.
    pub fn upload(&self, upload: &Upload<'_>) -> Result<Value, Failure> {
        let (content_type, form) = form(upload);
        let request = agent()
            .post(format!("{}/api/v1/images/upload", self.url))
            .header("x-api-key", &self.key)
            .header("content-type", content_type);
        let mut answer = request
            .send(form)
            .map_err(Failure::because("the API did not answer"))?;
        let body = answer.body_mut().read_to_string();
        let body = parse(body.map_err(Failure::because("the API broke off its answer"))?)?;
        match body["requestId"].as_str() {
            Some(_) => Ok(body),
            None => Err(refused(&body)),
        }
    }
}

/// Why a CSV was not taken, in the words of the API's problem details.
fn refused(problem: &Value) -> Failure {
    let mut what = problem["detail"].as_str().unwrap_or_default().to_owned();
    let mistakes = problem["errors"].as_array().map_or(&[][..], Vec::as_slice);
    for mistake in mistakes.iter().take(SHOWN_MISTAKES) {
        let message = mistake["message"].as_str().unwrap_or_default();
        what.push_str(&format!("\n  line {}: {message}", mistake["line"]));
    }
    if mistakes.len() > SHOWN_MISTAKES {
        what.push_str(&format!("\n  and {} more", mistakes.len() - SHOWN_MISTAKES));
    }
    Failure::new(what)
        .advise("nothing was begun; the README says under \"For developers: the API\" what a CSV looks like")
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
    use serde_json::json;

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
    fn a_refusal_is_told_with_its_lines() {
        let mistakes: Vec<_> = (2..30)
            .map(|line| json!({"line": line, "code": "no_url", "message": "the row has no image URL"}))
            .collect();
        let problem = json!({"detail": "28 rows cannot be used.", "errors": mistakes});
        let told = refused(&problem).to_string();
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
