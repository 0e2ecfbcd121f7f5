//! Makes every line end in a line feed, the last one too.
//!
//! The `csv` crate counts line feeds, but not the one of a CRLF until the next record is read,
//! nor blank lines in front of a record. With plain line feeds throughout, the line a record
//! starts on follows from the line it ends on.

use std::io::{self, Read};

/// A source whose CRLF and CR are LF, and that ends in LF.
pub(super) struct Newlines<R> {
    source: R,
    after_carriage_return: bool,
    ended: bool,
}

impl<R: Read> Newlines<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            after_carriage_return: false,
            ended: false,
        }
    }

    /// Rewrites what was read in place; how much of it is left.
    fn rewrite(&mut self, bytes: &mut [u8]) -> usize {
        let mut kept = 0;
        for at in 0..bytes.len() {
            let byte = bytes[at];
            let second_half = byte == b'\n' && self.after_carriage_return;
            self.after_carriage_return = byte == b'\r';
            if !second_half {
                bytes[kept] = if byte == b'\r' { b'\n' } else { byte };
                kept += 1;
            }
        }
        kept
    }
}

impl<R: Read> Read for Newlines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.ended && !buffer.is_empty() {
            let read = self.source.read(buffer)?;
            if read == 0 {
                self.ended = true;
                buffer[0] = b'\n';
                return Ok(1);
            }
            let kept = self.rewrite(&mut buffer[..read]);
            // Zero would mean the end.
            if kept > 0 {
                return Ok(kept);
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one byte at a time, so that a CRLF is split.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let one = buffer.len().min(1);
            self.0.read(&mut buffer[..one])
        }
    }

    #[test]
    fn every_newline_becomes_a_line_feed() {
        for text in ["a\r\nb\rc\n\r\n\nd", "a\nb\nc\n\n\nd"] {
            for trickle in [false, true] {
                let mut out = String::new();
                let read = if trickle {
                    Newlines::new(Trickle(text.as_bytes())).read_to_string(&mut out)
                } else {
                    Newlines::new(text.as_bytes()).read_to_string(&mut out)
                };
                assert_eq!((read.unwrap(), out.as_str()), (10, "a\nb\nc\n\n\nd\n"));
            }
        }
    }
}
