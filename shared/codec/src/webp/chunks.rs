//! The RIFF chunks of a WebP file ([RFC 9649, 2](https://www.rfc-editor.org/rfc/rfc9649#section-2)).

use crate::error::ImageError;
use crate::metadata::orientation::Orientation;
use crate::picture::Format;

/// `RIFF`, the size and `WEBP`.
const FILE_HEADER_BYTES: usize = 12;

/// The flags of `VP8X`.
const FLAG_PROFILE: u8 = 0x20;
const FLAG_EXIF: u8 = 0x08;
const FLAG_XMP: u8 = 0x04;

/// What precedes the chunks of an animation's frame inside `ANMF`.
const FRAME_HEADER_BYTES: usize = 16;

/// One chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk<'a> {
    pub kind: [u8; 4],
    pub data: std::borrow::Cow<'a, [u8]>,
}

/// Takes a file apart.
pub fn parse(bytes: &[u8]) -> Result<Vec<Chunk<'_>>, ImageError> {
    let short = || ImageError::damaged(Format::WebP, "the file ends before the size it declares");
    let size = bytes
        .get(4..)
        .and_then(|bytes| bytes.first_chunk())
        .ok_or_else(short)?;
    let end = usize::try_from(u32::from_le_bytes(*size))
        .ok()
        .and_then(|size| size.checked_add(8));
    let body = end
        .and_then(|end| bytes.get(FILE_HEADER_BYTES..end))
        .ok_or_else(short)?;
    chunks(body)
}

fn chunks(mut rest: &[u8]) -> Result<Vec<Chunk<'_>>, ImageError> {
    let mut chunks = Vec::new();
    while !rest.is_empty() {
        let (chunk, behind) = first(rest)
            .ok_or_else(|| ImageError::damaged(Format::WebP, "a chunk is longer than the file"))?;
        chunks.push(chunk);
        rest = behind;
    }
    Ok(chunks)
}

fn first(bytes: &[u8]) -> Option<(Chunk<'_>, &[u8])> {
    let (kind, rest) = bytes.split_first_chunk()?;
    let (length, rest) = rest.split_first_chunk()?;
    let (data, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    // A chunk of odd length is followed by a byte of padding, which the last one often lacks.
    let rest = if data.len() % 2 == 1 {
        rest.get(1..).unwrap_or_default()
    } else {
        rest
    };
    Some((
        Chunk {
            kind: *kind,
            data: data.into(),
        },
        rest,
    ))
}

/// Puts a file together.
pub fn write(chunks: &[Chunk<'_>]) -> Result<Vec<u8>, ImageError> {
    let mut file = b"RIFF\0\0\0\0WEBP".to_vec();
    for chunk in chunks {
        file.extend_from_slice(&chunk.kind);
        file.extend_from_slice(&length(chunk.data.len())?);
        file.extend_from_slice(&chunk.data);
        file.resize(file.len().next_multiple_of(2), 0);
    }
    let size = length(file.len() - 8)?;
    file[4..8].copy_from_slice(&size);
    Ok(file)
}

fn length(length: usize) -> Result<[u8; 4], ImageError> {
    let length =
        u32::try_from(length).map_err(|error| ImageError::internal(Format::WebP, error))?;
    Ok(length.to_le_bytes())
}

/// The data of the first chunk of a kind.
pub fn find<'a>(chunks: &'a [Chunk<'_>], kind: &[u8; 4]) -> Option<&'a [u8]> {
    chunks
        .iter()
        .find(|chunk| chunk.kind == *kind)
        .map(|chunk| chunk.data.as_ref())
}

/// The orientation that EXIF data asks for.
pub fn orientation(chunks: &[Chunk<'_>]) -> Orientation {
    find(chunks, b"EXIF")
        .and_then(Orientation::from_exif)
        .unwrap_or_default()
}

/// The chunks that make the picture, and its profile if that is to be kept.
pub fn strip<'a>(chunks: Vec<Chunk<'a>>, keep_profile: bool) -> Vec<Chunk<'a>> {
    let makes_the_picture = |chunk: &Chunk<'_>| match &chunk.kind {
        b"ICCP" => keep_profile,
        b"VP8X" | b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ANMF" => true,
        _ => false,
    };
    let mut kept: Vec<_> = chunks.into_iter().filter(makes_the_picture).collect();
    let extended = kept
        .iter()
        .any(|chunk| matches!(&chunk.kind, b"ICCP" | b"ALPH" | b"ANIM"));
    if !extended {
        kept.retain(|chunk| chunk.kind != *b"VP8X");
    }
    for header in kept.iter_mut().filter(|chunk| chunk.kind == *b"VP8X") {
        if let Some(flags) = header.data.to_mut().first_mut() {
            *flags &= !(FLAG_EXIF | FLAG_XMP | FLAG_PROFILE);
            *flags |= if keep_profile { FLAG_PROFILE } else { 0 };
        }
    }
    kept
}

/// An encoder's file with a profile put in.
pub fn with_profile(
    encoded: &[u8],
    size: (u32, u32),
    profile: &[u8],
) -> Result<Vec<u8>, ImageError> {
    let mut chunks = parse(encoded)?;
    extend(&mut chunks, size, FLAG_PROFILE);
    chunks.insert(
        1,
        Chunk {
            kind: *b"ICCP",
            data: profile.into(),
        },
    );
    write(&chunks)
}

/// Puts EXIF data into a file that has none.
pub fn add_exif<'a>(chunks: &mut Vec<Chunk<'a>>, size: (u32, u32), exif: &'a [u8]) {
    extend(chunks, size, FLAG_EXIF);
    chunks.push(Chunk {
        kind: *b"EXIF",
        data: exif.into(),
    });
}

