//! Fax: rows of black and white as runs ([ITU-T T.4](https://www.itu.int/rec/T-REC-T.4) and
//! [T.6](https://www.itu.int/rec/T-REC-T.6)). The codes are those of the `fax` crate, whose own decoder goes on with
//! white where a code is broken.

use std::convert::Infallible;

use fax::maps::{Mode, black, mode, white};
use fax::{BitReader, ByteReader};

use super::error::TiffError;

const BROKEN: TiffError = TiffError::Damaged("fax data is broken");

/// How rows are coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// In one dimension, each from a whole byte on.
    Rows,
    /// With an end of line before each.
    Group3 {
        /// A bit behind each end of line says whether the row is coded by the one above it.
        two_dimensional: bool,
    },
    /// Each by the one above it.
    Group4,
}

/// So many rows as bits, black as 1, each from a whole byte on.
pub fn rows(chunk: &[u8], width: u32, rows: usize, kind: Kind) -> Result<Vec<u8>, TiffError> {
    // Codes are looked up by more bits than they have.
    let bytes = chunk.iter().copied().chain([0; 4]);
    let reader =
        ByteReader::new(bytes.map(Ok::<u8, Infallible>)).map_err(|_| TiffError::TOO_SHORT)?;
    let mut decoder = Fax {
        reader,
        width,
        above: Vec::new(),
    };
    let stride = width.div_ceil(8) as usize;
    let mut bits = vec![0; stride * rows];
    for row in bits.chunks_exact_mut(stride) {
        decoder.above = decoder.row(kind)?;
        paint(row, &decoder.above, width);
    }
    Ok(bits)
}

/// Where colours change, from white on: black from the first to the second, and so on.
type Changes = Vec<u32>;

fn paint(row: &mut [u8], changes: &[u32], width: u32) {
    for run in changes.chunks(2) {
        let end = run.get(1).copied().unwrap_or(width);
        for x in run[0]..end {
            row[x as usize / 8] |= 0x80 >> (x % 8);
        }
    }
}

struct Fax<R> {
    reader: R,
    width: u32,
    above: Changes,
}

impl<R: BitReader> Fax<R> {
    fn row(&mut self, kind: Kind) -> Result<Changes, TiffError> {
        match kind {
            Kind::Group4 => self.by_the_row_above(),
            Kind::Rows => {
                let rest = self.reader.bits_to_byte_boundary();
                self.skip(rest)?;
                self.by_runs()
            }
            Kind::Group3 { two_dimensional } => {
                self.end_of_line()?;
                let by_runs = !two_dimensional || self.bit()?;
                if by_runs {
                    self.by_runs()
                } else {
                    self.by_the_row_above()
                }
            }
        }
    }

    /// An end of line has eleven zeros and as many more as fill a byte. Some writers leave the first one out.
    fn end_of_line(&mut self) -> Result<(), TiffError> {
        if self.reader.peek(11) != Some(0) {
            return Ok(());
        }
        while !self.bit()? {}
        Ok(())
    }

    fn bit(&mut self) -> Result<bool, TiffError> {
        let bit = self.reader.peek(1).ok_or(TiffError::TOO_SHORT)?;
        self.skip(1)?;
        Ok(bit == 1)
    }

    fn skip(&mut self, bits: u8) -> Result<(), TiffError> {
        self.reader.consume(bits).map_err(|_| TiffError::TOO_SHORT)
    }

    /// The length of a run: codes of 64 and more go on.
    fn run(&mut self, is_black: bool) -> Result<u32, TiffError> {
        let mut length = 0;
        loop {
            let code = match is_black {
                true => black::decode(&mut self.reader),
                false => white::decode(&mut self.reader),
            };
            let code = u32::from(code.ok_or(BROKEN)?);
            length += code;
            if code < 64 {
                return Ok(length);
            }
            if length > self.width {
                return Err(BROKEN);
            }
        }
    }

    fn by_runs(&mut self) -> Result<Changes, TiffError> {
        let (mut changes, mut at, mut is_black) = (Changes::new(), 0, false);
        while at < self.width {
            at += self.run(is_black)?;
            self.change(&mut changes, at)?;
            is_black = !is_black;
        }
        Ok(changes)
    }

    fn by_the_row_above(&mut self) -> Result<Changes, TiffError> {
        let (mut changes, mut at, mut is_black) = (Changes::new(), 0, false);
        let mut is_start = true;
        while at < self.width {
            let (first, second) = self.changes_above(at, is_black, is_start);
            match mode::decode(&mut self.reader).ok_or(BROKEN)? {
                Mode::Pass => at = second,
                Mode::Vertical(delta) => {
                    at = first.checked_add_signed(delta.into()).ok_or(BROKEN)?;
                    self.change(&mut changes, at)?;
                    is_black = !is_black;
                }
                Mode::Horizontal => {
                    for is_black in [is_black, !is_black] {
                        at += self.run(is_black)?;
                        self.change(&mut changes, at)?;
                    }
                }
                // The end of the block: rows that are left out are white.
                Mode::EOF if is_start => return Ok(changes),
                Mode::EOF | Mode::Extension => return Err(BROKEN),
            }
            is_start = false;
        }
        Ok(changes)
    }

    /// The changes above that count (b1 and b2): the first to the other colour behind this place, and the next.
    fn changes_above(&self, at: u32, is_black: bool, is_start: bool) -> (u32, u32) {
        let is_behind = |change: u32| change > at || is_start;
        let mut places = (usize::from(is_black)..self.above.len()).step_by(2);
        let place = places.find(|place| is_behind(self.above[*place]));
        let change = |place: Option<usize>| {
            let change = place.and_then(|place| self.above.get(place));
            change.copied().unwrap_or(self.width)
        };
        (change(place), change(place.map(|place| place + 1)))
    }

    /// Adds a change, which lies in the row and not before the last one.
    fn change(&self, changes: &mut Changes, at: u32) -> Result<(), TiffError> {
        if at > self.width || changes.last().is_some_and(|last| at < *last) {
            return Err(BROKEN);
        }
        changes.push(at);
        Ok(())
    }
}
