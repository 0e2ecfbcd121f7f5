//! Which of the possible outputs is taken: never a larger one, never one that lies on its side.

use super::{ImageError, Quality};

/// What is known of a source before it is encoded again.
pub(super) struct Source {
    /// The source's length, in bytes.
    pub length: usize,
    /// The source's own picture data without metadata, as a file; `None` if that would not do, for it would lie on
    /// its side or have another format than was asked for.
    pub kept: Option<Vec<u8>>,
}

/// A chosen output.
pub(super) struct Choice {
    pub bytes: Vec<u8>,
    /// It is the source's own picture data.
    pub kept: bool,
}

/// Chooses between the source without its metadata and encodings of the upright picture.
///
/// A source that may be kept is, unless encoding it takes fewer bytes. For any other the quality is lowered, in a
/// few steps, until it takes no more bytes than the source did; if it never does, which happens to pictures of a few
/// hundred bytes, the smallest encoding is taken, for a picture on its side is worse.
///
/// # Errors
/// Those of `encode`.
pub(super) fn choose(
    source: Source,
    quality: Quality,
    mut encode: impl FnMut(Quality) -> Result<Vec<u8>, ImageError>,
) -> Result<Choice, ImageError> {
    let mut smallest = encode(quality)?;
    if let Some(stripped) = source.kept {
        let kept = smallest.len() >= stripped.len();
        let bytes = if kept { stripped } else { smallest };
        return Ok(Choice { bytes, kept });
    }
    for quality in lower(quality) {
        if smallest.len() <= source.length {
            break;
        }
        let bytes = encode(quality)?;
        if bytes.len() < smallest.len() {
            smallest = bytes;
        }
    }
    Ok(Choice {
        bytes: smallest,
        kept: false,
    })
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
            kept: upright.then(|| vec![0; stripped]),
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
