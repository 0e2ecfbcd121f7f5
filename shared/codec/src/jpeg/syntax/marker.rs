//! Markers and marker segments (T.81 B.1.1): the skeleton of a JPEG file.

use crate::jpeg::error::JpegError;

/// Second bytes of the markers that matter here (T.81 table B.1).
pub mod code {
    #![allow(missing_docs, reason = "the names are those of T.81 table B.1")]
    pub const SOF0: u8 = 0xc0;
    pub const SOF1: u8 = 0xc1;
    pub const SOF2: u8 = 0xc2;
    pub const DHT: u8 = 0xc4;
    pub const SOF15: u8 = 0xcf;
    pub const RST0: u8 = 0xd0;
    pub const RST7: u8 = 0xd7;
    pub const SOI: u8 = 0xd8;
    pub const EOI: u8 = 0xd9;
    pub const SOS: u8 = 0xda;
    pub const DQT: u8 = 0xdb;
    pub const DNL: u8 = 0xdc;
    pub const DRI: u8 = 0xdd;
    pub const APP0: u8 = 0xe0;
    pub const APP1: u8 = 0xe1;
    pub const APP2: u8 = 0xe2;
    pub const APP14: u8 = 0xee;
    pub const APP15: u8 = 0xef;
    pub const COM: u8 = 0xfe;
    /// A frame of JPEG-LS (ITU-T T.87).
    pub const SOF55: u8 = 0xf7;
    pub const TEM: u8 = 0x01;
}

/// One marker and the parameters behind it.
#[derive(Debug, Clone, Copy)]
pub struct Segment<'a> {
    /// The marker's second byte.
    pub marker: u8,
    /// Its parameters, without the length field; empty where a marker has none.
    pub payload: &'a [u8],
    /// Where its `0xff` is in the file.
    pub position: usize,
}

impl Segment<'_> {
    /// The error for a segment that breaks a rule.
    pub fn malformed(&self, what: &'static str) -> JpegError {
        JpegError::Malformed {
            position: self.position,
            what,
        }
    }
}

/// Walks the segments of a file. Bytes between segments that are no marker are skipped, as
/// every decoder does.
#[derive(Debug, Clone)]
pub struct Segments<'a> {
    bytes: &'a [u8],
    /// Where the next segment is looked for.
    pub position: usize,
}

impl<'a> Segments<'a> {
    /// Begins behind the SOI marker.
    pub fn new(bytes: &'a [u8]) -> Result<Self, JpegError> {
        match bytes {
            [0xff, code::SOI, ..] => Ok(Self { bytes, position: 2 }),
            _ => Err(JpegError::NotJpeg),
        }
    }

    /// What follows the last segment: behind SOS the entropy-coded data.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    /// The next segment; the end of the file before EOI is an error.
    pub fn next(&mut self) -> Result<Segment<'a>, JpegError> {
        let (marker, position) = self.next_marker().ok_or(self.truncated())?;
        let payload = match marker {
            code::EOI | code::SOI => &[],
            _ => self.parameters(position)?,
        };
        Ok(Segment {
            marker,
            payload,
            position,
        })
    }

    fn next_marker(&mut self) -> Option<(u8, usize)> {
        loop {
            let rest = self.bytes.get(self.position..)?;
            self.position += rest.iter().position(|&byte| byte == 0xff)? + 1;
            match *self.bytes.get(self.position)? {
                0xff => {} // a fill byte
                0 | code::TEM | code::RST0..=code::RST7 => self.position += 1,
                marker => {
                    self.position += 1;
                    return Some((marker, self.position - 2));
                }
            }
        }
    }

    fn parameters(&mut self, position: usize) -> Result<&'a [u8], JpegError> {
        let rest = self.rest();
        let length = rest.first_chunk().ok_or(self.truncated())?;
        let length = usize::from(u16::from_be_bytes(*length));
        if length < 2 {
            return Err(JpegError::Malformed {
                position,
                what: "a segment length under 2",
            });
        }
        let payload = rest.get(2..length).ok_or(self.truncated())?;
        self.position += length;
        Ok(payload)
    }

    /// The error for a file that ends too early.
    pub fn truncated(&self) -> JpegError {
        JpegError::Truncated {
            position: self.bytes.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn garbage_and_fill_bytes_between_segments_are_skipped() {
        let bytes = [
            0xff, 0xd8, 7, 0xff, 0, 0xff, 0xff, 0xfe, 0, 3, 9, 8, 0xff, 0xd9,
        ];
        let mut segments = Segments::new(&bytes).expect("SOI");
        let comment = segments.next().expect("comment");
        assert_eq!(
            (comment.marker, comment.payload, comment.position),
            (code::COM, &[9][..], 6)
        );
        assert_eq!(segments.next().expect("end").marker, code::EOI);
        assert_eq!(
            segments.next().expect_err("nothing left"),
            JpegError::Truncated { position: 14 }
        );
    }

    #[test]
    fn a_length_past_the_end_is_truncation() {
        let mut segments = Segments::new(&[0xff, 0xd8, 0xff, 0xfe, 0, 9, 1]).expect("SOI");
        assert!(matches!(segments.next(), Err(JpegError::Truncated { .. })));
    }
}
