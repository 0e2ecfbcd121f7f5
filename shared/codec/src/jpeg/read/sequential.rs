//! Decoding of sequential scans (T.81 F.2): every block is complete at once.

use std::rc::Rc;

use super::bits::Cursor;
use super::lookup::{HuffmanTable, LEVEL_BITS, SYMBOL_BITS};
use super::scan::BlockDecoder;
use crate::jpeg::syntax::block::{Block, Filling};

/// A component while its blocks are decoded.
#[derive(Debug)]
pub struct Coding {
    dc: Rc<HuffmanTable>,
    ac: Rc<HuffmanTable>,
    prediction: i32,
}

impl Coding {
    /// With the tables that the scan names for the component.
    pub fn new(dc: Rc<HuffmanTable>, ac: Rc<HuffmanTable>) -> Self {
        let prediction = 0;
        Self { dc, ac, prediction }
    }
}

/// The components of a sequential scan.
#[derive(Debug)]
pub struct Sequential(pub Vec<Coding>);

impl BlockDecoder for Sequential {
    fn restart(&mut self) -> Result<(), &'static str> {
        self.0.iter_mut().for_each(|coding| coding.prediction = 0);
        Ok(())
    }

    #[inline(always)]
    fn decode(
        &mut self,
        position: usize,
        bits: &mut Cursor<'_>,
        block: &mut Block,
    ) -> Result<(), &'static str> {
        let coding = &mut self.0[position];
        bits.refill();
        let difference = coding.dc.decode(bits).filter(|symbol| symbol.run == 0);
        coding.prediction += difference.ok_or(BAD_CODE)?.value;
        let dc = i16::try_from(coding.prediction).map_err(|_| BAD_DC)?;
        let mut levels = block.fill();
        levels.set(0, dc);
        decode_ac(bits, &coding.ac, &mut levels)?;
        levels.finish();
        Ok(())
    }
}

/// The AC coefficients of one block (T.81 F.2.2.2), behind the DC code.
#[inline(always)]
fn decode_ac(
    bits: &mut Cursor<'_>,
    table: &HuffmanTable,
    levels: &mut Filling<'_>,
) -> Result<(), &'static str> {
    let mut k = 0;
    loop {
        bits.refill();
        for _ in 0..SHORT_ONES {
            let Some((step, level)) = table.level(bits) else {
                break;
            };
            k += step;
            if k >= 63 {
                return set_last(levels, k, level);
            }
            levels.set(k, level);
        }
        let symbol = table.decode(bits).ok_or(BAD_CODE)?;
        k += symbol.run as usize + 1;
        match (symbol.value, symbol.run) {
            (0, 0) => return Ok(()), // EOB
            (0, 15) if k < 63 => {}
            (0, _) => return (k == 63 && symbol.run == 15).then_some(()).ok_or(BAD_RUN),
            (value, _) if k >= 63 => return set_last(levels, k, value as i16),
            (value, _) => levels.set(k, value as i16),
        }
    }
}

/// Sets what should be the last coefficient.
#[inline(always)]
fn set_last(levels: &mut Filling<'_>, k: usize, level: i16) -> Result<(), &'static str> {
    (k == 63).then_some(()).ok_or(BAD_RUN)?;
    levels.set(k, level);
    Ok(())
}

/// So many short symbols and one of any length fit into one refill.
const SHORT_ONES: u32 = (56 - SYMBOL_BITS) / LEVEL_BITS;

/// Bits that are no code of their table.
pub const BAD_CODE: &str = "a code that is not in its Huffman table";
/// A coefficient behind the last.
pub const BAD_RUN: &str = "a run of zeros that leaves its block";
/// No 8-bit picture has such a DC coefficient.
pub const BAD_DC: &str = "a DC coefficient out of range";
