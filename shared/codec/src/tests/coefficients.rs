//! A second reader of sequential and progressive JPEG, written straight from ITU-T T.81 and as slow and plain as it can be: what the
//! transcoder wrote is compared with what libjpeg-turbo read, coefficient by coefficient.

/// What the entropy-coded data of a JPEG holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Coefficients {
    pub components: Vec<Component>,
    width: usize,
    height: usize,
    progressive: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Component {
    pub id: u8,
    /// Blocks in an MCU, across and down.
    pub factors: (usize, usize),
    table: u8,
    /// Blocks that hold some of the picture, across and down.
    pub blocks: (usize, usize),
    /// Quantization steps in rows.
    pub steps: [u16; 64],
    /// All blocks in rows, with those that only fill the last MCUs.
    levels: Vec<[i16; 64]>,
    /// Blocks in a row, with those that only fill the last MCU.
    stride: usize,
}

const ZIGZAG: [usize; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

impl Coefficients {
    /// Reads a file; `None` if it is neither sequential nor progressive with Huffman codes.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let mut read = Self::default();
        let (mut steps, mut codes) = ([[0; 64]; 4], vec![Vec::new(); 32]);
        let (mut interval, mut at) = (0, 2);
        loop {
            assert_eq!(bytes[at], 0xff, "no marker at {at}");
            let marker = bytes[at + 1];
            if marker == 0xd9 {
                return Some(read);
            }
            let length = usize::from(u16::from_be_bytes([bytes[at + 2], bytes[at + 3]]));
            let payload = &bytes[at + 4..at + 2 + length];
            at += 2 + length;
            match marker {
                0xc0..=0xc2 => {
                    read.progressive = marker == 0xc2;
                    read.frame(payload);
                }
                0xc3 | 0xc5..=0xcf => return None,
                0xc4 => huffman_tables(payload, &mut codes),
                0xdb => quantization_tables(payload, &mut steps),
                0xdd => interval = usize::from(u16::from_be_bytes([payload[0], payload[1]])),
                0xda => at += read.scan(payload, &bytes[at..], interval, &steps, &codes),
                _ => {}
            }
        }
    }

    fn frame(&mut self, payload: &[u8]) {
        let side = |at: usize| usize::from(u16::from_be_bytes([payload[at], payload[at + 1]]));
        (self.height, self.width) = (side(1), side(3));
        let specifications = || payload[6..].chunks_exact(3);
        let factors = |byte: u8| (usize::from(byte >> 4), usize::from(byte & 15));
        let across = specifications().map(|c| factors(c[1]).0).max().unwrap();
        let down = specifications().map(|c| factors(c[1]).1).max().unwrap();
        let mcus = (
            self.width.div_ceil(8 * across),
            self.height.div_ceil(8 * down),
        );
        let component = |c: &[u8]| {
            let (h, v) = factors(c[1]);
            Component {
                id: c[0],
                factors: (h, v),
                table: c[2],
                blocks: (
                    (self.width * h).div_ceil(8 * across),
                    (self.height * v).div_ceil(8 * down),
                ),
                steps: [0; 64],
                levels: vec![[0; 64]; mcus.0 * h * mcus.1 * v],
                stride: mcus.0 * h,
            }
        };
        self.components = specifications().map(component).collect();
    }

    /// Reads a scan and returns the length of its data.
    fn scan(
        &mut self,
        payload: &[u8],
        data: &[u8],
        interval: usize,
        steps: &[[u16; 64]; 4],
        codes: &[Vec<Code>],
    ) -> usize {
        let mut bits = Bits::new(data);
        let selectors: Vec<(usize, usize, usize)> = payload[1..1 + 2 * usize::from(payload[0])]
            .chunks_exact(2)
            .map(|pair| {
                let index = self.components.iter().position(|c| c.id == pair[0]);
                let tables = (usize::from(pair[1] >> 4), 16 + usize::from(pair[1] & 15));
                (index.unwrap(), tables.0, tables.1)
            })
            .collect();
        for (index, ..) in &selectors {
            let component = &mut self.components[*index];
            component.steps = steps[usize::from(component.table)];
        }
        let [.., first, last, positions] = payload else {
            panic!("a scan header of {} bytes", payload.len());
        };
        let band = Band {
            indices: (usize::from(*first), usize::from(*last)),
            refines: positions >> 4 > 0,
            low: positions & 15,
        };
        let (mut predictions, mut ended) = ([0; 4], 0);
        for (count, mcu) in self.mcus(&selectors).into_iter().enumerate() {
            if interval > 0 && count > 0 && count % interval == 0 {
                bits.restart();
                (predictions, ended) = ([0; 4], 0);
            }
            for (selector, block) in mcu {
                let (index, dc, ac) = selectors[selector];
                let block = &mut self.components[index].levels[block];
                let (dc, ac, prediction) = (&codes[dc], &codes[ac], &mut predictions[index]);
                match (self.progressive, band.indices.0, band.refines) {
                    (false, ..) => read_block(&mut bits, dc, ac, prediction, block),
                    (_, 0, false) => {
                        let size = bits.symbol(dc);
                        *prediction += bits.value(size.into());
                        block[0] = *prediction << band.low;
                    }
                    (_, 0, true) => block[0] |= bits.unsigned(1) << band.low,
                    (_, _, false) => band.read_first(&mut bits, ac, &mut ended, block),
                    (_, _, true) => band.refine(&mut bits, ac, &mut ended, block),
                }
            }
        }
        bits.end()
    }

    /// The blocks of each MCU of a scan, as (number in the scan header, number in the component) (T.81 A.2).
    fn mcus(&self, selectors: &[(usize, usize, usize)]) -> Vec<Vec<(usize, usize)>> {
        if let [(index, ..)] = selectors {
            let component = &self.components[*index];
            let block = |row: usize, column| vec![(0, row * component.stride + column)];
            let (across, down) = component.blocks;
            return (0..down)
                .flat_map(|row| (0..across).map(move |column| block(row, column)))
                .collect();
        }
        let first = &self.components[0];
        let across = first.stride / first.factors.0;
        let down = first.levels.len() / first.stride / first.factors.1;
        let mcu = |x: usize, y: usize| {
            let mut blocks = Vec::new();
            for (selector, (index, ..)) in selectors.iter().enumerate() {
                let component = &self.components[*index];
                let (h, v) = component.factors;
                for row in y * v..(y + 1) * v {
                    blocks.extend(
                        (x * h..(x + 1) * h).map(|x| (selector, row * component.stride + x)),
                    );
                }
            }
            blocks
        };
        (0..down)
            .flat_map(|y| (0..across).map(move |x| (x, y)))
            .map(|(x, y)| mcu(x, y))
            .collect()
    }

    /// All that makes the picture, in the form that `corpus/jpeg/make.py` takes its digests of.
    pub fn digest(&self) -> String {
        let mut bytes = Vec::new();
        for component in &self.components {
            let (across, down) = component.blocks;
            for count in [across, down] {
                bytes.extend(u16::try_from(count).unwrap().to_le_bytes());
            }
            bytes.extend(component.steps.iter().flat_map(|step| step.to_le_bytes()));
            let levels = component.picture().flatten();
            bytes.extend(levels.flat_map(|level| level.to_le_bytes()));
        }
        super::corpus::digest(&bytes)
    }
}

