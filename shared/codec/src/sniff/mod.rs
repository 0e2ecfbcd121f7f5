//! What the bytes are, judged by their first few alone: names and content types are other people's claims.

mod end;
mod foreign;
mod text;

pub use text::{Document, document};

use crate::error::ImageError;
use crate::picture::Format;

/// Names the format of the bytes.
///
/// # Errors
/// A picture, document or film of another kind is `unsupported_format`, anything else `not_an_image`.
pub fn sniff(bytes: &[u8]) -> Result<Format, ImageError> {
    if let Some(format) = supported(bytes) {
        return Ok(format);
    }
    if let Some(seen) = foreign::known(bytes).or_else(|| text::drawing(bytes)) {
        return Err(ImageError::UnsupportedFormat { seen });
    }
    Err(ImageError::NotAnImage {
        seen: match bytes {
            [] => "an empty file",
            _ => foreign::data(bytes)
                .or_else(|| document(bytes).map(Document::words))
                .unwrap_or("data of an unknown kind"),
        },
    })
}

/// Whether the bytes are a picture up to its very end, as far as they prove it.
pub fn has_end(bytes: &[u8]) -> bool {
    supported(bytes).is_some_and(|format| end::has_end(format, bytes))
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
        [b'I', b'I', b'*' | b'+', 0, ..] | [b'M', b'M', 0, b'*' | b'+', ..] => Some(Format::Tiff),
        // Behind the length of the file come four reserved bytes, which some writers use, the place of the pixels, and
        // the length of a header below 256.
        [
            b'B',
            b'M',
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
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
        _ if foreign::is_avif(bytes) => Some(Format::Avif),
        _ => None,
    }
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
            (b"II+\0\x08\0\0\0", Format::Tiff),
            (b"\0\0\0\x1cftypavif\0\0\0\0", Format::Avif),
            (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", Format::Avif),
            (b"\0\0\0\x18ftypmsf1\0\0\0\0msf1avis", Format::Avif),
            (b"MM\0+\0\x08\0\0", Format::Tiff),
            (b"BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0", Format::Bmp),
            (
                b"BM\x36\0\0\0\x52\x44\xff\x01\x36\0\0\0\x28\0\0\0",
                Format::Bmp,
            ),
        ] {
            assert_eq!(sniff(bytes).unwrap(), format);
        }
    }

    #[test]
    fn what_is_known_but_not_supported_is_named() {
        for (bytes, expected) in [
            (&b"\0\0\0\x18ftypheic\0\0\0\0"[..], "a HEIC picture"),
            (b"\0\0\0\x18ftypmif1\0\0\0\0", "a HEIC picture"),
            (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "a HEIC picture"),
            // What stands behind the box is no brand.
            (b"\0\0\0\x14ftypmif1\0\0\0\0mif1avif", "a HEIC picture"),
            (
                b"\0\0\0\x18ftypisom\0\0\0\0",
                "not a picture but a video (MP4)",
            ),
            (
                b"\0\0\0\x14ftypqt  \0\0\0\0",
                "not a picture but a video (QuickTime)",
            ),
            (b"%PDF-1.7", "not a picture but a PDF document"),
            (
                b"<svg xmlns='http://www.w3.org/2000/svg'/>",
                "not a picture but an SVG drawing",
            ),
            (
                b"\xef\xbb\xbf <?xml version='1.0'?>\n<!-- x --><SVG/>",
                "not a picture but an SVG drawing",
            ),
            (
                b"<?xml version='1.0'?><svg><foreignObject><html/></svg>",
                "not a picture but an SVG drawing",
            ),
            (b"RIFF\0\0\0\0AVI LIST", "not a picture but a video (AVI)"),
            (
                b"\x1a\x45\xdf\xa3",
                "not a picture but a video (Matroska or WebM)",
            ),
            (b"\xff\x0a\x00", "a JPEG XL picture"),
            (b"\0\0\x01\0\x01\0", "an icon (ICO)"),
        ] {
            let error = sniff(bytes).unwrap_err();
            assert_eq!(error.code(), "unsupported_format");
            let text = format!(
                "it is {expected}; only JPEG, PNG, WebP, AVIF, GIF, BMP and TIFF can be compressed"
            );
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_picture_is_told_as_what_it_is() {
        for (bytes, expected) in [
            (&b""[..], "an empty file"),
            (b"<!DOCTYPE html><html><svg></svg></html>", "an HTML page"),
            (b"\n<html>", "an HTML page"),
            (b"<!-- cached -->\n<html lang='en'>", "an HTML page"),
            (
                b"<?xml version='1.0'?><html><svg></svg></html>",
                "an HTML page",
            ),
            (b"404 not found", "text"),
            (b"BMW: all models", "text"),
            (b"{\"error\":1}", "JSON"),
            (b" [{\"error\":1}]", "JSON"),
            (b"[see below]", "text"),
            (b"<?xml version='1.0'?><rss/>", "an XML document"),
            (b"\x1f\x8b\x08\0\0\0\0\0", "a compressed file (gzip)"),
            (b"PK\x03\x04\x14\0", "an archive or office document (ZIP)"),
            (b"RIFF\0\0\0\0WAVE", "a sound recording"),
            (b"ID3\x04\0", "a sound recording"),
            (b"\xff\xd8", "data of an unknown kind"),
            (b"\x89PNG", "data of an unknown kind"),
            (b"\0\x01\x02", "data of an unknown kind"),
        ] {
            let error = sniff(bytes).unwrap_err();
            assert_eq!(error.code(), "not_an_image");
            assert_eq!(
                error.to_string(),
                format!("it is not a picture but {expected}")
            );
        }
    }
}
