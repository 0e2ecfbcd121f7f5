//! Whether a file has its end, told by the bytes alone: where whoever sent it did not say how long it is.

use crate::picture::Format;

/// What every PNG ends with: an IEND chunk and its checksum ([PNG, 11.2.5](https://www.w3.org/TR/png-3/#11IEND)).
const PNG_END: &[u8] = b"\0\0\0\0IEND\xae\x42\x60\x82";

/// What ends a JPEG, and cannot stand in its coded data ([ITU T.81, B.1.1](https://www.w3.org/Graphics/JPEG/itu-t81.pdf)).
const JPEG_END: &[u8] = b"\xff\xd9";

/// Whether a file of this format has its very end. Only where the bytes prove it: of a GIF and a TIFF they do not.
pub fn has_end(format: Format, bytes: &[u8]) -> bool {
    match format {
        Format::Jpeg => bytes.ends_with(JPEG_END),
        Format::Png => bytes.ends_with(PNG_END),
        // Behind eight bytes: the four of `RIFF` and the length's own.
        Format::WebP => has_length(bytes, 4, 8),
        Format::Bmp => has_length(bytes, 2, 0),
        _ => false,
    }
}

/// Whether the length that stands in the file is the file's, less what comes before it is counted.
fn has_length(bytes: &[u8], at: usize, uncounted: u64) -> bool {
    let stands = bytes.get(at..).and_then(<[u8]>::first_chunk);
    let length = stands.map(|length| u64::from(u32::from_le_bytes(*length)));
    length.is_some_and(|length| length > 0 && length + uncounted == bytes.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_its_end_or_not() {
        for (format, whole) in [
            (Format::Jpeg, &b"\xff\xd8\xff\xe0\xff\xd9"[..]),
            (
                Format::Png,
                b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xae\x42\x60\x82",
            ),
            (Format::WebP, b"RIFF\x08\0\0\0WEBPVP8 "),
            (Format::Bmp, b"BM\x14\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\0\0"),
        ] {
            assert!(has_end(format, whole), "{format}");
            assert!(!has_end(format, &whole[..whole.len() - 1]), "{format}");
        }
        assert!(!has_end(Format::Gif, b"GIF89a\0;"));
        assert!(!has_end(Format::Tiff, b"II*\0\x08\0\0\0"));
    }
}
