//! Scan headers (T.81 B.2.3).

use crate::jpeg::error::JpegError;
use crate::jpeg::syntax::frame::Frame;
use crate::jpeg::syntax::marker::Segment;

/// One component's part in a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanComponent {
    /// Index in the frame.
    pub index: usize,
    /// DC Huffman table.
    pub dc: usize,
    /// AC Huffman table.
    pub ac: usize,
}

/// A scan header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanHeader {
    /// The components, in the order of the frame.
    pub components: Vec<ScanComponent>,
    /// First coefficient in zigzag order (Ss).
    pub first: usize,
    /// Last coefficient (Se).
    pub last: usize,
    /// Bit position that earlier scans came down to (Ah); 0 for a first scan.
    pub high: u32,
    /// Bit position of this scan (Al).
    pub low: u32,
}

impl ScanHeader {
    /// Reads a SOS segment.
    pub fn parse(segment: &Segment<'_>, frame: &Frame) -> Result<Self, JpegError> {
        let short = || segment.malformed("a scan header that is too short");
        let (&count, rest) = segment.payload.split_first().ok_or_else(short)?;
        let (specs, rest) = rest
            .split_at_checked(2 * usize::from(count))
            .ok_or_else(short)?;
        let &[first, last, approximation] = rest.first_chunk().ok_or_else(short)?;
        let mut components = Vec::with_capacity(frame.components.len());
        for &[id, tables] in specs.as_chunks().0 {
            let index = frame.components.iter().position(|c| c.id == id);
            let index = index.ok_or_else(|| segment.malformed("a scan of an unknown component"))?;
            let (dc, ac) = (usize::from(tables >> 4), usize::from(tables & 15));
            components.push(ScanComponent { index, dc, ac });
        }
        let header = Self {
            components,
            first: usize::from(first),
            last: usize::from(last),
            high: u32::from(approximation >> 4),
            low: u32::from(approximation & 15),
        };
        header.check(segment, frame)?;
        Ok(header)
    }

    fn check(&self, segment: &Segment<'_>, frame: &Frame) -> Result<(), JpegError> {
        let ordered = self.components.is_sorted_by(|a, b| a.index < b.index);
        if self.components.is_empty() || !ordered {
            return Err(segment.malformed("scan components that are not in the frame's order"));
        }
        if self.components.iter().any(|c| c.dc > 3 || c.ac > 3) {
            return Err(segment.malformed("a Huffman table selector over 3"));
        }
        let blocks = |c: &ScanComponent| frame.components[c.index].h * frame.components[c.index].v;
        if self.components.len() > 1 && self.components.iter().map(blocks).sum::<usize>() > 10 {
            return Err(segment.malformed("more than 10 blocks in an MCU"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jpeg::syntax::marker::code;

    fn segment(marker: u8, payload: &[u8]) -> Segment<'_> {
        Segment {
            marker,
            payload,
            position: 0,
        }
    }

    fn frame() -> Frame {
        let payload = [8, 0, 40, 0, 40, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];
        Frame::parse(&segment(code::SOF0, &payload)).expect("frame")
    }

    #[test]
    fn components_must_exist_and_be_in_order() {
        for payload in [
            &[1, 7, 0, 0, 63, 0][..],
            &[2, 2, 0, 1, 0, 0, 63, 0],
            &[1, 1, 0x40, 0, 63, 0],
            &[0, 0, 63, 0],
        ] {
            assert!(ScanHeader::parse(&segment(code::SOS, payload), &frame()).is_err());
        }
    }
}
