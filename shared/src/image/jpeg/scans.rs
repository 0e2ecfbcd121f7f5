//! The choice between one sequential scan and a progressive picture, and the scans of both.
//!
//! Progressive coding saves bytes by spectral selection (T.81 G.1.1.1.1): each band has tables of
//! its own for each component, and blocks that have nothing in a band share their EOBs. Nothing
//! is known twice: both ways code the very same levels. Successive approximation (G.1.1.1.2)
//! costs more than it saves where levels are as small as here.

use super::codes::Codes;
use super::entropy::Source;
use super::tokens::HIGH_BAND;

/// Which coefficients a scan codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of them, sequentially.
    Whole,
    /// DC.
    Dc,
    /// The low band.
    Low,
    /// The high band.
    High,
}

impl Part {
    /// The first and the last zigzag index.
    pub fn band(self) -> [u8; 2] {
        match self {
            Self::Whole => [0, 63],
            Self::Dc => [0, 0],
            Self::Low => [1, HIGH_BAND as u8 - 1],
            Self::High => [HIGH_BAND as u8, 63],
        }
    }
}

/// One scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// Of what.
    pub part: Part,
    /// Of which components; AC bands have one.
    pub components: Vec<usize>,
}

/// A Huffman table that some scan uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Table {
    /// Of a class of components.
    Dc(usize),
    /// Of a class of components.
    Whole(usize),
    /// Of a component.
    Low(usize),
    /// Of a component.
    High(usize),
}

/// All scans of a picture and their Huffman tables.
#[derive(Debug)]
pub struct Script {
    /// Whether it is progressive.
    pub progressive: bool,
    /// The scans.
    pub scans: Vec<Scan>,
    /// Bytes from the first DHT segment on, but for byte stuffing and the padding of scans.
    pub length: usize,
    tables: Vec<(Table, Codes)>,
}

/// The most blocks that an MCU may have (T.81 B.2.3).
const MAX_BLOCKS_PER_MCU: usize = 10;

/// A progressive file must be smaller than a sequential one by more than one part in so many.
/// Readers need more time for it, and memory for all coefficients of the picture.
const WORTH: usize = 100;

impl Script {
    /// The one that makes a small file.
    pub fn choose(source: Source<'_>) -> Self {
        let [sequential, progressive] = Self::both(source);
        match progressive.length + sequential.length / WORTH < sequential.length {
            true => progressive,
            false => sequential,
        }
    }

    /// The sequential and the progressive one.
    pub fn both(source: Source<'_>) -> [Self; 2] {
        let components = 0..source.frame.components.len();
        let groups = match source.frame.blocks_per_mcu() {
            ..=MAX_BLOCKS_PER_MCU => vec![components.collect()],
            _ => components.map(|index| vec![index]).collect(),
        };
        let dc = source.dc_counts(&groups);
        [
            Self::sequential(source, &groups, &dc),
            Self::progressive(source, groups, &dc),
        ]
    }

    fn sequential(source: Source<'_>, groups: &[Vec<usize>], dc: &[[u32; 256]; 2]) -> Self {
        let whole = source.whole_counts(groups);
        let tables = (0..2).flat_map(|class| {
            let dc = (Table::Dc(class), Codes::new(&dc[class]));
            [dc, (Table::Whole(class), Codes::new(&whole[class]))]
        });
        let part = Part::Whole;
        let scan = |components: &Vec<usize>| Scan {
            part,
            components: components.clone(),
        };
        Self::new(groups.iter().map(scan).collect(), tables.collect())
    }

    fn progressive(source: Source<'_>, groups: Vec<Vec<usize>>, dc: &[[u32; 256]; 2]) -> Self {
        let part = Part::Dc;
        let mut scans: Vec<Scan> = groups
            .into_iter()
            .map(|components| Scan { part, components })
            .collect();
        let mut tables: Vec<(Table, Codes)> = (0..2)
            .map(|class| (Table::Dc(class), Codes::new(&dc[class])))
            .collect();
        for part in [Part::Low, Part::High] {
            for index in 0..source.frame.components.len() {
                let (table, counts) = match part {
                    Part::Low => (Table::Low(index), source.low_counts(index)),
                    _ => (Table::High(index), source.high_counts(index)),
                };
                tables.push((table, Codes::new(&counts)));
                let components = vec![index];
                scans.push(Scan { part, components });
            }
        }
        Self::new(scans, tables)
    }

    fn new(scans: Vec<Scan>, mut tables: Vec<(Table, Codes)>) -> Self {
        tables.retain(|(_, codes)| !codes.is_empty());
        let mut script = Self {
            progressive: scans[0].part != Part::Whole,
            scans,
            length: 0,
            tables,
        };
        let headers = |scan| 4 + script.definition(scan).len() + 4 + scan_header_length(scan);
        let headers: usize = script.scans.iter().map(headers).sum();
        let bits: u64 = script.tables.iter().map(|(_, codes)| codes.bits).sum();
        script.length = headers + (bits / 8) as usize;
        script
    }

    /// The payload of the DHT segment before a scan; empty if there is nothing new in it.
    pub fn definition(&self, scan: &Scan) -> Vec<u8> {
        let mut payload = Vec::new();
        for (table, codes) in &self.tables {
            let [class, destination] = match *table {
                Table::Dc(class) => [0, class],
                Table::Whole(class) => [1, class],
                Table::Low(_) | Table::High(_) => [1, 0],
            };
            if self.first_use(*table) == Some(scan) {
                codes.define(class as u8, destination as u8, &mut payload);
            }
        }
        payload
    }

    /// The scan before which a table is defined.
    fn first_use(&self, table: Table) -> Option<&Scan> {
        self.scans.iter().find(|scan| match table {
            Table::Dc(_) | Table::Whole(_) => matches!(scan.part, Part::Whole | Part::Dc),
            Table::Low(index) => scan.part == Part::Low && scan.components == [index],
            Table::High(index) => scan.part == Part::High && scan.components == [index],
        })
    }

    /// Writes the data of a scan.
    pub fn write(&self, source: Source<'_>, scan: &Scan, out: &mut Vec<u8>) {
        let none = Codes::new(&[0; 256]);
        let codes = |table: Table| {
            let mut tables = self.tables.iter();
            let known = tables.find(|known| known.0 == table);
            known.map_or(&none, |(_, codes)| codes)
        };
        let dc = [0, 1].map(|class| codes(Table::Dc(class)));
        match (scan.part, &scan.components[..]) {
            (Part::Dc, components) => source.write_dc(components, dc, out),
            (Part::Low, &[only, ..]) => source.write_low(only, codes(Table::Low(only)), out),
            (Part::High, &[only, ..]) => source.write_high(only, codes(Table::High(only)), out),
            (_, components) => {
                let codes = [0, 1].map(|class| [dc[class], codes(Table::Whole(class))]);
                source.write_whole(components, codes, out);
            }
        }
    }
}

/// The payload of an SOS segment (T.81 B.2.3).
fn scan_header_length(scan: &Scan) -> usize {
    1 + 2 * scan.components.len() + 3
}
