//! Writes a baseline JPEG: marker segments (T.81 annex B) and entropy-coded data (T.81 F.1).

use super::frame::Frame;
use super::huffman::HuffmanSpec;
use super::marker::code;
use super::metadata::{Color, icc_payloads};
use super::optimize::optimal_table;
use super::tables::Steps;
use super::tokens::{Scan, Token};

/// What stands before the entropy-coded data, but for the Huffman tables.
#[derive(Debug)]
pub struct Picture<'a> {
    /// The frame; `quantization` of its components is an index in `tables`.
    pub frame: &'a Frame,
    /// Quantization tables.
    pub tables: &'a [Steps],
    /// Each component's class: which Huffman tables it uses.
    pub classes: &'a [u32],
    /// How components make colours.
    pub color: Color,
    /// A profile that readers need for the right colours.
    pub icc_profile: Option<&'a [u8]>,
}

/// Writes the file.
pub fn write(picture: &Picture<'_>, scans: &[Scan]) -> Vec<u8> {
    let tokens = scans
        .iter()
        .map(|scan| scan.tokens.as_slice().len())
        .sum::<usize>();
    let mut out = Vec::with_capacity(tokens + 1024);
    out.extend_from_slice(&[0xff, code::SOI]);
    write_color(picture, &mut out);
    for (index, steps) in (0..).zip(picture.tables) {
        segment(&mut out, code::DQT, &quantization_table(index, steps));
    }
    let extended = picture.tables.iter().flatten().any(|&step| step > 255);
    let sof = if extended { code::SOF1 } else { code::SOF0 };
    segment(&mut out, sof, &frame_header(picture.frame));
    let tables = write_huffman_tables(&mut out, scans);
    for Scan { components, tokens } in scans {
        segment(&mut out, code::SOS, &scan_header(picture, components));
        write_tokens(&mut out, tokens.as_slice(), &tables);
    }
    out.extend_from_slice(&[0xff, code::EOI]);
    out
}

/// Appends a marker segment.
pub fn segment(out: &mut Vec<u8>, marker: u8, payload: &[u8]) {
    out.extend_from_slice(&[0xff, marker]);
    out.extend_from_slice(&(payload.len() as u16 + 2).to_be_bytes());
    out.extend_from_slice(payload);
}

/// The payload of a JFIF segment: version 1.01, square pixels, no thumbnail.
pub const JFIF: &[u8] = b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0";

/// JFIF stands for gray and YCbCr, an Adobe segment for RGB.
fn write_color(picture: &Picture<'_>, out: &mut Vec<u8>) {
    match picture.color {
        Color::Rgb => segment(out, code::APP14, b"Adobe\0\x64\0\0\0\0\0"),
        _ => segment(out, code::APP0, JFIF),
    }
    for payload in picture.icc_profile.map(icc_payloads).unwrap_or_default() {
        segment(out, code::APP2, &payload);
    }
}

fn quantization_table(index: u8, steps: &Steps) -> Vec<u8> {
    match steps.iter().all(|&step| step < 256) {
        true => std::iter::once(index)
            .chain(steps.iter().map(|&step| step as u8))
            .collect(),
        false => std::iter::once(0x10 | index)
            .chain(steps.iter().flat_map(|step| step.to_be_bytes()))
            .collect(),
    }
}

fn frame_header(frame: &Frame) -> Vec<u8> {
    let mut payload = vec![8];
    payload.extend_from_slice(&(frame.height as u16).to_be_bytes());
    payload.extend_from_slice(&(frame.width as u16).to_be_bytes());
    payload.push(frame.components.len() as u8);
    for component in &frame.components {
        let factors = component.h << 4 | component.v;
        payload.extend([component.id, factors as u8, component.quantization as u8]);
    }
    payload
}

fn scan_header(picture: &Picture<'_>, components: &[usize]) -> Vec<u8> {
    let mut payload = vec![components.len() as u8];
    for &index in components {
        let class = picture.classes[index] as u8;
        payload.extend([picture.frame.components[index].id, class << 4 | class]);
    }
    payload.extend([0, 63, 0]);
    payload
}

/// By [`Token::index`]: the code, shifted to make room for the value bits, above the length of
/// both in the low 8 bits.
type Codes = [u64; 1024];