impl Component {
    /// The blocks that hold some of the picture, in rows.
    pub fn picture(&self) -> impl Iterator<Item = &[i16; 64]> {
        let rows = self.levels.chunks_exact(self.stride).take(self.blocks.1);
        rows.flat_map(|row| &row[..self.blocks.0])
    }
}

/// A Huffman code: its length, its bits, what it stands for.
type Code = (u32, u32, u8);

fn huffman_tables(mut payload: &[u8], codes: &mut [Vec<Code>]) {
    while let [kind, rest @ ..] = payload {
        let table = &mut codes[usize::from(kind >> 4) * 16 + usize::from(kind & 15)];
        table.clear();
        let (lengths, mut rest) = rest.split_at(16);
        let mut code = 0;
        for (length, count) in (1..).zip(lengths) {
            let (values, behind) = rest.split_at(usize::from(*count));
            for value in values {
                table.push((length, code, *value));
                code += 1;
            }
            code <<= 1;
            rest = behind;
        }
        payload = rest;
    }
}

fn quantization_tables(mut payload: &[u8], steps: &mut [[u16; 64]; 4]) {
    while let [kind, rest @ ..] = payload {
        let size = 1 + usize::from(kind >> 4);
        let (values, behind) = rest.split_at(64 * size);
        for (place, value) in ZIGZAG.into_iter().zip(values.chunks_exact(size)) {
            let value = value
                .iter()
                .fold(0, |value, byte| value << 8 | u16::from(*byte));
            steps[usize::from(kind & 15)][place] = value;
        }
        payload = behind;
    }
}

/// T.81 F.2.2.
fn read_block(
    bits: &mut Bits<'_>,
    dc: &[Code],
    ac: &[Code],
    prediction: &mut i16,
    block: &mut [i16; 64],
) {
    let size = bits.symbol(dc);
    *prediction += bits.value(size.into());
    block[0] = *prediction;
    let mut place = 1;
    while place < 64 {
        let symbol = bits.symbol(ac);
        let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
        match (run, size) {
            (15, 0) => place += 16,
            (_, 0) => break,
            _ => {
                place += run;
                block[ZIGZAG[place]] = bits.value(size);
                place += 1;
            }
        }
    }
}

