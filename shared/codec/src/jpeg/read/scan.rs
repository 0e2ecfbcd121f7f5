//! The walk over the blocks of a scan with its restarts (T.81 E.2.4), which sequential and progressive decoding share.

use std::ops::Range;

use super::bits::{BitReader, Cursor};
use super::scan_header::{ScanComponent, ScanHeader};
use crate::jpeg::syntax::block::{Block, Plane};
use crate::jpeg::syntax::frame::Frame;

/// Decodes blocks of a scan: what sequential and progressive scans differ in.
pub trait BlockDecoder {
    /// A restart interval or the scan ends.
    fn restart(&mut self) -> Result<(), &'static str>;

    /// The next block, of the component at `position` in the scan.
    fn decode(
        &mut self,
        position: usize,
        bits: &mut Cursor<'_>,
        block: &mut Block,
    ) -> Result<(), &'static str>;

    /// The next blocks, if the scan has but one component.
    fn decode_row(
        &mut self,
        reader: &mut BitReader<'_>,
        blocks: &mut [Block],
    ) -> Result<(), &'static str>
    where
        Self: Sized,
    {
        each_block(self, reader, blocks)
    }
}

/// Decodes blocks of the first component one by one.
#[inline(always)]
pub fn each_block(
    decoder: &mut impl BlockDecoder,
    reader: &mut BitReader<'_>,
    blocks: &mut [Block],
) -> Result<(), &'static str> {
    for block in blocks {
        next_block(decoder, 0, reader, block)?;
    }
    Ok(())
}

#[inline(always)]
fn next_block(
    decoder: &mut impl BlockDecoder,
    position: usize,
    reader: &mut BitReader<'_>,
    block: &mut Block,
) -> Result<(), &'static str> {
    let mut bits = reader.next_block();
    decoder.decode(position, &mut bits, block)?;
    let place = bits.place();
    reader.go_on_at(place);
    Ok(())
}

/// A scan that is decoded row by row, whatever other scans do meanwhile.
#[derive(Debug)]
pub struct ScanDecoder<'a, D> {
    layout: McuLayout,
    reader: BitReader<'a>,
    blocks: D,
    /// MCUs between restarts.
    interval: usize,
    /// MCUs up to the next restart.
    left: usize,
    restarts: usize,
}

/// The MCUs of a scan: those of the frame or, for one component, its blocks without any padding
/// (T.81 A.2).
#[derive(Debug)]
struct McuLayout {
    mcus_wide: usize,
    mcus_high: usize,
    /// Rows of them in one row of the frame's MCUs.
    rows: usize,
    /// By position in the scan: index in the frame, blocks across and down one MCU.
    parts: Vec<(usize, usize, usize)>,
}

impl McuLayout {
    fn new(frame: &Frame, scan: &ScanHeader) -> Self {
        let component = |part: &ScanComponent| &frame.components[part.index];
        match &scan.components[..] {
            [only] => Self {
                mcus_wide: component(only).blocks_wide,
                mcus_high: component(only).blocks_high,
                rows: component(only).v,
                parts: vec![(only.index, 1, 1)],
            },
            several => Self {
                mcus_wide: frame.mcus_wide,
                mcus_high: frame.mcus_high,
                rows: 1,
                parts: several
                    .iter()
                    .map(|part| (part.index, component(part).h, component(part).v))
                    .collect(),
            },
        }
    }

    /// The rows that lie in row `row` of the frame's MCUs.
    fn rows_in(&self, row: usize) -> Range<usize> {
        let end = self.rows * (row + 1);
        self.rows * row..end.min(self.mcus_high)
    }
}

impl<'a, D: BlockDecoder> ScanDecoder<'a, D> {
    /// Begins a scan; `interval` is the restart interval in MCUs or 0.
    pub fn new(
        frame: &Frame,
        header: &ScanHeader,
        data: &'a [u8],
        interval: usize,
        blocks: D,
    ) -> Self {
        let interval = if interval == 0 { usize::MAX } else { interval };
        Self {
            layout: McuLayout::new(frame, header),
            reader: BitReader::new(data),
            blocks,
            interval,
            left: interval,
            restarts: 0,
        }
    }

