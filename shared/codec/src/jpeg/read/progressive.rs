//! Decoding of progressive scans (T.81 annex G): spectral selection and successive
//! approximation.

use std::rc::Rc;

use super::bits::{BitReader, Cursor};
use super::lookup::HuffmanTable;
use super::scan::{BlockDecoder, each_block};
use super::scan_header::ScanHeader;
use super::sequential::{BAD_CODE, BAD_DC, BAD_RUN};
use crate::jpeg::syntax::block::{Block, Filling};

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
        bits: &mut Cursor<'_>,
        block: &mut Block,
    ) -> Result<(), &'static str> {
        match self {
            Self::DcFirst {
                tables,
                predictions,
                low,
            } => {
                let prediction = &mut predictions[position & 3];
                dc_first(bits, &tables[position], prediction, block, *low)
            }
            Self::DcRefine { low } => {
                dc_refine(bits, block, *low);
                Ok(())
            }
            Self::Ac(band) => band.decode(bits, block),
        }
    }

    fn decode_row(
        &mut self,
        reader: &mut BitReader<'_>,
        blocks: &mut [Block],
    ) -> Result<(), &'static str> {
        match self {
            Self::Ac(band) if band.refines => band.refine_row(reader, blocks),
            Self::Ac(band) => band.decode_row(reader, blocks),
            others => each_block(others, reader, blocks),
        }
    }
}

const BAD_LEVEL: &str = "a coefficient out of range";

/// First scan of DC coefficients (T.81 G.1.2.1): as in sequential coding, but without the
/// `low` bits.
fn dc_first(
    bits: &mut Cursor<'_>,
    table: &HuffmanTable,
    prediction: &mut i32,
    block: &mut Block,
    low: u32,
) -> Result<(), &'static str> {
    bits.refill();
    let difference = table.decode(bits).filter(|symbol| symbol.run == 0);
    *prediction += difference.ok_or(BAD_CODE)?.value;
    block.set(0, i16::try_from(*prediction << low).map_err(|_| BAD_DC)?);
    Ok(())
}

