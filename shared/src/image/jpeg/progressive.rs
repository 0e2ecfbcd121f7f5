//! Decoding of progressive scans (T.81 annex G): spectral selection and successive
//! approximation.

use super::bits::{BitReader, EntropyData};
use super::coefficients::{Block, Plane};
use super::frame::Frame;
use super::huffman::HuffmanTable;
use super::scan::{McuWalk, ScanHeader};
use super::sequential::{BAD_CODE, BAD_DC, BAD_RUN, ScanTables};

/// How far the scans have come: for each component and coefficient the bit position that is
/// reached, which must go down scan by scan (T.81 G.1.1.1.1). It follows that no bit is coded
/// twice, which bounds the work that a file can ask for.
#[derive(Debug)]
pub struct Progression {
    reached: Vec<[Option<u32>; 64]>,
}

impl Progression {
    /// Nothing is decoded yet.
    pub fn new(frame: &Frame) -> Self {
        Self {
            reached: vec![[None; 64]; frame.components.len()],
        }
    }

    /// Takes note of a sequential scan: a component may have only one.
    pub fn check_sequential(&mut self, scan: &ScanHeader) -> Result<(), &'static str> {
        let again =
            |part: &super::scan::ScanComponent| self.reached[part.index][0].replace(0).is_some();
        match scan.components.iter().any(again) {
            false => Ok(()),
            true => Err("a second scan of a component"),
        }
    }

    /// Takes note of a progressive scan, if it is one that may come next.
    pub fn check(&mut self, scan: &ScanHeader) -> Result<(), &'static str> {
        let dc = (scan.first, scan.last) == (0, 0);
        let ac = (1..=scan.last).contains(&scan.first) && scan.last < 64;
        if !(dc || ac && scan.components.len() == 1) {
            return Err("a spectral selection that is not allowed");
        }
        if scan.low > 13 || scan.high != 0 && scan.high != scan.low + 1 {
            return Err("a successive approximation that is not allowed");
        }
        let due = (scan.high != 0).then_some(scan.high);
        for part in &scan.components {
            let reached = &mut self.reached[part.index];
            if ac && reached[0].is_none() {
                return Err("AC coefficients before the DC coefficients of their component");
            }
            for bit in &mut reached[scan.first..=scan.last] {
                if *bit != due {
                    return Err("scans that do not refine each other");
                }
                *bit = Some(scan.low);
            }
        }
        Ok(())
    }
}

/// One progressive scan.
#[derive(Debug)]
pub struct ProgressiveScan<'a> {
    walk: McuWalk<'a>,
    header: &'a ScanHeader,
    frame: &'a Frame,
    tables: &'a ScanTables,
    /// Blocks that are still to come without new coefficients in this band (EOBRUN).
    end_of_band_run: u32,
    predictions: [i32; 4],
}

