//! TIFF files as they are wanted.

/// How a file writes its numbers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Writing {
    pub big_endian: bool,
    /// BigTIFF.
    pub wide: bool,
}

impl Writing {
    pub const ALL: [Self; 4] = [
        Self::of(false, false),
        Self::of(true, false),
        Self::of(false, true),
        Self::of(true, true),
    ];

    const fn of(big_endian: bool, wide: bool) -> Self {
        Self { big_endian, wide }
    }

    fn number(self, number: usize, length: usize) -> Vec<u8> {
        let bytes = number.to_be_bytes();
        let mut bytes = bytes[bytes.len() - length..].to_vec();
        if !self.big_endian {
            bytes.reverse();
        }
        bytes
    }

    /// A sample of 16 bits.
    pub fn word(self, number: u16) -> Vec<u8> {
        self.number(number.into(), 2)
    }
}

/// The values of a tag.
#[derive(Debug, Clone)]
pub enum Values {
    Numbers(Vec<usize>),
    Bytes(Vec<u8>),
}

/// A file of one page.
#[derive(Debug, Clone, Default)]
pub struct File {
    pub writing: Writing,
    pub tags: Vec<(u16, Values)>,
    pub chunks: Vec<Vec<u8>>,
}

impl File {
    pub fn new(width: usize, height: usize) -> Self {
        Self::default().with(256, &[width]).with(257, &[height])
    }

    pub fn with(mut self, tag: u16, numbers: &[usize]) -> Self {
        self.tags.retain(|(known, _)| *known != tag);
        self.tags.push((tag, Values::Numbers(numbers.to_vec())));
        self
    }

    pub fn with_bytes(mut self, tag: u16, bytes: &[u8]) -> Self {
        self.tags.push((tag, Values::Bytes(bytes.to_vec())));
        self
    }

    pub fn written(mut self, writing: Writing) -> Self {
        self.writing = writing;
        self
    }

    /// The same with these strips, or tiles.
    pub fn of(mut self, chunks: &[Vec<u8>]) -> Self {
        self.chunks = chunks.to_vec();
        self
    }

    /// Directory, values, strips.
    pub fn bytes(&self) -> Vec<u8> {
        let is_tiled = self.tags.iter().any(|(tag, _)| *tag == 322);
        let (offsets, lengths) = if is_tiled { (324, 325) } else { (273, 279) };
        let counts: Vec<usize> = self.chunks.iter().map(Vec::len).collect();
        let file = |start: usize| {
            let places = counts.iter().scan(start, |place, count| {
                let here = *place;
                *place += count;
                Some(here)
            });
            let file = self.clone().with(offsets, &places.collect::<Vec<_>>());
            file.with(lengths, &counts).directory()
        };
        let start = file(0).len();
        [file(start), self.chunks.concat()].concat()
    }

    fn directory(mut self) -> Vec<u8> {
        self.tags.sort_by_key(|(tag, _)| *tag);
        let writing = self.writing;
        let (wide, magic) = if writing.wide { (8, 43) } else { (4, 42) };
        let order: &[u8] = if writing.big_endian { b"MM" } else { b"II" };
        let mut file = [order, &writing.number(magic, 2)].concat();
        if writing.wide {
            file.extend([writing.number(8, 2), writing.number(0, 2)].concat());
        }
        file.extend(writing.number(2 * wide, wide));
        let count = writing.number(self.tags.len(), if writing.wide { 8 } else { 2 });
        let mut behind = file.len() + count.len() + self.tags.len() * (4 + 2 * wide) + wide;
        file.extend(count);
        let mut values = Vec::new();
        for (tag, value) in &self.tags {
            let (kind, count, bytes) = match value {
                Values::Numbers(numbers) => {
                    let bytes = numbers.iter().flat_map(|number| writing.number(*number, 4));
                    (4, numbers.len(), bytes.collect::<Vec<_>>())
                }
                Values::Bytes(bytes) => (7, bytes.len(), bytes.clone()),
            };
            file.extend(writing.number(usize::from(*tag), 2));
            file.extend(writing.number(kind, 2));
            file.extend(writing.number(count, wide));
            if bytes.len() <= wide {
                file.extend_from_slice(&bytes);
                file.resize(file.len() + wide - bytes.len(), 0);
            } else {
                file.extend(writing.number(behind, wide));
                behind += bytes.len();
                values.extend(bytes);
            }
        }
        file.extend(vec![0; wide]);
        file.extend(values);
        file
    }
}
