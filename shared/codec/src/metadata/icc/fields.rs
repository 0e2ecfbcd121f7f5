//! The numbers of a profile, which are stored with the highest byte first.

pub fn short(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|field| u16::from_be_bytes(*field))
}

pub fn long(bytes: &[u8], at: usize) -> Option<usize> {
    let field = bytes.get(at..)?.first_chunk()?;
    usize::try_from(u32::from_be_bytes(*field)).ok()
}

/// A signed number with 16 bits behind the point.
pub fn fixed(bytes: &[u8], at: usize) -> Option<f64> {
    let field = bytes.get(at..)?.first_chunk()?;
    Some(f64::from(i32::from_be_bytes(*field)) / 65536.0)
}
