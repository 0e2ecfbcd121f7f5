//! The chunks of a PNG file: which of them make the picture and which only talk about it.

use std::borrow::Cow;

use crate::error::ImageError;
use crate::metadata::orientation::Orientation;
use crate::picture::Format;

/// The first bytes of every PNG file.
pub const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";

/// Length, type and checksum.
const FRAME_BYTES: usize = 12;

/// The last chunk of every PNG file.
const END: [u8; FRAME_BYTES] = *b"\0\0\0\0IEND\xae\x42\x60\x82";

/// What an animation has beside its still picture.
const ANIMATION: [&[u8; 4]; 3] = [b"acTL", b"fcTL", b"fdAT"];

/// What must stay: the picture, its transparency, its animation.
const PICTURE: [&[u8; 4]; 8] = [
    b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT",
];

/// What says how the samples are to be seen ([PNG, 11.3.2](https://www.w3.org/TR/png-3/#11addnlcolinfo)); the
/// `iCCP` chunk is judged by its content.
const COLOUR: [&[u8; 4]; 5] = [b"cICP", b"mDCV", b"cLLI", b"gAMA", b"cHRM"];

/// `gAMA` and `cHRM` as they accompany `sRGB` ([PNG, 11.3.2.5](https://www.w3.org/TR/png-3/#11sRGB)).
const SRGB_GAMMA: [u8; 4] = 45_455u32.to_be_bytes();
const SRGB_CHROMATICITIES: [u32; 8] = [
    31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6_000,
];

/// One chunk.
#[derive(Debug, Clone, Copy)]
pub struct Chunk<'a> {
    pub kind: &'a [u8; 4],
    pub data: &'a [u8],
    /// The chunk with its length, type and checksum.
    pub whole: &'a [u8],
}

/// Takes a file apart, up to its end chunk or, where that is missing, up to a chunk behind picture data that is cut off,
/// or the end of the file. Checksums are left to the decoder.
pub fn parse(bytes: &[u8]) -> Result<Vec<Chunk<'_>>, ImageError> {
    let mut rest = bytes.get(SIGNATURE.len()..).unwrap_or_default();
    let mut chunks = Vec::new();
    while let Some(chunk) = first(rest) {
        rest = &rest[chunk.whole.len()..];
        // The decoder takes such a palette and panics at its last entry.
        if chunk.kind == b"PLTE" && !chunk.data.len().is_multiple_of(3) {
            return Err(ImageError::damaged(
                Format::Png,
                "a palette whose last entry is cut off",
            ));
        }
        chunks.push(chunk);
        if chunk.kind == b"IEND" {
            return Ok(chunks);
        }
    }
    // Whether the picture is whole without the chunk that is cut off is for the decoder to find out.
    let has_data = chunks.iter().any(|chunk| chunk.kind == b"IDAT");
    match has_data || END.starts_with(rest) {
        true => Ok(chunks),
        false => Err(ImageError::damaged(
            Format::Png,
            "the file ends inside a chunk",
        )),
    }
}

/// The file with an end chunk, and without its animation if that is of one frame, which is the still picture, or
/// broken: by a header that is not where it belongs, or promises more frames than there are, by frames without data or
/// out of turn. A gray that is transparent has no more bits than others.
///
/// # Errors
/// For a file that ends inside a chunk, and for an animation without an end chunk: frames may be missing.
pub fn whole(bytes: &[u8]) -> Result<Cow<'_, [u8]>, ImageError> {
    let mut chunks = parse(bytes)?;
    let has_end = chunks.last().is_some_and(|chunk| chunk.kind == b"IEND");
    let animated = is_animated(&chunks);
    if animated && !has_end {
        let what = "an animation that ends before its end chunk";
        return Err(ImageError::damaged(Format::Png, what));
    }
    let is_still = animated && !moves(&chunks);
    let key = masked_key(&chunks);
    if has_end && !is_still && key.is_none() {
        return Ok(Cow::Borrowed(bytes));
    }
    if is_still {
        chunks.retain(|chunk| !ANIMATION.contains(&chunk.kind));
    }
    let wholes = chunks.iter().map(|chunk| match (&key, chunk.kind) {
        (Some(key), b"tRNS") => key,
        _ => chunk.whole,
    });
    let end: &[u8] = if has_end { &[] } else { &END };
    let parts: Vec<&[u8]> = [&SIGNATURE[..]]
        .into_iter()
        .chain(wholes)
        .chain([end])
        .collect();
    Ok(Cow::Owned(parts.concat()))
}

