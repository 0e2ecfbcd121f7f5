//! Whether data is one picture of AV1 ([the bitstream](https://aomediacodec.github.io/av1-spec/), 5.3): a sequence
//! header and one frame. A film costs more than a picture may, and is not what is shown.

const SEQUENCE_HEADER: u8 = 1;
const TEMPORAL_DELIMITER: u8 = 2;
const METADATA: u8 = 5;
const FRAME: u8 = 6;
const PADDING: u8 = 15;

/// Whether there is a sequence header, then a frame, and nothing else that counts.
pub fn is_one_picture(mut data: &[u8]) -> bool {
    let mut kinds = Vec::new();
    while !data.is_empty() {
        let Some((kind, rest)) = unit(data) else {
            return false;
        };
        data = rest;
        match kind {
            SEQUENCE_HEADER | FRAME => kinds.push(kind),
            TEMPORAL_DELIMITER | METADATA | PADDING => {}
            _ => return false,
        }
    }
    kinds == [SEQUENCE_HEADER, FRAME]
}

/// The kind of the first unit, and what is behind it.
fn unit(data: &[u8]) -> Option<(u8, &[u8])> {
    let (header, rest) = data.split_first()?;
    let has = |bit: u8| header >> bit & 1 == 1;
    let rest = rest.get(usize::from(has(2))..)?;
    let (length, rest) = match has(1) {
        true => leb128(rest)?,
        false => (rest.len(), rest),
    };
    // The first and the last bit are always zero.
    (header & 0x81 == 0).then_some((header >> 3 & 15, rest.get(length..)?))
}

/// A number in groups of seven bits, the lowest first.
fn leb128(data: &[u8]) -> Option<(usize, &[u8])> {
    let last = data.iter().take(8).position(|byte| byte & 0x80 == 0)?;
    let (number, rest) = data.split_at(last + 1);
    let add = |sum: u64, byte: &u8| sum << 7 | u64::from(byte & 0x7f);
    let number = number.iter().rev().fold(0, add);
    Some((usize::try_from(number).ok()?, rest))
}
