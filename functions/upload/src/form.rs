//! Reads the multipart form (RFC 7578) of an upload.

use std::convert::Infallible;
use std::str::FromStr;

use bytes::Bytes;
use futures::stream;
use halftone_codec::{Copyright, OutputFormat, Quality};
use halftone_pipeline::services::fetch;
use lambda_http::http::{HeaderMap, StatusCode, header};
use multer::{Constraints, Field, Multipart, SizeLimit};

use halftone_pipeline::api::problem::Problem;

/// Largest text field; a URL is the longest of them.
const MAX_TEXT_BYTES: u64 = 4096;

/// What a field must be: the code and the words of the problem when it is not.
type Rule = (&'static str, &'static str);
const QUALITY: Rule = (
    "invalid_quality",
    "The quality must be a whole number from 1 to 100.",
);
const FORMAT: Rule = (
    "invalid_format",
    "The format must be one of original, jpeg, webp, avif and png.",
);
const COPYRIGHT: Rule = ("invalid_copyright", "The copyright must be keep or remove.");

/// What a client sent.
#[derive(Debug)]
pub struct Form {
    pub file: Bytes,
    pub file_name: Option<String>,
    pub webhook_url: Option<String>,
    pub quality: Option<Quality>,
    pub format: Option<OutputFormat>,
    pub copyright: Option<Copyright>,
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
        .for_field("file", max_bytes);
    let limits = Constraints::new().size_limit(sizes);
    let mut fields = Multipart::with_constraints(body, boundary, limits);
    let (mut file, mut file_name, mut webhook_url) = (None, None, None);
    let (mut quality, mut format, mut copyright) = (None, None, None);
    while let Some(field) = fields
        .next_field()
        .await
        .map_err(|e| malformed(&e, max_bytes))?
    {
        match field.name() {
            Some("file") if file.is_some() => return Err(twice("file")),
            Some("file") => {
                file_name = field.file_name().map(str::to_owned);
                file = Some(field.bytes().await.map_err(|e| malformed(&e, max_bytes))?);
            }
            Some("webhookUrl") => webhook_url = webhook(&text(field, max_bytes).await?)?,
            Some("quality") => quality = Some(choice(field, max_bytes, QUALITY).await?),
            Some("format") => format = Some(choice(field, max_bytes, FORMAT).await?),
            Some("copyright") => copyright = Some(choice(field, max_bytes, COPYRIGHT).await?),
            // Forms may carry more than we know.
            _ => {}
        }
    }
    let file = file.ok_or_else(missing_file)?;
    Ok(Form {
        file,
        file_name,
        webhook_url,
        quality,
        format,
        copyright,
    })
}

async fn text(field: Field<'_>, max_bytes: u64) -> Result<String, Problem> {
    let text = field
        .text()
        .await
        .map_err(|error| malformed(&error, max_bytes))?;
    Ok(text.trim().to_owned())
}

fn webhook(url: &str) -> Result<Option<String>, Problem> {
    if url.is_empty() {
        return Ok(None);
    }
    fetch::check_url(url).map_err(|reason| {
        let detail = format!("The webhookUrl cannot be called: {reason}.");
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_webhook_url",
            detail,
        )
    })?;
    Ok(Some(url.to_owned()))
}

async fn choice<T: FromStr>(field: Field<'_>, max_bytes: u64, rule: Rule) -> Result<T, Problem> {
    let (code, detail) = rule;
    let problem = |_| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail);
    text(field, max_bytes).await?.parse().map_err(problem)
}

fn not_multipart() -> Problem {
    let detail = "Send the CSV as multipart/form-data in a field named file.";
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_multipart", detail)
}

fn missing_file() -> Problem {
    let detail = "The form has no field named file; it holds the CSV.";
    Problem::new(StatusCode::BAD_REQUEST, "missing_file", detail)
}

fn twice(name: &str) -> Problem {
    let detail = format!("The form has the field {name} more than once.");
    Problem::new(StatusCode::BAD_REQUEST, "malformed_multipart", detail)
}

fn malformed(error: &multer::Error, max_bytes: u64) -> Problem {
    if matches!(error, multer::Error::FieldSizeExceeded { .. }) {
        let detail = format!(
            "A field is too large: the file may have {max_bytes} bytes (MaxUploadBytes), any other \
             field {MAX_TEXT_BYTES}. Larger CSVs go through the drop bucket."
        );
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "file_too_large", detail);
    }
    let detail = "The multipart/form-data body could not be read.";
    Problem::new(StatusCode::BAD_REQUEST, "malformed_multipart", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read_parts(parts: &str) -> Result<Form, &'static str> {
        let mut headers = HeaderMap::new();
        headers.insert(
            "content-type",
            "multipart/form-data; boundary=x".parse().unwrap(),
        );
        let body = Bytes::from(format!("{parts}--x--\r\n"));
        read(&headers, body, 10)
            .await
            .map_err(|problem| problem.code)
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
            + &part("copyright", "keep");
        let form = read_parts(&parts).await.unwrap();
        assert_eq!(form.file, "a,b");
        assert_eq!(form.webhook_url.as_deref(), Some("https://a/"));
        assert_eq!(form.quality.map(Quality::get), Some(70));
        assert_eq!(form.format, Some(OutputFormat::WebP));
        assert_eq!(form.copyright, Some(Copyright::Keep));
        let plain = read_parts(&part("file", "a,b")).await.unwrap();
        assert_eq!(plain.copyright, None);
    }

    #[tokio::test]
    async fn what_is_wrong_has_its_code() {
        let file = part("file", "a");
        let code = async |parts: &str| read_parts(parts).await.map(|_| ()).unwrap_err();
        assert_eq!(code(&part("other", "a")).await, "missing_file");
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
        assert_eq!(code(&file[..20]).await, "malformed_multipart");
        let plain = read(&HeaderMap::new(), Bytes::new(), 10).await.unwrap_err();
        assert_eq!(plain.code, "not_multipart");
    }
}
