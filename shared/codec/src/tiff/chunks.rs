//! Strips and tiles: how large they are, and where.

use super::directory::{Directory, to_usize};
use super::error::TiffError;
use super::tag;

/// How many times as many pixels as the picture a tile may have: memory is reserved for the picture.
const TILE_PER_PICTURE: u64 = 4;

/// A tile of so many pixels is none too large for any picture.
const SMALL_TILE: u64 = 1 << 18;

type Chunks<'a> = ((u32, u32), Vec<&'a [u8]>);

/// Strips or tiles, of which each plane has as many.
pub fn chunks<'a>(
    directory: &Directory<'a>,
    (width, height): (u32, u32),
    planes: usize,
) -> Result<Chunks<'a>, TiffError> {
    let number = |tag| directory.number(tag);
    let (chunk, offsets, lengths) = match (number(tag::TILE_WIDTH), number(tag::TILE_HEIGHT)) {
        (Some(_), Some(_)) => {
            let tile = (
                directory.side(tag::TILE_WIDTH)?,
                directory.side(tag::TILE_HEIGHT)?,
            );
            // Some writers have the places of tiles where those of strips belong.
            let either = |tile, strip| number(tile).map_or(strip, |_| tile);
            let offsets = either(tag::TILE_OFFSETS, tag::STRIP_OFFSETS);
            (tile, offsets, either(tag::TILE_BYTES, tag::STRIP_BYTES))
        }
        _ => {
            let rows = number(tag::ROWS_PER_STRIP).unwrap_or(u64::from(height));
            let rows = rows.clamp(1, u64::from(height));
            let rows = u32::try_from(rows).unwrap_or(height);
            ((width, rows), tag::STRIP_OFFSETS, tag::STRIP_BYTES)
        }
    };
    let pixels = |(width, height): (u32, u32)| u64::from(width) * u64::from(height);
    let most = TILE_PER_PICTURE.saturating_mul(pixels((width, height)));
    if pixels(chunk) > SMALL_TILE.max(most) {
        return Err(TiffError::Damaged(
            "a tile many times larger than the picture",
        ));
    }
    let across = u64::from(width.div_ceil(chunk.0));
    let count = across.checked_mul(height.div_ceil(chunk.1).into());
    let count = count.and_then(|count| to_usize(count).checked_mul(planes));
    let chunks = count
        .and_then(|count| slices(directory, offsets, lengths, count))
        .ok_or(TiffError::Damaged("strips or tiles are missing or cut off"))?;
    Ok((chunk, chunks))
}

/// The bytes of strips or tiles. Where their lengths are not said, each goes up to the end of the file.
fn slices<'a>(
    directory: &Directory<'a>,
    offsets: u16,
    lengths: u16,
    count: usize,
) -> Option<Vec<&'a [u8]>> {
    let bytes = directory.bytes();
    let offsets = directory.numbers(offsets)?;
    let lengths = directory.numbers(lengths).unwrap_or_default();
    let slice = |index: usize| {
        let rest = bytes.get(usize::try_from(*offsets.get(index)?).ok()?..)?;
        match lengths.get(index) {
            // Some writers count one row less, or more than there is: what is missing is found missing later.
            Some(length) => rest.get(..to_usize(*length).min(rest.len())),
            None if lengths.is_empty() => Some(rest),
            None => None,
        }
    };
    if count > offsets.len() {
        return None;
    }
    (0..count).map(slice).collect()
}
