//! Entropy-coded data as bits: byte stuffing is removed a few kilobytes at a time, and what is
//! left is read 64 bits at a time.

/// How many bytes without stuffing are there at a time.
const BUFFER: usize = 4096;

/// Bytes behind those, so that a refill near the end still finds eight.
const PADDING: usize = 8;

/// More bytes than a block may take: 64 codes of 16 bits with values of at most 14.
const BLOCK: usize = 256;

/// The length of the entropy-coded data: up to the next marker that is not RSTn.
pub fn source_length(source: &[u8]) -> usize {
    let mut position = 0;
    while let Some(at) = find_ff(&source[position..]) {
        position += at;
        match source.get(position + 1) {
            Some(0 | 0xd0..=0xd7) => position += 2,
            Some(0xff) => position += 1,
            Some(_) => return position,
            None => break,
        }
    }
    source.len()
}

fn find_ff(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // The usual test for zero bytes: the lowest bit that is set belongs to the first.
        let found = (!word).wrapping_sub(0x0101_0101_0101_0101) & word & 0x8080_8080_8080_8080;
        if found != 0 {
            return Some(index * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    let at = rest.iter().position(|&byte| byte == 0xff);
    at.map(|at| words.len() * 8 + at)
}

/// Reads the bits of a scan from the most significant end, one restart interval after the other
/// (T.81 F.1.2.3, E.1.4).
#[derive(Debug)]
pub struct BitReader<'a> {
    whole: &'a [u8],
    /// What has not been in the buffer yet.
    source: &'a [u8],
    buffer: Box<Buffer>,
    end: usize,
    /// Once the next byte is over this, the buffer is filled before the next block; no limit when
    /// it holds all of the interval.
    low: usize,
    place: Place,
}

/// Bytes without stuffing.
type Buffer = [u8; BUFFER + PADDING];

/// How far the buffer is read.
#[derive(Debug, Default, Clone, Copy)]
pub struct Place {
    /// The coming bits, the first one topmost.
    window: u64,
    /// How many of them are accounted for; `next` is the byte behind these.
    valid: u32,
    next: usize,
}

/// Reads the bits in the buffer. Apart from the [`BitReader`], so that it stays in registers as long as a block is
/// decoded.
#[derive(Debug)]
pub struct Cursor<'b> {
    buffer: &'b Buffer,
    place: Place,
}

impl Cursor<'_> {
    /// Where it is, to go on from there.
    #[inline(always)]
    pub fn place(self) -> Place {
        self.place
    }

    /// Makes at least 56 bits valid, without a branch on how many were left: the bytes that
    /// are loaded twice are the same and go to the same place.
    #[inline(always)]
    pub fn refill(&mut self) {
        let Place {
            window,
            valid,
            next,
        } = &mut self.place;
        let rest = self.buffer.get(*next..);
        let chunk = rest.and_then(|rest| rest.first_chunk::<8>());
        let word = chunk.map_or(0, |chunk| u64::from_be_bytes(*chunk));
        *window |= word >> *valid;
        *next += ((63 - *valid) >> 3) as usize;
        *valid |= 56;
    }

    /// The next `count` bits (1..=32) as a number. Needs that many valid bits.
    #[inline(always)]
    pub fn peek(&self, count: u32) -> u32 {
        (self.place.window >> (64 - count)) as u32
    }

    /// Goes on by `count` bits, at most those that are valid.
    #[inline(always)]
    pub fn consume(&mut self, count: u32) {
        self.place.window <<= count;
        self.place.valid -= count;
    }

    /// The next `count` bits (0..=56), consumed; refills by itself.
    #[inline(always)]
    pub fn take(&mut self, count: u32) -> u64 {
        if self.place.valid < count {
            self.refill();
        }
        let bits = self.place.window >> 1 >> (63 - count);
        self.consume(count);
        bits
    }
}

impl<'a> BitReader<'a> {
    /// Begins with the first interval. `source` goes up to the marker behind the scan, or to the
    /// end of the file.
    pub fn new(source: &'a [u8]) -> Self {
        let mut reader = Self {
            whole: source,
            source,
            buffer: Box::new([0; BUFFER + PADDING]),
            end: 0,
            low: 0,
            place: Place::default(),
        };
        reader.fill();
        reader
    }

