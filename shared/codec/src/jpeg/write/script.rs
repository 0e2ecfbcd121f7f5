//! The choice between one sequential scan and a progressive picture, and the scans of both.
//!
//! Progressive coding saves bytes by spectral selection (T.81 G.1.1.1.1): each band has tables of
//! its own for each component, and blocks that have nothing in a band share their EOBs. Both ways
//! code the very same levels. Successive approximation (G.1.1.1.2) would save nothing at qualities
//! around 50, where levels are small, and about 1 % at 85.

use super::band::Band;
use super::codes::Codes;
use super::entropy::BlockSource;

/// Which coefficients a scan codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of them, sequentially.
    Sequential,
    /// DC.
    Dc,
    /// Some AC coefficients of one component.
    Band(Band),
}

impl Part {
    /// The first and the last zigzag index.
    pub fn indices(self) -> [u8; 2] {
        match self {
            Self::Sequential => [0, 63],
            Self::Dc => [0, 0],
            Self::Band(band) => band.indices(),
        }
    }
}

/// One scan.
#[derive(Debug)]
pub struct Scan {
    /// What is coded.
    pub part: Part,
    /// Of which components.
    pub components: Vec<usize>,
    /// Tables to define before it. Those of sequential and DC scans are all before the first.
    tables: Vec<Table>,
}

/// A Huffman table with its class, which is 0 for DC and 1 for AC, and its destination.
#[derive(Debug)]
struct Table(u8, u8, Codes);

impl Scan {
    /// Of a band of a component.
    pub fn band(component: usize, band: Band, counts: &[u32; 256]) -> Self {
        let codes = Codes::new(counts);
        Self {
            part: Part::Band(band),
            components: vec![component],
            tables: vec![Table(1, 0, codes)],
        }
    }

    /// The payload of the DHT segment before it; empty if it needs none.
    pub fn definition(&self) -> Vec<u8> {
        let mut payload = Vec::new();
        for Table(class, destination, codes) in &self.tables {
            codes.define(*class, *destination, &mut payload);
        }
        payload
    }

    /// Bytes of its segments and its data, but for byte stuffing and padding. The data of scans
    /// that share tables count for the first.
    fn length(&self) -> usize {
        let definition = match self.definition().len() {
            0 => 0,
            length => 4 + length,
        };
        let header = 4 + 1 + 2 * self.components.len() + 3;
        let bits: u64 = self.tables.iter().map(|table| table.2.bits).sum();
        definition + header + (bits / 8) as usize
    }
}

/// All scans of a picture.
#[derive(Debug)]
pub struct Script {
    /// The scans.
    pub scans: Vec<Scan>,
}

/// The most blocks that an MCU may have (T.81 B.2.3).
const MAX_BLOCKS_PER_MCU: usize = 10;

/// A progressive file must be smaller than a sequential one by more than one part in so many.
/// Readers need memory for all coefficients of the picture, and libjpeg-turbo half as much time
/// again.
const WORTH: usize = 100;

impl Script {
    /// The one that makes a small file.
    pub fn choose(source: BlockSource<'_>) -> Self {
        let [sequential, progressive] = Self::both(source);
        let length = sequential.length();
        match progressive.length() + length / WORTH < length {
            true => progressive,
            false => sequential,
        }
    }

    /// The sequential and the progressive one.
    pub fn both(source: BlockSource<'_>) -> [Self; 2] {
        let components = 0..source.frame.components.len();
        let groups = match source.frame.blocks_per_mcu() {
            ..=MAX_BLOCKS_PER_MCU => vec![components.clone().collect()],
            _ => components.clone().map(|index| vec![index]).collect(),
        };
        let dc = source.dc_counts(&groups);
        let ac = source.sequential_counts(&groups);
        let sequential = joint_scans(Part::Sequential, &groups, &[dc, ac]);
        let mut progressive = joint_scans(Part::Dc, &groups, &[dc]);
        let mut bands: Vec<Scan> = components.flat_map(|index| bands(source, index)).collect();
        bands.sort_by_key(|scan| scan.part.indices()[0]);
        progressive.append(&mut bands);
        [sequential, progressive].map(|scans| Self { scans })
    }

    /// Whether it is progressive.
    pub fn is_progressive(&self) -> bool {
        self.scans[0].part == Part::Dc
    }

    /// Bytes from the first DHT segment on, but for byte stuffing and the padding of scans.
    pub fn length(&self) -> usize {
        self.scans.iter().map(Scan::length).sum()
    }

    /// Writes the data of a scan.
    pub fn write(&self, source: BlockSource<'_>, scan: &Scan, out: &mut Vec<u8>) {
        if let (Part::Band(band), [component], [Table(.., codes)]) =
            (scan.part, &scan.components[..], &scan.tables[..])
        {
            return source.write_band(*component, band, codes, out);
        }
        let none = Codes::new(&[0; 256]);
        let codes = |class, destination| {
            let mut tables = self.scans[0].tables.iter();
            let table = tables.find(|table| (table.0, table.1) == (class, destination));
            table.map_or(&none, |table| &table.2)
        };
        let [dc, ac] = [0, 1].map(|class| [codes(class, 0), codes(class, 1)]);
        match scan.part {
            Part::Dc => source.write_dc(&scan.components, dc, out),
            _ => source.write_sequential(&scan.components, [[dc[0], ac[0]], [dc[1], ac[1]]], out),
        }
    }
}

/// Scans of groups of components. `counts` are of DC and AC symbols, by class.
fn joint_scans(part: Part, groups: &[Vec<usize>], counts: &[[[u32; 256]; 2]]) -> Vec<Scan> {
    let mut tables = Vec::new();
    for destination in 0..2 {
        for (class, counts) in (0..).zip(counts) {
            let codes = Codes::new(&counts[destination]);
            if !codes.is_empty() {
                tables.push(Table(class, destination as u8, codes));
            }
        }
    }
    let scan = |components: &Vec<usize>| Scan {
        part,
        components: components.clone(),
        tables: std::mem::take(&mut tables),
    };
    groups.iter().map(scan).collect()
}

/// The AC scans of a component in the way that makes the fewest bytes.
fn bands(source: BlockSource<'_>, component: usize) -> Vec<Scan> {
    let counts = source.band_counts(component);
    let [all, low, high, first, second] =
        std::array::from_fn(|index| Scan::band(component, Band::ALL[index], &counts[index]));
    let mut split = shorter(vec![low], vec![first, second]);
    split.push(high);
    shorter(vec![all], split)
}

fn shorter(one: Vec<Scan>, other: Vec<Scan>) -> Vec<Scan> {
    let length = |scans: &[Scan]| -> usize { scans.iter().map(Scan::length).sum() };
    match length(&other) < length(&one) {
        true => other,
        false => one,
    }
}