/// The transparent gray of a picture of fewer than 8 bits, as a chunk, if it has bits that do not count
/// ([PNG, 11.3.1.1](https://www.w3.org/TR/png-3/#11tRNS)): the decoder does not know that.
fn masked_key(chunks: &[Chunk<'_>]) -> Option<Vec<u8>> {
    const GRAY: u8 = 0;
    let header = chunks.first().filter(|chunk| chunk.kind == b"IHDR")?;
    let (&[.., depth @ 1..=4, GRAY], _) = header.data.split_first_chunk::<10>()? else {
        return None;
    };
    let key = chunks.iter().find(|chunk| chunk.kind == b"tRNS")?;
    let &[high, low] = key.data else {
        return None;
    };
    let masked = [0, low & ((1 << depth) - 1)];
    let mut chunk = Vec::new();
    append(&mut chunk, b"tRNS", &masked);
    (masked != [high, low]).then_some(chunk)
}

/// Whether an animation shows all the frames that its header promises, and something else than its still picture.
fn moves(chunks: &[Chunk<'_>]) -> bool {
    let place = |kind| chunks.iter().position(|chunk| chunk.kind == kind);
    let headers = chunks.iter().filter(|chunk| chunk.kind == b"acTL");
    let promised = headers
        .clone()
        .next()
        .and_then(|header| header.data.first_chunk());
    let promised = promised.map_or(0, |frames| u32::from_be_bytes(*frames));
    let still_apart = place(b"fcTL") > place(b"IDAT");
    headers.count() == 1
        && place(b"acTL") < place(b"IDAT")
        && u64::from(promised) <= frames(chunks)
        && is_in_sequence(chunks)
        && (promised > 1 || promised == 1 && still_apart)
}

/// Whether frames and their data are numbered one after the other, and each frame has data
/// ([PNG, 11.3.6](https://www.w3.org/TR/png-3/#apng-frame-based-animation)).
fn is_in_sequence(chunks: &[Chunk<'_>]) -> bool {
    let (mut next, mut lacks_data) = (0_u32, false);
    for chunk in chunks {
        let is_numbered = matches!(chunk.kind, b"fcTL" | b"fdAT");
        let number = chunk
            .data
            .first_chunk()
            .map(|number| u32::from_be_bytes(*number));
        if is_numbered && number != Some(next) || lacks_data && chunk.kind == b"fcTL" {
            return false;
        }
        next += u32::from(is_numbered);
        lacks_data = match chunk.kind {
            b"fcTL" => true,
            b"fdAT" | b"IDAT" => false,
            _ => lacks_data,
        };
    }
    !lacks_data
}

fn first(bytes: &[u8]) -> Option<Chunk<'_>> {
    let length = usize::try_from(u32::from_be_bytes(*bytes.first_chunk()?)).ok()?;
    let whole = bytes.get(..length.checked_add(FRAME_BYTES)?)?;
    Some(Chunk {
        kind: whole[4..].first_chunk()?,
        data: &whole[8..8 + length],
        whole,
    })
}

/// Width and height from the header chunk, which is always the first.
pub fn size(bytes: &[u8]) -> Result<(u32, u32), ImageError> {
    let header = || {
        let (kind, header) = bytes.get(12..)?.split_first_chunk::<4>()?;
        let (width, header) = header.split_first_chunk()?;
        let sides = (
            u32::from_be_bytes(*width),
            u32::from_be_bytes(*header.first_chunk()?),
        );
        (kind == b"IHDR" && sides.0 > 0 && sides.1 > 0).then_some(sides)
    };
    header().ok_or_else(|| {
        ImageError::damaged(Format::Png, "the header chunk is missing or says nothing")
    })
}

/// Whether there is an animation.
pub fn is_animated(chunks: &[Chunk<'_>]) -> bool {
    chunks.iter().any(|chunk| chunk.kind == b"acTL")
}

/// The pixels of all frames of an animation, as their headers declare them.
pub fn frame_pixels(chunks: &[Chunk<'_>]) -> u64 {
    let side = |data: &[u8], at: usize| {
        data.get(at..)
            .and_then(|data| data.first_chunk())
            .map_or(0, |side| u64::from(u32::from_be_bytes(*side)))
    };
    let frames = chunks.iter().filter(|chunk| chunk.kind == b"fcTL");
    frames
        .map(|frame| side(frame.data, 4).saturating_mul(side(frame.data, 8)))
        .fold(0, u64::saturating_add)
}

/// The frames of an animation; 0 if it is none.
pub fn frames(chunks: &[Chunk<'_>]) -> u64 {
    if !is_animated(chunks) {
        return 0;
    }
    chunks.iter().filter(|chunk| chunk.kind == b"fcTL").count() as u64
}

/// EXIF data.
pub fn exif<'a>(chunks: &[Chunk<'a>]) -> Option<&'a [u8]> {
    let exif = chunks.iter().find(|chunk| chunk.kind == b"eXIf");
    exif.map(|chunk| chunk.data)
}

/// The orientation that EXIF data asks for.
pub fn orientation(chunks: &[Chunk<'_>]) -> Orientation {
    exif(chunks)
        .and_then(Orientation::from_exif)
        .unwrap_or_default()
}

/// The chunks that say how the samples are to be seen, where that is not sRGB anyway. `keep_profile` tells what
/// became of the ICC profile: it outranks gamma and chromaticities.
pub fn colour<'a>(chunks: &[Chunk<'a>], keep_profile: bool) -> Vec<Chunk<'a>> {
    let says_srgb = chunks
        .iter()
        .any(|chunk| matches!(chunk.kind, b"sRGB" | b"iCCP"));
    let says_something = |chunk: &&Chunk<'_>| match chunk.kind {
        b"iCCP" => keep_profile,
        b"gAMA" => !says_srgb && chunk.data != SRGB_GAMMA,
        b"cHRM" => {
            !says_srgb && chunk.data != SRGB_CHROMATICITIES.map(u32::to_be_bytes).as_flattened()
        }
        kind => COLOUR.contains(&kind),
    };
    chunks.iter().filter(says_something).copied().collect()
}

