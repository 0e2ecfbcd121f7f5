//! Scan headers (T.81 B.2.3) and the walk over the blocks of a scan with its restarts
//! (T.81 E.2.4), which sequential and progressive decoding share.

use super::bits::{BitReader, EntropyData};
use super::error::JpegError;
use super::frame::Frame;
use super::marker::Segment;

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

    /// The grid of MCUs: those of the frame, or single blocks for one component (T.81 A.2).
    pub fn grid(&self, frame: &Frame) -> (usize, usize) {
        match self.components[..] {
            [only] => {
                let component = &frame.components[only.index];
                (component.blocks_wide, component.blocks_high)
            }
            _ => (frame.mcus_wide, frame.mcus_high),
        }
    }

    /// Blocks across and down one MCU, for the component at `position` in this scan.
    pub fn mcu_size(&self, frame: &Frame, position: usize) -> (usize, usize) {
        let component = &frame.components[self.components[position].index];
        match self.components[..] {
            [_] => (1, 1),
            _ => (component.h, component.v),
        }
    }
}

/// Goes through the MCUs of a scan, changing the reader at each restart.
#[derive(Debug)]
pub struct McuWalk<'a> {
    data: &'a EntropyData,
    /// Reads the MCU that [`McuWalk::restart_due`] has prepared.
    pub reader: BitReader<'a>,
    /// MCUs between restarts.
    interval: usize,
    left: usize,
    used: usize,
}

impl<'a> McuWalk<'a> {
    /// Begins a scan of `mcus` MCUs; the data must have exactly the restarts that are due.
    pub fn new(data: &'a EntropyData, interval: usize, mcus: usize) -> Result<Self, &'static str> {
        let interval = if interval == 0 { mcus } else { interval };
        if data.intervals() != mcus.div_ceil(interval) || !data.restarts_in_order {
            return Err("restart markers that are missing, spare or out of turn");
        }
        let reader = data.reader(0).ok_or("no data")?;
        Ok(Self {
            data,
            reader,
            interval,
            left: interval,
            used: 1,
        })
    }

    /// Call before each MCU: true if it begins a restart interval and predictions start anew.
    #[inline(always)]
    pub fn restart_due(&mut self) -> Result<bool, &'static str> {
        if self.left > 0 {
            self.left -= 1;
            return Ok(false);
        }
        self.finish()?;
        self.reader = self.data.reader(self.used).ok_or("no data")?;
        self.used += 1;
        self.left = self.interval - 1;
        Ok(true)
    }

    /// Whether more was read than there is: a check for now and then, since reading on is safe.
    pub fn check(&self) -> Result<(), &'static str> {
        match self.reader.unread_bits() {
            0.. => Ok(()),
            _ => Err("the data ends before the picture does"),
        }
    }

    /// Call at the end of the scan: its data must be used up, but for the bits that pad the
    /// last byte and one stray byte.
    pub fn finish(&self) -> Result<(), &'static str> {
        self.check()?;
        match self.reader.unread_bits() {
            ..16 => Ok(()),
            _ => Err("the data goes on behind the picture"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::Frame;
    use super::super::marker::code;
    use super::*;

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
    fn a_scan_of_one_component_has_no_padding_blocks() {
        let scan = ScanHeader::parse(&segment(code::SOS, &[1, 1, 0x01, 0, 63, 0]), &frame());
        let scan = scan.expect("scan");
        assert_eq!(
            (scan.grid(&frame()), scan.mcu_size(&frame(), 0)),
            ((5, 5), (1, 1))
        );
        let payload = [2, 1, 0, 3, 0x11, 0, 63, 0];
        let scan = ScanHeader::parse(&segment(code::SOS, &payload), &frame()).expect("scan");
        assert_eq!(
            (scan.grid(&frame()), scan.mcu_size(&frame(), 0)),
            ((3, 3), (2, 2))
        );
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

    #[test]
    fn data_that_is_left_over_or_missing_is_noticed() {
        let data = EntropyData::new(&[1, 2, 3]);
        let mut walk = McuWalk::new(&data, 0, 4).expect("walk");
        assert!(walk.finish().is_err());
        walk.reader.take(16);
        assert!(walk.finish().is_ok());
        walk.reader.take(9);
        assert!(walk.check().is_err());
        assert!(McuWalk::new(&data, 2, 4).is_err());
    }
}