    /// Reads the bits of the next block, whose bytes are there then. Call [`Self::go_on_at`] behind it.
    #[inline(always)]
    pub fn next_block(&mut self) -> Cursor<'_> {
        if self.place.next > self.low {
            self.fill();
        }
        Cursor {
            buffer: &self.buffer,
            place: self.place,
        }
    }

    /// Goes on where a cursor has come to.
    #[inline(always)]
    pub fn go_on_at(&mut self, place: Place) {
        self.place = place;
    }

    /// Moves what is left to the start of the buffer and fills it up, at most to the end of the
    /// interval.
    #[cold]
    fn fill(&mut self) {
        let next = self.place.next;
        self.buffer.copy_within(next..self.end, 0);
        (self.place.next, self.end) = (0, self.end - next);
        while self.end < BUFFER {
            let room = self.source.len().min(BUFFER - self.end);
            let clean = find_ff(&self.source[..room]).unwrap_or(room);
            self.append(clean);
            match self.source {
                [0xff, 0, ..] if self.end < BUFFER => {
                    self.append(1);
                    self.source = &self.source[1..];
                }
                [0xff, 0, ..] => {}
                [] | [0xff, 0xd0..=0xd7, ..] => {
                    self.low = usize::MAX;
                    return;
                }
                [0xff, ..] => self.source = &self.source[1..], // a fill byte (T.81 B.1.1.2)
                _ => {}
            }
        }
        self.low = BUFFER - BLOCK;
    }

    fn append(&mut self, count: usize) {
        let (bytes, rest) = self.source.split_at(count);
        self.buffer[self.end..self.end + count].copy_from_slice(bytes);
        (self.source, self.end) = (rest, self.end + count);
    }

    /// Goes on to the next interval, whichever restart marker begins it.
    pub fn restart_any(&mut self) -> bool {
        (0..8).any(|number| self.restart(number))
    }

    /// Goes on to the next interval, if restart marker `number` (RST0 to RST7 in turn) begins it.
    pub fn restart(&mut self, number: usize) -> bool {
        match self.source {
            [0xff, marker @ 0xd0..=0xd7, rest @ ..] if usize::from(marker & 7) == number & 7 => {
                self.source = rest;
                (self.place, self.end) = (Place::default(), 0);
                self.fill();
                true
            }
            _ => false,
        }
    }

    /// Whether no other interval follows.
    pub fn is_last(&self) -> bool {
        self.source.is_empty()
    }

    /// How many bits of the interval are left; negative when more were read than there were.
    pub fn unread_bits(&self) -> i64 {
        (self.end as i64 - self.place.next as i64) * 8 + i64::from(self.place.valid)
    }

    /// Whether what is left of the byte that was begun is ones: encoders pad with them (T.81 F.1.2.3).
    pub fn pads_with_ones(&self) -> bool {
        match self.place.valid % 8 {
            0 => true,
            rest => self.place.window >> (64 - rest) == (1 << rest) - 1,
        }
    }

    /// Whether the source ends with a zero byte, as the blocks of no encoder do that pads with ones: it is
    /// what cameras fill files up with, and too often a code.
    pub fn ends_with_zero(&self) -> bool {
        matches!(self.whole, [.., last, 0] if *last != 0xff)
    }

    /// How many bytes of the source were needed for the bits that were read. Of what is in the
    /// buffer the bytes are counted backwards, with their stuffing.
    pub fn used(&self) -> usize {
        let mut used = &self.whole[..self.whole.len() - self.source.len()];
        let mut unread = self.unread_bits() / 8;
        loop {
            match used {
                [rest @ .., 0xff] => used = rest, // a fill byte
                _ if unread <= 0 => return used.len(),
                [rest @ .., 0xff, 0] | [rest @ .., _] => (used, unread) = (rest, unread - 1),
                [] => return 0,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(reader: &mut BitReader<'_>, count: u32) -> u64 {
        let mut cursor = reader.next_block();
        let bits = cursor.take(count);
        let place = cursor.place();
        reader.go_on_at(place);
        bits
    }

    #[test]
    fn stuffing_and_fill_bytes_go_and_restart_markers_split() {
        let mut reader = BitReader::new(&[
            0x12, 0xff, 0x00, 0x34, 0xff, 0xff, 0xd0, 0x56, 0xff, 0xd1, 0x78, 0xff,
        ]);
        assert_eq!(
            [8, 8, 8].map(|count| take(&mut reader, count)),
            [0x12, 0xff, 0x34]
        );
        assert_eq!(reader.unread_bits(), 0);
        assert!(!reader.is_last() && !reader.restart(1) && reader.restart(0));
        assert_eq!((take(&mut reader, 8), reader.unread_bits()), (0x56, 0));
        assert!(reader.restart(1) && reader.is_last());
        assert_eq!(take(&mut reader, 8), 0x78);
        take(&mut reader, 1);
        assert_eq!(reader.unread_bits(), -1);
    }

    #[test]
    fn the_data_ends_before_the_next_marker() {
        assert_eq!(
            source_length(&[1, 0xff, 0, 0xff, 0xd3, 0xff, 0xff, 0xd9, 7]),
            6
        );
        assert_eq!(source_length(&[1, 0xff, 0, 0xff]), 4);
    }

    #[test]
    fn what_was_needed_is_known_byte_by_byte() {
        let source = [
            0x12, 0xff, 0x00, 0x34, 0xff, 0xff, 0xd0, 0x56, 0xff, 0xff, 0x00, 0x7f, 0x78,
        ];
        let mut reader = BitReader::new(&source);
        let mut used = Vec::new();
        for count in [1, 8, 8, 7] {
            take(&mut reader, count);
            used.push(reader.used());
        }
        assert_eq!(used[..3], [1, 3, 4]);
        assert!(reader.restart_any());
        for count in [8, 8, 1] {
            take(&mut reader, count);
            used.push(reader.used());
        }
        assert_eq!(used[4..], [8, 11, 12]);
        assert!(reader.pads_with_ones());
        take(&mut reader, 8);
        assert!(!reader.pads_with_ones());
    }

    #[test]
    fn bits_come_in_order_over_many_refills() {
        let bytes: Vec<u8> = (0..40_000_u32).map(|i| ((i * i) >> 4) as u8).collect();
        let stuffed = |&byte: &u8| [byte, 0].into_iter().take(1 + usize::from(byte == 0xff));
        for length in (0..40).chain(4060..4120).chain([40_000]) {
            let source: Vec<u8> = bytes[..length].iter().flat_map(stuffed).collect();
            let mut reader = BitReader::new(&source);
            for (index, &byte) in bytes[..length].iter().enumerate() {
                let (high, low) = (take(&mut reader, 3), take(&mut reader, 5));
                assert_eq!(high << 5 | low, u64::from(byte), "byte {index} of {length}");
            }
            assert_eq!((reader.unread_bits(), reader.is_last()), (0, true));
        }
    }
}
