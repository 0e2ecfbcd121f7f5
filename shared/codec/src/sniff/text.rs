//! Files of text, and what they are written in.

use std::fmt;

/// A text that is no picture, by what it is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// A page of HTML.
    Html,
    /// A value of JSON: an object or an array.
    Json,
    /// XML that is neither a page nor a drawing.
    Xml,
    /// Text of any other kind.
    Text,
}

/// The end of a sentence: it is not a picture but …
impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl Document {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Html => "an HTML page",
            Self::Json => "JSON",
            Self::Xml => "an XML document",
            Self::Text => "text",
        }
    }
}

/// How far a text is searched for what kind of document it is, in bytes.
const TEXT_WINDOW: usize = 4096;

/// What a file is that is a drawing, as the end of a sentence: it is …
pub fn drawing(bytes: &[u8]) -> Option<&'static str> {
    let text = text_start(bytes);
    let is_xml = starts_with_one_of(text, &["<?xml", "<!--", "<!doctype svg"]);
    // A page may hold a drawing, and a drawing parts of a page.
    let is_root = || place_of(text, "<svg") < place_of(text, "<html");
    let is_svg = starts_with(text, "<svg") || (is_xml && is_root());
    is_svg.then_some("not a picture but an SVG drawing")
}

/// What a file of text is.
pub fn document(bytes: &[u8]) -> Option<Document> {
    let text = text_start(bytes);
    let is_html = starts_with_one_of(text, &["<!doctype html", "<html", "<head", "<body"]);
    let is_xml = starts_with(text, "<?xml");
    let holds_html = || place_of(text, "<html") < text.len();
    if is_html || ((is_xml || starts_with(text, "<!--")) && holds_html()) {
        return Some(Document::Html);
    }
    is_text(text).then(|| {
        if is_json(text) {
            Document::Json
        } else if is_xml {
            Document::Xml
        } else {
            Document::Text
        }
    })
}

/// An object or an array, as far as its beginning tells.
fn is_json(text: &[u8]) -> bool {
    let inside = |close: u8, first: &[u8]| {
        let rest = text[1..].trim_ascii_start();
        rest.first()
            .is_none_or(|byte| *byte == close || first.contains(byte))
    };
    match text.first() {
        Some(b'{') => inside(b'}', b"\""),
        Some(b'[') => inside(b']', b"\"{[-0123456789"),
        _ => false,
    }
}

/// Whether these are UTF-8 characters and white space; the last character may be cut off by the window.
fn is_text(text: &[u8]) -> bool {
    let printable = |byte: &u8| !byte.is_ascii_control() || byte.is_ascii_whitespace();
    let utf8 = match std::str::from_utf8(text) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && error.valid_up_to() > 0,
    };
    utf8 && text.iter().all(printable)
}

/// The beginning of the bytes without a byte order mark and white space.
fn text_start(bytes: &[u8]) -> &[u8] {
    let window = &bytes[..bytes.len().min(TEXT_WINDOW)];
    window
        .strip_prefix(b"\xef\xbb\xbf")
        .unwrap_or(window)
        .trim_ascii_start()
}

/// Where a tag is, in capitals or not: at the end, if there is none.
fn place_of(text: &[u8], tag: &str) -> usize {
    let is_here = |window: &[u8]| window.eq_ignore_ascii_case(tag.as_bytes());
    let place = text.windows(tag.len()).position(is_here);
    place.unwrap_or(text.len())
}

fn starts_with_one_of(text: &[u8], starts: &[&str]) -> bool {
    starts.iter().any(|start| starts_with(text, start))
}

fn starts_with(text: &[u8], start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|text| text.eq_ignore_ascii_case(start.as_bytes()))
}