    /// Decodes what belongs to row `row` of the frame's MCUs. Call for one row after the other.
    #[inline(never)]
    pub fn decode_row(&mut self, planes: &mut [Plane], row: usize) -> Result<(), &'static str> {
        for y in self.layout.rows_in(row) {
            match self.layout.parts[..] {
                [(index, 1, 1)] => self.decode_blocks(planes[index].row_mut(y))?,
                _ => self.decode_mcus(planes, y)?,
            }
            self.check()?; // now and then is enough, since reading on is safe
        }
        Ok(())
    }

    /// Decodes a row of blocks of the only component.
    #[inline(always)]
    fn decode_blocks(&mut self, row: &mut [Block]) -> Result<(), &'static str> {
        let mut row = &mut row[..self.layout.mcus_wide];
        while !row.is_empty() {
            if self.left == 0 {
                self.restart()?;
            }
            let (now, later) = row.split_at_mut(row.len().min(self.left));
            self.left -= now.len();
            self.blocks.decode_row(&mut self.reader, now)?;
            row = later;
        }
        Ok(())
    }

    #[inline(always)]
    fn decode_mcus(&mut self, planes: &mut [Plane], y: usize) -> Result<(), &'static str> {
        for x in 0..self.layout.mcus_wide {
            if self.left == 0 {
                self.restart()?;
            }
            self.left -= 1;
            self.decode_mcu(planes, x, y)?;
        }
        Ok(())
    }

    #[inline(always)]
    fn decode_mcu(&mut self, planes: &mut [Plane], x: usize, y: usize) -> Result<(), &'static str> {
        for (position, &(index, h, v)) in self.layout.parts.iter().enumerate() {
            let plane = &mut planes[index];
            for y in y * v..(y + 1) * v {
                for x in x * h..(x + 1) * h {
                    let block = plane.block_mut(x, y);
                    next_block(&mut self.blocks, position, &mut self.reader, block)?;
                }
            }
        }
        Ok(())
    }

    #[cold]
    fn restart(&mut self) -> Result<(), &'static str> {
        self.finish_interval()?;
        if !self.reader.restart(self.restarts) {
            return Err("a restart marker that is missing or out of turn");
        }
        self.restarts += 1;
        self.left = self.interval;
        Ok(())
    }

    fn check(&self) -> Result<(), &'static str> {
        match self.reader.unread_bits() {
            0.. => Ok(()),
            _ => Err("the data ends before the picture does"),
        }
    }

    /// The data of an interval must be used up, but for the bits that pad the last byte and one
    /// stray byte.
    fn finish_interval(&mut self) -> Result<(), &'static str> {
        self.check()?;
        match self.reader.unread_bits() {
            ..16 => self.blocks.restart(),
            _ => Err("the data goes on behind the picture"),
        }
    }

    /// Call behind the last row, if other scans follow. Restart markers may end the last interval too, as long as
    /// nothing is between them: libjpeg passes over those.
    pub fn finish(mut self) -> Result<(), &'static str> {
        self.finish_interval()?;
        while self.reader.restart_any() {
            self.finish_interval()?;
        }
        match self.reader.is_last() {
            true => Ok(()),
            false => Err("the data goes on behind the picture"),
        }
    }

    /// Call behind the last row of the last scan; tells how many bytes it needed. Anything may
    /// follow, but for more blocks: with those the header has fewer rows than the picture, or
    /// bits were lost on the way.
    pub fn finish_picture(mut self) -> Result<usize, &'static str> {
        self.check()?;
        self.blocks.restart()?;
        let used = self.reader.used();
        let more = match self.reader.unread_bits() {
            ..16 => self.reader.restart_any() && self.goes_on(),
            _ => !self.reader.pads_with_ones() || self.goes_on(),
        };
        match more {
            false => Ok(used),
            true => Err("the data goes on behind the picture"),
        }
    }

    /// Whether all that is left is blocks, and no more of them than the picture has.
    fn goes_on(&mut self) -> bool {
        if self.reader.ends_with_zero() {
            return false;
        }
        let parts = self.layout.parts.iter().enumerate();
        let mcu: Vec<usize> = parts
            .flat_map(|(position, (_, h, v))| std::iter::repeat_n(position, h * v))
            .collect();
        let most = self.layout.mcus_wide * self.layout.mcus_high * mcu.len() + 1;
        let mut scratch = Block::ZERO;
        for (index, &position) in mcu.iter().cycle().take(most).enumerate() {
            match self.reader.unread_bits() {
                ..0 => return false,
                0..8 if self.reader.pads_with_ones() => return index > 0,
                _ => {}
            }
            let decoded = next_block(&mut self.blocks, position, &mut self.reader, &mut scratch);
            if decoded.is_err() {
                return false;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jpeg::syntax::block::planes;
    use crate::jpeg::syntax::marker::{Segment, code};

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
        let frame = frame();
        let layout = |payload| {
            let scan = ScanHeader::parse(&segment(code::SOS, payload), &frame);
            McuLayout::new(&frame, &scan.expect("scan"))
        };
        let alone = layout(&[1, 1, 0x01, 0, 63, 0]);
        assert_eq!((alone.mcus_wide, alone.parts[0]), (5, (0, 1, 1)));
        assert_eq!((alone.rows_in(0), alone.rows_in(2)), (0..2, 4..5));
        let both = layout(&[2, 1, 0, 3, 0x11, 0, 63, 0]);
        assert_eq!(
            (both.mcus_wide, &both.parts[..]),
            (3, &[(0, 2, 2), (2, 1, 1)][..])
        );
        assert_eq!(both.rows_in(2), 2..3);
    }

    /// Reads 8 bits for each block.
    #[derive(Debug)]
    struct Octets;

    impl BlockDecoder for Octets {
        fn restart(&mut self) -> Result<(), &'static str> {
            Ok(())
        }

        fn decode(
            &mut self,
            _: usize,
            bits: &mut Cursor<'_>,
            block: &mut Block,
        ) -> Result<(), &'static str> {
            block.set(0, bits.take(8) as i16);
            Ok(())
        }
    }

    /// Decodes the second component, which has 3 × 3 blocks, and tells the last of them.
    fn decoded(
        data: &[u8],
        interval: usize,
    ) -> Result<(ScanDecoder<'_, Octets>, i16), &'static str> {
        let frame = frame();
        let header = ScanHeader::parse(&segment(code::SOS, &[1, 2, 0, 0, 63, 0]), &frame);
        let header = header.expect("scan");
        let mut scan = ScanDecoder::new(&frame, &header, data, interval, Octets);
        let mut planes = planes(&frame, [4; 3]);
        for row in 0..frame.mcus_high {
            scan.decode_row(&mut planes, row)?;
        }
        Ok((scan, planes[1].block(2, 2).get(0)))
    }

    fn decode(data: &[u8], interval: usize) -> Result<i16, &'static str> {
        let (scan, last) = decoded(data, interval)?;
        scan.finish()?;
        Ok(last)
    }

    fn finish_picture(data: &[u8], interval: usize) -> Result<usize, &'static str> {
        decoded(data, interval)?.0.finish_picture()
    }

    #[test]
    fn data_that_is_left_over_or_missing_is_noticed() {
        let data = [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0];
        assert_eq!(decode(&data[..9], 0), Ok(9));
        assert_eq!(decode(&data[..10], 0), Ok(9), "one stray byte");
        assert!(decode(&data, 0).is_err());
        assert!(decode(&data[..8], 0).is_err());
    }

    #[test]
    fn restart_markers_must_be_where_they_are_due() {
        let data = |first, second| {
            [
                &[1, 2, 3, 4, 0xff, first][..],
                &[5, 6, 7, 8, 0xff, second, 9],
            ]
            .concat()
        };
        assert_eq!(decode(&data(0xd0, 0xd1), 4), Ok(9));
        assert!(decode(&data(0xd0, 0xd0), 4).is_err(), "out of turn");
        assert!(decode(&data(0xd0, 0xd1), 5).is_err(), "too early");
        assert!(decode(&data(0xd0, 0xd1), 0).is_err(), "not announced");
        assert!(decode(&data(0xff, 0), 4).is_err(), "missing");
        let spare = [&data(0xd0, 0xd1)[..], &[0xff, 0xd2]].concat();
        assert_eq!(decode(&spare, 4), Ok(9), "one more behind the scan");
        let more = [&spare[..], &[10, 11]].concat();
        assert!(decode(&more, 4).is_err(), "more than a marker");
        assert_eq!(finish_picture(&spare, 4), Ok(spare.len() - 2));
    }

    #[test]
    fn anything_but_blocks_may_follow_the_last_scan() {
        let data = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        for (tail, what) in [
            (&[][..], "nothing"),
            (&[0x55], "a stray byte"),
            (&[0xff, 0xd3, 0xff, 0xff], "a restart marker and fill bytes"),
        ] {
            assert_eq!(finish_picture(&[&data, tail].concat(), 0), Ok(9), "{what}");
        }
        // To this decoder every byte is a block.
        assert!(finish_picture(&[&data[..], &[7; 4]].concat(), 0).is_err());
        assert!(finish_picture(&[&data[..], &[0xff, 0xd0, 7]].concat(), 0).is_err());
        assert!(finish_picture(&data[..8], 0).is_err());
    }
}