impl<'a> ProgressiveScan<'a> {
    /// Prepares a scan; `interval` is the restart interval in MCUs or 0.
    pub fn new(
        header: &'a ScanHeader,
        frame: &'a Frame,
        tables: &'a ScanTables,
        data: &'a EntropyData,
        interval: usize,
    ) -> Result<Self, &'static str> {
        let (wide, high) = header.grid(frame);
        Ok(Self {
            walk: McuWalk::new(data, interval, wide * high)?,
            header,
            frame,
            tables,
            end_of_band_run: 0,
            predictions: [0; 4],
        })
    }

    /// Decodes the whole scan into planes of the whole picture.
    pub fn decode_all(mut self, planes: &mut [Plane]) -> Result<(), &'static str> {
        let (wide, high) = self.header.grid(self.frame);
        for row in 0..high {
            for column in 0..wide {
                if self.walk.restart_due()? {
                    self.restart()?;
                }
                self.decode_mcu(planes, column, row)?;
            }
            self.walk.check()?;
        }
        self.restart()?;
        self.walk.finish()
    }

    fn restart(&mut self) -> Result<(), &'static str> {
        self.predictions = [0; 4];
        match self.end_of_band_run {
            0 => Ok(()),
            _ => Err("a run of empty blocks that leaves its restart interval"),
        }
    }

    fn decode_mcu(&mut self, planes: &mut [Plane], x: usize, y: usize) -> Result<(), &'static str> {
        for (position, part) in self.header.components.iter().enumerate() {
            let (h, v) = self.header.mcu_size(self.frame, position);
            for at in 0..h * v {
                let block = planes[part.index].block_mut(x * h + at % h, y * v + at / h);
                let reader = &mut self.walk.reader;
                match (self.header.first, self.header.high) {
                    (0, 0) => {
                        let table = self.tables.dc[part.dc].as_ref().ok_or(NO_TABLE)?;
                        let prediction = &mut self.predictions[position];
                        dc_first(reader, table, prediction, block, self.header.low)?;
                    }
                    (0, _) => dc_refine(reader, block, self.header.low),
                    (_, high) => {
                        let table = self.tables.ac[part.ac].as_ref().ok_or(NO_TABLE)?;
                        let band = Band {
                            table,
                            first: self.header.first,
                            last: self.header.last,
                            low: self.header.low,
                        };
                        let run = &mut self.end_of_band_run;
                        match high {
                            0 => band.decode_first(reader, block, run)?,
                            _ => band.refine(reader, block, run)?,
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

const NO_TABLE: &str = "a Huffman table is not defined";
const BAD_LEVEL: &str = "a coefficient out of range";

/// First scan of DC coefficients (T.81 G.1.2.1): as in sequential coding, but without the
/// `low` bits.
fn dc_first(
    reader: &mut BitReader<'_>,
    table: &HuffmanTable,
    prediction: &mut i32,
    block: &mut Block,
    low: u32,
) -> Result<(), &'static str> {
    reader.refill();
    let difference = table.decode(reader).filter(|symbol| symbol.run == 0);
    *prediction += difference.ok_or(BAD_CODE)?.value;
    block.set(0, i16::try_from(*prediction << low).map_err(|_| BAD_DC)?);
    Ok(())
}

/// Later scans of DC coefficients: one more bit each (T.81 G.1.2.1).
fn dc_refine(reader: &mut BitReader<'_>, block: &mut Block, low: u32) {
    let bit = reader.take(1) as i16;
    block.set(0, block.get(0) | bit << low);
}

/// The AC coefficients that one scan codes.
struct Band<'a> {
    table: &'a HuffmanTable,
    first: usize,
    last: usize,
    low: u32,
}

impl Band<'_> {
    /// First scan of a band (T.81 G.1.2.2).
    fn decode_first(
        &self,
        reader: &mut BitReader<'_>,
        block: &mut Block,
        end_of_band_run: &mut u32,
    ) -> Result<(), &'static str> {
        if *end_of_band_run > 0 {
            *end_of_band_run -= 1;
            return Ok(());
        }
        let mut k = self.first;
        while k <= self.last {
            reader.refill();
            let symbol = self.table.decode(reader).ok_or(BAD_CODE)?;
            match (symbol.size, symbol.run) {
                (0, run @ 0..15) => {
                    *end_of_band_run = (1 << run) + reader.take(run) - 1;
                    return Ok(());
                }
                (0, _) => k += 16,
                (_, run) => {
                    k += run as usize;
                    if k > self.last {
                        return Err(BAD_RUN);
                    }
                    let level = i16::try_from(symbol.value << self.low);
                    block.set(k, level.map_err(|_| BAD_LEVEL)?);
                    k += 1;
                }
            }
        }
        Ok(())
    }

    /// Later scans of a band (T.81 G.1.2.3): coefficients that were zero may begin, with the
    /// value ±1 at this bit position; the others get one more bit.
    fn refine(
        &self,
        reader: &mut BitReader<'_>,
        block: &mut Block,
        end_of_band_run: &mut u32,
    ) -> Result<(), &'static str> {
        let mut k = self.first;
        while *end_of_band_run == 0 && k <= self.last {
            reader.refill();
            let symbol = self.table.decode(reader).ok_or(BAD_CODE)?;
            match (symbol.size, symbol.run) {
                (0, run @ 0..15) => *end_of_band_run = (1 << run) + reader.take(run),
                (0 | 1, run) => {
                    k = self.refine_past(reader, block, k, run);
                    if symbol.size == 1 {
                        (k <= self.last).then_some(()).ok_or(BAD_RUN)?;
                        block.set(k, (symbol.value << self.low) as i16);
                    }
                    k += 1;
                }
                _ => return Err("a new coefficient of more than one bit in a refining scan"),
            }
        }
        if *end_of_band_run > 0 {
            *end_of_band_run -= 1;
            self.refine_present(reader, block, k, self.last);
        }
        Ok(())
    }

    /// Refines from coefficient `k` on, up to the zero that has `zeros` other zeros before it;
    /// returns its index, which is behind the band if there is none.
    fn refine_past(
        &self,
        reader: &mut BitReader<'_>,
        block: &mut Block,
        k: usize,
        zeros: u32,
    ) -> usize {
        let absent = !block.present() & bits(k, self.last);
        let stop = (0..zeros).fold(absent, |left, _| left & left.wrapping_sub(1));
        let stop = if stop == 0 {
            self.last + 1
        } else {
            stop.trailing_zeros() as usize
        };
        self.refine_present(reader, block, k, stop.saturating_sub(1));
        stop
    }

    /// Refines those of the coefficients `k` to `last` that are not zero.
    fn refine_present(&self, reader: &mut BitReader<'_>, block: &mut Block, k: usize, last: usize) {
        let mut left = block.present() & bits(k, last);
        while left != 0 {
            let k = left.trailing_zeros() as usize;
            left &= left - 1;
            if reader.take(1) == 1 {
                let level = block.get(k);
                block.set(k, level + (level.signum() << self.low));
            }
        }
    }
}

/// The bits `first` to `last`; none if `first` is the greater.
fn bits(first: usize, last: usize) -> u64 {
    let to_last = u64::MAX >> (63 - last.min(63));
    to_last & u64::MAX.checked_shl(first as u32).unwrap_or(0)
}
