//! Decoding of sequential scans (T.81 F.2): every block is complete at once.

use super::bits::{BitReader, EntropyData};
use super::coefficients::{Block, Plane};
use super::frame::Frame;
use super::huffman::HuffmanTable;
use super::scan::{McuWalk, ScanHeader};

/// The Huffman tables of a scan by selector; those it does not use may be absent.
#[derive(Debug, Default)]
pub struct ScanTables {
    /// DC tables.
    pub dc: [Option<HuffmanTable>; 4],
    /// AC tables.
    pub ac: [Option<HuffmanTable>; 4],
}

/// A component while its blocks are decoded.
#[derive(Debug)]
struct Coding<'a> {
    index: usize,
    h: usize,
    v: usize,
    dc: &'a HuffmanTable,
    ac: &'a HuffmanTable,
    prediction: i32,
}

/// A sequential scan that is decoded one row of MCUs after the other.
#[derive(Debug)]
pub struct SequentialScan<'a> {
    walk: McuWalk<'a>,
    components: Vec<Coding<'a>>,
    mcus_wide: usize,
    mcus_high: usize,
}

impl<'a> SequentialScan<'a> {
    /// Prepares a scan; `interval` is the restart interval in MCUs or 0.
    pub fn new(
        header: &ScanHeader,
        frame: &Frame,
        tables: &'a ScanTables,
        data: &'a EntropyData,
        interval: usize,
    ) -> Result<Self, &'static str> {
        let (mcus_wide, mcus_high) = header.grid(frame);
        let coding = |(position, part): (usize, &super::scan::ScanComponent)| {
            let (h, v) = header.mcu_size(frame, position);
            let dc = tables.dc[part.dc].as_ref()?;
            let ac = tables.ac[part.ac].as_ref()?;
            Some(Coding {
                index: part.index,
                h,
                v,
                dc,
                ac,
                prediction: 0,
            })
        };
        let components = header.components.iter().enumerate().map(coding);
        Ok(Self {
            walk: McuWalk::new(data, interval, mcus_wide * mcus_high)?,
            components: components
                .collect::<Option<_>>()
                .ok_or("a Huffman table is not defined")?,
            mcus_wide,
            mcus_high,
        })
    }

    /// Decodes the next row of MCUs into row `row` of MCUs of the planes.
    pub fn decode_row(&mut self, planes: &mut [Plane], row: usize) -> Result<(), &'static str> {
        for mcu in 0..self.mcus_wide {
            if self.walk.restart_due()? {
                self.components.iter_mut().for_each(|c| c.prediction = 0);
            }
            for coding in &mut self.components {
                let plane = &mut planes[coding.index];
                for block in 0..coding.h * coding.v {
                    let (x, y) = (block % coding.h, block / coding.h);
                    let block = plane.block_mut(mcu * coding.h + x, row * coding.v + y);
                    coding.decode(&mut self.walk.reader, block)?;
                }
            }
        }
        self.walk.check()
    }

    /// Decodes the whole scan.
    pub fn decode_all(mut self, planes: &mut [Plane]) -> Result<(), &'static str> {
        for row in 0..self.mcus_high {
            self.decode_row(planes, row)?;
        }
        self.finish()
    }

    /// Call behind the last row: the data must be used up.
    pub fn finish(&self) -> Result<(), &'static str> {
        self.walk.finish()
    }
}

impl Coding<'_> {
    #[inline(always)]
    fn decode(
        &mut self,
        reader: &mut BitReader<'_>,
        block: &mut Block,
    ) -> Result<(), &'static str> {
        reader.refill();
        block.clear();
        let difference = self.dc.decode(reader).filter(|symbol| symbol.run == 0);
        self.prediction += difference.ok_or(BAD_CODE)?.value;
        block.set(0, i16::try_from(self.prediction).map_err(|_| BAD_DC)?);
        decode_ac(reader, self.ac, block)
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
        // Two symbols of at most 16 + 10 bits fit into one refill.
        for _ in 0..2 {
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
}

/// Bits that are no code of their table.
pub const BAD_CODE: &str = "a code that is not in its Huffman table";
/// A coefficient behind the last.
pub const BAD_RUN: &str = "a run of zeros that leaves its block";
/// No 8-bit picture has such a DC coefficient.
pub const BAD_DC: &str = "a DC coefficient out of range";
