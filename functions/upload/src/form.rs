//! Reads the multipart form (RFC 7578) of an upload.

use std::convert::Infallible;

use bytes::Bytes;
use futures::stream;
use halftone_pipeline::api::paths;
use halftone_pipeline::api::problem::Problem;
use halftone_pipeline::codes::ProblemCode;
use halftone_pipeline::request::{OptionError, OptionName, Wishes};
use lambda_http::http::{HeaderMap, StatusCode, header};
use multer::{Constraints, Field, Multipart, SizeLimit};

/// Name of the field that holds the CSV.
pub const FILE: &str = "file";
/// Name of the field that asks to look first: `true` reads the CSV and keeps nothing.
pub const DRY_RUN: &str = "dryRun";
/// Largest text field; a URL is the longest of them.
const MAX_TEXT_BYTES: u64 = 16 * 1024;

/// What a client sent.
#[derive(Debug)]
pub struct Form {
    pub file: Bytes,
    pub file_name: Option<String>,
    pub wishes: Wishes,
    pub dry_run: bool,
}

/// Reads the form, whole and checked but for the CSV in it.
pub async fn read(headers: &HeaderMap, body: Bytes, max_bytes: u64) -> Result<Form, Problem> {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let boundary = content_type.and_then(|value| multer::parse_boundary(value).ok());
    let boundary = boundary.ok_or_else(not_multipart)?;
    let body = stream::iter([Ok::<_, Infallible>(body)]);
    let sizes = SizeLimit::new()
        .per_field(MAX_TEXT_BYTES)
        .for_field(FILE, max_bytes);
    let limits = Constraints::new().size_limit(sizes);
    let mut fields = Multipart::with_constraints(body, boundary, limits);
    let (mut file, mut file_name, mut wishes) = (None, None, Wishes::default());
    let mut dry_run = false;
    let mut seen = Vec::new();
    let malformed = |error: multer::Error| malformed(&error, max_bytes);
    while let Some(field) = fields.next_field().await.map_err(malformed)? {
        let name = field.name().unwrap_or_default().to_owned();
        if seen.contains(&name) {
            return Err(twice(&name));
        }
        if name == FILE {
            file_name = field.file_name().map(str::to_owned);
            file = Some(field.bytes().await.map_err(malformed)?);
        } else if name == DRY_RUN {
            dry_run = yes_or_no(&field.text().await.map_err(malformed)?)?;
        } else {
            set(&mut wishes, &name, field, malformed).await?;
        }
        seen.push(name);
    }
    let file = file.ok_or_else(missing_file)?;
    Ok(Form {
        file,
        file_name,
        wishes,
        dry_run,
    })
}

fn yes_or_no(text: &str) -> Result<bool, Problem> {
    match text.trim() {
        "true" => Ok(true),
        "false" | "" => Ok(false),
        other => {
            let shown: String = other.chars().take(100).collect();
            let detail = format!("\"{shown}\" is no choice for {DRY_RUN}: give true or false.");
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Err(Problem::new(status, ProblemCode::InvalidDryRun, detail))
        }
    }
}

/// Takes in one option. An unknown one is refused: a typing error must not pass for a wish.
async fn set(
    wishes: &mut Wishes,
    name: &str,
    field: Field<'_>,
    malformed: impl FnOnce(multer::Error) -> Problem,
) -> Result<(), Problem> {
    let option = OptionName::of_field(name).ok_or_else(|| unknown_field(name))?;
    let value = field.text().await.map_err(malformed)?;
    wishes.set(option, &value).map_err(|error| unusable(&error))
}

/// A value that an option cannot have.
pub fn unusable(error: &OptionError) -> Problem {
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    Problem::new(status, error.code(), sentence(&error.to_string()))
}

/// A text that begins as a sentence and ends as one.
fn sentence(text: &str) -> String {
    let mut sentence = text.to_owned() + ".";
    if let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    sentence
}

fn unknown_field(name: &str) -> Problem {
    let known = OptionName::ALL.map(OptionName::field).join(", ");
    let shown: String = name.chars().take(100).collect();
    let detail = format!(
        "The form has a field named \"{shown}\", which is no option. There are {FILE} for the CSV, {DRY_RUN}, and {known}."
    );
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        ProblemCode::UnknownField,
        detail,
    )
}

fn not_multipart() -> Problem {
    let detail = "Send the CSV as multipart/form-data in a field named file.";
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ProblemCode::NotMultipart,
        detail,
    )
}

fn missing_file() -> Problem {
    let detail = "The form has no field named file; it holds the CSV.";
    Problem::new(StatusCode::BAD_REQUEST, ProblemCode::MissingFile, detail)
}

fn twice(name: &str) -> Problem {
    let detail = format!("The form has the field {name} more than once.");
    Problem::new(
        StatusCode::BAD_REQUEST,
        ProblemCode::MalformedMultipart,
        detail,
    )
}

