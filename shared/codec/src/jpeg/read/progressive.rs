//! Decoding of progressive scans (T.81 annex G): spectral selection and successive
//! approximation.

use std::rc::Rc;

use super::bits::BitReader;
use super::lookup::HuffmanTable;
use super::scan::BlockDecoder;
use super::scan_header::ScanHeader;
use super::sequential::{BAD_CODE, BAD_DC, BAD_RUN};
use crate::jpeg::syntax::block::Block;

/// What the blocks of a progressive scan have.
#[derive(Debug)]
pub enum Progressive {
    /// First scan of DC coefficients.
    DcFirst {
        /// By position in the scan.
        tables: Vec<Rc<HuffmanTable>>,
        /// By position in the scan.
        predictions: [i32; 4],
        /// Bits that are left to later scans.
        low: u32,
    },
    /// Later scan of DC coefficients.
    DcRefine {
        /// Position of the bit that comes.
        low: u32,
    },
    /// AC coefficients of one component.
    Ac(AcScan),
}

impl BlockDecoder for Progressive {
    fn restart(&mut self) -> Result<(), &'static str> {
        match self {
            Self::DcFirst { predictions, .. } => *predictions = [0; 4],
            Self::DcRefine { .. } => {}
            Self::Ac(AcScan {
                end_of_band_run: 0, ..
            }) => {}
            Self::Ac(_) => return Err("a run of empty blocks that leaves its restart interval"),
        }
        Ok(())
    }

    #[inline(always)]
    fn decode(
        &mut self,
        position: usize,
        reader: &mut BitReader<'_>,
        block: &mut Block,
    ) -> Result<(), &'static str> {
        match self {
            Self::DcFirst {
                tables,
                predictions,
                low,
            } => {
                let prediction = &mut predictions[position & 3];
                dc_first(reader, &tables[position], prediction, block, *low)
            }
            Self::DcRefine { low } => {
                dc_refine(reader, block, *low);
                Ok(())
            }
            Self::Ac(band) if band.refines => band.refine(reader, block),
            Self::Ac(band) => band.decode_first(reader, block),
        }
    }
}

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
#[derive(Debug)]
pub struct AcScan {
    table: Rc<HuffmanTable>,
    first: usize,
    last: usize,
    low: u32,
    refines: bool,
    /// Blocks that are still to come without new coefficients (EOBRUN).
    end_of_band_run: u32,
}

impl AcScan {
    /// Those of a scan.
    pub fn new(scan: &ScanHeader, table: Rc<HuffmanTable>) -> Self {
        Self {
            table,
            first: scan.first,
            last: scan.last,
            low: scan.low,
            refines: scan.high != 0,
            end_of_band_run: 0,
        }
    }

    /// First scan of a band (T.81 G.1.2.2).
    fn decode_first(
        &mut self,
        reader: &mut BitReader<'_>,
        block: &mut Block,
    ) -> Result<(), &'static str> {
        if self.end_of_band_run > 0 {
            self.end_of_band_run -= 1;
            return Ok(());
        }
        let mut k = self.first;
        while k <= self.last {
            reader.refill();
            let symbol = self.table.decode(reader).ok_or(BAD_CODE)?;
            match (symbol.size, symbol.run) {
                (0, run @ 0..15) => {
                    self.end_of_band_run = (1 << run) + reader.take(run) - 1;
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
        &mut self,
        reader: &mut BitReader<'_>,
        block: &mut Block,
    ) -> Result<(), &'static str> {
        let mut k = self.first;
        while self.end_of_band_run == 0 && k <= self.last {
            reader.refill();
            let symbol = self.table.decode(reader).ok_or(BAD_CODE)?;
            match (symbol.size, symbol.run) {
                (0, run @ 0..15) => self.end_of_band_run = (1 << run) + reader.take(run),
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
        if self.end_of_band_run > 0 {
            self.end_of_band_run -= 1;
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
            let count = left.count_ones().min(AT_ONCE);
            let more = reader.take(count);
            for place in (0..count).rev() {
                let k = left.trailing_zeros() as usize;
                left &= left - 1;
                let (level, bit) = (block.get(k), (more >> place & 1) as i16);
                block.set(k, level + ((level.signum() * bit) << self.low));
            }
        }
    }
}

/// How many bits are read at once.
const AT_ONCE: u32 = 16;

/// The bits `first` to `last`; none if `first` is the greater.
fn bits(first: usize, last: usize) -> u64 {
    let to_last = u64::MAX >> (63 - last.min(63));
    to_last & u64::MAX.checked_shl(first as u32).unwrap_or(0)
}