/// A file of the picture's chunks, with these about colour, and EXIF data, behind the header.
pub fn write(chunks: &[Chunk<'_>], colour: &[Chunk<'_>], exif: Option<&[u8]>) -> Vec<u8> {
    let mut file = SIGNATURE.to_vec();
    for chunk in chunks.iter().filter(|chunk| PICTURE.contains(&chunk.kind)) {
        file.extend_from_slice(chunk.whole);
        if chunk.kind == b"IHDR" {
            colour
                .iter()
                .for_each(|chunk| file.extend_from_slice(chunk.whole));
            exif.into_iter()
                .for_each(|data| append(&mut file, b"eXIf", data));
        }
    }
    file
}

/// Appends a chunk, unless it is too long for one.
fn append(file: &mut Vec<u8>, kind: &[u8; 4], data: &[u8]) {
    let Ok(length) = u32::try_from(data.len()) else {
        return;
    };
    let checked = [kind, data].concat();
    file.extend(length.to_be_bytes());
    file.extend(&checked);
    file.extend(libdeflater::crc32(&checked).to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_palette_of_whole_entries_is_taken() {
        let file = |entries: &[u8]| {
            let length = u32::try_from(entries.len()).unwrap().to_be_bytes();
            let palette = [&length, b"PLTE", entries, &[0; 4]].concat();
            let end = [&[0; 4], b"IEND".as_slice(), &[0; 4]].concat();
            [&SIGNATURE, palette.as_slice(), &end].concat()
        };
        assert_eq!(parse(&file(&[0; 6])).unwrap().len(), 2);
        assert!(parse(&file(&[0; 4])).is_err());
    }
}
