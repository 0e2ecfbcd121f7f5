//! What came instead of a picture, in a few words: what it is, and what it says of itself. No I/O.
//!
//! The words are a stranger's. They are cut to a line, and hold nothing that changes how what stands around them reads.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use halftone_codec::Document;
use serde_json::Value;

/// How much of a text is looked at, in bytes.
const MAX_BYTES: usize = 64 * 1024;
/// How much of a title, code or message is told, in characters.
const MAX_CHARS: usize = 80;

/// A text that came instead of a picture: `text/html, title "Sign in"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What it is written in.
    pub document: Document,
    /// What it says of itself, by what that is: `title`, `code`, `message`.
    pub says: Vec<(&'static str, String)>,
}

impl Page {
    /// Reads a text; none where the bytes are none, or nothing at all.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return None;
        }
        let document = halftone_codec::document(bytes)?;
        let text = text(&bytes[..bytes.len().min(MAX_BYTES)]);
        let found = match document {
            Document::Html => vec![("title", title(&text))],
            // The error documents of S3 and of those that are like it.
            Document::Xml => vec![
                ("code", element(&text, "Code")),
                ("message", element(&text, "Message")),
            ],
            Document::Json => of_json(&text),
            Document::Text => Vec::new(),
        };
        let says = found.into_iter().filter_map(|(what, said)| {
            let said = line(&said?);
            (!said.is_empty()).then_some((what, said))
        });
        Some(Self {
            document,
            says: says.collect(),
        })
    }

    /// A page's title.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        let title = self.says.iter().find(|(what, _)| *what == "title");
        title.map(|(_, title)| title.as_str())
    }

    fn media_type(&self) -> &'static str {
        match self.document {
            Document::Html => "text/html",
            Document::Json => "application/json",
            Document::Xml => "application/xml",
            Document::Text => "text/plain",
        }
    }
}

impl std::fmt::Display for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.media_type())?;
        let mut says = self.says.iter();
        says.try_for_each(|(what, said)| write!(f, ", {what} \"{said}\""))
    }
}

/// Text in UTF-8, or in what browsers take for the rest of the western world.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        // A character that is cut off at the end makes no other encoding of it.
        Err(error) if error.error_len().is_none() => String::from_utf8_lossy(bytes),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// The title of a page.
fn title(html: &str) -> Option<String> {
    // Lower case of the same length, so that places are the same in both.
    let lower = html.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let start = open + lower[open..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    Some(unescaped(&html[start..end]))
}

/// What an element of XML holds, if that is text.
fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (content, _) = rest.split_once('<')?;
    Some(unescaped(content))
}

/// What the usual members of an error say.
fn of_json(json: &str) -> Vec<(&'static str, Option<String>)> {
    let value: Value =
        serde_json::from_str(json.trim_start_matches('\u{feff}')).unwrap_or_default();
    let inner = &value["error"];
    let member = |name: &str| {
        let found = [&value[name], &inner[name]]
            .into_iter()
            .find_map(Value::as_str);
        found.map(str::to_owned)
    };
    let error = || inner.as_str().map(str::to_owned);
    let message = member("message")
        .or_else(|| member("detail"))
        .or_else(error);
    vec![("code", member("code")), ("message", message)]
}

/// Text with its character references resolved: those by number, and the five that every writer uses.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        match reference(rest) {
            Some((character, length)) => {
                plain.push(character);
                rest = &rest[length..];
            }
            None => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain + rest
}

/// The character that a reference at the beginning stands for, and the reference's length.
fn reference(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(12).position(|byte| byte == b';')?;
    let character = match &text[1..end] {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        number => {
            let number = number.strip_prefix('#')?;
            let hex = number.strip_prefix(['x', 'X']);
            let number = hex.map_or_else(|| number.parse(), |hex| u32::from_str_radix(hex, 16));
            char::from_u32(number.ok()?)?
        }
    };
    Some((character, end + 1))
}

/// One line of printable characters, cut to [`MAX_CHARS`].
fn line(text: &str) -> String {
    let words = text.split_whitespace().map(|word| {
        let printable = word.chars().filter(|c| !is_invisible(*c));
        printable
            .map(|c| if c == '"' { '\'' } else { c })
            .collect::<String>()
    });
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    let line = words.join(" ");
    match line.char_indices().nth(MAX_CHARS) {
        Some(_) => line.chars().take(MAX_CHARS - 1).chain(['…']).collect(),
        None => line,
    }
}

/// Controls, and what turns the direction of text around or takes no room.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: impl AsRef<[u8]>) -> String {
        Page::read(bytes.as_ref()).map_or(String::new(), |page| page.to_string())
    }

    #[test]
    fn pages_are_told_by_their_title() {
        for (page, expected) in [
            (
                "<!doctype html><html><title>Sign in</title>",
                "text/html, title \"Sign in\"",
            ),
            (
                "<html><HEAD><TITLE lang=en>\n Sign\t in </TITLE>",
                "text/html, title \"Sign in\"",
            ),
            (
                "<html><title>404 &#8211; L&#39;Atelier &amp; Co &eacute; & &#xD800;</title>",
                "text/html, title \"404 – L'Atelier & Co &eacute; & &#xD800;\"",
            ),
            (
                "<html><title>a\"b\u{202e}c\u{0}\u{200b}</title>",
                "text/html, title \"a'bc\"",
            ),
            ("<html><title></title>", "text/html"),
            ("<html><title>never closed", "text/html"),
            ("<html><p>none", "text/html"),
        ] {
            assert_eq!(read(page), expected, "{page}");
        }
        let long = read(format!("<html><title>{}</title>", "ä".repeat(500)));
        assert_eq!(long, format!("text/html, title \"{}…\"", "ä".repeat(79)));
        let latin = read(b"<html><title>Caf\xe9</title>");
        assert_eq!(latin, "text/html, title \"Café\"");
    }

    #[test]
    fn errors_of_services_are_told_by_code_and_message() {
        for (document, expected) in [
            (
                "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>",
                "application/xml, code \"AccessDenied\", message \"Access Denied\"",
            ),
            ("<?xml version=\"1.0\"?><rss/>", "application/xml"),
            (
                r#"{"message":"Forbidden"}"#,
                "application/json, message \"Forbidden\"",
            ),
            (
                r#"{"error":"unauthorized"}"#,
                "application/json, message \"unauthorized\"",
            ),
            (
                r#"{"error":{"code":"E42","message":"Log in\nfirst"}}"#,
                "application/json, code \"E42\", message \"Log in first\"",
            ),
            (r#"{"message":["no"]}"#, "application/json"),
            (r#"{"cut": "of"#, "application/json"),
            (r#"[{"message":"x"}]"#, "application/json"),
            ("404 page not found", "text/plain"),
            ("\u{ff}\u{d8}", "text/plain"),
        ] {
            assert_eq!(read(document), expected, "{document}");
        }
        assert_eq!(Page::read(b""), None);
        assert_eq!(Page::read(b"\xff\xd8\xff\xe0"), None);
        assert_eq!(Page::read(b"%PDF-1.7\n\x01"), None);
    }
}
