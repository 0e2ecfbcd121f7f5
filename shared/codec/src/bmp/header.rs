//! The header of a BMP ([BITMAPINFOHEADER](https://learn.microsoft.com/windows/win32/api/wingdi/ns-wingdi-bitmapinfoheader),
//! and OS/2's). The decoder knows those of Windows, and takes the place of the pixels as it is said.

use std::borrow::Cow;
use std::ops::Range;

use crate::error::ImageError;
use crate::picture::Format;

/// The header of the file, before that of the picture.
const FILE_BYTES: usize = 14;
/// Where the file's header has the place of the pixels.
const PIXELS: Range<usize> = 10..14;

/// OS/2 2.x: the fields of Windows, and more of them, or only the first.
const OS2_BYTES: usize = 64;
const SHORT_OS2_BYTES: usize = 16;
const WINDOWS_BYTES: usize = 40;

/// Fields of the picture's header.
const COMPRESSION: usize = 16;
const COLOURS: usize = 32;

/// What they call by one number is something else in Windows: 3 is a fax, 4 are runs of 24 bits.
const COMPRESSIONS_IN_COMMON: u32 = 2;

/// Red, green and blue of what has no palette, and alpha: where it has them behind the header.
const MASKS: u32 = 3;
const MASKS_WITH_ALPHA: u32 = 6;

/// The file with a header of Windows, and with its pixels behind its palette where they are said to stand inside.
pub fn plain(bytes: &[u8]) -> Result<Cow<'_, [u8]>, ImageError> {
    let header = number(bytes, FILE_BYTES).unwrap_or(0) as usize;
    let file = match header {
        OS2_BYTES | SHORT_OS2_BYTES => Cow::Owned(windows(bytes, header)?),
        _ => Cow::Borrowed(bytes),
    };
    Ok(match pixels_behind_palette(&file) {
        Some(place) => {
            let mut file = file.into_owned();
            file[PIXELS].copy_from_slice(&place.to_le_bytes());
            Cow::Owned(file)
        }
        None => file,
    })
}

/// A file of OS/2 as one of Windows.
fn windows(bytes: &[u8], length: usize) -> Result<Vec<u8>, ImageError> {
    let missing = || ImageError::damaged(Format::Bmp, "the header is cut off");
    let behind = bytes.get(FILE_BYTES + length..).ok_or_else(missing)?;
    let mut header = bytes[FILE_BYTES..FILE_BYTES + length].to_vec();
    header.resize(WINDOWS_BYTES, 0);
    header[..4].copy_from_slice(&[40, 0, 0, 0]);
    if number(&header, COMPRESSION).is_none_or(|kind| kind > COMPRESSIONS_IN_COMMON) {
        let seen = "a BMP of OS/2 of a rare kind of compression";
        return Err(ImageError::UnsupportedFormat { seen });
    }
    let place = number(bytes, PIXELS.start).unwrap_or(0) as usize + WINDOWS_BYTES;
    let place = place
        .checked_sub(length)
        .and_then(|place| u32::try_from(place).ok());
    let place = place.ok_or_else(missing)?;
    let mut file = bytes[..FILE_BYTES].to_vec();
    file[PIXELS].copy_from_slice(&place.to_le_bytes());
    Ok([file.as_slice(), &header, behind].concat())
}

/// Where the pixels stand if it cannot be where they are said to: inside the palette, whose length is said too.
fn pixels_behind_palette(bytes: &[u8]) -> Option<u32> {
    let field = |at| number(bytes, FILE_BYTES + at);
    let header = field(0)?;
    if (header as usize) < WINDOWS_BYTES {
        return None;
    }
    let masks = match field(COMPRESSION)? {
        MASKS if header == 40 => 12,
        MASKS_WITH_ALPHA if header == 40 => 16,
        _ => 0,
    };
    let colours = field(COLOURS).filter(|colours| *colours <= 256)?;
    let end = 14 + header + masks + 4 * colours;
    (number(bytes, PIXELS.start)? < end).then_some(end)
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|number| u32::from_le_bytes(*number))
}