/// Makes the tables that the tokens need and writes them in one DHT segment.
fn write_huffman_tables(out: &mut Vec<u8>, scans: &[Scan]) -> Box<Codes> {
    let mut counts = Box::new([0_u32; 1024]);
    for scan in scans {
        counts
            .iter_mut()
            .zip(scan.tokens.counts().iter())
            .for_each(|(sum, count)| *sum += count);
    }
    let (mut codes, mut payload) = (Box::new([0; 1024]), Vec::new());
    for (table, counts) in counts.as_chunks::<256>().0.iter().enumerate() {
        let spec = optimal_table(counts);
        if !spec.symbols.is_empty() {
            payload.push((table as u8 & 1) << 4 | table as u8 >> 1);
            payload.extend_from_slice(&spec.counts);
            payload.extend_from_slice(&spec.symbols);
            fill_codes(&mut codes, table, &spec);
        }
    }
    segment(out, code::DHT, &payload);
    codes
}

fn fill_codes(codes: &mut Codes, table: usize, spec: &HuffmanSpec) {
    for (symbol, code, length) in spec.codes() {
        let value_bits = u32::from(symbol & 15); // DC symbols are under 16: the same holds
        let entry = u64::from(code) << value_bits << 8 | u64::from(length + value_bits);
        codes[table << 8 | usize::from(symbol)] = entry;
    }
}

/// Writes codes and value bits with byte stuffing, and ones to fill the last byte.
fn write_tokens(out: &mut Vec<u8>, tokens: &[Token], codes: &Codes) {
    let (mut window, mut used) = (0_u64, 0);
    for chunk in tokens.chunks(1024) {
        out.reserve(chunk.len() * 8);
        for token in chunk {
            let entry = codes[token.index()];
            let length = entry as u8;
            window = window << length | entry >> 8 | token.bits();
            used += u32::from(length);
            if used >= 32 {
                used -= 32;
                write_word(out, (window >> used) as u32);
            }
        }
    }
    let padding = used.next_multiple_of(8) - used;
    window = window << padding | ((1 << padding) - 1);
    for byte in (0..used + padding).step_by(8).rev() {
        write_stuffed(out, &[(window >> byte) as u8]);
    }
}

#[inline(always)]
fn write_word(out: &mut Vec<u8>, word: u32) {
    let ones = !word; // has a zero byte where `word` has 0xff: the usual test for zero bytes
    if ones.wrapping_sub(0x0101_0101) & word & 0x8080_8080 == 0 {
        out.extend_from_slice(&word.to_be_bytes());
    } else {
        write_stuffed(out, &word.to_be_bytes());
    }
}

#[cold]
fn write_stuffed(out: &mut Vec<u8>, bytes: &[u8]) {
    for &byte in bytes {
        out.push(byte);
        if byte == 0xff {
            out.push(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::bits::EntropyData;
    use super::super::coefficients::Block;
    use super::super::huffman::HuffmanTable;
    use super::super::tokens::Tokens;
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let (mut tokens, mut out) = (Tokens::new(), Vec::new());
        let levels = |i: i16| [(i * 37) % 700, i % 3 - 1, 1023 - i];
        let mut prediction = 0;
        for i in 0..200 {
            let mut block = Block::ZERO;
            let [dc, low, high] = levels(i);
            block.set(0, dc);
            block.set(3, low);
            block.set(40, high);
            tokens.push(&block, 0, prediction);
            prediction = dc;
        }
        let scan = Scan {
            components: vec![0],
            tokens,
        };
        let codes = write_huffman_tables(&mut out, std::slice::from_ref(&scan));
        let tokens = scan.tokens;
        let start = out.len();
        write_tokens(&mut out, tokens.as_slice(), &codes);
        let data = EntropyData::new(&out[start..]);
        assert_eq!(data.source_len, out.len() - start, "no marker inside");
        let counts = tokens.counts();
        let (tables, _) = counts.as_chunks::<256>();
        let [dc, ac] = [0, 1].map(|table| HuffmanTable::new(&optimal_table(&tables[table]), 11));
        let (mut reader, mut sum) = (data.reader(0).expect("data"), 0);
        for i in 0..200 {
            let mut next = |table: &HuffmanTable| {
                reader.refill();
                table.decode(&mut reader).expect("a code")
            };
            sum += next(&dc).value;
            let [expected, low, high] = levels(i).map(i32::from);
            assert_eq!(sum, expected, "block {i}");
            if low != 0 {
                assert_eq!((next(&ac).value, i), (low, i));
            }
            while {
                let symbol = next(&ac);
                assert!(symbol.size > 0 || symbol.run == 15);
                symbol.size == 0 || symbol.value != high
            } {}
            assert_eq!(next(&ac).size, 0);
        }
        assert!((0..8).contains(&reader.unread_bits()));
    }
}