/// What a scan of a progressive picture has of a block.
struct Band {
    /// Zigzag indices of the first and the last coefficient.
    indices: (usize, usize),
    /// Whether earlier scans had higher bits.
    refines: bool,
    /// The position of the lowest bit.
    low: u8,
}

impl Band {
    /// T.81 G.1.2.2. `ended` counts the blocks to come that have nothing more in the band.
    fn read_first(&self, bits: &mut Bits<'_>, ac: &[Code], ended: &mut i16, block: &mut [i16; 64]) {
        let mut place = self.indices.0;
        while *ended == 0 && place <= self.indices.1 {
            let symbol = bits.symbol(ac);
            let (run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            match (run, size) {
                (15, 0) => place += 16,
                (_, 0) => *ended = (1 << run) + bits.unsigned(run),
                _ => {
                    place += run;
                    assert!(place <= self.indices.1, "a level behind the band");
                    block[ZIGZAG[place]] = bits.value(size) << self.low;
                    place += 1;
                }
            }
        }
        *ended = (*ended - 1).max(0);
    }

    /// T.81 G.1.2.3: among the levels that are new come the bits of those that are known.
    fn refine(&self, bits: &mut Bits<'_>, ac: &[Code], ended: &mut i16, block: &mut [i16; 64]) {
        let mut place = self.indices.0;
        while *ended == 0 && place <= self.indices.1 {
            let symbol = bits.symbol(ac);
            let (mut run, size) = (usize::from(symbol >> 4), u32::from(symbol & 15));
            if size == 0 && run < 15 {
                *ended = (1 << run) + bits.unsigned(run);
                break;
            }
            let level = bits.value(size) << self.low;
            while place <= self.indices.1 {
                let known = &mut block[ZIGZAG[place]];
                place += 1;
                match (*known, run) {
                    (0, 0) => {
                        *known = level;
                        break;
                    }
                    (0, _) => run -= 1,
                    _ => *known += known.signum() * (bits.unsigned(1) << self.low),
                }
            }
        }
        if *ended > 0 {
            for at in &ZIGZAG[place..=self.indices.1] {
                if block[*at] != 0 {
                    block[*at] += block[*at].signum() * (bits.unsigned(1) << self.low);
                }
            }
        }
        *ended = (*ended - 1).max(0);
    }
}

struct Bits<'a> {
    data: &'a [u8],
    at: usize,
    /// How many bits of the byte at `at` are read.
    used: u32,
}

impl<'a> Bits<'a> {
    fn new(data: &'a [u8]) -> Self {
        Self {
            data,
            at: 0,
            used: 0,
        }
    }

    fn bit(&mut self) -> u32 {
        let byte = self.data[self.at];
        assert!(
            byte != 0xff || self.data[self.at + 1] == 0,
            "a marker in the data"
        );
        let bit = byte >> (7 - self.used) & 1;
        self.used += 1;
        if self.used == 8 {
            self.end_byte();
        }
        bit.into()
    }

    fn end_byte(&mut self) {
        self.at += if self.data[self.at] == 0xff { 2 } else { 1 };
        self.used = 0;
    }

    fn symbol(&mut self, codes: &[Code]) -> u8 {
        let (mut length, mut code) = (0, 0);
        loop {
            code = code << 1 | self.bit();
            length += 1;
            if let Some((.., symbol)) = codes
                .iter()
                .find(|known| (known.0, known.1) == (length, code))
            {
                return *symbol;
            }
            assert!(length < 16, "no such code");
        }
    }

    fn unsigned(&mut self, count: usize) -> i16 {
        (0..count).fold(0, |bits, _| bits << 1 | i16::try_from(self.bit()).unwrap())
    }

    /// The value of so many bits, negative if they begin with 0 (T.81 F.2.2.1).
    fn value(&mut self, size: u32) -> i16 {
        let bits = (0..size).fold(0, |bits, _| bits << 1 | i32::try_from(self.bit()).unwrap());
        let negative = size > 0 && bits >> (size - 1) == 0;
        i16::try_from(if negative {
            bits + 1 - (1 << size)
        } else {
            bits
        })
        .unwrap()
    }

    fn restart(&mut self) {
        let at = self.end();
        assert!(
            matches!(self.data[at..at + 2], [0xff, 0xd0..=0xd7]),
            "no restart marker"
        );
        self.at = at + 2;
    }

    /// Where the marker behind the data is.
    fn end(&mut self) -> usize {
        if self.used > 0 {
            self.end_byte();
        }
        let fill = self.data[self.at..]
            .windows(2)
            .take_while(|pair| *pair == [0xff, 0xff]);
        self.at += fill.count();
        self.at
    }
}
