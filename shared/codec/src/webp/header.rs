//! The sizes that a WebP file declares.

use crate::error::ImageError;
use crate::picture::Format;

/// The longest side, in pixels: it is stored in 14 bits.
pub const MAX_SIDE: u32 = 16_383;

/// Width and height as the first chunk declares them.
pub fn size(bytes: &[u8]) -> Result<(u32, u32), ImageError> {
    let data = bytes.get(20..).unwrap_or_default();
    let size = match bytes.get(12..16) {
        Some(b"VP8X") => canvas_size(data),
        Some(b"VP8 ") => lossy_size(data),
        Some(b"VP8L") => lossless_size(data),
        _ => None,
    };
    let size = size.filter(|(width, height)| *width > 0 && *height > 0);
    size.ok_or_else(|| {
        ImageError::damaged(Format::WebP, "the first chunk is no header of a picture")
    })
}

fn canvas_size(data: &[u8]) -> Option<(u32, u32)> {
    let [a, b, c, d, e, f] = *data.get(4..)?.first_chunk()?;
    Some((
        u32::from_le_bytes([a, b, c, 0]) + 1,
        u32::from_le_bytes([d, e, f, 0]) + 1,
    ))
}

/// The header of a key frame ([RFC 6386, 9.1](https://www.rfc-editor.org/rfc/rfc6386#section-9.1)).
fn lossy_size(data: &[u8]) -> Option<(u32, u32)> {
    let [0x9d, 0x01, 0x2a, a, b, c, d] = *data.get(3..)?.first_chunk()? else {
        return None;
    };
    let side = |bytes| u32::from(u16::from_le_bytes(bytes) & 0x3fff);
    Some((side([a, b]), side([c, d])))
}

/// The header of a lossless picture ([RFC 9649, 3.4](https://www.rfc-editor.org/rfc/rfc9649#section-3.4)).
fn lossless_size(data: &[u8]) -> Option<(u32, u32)> {
    let [0x2f, a, b, c, d] = *data.first_chunk()? else {
        return None;
    };
    let bits = u32::from_le_bytes([a, b, c, d]);
    Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
}
