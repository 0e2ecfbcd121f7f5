//! The sample CSV on its way to the API.

/// The origin that `events/sample.csv` names.
const SAMPLE_ORIGIN: &str = "http://127.0.0.1:9000";
/// Part boundary; the sample does not contain it.
const BOUNDARY: &str = "halftone-7f3c0d52b6a94e18";
/// Content type of [`multipart`].
pub const CONTENT_TYPE: &str = "multipart/form-data; boundary=halftone-7f3c0d52b6a94e18";

/// The CSV with its images on another origin, such as `http://127.0.0.1:40123`.
pub fn with_origin(csv: &str, origin: &str) -> String {
    csv.replace(&format!("{SAMPLE_ORIGIN}/"), &format!("{origin}/"))
}

/// The form that `POST /api/v1/images/upload` takes.
pub fn multipart(csv: &str, webhook_url: Option<&str>) -> String {
    let file = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"sample.csv\"\r\n\
         Content-Type: text/csv\r\n\r\n{csv}\r\n"
    );
    let webhook = webhook_url.map_or_else(String::new, |url| {
        let disposition = "Content-Disposition: form-data; name=\"webhookUrl\"";
        format!("--{BOUNDARY}\r\n{disposition}\r\n\r\n{url}\r\n")
    });
    format!("{file}{webhook}--{BOUNDARY}--\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_origin_changes() {
        let csv = "1,A,\"http://127.0.0.1:9000/photos/a.jpg, http://127.0.0.1:90001/b.jpg\"\n";
        let moved = with_origin(csv, "http://127.0.0.1:5");
        assert_eq!(
            moved,
            "1,A,\"http://127.0.0.1:5/photos/a.jpg, http://127.0.0.1:90001/b.jpg\"\n"
        );
    }

    #[test]
    fn the_form_has_both_parts() {
        let form = multipart("a,b", Some("http://x/"));
        assert!(CONTENT_TYPE.ends_with(BOUNDARY));
        assert_eq!(form.matches(BOUNDARY).count(), 3);
        assert_eq!(multipart("a,b", None).matches(BOUNDARY).count(), 2);
        assert!(form.contains("\r\n\r\na,b\r\n--") && form.contains("\r\n\r\nhttp://x/\r\n--"));
    }
}
