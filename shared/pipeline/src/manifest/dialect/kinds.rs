//! Files that are sent for a CSV now and then, by their first bytes.

const KINDS: [(&[u8], &str); 14] = [
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a WebP picture or another RIFF file"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh", "a bzip2 file"),
    (b"7z\xbc\xaf", "a 7z file"),
    (b"Rar!", "a RAR file"),
    (b"{\\rtf", "an RTF document"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"bplist", "a property list"),
];
/// How texts begin that are no CSV, in lower case.
const TEXTS: [(&str, &str); 7] = [
    ("<html", "a web page (HTML)"),
    ("<!doctype", "a web page (HTML)"),
    ("<table", "a web page (HTML)"),
    ("<meta", "a web page (HTML)"),
    ("<head", "a web page (HTML)"),
    ("<?xml", "an XML file"),
    ("<rss", "an XML file"),
];

/// What a file is that begins so, with its article; `None` where it may be a CSV.
pub(super) fn other_kind(beginning: &[u8]) -> Option<&'static str> {
    let of_bytes = KINDS.iter().find(|(start, _)| beginning.starts_with(start));
    if let Some((_, kind)) = of_bytes {
        return Some(kind);
    }
    let text = beginning.strip_prefix(b"\xef\xbb\xbf").unwrap_or(beginning);
    let text = text.get(..512).unwrap_or(text);
    let text = String::from_utf8_lossy(text)
        .trim_start()
        .to_ascii_lowercase();
    let of_text = TEXTS.iter().find(|(start, _)| text.starts_with(start));
    let json = || is_json(&text).then_some("a JSON file");
    of_text.map(|(_, kind)| *kind).or_else(json)
}

/// Whether a text begins as an object or a list does.
fn is_json(text: &str) -> bool {
    let inside = text.strip_prefix(['{', '[']).map(str::trim_start);
    inside.is_some_and(|inside| inside.starts_with(['"', '{', '[', '}', ']']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_called_by_their_names() {
        for (bytes, name) in [
            (&b"%PDF-1.7"[..], "a PDF"),
            (b"\n <!DOCTYPE html><html>", "a web page (HTML)"),
            (b"\xef\xbb\xbf<Table border=1>", "a web page (HTML)"),
            (b"<?xml version=\"1.0\"?>", "an XML file"),
            (b"[ {\"id\": 1}]", "a JSON file"),
            (b"{\"products\": []}", "a JSON file"),
            (b"\xd0\xcf\x11\xe0\xa1", "an old Excel workbook (.xls)"),
        ] {
            assert_eq!(other_kind(bytes), Some(name));
        }
        for text in ["S. No.,Product Name", "[Export]\na,b", "{a},b", "", "<a>,b"] {
            assert_eq!(other_kind(text.as_bytes()), None, "{text}");
        }
    }
}
