//! Entropy-coded data as bits: byte stuffing and restart markers removed, then read 64 bits at a time.

/// Zero bytes behind the data, so that a refill near its end still finds eight.
const PADDING: usize = 8;

/// The entropy-coded data of one scan without byte stuffing (T.81 F.1.2.3), split at its
/// restart markers.
#[derive(Debug)]
pub struct EntropyData {
    bytes: Vec<u8>,
    /// End of each restart interval in `bytes`.
    ends: Vec<usize>,
    /// How many source bytes were used: the next marker begins there, or the file ends.
    pub source_len: usize,
    /// Whether every restart marker carried the number that was due (RST0 to RST7 in turn).
    pub restarts_in_order: bool,
}

impl EntropyData {
    /// Reads up to the first marker that is not a restart marker.
    pub fn new(source: &[u8]) -> Self {
        let length = source_length(source);
        let mut data = Self {
            bytes: Vec::with_capacity(length + PADDING),
            ends: Vec::new(),
            source_len: length,
            restarts_in_order: true,
        };
        data.unstuff(&source[..length]);
        data.ends.push(data.bytes.len());
        data.bytes.extend_from_slice(&[0; PADDING]);
        data
    }

    fn unstuff(&mut self, mut source: &[u8]) {
        while let Some(at) = find_ff(source) {
            self.bytes.extend_from_slice(&source[..at]);
            let after = match source.get(at + 1) {
                Some(0) => {
                    self.bytes.push(0xff);
                    at + 2
                }
                Some(&restart @ 0xd0..=0xd7) => {
                    self.restarts_in_order &= usize::from(restart & 7) == self.ends.len() & 7;
                    self.ends.push(self.bytes.len());
                    at + 2
                }
                _ => at + 1, // a fill byte (T.81 B.1.1.2)
            };
            source = &source[after..];
        }
        self.bytes.extend_from_slice(source);
    }

    /// How many restart intervals there are: the restart markers and one.
    pub fn intervals(&self) -> usize {
        self.ends.len()
    }

    /// A reader at the start of a restart interval.
    pub fn reader(&self, interval: usize) -> Option<BitReader<'_>> {
        let end = *self.ends.get(interval)?;
        let start = interval
            .checked_sub(1)
            .map_or(0, |before| self.ends[before]);
        Some(BitReader {
            bytes: &self.bytes,
            next: start,
            end,
            window: 0,
            valid: 0,
        })
    }
}

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
    let (chunks, _) = bytes.as_chunks::<16>();
    let whole = chunks
        .iter()
        .take_while(|chunk| {
            chunk
                .iter()
                .fold(true, |clean, &byte| clean & (byte != 0xff))
        })
        .count();
    let from = whole * 16;
    bytes[from..]
        .iter()
        .position(|&byte| byte == 0xff)
        .map(|at| from + at)
}

/// Reads bits from the most significant end. Past the end of its interval it goes on with
/// whatever follows; [`BitReader::unread_bits`] tells.
#[derive(Debug, Clone)]
pub struct BitReader<'a> {
    bytes: &'a [u8],
    next: usize,
    end: usize,
    /// The coming bits, the first one topmost.
    window: u64,
    /// How many of them are accounted for; `next` is the byte behind these.
    valid: u32,
}

impl BitReader<'_> {
    /// Makes at least 56 bits valid, without a branch on how many were left: the bytes that
    /// are loaded twice are the same and go to the same place.
    #[inline(always)]
    pub fn refill(&mut self) {
        let rest = self.bytes.get(self.next..);
        let chunk = rest.and_then(|rest| rest.first_chunk::<8>());
        let word = chunk.map_or(0, |chunk| u64::from_be_bytes(*chunk));
        self.window |= word >> self.valid;
        self.next += ((63 - self.valid) >> 3) as usize;
        self.valid |= 56;
    }

    /// The next `count` bits (1..=32) as a number. Needs that many valid bits.
    #[inline(always)]
    pub fn peek(&self, count: u32) -> u32 {
        (self.window >> (64 - count)) as u32
    }

    /// Goes on by `count` bits, at most those that are valid.
    #[inline(always)]
    pub fn consume(&mut self, count: u32) {
        self.window <<= count;
        self.valid -= count;
    }

    /// The next `count` bits (0..=16), consumed; refills by itself.
    #[inline(always)]
    pub fn take(&mut self, count: u32) -> u32 {
        if self.valid < count {
            self.refill();
        }
        let bits = (self.window >> 32) as u32;
        self.consume(count);
        bits.checked_shr(32 - count).unwrap_or(0)
    }

    /// How many bits of the interval are left; negative when more were read than there were.
    pub fn unread_bits(&self) -> i64 {
        (self.end as i64 - self.next as i64) * 8 + i64::from(self.valid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuffing_and_fill_bytes_go_and_restart_markers_split() {
        let source = [
            0x12, 0xff, 0x00, 0x34, 0xff, 0xff, 0xd0, 0x56, 0xff, 0xd9, 0x78,
        ];
        let data = EntropyData::new(&source);
        assert_eq!(data.bytes[..4], [0x12, 0xff, 0x34, 0x56]);
        assert_eq!((data.source_len, data.intervals()), (8, 2));
        assert!(data.restarts_in_order);
        assert_eq!(data.reader(1).expect("second interval").take(8), 0x56);
        assert!(data.reader(2).is_none());
    }

    #[test]
    fn a_restart_marker_out_of_turn_is_noticed() {
        assert!(!EntropyData::new(&[1, 0xff, 0xd1, 2]).restarts_in_order);
    }

    #[test]
    fn bits_come_in_order_over_many_refills() {
        let source: Vec<u8> = (0..200_u8).collect();
        let data = EntropyData::new(&source);
        let mut reader = data.reader(0).expect("one interval");
        for (index, &byte) in source.iter().enumerate() {
            assert_eq!(reader.unread_bits(), (source.len() - index) as i64 * 8);
            let (high, low) = (reader.take(3), reader.take(5));
            assert_eq!(high << 5 | low, u32::from(byte), "byte {index}");
        }
        reader.take(1);
        assert_eq!(reader.unread_bits(), -1);
    }
}
