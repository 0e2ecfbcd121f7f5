//! Which encoding a CSV is written in, and reading it as UTF-8.
//!
//! A byte order mark says it. Without one it is UTF-8 if all of the file is; if not, it is
//! Windows-1252, which is what spreadsheets write in Western Europe and America, and what browsers
//! take Latin-1 for ([WHATWG Encoding](https://encoding.spec.whatwg.org/#names-and-labels)). Text that
//! is mostly of one encoding and in places not is damaged: reading it would show wrong characters.

mod check;

use std::io::{Chain, Read};

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use encoding_rs_io::{DecodeReaderBytes, DecodeReaderBytesBuilder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::records::MAX_ROW_BYTES;
use check::Check;

/// How much of the beginning is kept for a look at the header: more than the longest row.
const BEGINNING: usize = 2 * MAX_ROW_BYTES;

/// How the text is encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Encoding {
    /// UTF-8.
    #[default]
    #[serde(rename = "UTF-8")]
    Utf8,
    /// UTF-8 behind a byte order mark.
    #[serde(rename = "UTF-8 with BOM")]
    Utf8Bom,
    /// UTF-16, little-endian, behind a byte order mark.
    #[serde(rename = "UTF-16LE")]
    Utf16Le,
    /// UTF-16, big-endian, behind a byte order mark.
    #[serde(rename = "UTF-16BE")]
    Utf16Be,
    /// Windows-1252, which Latin-1 is a part of.
    #[serde(rename = "Windows-1252")]
    Windows1252,
}

/// The beginning of a file, and what its whole told.
#[derive(Debug)]
pub struct Look {
    /// How it is encoded.
    pub encoding: Encoding,
    /// Its first bytes, as they are.
    pub beginning: Vec<u8>,
    /// It is a sheet of a workbook, as CSV.
    pub of_workbook: bool,
    /// Where it is damaged.
    pub(super) fault: Option<EncodingFault>,
}

/// A character that is none in the encoding of all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {line} has a character that is not {name}, as the others are; save the file as CSV in UTF-8"
)]
pub struct EncodingFault {
    /// The line of the first.
    line: u64,
    /// The others' encoding.
    name: &'static str,
}

impl Look {
    /// Reads all of a file.
    ///
    /// # Errors
    /// When the source fails.
    pub fn at(source: impl Read) -> std::io::Result<Self> {
        let mut looking = Looking::begin(source)?;
        std::io::copy(&mut looking, &mut std::io::sink())?;
        Ok(looking.so_far())
    }

    /// Whether a CSV is read alike by either.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        (self.encoding, self.fault) == (other.encoding, other.fault)
    }

    /// Whether there is more than the beginning.
    pub(super) fn is_cut(&self) -> bool {
        self.beginning.len() == BEGINNING
    }
}

/// A file being looked at while it is read: what is read from here is behind its beginning.
#[derive(Debug)]
pub struct Looking<R> {
    source: R,
    beginning: Vec<u8>,
    check: Check,
}

impl<R: Read> Looking<R> {
    /// Reads the beginning.
    ///
    /// # Errors
    /// When the source fails.
    pub fn begin(mut source: R) -> std::io::Result<Self> {
        let mut beginning = Vec::new();
        let mut start = source.by_ref().take(BEGINNING as u64);
        start.read_to_end(&mut beginning)?;
        let mut check = Check::of(&beginning);
        check.add(&beginning);
        Ok(Self {
            source,
            beginning,
            check,
        })
    }

    /// What was found up to where it was read.
    #[must_use]
    pub fn so_far(&self) -> Look {
        let line = self.check.fault();
        let (encoding, line) = match self.beginning.as_slice() {
            [0xff, 0xfe, ..] => (Encoding::Utf16Le, line),
            [0xfe, 0xff, ..] => (Encoding::Utf16Be, line),
            [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8Bom, line),
            _ if line.is_none() || self.check.is_mostly_valid() => (Encoding::Utf8, line),
            _ => (Encoding::Windows1252, None),
        };
        let name = encoding.charset_name();
        Look {
            encoding,
            beginning: self.beginning.clone(),
            of_workbook: false,
            fault: line.map(|line| EncodingFault { line, name }),
        }
    }
}

impl<R> Looking<R> {
    /// What it was read from.
    #[must_use]
    pub fn into_source(self) -> R {
        self.source
    }
}

impl<R: Read> Read for Looking<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.source.read(buffer)?;
        self.check.add(&buffer[..read]);
        Ok(read)
    }
}

impl Encoding {
    /// Reads text of this encoding as UTF-8, without its byte order mark.
    pub fn decode<R: Read>(self, source: R) -> Decoded<R> {
        let mut decoder = self.decoder();
        decoder.strip_bom(true).build(b"".chain(source))
    }

    /// Reads on in text of this encoding, from somewhere behind its beginning: what looks like a byte order mark is
    /// text there.
    pub fn decode_rest<R: Read>(self, source: R) -> Decoded<R> {
        // The decoder takes away one such mark in any case.
        let mark: &[u8] = match self {
            Self::Utf8 => Self::Utf8Bom.byte_order_mark(),
            other => other.byte_order_mark(),
        };
        self.decoder().build(mark.chain(source))
    }

    fn decoder(self) -> DecodeReaderBytesBuilder {
        let encoding = match self {
            Self::Utf8 | Self::Utf8Bom => UTF_8,
            Self::Utf16Le => UTF_16LE,
            Self::Utf16Be => UTF_16BE,
            Self::Windows1252 => WINDOWS_1252,
        };
        let mut decoder = DecodeReaderBytesBuilder::new();
        decoder.encoding(Some(encoding));
        decoder
    }