fn malformed(error: &multer::Error, max_bytes: u64) -> Problem {
    if matches!(error, multer::Error::FieldSizeExceeded { .. }) {
        let detail = format!(
            "A field is too large: the file may have {max_bytes} bytes (MaxUploadBytes), any other \
             field {MAX_TEXT_BYTES}. Announce larger CSVs: POST /{}.",
            paths::REQUESTS
        );
        return Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            ProblemCode::FileTooLarge,
            detail,
        );
    }
    let detail = "The multipart/form-data body could not be read.";
    Problem::new(
        StatusCode::BAD_REQUEST,
        ProblemCode::MalformedMultipart,
        detail,
    )
}

#[cfg(test)]
mod tests {
    use halftone_codec::{Copyright, OutputFormat, Quality, Side};

    use super::*;

    async fn read_parts(parts: &str) -> Result<Form, &'static str> {
        read_all(parts)
            .await
            .map_err(|problem| problem.code.as_str())
    }

    async fn read_all(parts: &str) -> Result<Form, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert(
            "content-type",
            "multipart/form-data; boundary=x".parse().unwrap(),
        );
        let body = Bytes::from(format!("{parts}--x--\r\n"));
        read(&headers, body, 10).await
    }

    fn part(name: &str, content: &str) -> String {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n")
    }

    #[tokio::test]
    async fn the_documented_fields_are_read() {
        let parts = part("file", "a,b")
            + &part("webhookUrl", " https://a/ ")
            + &part("quality", "70")
            + &part("format", "webp")
            + &part("copyright", "keep")
            + &part("maxWidth", "1600");
        let form = read_parts(&parts).await.unwrap();
        assert_eq!(form.file, "a,b");
        assert_eq!(form.wishes.webhook_url.as_deref(), Some("https://a/"));
        assert_eq!(form.wishes.quality.map(Quality::get), Some(70));
        assert_eq!(form.wishes.format, Some(OutputFormat::WebP));
        assert_eq!(form.wishes.copyright, Some(Copyright::Keep));
        assert_eq!(form.wishes.max_width.map(Side::get), Some(1600));
        let plain = read_parts(&part("file", "a,b")).await.unwrap();
        assert_eq!(plain.wishes, Wishes::default());
    }

    #[tokio::test]
    async fn a_typing_error_does_not_pass_for_a_wish() {
        let parts = part("file", "a") + &part("qualty", "50");
        let problem = read_all(&parts).await.unwrap_err();
        let said = problem.response().into_body();
        assert!(
            said.contains("a field named \\\"qualty\\\", which is no option. There are file for the CSV, dryRun, and webhookUrl, quality, format, copyright, maxWidth, maxHeight, fresh, imageColumns, nameColumn, idColumn, imageBase, onRowError."),
            "{said}"
        );
        assert_eq!(problem.code, "unknown_field");
    }

    #[tokio::test]
    async fn a_dry_run_is_asked_for_in_words() {
        let dry_run = async |value: &str| {
            let parts = part("file", "a") + &part("dryRun", value);
            read_parts(&parts).await.map(|form| form.dry_run)
        };
        assert_eq!(dry_run("true").await, Ok(true));
        assert_eq!(dry_run("false").await, Ok(false));
        assert_eq!(dry_run("1").await, Err("invalid_dry_run"));
    }

    #[tokio::test]
    async fn a_refusal_is_a_sentence_that_says_how_to_put_it_right() {
        let parts = part("file", "a") + &part("quality", "high");
        let problem = read_all(&parts).await.unwrap_err();
        let said = problem.response().into_body();
        let sentence =
            "\"detail\":\"\\\"high\\\" is no quality: give a whole number from 1 to 100.\"";
        assert!(said.contains(sentence), "{said}");
    }

    #[tokio::test]
    async fn what_is_wrong_has_its_code() {
        let file = part("file", "a");
        let code = async |parts: &str| read_parts(parts).await.map(|_| ()).unwrap_err();
        assert_eq!(code(&part("quality", "50")).await, "missing_file");
        assert_eq!(code(&part("other", "a")).await, "unknown_field");
        assert_eq!(
            code(&part("file", "more than ten bytes")).await,
            "file_too_large"
        );
        assert_eq!(code(&(file.clone() + &file)).await, "malformed_multipart");
        assert_eq!(
            code(&(file.clone() + &part("webhookUrl", "ftp://a"))).await,
            "invalid_webhook_url"
        );
        assert_eq!(
            code(&(file.clone() + &part("quality", "0"))).await,
            "invalid_quality"
        );
        assert_eq!(
            code(&(file.clone() + &part("format", "tiff"))).await,
            "invalid_format"
        );
        assert_eq!(
            code(&(file.clone() + &part("copyright", "yes"))).await,
            "invalid_copyright"
        );
        assert_eq!(
            code(&(file.clone() + &part("maxHeight", "70000"))).await,
            "invalid_max_height"
        );
        assert_eq!(code(&file[..20]).await, "malformed_multipart");
        let plain = read(&HeaderMap::new(), Bytes::new(), 10).await.unwrap_err();
        assert_eq!(plain.code, "not_multipart");
    }
}
