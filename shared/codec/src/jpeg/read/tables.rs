//! Table-specification segments (T.81 B.2.4): quantization and Huffman tables and the restart
//! interval, which stay in force until they are redefined.

use std::cell::OnceCell;
use std::rc::Rc;

use super::lookup::HuffmanTable;
use super::standard;
use crate::jpeg::error::JpegError;
use crate::jpeg::syntax::huffman::HuffmanSpec;
use crate::jpeg::syntax::marker::{Segment, code};
use crate::jpeg::syntax::steps::Steps;

/// AC values of an 8-bit picture have at most 10 bits (T.81 table F.2), DC differences 11.
const MAX_AC_SIZE: u32 = 10;
const MAX_DC_SIZE: u32 = 11;

/// A Huffman table as it was defined and, once it is wanted, in the form for decoding.
#[derive(Debug)]
struct Definition {
    spec: HuffmanSpec,
    table: OnceCell<Rc<HuffmanTable>>,
}

impl Definition {
    fn new(spec: HuffmanSpec) -> Self {
        let table = OnceCell::new();
        Self { spec, table }
    }
}

fn table(
    tables: &[Option<Definition>; 4],
    at: usize,
    max_size: u32,
) -> Result<Rc<HuffmanTable>, &'static str> {
    let definition = tables.get(at).and_then(Option::as_ref);
    let Definition { spec, table } = definition.ok_or("a Huffman table is not defined")?;
    let table = table.get_or_init(|| Rc::new(HuffmanTable::new(spec, max_size)));
    Ok(Rc::clone(table))
}

/// The tables in force.
#[derive(Debug, Default)]
pub struct Tables {
    /// Quantization tables by destination.
    pub quantization: [Option<Steps>; 4],
    dc: [Option<Definition>; 4],
    ac: [Option<Definition>; 4],
    /// MCUs between restarts; 0 for none.
    pub restart_interval: usize,
}

impl Tables {
    /// Reads a DQT, DHT or DRI segment.
    pub fn read(&mut self, segment: &Segment<'_>) -> Result<(), JpegError> {
        let (valid, what) = match segment.marker {
            code::DQT => (
                self.read_quantization(segment.payload),
                "quantization tables",
            ),
            code::DHT => (self.read_huffman(segment.payload), "Huffman tables"),
            _ => (
                self.read_restart_interval(segment.payload),
                "a restart interval",
            ),
        };
        valid.ok_or_else(|| segment.malformed(what))
    }

    /// Whether there is no Huffman table at all.
    pub fn lack_huffman(&self) -> bool {
        self.dc.iter().chain(&self.ac).all(Option::is_none)
    }

    /// Defines the standard tables, unless there are any: Motion JPEG leaves them out.
    pub fn define_standard_ones(&mut self) {
        if self.lack_huffman() {
            let [luma_dc, luma_ac, chroma_dc, chroma_ac] = standard::tables().map(Definition::new);
            self.dc = [Some(luma_dc), Some(chroma_dc), None, None];
            self.ac = [Some(luma_ac), Some(chroma_ac), None, None];
        }
    }

    /// The DC table at a destination.
    pub fn dc(&self, at: usize) -> Result<Rc<HuffmanTable>, &'static str> {
        table(&self.dc, at, MAX_DC_SIZE)
    }

    /// The AC table at a destination.
    pub fn ac(&self, at: usize) -> Result<Rc<HuffmanTable>, &'static str> {
        table(&self.ac, at, MAX_AC_SIZE)
    }

    fn read_quantization(&mut self, mut payload: &[u8]) -> Option<()> {
        while let Some((&selector, rest)) = payload.split_first() {
            let wide = selector >> 4 != 0;
            let (values, rest) = rest.split_at_checked(if wide { 128 } else { 64 })?;
            let mut steps: Steps = [0; 64];
            for (k, step) in steps.iter_mut().enumerate() {
                *step = match wide {
                    true => u16::from_be_bytes([values[2 * k], values[2 * k + 1]]),
                    false => u16::from(values[k]),
                };
            }
            if steps.contains(&0) {
                return None;
            }
            *self.quantization.get_mut(usize::from(selector & 15))? = Some(steps);
            payload = rest;
        }
        Some(())
    }

    fn read_huffman(&mut self, mut payload: &[u8]) -> Option<()> {
        while let Some((&selector, rest)) = payload.split_first() {
            let (&counts, rest) = rest.split_first_chunk::<16>()?;
            let total = counts.iter().map(|&count| usize::from(count)).sum();
            let (symbols, rest) = rest.split_at_checked(total)?;
            let symbols = symbols.to_vec();
            let spec = HuffmanSpec { counts, symbols };
            let spec = spec.is_valid().then_some(spec)?;
            let tables = match selector >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return None,
            };
            *tables.get_mut(usize::from(selector & 15))? = Some(Definition::new(spec));
            payload = rest;
        }
        Some(())
    }

    fn read_restart_interval(&mut self, payload: &[u8]) -> Option<()> {
        let interval = payload.first_chunk()?;
        self.restart_interval = usize::from(u16::from_be_bytes(*interval));
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(marker: u8, payload: &[u8]) -> Result<Tables, JpegError> {
        let mut tables = Tables::default();
        tables.read(&Segment {
            marker,
            payload,
            position: 0,
        })?;
        Ok(tables)
    }

    #[test]
    fn several_quantization_tables_of_both_widths_in_one_segment() {
        let payload = [&[0x01][..], &[7; 64], &[0x12], &[1; 128]].concat();
        let tables = read(code::DQT, &payload).expect("tables");
        assert_eq!(tables.quantization[1], Some([7; 64]));
        assert_eq!(tables.quantization[2], Some([0x101; 64]));
    }

    #[test]
    fn tables_that_break_the_rules_are_malformed() {
        let crowded = [&[0x00, 3][..], &[0; 15], &[1, 2, 3]].concat();
        let zero_step = [&[0x00][..], &[0; 64]].concat();
        for (marker, payload) in [
            (code::DQT, &zero_step[..]),
            (code::DQT, &[0; 64]),
            (code::DQT, &[4; 65]),
            (code::DHT, &crowded),
            (code::DHT, &[0x20; 17]),
            (code::DRI, &[1]),
        ] {
            assert!(matches!(
                read(marker, payload),
                Err(JpegError::Malformed { .. })
            ));
        }
    }
}
