//! A file's own picture data without its metadata.

use super::file::{JFIF, segment, write_metadata};
use crate::jpeg::error::JpegError;
use crate::jpeg::read::bits::source_length;
use crate::jpeg::read::headers::Headers;
use crate::jpeg::syntax::marker::{Segments, code};

/// Copies everything that the picture needs: an ICC profile only if it is not sRGB, JFIF without
/// its thumbnail, and the Adobe segment; EXIF data is as given. What stands behind `end`, where the data of the last
/// block ends, goes too.
pub fn strip(
    bytes: &[u8],
    end: usize,
    headers: &Headers<'_>,
    exif: Option<&[u8]>,
) -> Result<Vec<u8>, JpegError> {
    let mut segments = Segments::new(bytes)?;
    let mut out = Vec::with_capacity(bytes.len());
    out.extend_from_slice(&[0xff, code::SOI]);
    let application = &headers.application;
    if application.is_jfif() {
        segment(&mut out, code::APP0, JFIF);
    }
    let icc_profile = application.icc_profile(headers.color());
    write_metadata(icc_profile.as_deref(), exif, &mut out);
    loop {
        let next = segments.next()?;
        match next.marker {
            code::EOI => break,
            code::APP14 if next.payload.starts_with(b"Adobe") => {}
            code::APP0..=code::APP15 | code::COM => continue,
            _ => {}
        }
        segment(&mut out, next.marker, next.payload);
        if next.marker == code::SOS {
            let data = segments.rest();
            let data = &data[..source_length(data)];
            let needed = end.saturating_sub(segments.position).min(data.len());
            out.extend_from_slice(&data[..needed]);
            segments.position += data.len();
            if segments.position >= end {
                break;
            }
        }
    }
    if let Ok(lines) = segments.next()
        && lines.marker == code::DNL
    {
        segment(&mut out, code::DNL, lines.payload);
    }
    out.extend_from_slice(&[0xff, code::EOI]);
    Ok(out)
}