/// Later scans of DC coefficients: one more bit each (T.81 G.1.2.1).
fn dc_refine(bits: &mut Cursor<'_>, block: &mut Block, low: u32) {
    let bit = bits.take(1) as i16;
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

    /// The next block.
    #[inline(always)]
    fn decode(&mut self, bits: &mut Cursor<'_>, block: &mut Block) -> Result<(), &'static str> {
        match (self.end_of_band_run, self.refines) {
            (0, false) => return self.decode_first(bits, block),
            (0, true) => return self.refine(bits, block),
            (_, false) => {}
            (_, true) => self.refine_present(bits, block),
        }
        self.end_of_band_run -= 1;
        Ok(())
    }

    /// The next blocks of a first scan: those that have nothing are passed over together.
    fn decode_row(
        &mut self,
        reader: &mut BitReader<'_>,
        mut blocks: &mut [Block],
    ) -> Result<(), &'static str> {
        loop {
            let empty = blocks.len().min(self.end_of_band_run as usize);
            self.end_of_band_run -= empty as u32;
            let Some((block, rest)) = blocks[empty..].split_first_mut() else {
                return Ok(());
            };
            let mut bits = reader.next_block();
            self.decode_first(&mut bits, block)?;
            let place = bits.place();
            reader.go_on_at(place);
            blocks = rest;
        }
    }

    /// First scan of a band (T.81 G.1.2.2).
    #[inline(always)]
    fn decode_first(
        &mut self,
        bits: &mut Cursor<'_>,
        block: &mut Block,
    ) -> Result<(), &'static str> {
        let (mut levels, low) = (block.fill(), self.low);
        let mut set = |k: usize, level: i32| {
            levels.set(k, i16::try_from(level << low).map_err(|_| BAD_LEVEL)?);
            Ok(())
        };
        // The next coefficient is behind this one.
        let mut k = self.first - 1;
        while k < self.last {
            bits.refill();
            if let Some((step, level)) = self.table.level(bits) {
                k += step;
                (k <= self.last).then_some(()).ok_or(BAD_RUN)?;
                set(k, level.into())?;
                continue;
            }
            let symbol = self.table.decode(bits).ok_or(BAD_CODE)?;
            k += symbol.run as usize + 1;
            match (symbol.value, symbol.run) {
                (0, run @ 0..15) => {
                    self.end_of_band_run = run_of_ends(run, bits) - 1;
                    break;
                }
                (0, _) => {}
                (value, _) => {
                    (k <= self.last).then_some(()).ok_or(BAD_RUN)?;
                    set(k, value)?;
                }
            }
        }
        levels.finish();
        Ok(())
    }

    /// The next blocks of a later scan: those that have nothing may take no bits.
    fn refine_row(
        &mut self,
        reader: &mut BitReader<'_>,
        blocks: &mut [Block],
    ) -> Result<(), &'static str> {
        for block in blocks {
            if self.end_of_band_run > 0 && block.present() & self.band() == 0 {
                self.end_of_band_run -= 1;
                continue;
            }
            let mut bits = reader.next_block();
            self.decode(&mut bits, block)?;
            let place = bits.place();
            reader.go_on_at(place);
        }
        Ok(())
    }

    /// Bits of its coefficients.
    #[inline(always)]
    fn band(&self) -> u64 {
        u64::MAX << (self.first & 63) & u64::MAX >> (63 - self.last.min(63))
    }

    /// Later scans of a band (T.81 G.1.2.3): coefficients that were zero may begin, with the
    /// value ±1 at this bit position; the others get one more bit.
    #[inline(always)]
    fn refine(&mut self, bits: &mut Cursor<'_>, block: &mut Block) -> Result<(), &'static str> {
        let all = block.present() & self.band();
        let (mut old, mut zero) = (all, !all & self.band());
        let mut levels = block.fill();
        let (mut k, mut more) = (self.first - 1, 0);
        while k < self.last {
            bits.refill();
            let symbol = self.table.decode(bits).ok_or(BAD_CODE)?;
            match (symbol.value, symbol.run) {
                (0, run @ 0..15) => {
                    self.end_of_band_run = run_of_ends(run, bits) - 1;
                    more = with_bit_for_each(more, bits, old);
                    break;
                }
                (-1..=1, run) => zero = (0..run).fold(zero, |left, _| left & left.wrapping_sub(1)),
                _ => return Err("a new coefficient of more than one bit in a refining scan"),
            }
            // Those up to the zero that is meant, or all if there is none.
            let passed = old & (zero & zero.wrapping_neg()).wrapping_sub(1);
            more = with_bit_for_each(more, bits, passed);
            old ^= passed;
            k = zero.trailing_zeros() as usize;
            if symbol.value != 0 {
                (k <= self.last).then_some(()).ok_or(BAD_RUN)?;
                levels.set(k, (symbol.value << self.low) as i16);
            }
            zero &= zero.wrapping_sub(1);
        }
        self.correct(&mut levels, all, more);
        levels.finish();
        Ok(())
    }

    /// Refines a block that has no new coefficients.
    #[inline(always)]
    fn refine_present(&self, bits: &mut Cursor<'_>, block: &mut Block) {
        let all = block.present() & self.band();
        let more = with_bit_for_each(0, bits, all);
        self.correct(&mut block.fill(), all, more);
    }

    /// Gives each coefficient of a set one more bit, the lowest bit to the last coefficient.
    #[inline(always)]
    fn correct(&self, levels: &mut Filling<'_>, set: u64, mut bits: u64) {
        let mut left = set;
        while bits != 0 {
            let k = (left | 1).ilog2() as usize;
            left ^= 1 << k;
            let bit = (bits & 1) as i16;
            bits >>= 1;
            levels.change(k, |level| {
                let sign = level >> 15; // -1 or 0
                level.wrapping_add(((bit << self.low) ^ sign) - sign)
            });
        }
    }
}

/// How many blocks end with EOBn, the first of them here (T.81 G.1.2.2).
#[inline(always)]
fn run_of_ends(n: u32, bits: &mut Cursor<'_>) -> u32 {
    (1 << n) + bits.take(n) as u32
}

/// Reads one bit for each coefficient of a set, behind others.
#[inline(always)]
fn with_bit_for_each(mut before: u64, bits: &mut Cursor<'_>, mut set: u64) -> u64 {
    // Mostly there are few, and not every processor can count them.
    while set != 0 {
        set &= set - 1;
        before = before << 1 | bits.take(1);
    }
    before
}
