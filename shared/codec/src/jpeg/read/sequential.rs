//! Decoding of sequential scans (T.81 F.2): every block is complete at once.

use std::rc::Rc;

use super::bits::BitReader;
use super::lookup::{HuffmanTable, LEVEL_BITS, SYMBOL_BITS};
use super::scan::BlockDecoder;
use crate::jpeg::syntax::block::Block;

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
        reader: &mut BitReader<'_>,
        block: &mut Block,
    ) -> Result<(), &'static str> {
        let coding = &mut self.0[position];
        reader.refill();
        let difference = coding.dc.decode(reader).filter(|symbol| symbol.run == 0);
        coding.prediction += difference.ok_or(BAD_CODE)?.value;
        block.set(0, i16::try_from(coding.prediction).map_err(|_| BAD_DC)?);
        decode_ac(reader, &coding.ac, block)
    }
}

/// The AC coefficients of one block (T.81 F.2.2.2), behind the DC code.
#[inline(always)]
fn decode_ac(
    reader: &mut BitReader<'_>,
    table: &HuffmanTable,
    block: &mut Block,
) -> Result<(), &'static str> {
    let mut k = 0;
    loop {
        reader.refill();
        for _ in 0..SHORT_ONES {
            let Some((run, level)) = table.level(reader) else {
                break;
            };
            k += run + 1;
            if k > 63 {
                return Err(BAD_RUN);
            }
            block.set(k, level);
            if k == 63 {
                return Ok(());
            }
        }
        let symbol = table.decode(reader).ok_or(BAD_CODE)?;
        k += symbol.run as usize + 1;
        if symbol.size != 0 {
            if k > 63 {
                return Err(BAD_RUN);
            }
            block.set(k, symbol.value as i16);
        } else if symbol.run == 0 {
            return Ok(()); // EOB
        } else if symbol.run != 15 || k > 63 {
            return Err(BAD_RUN);
        }
        if k == 63 {
            return Ok(());
        }
    }
}

/// So many short symbols and one of any length fit into one refill.
const SHORT_ONES: u32 = (56 - SYMBOL_BITS) / LEVEL_BITS;

/// Bits that are no code of their table.
pub const BAD_CODE: &str = "a code that is not in its Huffman table";
/// A coefficient behind the last.
pub const BAD_RUN: &str = "a run of zeros that leaves its block";
/// No 8-bit picture has such a DC coefficient.
pub const BAD_DC: &str = "a DC coefficient out of range";