/// Puts a header before the others, if there is none, and a flag into it.
fn extend(chunks: &mut Vec<Chunk<'_>>, size: (u32, u32), flag: u8) {
    if find(chunks, b"VP8X").is_none() {
        let has_alpha = find(chunks, b"VP8L").is_some_and(lossless_has_alpha);
        chunks.insert(0, extended_header(size, has_alpha));
    }
    let header = chunks.iter_mut().find(|chunk| chunk.kind == *b"VP8X");
    if let Some(flags) = header.and_then(|header| header.data.to_mut().first_mut()) {
        *flags |= flag;
    }
}

/// A `VP8X` chunk.
pub fn extended_header(size: (u32, u32), has_alpha: bool) -> Chunk<'static> {
    const FLAG_ALPHA: u8 = 0x10;
    let mut data = vec![if has_alpha { FLAG_ALPHA } else { 0 }, 0, 0, 0];
    for side in [size.0, size.1] {
        data.extend_from_slice(&side.saturating_sub(1).to_le_bytes()[..3]);
    }
    Chunk {
        kind: *b"VP8X",
        data: data.into(),
    }
}

/// Bit 28 of a lossless bitstream tells of alpha ([RFC 9649, 3.4](https://www.rfc-editor.org/rfc/rfc9649#section-3.4)).
fn lossless_has_alpha(data: &[u8]) -> bool {
    data.get(4).is_some_and(|byte| byte & 0x10 != 0)
}

/// A frame of an animation.
pub struct Frame<'a> {
    pub width: u32,
    pub height: u32,
    pub chunks: Vec<Chunk<'a>>,
}

/// Takes an animation's frame apart (`ANMF`).
pub fn frame(data: &[u8]) -> Result<Frame<'_>, ImageError> {
    let damaged = || ImageError::damaged(Format::WebP, "a frame's header is too short");
    let (header, body) = data
        .split_at_checked(FRAME_HEADER_BYTES)
        .ok_or_else(damaged)?;
    let side = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], 0]) + 1;
    Ok(Frame {
        width: side(6),
        height: side(9),
        chunks: chunks(body)?,
    })
}

impl Frame<'_> {
    /// The frame as a file of its own.
    pub fn to_file(&self) -> Result<Vec<u8>, ImageError> {
        let mut chunks = strip(self.chunks.clone(), false);
        if find(&chunks, b"ALPH").is_some() {
            chunks.insert(0, extended_header((self.width, self.height), true));
        }
        write(&chunks)
    }
}
