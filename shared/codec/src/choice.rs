//! Which of the possible outputs is taken: never a larger one, never one that lies on its side.

use crate::error::ImageError;
use crate::options::Quality;

/// What is known of a source before it is encoded again.
pub struct Source {
    /// The source's length, in bytes.
    pub length: usize,
    /// The source's own picture data without metadata, as a file; `None` if that would not do, for it would lie on
    /// its side or have another format than was asked for.
    pub stripped: Option<Vec<u8>>,
}

/// A possible output.
pub struct Candidate {
    pub bytes: Vec<u8>,
    /// It shows the source's own picture data.
    pub kept: bool,
}

impl Candidate {
    /// The picture encoded anew.
    pub fn encoded(bytes: Vec<u8>) -> Self {
        Self { bytes, kept: false }
    }

    /// The source's own picture data.
    pub fn kept(bytes: Vec<u8>) -> Self {
        Self { bytes, kept: true }
    }

    /// The one of fewer bytes; this one, if they have as many.
    fn or_smaller(self, other: Self) -> Self {
        if other.bytes.len() < self.bytes.len() {
            other
        } else {
            self
        }
    }
}

/// Chooses as [`choose_or_recode`] does, for a format whose pictures cannot be written anew without a loss.
///
/// # Errors
/// Those of `encode`.
pub fn choose(
    source: Source,
    quality: Quality,
    mut encode: impl FnMut(Quality) -> Result<Vec<u8>, ImageError>,
) -> Result<Candidate, ImageError> {
    let encode = |quality| encode(quality).map(Candidate::encoded);
    choose_or_recode(source, quality, encode, || Ok(None))
}

/// Chooses between encodings of the upright picture and the source's own picture data.
///
/// An encoding at the quality asked for is taken if it has fewer bytes than the source would have without its
/// metadata, where that would do. If it has not, the source's own picture data is: as it is, or as `recode` writes it
/// anew and upright without a loss, whichever is smaller. Where neither will do, or that is larger than the source,
/// the quality is lowered, in a few steps, until the encoding has no more bytes than the source; if it never does,
/// which happens to pictures of a few hundred bytes, the smallest encoding is taken, for a picture on its side is
/// worse.
///
/// # Errors
/// Those of `encode` and `recode`.
pub fn choose_or_recode(
    source: Source,
    quality: Quality,
    mut encode: impl FnMut(Quality) -> Result<Candidate, ImageError>,
    recode: impl FnOnce() -> Result<Option<Candidate>, ImageError>,
) -> Result<Candidate, ImageError> {
    let Source { length, stripped } = source;
    let encoded = encode(quality)?;
    if encoded.bytes.len() < stripped.as_ref().map_or(length, Vec::len) {
        return Ok(encoded);
    }
    let recoded = recode()?;
    let mut smallest = match (stripped.map(Candidate::kept), recoded) {
        (Some(stripped), Some(recoded)) => return Ok(recoded.or_smaller(stripped)),
        (Some(stripped), None) => return Ok(stripped),
        (None, Some(recoded)) => recoded.or_smaller(encoded),
        (None, None) => encoded,
    };
    for quality in lower(quality) {
        if smallest.bytes.len() <= length {
            break;
        }
        smallest = smallest.or_smaller(encode(quality)?);
    }
    Ok(smallest)
}

/// Six, three and one tenth of a quality, never less than 1.
fn lower(quality: Quality) -> impl Iterator<Item = Quality> {
    let share = move |tenths: u8| Quality::try_from((quality.get() / 10 * tenths).max(1)).ok();
    [6, 3, 1].into_iter().filter_map(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(length: usize, stripped: usize, upright: bool, sizes: &[usize]) -> (usize, bool, usize) {
        let (mut sizes, mut calls) = (sizes.iter(), 0);
        let source = Source {
            length,
            stripped: upright.then(|| vec![0; stripped]),
        };
        let choice = choose(source, Quality::default(), |_| {
            calls += 1;
            Ok(vec![0; *sizes.next().unwrap()])
        });
        let choice = choice.unwrap();
        (choice.bytes.len(), choice.kept, calls)
    }

    #[test]
    fn an_upright_source_is_kept_unless_encoding_is_smaller() {
        assert_eq!(run(100, 90, true, &[50]), (50, false, 1));
        assert_eq!(run(100, 90, true, &[90]), (90, true, 1));
        assert_eq!(run(100, 90, true, &[95]), (90, true, 1));
    }

    #[test]
    fn a_source_that_must_be_turned_is_encoded_until_it_is_not_larger() {
        assert_eq!(run(100, 90, false, &[100]), (100, false, 1));
        assert_eq!(run(100, 90, false, &[130, 110, 99]), (99, false, 3));
        assert_eq!(run(100, 90, false, &[130, 110, 120, 115]), (110, false, 4));
    }

    #[test]
    fn qualities_get_lower_and_stay_valid() {
        let steps: Vec<u8> = lower(Quality::default()).map(Quality::get).collect();
        assert_eq!(steps, [30, 15, 5]);
        assert!(lower(Quality::try_from(1).unwrap()).all(|quality| quality.get() == 1));
    }
}
