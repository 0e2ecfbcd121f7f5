//! A strip or tile, from its compressed bytes to as many as it must have.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::ZlibDecoder;
use weezl::BitOrder;
use weezl::decode::Decoder;

use super::error::TiffError;
use super::fax;
use super::layout::{Compression, Layout};

/// The rows of a strip or tile, of `row` bytes each; what is behind them is passed over.
pub fn rows(
    layout: &Layout<'_>,
    chunk: &[u8],
    row: usize,
    rows: usize,
) -> Result<Vec<u8>, TiffError> {
    let chunk = &*match layout.lowest_bit_first {
        true => Cow::Owned(chunk.iter().map(|byte| byte.reverse_bits()).collect()),
        false => Cow::Borrowed(chunk),
    };
    let length = row * rows;
    let width = layout.chunk.0;
    match layout.compression {
        Compression::None => Ok(chunk.get(..length).ok_or(TiffError::TOO_SHORT)?.to_vec()),
        Compression::Lzw => lzw(chunk, length),
        Compression::Deflate => inflate(chunk, length),
        Compression::PackBits => pack_bits(chunk, length).ok_or(TiffError::TOO_SHORT),
        Compression::FaxRows => fax::rows(chunk, width, rows, fax::Kind::Rows),
        Compression::Group3 { two_dimensional } => {
            fax::rows(chunk, width, rows, fax::Kind::Group3 { two_dimensional })
        }
        Compression::Group4 => fax::rows(chunk, width, rows, fax::Kind::Group4),
        Compression::Jpeg | Compression::WebP => Err(TiffError::Damaged("no rows of bytes")),
    }
}

/// LZW (TIFF 6.0, section 13): the highest bit first or, in files of before 1990, the lowest.
fn lzw(chunk: &[u8], length: usize) -> Result<Vec<u8>, TiffError> {
    let is_old = matches!(chunk, [0, second, ..] if second & 1 == 1);
    let mut decoder = match is_old {
        true => Decoder::new(BitOrder::Lsb, 8),
        false => Decoder::with_tiff_size_switch(BitOrder::Msb, 8),
    };
    let (mut rows, mut chunk, mut done) = (vec![0; length], chunk, 0);
    while done < length {
        let result = decoder.decode_bytes(chunk, &mut rows[done..]);
        chunk = &chunk[result.consumed_in..];
        done += result.consumed_out;
        let stuck = result.consumed_in == 0 && result.consumed_out == 0;
        match result.status {
            Err(_) => return Err(TiffError::Damaged("LZW data is broken")),
            Ok(_) if stuck => return Err(TiffError::TOO_SHORT),
            Ok(_) => {}
        }
    }
    Ok(rows)
}

fn inflate(chunk: &[u8], length: usize) -> Result<Vec<u8>, TiffError> {
    let mut rows = vec![0; length];
    let read = ZlibDecoder::new(chunk).read_exact(&mut rows);
    read.map_err(|_| TiffError::Damaged("deflated data is broken or ends too early"))?;
    Ok(rows)
}

/// Runs of bytes (TIFF 6.0, section 9).
fn pack_bits(mut chunk: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut rows = Vec::with_capacity(length);
    while rows.len() < length {
        let (head, rest) = chunk.split_first()?;
        chunk = match *head {
            count @ 0..=127 => {
                let (copied, rest) = rest.split_at_checked(usize::from(count) + 1)?;
                rows.extend_from_slice(copied);
                rest
            }
            128 => rest,
            count => {
                let (byte, rest) = rest.split_first()?;
                rows.resize(rows.len() + 257 - usize::from(count), *byte);
                rest
            }
        };
    }
    rows.truncate(length);
    Some(rows)
}
