//! Whether text is what its encoding says, while it comes in pieces.

/// Looks for what is no character in the encoding that the beginning says, UTF-8 where it says nothing.
#[derive(Debug)]
pub(super) enum Check {
    Utf8(Utf8Check),
    Utf16(Utf16Check),
}

impl Check {
    /// For text that begins so.
    pub(super) fn of(beginning: &[u8]) -> Self {
        match beginning {
            [0xff, 0xfe, ..] => Self::Utf16(Utf16Check::default()),
            [0xfe, 0xff, ..] => Self::Utf16(Utf16Check {
                big_endian: true,
                ..Utf16Check::default()
            }),
            _ => Self::Utf8(Utf8Check::default()),
        }
    }

    /// Goes on with the next piece.
    pub(super) fn add(&mut self, piece: &[u8]) {
        match self {
            Self::Utf8(check) => check.add(piece),
            Self::Utf16(check) => check.add(piece),
        }
    }

    /// Line of the first fault, if there is one.
    pub(super) fn fault(&self) -> Option<u64> {
        match self {
            Self::Utf8(check) => check.fault(),
            Self::Utf16(check) => check.fault(),
        }
    }

    /// Whether there is as much that can only be of this encoding as there are faults: text of another
    /// has hardly anything that looks like UTF-8.
    pub(super) fn is_mostly_valid(&self) -> bool {
        match self {
            Self::Utf8(check) => check.long > 0 && check.long >= check.faults,
            Self::Utf16(_) => true,
        }
    }
}

/// Counts what is UTF-8 in bytes and what is not.
#[derive(Debug, Default)]
pub(super) struct Utf8Check {
    /// The beginning of a character whose rest is still to come: three bytes at most.
    rest: Vec<u8>,
    /// Characters of several bytes.
    long: u64,
    faults: u64,
    lines: Lines,
    /// Line of the first fault.
    fault: Option<u64>,
}

impl Utf8Check {
    fn add(&mut self, piece: &[u8]) {
        let mut bytes = std::mem::take(&mut self.rest);
        bytes.extend_from_slice(piece);
        let mut bytes = bytes.as_slice();
        loop {
            let error = match std::str::from_utf8(bytes) {
                Ok(_) => return self.count(bytes),
                Err(error) => error,
            };
            let (valid, rest) = bytes.split_at(error.valid_up_to());
            self.count(valid);
            let Some(length) = error.error_len() else {
                self.rest = rest.to_vec();
                return;
            };
            self.faults += 1;
            self.fault.get_or_insert(self.lines.now());
            bytes = &rest[length..];
        }
    }

    fn count(&mut self, valid: &[u8]) {
        self.long += valid.iter().filter(|byte| **byte >= 0xc0).count() as u64;
        for byte in valid {
            self.lines.step(*byte);
        }
    }

    fn fault(&self) -> Option<u64> {
        let cut_off = || (!self.rest.is_empty()).then(|| self.lines.now());
        self.fault.or_else(cut_off)
    }
}

/// Looks for units of UTF-16 that are no characters.
#[derive(Debug, Default)]
pub(super) struct Utf16Check {
    big_endian: bool,
    /// The first byte of a unit.
    half: Option<u8>,
    /// The last unit was the first of a pair.
    paired: bool,
    lines: Lines,
    fault: Option<u64>,
}

impl Utf16Check {
    fn add(&mut self, piece: &[u8]) {
        for byte in piece {
            match self.half.take() {
                None => self.half = Some(*byte),
                Some(first) if self.big_endian => self.unit(u16::from_be_bytes([first, *byte])),
                Some(first) => self.unit(u16::from_le_bytes([first, *byte])),
            }
        }
    }

    fn unit(&mut self, unit: u16) {
        let second = (0xdc00..0xe000).contains(&unit);
        if second != self.paired {
            self.fault.get_or_insert(self.lines.now());
        }
        self.paired = (0xd800..0xdc00).contains(&unit);
        if let Ok(byte) = u8::try_from(unit) {
            self.lines.step(byte);
        }
    }

    fn fault(&self) -> Option<u64> {
        let cut_off = self.half.is_some() || self.paired;
        self.fault.or_else(|| cut_off.then(|| self.lines.now()))
    }
}

/// Counts lines that end in LF, CR or both.
#[derive(Debug, Default)]
struct Lines {
    ended: u64,
    after_cr: bool,
}

impl Lines {
    fn step(&mut self, byte: u8) {
        let rest_of_crlf = byte == b'\n' && self.after_cr;
        self.after_cr = byte == b'\r';
        if !rest_of_crlf && matches!(byte, b'\n' | b'\r') {
            self.ended += 1;
        }
    }

    /// The line that the next character is on, counted from 1.
    fn now(&self) -> u64 {
        self.ended + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_between_two_pieces_is_whole() {
        let mut check = Check::of(b"");
        for byte in "ä€😀".as_bytes() {
            check.add(&[*byte]);
        }
        assert_eq!(check.fault(), None);
        check.add(&[0xe2, 0x82]);
        assert_eq!(check.fault(), Some(1));
        assert!(check.is_mostly_valid());
    }
}
