//! The notice of whose a picture is: the only thing that may be kept of EXIF data.

use super::exif::{self, Text, Tiff};

/// `Artist` and `Copyright` (CIPA DC-008, 4.6.5).
const TAGS: [u16; 2] = [0x013b, 0x8298];

/// The longest text that is kept, in bytes.
const MAX_TEXT_BYTES: usize = 1000;

/// New EXIF data with nothing but the notice of the old; `None` if that has none, is damaged, or is shorter than the new
/// one, so that no picture gets larger by it.
pub fn notice_of(exif: &[u8]) -> Option<Vec<u8>> {
    let tiff = Tiff::new(exif)?;
    let says_something = |text: &Text<'_>| {
        let blank = |byte: &u8| *byte == 0 || byte.is_ascii_whitespace();
        text.bytes.len() <= MAX_TEXT_BYTES && !text.bytes.iter().all(blank)
    };
    let text = |tag| Some((tag, tiff.text(tag).filter(says_something)?));
    let texts: Vec<_> = TAGS.into_iter().filter_map(text).collect();
    if texts.is_empty() {
        return None;
    }
    exif::write(&texts).filter(|written| written.len() <= exif.len())
}
