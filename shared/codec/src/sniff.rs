//! What the bytes are, judged by their first few alone: names and content types are other people's claims.

use crate::error::ImageError;
use crate::picture::Format;

/// How far a text is searched for what kind of document it is, in bytes.
const TEXT_WINDOW: usize = 4096;

/// Names the format of the bytes.
///
/// # Errors
/// A picture or film of another kind is `unsupported_format`, anything else `not_an_image`.
pub(crate) fn sniff(bytes: &[u8]) -> Result<Format, ImageError> {
    if let Some(format) = supported(bytes) {
        return Ok(format);
    }
    if let Some(seen) = known_picture(bytes)
        .or_else(|| iso_media(bytes))
        .or_else(|| svg(bytes))
    {
        return Err(ImageError::UnsupportedFormat { seen });
    }
    Err(ImageError::NotAnImage { seen: other(bytes) })
}

fn supported(bytes: &[u8]) -> Option<Format> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some(Format::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Format::Png),
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            ..,
        ] => Some(Format::WebP),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Format::Gif),
        [b'I', b'I', b'*', 0, ..] | [b'M', b'M', 0, b'*', ..] => Some(Format::Tiff),
        // Behind the length of the file come four bytes that are zero, and the length of a header below 256.
        [
            b'B',
            b'M',
            _,
            _,
            _,
            _,
            0,
            0,
            0,
            0,
            _,
            _,
            _,
            _,
            12..=124,
            0,
            0,
            0,
            ..,
        ] => Some(Format::Bmp),
        _ => None,
    }
}

fn known_picture(bytes: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 17] = [
        (b"%PDF-", "PDF"),
        (b"II+\0", "BigTIFF"),
        (b"MM\0+", "BigTIFF"),
        (b"\0\0\x01\0", "ICO"),
        (b"8BPS", "a Photoshop document"),
        (b"\xff\x0a", "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"\xff\x4f\xff\x51", "JPEG 2000"),
        (b"qoif", "QOI"),
        (b"FLV\x01", "Flash video"),
        (b"\x1a\x45\xdf\xa3", "Matroska or WebM video"),
        (b"OggS", "Ogg media"),
        (b"\0\0\x01\xba", "MPEG video"),
        (b"\0\0\x01\xb3", "MPEG video"),
        (b"%!PS", "PostScript"),
        (b"\x8aMNG", "MNG"),
    ];
    if let [
        b'R',
        b'I',
        b'F',
        b'F',
        _,
        _,
        _,
        _,
        b'A',
        b'V',
        b'I',
        b' ',
        ..,
    ] = bytes
    {
        return Some("AVI video");
    }
    MAGIC
        .iter()
        .find(|(magic, _)| bytes.starts_with(magic))
        .map(|(_, seen)| *seen)
}

/// ISO base media files carry their brand behind `ftyp` ([ISO/IEC 14496-12, 4.3](https://mp4ra.org/registered-types/brands)).
fn iso_media(bytes: &[u8]) -> Option<&'static str> {
    if bytes.get(4..8)? != b"ftyp" {
        return None;
    }
    Some(match bytes.get(8..12)? {
        b"avif" | b"avis" => "AVIF",
        b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"heis" | b"mif1" | b"msf1" => "HEIC",
        b"crx " => "a camera's raw picture",
        b"qt  " => "QuickTime video",
        _ => "MP4 video",
    })
}

fn svg(bytes: &[u8]) -> Option<&'static str> {
    let text = text_start(bytes);
    let is_xml = ["<?xml", "<!--", "<!doctype svg"]
        .iter()
        .any(|start| starts_with(text, start));
    let holds_svg = || {
        text.windows(4)
            .any(|window| window.eq_ignore_ascii_case(b"<svg"))
    };
    (starts_with(text, "<svg") || (is_xml && holds_svg())).then_some("SVG")
}

fn other(bytes: &[u8]) -> &'static str {
    let text = text_start(bytes);
    if bytes.is_empty() {
        "empty"
    } else if starts_with(text, "<!doctype html") || starts_with(text, "<html") {
        "an HTML page"
    } else if is_text(text) {
        "text"
    } else {
        "unknown data"
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

fn starts_with(text: &[u8], start: &str) -> bool {
    text.get(..start.len())
        .is_some_and(|text| text.eq_ignore_ascii_case(start.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn supported_formats_are_known_by_their_magic() {
        for (bytes, format) in [
            (&b"\xff\xd8\xff\xe0"[..], Format::Jpeg),
            (b"\x89PNG\r\n\x1a\n", Format::Png),
            (b"RIFF\0\0\0\0WEBPVP8 ", Format::WebP),
            (b"GIF87a", Format::Gif),
            (b"GIF89a", Format::Gif),
            (b"II*\0\x08\0\0\0", Format::Tiff),
            (b"MM\0*\0\0\0\x08", Format::Tiff),
            (b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", Format::Bmp),
        ] {
            assert_eq!(sniff(bytes).unwrap(), format);
        }
    }

    #[test]
    fn other_pictures_are_named() {
        for (bytes, expected) in [
            (&b"\0\0\0\x1cftypavif\0\0\0\0"[..], "AVIF"),
            (b"\0\0\0\x18ftypheic\0\0\0\0", "HEIC"),
            (b"\0\0\0\x18ftypmif1\0\0\0\0", "HEIC"),
            (b"\0\0\0\x18ftypisom\0\0\0\0", "MP4 video"),
            (b"\0\0\0\x14ftypqt  \0\0\0\0", "QuickTime video"),
            (b"%PDF-1.7", "PDF"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
            (
                b"\xef\xbb\xbf <?xml version='1.0'?>\n<!-- x --><SVG/>",
                "SVG",
            ),
            (b"RIFF\0\0\0\0AVI LIST", "AVI video"),
            (b"\x1a\x45\xdf\xa3", "Matroska or WebM video"),
            (b"\xff\x0a\x00", "JPEG XL"),
        ] {
            let error = sniff(bytes).unwrap_err();
            assert!(
                matches!(error, ImageError::UnsupportedFormat { seen } if seen == expected),
                "{error:?}"
            );
        }
    }

    #[test]
    fn what_is_no_picture_is_not_an_image() {
        for (bytes, expected) in [
            (&b""[..], "empty"),
            (b"<!DOCTYPE html><html><svg></svg></html>", "an HTML page"),
            (b"\n<html>", "an HTML page"),
            (b"404 not found", "text"),
            (b"BMW: all models", "text"),
            (b"{\"error\":1}", "text"),
            (b"<?xml version='1.0'?><rss/>", "text"),
            (b"\x1f\x8b\x08\0\0\0\0\0", "unknown data"),
            (b"\xff\xd8", "unknown data"),
            (b"\x89PNG", "unknown data"),
            (b"RIFF\0\0\0\0WAVE", "unknown data"),
        ] {
            let error = sniff(bytes).unwrap_err();
            assert!(
                matches!(error, ImageError::NotAnImage { seen } if seen == expected),
                "{error:?} {bytes:?}"
            );
        }
    }
}