    /// The bytes in the file of text that was read from it without a fault, and is UTF-8 now.
    pub(super) fn bytes_of(self, text: &[u8]) -> u64 {
        let count = |is: fn(u8) -> bool| text.iter().filter(|byte| is(**byte)).count();
        let characters = || count(|byte| byte & 0xc0 != 0x80);
        // Characters of four bytes are two units of UTF-16.
        let pairs = || count(|byte| byte >= 0xf0);
        let bytes = match self {
            Self::Utf8 | Self::Utf8Bom => text.len(),
            Self::Utf16Le | Self::Utf16Be => 2 * (characters() + pairs()),
            Self::Windows1252 => characters(),
        };
        bytes as u64
    }

    /// Its name in a content type.
    #[must_use]
    pub fn charset(self) -> &'static str {
        match self {
            Self::Utf8 | Self::Utf8Bom => "utf-8",
            Self::Utf16Le => "utf-16le",
            Self::Utf16Be => "utf-16be",
            Self::Windows1252 => "windows-1252",
        }
    }

    /// What is to be said of a text for which it was chosen.
    pub(super) fn note(self) -> Option<&'static str> {
        (self == Self::Windows1252).then_some(
            "The file is not UTF-8 and is read as Windows-1252: if letters of the names are wrong, save \
             it as CSV in UTF-8.",
        )
    }

    /// Its name, whatever stands in front.
    fn charset_name(self) -> &'static str {
        match self {
            Self::Utf8 | Self::Utf8Bom => "UTF-8",
            Self::Utf16Le | Self::Utf16Be => "UTF-16",
            Self::Windows1252 => "Windows-1252",
        }
    }

    /// What stands in front of the text.
    #[must_use]
    pub fn byte_order_mark(self) -> &'static [u8] {
        match self {
            Self::Utf8 | Self::Windows1252 => b"",
            Self::Utf8Bom => b"\xef\xbb\xbf",
            Self::Utf16Le => b"\xff\xfe",
            Self::Utf16Be => b"\xfe\xff",
        }
    }

    /// Text that was read from this encoding, or is ASCII, in it again.
    #[must_use]
    pub fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 | Self::Utf8Bom => text.as_bytes().to_vec(),
            Self::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Utf16Be => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            Self::Windows1252 => WINDOWS_1252.encode(text).0.into_owned(),
        }
    }
}

/// A source read as UTF-8.
pub type Decoded<R> = DecodeReaderBytes<Chain<&'static [u8], R>, Vec<u8>>;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (Encoding, String) {
        let look = Look::at(bytes).unwrap();
        let mut text = String::new();
        look.encoding
            .decode(bytes)
            .read_to_string(&mut text)
            .unwrap();
        let again = [
            look.encoding.byte_order_mark(),
            &look.encoding.encode(&text),
        ]
        .concat();
        assert_eq!(again, bytes, "{look:?}");
        (look.encoding, text)
    }

    #[test]
    fn every_encoding_is_told_read_and_written_again() {
        let text = "Größe,\u{1f600}";
        let utf16 =
            |bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<_>>();
        let with = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        for (bytes, encoding) in [
            (text.as_bytes().to_vec(), Encoding::Utf8),
            (with(b"\xef\xbb\xbf", text.as_bytes()), Encoding::Utf8Bom),
            (
                with(b"\xff\xfe", &utf16(u16::to_le_bytes)),
                Encoding::Utf16Le,
            ),
            (
                with(b"\xfe\xff", &utf16(u16::to_be_bytes)),
                Encoding::Utf16Be,
            ),
        ] {
            assert_eq!(read(&bytes), (encoding, text.to_owned()));
        }
        let windows = b"Gr\xf6\xdfe \x80 5, \x81";
        assert_eq!(
            read(windows),
            (Encoding::Windows1252, "Größe € 5, \u{81}".to_owned())
        );
    }

    #[test]
    fn text_that_is_damaged_says_where() {
        let fault = |bytes: &[u8]| {
            Look::at(bytes)
                .unwrap()
                .fault
                .map(|fault| fault.to_string())
        };
        let said = |line, name| {
            Some(format!(
                "line {line} has a character that is not {name}, as the others are; save the file as \
                 CSV in UTF-8"
            ))
        };
        assert_eq!(fault("ä\nö\nü".as_bytes()), None);
        assert_eq!(fault(b"\xc3\xa4\n\xc3\xb6\n\xfc,"), said(3, "UTF-8"));
        assert_eq!(fault(b"\xc3\xa4,\xc3\xb6\r\xc3"), said(2, "UTF-8"));
        assert_eq!(fault(b"\xef\xbb\xbfa\n\xfc"), said(2, "UTF-8"));
        assert_eq!(fault(b"\xfc,\xfc"), None);
        assert_eq!(fault(b"\xff\xfea\0\n\0\x00\xd8b\0"), said(2, "UTF-16"));
        assert_eq!(fault(b"\xfe\xff\0a\0"), said(1, "UTF-16"));
        assert_eq!(fault(b"\xfe\xff\xd8\x3d\xde\x00"), None);
    }

    #[test]
    fn one_wrong_byte_far_behind_is_seen() {
        let look = |text: &str| {
            let bytes = [text.repeat(100_000).as_bytes(), b"\xe4"].concat();
            let look = Look::at(&bytes[..]).unwrap();
            (look.encoding, look.fault.map(|fault| fault.line))
        };
        assert_eq!(look("a,\n"), (Encoding::Windows1252, None));
        assert_eq!(look("ä,\n"), (Encoding::Utf8, Some(100_001)));
    }
}
