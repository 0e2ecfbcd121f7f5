//! Files of other kinds that are known by their first bytes.

use Place::{Behind, Start};

/// Where the bytes of a kind stand.
enum Place {
    Start(&'static [u8]),
    /// Behind eight others, of which the first four are `RIFF`.
    Behind(&'static [u8]),
}

/// Pictures and films that somebody may take for something to be compressed.
const KNOWN: [(Place, &str); 16] = [
    (Start(b"%PDF-"), "not a picture but a PDF document"),
    (Start(b"%!PS"), "not a picture but a PostScript document"),
    (Start(b"\0\0\x01\0"), "an icon (ICO)"),
    (Start(b"8BPS"), "a Photoshop document"),
    (Start(b"\xff\x0a"), "a JPEG XL picture"),
    (Start(b"\0\0\0\x0cJXL \r\n\x87\n"), "a JPEG XL picture"),
    (Start(b"\0\0\0\x0cjP  \r\n\x87\n"), "a JPEG 2000 picture"),
    (Start(b"\xff\x4f\xff\x51"), "a JPEG 2000 picture"),
    (Start(b"qoif"), "a QOI picture"),
    (Start(b"\x8aMNG"), "an animation (MNG)"),
    (Start(b"FLV\x01"), "not a picture but a video (Flash)"),
    (
        Start(b"\x1a\x45\xdf\xa3"),
        "not a picture but a video (Matroska or WebM)",
    ),
    (Start(b"OggS"), "not a picture but a video or sound (Ogg)"),
    (Start(b"\0\0\x01\xba"), "not a picture but a video (MPEG)"),
    (Start(b"\0\0\x01\xb3"), "not a picture but a video (MPEG)"),
    (Behind(b"AVI "), "not a picture but a video (AVI)"),
];

/// What nobody can have meant.
const DATA: [(Place, &str); 5] = [
    (Start(b"PK\x03\x04"), "an archive or office document (ZIP)"),
    (Start(b"\x1f\x8b"), "a compressed file (gzip)"),
    (Start(b"ID3"), "a sound recording"),
    (Start(b"fLaC"), "a sound recording"),
    (Behind(b"WAVE"), "a sound recording"),
];

/// What a file is that is a picture, a drawing or a film of another kind, as the end of a sentence: it is …
pub fn known(bytes: &[u8]) -> Option<&'static str> {
    find(&KNOWN, bytes).or_else(|| iso_media(bytes))
}

/// What a file is that is none of that, as the end of a sentence: it is not a picture but …
pub fn data(bytes: &[u8]) -> Option<&'static str> {
    find(&DATA, bytes)
}

fn find(kinds: &[(Place, &'static str)], bytes: &[u8]) -> Option<&'static str> {
    let is_here = |place: &Place| match place {
        Start(magic) => bytes.starts_with(magic),
        Behind(magic) => {
            bytes.starts_with(b"RIFF") && bytes.get(8..).is_some_and(|rest| rest.starts_with(magic))
        }
    };
    let kind = kinds.iter().find(|(place, _)| is_here(place));
    kind.map(|(_, seen)| *seen)
}

/// AVIF is one kind of ISO base media files, and says so in the first place or later.
pub fn is_avif(bytes: &[u8]) -> bool {
    const BRANDS: [&[u8; 4]; 2] = [b"avif", b"avis"];
    let brand = bytes.get(8..).and_then(|rest| rest.first_chunk());
    bytes.get(4..8) == Some(b"ftyp")
        && match brand {
            Some(b"mif1" | b"msf1") => is_compatible(bytes, &BRANDS),
            Some(brand) => BRANDS.contains(&brand),
            None => false,
        }
}

/// ISO base media files carry their brand behind `ftyp` ([ISO/IEC 14496-12, 4.3](https://mp4ra.org/registered-types/brands)).
fn iso_media(bytes: &[u8]) -> Option<&'static str> {
    if bytes.get(4..8)? != b"ftyp" {
        return None;
    }
    Some(match bytes.get(8..12)? {
        b"heic" | b"heix" | b"hevc" | b"hevx" | b"heim" | b"heis" | b"mif1" | b"msf1" => {
            "a HEIC picture"
        }
        b"crx " => "a camera's raw picture",
        b"qt  " => "not a picture but a video (QuickTime)",
        _ => "not a picture but a video (MP4)",
    })
}

/// Whether one of the brands is among those that the file is compatible with: behind the major one and its version, up
/// to the end of the box.
fn is_compatible(bytes: &[u8], brands: &[&[u8; 4]]) -> bool {
    let length = bytes
        .first_chunk()
        .map(|length| u32::from_be_bytes(*length));
    let length = length.and_then(|length| usize::try_from(length).ok());
    let end = length.map_or(0, |length| length.min(bytes.len()));
    let (compatible, _) = bytes.get(16..end).unwrap_or_default().as_chunks::<4>();
    compatible.iter().any(|brand| brands.contains(&brand))
}
